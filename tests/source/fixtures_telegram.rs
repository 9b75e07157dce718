//! Real pages of Telegram's preview.

use netral::model::Verb;
use netral::source::{Cursor, Page};

use super::fixtures::fixtures;
use super::server::{Server, reply};
use super::{account, pass, source_at};

async fn read(channel: &str, html: String) -> Page {
    let server = Server::start(move |request| match request.param("before") {
        "" => reply(200, &[], &html),
        _ => reply(
            200,
            &[],
            r#"<section class="tgme_channel_history"><div class="tme_no_messages_found"></div></section>"#,
        ),
    })
    .await;
    let mut account = account("telegram", channel, "");
    account.valid_from = jiff::civil::date(2020, 1, 1);
    pass(&*source_at("telegram", &server.url(), |_| {}), &account, &mut Cursor::start()).await.unwrap()
}

#[tokio::test]
async fn a_real_page_with_a_photo_and_an_album_is_read() {
    let Some(folder) = fixtures("telegram") else { return };
    let html = std::fs::read_to_string(folder.join("s_channel_page_photo_album.html")).unwrap();
    let page = read("ClashReport", html.clone()).await;
    assert_eq!((page.items.len(), page.rejected.len()), (2, 0));
    for item in &page.items {
        assert!(html.contains(std::str::from_utf8(&item.raw).unwrap()));
        assert!(item.raw.starts_with(b"<div class=\"tgme_widget_message_wrap") && item.raw.ends_with(b"</div>"));
    }
    let (photo, album) = (&page.items[0].activity, &page.items[1].activity);
    assert_eq!(photo.posted_at.unwrap().to_string(), "2026-08-24T03:46:52Z");
    assert!(photo.text.starts_with("U.S. Treasury Secretary") && photo.text.ends_with("Source: FT"), "{}", photo.text);
    assert_eq!(photo.media.iter().map(|m| m.kind.as_str()).collect::<Vec<_>>(), ["image"]);
    assert_eq!((album.id.as_str(), album.text.matches("Ukrainian drones").count()), ("ClashReport/93430", 1));
    assert_eq!(album.media.iter().map(|m| m.kind.as_str()).collect::<Vec<_>>(), ["video", "video"]);
}

#[tokio::test]
async fn real_messages_that_were_edited_signed_forwarded_or_answer_are_read() {
    let Some(folder) = fixtures("telegram") else { return };
    let load = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let within = |messages: &str| format!("<section class=\"tgme_channel_history\">{messages}</section>");
    let page = read("tchantest", within(&load("messages_edited_signed_forwarded.html"))).await;
    let read_as: Vec<_> = page.items.iter().map(|item| (item.activity.verb, item.activity.text.as_str())).collect();
    let expected = [
        (Verb::Post, "This is a message with a link\nhttps://brasil.io/"),
        (Verb::Post, "Signed and not edited"),
        (Verb::Share, ""),
    ];
    assert_eq!(read_as, expected);
    let target = page.items[2].activity.target.as_ref().unwrap();
    assert_eq!((target.handle.as_deref(), target.text.as_deref()), (Some("some_user"), Some(";)")));

    let reply = format!("<div class=\"tgme_widget_message_wrap\">{}</div>", load("message_reply.html"));
    let page = read("bankrollo", within(&reply)).await;
    let activity = &page.items[0].activity;
    assert_eq!(
        (activity.verb, activity.posted_at.unwrap().to_string().as_str()),
        (Verb::Comment, "2026-06-11T20:06:00Z")
    );
    let target = activity.target.as_ref().unwrap();
    assert_eq!((target.id.as_deref(), target.text.is_some()), (Some("bankrollo/61954"), true));
    assert_eq!(activity.mentions, ["bankrollo"]);
}
