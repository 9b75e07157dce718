//! Each format, by small files in its real shape.

use netral::capture::Format;
use serde_json::{Value, json};

use super::{read, shown};

fn lines(items: &[Value]) -> Vec<u8> {
    items.iter().map(|item| format!("{item}\n")).collect::<String>().into_bytes()
}

/// A post as X's page gets it.
fn x_post(id: &str, name: &str, user: &str, text: &str) -> Value {
    json!({
        "__typename": "Tweet",
        "rest_id": id,
        "core": { "user_results": { "result": { "rest_id": user, "core": { "screen_name": name } } } },
        "legacy": {
            "created_at": "Wed Feb 28 03:11:00 +0000 2029", "full_text": text, "conversation_id_str": id, "user_id_str": user,
            "entities": { "hashtags": [{ "text": "Obor" }], "user_mentions": [{ "screen_name": "menang02" }] },
        },
    })
}

/// An item as Zeeschuimer wraps it.
fn wrapped(platform: &str, page: &str, data: &Value) -> Value {
    json!({
        "id": 1, "nav_index": "3:42:7", "item_id": "1", "timestamp_collected": 1_866_990_000_000_i64,
        "source_platform": platform, "source_platform_url": page, "source_url": "", "user_agent": "x", "data": data,
    })
}

fn x_items() -> Vec<Value> {
    let page = "https://x.com/wirabumi";
    let original = x_post("900", "menang02", "55", "Coblos nomor &lt;2&gt;");
    let mut share = x_post("901", "wirabumi", "77", "RT @menang02: Coblos no…");
    share["legacy"]["retweeted_status_result"] = json!({ "result": { "tweet": original.clone() } });
    let mut quote = x_post("902", "wirabumi", "77", "Setuju &amp; dukung");
    quote["quoted_status_result"] = json!({ "result": original.clone() });
    let mut buried = x_post("903", "wirabumi", "77", "Sayang dihapus");
    buried["quoted_status_result"] = json!({ "result": { "__typename": "TweetTombstone", "tombstone": {} } });
    buried["legacy"]["quoted_status_id_str"] = json!("899");
    let mut reply = x_post("904", "wirabumi", "77", "@menang02 siap");
    reply["legacy"]["in_reply_to_status_id_str"] = json!("900");
    reply["legacy"]["in_reply_to_screen_name"] = json!("menang02");
    reply["legacy"]["in_reply_to_user_id_str"] = json!("55");
    let mut old = x_post("905", "x", "77", "Bentuk lama");
    old["core"] = json!({ "user_results": { "result": { "legacy": { "screen_name": "wirabumi" } } } });
    old["note_tweet"] = json!({ "note_tweet_results": { "result": { "text": "Bentuk lama yang panjang sekali" } } });
    [share, quote, buried, reply, old].iter().map(|post| wrapped("x.com", page, post)).collect()
}

const X_ROWS: [&str; 5] = [
    "1: share x 901 by 77/wirabumi at 2029-02-28T03:11:00Z «» -> post 900 of 55/menang02 «Coblos nomor <2>»",
    "2: share x 902 by 77/wirabumi at 2029-02-28T03:11:00Z «Setuju & dukung» -> post 900 of 55/menang02 «Coblos nomor <2>»",
    "3: share x 903 by 77/wirabumi at 2029-02-28T03:11:00Z «Sayang dihapus» -> post 899 of -/- «»",
    "4: comment x 904 by 77/wirabumi at 2029-02-28T03:11:00Z «@menang02 siap» -> post 900 of 55/menang02 «»",
    "5: post x 905 by 77/wirabumi at 2029-02-28T03:11:00Z «Bentuk lama yang panjang sekali»",
];

#[test]
fn zeeschuimer_items_of_x_are_read_with_their_verbs() {
    let got = read(&lines(&x_items()), Format::Zeeschuimer);
    assert_eq!(shown(&got), X_ROWS);
    let first = got.rows[0].read.as_ref().unwrap();
    assert_eq!(first.activity.seen_at.unwrap().as_second(), 1_866_990_000, "captured then");
    assert_eq!(first.activity.hashtags, ["Obor"]);
    assert_eq!(got.rows[0].raw, format!("{}\n", x_items()[0]).into_bytes(), "byte for byte");
}

#[test]
fn the_same_items_come_out_of_4cat() {
    let items: Vec<Value> = x_items()
        .iter()
        .map(|item| {
            let mut flat = item["data"].clone();
            flat["__import_meta"] = item.clone();
            flat["__import_meta"].as_object_mut().unwrap().remove("data");
            flat
        })
        .collect();
    let got = read(&lines(&items), Format::FourCat);
    assert_eq!(shown(&got), X_ROWS);
}

#[test]
fn what_stands_on_a_page_of_likes_is_its_owners_act() {
    let post = x_post("900", "menang02", "55", "Coblos nomor 2");
    let mut items = vec![wrapped("x.com", "https://x.com/wirabumi/likes", &post); 3];
    items[1]["source_url"] = json!("https://x.com/i/api/graphql/abc/Likes?variables=%7B%7D");
    items[2]["source_url"] = json!("https://x.com/i/api/graphql/abc/HomeTimeline?variables=%7B%7D");
    assert_eq!(
        shown(&read(&lines(&items), Format::Zeeschuimer)),
        [
            "1: like x like:900 by wirabumi at - «» -> post 900 of 55/menang02 «Coblos nomor 2»",
            "2: like x like:900 by wirabumi at - «» -> post 900 of 55/menang02 «Coblos nomor 2»",
            "3: post x 900 by 55/menang02 at 2029-02-28T03:11:00Z «Coblos nomor 2»",
        ]
    );
}

#[test]
fn zeeschuimer_items_of_the_other_platforms_are_read() {
    let tiktok = json!({
        "id": "7300000000000000001", "desc": "Ayo #obor", "createTime": 1_866_942_660, "author": { "id": "6800000000000000001", "uniqueId": "wirabumi", "nickname": "W" },
        "textExtra": [{ "hashtagName": "obor" }], "stickersOnItem": [{ "stickerText": ["Nomor", "dua"] }], "video": { "cover": "https://cdn.example/1.jpg" },
    });
    let embedded = json!({ "id": 7_300_000_000_000_000_002_u64, "desc": "Dari laman", "createTime": "1866942660", "author": "wirabumi", "nickname": "W" });
    let listed = json!({
        "code": "Cx1", "pk": "31", "taken_at": 1_866_942_660, "caption": { "text": "Halo" }, "user": { "pk": 41, "username": "wirabumi" }, "media_type": 8,
        "carousel_media": [{ "image_versions2": { "candidates": [{ "url": "https://cdn.example/a.jpg" }] }, "accessibility_caption": "tulisan: NOMOR 2" }],
        "usertags": { "in": [{ "user": { "username": "menang02" } }] },
    });
    let graph = json!({
        "__typename": "GraphImage", "shortcode": "Cx2", "taken_at_timestamp": 1_866_942_660, "owner": { "id": "41", "username": "wirabumi" },
        "edge_media_to_caption": { "edges": [{ "node": { "text": "Graf" } }] }, "display_url": "https://cdn.example/b.jpg",
    });
    let advertisement = json!({ "code": "Cx3", "product_type": "ad", "taken_at": 1_866_942_660, "user": { "pk": 41 } });
    let partial = json!({ "code": "Cx4", "user": { "pk": 41, "username": "wirabumi" } });
    let thread = |code: &str, info: Value| {
        json!({
            "code": code, "taken_at": 1_866_942_660, "caption": { "text": "Utas" }, "user": { "pk": "51", "username": "wirabumi" },
            "text_post_app_info": info, "carousel_media": null, "image_versions2": null, "video_versions": null,
        })
    };
    let other =
        json!({ "code": "Dx9", "caption": { "text": "Coblos" }, "user": { "pk": "52", "username": "menang02" } });
    let items = [
        wrapped("tiktok.com", "https://www.tiktok.com/@wirabumi", &tiktok),
        wrapped("tiktok.com", "https://www.tiktok.com/@wirabumi", &embedded),
        wrapped("instagram.com", "https://www.instagram.com/wirabumi/", &listed),
        wrapped("instagram.com", "https://www.instagram.com/wirabumi/", &graph),
        wrapped("instagram.com", "https://www.instagram.com/", &advertisement),
        wrapped("instagram.com", "https://www.instagram.com/wirabumi/", &partial),
        wrapped("threads.net", "https://www.threads.net/@wirabumi", &thread("Dx1", json!({ "repost_count": 0 }))),
        wrapped(
            "threads.com",
            "",
            &thread("Dx2", json!({ "share_info": { "quoted_post": other, "reposted_post": null } })),
        ),
        wrapped("threads.com", "", &thread("Dx3", json!({ "share_info": { "reposted_post": other } }))),
        wrapped(
            "threads.com",
            "",
            &thread("Dx4", json!({ "is_reply": true, "reply_to_author": { "pk": "52", "username": "menang02" } })),
        ),
        wrapped("linkedin.com", "", &json!({ "urn": "x" })),
        json!({ "foo": 1 }),
    ];
    let got = read(&lines(&items), Format::Zeeschuimer);
    assert_eq!(
        shown(&got),
        [
            "1: post tiktok 7300000000000000001 by 6800000000000000001/wirabumi at 2029-02-28T03:11:00Z «Ayo #obor»",
            "2: post tiktok 7300000000000000002 by wirabumi at 2029-02-28T03:11:00Z «Dari laman»",
            "3: post instagram Cx1 by 41/wirabumi at 2029-02-28T03:11:00Z «Halo»",
            "4: post instagram Cx2 by 41/wirabumi at 2029-02-28T03:11:00Z «Graf»",
            "5: an advertisement",
            "6: `time` is missing: the item is partial; open the post itself while capturing",
            "7: post threads Dx1 by 51/wirabumi at 2029-02-28T03:11:00Z «Utas»",
            "8: share threads Dx2 by 51/wirabumi at 2029-02-28T03:11:00Z «Utas» -> post Dx9 of 52/menang02 «Coblos»",
            "9: share threads Dx3 by 51/wirabumi at 2029-02-28T03:11:00Z «» -> post Dx9 of 52/menang02 «Coblos»",
            "10: comment threads Dx4 by 51/wirabumi at 2029-02-28T03:11:00Z «Utas» -> post - of 52/menang02 «»",
            "11: Zeeschuimer captured this from a service whose items are not read; read are X, TikTok, Instagram, Threads",
            "12: neither an item of Zeeschuimer (`data`) nor of 4CAT (`__import_meta`)",
        ]
    );
    let media = |row: usize| got.rows[row].read.as_ref().unwrap().activity.media.clone();
    assert_eq!(media(0)[0].ocr.as_deref(), Some("Nomor\ndua"), "written over the video");
    assert_eq!(media(2)[0].ocr.as_deref(), Some("tulisan: NOMOR 2"));
    assert_eq!(got.rows[2].read.as_ref().unwrap().activity.mentions, ["menang02"]);
}

/// A post of X as gallery-dl writes it.
fn gallery(id: u64, page: &str, change: &Value) -> Value {
    let mut meta = json!({
        "category": "twitter", "subcategory": page, "tweet_id": id, "retweet_id": 0, "quote_id": 0, "quoted_id": 0, "reply_id": 0,
        "conversation_id": id, "date": "2029-02-28 03:11:00", "author": { "id": 77, "name": "wirabumi", "nick": "W" },
        "user": { "id": 77, "name": "wirabumi", "nick": "W" }, "content": "Halo", "hashtags": ["obor"],
    });
    meta.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    meta
}

#[test]
fn gallery_dl_tells_who_acted() {
    let other = json!({ "id": 55, "name": "menang02" });
    let posts = [
        gallery(1_761_234_567_890_123_456, "tweets", &json!({})),
        gallery(2, "tweets", &json!({ "author": other, "retweet_id": 900, "content": "RT @menang02: Coblos: 2" })),
        gallery(900, "tweets", &json!({ "author": other, "retweet_id": 900, "content": "Coblos: 2" })),
        gallery(3, "tweets", &json!({ "quoted_id": 900 })),
        gallery(900, "tweets", &json!({ "author": other, "quote_id": 3, "content": "Coblos: 2" })),
        gallery(4, "with-replies", &json!({ "reply_id": 901, "reply_to": "menang02" })),
        gallery(901, "with-replies", &json!({ "author": other, "content": "bukan kata pemilik laman" })),
        gallery(900, "likes", &json!({ "author": other, "content": "Coblos: 2" })),
        gallery(900, "bookmark", &json!({ "author": other })),
        gallery(5, "search", &json!({ "retweet_id": 900 })),
    ];
    let messages: Vec<Value> = posts.iter().map(|post| json!([2, post])).collect();
    let expected = [
        "1: post x 1761234567890123456 by 77/wirabumi at 2029-02-28T03:11:00Z «Halo»",
        "2: share x 2 by 77/wirabumi at 2029-02-28T03:11:00Z «» -> post 900 of 55/menang02 «Coblos: 2»",
        "3: share x share:900 by 77/wirabumi at - «» -> post 900 of 55/menang02 «Coblos: 2»",
        "4: share x 3 by 77/wirabumi at 2029-02-28T03:11:00Z «Halo» -> post 900 of -/- «»",
        "5: post x 900 by 55/menang02 at 2029-02-28T03:11:00Z «Coblos: 2»",
        "6: comment x 4 by 77/wirabumi at 2029-02-28T03:11:00Z «Halo» -> post 901 of -/menang02 «»",
        "7: post x 901 by 55/menang02 at 2029-02-28T03:11:00Z «bukan kata pemilik laman»",
        "8: like x like:900 by 77/wirabumi at - «» -> post 900 of 55/menang02 «Coblos: 2»",
        "9: a bookmark is private and no public act",
        "10: a share, and the file does not say whose; read the account's own page instead",
    ];
    let dump = serde_json::to_vec_pretty(&messages).unwrap();
    assert_eq!(shown(&read(&dump, Format::GalleryDl)), expected);
    assert_eq!(shown(&read(&lines(&messages), Format::GalleryDl)), expected, "a message per line");
    let alone = read(&serde_json::to_vec_pretty(&posts[0]).unwrap(), Format::GalleryDl);
    assert_eq!(shown(&alone), &expected[..1], "a file per post");
}

#[test]
fn gallery_dl_posts_of_the_other_platforms_are_read() {
    let instagram = json!({
        "category": "instagram", "subcategory": "posts", "post_id": "31", "post_shortcode": "Cx1", "post_url": "https://www.instagram.com/p/Cx1/",
        "post_date": "2029-02-28 03:11:00", "date": "2029-02-28 03:11:01", "owner_id": "41", "username": "wirabumi", "fullname": "W", "description": "Halo", "tags": ["#obor"],
    });
    let saved = json!({ "category": "instagram", "subcategory": "saved", "post_id": "31", "owner_id": "41" });
    let uri = "at://did:plc:w/app.bsky.feed.post/3k";
    let bluesky = |page: &str, change: Value| {
        let mut meta = json!({
            "category": "bluesky", "subcategory": page, "uri": uri, "text": "Halo", "createdAt": "2029-02-28T03:11:00.5Z", "date": "2029-02-28 03:11:00",
            "author": { "did": "did:plc:w", "handle": "wirabumi.example" }, "post_id": "3k",
        });
        meta.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        meta
    };
    let owner = json!({ "did": "did:plc:o", "handle": "pemilik.example" });
    let status = |change: Value| {
        let mut meta = json!({
            "category": "mastodon.example", "subcategory": "user", "id": "11", "uri": "https://mastodon.example/users/wirabumi/statuses/11", "created_at": "2029-02-28T03:11:00.000Z", "date": "2029-02-28 03:11:00",
            "content": "<p>Halo &amp; salam</p>", "spoiler_text": "", "url": "https://mastodon.example/@wirabumi/11", "reblog": null, "in_reply_to_id": null, "mentions": [], "tags": ["obor"],
            "account": { "id": "1", "acct": "wirabumi", "url": "https://mastodon.example/@wirabumi", "uri": "https://mastodon.example/users/wirabumi" },
        });
        meta.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        meta
    };
    let boosted = json!({ "id": "9", "uri": "https://lain.example/users/menang/statuses/9", "content": "<p>Coblos</p>", "url": "https://lain.example/@menang/9",
        "account": { "acct": "menang@lain.example", "uri": "https://lain.example/users/menang" } });
    let messages = json!([
        [2, instagram],
        [3, "https://cdn.example/a.jpg", instagram],
        [3, "https://cdn.example/b.mp4", { "post_id": "31", "category": "instagram", "extension": "mp4", "description": "Halo" }],
        [2, saved],
        [2, bluesky("posts", json!({}))],
        [3, "https://cdn.example/c", { "uri": uri, "category": "bluesky", "description": "poster bertuliskan NOMOR 2" }],
        [2, bluesky("posts", json!({ "user": owner }))],
        [2, bluesky("posts", json!({ "user": owner, "quote_id": "3j" }))],
        [2, bluesky("likes", json!({ "user": owner }))],
        [2, bluesky("likes", json!({}))],
        [2, bluesky("posts", json!({ "reply": { "parent": { "uri": "at://did:plc:x/app.bsky.feed.post/1" } } }))],
        [2, bluesky("posts", json!({ "embed": { "record": { "uri": "at://did:plc:x/app.bsky.feed.post/2" } } }))],
        [2, status(json!({}))],
        [2, status(json!({ "reblog": boosted, "content": "<p>Coblos</p>" }))],
        [2, status(json!({ "in_reply_to_id": "8", "in_reply_to_account_id": "2", "spoiler_text": "Awas" }))],
        [2, status(json!({ "subcategory": "favorite" }))],
        [6, "https://x.com/siapa", {}],
        [-1, { "error": "AuthRequired", "message": "x" }],
        [2, { "category": "pixiv", "subcategory": "works" }],
        [2, { "category": "tiktok", "subcategory": "likes", "id": "1" }],
    ]);
    let got = read(&serde_json::to_vec(&messages).unwrap(), Format::GalleryDl);
    assert_eq!(
        shown(&got),
        [
            "1: post instagram Cx1 by 41/wirabumi at 2029-02-28T03:11:00Z «Halo»",
            "4: a bookmark is private and no public act",
            "5: post bluesky at://did:plc:w/app.bsky.feed.post/3k by did:plc:w/wirabumi.example at 2029-02-28T03:11:00.5Z «Halo»",
            "7: share bluesky share:at://did:plc:w/app.bsky.feed.post/3k by did:plc:o/pemilik.example at - «» -> post at://did:plc:w/app.bsky.feed.post/3k of did:plc:w/wirabumi.example «Halo»",
            "8: post bluesky at://did:plc:w/app.bsky.feed.post/3k by did:plc:w/wirabumi.example at 2029-02-28T03:11:00.5Z «Halo»",
            "9: like bluesky like:at://did:plc:w/app.bsky.feed.post/3k by did:plc:o/pemilik.example at - «» -> post at://did:plc:w/app.bsky.feed.post/3k of did:plc:w/wirabumi.example «Halo»",
            "10: the file does not say whose likes these are; let gallery-dl write the metadata of users",
            "11: comment bluesky at://did:plc:w/app.bsky.feed.post/3k by did:plc:w/wirabumi.example at 2029-02-28T03:11:00.5Z «Halo» -> post at://did:plc:x/app.bsky.feed.post/1 of -/- «»",
            "12: share bluesky at://did:plc:w/app.bsky.feed.post/3k by did:plc:w/wirabumi.example at 2029-02-28T03:11:00.5Z «Halo» -> post at://did:plc:x/app.bsky.feed.post/2 of -/- «»",
            "13: post mastodon https://mastodon.example/users/wirabumi/statuses/11 by https://mastodon.example/users/wirabumi/https://mastodon.example/@wirabumi/wirabumi@mastodon.example at 2029-02-28T03:11:00Z «Halo & salam»",
            "14: share mastodon share:https://lain.example/users/menang/statuses/9 by https://mastodon.example/users/wirabumi/https://mastodon.example/@wirabumi/wirabumi@mastodon.example at 2029-02-28T03:11:00Z «» -> post https://lain.example/users/menang/statuses/9 of https://lain.example/users/menang/menang@lain.example «Coblos»",
            "15: comment mastodon https://mastodon.example/users/wirabumi/statuses/11 by https://mastodon.example/users/wirabumi/https://mastodon.example/@wirabumi/wirabumi@mastodon.example at 2029-02-28T03:11:00Z «Awas||Halo & salam» -> post 8 of 2/- «»",
            "16: the file does not say whose favourites these are",
            "17: an address that gallery-dl was to follow, no post",
            "18: gallery-dl met an error here and wrote nothing else",
            "19: gallery-dl captured this from a service whose posts are not read; read are X, Instagram, TikTok, Bluesky, Mastodon",
            "20: gallery-dl does not write down whose page of likes or reposts this is",
        ]
    );
    let media = |row: usize| got.rows[row].read.as_ref().unwrap().activity.media.clone();
    assert_eq!(media(0).iter().map(|m| m.kind.as_str()).collect::<Vec<_>>(), ["image", "video"]);
    assert!(media(0).iter().all(|m| m.alt.is_none()), "the caption is no description of the picture");
    assert_eq!(media(2)[0].alt.as_deref(), Some("poster bertuliskan NOMOR 2"));
}

fn video(change: &Value) -> Value {
    let mut info = json!({
        "id": "aaaaaaaaaaa", "title": "Judul", "formats": [{ "url": "https://rahasia.example/?sig=1", "cookies": "SID=1" }], "description": "Uraian",
        "uploader": "Kanal Wirabumi", "uploader_id": "@wirabumi", "channel": "Kanal Wirabumi", "channel_id": "UCwwwwwwwwwwwwwwwwwwwwww", "timestamp": 1_866_942_660,
        "http_headers": { "Cookie": "SID=1" }, "tags": ["obor"], "webpage_url": "https://www.youtube.com/watch?v=aaaaaaaaaaa", "extractor": "youtube",
        "extractor_key": "Youtube", "epoch": 1_866_990_000, "_type": "video", "_version": { "version": "2026.10.26" },
    });
    info.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    info
}

#[test]
fn yt_dlp_videos_come_with_their_comments_and_without_secrets() {
    // Comments stand before what says whose video it is: keys are sorted here.
    let info = video(&json!({ "comments": [
        { "id": "c1", "parent": "root", "author": "@menang02", "author_id": "UCm", "text": "Coblos", "timestamp": 1_866_943_400 },
        { "id": "c1.r", "parent": "c1", "author": "@wirabumi", "author_id": "UCwwwwwwwwwwwwwwwwwwwwww", "text": "Siap" },
        "rusak",
    ] }));
    let got = read(&serde_json::to_vec(&info).unwrap(), Format::YtDlp);
    assert_eq!(
        shown(&got),
        [
            "1: post youtube aaaaaaaaaaa by UCwwwwwwwwwwwwwwwwwwwwww/wirabumi at 2029-02-28T03:11:00Z «Judul||Uraian»",
            "2: comment youtube c1 by UCm/menang02 at 2029-02-28T03:23:20Z «Coblos» -> post aaaaaaaaaaa of UCwwwwwwwwwwwwwwwwwwwwww/@wirabumi «Judul»",
            "3: comment youtube c1.r by UCwwwwwwwwwwwwwwwwwwwwww/wirabumi at - «Siap» -> post c1 of -/- «»",
            "4: `id` is missing: the comment has no id",
        ]
    );
    assert_eq!(got.tools, ["2026.10.26"]);
    let raw = String::from_utf8(got.rows[0].raw.clone()).unwrap();
    assert!(!raw.contains("SID") && !raw.contains("sig=") && raw.contains("\"Uraian\""), "{raw}");
    assert_eq!(got.rows[1].read.as_ref().unwrap().activity.seen_at.unwrap().as_second(), 1_866_990_000);
}

#[test]
fn yt_dlp_playlists_are_their_entries() {
    let tiktok = json!({
        "extractor": "tiktok", "extractor_key": "TikTok", "id": "7300000000000000001", "uploader": "wirabumi", "uploader_id": "6800000000000000001",
        "channel": "W", "channel_id": "MS4w", "title": "Ayo…", "description": "Ayo #obor",
    });
    let x = json!({
        "extractor": "twitter", "extractor_key": "Twitter", "id": "900", "display_id": "901", "uploader": "W", "uploader_id": "wirabumi",
        "channel_id": "77", "webpage_url": "https://x.com/wirabumi/status/901", "title": "W - Halo", "description": "Halo",
    });
    let day = json!({ "timestamp": null, "upload_date": "20290228", "description": null, "comments": [{ "id": "c9", "author_id": "UCm", "text": "Ya" }] });
    let flat =
        json!({ "_type": "url", "ie_key": "Youtube", "id": "bbbbbbbbbbb", "channel_id": "UCw", "title": "Datar" });
    let playlist = json!({
        "_type": "playlist", "id": "PL1", "title": "Daftar", "extractor": "youtube:tab", "extractor_key": "YoutubeTab",
        "entries": [video(&tiktok), video(&x), video(&day), flat, null, video(&json!({ "extractor_key": "Vimeo" }))], "webpage_url": "https://www.youtube.com/playlist?list=PL1",
    });
    assert_eq!(
        shown(&read(&serde_json::to_vec(&playlist).unwrap(), Format::YtDlp)),
        [
            "1: post tiktok 7300000000000000001 by 6800000000000000001/wirabumi at 2029-02-28T03:11:00Z «Ayo #obor»",
            "2: post x 901 by wirabumi/77 at 2029-02-28T03:11:00Z «Halo»",
            "3: post youtube aaaaaaaaaaa by UCwwwwwwwwwwwwwwwwwwwwww/wirabumi at 2029-02-28T00:00:00Z «Judul»",
            "4: comment youtube c9 by UCm at - «Ya» -> post aaaaaaaaaaa of UCwwwwwwwwwwwwwwwwwwwwww/@wirabumi «Judul»",
            "5: `timestamp` is missing: the item has no time; let yt-dlp read each entry",
            "6: an entry that could not be read by yt-dlp",
            "7: yt-dlp took this from a service that is not read; read are YouTube, TikTok, Instagram, Facebook, X",
        ]
    );
}

/// A post of instaloader.
fn loaded() -> Value {
    let answer = json!({ "id": "18", "text": "Siap", "created_at": 1_866_943_500, "owner": { "id": "41", "username": "wirabumi" } });
    json!({
        "instaloader": { "node_type": "Post", "version": "4.16" },
        "node": {
            "shortcode": "Cx1", "id": "31", "owner": { "id": "41", "username": "wirabumi" }, "taken_at_timestamp": 1_866_942_660, "is_video": false,
            "edge_media_to_caption": { "edges": [{ "node": { "text": "Halo" } }] }, "display_url": "https://cdn.example/a.jpg",
            "edge_media_to_parent_comment": { "count": 1, "edges": [{ "node": {
                "id": "17", "text": "Coblos", "created_at": 1_866_943_400, "owner": { "id": "52", "username": "menang02" },
                "edge_threaded_comments": { "edges": [{ "node": answer }] },
            } }] },
        },
    })
}

#[test]
fn instaloader_posts_come_packed_or_not_and_with_comments() {
    let expected = [
        "1: post instagram Cx1 by 41/wirabumi at 2029-02-28T03:11:00Z «Halo»",
        "2: comment instagram 17 by 52/menang02 at 2029-02-28T03:23:20Z «Coblos» -> post Cx1 of 41/wirabumi «Halo»",
        "3: comment instagram 18 by 41/wirabumi at 2029-02-28T03:25:00Z «Siap» -> post 17 of 52/menang02 «Coblos»",
    ];
    let plain = serde_json::to_vec(&loaded()).unwrap();
    let got = read(&plain, Format::Instaloader);
    assert_eq!((shown(&got), &got.tools[..]), (expected.map(str::to_owned).to_vec(), &["4.16".to_owned()][..]));
    assert_eq!(got.rows[0].raw, plain);
    let packed = super::hostile::xz(&plain);
    assert_eq!(shown(&read(&packed, Format::Instaloader)), expected);
    let old = json!({ "node": { "code": "Cx0", "owner": { "id": "41" }, "date": 1_866_942_660, "caption": "Lama" }, "instaloader": { "node_type": "Post" } });
    assert_eq!(
        shown(&read(&serde_json::to_vec(&old).unwrap(), Format::Instaloader)),
        ["1: post instagram Cx0 by 41 at 2029-02-28T03:11:00Z «Lama»"]
    );
    let profile = json!({ "node": { "id": "41", "username": "wirabumi" }, "instaloader": { "node_type": "Profile" } });
    assert_eq!(
        shown(&read(&serde_json::to_vec(&profile).unwrap(), Format::Instaloader)),
        ["1: instaloader's notes on a profile or hashtag, no act"]
    );
    let comments = json!([{
        "id": 17, "created_at": 1_866_943_400, "text": "Coblos", "owner": { "id": "52", "username": "menang02" }, "likes_count": 1,
        "answers": [{ "id": 18, "created_at": 1_866_943_500, "text": "Siap", "owner": { "id": "41", "username": "wirabumi" } }],
    }]);
    assert_eq!(
        shown(&read(&serde_json::to_vec(&comments).unwrap(), Format::Instaloader)),
        [
            "1: comment instagram 17 by 52/menang02 at 2029-02-28T03:23:20Z «Coblos» -> post - of -/- «»",
            "2: comment instagram 18 by 41/wirabumi at 2029-02-28T03:25:00Z «Siap» -> post 17 of 52/menang02 «Coblos»",
        ]
    );
}
