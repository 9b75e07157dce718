//! Refusals of the API as problem documents (RFC 9457), in the language that the request asks for.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::store::StoreError;
use crate::web::error::Error;
use crate::web::i18n::Text;

/// Media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $status:ident $name:literal),+ $(,)?) => {
        /// What is wrong with a request, by a name that never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $variant),+ }

        impl Code {
            /// Every code.
            #[cfg(test)]
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name, the end of the problem's `type`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The status it goes with.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }
        }
    };
}

codes! {
    /// The address or body cannot be read.
    BadRequest = BAD_REQUEST "bad-request",
    /// The cursor is none that was given out here.
    BadCursor = BAD_REQUEST "bad-cursor",
    /// The key is empty, too long or no visible text.
    BadKey = BAD_REQUEST "bad-key",
    /// No token, or one that does not hold.
    NotAuthenticated = UNAUTHORIZED "not-authenticated",
    /// The owner's role does not include this.
    RoleForbidden = FORBIDDEN "role-forbidden",
    /// The token was not made for this.
    ScopeMissing = FORBIDDEN "scope-missing",
    /// The owner must choose a password first.
    PasswordDue = FORBIDDEN "password-due",
    /// The owner must set up a second factor first.
    SecondFactorDue = FORBIDDEN "second-factor-due",
    /// Nothing there, or nothing for this reader.
    NotFound = NOT_FOUND "not-found",
    /// The address is there, but not with this method.
    MethodNotAllowed = METHOD_NOT_ALLOWED "method-not-allowed",
    /// Somebody else holds the hit.
    HeldByOther = CONFLICT "held-by-other",
    /// The hit waits, but not for this reader.
    NotForYou = CONFLICT "not-for-you",
    /// The hit does not wait any more.
    HitClosed = CONFLICT "hit-closed",
    /// The hit is not held by this reader, or no longer.
    NotHeld = CONFLICT "not-held",
    /// Nothing to take back, or its minute is over.
    UndoTooLate = CONFLICT "undo-too-late",
    /// Somebody has gone on from the decision.
    UndoMovedOn = CONFLICT "undo-moved-on",
    /// It was settled before.
    SettledAlready = CONFLICT "settled-already",
    /// None of these hits can be closed together any more.
    NothingToClose = CONFLICT "nothing-to-close",
    /// The hit cannot be practised with.
    NotFit = CONFLICT "not-fit",
    /// The list's file has faults.
    Unreadable = CONFLICT "unreadable",
    /// A request with the same key is being answered.
    KeyInFlight = CONFLICT "key-in-flight",
    /// The body is larger than this address takes.
    TooLarge = PAYLOAD_TOO_LARGE "too-large",
    /// The body is not JSON by its media type.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE "unsupported-media-type",
    /// The body can be read, but not taken; `errors` says what.
    Invalid = UNPROCESSABLE_ENTITY "invalid",
    /// The key was that of another request.
    KeyReused = UNPROCESSABLE_ENTITY "key-reused",
    /// The token's requests are used up for the moment.
    TooManyRequests = TOO_MANY_REQUESTS "too-many-requests",
    /// A fault of netral.
    Internal = INTERNAL_SERVER_ERROR "internal",
    /// The database cannot be reached.
    Unavailable = SERVICE_UNAVAILABLE "unavailable",
}

impl Code {
    /// The code for an answer that no handler made.
    fn of(status: StatusCode, error: Option<Error>) -> Self {
        match (status, error) {
            (_, Some(Error::Unreadable)) => Self::Unreadable,
            (StatusCode::UNAUTHORIZED, _) => Self::NotAuthenticated,
            (StatusCode::FORBIDDEN, _) => Self::RoleForbidden,
            (StatusCode::NOT_FOUND, _) => Self::NotFound,
            (StatusCode::METHOD_NOT_ALLOWED, _) => Self::MethodNotAllowed,
            (StatusCode::PAYLOAD_TOO_LARGE, _) => Self::TooLarge,
            (StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT, _) => Self::Unavailable,
            (status, _) if status.is_client_error() => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}

/// What is wrong with one field of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field's name in the body.
    pub field: &'static str,
    /// Name of the message, the same that the form of the page shows.
    pub key: &'static str,
}

/// A request that ends without what it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    code: Code,
    faults: Vec<Fault>,
    retry_after: Option<u64>,
}

impl Problem {
    /// A body whose field cannot be taken.
    pub fn fault(field: &'static str, key: &'static str) -> Self {
        Self::faults(vec![Fault { field, key }])
    }

    /// A body several of whose fields cannot be taken.
    pub fn faults(faults: Vec<Fault>) -> Self {
        Self { faults, ..Self::from(Code::Invalid) }
    }

    /// Too many requests: there is one again after so many seconds.
    pub fn wait(seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::from(Code::TooManyRequests) }
    }
}

/// Refuses a text that is longer than the document says. The forms of the pages cut it; a program should know.
///
/// # Errors
/// [`Code::Invalid`]
pub fn at_most(characters: usize, text: &str) -> Result<(), Problem> {
    if text.chars().count() > characters { Err(Code::Invalid.into()) } else { Ok(()) }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, faults: Vec::new(), retry_after: None }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Code::of(error.status(), Some(error)).into()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A refusal (RFC 9457). `code` and the end of `type` are the same name, which never changes; the words are for people.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct Document {
    /// `urn:netral:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The problem in a few words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What to do about it.
    detail: String,
    /// The problem's name.
    code: String,
    /// Fields of the body that cannot be taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// What is wrong with one field of the body.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldError {
    /// The field's name.
    field: String,
    /// Name of what is wrong with it.
    code: String,
    /// The same in words.
    message: String,
}

/// Gives a refusal its document. What has one already, and what is no refusal, stays as it is.
pub fn explain(response: Response, t: Text) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let explained = kind.is_some_and(|kind| kind.as_bytes().starts_with(MEDIA_TYPE.as_bytes()));
    if explained || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = response
        .extensions()
        .get::<Problem>()
        .cloned()
        .unwrap_or_else(|| Code::of(status, response.extensions().get::<Error>().copied()).into());
    let name = problem.code.name();
    let document = Document {
        kind: format!("urn:netral:problem:{name}"),
        title: t.s(&format!("api-{name}")),
        status: problem.code.status().as_u16(),
        detail: t.s(&format!("api-{name}-help")),
        code: name.to_owned(),
        errors: problem
            .faults
            .iter()
            .map(|f| FieldError { field: f.field.to_owned(), code: f.key.to_owned(), message: t.s(f.key) })
            .collect(),
    };
    let body = serde_json::to_vec(&document).unwrap_or_default();
    let (mut parts, _) = response.into_parts();
    parts.status = problem.code.status();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    parts.headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(t.tag()));
    parts.headers.remove(header::CONTENT_LENGTH);
    if problem.code == Code::NotAuthenticated {
        parts.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"netral\""));
    }
    if let Some(seconds) = problem.retry_after {
        parts.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    Response::from_parts(parts, body.into())
}
