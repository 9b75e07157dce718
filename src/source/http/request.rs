//! What is asked: where, with which credential, and what it costs of the service's limits.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where.
    pub url: Url,
    /// Media types that the source can read.
    pub accept: &'static str,
    /// `ETag` of the copy that the source has.
    pub etag: Option<String>,
    /// `Last-Modified` of the copy that the source has.
    pub last_modified: Option<String>,
    /// What shows who asks; it never leaves the host of `url`.
    pub credential: Option<Credential>,
    /// Further headers that hold no secret, as a signature beside what it signs.
    pub headers: Vec<(&'static str, String)>,
    /// A JSON document to send: the request is a POST then, and no redirect of it is followed.
    pub json: Option<String>,
    /// A form to send, with the same consequences; what is sent as a form holds a secret.
    pub form: Option<SecretString>,
    /// Whether a redirect is an answer to read, not a way to follow.
    pub stay: bool,
    /// What the request costs: which of the service's limits it counts against, and how much.
    pub charge: Charge,
}

/// What shows who asks.
#[derive(Clone, Debug)]
pub enum Credential {
    /// `Authorization: Bearer …`
    Bearer(SecretString),
    /// A header of the service's own, e.g. `x-goog-api-key`.
    Header(&'static str, SecretString),
}

/// Which of a service's limits a request counts against, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Name of the limit, as in [`Limit::bucket`](crate::source::Limit::bucket).
    pub bucket: &'static str,
    /// How much: 1 request, or the quota units that the service counts.
    pub units: u32,
}

impl Request {
    /// A plain GET, one request of the limit `requests`.
    #[must_use]
    pub fn get(url: Url, accept: &'static str) -> Self {
        let charge = Charge { bucket: "requests", units: 1 };
        Self {
            url,
            accept,
            etag: None,
            last_modified: None,
            credential: None,
            headers: Vec::new(),
            json: None,
            form: None,
            stay: false,
            charge,
        }
    }

    /// The same with a credential.
    #[must_use]
    pub fn with(mut self, credential: Option<Credential>) -> Self {
        self.credential = credential;
        self
    }

    /// The same, and a redirect is read as the answer.
    #[must_use]
    pub fn staying(mut self) -> Self {
        self.stay = true;
        self
    }

    /// The same, counted against another limit.
    #[must_use]
    pub fn charged(mut self, bucket: &'static str, units: u32) -> Self {
        self.charge = Charge { bucket, units };
        self
    }

    /// The same as a POST of a JSON document.
    #[must_use]
    pub fn post(mut self, document: &serde_json::Value) -> Self {
        self.json = Some(document.to_string());
        self
    }

    /// The same as a POST of a JSON document that is text already, byte for byte.
    #[must_use]
    pub fn post_text(mut self, document: String) -> Self {
        self.json = Some(document);
        self
    }

    /// The same with a further header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same as a POST of a form, e.g. to get a token.
    #[must_use]
    pub fn submit(mut self, fields: &[(&str, &str)]) -> Self {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.form = Some(form.into());
        self
    }
}

/// Whoever says when a service may be asked again: shared by every worker, kept by the pipeline.
#[async_trait]
pub trait Pace: fmt::Debug + Send + Sync {
    /// Waits for a turn, or says how long there will be none.
    ///
    /// # Errors
    /// The time after which there is a turn again, where that is too long to wait here.
    async fn admit(&self, charge: Charge) -> Result<(), Duration>;
}
