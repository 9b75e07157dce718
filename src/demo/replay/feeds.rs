//! Blogs as feeds: RSS 2.0 (`.xml`), Atom (`.atom`) or JSON Feed (`.json`), with `ETag` and 304.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::json;

use super::world::{Record, WorldAccount};
use super::{Served, cid};

/// Items in a feed; older ones roll off, as on real blogs.
const MOST_ITEMS: usize = 30;

/// How long a copy may be kept: short, so that the demo's new posts are found while one looks on.
const CACHE: &str = "public, max-age=5";

/// `GET /feeds/{name}`.
pub(super) async fn feed(State(served): State<Arc<Served>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let path = format!("/feeds/{name}");
    let Some((index, account)) = served.world().find(&path).filter(|(_, account)| account.platform == "feed") else {
        let page = "<!doctype html><html><head><title>404</title></head><body><h1>Tidak ditemukan</h1></body></html>";
        return (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    };
    let mut records: Vec<&Record> = served.world().visible(index, served.now()).collect();
    records.reverse();
    records.truncate(MOST_ITEMS);
    let blog = Blog {
        account,
        home: format!("{}/blog/{}", served.own_address, name.split('.').next().unwrap_or_default()),
        records,
    };
    let (media_type, body) = match name.rsplit('.').next() {
        Some("atom") => ("application/atom+xml; charset=utf-8", blog.atom()),
        Some("json") => ("application/feed+json; charset=utf-8", blog.json()),
        _ => ("application/rss+xml; charset=utf-8", blog.rss()),
    };
    let etag = format!("\"{}\"", cid(body.as_bytes()));
    let kept = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if kept.is_some_and(|kept| kept.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag), (header::CACHE_CONTROL, CACHE.to_owned())])
            .into_response();
    }
    let newest = blog.records.first().map_or(Timestamp::UNIX_EPOCH, |record| record.at);
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::ETAG, etag),
        (header::LAST_MODIFIED, rfc_date(newest)),
        (header::CACHE_CONTROL, CACHE.to_owned()),
    ];
    (headers, body).into_response()
}

struct Blog<'a> {
    account: &'a WorldAccount,
    home: String,
    records: Vec<&'a Record>,
}

impl Blog<'_> {
    fn rss(&self) -> String {
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\n<channel>\n\
             <title>{}</title>\n<link>{}</link>\n<description>{}</description>\n<language>id</language>\n",
            escape(&self.title()),
            escape(&self.home),
            escape(&self.account.about),
        );
        for record in &self.records {
            let html = html(record).replace("]]>", "]]]]><![CDATA[>");
            let tags: String = hashtags(&record.text).fold(String::new(), |mut tags, tag| {
                // Writing to a string cannot fail.
                write!(tags, "<category>{}</category>", escape(tag)).ok();
                tags
            });
            out += &format!(
                "<item>\n<title>{}</title>\n<link>{}</link>\n<guid isPermaLink=\"false\">{}</guid>\n<pubDate>{}</pubDate>{tags}\n\
                 <description>{}</description>\n<content:encoded><![CDATA[{html}]]></content:encoded>\n</item>\n",
                escape(record.title.as_deref().unwrap_or_default()),
                escape(&self.link(record)),
                escape(&self.link(record)),
                rfc_date(record.at),
                escape(&summary(&record.text)),
            );
        }
        out + "</channel>\n</rss>\n"
    }

    fn atom(&self) -> String {
        let updated = self.records.first().map_or(Timestamp::UNIX_EPOCH, |record| record.at);
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"id\">\n<title>{}</title>\n\
             <id>{}</id>\n<link href=\"{}\"/>\n<updated>{updated:.0}</updated>\n<author><name>{}</name></author>\n",
            escape(&self.title()),
            escape(&self.home),
            escape(&self.home),
            escape(&self.account.name),
        );
        for record in &self.records {
            let at = record.at;
            out += &format!(
                "<entry>\n<title>{}</title>\n<id>{}</id>\n<link rel=\"alternate\" href=\"{}\"/>\n<published>{at:.0}</published>\n\
                 <updated>{at:.0}</updated>\n<content type=\"html\">{}</content>\n</entry>\n",
                escape(record.title.as_deref().unwrap_or_default()),
                escape(&self.link(record)),
                escape(&self.link(record)),
                escape(&html(record)),
            );
        }
        out + "</feed>\n"
    }

    fn json(&self) -> String {
        let items = self.records.iter().map(|record| {
            let link = self.link(record);
            json!({
                "id": link, "url": link, "title": record.title, "content_html": html(record),
                "date_published": format!("{:.0}", record.at), "tags": hashtags(&record.text).collect::<Vec<_>>(),
            })
        });
        let items: Vec<_> = items.collect();
        json!({
            "version": "https://jsonfeed.org/version/1.1", "title": self.title(), "home_page_url": self.home,
            "authors": [{ "name": self.account.name }], "language": "id", "items": items,
        })
        .to_string()
    }

    fn title(&self) -> String {
        self.account.handle.trim_start_matches("blog-").replace('-', " ")
    }

    fn link(&self, record: &Record) -> String {
        format!("{}/{}", self.home, record.rkey)
    }
}

/// The post as its blog writes it: a paragraph for each, then the picture.
fn html(record: &Record) -> String {
    let mut html = String::new();
    for paragraph in record.text.split("\n\n") {
        write!(html, "<p>{}</p>", escape(paragraph).replace('\n', "<br>")).ok();
    }
    if let Some(alt) = &record.alt {
        write!(html, "<p><img src=\"/gambar/{}.jpg\" alt=\"{}\"></p>", record.rkey, escape(alt)).ok();
    }
    html
}

fn summary(text: &str) -> String {
    text.chars().take(140).collect()
}

fn hashtags(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix('#'))
        .map(|tag| tag.trim_end_matches(|c: char| !c.is_alphanumeric()))
        .filter(|tag| !tag.is_empty())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn rfc_date(at: Timestamp) -> String {
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default()
}
