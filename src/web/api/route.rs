//! One route of the API: whom it serves, what it takes and gives, and the handler that does. The document is made from the
//! handler's own types, so it says what the code does.

use std::any::TypeId;

use axum::Json;
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::caller::Caller;
use super::once::{self, Once};
use super::problem::{Code, Problem};
use crate::model::Scope;
use crate::store::User;
use crate::web::access::Who;
use crate::web::i18n::Text;
use crate::web::state::AppState;

/// Largest body that most routes take, in bytes.
const MAX_BODY: usize = 256 * 1024;
/// Largest body with a file of 5 MiB in base64.
pub const MAX_FILE_BODY: usize = 8 * 1024 * 1024;

/// Makes the schema of a type.
pub type Shape = fn(&mut SchemaGenerator) -> Schema;

/// A request with its caller.
pub struct Call {
    /// What handlers may touch.
    pub state: AppState,
    /// Who asks.
    pub caller: Caller,
    /// The words of the answer.
    pub t: Text,
}

impl Call {
    /// Whom the token acts for.
    pub fn user(&self) -> &User {
        &self.caller.user
    }

    /// The same as the ledger writes it.
    pub fn login(&self) -> &str {
        &self.caller.user.login
    }
}

/// What is asked: parts of the path, the query, the body. `()` where there is none.
pub struct Asked<P = (), Q = (), B = ()> {
    /// Parts of the path.
    pub path: P,
    /// The query.
    pub query: Q,
    /// The body.
    pub body: B,
}

/// A part of a request as it comes: only keys that are known.
pub trait Taken: DeserializeOwned + JsonSchema + Send + 'static {}
impl<T: DeserializeOwned + JsonSchema + Send + 'static> Taken for T {}

/// What a handler gives.
pub trait Given: Send + 'static {
    /// The status.
    const STATUS: StatusCode;
    /// The body's schema.
    fn shape() -> Option<Shape>;
    /// The answer.
    fn response(self) -> Response;
}

impl<T: Serialize + JsonSchema + Send + 'static> Given for Json<T> {
    const STATUS: StatusCode = StatusCode::OK;
    fn shape() -> Option<Shape> {
        Some(shape::<T>)
    }
    fn response(self) -> Response {
        self.into_response()
    }
}

/// Something was made.
pub struct Made<T>(pub T);

impl<T: Serialize + JsonSchema + Send + 'static> Given for Made<T> {
    const STATUS: StatusCode = StatusCode::CREATED;
    fn shape() -> Option<Shape> {
        Some(shape::<T>)
    }
    fn response(self) -> Response {
        (Self::STATUS, Json(self.0)).into_response()
    }
}

/// It is done, and there is nothing to say.
pub struct Done;

impl Given for Done {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;
    fn shape() -> Option<Shape> {
        None
    }
    fn response(self) -> Response {
        Self::STATUS.into_response()
    }
}

fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

fn shape_unless_nothing<T: JsonSchema + 'static>() -> Option<Shape> {
    (TypeId::of::<T>() != TypeId::of::<()>()).then_some(shape::<T> as Shape)
}

/// Whom a route serves, and on what terms.
#[derive(Clone, Copy, Debug)]
struct Terms {
    who: Who,
    scope: Option<Scope>,
    limit: usize,
    /// A request with a key is answered once.
    once: bool,
}

/// One route.
pub struct Route {
    /// Method.
    pub method: Method,
    /// Path below `/api/v1`.
    pub path: &'static str,
    /// Name of the operation, the same for ever.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Problems beside those that follow from what it takes.
    pub problems: &'static [Code],
    /// Schema of the parts of the path.
    pub path_shape: Option<Shape>,
    /// Schema of the query.
    pub query_shape: Option<Shape>,
    /// Schema of the body.
    pub body_shape: Option<Shape>,
    /// Status and schema of the answer.
    pub answer: (StatusCode, Option<Shape>),
    terms: Terms,
    bind: Box<dyn FnOnce(Terms) -> MethodRouter<AppState>>,
}

impl Route {
    /// A reading route.
    pub fn get<P, Q, O, F, Fut>(
        (name, path): (&'static str, &'static str),
        who: Who,
        scope: Option<Scope>,
        summary: &'static str,
        handler: F,
    ) -> Self
    where
        P: Taken,
        Q: Taken,
        O: Given,
        F: Fn(Call, Asked<P, Q>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Problem>> + Send + 'static,
    {
        Self::new(Method::GET, (name, path), (who, scope), summary, handler)
    }

    /// A route that does something.
    pub fn post<P, B, O, F, Fut>(
        (name, path): (&'static str, &'static str),
        who: Who,
        scope: Scope,
        summary: &'static str,
        handler: F,
    ) -> Self
    where
        P: Taken,
        B: Taken,
        O: Given,
        F: Fn(Call, Asked<P, (), B>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Problem>> + Send + 'static,
    {
        Self::new(Method::POST, (name, path), (who, Some(scope)), summary, handler)
    }

    fn new<P, Q, B, O, F, Fut>(
        method: Method,
        (name, path): (&'static str, &'static str),
        (who, scope): (Who, Option<Scope>),
        summary: &'static str,
        handler: F,
    ) -> Self
    where
        P: Taken,
        Q: Taken,
        B: Taken,
        O: Given,
        F: Fn(Call, Asked<P, Q, B>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<O, Problem>> + Send + 'static,
    {
        let filter = if method == Method::GET { MethodFilter::GET } else { MethodFilter::POST };
        let bind = move |terms: Terms| {
            on(filter, move |State(state): State<AppState>, request: Request| {
                let handler = handler.clone();
                async move { serve(terms, handler, state, request).await.unwrap_or_else(IntoResponse::into_response) }
            })
        };
        Self {
            terms: Terms { who, scope, limit: MAX_BODY, once: method == Method::POST },
            method,
            path,
            name,
            summary,
            problems: &[],
            path_shape: shape_unless_nothing::<P>(),
            query_shape: shape_unless_nothing::<Q>(),
            body_shape: shape_unless_nothing::<B>(),
            answer: (O::STATUS, O::shape()),
            bind: Box::new(bind),
        }
    }

    /// With problems of its own.
    #[must_use]
    pub fn refusing(mut self, problems: &'static [Code]) -> Self {
        self.problems = problems;
        self
    }

    /// With a body that carries a file.
    #[must_use]
    pub fn with_file(mut self) -> Self {
        self.terms.limit = MAX_FILE_BODY;
        self
    }

    /// A POST only because what is asked for must not stand in an address: it changes nothing, so that nothing of its answer
    /// is kept.
    #[must_use]
    pub fn reading(mut self) -> Self {
        self.terms.once = false;
        self
    }

    /// Whom it serves.
    #[must_use]
    pub fn who(&self) -> Who {
        self.terms.who
    }

    /// What a token must have been made for.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        self.terms.scope
    }

    /// Whether a request with a key is answered once.
    #[must_use]
    pub fn once(&self) -> bool {
        self.terms.once
    }

    /// Path and handler.
    pub fn bind(self) -> (&'static str, MethodRouter<AppState>) {
        let terms = self.terms;
        (self.path, (self.bind)(terms))
    }
}

/// From the request to the answer: who asks, what is asked, whether it was asked before.
async fn serve<P, Q, B, O, F, Fut>(
    terms: Terms,
    handler: F,
    state: AppState,
    request: Request,
) -> Result<Response, Problem>
where
    P: Taken,
    Q: Taken,
    B: Taken,
    O: Given,
    F: Fn(Call, Asked<P, Q, B>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<O, Problem>> + Send + 'static,
{
    let (mut parts, body) = request.into_parts();
    let caller = parts.extensions.get::<Caller>().cloned().ok_or(Code::NotAuthenticated)?;
    caller.admit(terms.who, terms.scope)?;
    let t = parts.extensions.get::<Text>().copied().ok_or(Code::Internal)?;
    let body = to_bytes(body, terms.limit).await.map_err(|_| Code::TooLarge)?;
    let key = if terms.once { once::key(&parts)? } else { None };
    let Some(key) = key else {
        let asked = asked::<P, Q, B>(&mut parts, &body).await?;
        let call = Call { state, caller, t };
        return Ok(handler(call, asked).await?.response());
    };
    let once = Once { state: state.clone(), token: caller.token_id, key, t };
    if let Some(answer) = once.begin(&parts, &body).await? {
        return Ok(answer);
    }
    // It goes on even where whoever asked is gone: they will ask again, and must get this answer.
    let work = tokio::spawn(async move {
        let done = async {
            let asked = asked::<P, Q, B>(&mut parts, &body).await?;
            Ok(handler(Call { state, caller, t }, asked).await?.response())
        };
        let answer = done.await.unwrap_or_else(|problem: Problem| problem.into_response());
        once.end(answer).await
    });
    work.await.map_err(|_| Code::Internal)?
}

async fn asked<P: Taken, Q: Taken, B: Taken>(parts: &mut Parts, body: &Bytes) -> Result<Asked<P, Q, B>, Problem> {
    // U+0000 can stand nowhere in the database.
    if parts.uri.path().contains("%00") {
        return Err(Code::NotFound.into());
    }
    if parts.uri.query().is_some_and(|query| query.contains("%00")) {
        return Err(Code::BadRequest.into());
    }
    let Path(path) = Path::<P>::from_request_parts(parts, &()).await.map_err(|_| Code::NotFound)?;
    let Query(query) = Query::<Q>::try_from_uri(&parts.uri).map_err(|_| Code::BadRequest)?;
    let body = if TypeId::of::<B>() == TypeId::of::<()>() {
        let nothing = body.trim_ascii();
        if !nothing.is_empty() && nothing != b"{}" {
            return Err(Code::BadRequest.into());
        }
        serde_json::from_slice(b"null").map_err(|_| Code::Internal)?
    } else {
        if !is_json(parts) {
            return Err(Code::UnsupportedMediaType.into());
        }
        serde_json::from_slice(body).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => Code::Invalid,
            _ => Code::BadRequest,
        })?
    };
    Ok(Asked { path, query, body })
}

fn is_json(parts: &Parts) -> bool {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
