//! Telegram's source against a channel in memory, shown as its preview shows one, and against pages that are none.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use netral::model::{Account, Verb};
use netral::source::{AccountState, Cursor, Per, Source, SourceError};

use super::server::{Reply, Request, Server, redirect, reply};
use super::{account, pass, source_at, texts};

/// `{"c":-1186921499}` and another channel's number, as `data-view` holds them.
const OWN: &str = "eyJjIjotMTE4NjkyMTQ5OX0";
const OTHER: &str = "eyJjIjotOTk5fQ";

/// A message's outer element; the date is `n` minutes after the day that the tests are about.
fn wrap(post: &str, n: u64, body: &str) -> String {
    let day: jiff::Timestamp = "2029-09-25T03:00:00Z".parse().unwrap();
    let at = day + jiff::Span::new().minutes(i64::try_from(n).unwrap());
    format!(
        r#"<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message js-widget_message" data-post="{post}" data-view="{OWN}"><div class="tgme_widget_message_bubble">{body}<time class="message_video_duration">0:06</time><a class="tgme_widget_message_date" href="https://t.me/{post}"><time datetime="{at}" class="time">03:00</time></a></div></div></div>"#
    )
}

fn text(html: &str) -> String {
    format!(r#"<div class="tgme_widget_message_text js-message_text" dir="auto">{html}</div>"#)
}

fn page(messages: &[String], before: Option<u64>) -> String {
    let more = before.map(|n| format!(r#"<a class="tme_messages_more js-messages_more" data-before="{n}"></a>"#));
    format!(
        r#"<html><body class="tgme_webpreview"><section class="tgme_channel_history js-message_history"><div class="x">{}</div>{}</section><script>if (1 < 2) {{ "<div>" }}</script></body></html>"#,
        more.unwrap_or_default(),
        messages.concat()
    )
}

/// A channel: its messages by number, oldest first.
#[derive(Clone, Default)]
struct Channel {
    messages: Arc<Mutex<Vec<(u64, String)>>>,
}

impl Channel {
    fn add(&self, n: u64) {
        self.put(n, &text(&format!("kiriman {n}")));
    }

    fn put(&self, n: u64, body: &str) {
        self.messages.lock().unwrap().push((n, wrap(&format!("Kanal_Wira/{n}"), n, body)));
    }

    fn edit(&self, n: u64, html: &str) {
        let mut messages = self.messages.lock().unwrap();
        let message = messages.iter_mut().find(|(number, _)| *number == n).unwrap();
        message.1 = wrap(&format!("Kanal_Wira/{n}"), n, &text(html));
    }

    async fn serve(&self) -> Server {
        let channel = self.clone();
        Server::start(move |request| channel.answer(request)).await
    }

    fn answer(&self, request: &Request) -> Reply {
        assert!(request.path.eq_ignore_ascii_case("/s/kanal_wira"), "{}", request.path);
        let before = request.param("before").parse().unwrap_or(u64::MAX);
        let messages = self.messages.lock().unwrap();
        let older: Vec<&(u64, String)> = messages.iter().filter(|(n, _)| *n < before).collect();
        let shown = older.split_at(older.len().saturating_sub(5)).1;
        let first = shown.first().map(|(n, _)| *n).filter(|_| shown.len() < older.len());
        let shown: Vec<String> = shown.iter().map(|(_, html)| html.clone()).collect();
        reply(200, &[("content-type", "text/html; charset=utf-8")], page(&shown, first))
    }
}

fn source(server: &Server) -> Arc<dyn Source> {
    source_at("telegram", &server.url(), |_| {})
}

fn me() -> Account {
    account("telegram", "kanal_wira", "")
}

async fn always(answer: Reply) -> (Server, Arc<dyn Source>) {
    let server = Server::start(move |_| answer.clone()).await;
    let source = source(&server);
    (server, source)
}

#[tokio::test]
async fn a_second_pass_reads_only_what_is_new() {
    let channel = Channel::default();
    let server = channel.serve().await;
    let (source, mut cursor) = (source(&server), Cursor::start());
    assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty(), "a channel without messages");
    // Numbers have holes.
    (1..=12).for_each(|n| channel.add(n * 2));
    let first = pass(&*source, &me(), &mut cursor).await.unwrap();
    assert_eq!((first.items.len(), first.handle.as_deref()), (12, Some("kanal_wira")));
    let activity = &first.items[0].activity;
    assert_eq!((activity.id.as_str(), activity.text.as_str()), ("Kanal_Wira/16", "kiriman 16"));
    assert_eq!((activity.verb, activity.account.as_deref()), (Verb::Post, Some("kanal_wira")));
    assert_eq!(activity.url.as_deref(), Some("https://t.me/Kanal_Wira/16"));
    assert_eq!(activity.posted_at.unwrap().to_string(), "2029-09-25T03:16:00Z");
    let mut by_address = me();
    by_address.external_id = "https://t.me/s/Kanal_Wira".to_owned();
    assert_eq!(pass(&*source, &by_address, &mut Cursor::start()).await.unwrap().items.len(), 12);
    channel.add(25);
    assert_eq!(texts(&pass(&*source, &me(), &mut cursor).await.unwrap()), ["kiriman 25"]);
    (30..38).for_each(|n| channel.add(n));
    assert_eq!(pass(&*source, &me(), &mut cursor).await.unwrap().items.len(), 8);
    channel.messages.lock().unwrap().pop();
    assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty(), "a deletion brings nothing back");
}

#[tokio::test]
async fn a_crash_in_mid_walk_loses_and_doubles_nothing() {
    let channel = Channel::default();
    let server = channel.serve().await;
    (1..=12).for_each(|n| channel.add(n));
    let (mut cursor, mut kept, mut next) = (Cursor::start(), Vec::new(), 13);
    for round in 0..40 {
        // A new object each time: nothing but the cursor's text survives.
        let page = source(&server).fetch(&me(), &cursor).await.unwrap();
        if round % 2 == 0 {
            continue; // the crash: neither items nor cursor were kept
        }
        kept.extend(page.items.into_iter().map(|item| item.activity.text));
        cursor = Cursor::from_text(page.cursor.as_str());
        if round < 12 {
            channel.add(next);
            next += 1;
        }
    }
    kept.sort();
    let mut all: Vec<String> = (1..next).map(|n| format!("kiriman {n}")).collect();
    all.sort();
    assert_eq!(kept, all);
}

#[tokio::test]
async fn an_edit_comes_again_under_the_same_id_and_views_do_not() {
    let channel = Channel::default();
    (1..=3).for_each(|n| channel.add(n));
    let server = channel.serve().await;
    let (source, mut cursor) = (source(&server), Cursor::start());
    pass(&*source, &me(), &mut cursor).await.unwrap();
    channel.edit(2, "Ayo coblos!");
    let page = pass(&*source, &me(), &mut cursor).await.unwrap();
    assert_eq!((texts(&page), page.items[0].activity.id.as_str()), (vec!["Ayo coblos!"], "Kanal_Wira/2"));
    channel.edit(2, "Ayo <b>coblos</b>!</div><span class=\"tgme_widget_message_views\">3.12K</span><div>");
    assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn raw_is_the_exact_element_of_the_one_message() {
    let own = wrap(
        "kanal_wira/7",
        7,
        &text("Ayo &amp; <i class=\"emoji\"><b>👍</b></i><br/>coblos\t&nbsp;2 <a title='a > </div>'>x</a>"),
    );
    let (_, source) = always(reply(200, &[], page(&[wrap("kanal_wira/6", 6, ""), own.clone()], None))).await;
    let page = pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
    assert_eq!(page.items[1].raw, own.as_bytes());
    assert_eq!(page.items[1].activity.text, "Ayo & 👍\ncoblos 2 x");
    assert_eq!(page.items[1].activity.seen_at, None);
}

#[tokio::test]
async fn every_act_is_read_with_its_target() {
    let forward = |href: &str| {
        let name = r#"<span dir="auto">Tim 02</span>"#;
        let origin = match href {
            "" => format!(r#"<span class="tgme_widget_message_forwarded_from_name">{name}</span>"#),
            _ => format!(r#"<a class="tgme_widget_message_forwarded_from_name" href="{href}">{name}</a>"#),
        };
        format!(
            r#"<div class="tgme_widget_message_forwarded_from">Forwarded from {origin}</div>{}"#,
            text("Ayo coblos!")
        )
    };
    let reply_to = format!(
        r#"<a class="tgme_widget_message_reply" href="https://t.me/kanal_wira/1"><div class="tgme_widget_message_text js-message_reply_text">Halo</div></a>{}"#,
        text(
            "Betul <a href=\"?q=%23coblos2\">#coblos2</a> <a href=\"https://t.me/tim_02\">@tim_02</a> <a href=\"https://x.example\">#bukan</a>"
        )
    );
    let poll = r#"<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">Pilih siapa?</div><div class="tgme_widget_message_poll_option_text">Nomor 1</div><div class="tgme_widget_message_poll_option_text">Nomor 2</div></div>"#;
    let album = format!(
        r#"<a class="tgme_widget_message_photo_wrap grouped" style="width:8px;background-image:url('https://cdn.example/a.jpg')"></a><a class="tgme_widget_message_video_player"><i class="tgme_widget_message_video_thumb" style="background-image:url('https://cdn.example/t.jpg')"></i><video src="https://cdn.example/v.mp4?token=1"></video></a><a class="tgme_widget_message_video_player not_supported"><i class="tgme_widget_message_video_thumb" style="background-image:url('//cdn.example/u.jpg')"></i></a>{}<a class="tgme_widget_message_link_preview" href="https://berita.example/a"><div class="link_preview_title">Judul</div><div class="link_preview_description">Ringkas</div></a>"#,
        text(&text("Album"))
    );
    let unsupported = r#"<div class="message_media_not_supported">Please open Telegram to view this post</div>"#;
    let service =
        wrap("kanal_wira/8", 8, &text("Channel photo updated")).replace("js-widget_message\"", "service_message\"");
    let bodies = [
        forward("https://t.me/tim_02/44"),
        forward("https://t.me/tim_02"),
        forward(""),
        reply_to,
        poll.to_owned(),
        album,
        unsupported.to_owned(),
    ];
    let mut messages: Vec<String> =
        bodies.iter().enumerate().map(|(n, body)| wrap(&format!("kanal_wira/{n}"), n as u64, body)).collect();
    messages.push(service);
    let (_, source) = always(reply(200, &[], page(&messages, None))).await;
    let page = pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
    assert!(page.rejected.is_empty(), "{:?}", page.rejected);
    let words = Some("Ayo coblos!");
    let expected = [
        (Verb::Share, "", Some((Some("tim_02/44"), Some("tim_02"), words))),
        (Verb::Share, "", Some((None, Some("tim_02"), words))),
        (Verb::Share, "", Some((None, None, words))),
        (
            Verb::Comment,
            "Betul #coblos2 @tim_02 #bukan",
            Some((Some("kanal_wira/1"), Some("kanal_wira"), Some("Halo"))),
        ),
        (Verb::Post, "Pilih siapa?\nNomor 1\nNomor 2", None),
        (Verb::Post, "Album", None),
        (Verb::Post, "", None),
    ];
    assert_eq!(page.items.len(), expected.len());
    for (item, (verb, text, target)) in page.items.iter().zip(expected) {
        let activity = &item.activity;
        assert_eq!((activity.verb, activity.text.as_str()), (verb, text));
        let found = activity.target.as_ref().map(|t| (t.id.as_deref(), t.handle.as_deref(), t.text.as_deref()));
        assert_eq!(found, target);
    }
    let comment = &page.items[3].activity;
    assert_eq!((comment.hashtags.join(","), comment.mentions.join(",")), ("coblos2".to_owned(), "tim_02".to_owned()));
    let media = |n: usize| -> Vec<(String, Option<String>, Option<String>)> {
        page.items[n].activity.media.iter().map(|m| (m.kind.clone(), m.url.clone(), m.alt.clone())).collect()
    };
    let one =
        |kind: &str, url: &str, alt: Option<&str>| (kind.to_owned(), Some(url.to_owned()), alt.map(str::to_owned));
    assert_eq!(
        media(5),
        [
            one("image", "https://cdn.example/a.jpg", None),
            one("video", "https://cdn.example/v.mp4?token=1", None),
            one("video", "https://cdn.example/u.jpg", None),
            one("link", "https://berita.example/a", Some("Judul\nRingkas")),
        ]
    );
    assert_eq!(media(6), [("unsupported".to_owned(), None, None)]);
}

#[tokio::test]
async fn one_bad_message_costs_only_itself_and_other_channels_are_not_kept() {
    let messages = [
        wrap("kanal_wira/1", 1, &text("baik")),
        wrap("kanal_lain/2", 2, &text("milik orang lain")),
        wrap("kanal_wira/tiga", 3, &text("tanpa nomor")),
        wrap("", 3, &text("kosong")),
        r#"<div class="tgme_widget_message_wrap"><p>tanpa isi</p></div>"#.to_owned(),
        wrap("kanal_wira/4", 4, "").replace("datetime=", "data-bukan="),
        r#"<div class="tgme_widget_message_wrap"><div>tidak ditutup"#.to_owned(),
    ];
    let (_, source) = always(reply(200, &[], page(&messages, None))).await;
    let page = pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
    assert_eq!((texts(&page), page.rejected.len()), (vec!["baik", ""], 5));
    assert_eq!(page.items[1].activity.posted_at, None);
    assert!(page.rejected.iter().all(|r| !["milik", "tiga", "isi"].iter().any(|word| r.reason.contains(word))));
}

#[tokio::test]
async fn a_channel_without_a_preview_is_unavailable_and_no_redirect_is_followed() {
    let contact = r#"<html><head><title>Telegram: Contact @kanal_wira</title></head><body><div class="tgme_page"></div></body></html>"#;
    for answer in
        [redirect("/kanal_wira"), redirect("https://telegram.org/"), reply(404, &[], ""), reply(200, &[], contact)]
    {
        let (server, source) = always(answer).await;
        let error = pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err();
        assert!(matches!(error, SourceError::Unavailable { state: AccountState::NotFound, .. }), "{}", error.chain());
        assert_eq!(server.count(), 1);
    }
    let (server, source) = always(reply(200, &[], "")).await;
    let error = pass(&*source, &account("telegram", "a/../b", ""), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Permanent { .. }));
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_name_that_goes_to_another_channel_is_reported() {
    let channel = Channel::default();
    channel.add(1);
    let server = channel.serve().await;
    let (source, mut cursor) = (source(&server), Cursor::start());
    pass(&*source, &me(), &mut cursor).await.unwrap();
    for number in ["1186921499", "-1001186921499"] {
        let by_number = account("telegram", "kanal_wira", number);
        assert_eq!(pass(&*source, &by_number, &mut Cursor::start()).await.unwrap().items.len(), 1, "{number}");
    }
    channel.messages.lock().unwrap()[0].1 = wrap("kanal_wira/1", 1, &text("milik orang lain")).replace(OWN, OTHER);
    for (account, mut cursor) in [(me(), cursor), (account("telegram", "kanal_wira", "1186921499"), Cursor::start())] {
        let error = pass(&*source, &account, &mut cursor).await.unwrap_err();
        assert!(matches!(error, SourceError::Unavailable { state: AccountState::Moved, .. }), "{}", error.chain());
    }
}

#[tokio::test]
async fn statuses_say_what_to_do() {
    let (_, source) = always(reply(429, &[("retry-after", "30")], "")).await;
    let error = pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Transient { retry_after: Some(wait), .. } if wait.as_secs() == 30));
    let (_, source) = always(reply(502, &[], "<html>")).await;
    assert!(matches!(pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err(), SourceError::Transient { .. }));
    for body in ["", "{}", "<html><body>Masuk ke jaringan</body></html>"] {
        let (_, source) = always(reply(200, &[], body)).await;
        let error = pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err();
        assert!(matches!(error, SourceError::Malformed { .. }), "{body}: {}", error.chain());
    }
}

#[tokio::test]
async fn a_walk_ends_at_the_registration_at_the_limit_and_at_pages_that_repeat() {
    let channel = Channel::default();
    (1..=30).for_each(|day| channel.add(day * 1_440));
    let server = channel.serve().await;
    let mut late = me();
    late.valid_from = jiff::civil::date(2029, 10, 20);
    assert_eq!(pass(&*source(&server), &late, &mut Cursor::start()).await.unwrap().items.len(), 10);
    let short = source_at("telegram", &server.url(), |config| config.telegram.max_pages = 2);
    let mut cursor = Cursor::start();
    let first = pass(&*short, &me(), &mut cursor).await.unwrap();
    assert_eq!((first.items.len(), first.rejected.len()), (10, 0));
    (31..=45).for_each(|day| channel.add(day * 1_440));
    let gap = pass(&*short, &me(), &mut cursor).await.unwrap();
    assert_eq!((gap.items.len(), gap.rejected.len()), (10, 1), "what is left is said");
    assert!(pass(&*short, &me(), &mut cursor).await.unwrap().items.is_empty());

    let same = page(&[wrap("kanal_wira/9", 9, "")], Some(9));
    let (server, source) = always(reply(200, &[], same)).await;
    let error = pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "{}", error.chain());
    assert!(server.count() < 4);
}

#[test]
fn pages_are_counted_by_the_minute() {
    let source = source_at("telegram", "http://127.0.0.1:9", |_| {});
    let limit = &source.limits()[0];
    assert_eq!((limit.bucket, limit.units, limit.per.clone()), ("pages", 20, Per::Window(Duration::from_secs(60))));
    assert!(source.is_one_service() && !source.shows_audience());
}
