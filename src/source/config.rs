//! `[source]` of the configuration, and the sources that it switches on.

use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;

use super::{
    BlueskyConfig, FacebookConfig, FeedConfig, Http, HttpConfig, InstagramConfig, MastodonConfig, Source,
    TelegramConfig, ThreadsConfig, TiktokConfig, XConfig, YoutubeConfig, bluesky, facebook, feed, instagram, mastodon,
    telegram, threads, tiktok, x, youtube,
};

/// What the sources need to know; `[source]` of the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourcesConfig {
    /// How any source may use the network.
    pub http: HttpConfig,
    /// Bluesky and every other AT Protocol server.
    pub bluesky: BlueskyConfig,
    /// RSS, Atom and JSON Feed.
    pub feed: FeedConfig,
    /// X.
    pub x: XConfig,
    /// Mastodon and servers like it.
    pub mastodon: MastodonConfig,
    /// Public channels of Telegram.
    pub telegram: TelegramConfig,
    /// YouTube.
    pub youtube: YoutubeConfig,
    /// TikTok.
    pub tiktok: TiktokConfig,
    /// Threads.
    pub threads: ThreadsConfig,
    /// Instagram.
    pub instagram: InstagramConfig,
    /// Facebook.
    pub facebook: FacebookConfig,
}

impl SourcesConfig {
    /// The secrets that sources need, each with the environment variable that holds it.
    #[must_use]
    pub fn secrets(&mut self) -> Vec<(&'static str, &mut Option<SecretString>)> {
        vec![
            ("NETRAL_X_TOKEN", &mut self.x.token),
            ("NETRAL_YOUTUBE_KEY", &mut self.youtube.key),
            ("NETRAL_TIKTOK_CLIENT_KEY", &mut self.tiktok.client_key),
            ("NETRAL_TIKTOK_CLIENT_SECRET", &mut self.tiktok.client_secret),
            ("NETRAL_THREADS_TOKEN", &mut self.threads.token),
            ("NETRAL_INSTAGRAM_TOKEN", &mut self.instagram.token),
            ("NETRAL_INSTAGRAM_APP_SECRET", &mut self.instagram.app_secret),
            ("NETRAL_FACEBOOK_TOKEN", &mut self.facebook.token),
            ("NETRAL_FACEBOOK_APP_SECRET", &mut self.facebook.app_secret),
        ]
    }
}

/// Every source that the configuration switches on, each with the client that `http` gives for its platform. Opens no socket.
#[must_use]
pub fn build(config: &SourcesConfig, http: &dyn Fn(&'static str) -> Http) -> Vec<Arc<dyn Source>> {
    let mut sources: Vec<Arc<dyn Source>> = Vec::new();
    if config.bluesky.enabled {
        sources.push(Arc::new(bluesky::BlueskySource::new(config.bluesky.clone(), http("bluesky"))));
    }
    if config.feed.enabled {
        sources.push(Arc::new(feed::FeedSource::new(config.feed.clone(), http("feed"))));
    }
    if config.x.enabled {
        sources.push(Arc::new(x::XSource::new(config.x.clone(), http("x"))));
    }
    if config.mastodon.enabled {
        sources.push(Arc::new(mastodon::MastodonSource::new(config.mastodon.clone(), http("mastodon"))));
    }
    if config.telegram.enabled {
        sources.push(Arc::new(telegram::TelegramSource::new(config.telegram.clone(), http("telegram"))));
    }
    if config.youtube.enabled {
        sources.push(Arc::new(youtube::YoutubeSource::new(config.youtube.clone(), http("youtube"))));
    }
    if config.tiktok.enabled {
        sources.push(Arc::new(tiktok::TiktokSource::new(config.tiktok.clone(), http("tiktok"))));
    }
    if config.threads.enabled {
        sources.push(Arc::new(threads::ThreadsSource::new(config.threads.clone(), http("threads"))));
    }
    if config.instagram.enabled {
        sources.push(Arc::new(instagram::InstagramSource::new(config.instagram.clone(), http("instagram"))));
    }
    if config.facebook.enabled {
        sources.push(Arc::new(facebook::FacebookSource::new(config.facebook.clone(), http("facebook"))));
    }
    sources
}
