//! What people do with a campaign's account.

use netral::model::Verb;
use netral::source::{Campaign, Cursor, Page, Source};
use serde_json::Value;

use super::super::source_at;
use super::{Home, ME, id, person, status, status_of};

/// Reads what people do with a campaign's account until the pass is done.
async fn audience(source: &dyn Source, cursor: &mut Cursor) -> Page {
    let campaign = Campaign { handle: "wira@contoh.social".to_owned(), id: None };
    let mut all = Page::default();
    for _ in 0..60 {
        let page = source.audience(&campaign, cursor).await.unwrap();
        all.items.extend(page.items);
        all.rejected.extend(page.rejected);
        *cursor = Cursor::from_text(page.cursor.as_str());
        if !page.more {
            return all;
        }
    }
    panic!("the pass never ends");
}

#[tokio::test]
async fn who_reacts_to_a_campaign_is_read_with_its_words() {
    let (home, server) = Home::start().await;
    let mut post = status(1, "Ayo coblos!");
    (post["favourites_count"], post["reblogs_count"], post["replies_count"]) = (3.into(), 1.into(), 1.into());
    home.put(post);
    home.put(status(2, "tanpa tanggapan"));
    let crowd: Vec<Value> = (0..3).map(|n| person(&format!("6{n}"), &format!("warga{n}@kota.example"))).collect();
    home.list("/followers", &crowd);
    home.list("/favourited_by", &crowd);
    home.list("/reblogged_by", &crowd[..1]);
    let mut reply = status_of(&crowd[1], 50, "Gas!");
    reply["in_reply_to_id"] = id(1).into();
    let mut below = status_of(&crowd[2], 51, "kepada orang lain");
    below["in_reply_to_id"] = id(50).into();
    *home.replies.lock().unwrap() = vec![reply, below];
    let source = source_at("mastodon", &server.url(), |config| config.mastodon.people_page_size = 2);
    assert!(source.shows_audience() && !source.is_one_service() && source.limits().is_empty());
    let mut cursor = Cursor::start();
    let page = audience(&*source, &mut cursor).await;
    let uri = format!("https://contoh.social/ap/users/{ME}/statuses/{}", id(1));
    let campaign = format!("https://contoh.social/ap/users/{ME}");
    let mut found: Vec<_> = page
        .items
        .iter()
        .map(|item| {
            let (activity, target) = (&item.activity, item.activity.target.as_ref().unwrap());
            assert_eq!(target.handle.as_deref(), Some("wira@contoh.social"));
            (activity.verb, activity.account.clone().unwrap(), target.id.clone().unwrap(), target.text.clone().unwrap())
        })
        .collect();
    found.sort();
    let who = |n: u8| format!("warga{n}@kota.example");
    let words = "Ayo coblos!".to_owned();
    let mut expected =
        vec![(Verb::Comment, who(1), uri.clone(), words.clone()), (Verb::Share, who(0), uri.clone(), words.clone())];
    for n in 0..3 {
        expected.push((Verb::Like, who(n), uri.clone(), words.clone()));
        expected.push((Verb::Follow, who(n), campaign.clone(), "Nama wira\nTim & kawan".to_owned()));
    }
    expected.sort();
    assert_eq!(found, expected);
    let like = page.items.iter().find(|item| item.activity.verb == Verb::Like).unwrap();
    assert_eq!(like.activity.id, format!("like:{uri}"));
    assert_eq!(serde_json::from_slice::<Value>(&like.raw).unwrap(), crowd[0]);
    let before = server.count();
    assert!(audience(&*source, &mut cursor).await.items.is_empty());
    assert_eq!(server.count() - before, 4, "what has the counts of the last pass is not asked about again");
    home.statuses.lock().unwrap()[1]["favourites_count"] = 4.into();
    assert_eq!(audience(&*source, &mut cursor).await.items.len(), 5);
}

#[tokio::test]
async fn a_campaign_post_that_vanishes_in_mid_pass_costs_only_itself() {
    let (home, server) = Home::start().await;
    for n in [1, 2] {
        let mut post = status(n, "Ayo");
        post["favourites_count"] = 1.into();
        home.put(post);
    }
    home.list("/favourited_by", &[person("6", "warga@kota.example")]);
    let source = source_at("mastodon", &server.url(), |_| {});
    let campaign = Campaign { handle: "wira@contoh.social".to_owned(), id: None };
    let begun = source.audience(&campaign, &Cursor::start()).await.unwrap();
    home.statuses.lock().unwrap().pop();
    let mut cursor = begun.cursor;
    let page = audience(&*source, &mut cursor).await;
    assert_eq!(page.items.len(), 1, "a hidden list of followers costs nothing, too");
}
