//! Who asks: the bearer token, what it may be used for, and how much it may ask. A cookie counts for nothing here, so no other
//! site can make a browser ask.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use uuid::Uuid;

use super::problem::{Code, Problem};
use crate::model::{Language, Scope};
use crate::store::{Bearer, Flow, User};
use crate::web::access::Who;
use crate::web::auth::{self, Duty};
use crate::web::config::ApiConfig;
use crate::web::i18n::Text;
use crate::web::state::AppState;

/// How a token begins, so that whoever finds one knows what it is.
const PREFIX: &str = "netral_";
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// A fresh token, and what the database knows of it.
pub fn new_token() -> (String, [u8; 32]) {
    let token = format!("{PREFIX}{}", auth::new_token());
    let hash = auth::token_hash(&token);
    (token, hash)
}

/// The token behind a request and whom it acts for.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whom it acts for.
    pub user: User,
    /// Id of the token.
    pub token_id: Uuid,
    /// Its name.
    pub name: String,
    /// What it was made for.
    pub scopes: Vec<Scope>,
    /// When it ends.
    pub expires_at: Timestamp,
    duty: Option<Duty>,
}

impl Caller {
    /// Whether a route serves this caller: nothing is due, the role includes it, the token was made for it.
    ///
    /// # Errors
    /// The first of these that stands in the way.
    pub fn admit(&self, who: Who, scope: Option<Scope>) -> Result<(), Code> {
        match self.duty {
            Some(Duty::ChoosePassword) => Err(Code::PasswordDue),
            Some(Duty::SetUpFactor) => Err(Code::SecondFactorDue),
            None if !who.includes(self.user.role) => Err(Code::RoleForbidden),
            None if scope.is_some_and(|scope| !self.scopes.contains(&scope)) => Err(Code::ScopeMissing),
            None => Ok(()),
        }
    }
}

impl ApiConfig {
    /// As the database draws from it: so many requests at once, then one each so often.
    fn flow(self) -> Flow {
        let emission = std::time::Duration::from_secs(60) / self.requests_per_minute.max(1);
        Flow { emission, tolerance: emission * self.burst.max(1) }
    }
}

/// Finds out who asks and draws from their bucket; the answer says how much is left.
pub async fn authenticate(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let Some(hash) = token(request.headers()) else { return Problem::from(Code::NotAuthenticated).into_response() };
    let flow = state.config.api.flow();
    let bearer = match state.store.bearer(hash, flow).await {
        Ok(Some(bearer)) => bearer,
        Ok(None) => return Problem::from(Code::NotAuthenticated).into_response(),
        Err(error) => return Problem::from(error).into_response(),
    };
    let quota = Quota::new(state.config.api, flow, &bearer);
    let mut response = if bearer.drawn {
        request.extensions_mut().insert(caller(&state, bearer));
        next.run(request).await
    } else {
        Problem::wait(quota.wait).into_response()
    };
    quota.tell(response.headers_mut());
    response
}

fn token(headers: &HeaderMap) -> Option<[u8; 32]> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(PREFIX)).then(|| auth::token_hash(token))
}

fn caller(state: &AppState, bearer: Bearer) -> Caller {
    let duty = Duty::due(state, bearer.user.role, bearer.initial, bearer.by_provider, bearer.second_factor);
    Caller {
        user: bearer.user,
        token_id: bearer.token_id,
        name: bearer.name,
        scopes: bearer.scopes,
        expires_at: bearer.expires_at,
        duty,
    }
}

/// What the rate limit's headers say (draft-ietf-httpapi-ratelimit-headers).
struct Quota {
    policy: String,
    limit: String,
    /// Seconds until there is a request again.
    wait: u64,
}

impl Quota {
    fn new(config: ApiConfig, flow: Flow, bearer: &Bearer) -> Self {
        let (emission, tolerance) = (flow.emission.as_secs_f64(), flow.tolerance.as_secs_f64());
        let left = whole((tolerance - bearer.full_in) / emission);
        let full_in = whole(bearer.full_in.ceil());
        let wait = whole((bearer.full_in + emission - tolerance).ceil()).max(1);
        Self {
            policy: format!("\"token\";q={};w={}", config.burst.max(1), whole(tolerance.ceil()).max(1)),
            limit: format!("\"token\";r={left};t={full_in}"),
            wait,
        }
    }

    fn tell(&self, headers: &mut HeaderMap) {
        for (name, value) in [(POLICY, &self.policy), (LIMIT, &self.limit)] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a day has of seconds")]
fn whole(seconds: f64) -> u64 {
    seconds.clamp(0.0, 86_400.0) as u64
}

/// The language of the answer's words: the first that `Accept-Language` names of the two, else Indonesian.
pub fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut ranked: Vec<(f64, Language)> = wanted
        .split(',')
        .filter_map(|part| {
            let mut part = part.split(';');
            let tag = part.next()?.trim().to_ascii_lowercase();
            let weight = part.next().and_then(|q| q.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            let language = match tag.split('-').next()? {
                "id" | "in" => Language::Indonesian,
                "en" => Language::English,
                _ => return None,
            };
            (weight > 0.0).then_some((weight, language))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.first().map_or(Language::Indonesian, |(_, language)| *language)
}

/// The words of the answer.
pub fn text(state: &AppState, headers: &HeaderMap) -> Text {
    Text::new(language(headers), state.config.zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_one_that_is_asked_for_most() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, value.parse().unwrap());
            language(&headers)
        };
        assert_eq!(language(&HeaderMap::new()), Language::Indonesian);
        for english in ["en", "EN-gb, id;q=0.5", "fr, en;q=0.8, id;q=0.2", "id;q=0, en"] {
            assert_eq!(of(english), Language::English, "{english}");
        }
        for indonesian in ["id", "fr", "*", "en;q=0.3, id", "", "en;q=0"] {
            assert_eq!(of(indonesian), Language::Indonesian, "{indonesian}");
        }
    }

    #[test]
    fn only_a_bearer_token_of_ours_is_looked_up() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            token(&headers)
        };
        let (fresh, hash) = new_token();
        assert_eq!(of(&format!("Bearer {fresh}")), Some(hash));
        assert_eq!(of(&format!("bearer  {fresh} ")), Some(hash));
        for other in [fresh.as_str(), "Bearer", "Bearer abc", &format!("Basic {fresh}")] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
