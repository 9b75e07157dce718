//! Real answers of TikTok's Research API, where they are at hand. Of likes, reposts and follows there are none.

use std::collections::BTreeMap;

use netral::model::Account;
use netral::source::Cursor;

use super::fixtures::fixtures;
use super::server::{Server, reply};
use super::{account, pass, source_at};

#[tokio::test]
async fn real_videos_are_read() {
    let Some(folder) = fixtures("tiktok") else { return };
    for name in ["video_query_page1", "video_query_page2_last", "video_query_null_bytes_edge"] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let body: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut by_author: BTreeMap<String, usize> = BTreeMap::new();
        for video in body["data"]["videos"].as_array().unwrap() {
            *by_author.entry(video["username"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        // The recorded pages are of a search over all accounts: each author is asked for in turn.
        let text = text
            .replace(r#""has_more": true"#, r#""has_more": false"#)
            .replace(r#""has_more":true"#, r#""has_more":false"#);
        for (author, count) in by_author {
            let text = text.clone();
            let server = Server::start(move |request| match request.path.as_str() {
                "/v2/oauth/token/" => reply(200, &[], r#"{"access_token":"clt.1"}"#),
                _ => reply(200, &[("date", "Sat, 06 Jan 2024 01:00:00 GMT")], &text),
            })
            .await;
            let source = source_at("tiktok", &server.url(), |config| {
                (config.tiktok.likes, config.tiktok.reposts, config.tiktok.follows) = (false, false, false);
            });
            let account = Account {
                valid_from: jiff::civil::date(2024, 1, 1),
                ..account("tiktok", &author.replace('\0', ""), "")
            };
            let page = pass(&*source, &account, &mut Cursor::start()).await.unwrap();
            assert_eq!((page.items.len(), page.rejected.len()), (count, 0), "{name}");
            for item in &page.items {
                let id = &item.activity.id;
                assert!(text_holds(&item.raw, id) && item.activity.posted_at.is_some(), "{name}: {id}");
                assert!(!item.activity.url.as_deref().unwrap().contains('\0'));
            }
        }
    }
}

fn text_holds(raw: &[u8], id: &str) -> bool {
    String::from_utf8_lossy(raw).contains(id)
}
