//! Who is asking: the session cookie, and the page that stands in for a refusal.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use sha2::{Digest, Sha256};

use super::error::Error;
use super::page::{self, Frame};
use super::state::AppState;
use super::text_size::{self, TextSize};
use crate::model::{Language, Role, SessionId};
use crate::store::{Session, User};

/// Cookie with the language of somebody who is not logged in.
pub const LANGUAGE_COOKIE: &str = "bahasa";

/// The session cookie's name. The prefix makes browsers insist on HTTPS, this host and the whole path.
pub fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-netral" } else { "netral" }
}

/// A fresh session token: 256 random bits in hex.
pub fn new_token() -> String {
    let bytes: [u8; 32] = rand::random();
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// What the database knows of a token.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The cookie that carries a token, or ends it.
pub fn session_cookie(token: String, secure: bool) -> Cookie<'static> {
    Cookie::build((cookie_name(secure), token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .build()
}

/// What a person must do before any other page opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// Choose a password in place of the initial one.
    ChoosePassword,
    /// Set up a second factor, which the configuration asks of the role.
    SetUpFactor,
}

impl Duty {
    fn of(session: &Session, state: &AppState) -> Option<Self> {
        Self::due(state, session.user.role, session.initial, session.by_provider, session.second_factor)
    }

    /// What somebody owes with this role: with an initial password, by the provider's word, with a second factor.
    pub fn due(state: &AppState, role: Role, initial: bool, by_provider: bool, second_factor: bool) -> Option<Self> {
        // Whoever comes through the provider needs no password here, and no second factor where the provider asks for one.
        if initial && !by_provider {
            return Some(Self::ChoosePassword);
        }
        let at_provider = by_provider && state.oidc.as_ref().is_some_and(|provider| provider.second_factor());
        let owed = state.config.requires_second_factor(role) && !second_factor && !at_provider;
        owed.then_some(Self::SetUpFactor)
    }

    /// The page on which it is done.
    #[must_use]
    pub fn page(self) -> &'static str {
        match self {
            Self::ChoosePassword => "/akun-saya",
            Self::SetUpFactor => "/akun-saya/faktor-kedua",
        }
    }

    /// Whether a route may be used before it is done.
    #[must_use]
    pub fn allows(self, path: &str) -> bool {
        let own = match self {
            Self::ChoosePassword => ["/akun-saya", "/akun-saya/sandi"],
            Self::SetUpFactor => ["/akun-saya/faktor-kedua", "/akun-saya/faktor-kedua/mulai"],
        };
        path == "/keluar" || own.contains(&path)
    }
}

/// Browser and system in two words, so that people recognise their own log-ins; nothing finer is kept.
pub fn agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let first =
        |names: &[(&str, &'static str)]| names.iter().find(|(part, _)| text.contains(*part)).map(|(_, name)| *name);
    // The order matters: nearly everybody also says that they are Chrome and Safari.
    let browsers =
        [("Firefox/", "Firefox"), ("Edg", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    [first(&browsers), first(&systems)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The person behind a request, if any, and the language to answer in.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Who is logged in.
    pub user: Option<User>,
    /// What they must do first.
    pub duty: Option<Duty>,
    session: Option<SessionId>,
    by_provider: bool,
    /// Language of the answer.
    pub language: Language,
    /// How large its text is.
    pub size: TextSize,
}

/// A logged-in person's request. Handlers that take it cannot run without one.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Who is logged in.
    pub user: User,
    viewer: Viewer,
}

impl Visit {
    /// The session in which this request is made.
    pub fn session(&self) -> Option<SessionId> {
        self.viewer.session
    }

    /// Whether the provider showed who it is.
    pub fn by_provider(&self) -> bool {
        self.viewer.by_provider
    }

    /// What must be done before any other page opens.
    pub fn duty(&self) -> Option<Duty> {
        self.viewer.duty
    }

    /// What surrounds every page: words, navigation, and the address that a change of language returns to.
    pub fn frame(&self, state: &AppState, title: &str, back: &str) -> Frame {
        Frame::new(state, &self.viewer, title, back)
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let viewer = parts.extensions.get::<Viewer>().cloned().ok_or(Error::Internal)?;
        let user = viewer.user.clone().ok_or(Error::NotLoggedIn)?;
        Ok(Self { user, viewer })
    }
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or(Error::Internal)
    }
}

/// Marks a response whose body is meant for a machine and stays as it is.
#[derive(Clone, Copy)]
pub struct ForMachines;

/// Finds out who asks, and afterwards gives every refusal a page that says nothing secret.
pub async fn identify(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let jar = CookieJar::from_headers(request.headers());
    let mut failed = None;
    let session = match jar.get(cookie_name(state.config.secure_cookies)) {
        Some(cookie) if wants_viewer(request.uri().path()) => {
            let found = state.store.session(token_hash(cookie.value()), state.config.idle()).await;
            found.unwrap_or_else(|e| {
                failed = Some(Error::from(e));
                None
            })
        }
        _ => None,
    };
    let chosen = jar.get(LANGUAGE_COOKIE).and_then(|c| c.value().parse().ok());
    let language = session.as_ref().map(|s| s.user.language).or(chosen).unwrap_or(Language::Indonesian);
    let duty = session.as_ref().and_then(|s| Duty::of(s, &state));
    let by_provider = session.as_ref().is_some_and(|s| s.by_provider);
    let (id, user) = session.map(|s| (s.session_id, s.user)).unzip();
    let size = jar.get(text_size::COOKIE).and_then(|c| c.value().parse().ok()).unwrap_or_default();
    let viewer = Viewer { user, duty, session: id, by_provider, language, size };
    request.extensions_mut().insert(viewer.clone());
    let response = match failed {
        Some(error) => error.into_response(),
        None => next.run(request).await,
    };
    explain(&state, &viewer, response)
}

/// Assets and probes know no people: no look-up in the database for them.
fn wants_viewer(path: &str) -> bool {
    !(path.starts_with("/aset/") || matches!(path, "/healthz" | "/readyz" | "/metrics"))
}

/// Replaces the body of a refusal that is not a page already.
fn explain(state: &AppState, viewer: &Viewer, response: Response) -> Response {
    let status = response.status();
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    if !(status.is_client_error() || status.is_server_error())
        || is_page
        || response.extensions().get::<ForMachines>().is_some()
    {
        return response;
    }
    let error = response.extensions().get::<Error>().copied();
    let page = page::error_page(state, viewer, status, error);
    (status, page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_in_two_words() {
        let words = |text: &str| agent(&HeaderMap::from_iter([(header::USER_AGENT, text.parse().unwrap())]));
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0";
        assert_eq!(words(edge), "Edge · Windows");
        assert_eq!(words("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"), "Firefox · Android");
        assert_eq!(words("curl/8"), "");
    }
}
