//! Events as signed HTTP requests, after the Standard Webhooks specification: id, timestamp and HMAC-SHA256 in headers.

use data_encoding::BASE64;
use jiff::Timestamp;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use url::{Host, Url};

use super::{NotifyError, WebhookConfig};
use crate::source::Http;
use crate::source::http::{Request, Response};
use crate::store::OutgoingNotice;

/// Lengths of a key, in bytes, that the specification asks for.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A receiver of events.
#[derive(Debug)]
pub struct Webhook {
    http: Http,
    url: Url,
    key: hmac::Key,
}

impl Webhook {
    /// A receiver, not yet told anything.
    ///
    /// # Errors
    /// [`NotifyError::Config`] where the address or the key cannot be used.
    pub fn new(config: &WebhookConfig, http: Http) -> Result<Self, NotifyError> {
        let url = address(&config.url).map_err(|why| NotifyError::Config(format!("webhook.url {why}")))?;
        let key = config.secret.as_ref().and_then(key).ok_or_else(|| {
            NotifyError::Config(
                "webhook needs NETRAL_WEBHOOK_SECRET: whsec_ and 24 to 64 bytes in base64; `openssl rand -base64 32` makes them"
                    .to_owned(),
            )
        })?;
        Ok(Self { http, url, key })
    }

    /// Sends an event; any status but success is a failure.
    ///
    /// # Errors
    /// [`NotifyError::Http`] or [`NotifyError::Refused`].
    pub async fn send(&self, notice: &OutgoingNotice, now: Timestamp) -> Result<(), NotifyError> {
        let id = notice.notice_id.to_string();
        let body = json!({ "type": notice.kind, "timestamp": notice.made_at, "data": notice.body }).to_string();
        let at = now.as_second();
        let signature = sign(&self.key, &id, at, &body);
        let request = Request::get(self.url.clone(), "*/*")
            .staying()
            .post_text(body)
            .with_header("webhook-id", id)
            .with_header("webhook-timestamp", at.to_string())
            .with_header("webhook-signature", signature);
        accepted(&self.http.send(request).await?)
    }
}

/// Whether a receiver took it.
pub fn accepted(response: &Response) -> Result<(), NotifyError> {
    if response.status.is_success() {
        return Ok(());
    }
    Err(NotifyError::Refused {
        host: response.host(),
        status: response.status.as_u16(),
        retry_after: response.retry_after(),
    })
}

/// `v1,` and the signature of id, timestamp and body in base64.
fn sign(key: &hmac::Key, id: &str, at: i64, body: &str) -> String {
    let tag = hmac::sign(key, format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", BASE64.encode(tag.as_ref()))
}

fn key(secret: &SecretString) -> Option<hmac::Key> {
    let text = secret.expose_secret().trim();
    let bytes = BASE64.decode(text.strip_prefix("whsec_").unwrap_or(text).as_bytes()).ok()?;
    KEY_BYTES.contains(&bytes.len()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// An address that may be told: https, or http on this machine.
pub fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("must be an address: {e}"))?;
    let loopback = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && loopback) {
        return Err("must be https; http only on this machine".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of the specification's reference libraries.
        let key = key(&SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap();
        let signature = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_key_is_long_enough_and_an_address_is_sealed() {
        assert!(key(&SecretString::from("whsec_a3VyeiE=")).is_none());
        assert!(key(&SecretString::from("bukan base64 ??")).is_none());
        for good in ["https://a.example/x", "http://127.0.0.1:9/x", "http://localhost/"] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in ["http://a.example/", "ftp://127.0.0.1/", "a.example", ""] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
