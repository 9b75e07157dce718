//! The sources against real HTTP on loopback: servers that behave, and servers that do what they should not.
//! Nothing outside loopback is ever contacted.

#![expect(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]

mod bluesky;
mod facebook;
mod feed;
mod fixtures;
mod fixtures_mastodon;
mod fixtures_meta;
mod fixtures_telegram;
mod fixtures_tiktok;
mod fixtures_x;
mod fixtures_youtube;
mod hostile;
mod http;
mod instagram;
mod mastodon;
pub mod pds;
mod repos;
pub mod server;
mod telegram;
mod threads;
mod tiktok;
mod x;
mod youtube;

use std::sync::Arc;

use netral::model::{Account, AccountId, PersonId};
use netral::source::{self, Cursor, Http, HttpConfig, Page, Source, SourceError, SourcesConfig};

/// A registered account.
pub fn account(platform: &str, handle: &str, id: &str) -> Account {
    Account {
        account_id: AccountId::new(),
        person_id: PersonId::new(),
        platform: platform.to_owned(),
        handle: handle.to_owned(),
        external_id: id.to_owned(),
        valid_from: jiff::civil::date(2029, 1, 1),
        valid_to: None,
    }
}

/// Bounds that a test can wait for.
pub fn http_config(allow: &[String]) -> HttpConfig {
    HttpConfig {
        contact: "diskominfo@contoh.example".to_owned(),
        connect_timeout_ms: 2_000,
        read_timeout_ms: 400,
        total_timeout_ms: 1_500,
        max_body_bytes: 1024 * 1024,
        allow_private: allow.to_vec(),
        ..HttpConfig::default()
    }
}

/// The source of a platform, all of whose addresses are `base`, with the ban lifted for it alone.
pub fn source_at(platform: &str, base: &str, change: impl FnOnce(&mut SourcesConfig)) -> Arc<dyn Source> {
    let url: url::Url = base.parse().unwrap();
    let authority = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut config = SourcesConfig { http: http_config(&[authority]), ..SourcesConfig::default() };
    config.bluesky.entry.clone_from(&url);
    config.bluesky.plc.clone_from(&url);
    config.bluesky.respect_no_unauthenticated = false;
    config.feed.base_url = Some(url.clone());
    config.youtube.enabled = true;
    config.youtube.base_url.clone_from(&url);
    config.youtube.key = Some("kunci-uji".to_owned().into());
    config.tiktok.enabled = true;
    config.tiktok.base_url.clone_from(&url);
    config.tiktok.client_key = Some("klien-uji".to_owned().into());
    config.tiktok.client_secret = Some("rahasia-klien".to_owned().into());
    config.threads.enabled = true;
    config.threads.base_url.clone_from(&url);
    config.threads.token = Some("token-uji".to_owned().into());
    config.instagram.enabled = true;
    config.instagram.base_url.clone_from(&url);
    config.instagram.token = Some("token-uji".to_owned().into());
    config.instagram.user_id = Some("17840000000000001".to_owned());
    config.facebook.enabled = true;
    config.facebook.base_url.clone_from(&url);
    config.facebook.token = Some("token-uji".to_owned().into());
    config.x.enabled = true;
    config.x.base_url.clone_from(&url);
    config.x.token = Some("kunci-x".into());
    config.mastodon.base_url = Some(url.clone());
    config.telegram.base_url = url;
    change(&mut config);
    let http = Http::new(&config.http).unwrap();
    source::build(&config, &|_| http.clone()).into_iter().find(|source| source.platform() == platform).unwrap()
}

/// Reads pages until the pass is done, keeping the cursor as text in between, as the store does.
pub async fn pass(source: &dyn Source, account: &Account, cursor: &mut Cursor) -> Result<Page, SourceError> {
    let mut all = Page { cursor: cursor.clone(), more: true, ..Page::default() };
    for _ in 0..200 {
        let page = source.fetch(account, cursor).await?;
        all.items.extend(page.items);
        all.rejected.extend(page.rejected);
        all.facts.extend(page.facts);
        all.handle = page.handle.or(all.handle);
        all.wait = all.wait.max(page.wait);
        *cursor = Cursor::from_text(page.cursor.as_str());
        if !page.more {
            return Ok(all);
        }
    }
    panic!("the pass never ends");
}

/// What an error tells whoever reads it: what to do, for how long, and why.
pub fn told(error: &SourceError) -> String {
    let kind = match error {
        SourceError::Transient { retry_after, .. } => {
            format!("transient {}", retry_after.map_or(0, |wait| wait.as_secs()))
        }
        SourceError::Down { retry_after, .. } => format!("down {}", retry_after.as_secs()),
        SourceError::Permanent { .. } => "permanent".to_owned(),
        SourceError::Denied { .. } => "denied".to_owned(),
        SourceError::Malformed { .. } => "malformed".to_owned(),
        _ => String::new(),
    };
    format!("{kind} {}", error.chain())
}

/// The texts or target ids of a page, for short comparisons.
pub fn texts(page: &Page) -> Vec<&str> {
    page.items.iter().map(|item| item.activity.text.as_str()).collect()
}
