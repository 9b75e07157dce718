//! What can go wrong between a request and its page. The page says what to do; the log says what happened, once.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::store::StoreError;

/// A request that ends without its page. `auth::identify` turns it into a page in the reader's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// 400: a form or an address that netral's own pages never make.
    BadRequest,
    /// 401: nobody is logged in, or no longer.
    NotLoggedIn,
    /// 403: the role does not include this.
    Forbidden,
    /// 403: another site caused the request.
    CrossSite,
    /// 404: nothing there, or nothing for this reader.
    NotFound,
    /// 409: the list's file has faults; its text is the page to mend it on.
    Unreadable,
    /// 503: the database cannot be reached; trying again later helps.
    Unavailable,
    /// 500: a fault of netral.
    Internal,
}

impl Error {
    /// Its status code.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::NotLoggedIn => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unreadable => StatusCode::CONFLICT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Name of its message in the locales; `error-<name>` and `error-<name>-help`.
    #[must_use]
    pub fn key(status: StatusCode, error: Option<Self>) -> &'static str {
        match (status, error) {
            (_, Some(Self::CrossSite)) => "cross-site",
            (_, Some(Self::Unreadable)) => "unreadable",
            (StatusCode::UNAUTHORIZED, _) => "not-logged-in",
            (StatusCode::FORBIDDEN, _) => "forbidden",
            (StatusCode::NOT_FOUND, _) => "not-found",
            (StatusCode::METHOD_NOT_ALLOWED | StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY, _) => {
                "bad-request"
            }
            (StatusCode::PAYLOAD_TOO_LARGE, _) => "too-large",
            (StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT, _) => "unavailable",
            _ => "internal",
        }
    }

    #[cfg(test)]
    /// All messages' names, for the test of the locales.
    pub const KEYS: [&'static str; 9] = [
        "unreadable",
        "cross-site",
        "not-logged-in",
        "forbidden",
        "not-found",
        "bad-request",
        "too-large",
        "unavailable",
        "internal",
    ];
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "request failed in the store");
        match error {
            StoreError::Unavailable(_) => Self::Unavailable,
            _ => Self::Internal,
        }
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        tracing::error!(error = %error, "page could not be rendered");
        Self::Internal
    }
}
