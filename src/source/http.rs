//! The only maker of an HTTP client: every source reads the network through [`Http`].
//!
//! What strangers' servers may do is bounded here, once: time (connecting, each read, the whole exchange), size (of the
//! body after decompression, counted while it streams), redirects (few, each checked, never from https to http), and
//! where requests go at all (no address inside, unless the configuration names it).

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode, redirect};
use secrecy::ExposeSecret;
use serde::Deserialize;
use url::Url;

use self::address::{Allowed, NoPublicAddress, PublicOnly, Route, host_of};
use super::SourceError;

mod address;
mod dial;
mod headers;
mod request;

pub use self::request::{Charge, Credential, Pace, Request};

/// How sources may use the network; `[source.http]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Address under which the service's owner can be reached; sent with every request, as good manners ask.
    pub contact: String,
    /// Time to connect, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Longest silence while a body arrives, in milliseconds.
    pub read_timeout_ms: u64,
    /// Time for the whole exchange with all its redirects, in milliseconds; it ends a server that sends a byte a second.
    pub total_timeout_ms: u64,
    /// Largest body, in bytes after decompression.
    pub max_body_bytes: usize,
    /// Most redirects to follow.
    pub max_redirects: usize,
    /// Hosts inside that may be read all the same: `host` (any port) or `host:port`.
    pub allow_private: Vec<String>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            contact: String::new(),
            connect_timeout_ms: 5_000,
            read_timeout_ms: 10_000,
            total_timeout_ms: 30_000,
            max_body_bytes: 8 * 1024 * 1024,
            max_redirects: 5,
            allow_private: Vec::new(),
        }
    }
}

/// Why there is no response. Texts name the host, never path or query.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The configuration cannot be used.
    #[error("configuration of the HTTP client: {what}")]
    Config {
        /// Which part, and why.
        what: String,
    },
    /// The address is one that netral does not read.
    #[error("{host} is not read: {why}")]
    Refused {
        /// Host and port.
        host: String,
        /// Which rule says so.
        why: &'static str,
    },
    /// A redirect that is not followed.
    #[error("a redirect of {host} is not followed: {why}")]
    Redirect {
        /// The host that redirects.
        host: String,
        /// Which rule says so.
        why: &'static str,
    },
    /// No connection.
    #[error("no connection to {host}")]
    Connect {
        /// Host and port.
        host: String,
        /// What failed.
        #[source]
        source: reqwest::Error,
    },
    /// No bare connection.
    #[error("no connection to {host}")]
    Dial {
        /// Host and port.
        host: String,
        /// What failed.
        #[source]
        source: std::io::Error,
    },
    /// No answer in time.
    #[error("{host} did not answer in time")]
    Timeout {
        /// Host and port.
        host: String,
    },
    /// The exchange broke off, or its bytes do not make sense as HTTP.
    #[error("the answer of {host} broke off")]
    Interrupted {
        /// Host and port.
        host: String,
        /// What failed.
        #[source]
        source: reqwest::Error,
    },
    /// The service's limit is used up; nothing was sent.
    #[error("the limit of requests to {host} is used up")]
    Paced {
        /// Host and port.
        host: String,
        /// When there is a turn again.
        wait: Duration,
    },
    /// The body, decompressed, is larger than allowed.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// Host and port.
        host: String,
        /// The limit.
        limit: usize,
    },
}

impl From<HttpError> for SourceError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Connect { .. }
            | HttpError::Dial { .. }
            | HttpError::Timeout { .. }
            | HttpError::Interrupted { .. } => Self::Transient { retry_after: None, cause: error.into() },
            HttpError::Paced { wait, .. } => Self::Paced { wait },
            // A key that is no header value is wrong for every account.
            HttpError::Config { .. } => Self::Denied { cause: error.into() },
            HttpError::Refused { .. } | HttpError::Redirect { .. } | HttpError::TooLarge { .. } => {
                Self::Permanent { cause: error.into() }
            }
        }
    }
}

/// An answer of any status, its body whole and decompressed.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Bytes,
    /// Where it came from, after redirects.
    pub url: Url,
    headers: HeaderMap,
}

impl Response {
    /// A header's text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        headers::text(&self.headers, name)
    }

    /// How long the service asks to wait: `Retry-After`, else until a used-up rate limit is filled again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        headers::retry_after(&self.headers).or_else(|| headers::rate_limit_wait(&self.headers))
    }

    /// How long the answer stays fresh by `Cache-Control`.
    #[must_use]
    pub fn max_age(&self) -> Option<Duration> {
        headers::max_age(&self.headers)
    }

    /// The host, for messages.
    #[must_use]
    pub fn host(&self) -> String {
        host_of(&self.url)
    }
}

/// A bounded HTTP client; cheap to clone, its connections are shared.
#[derive(Clone, Debug)]
pub struct Http {
    public: Client,
    lifted: Client,
    allowed: Arc<Allowed>,
    total_timeout: Duration,
    max_body_bytes: usize,
    max_redirects: usize,
    pace: Option<Arc<dyn Pace>>,
}

impl Http {
    /// Builds the client; opens no socket.
    ///
    /// # Errors
    /// [`HttpError::Config`] where an entry of `allow_private` or the contact cannot be used, or TLS cannot be set up.
    pub fn new(config: &HttpConfig) -> Result<Self, HttpError> {
        // Someone else (sqlx, a test) may have installed the same provider first, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|e| HttpError::Config { what: format!("the client cannot be built: {e}") })
        };
        Ok(Self {
            public: build(client(config)?.dns_resolver(PublicOnly))?,
            lifted: build(client(config)?)?,
            allowed: Arc::new(Allowed::parse(&config.allow_private)?),
            total_timeout: Duration::from_millis(config.total_timeout_ms),
            max_body_bytes: config.max_body_bytes,
            max_redirects: config.max_redirects,
            pace: None,
        })
    }

    /// The same client, whose every request waits for its turn.
    #[must_use]
    pub fn paced(&self, pace: Arc<dyn Pace>) -> Self {
        Self { pace: Some(pace), ..self.clone() }
    }

    /// Sends one request and reads its answer, whatever its status.
    ///
    /// # Errors
    /// [`HttpError`] where there is no answer within the bounds; a status like 404 or 500 is an answer.
    pub async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let host = host_of(&request.url);
        if let Some(pace) = &self.pace {
            pace.admit(request.charge).await.map_err(|wait| HttpError::Paced { host: host.clone(), wait })?;
        }
        match tokio::time::timeout(self.total_timeout, Box::pin(self.follow(request))).await {
            Ok(result) => result,
            Err(_elapsed) => Err(HttpError::Timeout { host }),
        }
    }

    /// Redirects are followed by hand, because each hop needs the same checks as the first request.
    async fn follow(&self, mut request: Request) -> Result<Response, HttpError> {
        for _ in 0..=self.max_redirects {
            let response = self.send_once(&request).await?;
            if request.stay {
                return self.read(response, request.url).await;
            }
            let Some(location) = redirect_target(response.status(), response.headers(), &request.url)? else {
                return self.read(response, request.url).await;
            };
            if request.json.is_some() || request.form.is_some() {
                return Err(HttpError::Redirect {
                    host: host_of(&request.url),
                    why: "it would send the question elsewhere",
                });
            }
            if location.origin() != request.url.origin() {
                request.credential = None;
            }
            request.url = location;
        }
        Err(HttpError::Redirect { host: host_of(&request.url), why: "too many in a row" })
    }

    async fn send_once(&self, request: &Request) -> Result<reqwest::Response, HttpError> {
        let client = match self.allowed.check(&request.url)? {
            Route::Public => &self.public,
            Route::Lifted => &self.lifted,
        };
        let post = |kind, body: &str| {
            client.post(request.url.clone()).header(header::CONTENT_TYPE, kind).body(body.to_owned())
        };
        let mut builder = match (&request.json, &request.form) {
            (Some(json), _) => post("application/json", json),
            (None, Some(form)) => post("application/x-www-form-urlencoded", form.expose_secret()),
            (None, None) => client.get(request.url.clone()),
        };
        builder = builder.header(header::ACCEPT, request.accept);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(etag) = &request.etag {
            builder = builder.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(date) = &request.last_modified {
            builder = builder.header(header::IF_MODIFIED_SINCE, date);
        }
        match &request.credential {
            None => {}
            Some(Credential::Bearer(token)) => builder = builder.bearer_auth(token.expose_secret()),
            Some(Credential::Header(name, key)) => {
                let mut value = HeaderValue::from_str(key.expose_secret())
                    .map_err(|_| HttpError::Config { what: format!("the key for `{name}` is no header value") })?;
                value.set_sensitive(true);
                builder = builder.header(*name, value);
            }
        }
        builder.send().await.map_err(|e| classify(e, &request.url))
    }

    /// Counts the body while it is decompressed, so that a small bomb never becomes a large buffer.
    async fn read(&self, mut response: reqwest::Response, url: Url) -> Result<Response, HttpError> {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| classify(e, &url))? {
            if body.len() + chunk.len() > self.max_body_bytes {
                return Err(HttpError::TooLarge { host: host_of(&url), limit: self.max_body_bytes });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, body: body.freeze(), url, headers })
    }
}

fn client(config: &HttpConfig) -> Result<reqwest::ClientBuilder, HttpError> {
    let agent = match config.contact.trim() {
        "" => format!("netral/{}", env!("CARGO_PKG_VERSION")),
        contact => format!("netral/{} (+{contact})", env!("CARGO_PKG_VERSION")),
    };
    let agent = HeaderValue::from_str(&agent)
        .map_err(|_| HttpError::Config { what: "contact: must be one line without control characters".to_owned() })?;
    Ok(Client::builder()
        .user_agent(agent)
        .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
        .read_timeout(Duration::from_millis(config.read_timeout_ms))
        .redirect(redirect::Policy::none())
        // A proxy would resolve names itself, past the check of the addresses.
        .no_proxy()
        .referer(false)
        // The collector retries, and counts its tries.
        .retry(reqwest::retry::never()))
}

/// Where a redirect leads; `None` where the response is none.
fn redirect_target(status: StatusCode, headers: &HeaderMap, from: &Url) -> Result<Option<Url>, HttpError> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let refuse = |why| HttpError::Redirect { host: host_of(from), why };
    let location =
        headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).ok_or_else(|| refuse("it names no address"))?;
    let mut to = from.join(location).map_err(|_| refuse("its address cannot be read"))?;
    to.set_fragment(None);
    if from.scheme() == "https" && to.scheme() != "https" {
        return Err(refuse("it leaves https"));
    }
    if to == *from {
        return Err(refuse("it leads to itself"));
    }
    Ok(Some(to))
}

/// The library's error by what it means for whoever calls; its own text loses the URL, which may hold a key.
fn classify(error: reqwest::Error, url: &Url) -> HttpError {
    let host = host_of(url);
    if caused_by::<NoPublicAddress>(&error) {
        return HttpError::Refused { host, why: "the name leads to no public address" };
    }
    let source = error.without_url();
    if source.is_timeout() {
        HttpError::Timeout { host }
    } else if source.is_connect() {
        HttpError::Connect { host, source }
    } else {
        HttpError::Interrupted { host, source }
    }
}

fn caused_by<E: std::error::Error + 'static>(error: &reqwest::Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if cause.is::<E>() {
            return true;
        }
        next = cause.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirected(from: &str, to: &'static str) -> Result<Option<String>, HttpError> {
        let headers = HeaderMap::from_iter([(header::LOCATION, HeaderValue::from_static(to))]);
        redirect_target(StatusCode::FOUND, &headers, &from.parse().unwrap()).map(|to| to.map(String::from))
    }

    #[test]
    fn https_is_never_left() {
        assert!(redirected("https://a.example/", "http://a.example/x").is_err());
        assert!(redirected("https://a.example/", "HTTP://b.example/").is_err());
        assert!(redirected("https://a.example/", "data:text/plain,x").is_err());
        assert_eq!(redirected("https://a.example/y", "/x#part").unwrap().as_deref(), Some("https://a.example/x"));
        assert_eq!(
            redirected("http://a.example/", "https://a.example/").unwrap().as_deref(),
            Some("https://a.example/")
        );
        assert_eq!(redirected("https://a.example/", "//b.example/x").unwrap().as_deref(), Some("https://b.example/x"));
    }
}
