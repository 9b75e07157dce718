//! `[notify]`: nothing is told to anybody unless one of its tables is there.

use jiff::civil::Time;
use secrecy::SecretString;
use serde::Deserialize;

use crate::model::Language;

/// What is told to the outside, and which way.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotifyConfig {
    /// Seconds between two looks for events.
    pub look_seconds: u32,
    /// A hit is urgent whose weight moves it forward in the queue by at least so many hours.
    pub urgent_hours: u16,
    /// When the digest is written, and in which language.
    pub digest: DigestConfig,
    /// Events as signed requests.
    pub webhook: Option<WebhookConfig>,
    /// The digest by mail.
    pub email: Option<EmailConfig>,
    /// The digest by Telegram.
    pub telegram: Option<TelegramConfig>,
}

impl Default for NotifyConfig {
    fn default() -> Self {
        Self {
            look_seconds: 30,
            urgent_hours: 96,
            digest: DigestConfig::default(),
            webhook: None,
            email: None,
            telegram: None,
        }
    }
}

/// The daily digest.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DigestConfig {
    /// Time of day, in the pages' time zone, from which on the day's digest is written.
    pub at: Time,
    /// Its language.
    pub language: Language,
}

impl Default for DigestConfig {
    fn default() -> Self {
        Self { at: Time::constant(7, 0, 0, 0), language: Language::Indonesian }
    }
}

/// Where events are sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookConfig {
    /// Address; https unless on this machine.
    pub url: String,
    /// Hosts inside that may be told: `host` or `host:port`.
    pub allow_private: Vec<String>,
    /// The key that signs, from `NETRAL_WEBHOOK_SECRET`: `whsec_` and 24 to 64 bytes in base64.
    #[serde(skip)]
    pub secret: Option<SecretString>,
}

/// How the connection to the mail server is sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// From the first byte (port 465).
    Tls,
    /// By `STARTTLS`, and not without (port 587).
    #[default]
    Starttls,
    /// Not at all: only to this machine, and without a password.
    None,
}

/// The mail server, and who gets the digest.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailConfig {
    /// Host of the mail server.
    pub host: String,
    /// Port; 0: the usual one.
    pub port: u16,
    /// How the connection is sealed.
    pub tls: Tls,
    /// Name to log in with; empty: no log-in.
    pub user: String,
    /// Password, from `NETRAL_SMTP_PASSWORD`.
    #[serde(skip)]
    pub password: Option<SecretString>,
    /// Sender: `netral <netral@contoh.go.id>`.
    pub from: String,
    /// Recipients.
    pub to: Vec<String>,
}

/// The bot, and the chat that it writes to.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelegramConfig {
    /// Where the bots' interface is.
    pub base_url: String,
    /// Chat: a number, or `@name` of a channel.
    pub chat: String,
    /// Hosts inside that may be told: `host` or `host:port`.
    pub allow_private: Vec<String>,
    /// The bot's token, from `NETRAL_TELEGRAM_BOT_TOKEN`.
    #[serde(skip)]
    pub token: Option<SecretString>,
}

impl Default for TelegramConfig {
    fn default() -> Self {
        Self {
            base_url: "https://api.telegram.org".to_owned(),
            chat: String::new(),
            allow_private: Vec::new(),
            token: None,
        }
    }
}
