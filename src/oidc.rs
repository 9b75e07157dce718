//! Log-in through an identity provider: authorization code with PKCE, state and nonce (OIDC Core 1.0, RFC 7636).
//!
//! Nothing is kept between the two halves of a log-in but a token in the browser's cookie: state, nonce and verifier are
//! derived from it, so that an answer counts only in the browser that asked.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use url::Url;

use crate::source::http::{Credential, HttpError, Request};
use crate::source::{Http, HttpConfig};

mod config;
mod id_token;

pub use config::OidcConfig;
use id_token::{Expected, Key, Refusal};

/// How long what the provider says of itself is believed.
const KEPT: Duration = Duration::from_secs(3600);
/// How soon its keys may be asked for again when a token names an unknown one.
const AGAIN: Duration = Duration::from_secs(30);

/// Why a log-in through the provider failed. No text holds a code or a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OidcError {
    /// The settings cannot work.
    #[error("web.oidc: {0}")]
    Config(String),
    /// The provider cannot be asked.
    #[error("the provider cannot be asked")]
    Http(#[from] HttpError),
    /// The provider's answer cannot be used.
    #[error("the provider's answer about {what} cannot be used: {why}")]
    Answer {
        /// What was asked.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The answer is for another browser, or nobody asked.
    #[error("the answer does not belong to this browser's question")]
    NotAsked,
    /// The identity token does not hold.
    #[error("the identity token is refused: {0}")]
    Token(#[from] Refusal),
}

/// Who the provider says somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Issuer and the provider's own, lasting id of the person.
    pub subject: String,
    /// The claim that the configuration takes for a log-in name, where it is there.
    pub login: Option<String>,
}

/// What the provider says of itself (OIDC Discovery 1.0).
#[derive(Clone, Debug, Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

#[derive(Clone)]
struct Known {
    at: Instant,
    metadata: Metadata,
    keys: Vec<Key>,
}

/// A provider that people log in through.
pub struct Provider {
    config: OidcConfig,
    http: Http,
    redirect: Url,
    known: Mutex<Option<Known>>,
}

/// One of the values that belong to a log-in; whoever sees one learns neither the token nor the others.
fn derived(purpose: &str, token: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"netral oidc ");
    hasher.update(purpose.as_bytes());
    hasher.update([0]);
    hasher.update(token.as_bytes());
    data_encoding::BASE64URL_NOPAD.encode(&hasher.finalize())
}

impl Provider {
    /// A provider, not yet asked. `public_url` is where people reach netral.
    ///
    /// # Errors
    /// [`OidcError::Config`] names the setting that cannot work.
    pub fn new(config: OidcConfig, public_url: Option<&str>, http: &HttpConfig) -> Result<Self, OidcError> {
        config.validate().map_err(OidcError::Config)?;
        let base = public_url.ok_or_else(|| OidcError::Config("web.public_url must be set".to_owned()))?;
        let redirect = Url::parse(&format!("{}/masuk/oidc/kembali", base.trim_end_matches('/')))
            .map_err(|e| OidcError::Config(format!("web.public_url: {e}")))?;
        let http = Http::new(&HttpConfig { allow_private: config.allow_private.clone(), ..http.clone() })?;
        Ok(Self { config, http, redirect, known: Mutex::new(None) })
    }

    /// What the log-in page calls it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.config.label
    }

    /// Whether the provider asks for a second factor itself, so that netral does not.
    #[must_use]
    pub fn second_factor(&self) -> bool {
        self.config.second_factor
    }

    /// Where the browser goes to log in.
    ///
    /// # Errors
    /// [`OidcError`] when the provider cannot be asked where that is.
    pub async fn begin(&self, token: &str) -> Result<Url, OidcError> {
        let mut url = self.known().await?.metadata.authorization_endpoint;
        let challenge = data_encoding::BASE64URL_NOPAD.encode(&Sha256::digest(derived("verifier", token).as_bytes()));
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.config.client_id),
            ("redirect_uri", self.redirect.as_str()),
            ("scope", &self.config.scope),
            ("state", &derived("state", token)),
            ("nonce", &derived("nonce", token)),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(url)
    }

    /// Turns the provider's answer into who somebody is. `issuer` is what the answer says of itself (RFC 9207), if it does.
    ///
    /// # Errors
    /// [`OidcError`] says what does not hold; then nobody is logged in.
    pub async fn finish(
        &self,
        token: &str,
        state: &str,
        code: &str,
        issuer: Option<&str>,
    ) -> Result<Identity, OidcError> {
        // Both sides are hashes of a secret: comparing them in the usual way tells nothing of it.
        if state != derived("state", token) || issuer.is_some_and(|issuer| issuer != self.config.issuer) {
            return Err(OidcError::NotAsked);
        }
        let known = self.known().await?;
        let id_token = self.exchange(&known.metadata, token, code).await?;
        let nonce = derived("nonce", token);
        let expected = Expected {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            nonce: &nonce,
            now: Timestamp::now().as_second(),
        };
        let claims = match id_token::verify(&id_token, &known.keys, &expected) {
            // The provider may have changed its keys since they were read.
            Err(Refusal::UnknownKey) if known.at.elapsed() > AGAIN => {
                id_token::verify(&id_token, &self.read().await?.keys, &expected)?
            }
            other => other?,
        };
        let login = self.config.login_claim.as_ref().and_then(|name| claims.text(name)).map(str::to_ascii_lowercase);
        Ok(Identity { subject: format!("{} {}", self.config.issuer, claims.subject()), login })
    }

    async fn exchange(&self, metadata: &Metadata, token: &str, code: &str) -> Result<String, OidcError> {
        let verifier = derived("verifier", token);
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect.as_str()),
            ("code_verifier", &verifier),
            ("client_id", &self.config.client_id),
        ];
        let methods = &metadata.token_endpoint_auth_methods_supported;
        let by_form = !methods.is_empty() && !methods.iter().any(|m| m == "client_secret_basic");
        let mut credential = None;
        if let Some(secret) = &self.config.client_secret {
            if by_form {
                fields.push(("client_secret", secret.expose_secret()));
            } else {
                credential = Some(Credential::Header("authorization", basic(&self.config.client_id, secret)));
            }
        }
        let request = Request::get(metadata.token_endpoint.clone(), "application/json");
        let request = request.with(credential).submit(&fields);
        let tokens: Tokens = self.ask("the token", request).await?;
        Ok(tokens.id_token)
    }

    /// What is known of the provider, read anew when it is old. Others wait while one asks.
    async fn known(&self) -> Result<Known, OidcError> {
        if let Some(known) = self.known.lock().await.as_ref().filter(|known| known.at.elapsed() < KEPT) {
            return Ok(known.clone());
        }
        self.read().await
    }

    async fn read(&self) -> Result<Known, OidcError> {
        let mut kept = self.known.lock().await;
        let address = format!("{}/.well-known/openid-configuration", self.config.issuer.trim_end_matches('/'));
        let address = Url::parse(&address).map_err(|e| OidcError::Config(format!("issuer: {e}")))?;
        let metadata: Metadata = self.ask("itself", Request::get(address, "application/json")).await?;
        let wrong = |why: &str| OidcError::Answer { what: "itself", why: why.to_owned() };
        if metadata.issuer != self.config.issuer {
            return Err(wrong("it calls itself by another name than web.oidc.issuer"));
        }
        let secure = self.config.issuer.starts_with("https://");
        let endpoints = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        if secure && endpoints.iter().any(|url| url.scheme() != "https") {
            return Err(wrong("one of its addresses is not https"));
        }
        let set: KeySet = self.ask("its keys", Request::get(metadata.jwks_uri.clone(), "application/json")).await?;
        // A key of a kind that is not used here is no fault of the set.
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        let known = Known { at: Instant::now(), metadata, keys };
        *kept = Some(known.clone());
        Ok(known)
    }

    async fn ask<T: serde::de::DeserializeOwned>(&self, what: &'static str, request: Request) -> Result<T, OidcError> {
        let response = self.http.send(request).await?;
        if !response.status.is_success() {
            return Err(OidcError::Answer { what, why: format!("status {}", response.status.as_u16()) });
        }
        // Where the JSON breaks is told, what it holds is not.
        serde_json::from_slice(&response.body).map_err(|e| OidcError::Answer {
            what,
            why: format!("line {}, column {} of its JSON", e.line(), e.column()),
        })
    }
}

/// `client_secret_basic`: both halves are form-encoded before they are joined (RFC 6749, 2.3.1).
fn basic(id: &str, secret: &SecretString) -> SecretString {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(id), encoded(secret.expose_secret()));
    format!("Basic {}", data_encoding::BASE64.encode(pair.as_bytes())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_log_in_differ_and_depend_on_its_token() {
        let [state, nonce, verifier] = ["state", "nonce", "verifier"].map(|p| derived(p, "abc"));
        assert!(state != nonce && nonce != verifier && state != derived("state", "abd"));
        assert_eq!(verifier.len(), 43, "as short as RFC 7636 allows");
    }

    #[test]
    fn a_secret_is_sent_as_the_standard_says() {
        assert_eq!(basic("netral", &"a b:c".to_owned().into()).expose_secret(), "Basic bmV0cmFsOmErYiUzQWM=");
    }
}
