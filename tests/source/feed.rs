//! The feed source: what people's blogs and bridges send, and what else arrives under a feed's address.

use std::collections::HashSet;

use netral::model::Activity;
use netral::source::{AccountState, Cursor, Page, SourceError};

use super::server::{Reply, Server, head, reply};
use super::{account, pass, source_at, texts};

const XML: (&str, &str) = ("content-type", "application/rss+xml");

/// Reads a feed once.
async fn read(answer: Reply) -> Result<Page, SourceError> {
    let server = Server::start(move |_| answer.clone()).await;
    pass(&*source_at("feed", &server.url(), |_| {}), &account("feed", "blog-saya", "/feed.xml"), &mut Cursor::start())
        .await
}

async fn read_body(body: impl AsRef<[u8]>) -> Result<Page, SourceError> {
    read(reply(200, &[XML], body)).await
}

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>B</title>{items}</channel></rss>"
    )
}

fn item(n: usize, text: &str) -> String {
    format!(
        "<item><guid>id-{n}</guid><description>{text}</description><pubDate>Tue, 25 Sep 2029 10:00:00 +0700</pubDate></item>"
    )
}

async fn one(item: &str) -> Activity {
    let mut page = read_body(rss(item)).await.unwrap();
    assert!(page.rejected.is_empty(), "{:?}", page.rejected);
    page.items.remove(0).activity
}

#[tokio::test]
async fn an_item_becomes_a_post() {
    let activity = one(
        "<item><title>Judul &amp;amp; lain</title><link> /tulisan/1 </link><guid isPermaLink='false'>guid-1</guid>
         <pubDate>Tue, 25 Sep 2029 10:00:00 +0700</pubDate><category>Desa</category><category>Desa</category><category>  </category>
         <description>ringkas</description><content:encoded><![CDATA[<p>Salam<br>dua</p><script>x</script><img src='a.jpg' alt='Foto Pak Wira'>]]></content:encoded>
         <enclosure url='https://x.example/suara.mp3' type='audio/mpeg' length='1'/></item>",
    )
    .await;
    assert_eq!(activity.id, "guid-1");
    assert_eq!((activity.platform.as_deref(), activity.account.as_deref()), (Some("feed"), Some("blog-saya")));
    assert_eq!(activity.text, "Judul & lain\n\nSalam\ndua");
    assert_eq!(activity.posted_at.unwrap().to_string(), "2029-09-25T03:00:00Z");
    assert!(activity.url.unwrap().ends_with("/tulisan/1"));
    assert_eq!(activity.hashtags, ["Desa"]);
    let media: Vec<_> = activity.media.iter().map(|m| (m.kind.as_str(), m.alt.as_deref())).collect();
    assert_eq!(media, [("audio", None), ("image", Some("Foto Pak Wira"))]);
}

#[tokio::test]
async fn ids_are_guid_then_link_then_hash() {
    assert_eq!(one("<item><guid>g</guid><link>https://x.example/1</link><title>a</title></item>").await.id, "g");
    assert_eq!(one("<item><link>https://x.example/1</link><title>a</title></item>").await.id, "https://x.example/1");
    let hash = one("<item><title>a</title></item>").await.id;
    assert!(hash.starts_with("sha256:") && hash.len() == 71, "{hash}");
    assert_eq!(one("<item><title>a</title></item>").await.id, hash, "always the same");
    assert_ne!(one("<item><title>b</title></item>").await.id, hash);
    let huge = one(&format!("<item><guid>{}</guid><title>a</title></item>", "x".repeat(500_000))).await.id;
    assert!(huge.starts_with("sha256:"));
}

#[tokio::test]
async fn only_pages_become_addresses() {
    for link in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x"] {
        let activity = one(&format!("<item><guid>g</guid><title>a</title><link>{link}</link><description>&lt;img src='{link}' alt='x'&gt;</description></item>")).await;
        assert_eq!(activity.url, None, "{link}");
        assert_eq!(activity.media[0].url, None, "{link}");
    }
}

#[tokio::test]
async fn a_second_pass_reads_what_is_new_or_changed() {
    let bodies = [
        item(1, "satu"),
        [item(2, "dua"), item(1, "satu")].concat(),
        [item(2, "dua, disunting"), item(1, "satu")].concat(),
    ];
    let turn = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let shown = std::sync::Arc::clone(&turn);
    let server = Server::start(move |request| {
        let turn = shown.load(std::sync::atomic::Ordering::SeqCst);
        let etag = format!("W/\"{turn}\"");
        if request.head.contains(&etag) {
            return reply(304, &[("cache-control", "max-age=70")], "");
        }
        reply(200, &[XML, ("etag", &etag), ("last-modified", "Tue, 25 Sep 2029 03:00:00 GMT")], rss(&bodies[turn]))
    })
    .await;
    let (account, mut cursor) = (account("feed", "blog", &format!("{}/x", server.url())), Cursor::start());
    let source = source_at("feed", &server.url(), |_| {});
    for (number, expected) in [&["satu"], &["dua"], &["dua, disunting"]].into_iter().enumerate() {
        turn.store(number, std::sync::atomic::Ordering::SeqCst);
        assert_eq!(texts(&pass(&*source, &account, &mut cursor).await.unwrap()), expected);
        let same = source.fetch(&account, &cursor).await.unwrap();
        assert_eq!((same.items.len(), &same.cursor, same.more, same.wait.unwrap().as_secs()), (0, &cursor, false, 70));
        assert!(server.last().head.to_ascii_lowercase().contains("if-modified-since: tue, 25 sep 2029"));
    }
}

#[tokio::test]
async fn raw_is_the_items_own_bytes() {
    let first = "<item  ><guid>1</guid><title>&#x41;<![CDATA[</item>]]></title></item >";
    let page = read_body(rss(&format!("{first}\n<!-- <item> -->{}", item(2, "dua")))).await.unwrap();
    assert_eq!(page.items[0].raw, first.as_bytes());
    assert_eq!(page.items[0].activity.text, "A</item>");
    assert_eq!(page.items[1].raw, item(2, "dua").as_bytes());
    let atom = "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:id>f</a:id><a:entry><a:id>1</a:id><a:title>Satu</a:title></a:entry></a:feed>";
    let page = read_body(atom).await.unwrap();
    assert_eq!(page.items[0].raw, b"<a:entry><a:id>1</a:id><a:title>Satu</a:title></a:entry>");
    let json =
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[ {"id":"1", "content_text":"Satu"} ]}"#;
    let page = read_body(json).await.unwrap();
    assert_eq!(page.items[0].raw, br#"{"id":"1", "content_text":"Satu"}"#);
    assert_eq!(page.items[0].activity.text, "Satu");
}

#[tokio::test]
async fn one_bad_item_costs_only_itself() {
    let items = [
        item(1, "satu"),
        "<item><guid>x</guid><b></item>".to_owned(),
        item(2, "dua"),
        "<item></item>".to_owned(),
        "<item/>".to_owned(),
        "<item><guid>tak tertutup</guid>".to_owned(),
        item(3, "tiga"),
        "<item><guid>y</guid><title a=b c>x</guid></item>".to_owned(),
        item(4, "empat"),
    ];
    let page = read_body(rss(&items.concat())).await.unwrap();
    assert_eq!(texts(&page), ["satu", "dua", "tiga", "empat"]);
    assert_eq!(page.rejected.len(), 5, "{:?}", page.rejected);
    assert!(page.rejected.iter().all(|rejected| !rejected.reason.contains("tertutup")));
    let json = r#"{"version":"https://jsonfeed.org/version/1","title":"x","items":[{"id":"1","content_text":"satu"},{"id":7,"content_text":"x"},7,null,{"id":"2","content_html":"<b>dua</b>"},{"id":"3","content_text":"\ud800"}]}"#;
    let page = read_body(json).await.unwrap();
    assert_eq!(texts(&page), ["satu", "dua"]);
    assert_eq!(page.rejected.len(), 4);
}

#[tokio::test]
async fn a_feed_that_breaks_off_is_asked_for_again() {
    let whole = rss(&[item(1, "satu"), item(2, "dua")].concat());
    let cut = whole.find("</channel>").unwrap();
    for end in [cut, cut - 10] {
        let page = read(reply(200, &[("etag", "\"a\"")], &whole[..end])).await.unwrap();
        assert!(texts(&page).starts_with(&["satu"]));
        assert!(page.rejected.iter().any(|rejected| rejected.reason.contains("breaks off")));
        assert!(!page.cursor.as_str().contains("etag"));
    }
}

#[tokio::test]
async fn what_xml_forbids_hides_nothing() {
    for (text, expected) in [
        ("co\0blos", "co\u{fffd}blos"),
        ("co\u{b}blos", "co\u{fffd}blos"),
        ("co&#0;blos", "co\u{fffd}blos"),
        ("co&#xD800;blos", "co\u{fffd}blos"),
        ("R&D & lain", "R&D & lain"),
        ("&nbsp;&hellip;&tidakada;", "…&tidakada;"),
        ("&#128512;", "😀"),
        ("a &", "a &"),
        ("&;&#;&#x;", "&;&#;&#x;"),
        ("<![CDATA[a & b \0]]>", "a & b \u{fffd}"),
    ] {
        assert_eq!(one(&item(1, text)).await.text, expected, "{text:?}");
    }
}

#[tokio::test]
async fn entities_are_neither_expanded_nor_fetched() {
    let laughs: String =
        (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let document = format!(
        "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY l0 \"lol\">{laughs}<!ENTITY x SYSTEM \"file:///etc/passwd\"><!ENTITY % p SYSTEM 'http://127.0.0.1:1/'> ]>{}",
        rss(&item(1, "&l9;&x;")).replacen("<?xml version=\"1.0\"?>", "", 1)
    );
    let page = read_body(document).await.unwrap();
    assert_eq!(texts(&page), ["&l9;&x;"]);
}

#[tokio::test]
async fn encodings_are_found_out() {
    let latin = |declared: &str| {
        let mut bytes = format!("<?xml version=\"1.0\" encoding=\"{declared}\"?>").into_bytes();
        bytes.extend(
            rss(&item(1, "caf#"))
                .replacen("<?xml version=\"1.0\"?>", "", 1)
                .bytes()
                .map(|b| if b == b'#' { 0xe9 } else { b }),
        );
        bytes
    };
    let utf16: Vec<u8> = rss(&item(1, "café")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = [&[0xff, 0xfe][..], &utf16].concat();
    for (header, body) in [
        ("text/xml", latin("ISO-8859-1")),
        ("text/xml; charset=utf-8", latin("iso-8859-1")),
        ("text/xml; charset=windows-1252", latin("utf-8")),
        ("text/xml; charset=iso-8859-1", rss(&item(1, "café")).into_bytes()),
        ("text/xml", utf16),
        ("text/xml; charset=utf-8", with_mark),
        ("", [b"\xef\xbb\xbf", rss(&item(1, "café")).as_bytes()].concat()),
    ] {
        let page = read(reply(200, &[("content-type", header)], body)).await.unwrap();
        assert_eq!(texts(&page), ["café"], "{header}");
    }
    let invalid =
        rss(&item(1, "caf#")).replace('#', "\u{1}").into_bytes().into_iter().map(|b| if b == 1 { 0xff } else { b });
    let page =
        read(reply(200, &[("content-type", "text/xml; charset=utf-8")], invalid.collect::<Vec<_>>())).await.unwrap();
    assert_eq!(texts(&page), ["caf\u{fffd}"]);
    assert!(page.items[0].raw.contains(&0xff), "the proof keeps the byte");
    let json = b"{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"\",\"items\":[{\"id\":\"1\",\"content_text\":\"caf\xe9\"}]}";
    let page = read(reply(200, &[("content-type", "application/json; charset=iso-8859-1")], json)).await.unwrap();
    assert_eq!(texts(&page), ["café"]);
}

#[tokio::test]
async fn what_is_no_feed_is_said_so() {
    for (body, word) in [
        ("", "empty"),
        (" \n", "empty"),
        ("<!DOCTYPE html><html><body>404</body></html>", "HTML"),
        ("<html><item></item></html>", "HTML"),
        ("<?xml version='1.0'?><opml/>", "neither RSS nor Atom"),
        ("<rss", "breaks off"),
        ("<rss version='2.0'>", "breaks off"),
        ("teks", "neither XML nor JSON"),
        ("{\"error\":\"x\"}", "not a JSON Feed"),
        ("{\"version\":\"2\",\"items\":[]}", "not a JSON Feed"),
        ("{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[", "breaks off"),
        ("[]", "neither"),
        ("<!-- ", "breaks off"),
        ("<rss><x/></rss>", "neither RSS nor Atom"),
        ("\0\0\0", "neither"),
    ] {
        let error = read_body(body).await.unwrap_err();
        assert!(
            matches!(error, SourceError::Malformed { .. }) && error.chain().contains(word),
            "{body:?}: {}",
            error.chain()
        );
    }
    let huge_tag = format!("<rss version='2.0' {}><channel></channel></rss>", "a='b' ".repeat(10_000));
    assert!(read_body(huge_tag).await.unwrap_err().chain().contains("16 KiB"));
    let empty = read_body(rss("")).await.unwrap();
    assert!(empty.items.is_empty() && empty.rejected.is_empty(), "an empty feed is no error");
}

#[tokio::test]
async fn statuses_are_told_apart() {
    for (status, expected) in [
        (404, AccountState::NotFound),
        (410, AccountState::NotFound),
        (401, AccountState::Private),
        (403, AccountState::Private),
    ] {
        let error = read(reply(status, &[], "<html>")).await.unwrap_err();
        assert!(matches!(error, SourceError::Unavailable { state, .. } if state == expected), "{status}");
    }
    let limited = read(reply(429, &[("retry-after", "9")], "")).await.unwrap_err();
    assert!(matches!(limited, SourceError::Transient { retry_after: Some(wait), .. } if wait.as_secs() == 9));
    assert!(matches!(read(reply(503, &[], "")).await, Err(SourceError::Transient { .. })));
    assert!(matches!(read(reply(400, &[], "")).await, Err(SourceError::Permanent { .. })));
    assert!(matches!(read(Reply::Hang).await, Err(SourceError::Transient { .. })));
    assert!(matches!(
        read(Reply::Endless(head(200, &[], "transfer-encoding: chunked"))).await,
        Err(SourceError::Permanent { .. })
    ));
    let bomb = reply(200, &[XML, ("content-encoding", "gzip")], include_bytes!("../captures/zeros-64m.gz"));
    assert!(matches!(read(bomb).await, Err(SourceError::Permanent { .. })));
}

#[tokio::test]
async fn feeds_say_how_long_to_wait() {
    let wait = |headers: Vec<(&'static str, &'static str)>, ttl: &str| {
        let answer = reply(200, &headers, rss(&format!("{ttl}{}", item(1, "x"))));
        async move { read(answer).await.unwrap().wait.map(|wait| wait.as_secs()) }
    };
    assert_eq!(wait(vec![], "").await, None);
    assert_eq!(wait(vec![], "<ttl>15</ttl>").await, Some(900));
    assert_eq!(wait(vec![("cache-control", "max-age=60")], "<ttl>15</ttl>").await, Some(900));
    assert_eq!(wait(vec![("cache-control", "max-age=3600")], "<ttl>15</ttl>").await, Some(3_600));
    assert_eq!(wait(vec![], "<ttl>99999999</ttl>").await, Some(86_400));
    assert_eq!(wait(vec![("cache-control", "max-age=99999999999999")], "<ttl>-1</ttl>").await, Some(86_400));
}

#[tokio::test]
async fn a_bridges_failure_is_no_post() {
    let failure = "<item><guid>e</guid><title>Bridge returned error 500! (12345)</title><description>rahasia</description></item>";
    let mixed = read_body(rss(&format!("{failure}{}", item(1, "satu")))).await.unwrap();
    assert_eq!((texts(&mixed), mixed.rejected.len()), (vec!["satu"], 0));
    let alone = read_body(rss(failure)).await.unwrap_err();
    assert!(matches!(alone, SourceError::Transient { .. }) && !alone.chain().contains("rahasia"));
}

#[tokio::test]
async fn a_title_that_repeats_the_text_is_said_once() {
    for (title, text, expected) in [
        ("Ayo coblos…", "Ayo coblos nomor 2!", "Ayo coblos nomor 2!"),
        ("Ayo", "", "Ayo"),
        ("", "Isi", "Isi"),
        ("Judul", "Isi", "Judul\n\nIsi"),
    ] {
        assert_eq!(
            one(&format!("<item><guid>1</guid><title>{title}</title><description>{text}</description></item>"))
                .await
                .text,
            expected
        );
    }
}

#[tokio::test]
async fn dates_that_are_none_are_left_out() {
    for date in ["", "kemarin", "0000-00-00", "Tue, 32 Sep 2029 10:00:00 GMT", "99999-01-01T00:00:00Z"] {
        let activity = one(&format!("<item><guid>1</guid><title>a</title><pubDate>{date}</pubDate></item>")).await;
        assert_eq!(activity.posted_at, None, "{date}");
    }
    for (date, year) in [("1970-01-01T00:00:00Z", 1970), ("Sat, 01 Jan 2106 00:00:00 GMT", 2106), ("2029-09-25", 2029)]
    {
        let posted_at =
            one(&format!("<item><guid>1</guid><title>a</title><pubDate>{date}</pubDate></item>")).await.posted_at;
        assert_eq!(posted_at.map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).year()), Some(year), "{date}");
    }
}

#[tokio::test]
async fn sizes_are_bounded() {
    let many: String = (0..700).map(|n| item(n, "x")).collect();
    let page = read_body(rss(&many)).await.unwrap();
    assert_eq!((page.items.len(), page.rejected.len()), (500, 1));
    assert!(page.rejected[0].reason.starts_with("200 more items"));
    let same: String = (0..400).map(|_| item(1, "x")).collect();
    assert_eq!(read_body(rss(&same)).await.unwrap().items.len(), 1, "the very same item counts once");
    let images = "&lt;img src='/a.jpg' alt='x'&gt;".repeat(5_000);
    assert_eq!(one(&item(1, &images)).await.media.len(), 1);
    let word = "a".repeat(900_000);
    assert_eq!(one(&item(1, &word)).await.text.len(), 900_000);
    for deep in ["<b>".repeat(60_000) + "</b>".repeat(60_000).as_str(), "&lt;b&gt;".repeat(90_000)] {
        let page = read_body(rss(&item(1, &deep))).await.unwrap();
        assert!(page.items.len() + page.rejected.len() <= 1);
    }
    let attributes: String = (0..50_000).map(|n| format!("a{n}='' ")).collect();
    read_body(rss(&format!("<item><guid>1</guid><title {attributes}>x</title></item>"))).await.unwrap();
}

#[tokio::test]
async fn a_cut_or_damaged_feed_never_breaks_the_source() {
    let feeds = [
        rss(&[item(1, "satu"), item(2, "<![CDATA[<p>dua</p>]]>")].concat()),
        "<?xml version='1.0'?><!DOCTYPE feed [<!ENTITY a 'b'>]><feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title type='html'>&lt;b&gt;x</title><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>y</div></content></entry></feed>".to_owned(),
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"x","items":[{"id":"1","content_html":"<p>&amp;</p>","date_published":"2029-09-25T10:00:00+07:00"}]}"#.to_owned(),
    ];
    let body = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let served = std::sync::Arc::clone(&body);
    let server = Server::start(move |_| reply(200, &[], served.lock().unwrap().clone())).await;
    let (source, account) = (source_at("feed", &server.url(), |_| {}), account("feed", "blog", "/x"));
    let mut outcomes = HashSet::new();
    let mut random = 1_u64;
    for feed in feeds {
        let cuts = (0..feed.len()).map(|end| feed.as_bytes()[..end].to_vec());
        let damaged = (0..300).map(|_| {
            let mut bytes = feed.clone().into_bytes();
            for _ in 0..3 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(random >> 40).unwrap() % bytes.len();
                bytes[at] = b"<>&;\"'/ \0\xff]!-{}x"[usize::try_from(random >> 20).unwrap() % 16];
            }
            bytes
        });
        for bytes in cuts.chain(damaged) {
            *body.lock().unwrap() = bytes;
            match source.fetch(&account, &Cursor::start()).await {
                Ok(page) => outcomes.insert(if page.rejected.is_empty() { "read" } else { "in part" }),
                Err(SourceError::Malformed { .. }) => outcomes.insert("malformed"),
                Err(other) => panic!("{}", other.chain()),
            };
        }
    }
    assert_eq!(outcomes.len(), 3);
}

#[tokio::test]
async fn addresses_come_from_the_register() {
    let server = Server::start(|_| reply(200, &[], rss(&item(1, "x")))).await;
    let source = source_at("feed", &server.url(), |config| config.feed.base_url = None);
    for wrong in ["/feeds/x.xml", "", "x", "file:///etc/passwd", "http://169.254.169.254/", "http://localhost:1/"] {
        let error = source.fetch(&account("feed", "blog", wrong), &Cursor::start()).await.unwrap_err();
        assert!(matches!(error, SourceError::Permanent { .. }), "{wrong}: {}", error.chain());
    }
    assert!(source.fetch(&account("feed", "blog", &server.url()), &Cursor::start()).await.is_ok());
}
