//! The digest as a message of a Telegram bot (`sendMessage`).

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::Url;

use super::webhook::{accepted, address};
use super::{NotifyError, TelegramConfig};
use crate::source::Http;
use crate::source::http::Request;

/// Most characters of one message, by the interface's rules.
const LONGEST: usize = 4096;

/// A bot and the chat that it writes to.
#[derive(Debug)]
pub struct Bot {
    http: Http,
    base: Url,
    token: SecretString,
    chat: String,
}

impl Bot {
    /// A bot, not yet used.
    ///
    /// # Errors
    /// [`NotifyError::Config`] where address, chat or token cannot be used.
    pub fn new(config: &TelegramConfig, http: Http) -> Result<Self, NotifyError> {
        let wrong = |why: &str| NotifyError::Config(format!("telegram{why}"));
        let base = address(&config.base_url).map_err(|why| wrong(&format!(".base_url {why}")))?;
        if config.chat.trim().is_empty() {
            return Err(wrong(".chat must be set"));
        }
        let token = config.token.clone().filter(|token| is_token(token.expose_secret()));
        let token = token.ok_or_else(|| wrong(" needs NETRAL_TELEGRAM_BOT_TOKEN, as the bots' own bot gave it"))?;
        Ok(Self { http, base, token, chat: config.chat.trim().to_owned() })
    }

    /// Sends a text, without a preview of the page that it links to.
    ///
    /// # Errors
    /// [`NotifyError::Http`] or [`NotifyError::Refused`].
    pub async fn send(&self, text: &str) -> Result<(), NotifyError> {
        let text: String = text.chars().take(LONGEST).collect();
        // The token is part of the address; errors name the host alone.
        let path = format!("{}/bot{}/sendMessage", self.base.path().trim_end_matches('/'), self.token.expose_secret());
        let mut url = self.base.clone();
        url.set_path(&path);
        let message = json!({ "chat_id": self.chat, "text": text, "link_preview_options": { "is_disabled": true } });
        accepted(&self.http.send(Request::get(url, "application/json").staying().post(&message)).await?)
    }
}

fn is_token(token: &str) -> bool {
    token.contains(':') && token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_'))
}
