//! The API over the real router and a real Postgres. Every answer is compared with what the document says of its route.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::SignedDuration;
use netral::model::{HitId, Role, Scope};
use netral::store::{NewToken, User};
use netral::web::{self, API_BASE, ApiConfig, WebConfig, api_table};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::pages::{Browser, LOGINS, World};

mod oversight;
mod requests;
mod rest;
mod review;
mod roles;
mod schemathesis;
mod tokens;
mod workbench;

/// A token with every scope, so that only the role stands in its way.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A world whose tokens may ask as often as a test does.
async fn world() -> World {
    let api = ApiConfig { requests_per_minute: 60_000, burst: 10_000 };
    World::with(WebConfig { secure_cookies: false, api, ..WebConfig::default() }).await
}

async fn user(world: &World, login: &str) -> User {
    world.db.store.users().await.unwrap().into_iter().map(|(user, _)| user).find(|u| u.login == login).unwrap()
}

/// A fresh token of a user.
async fn token(world: &World, login: &str, scopes: &[Scope]) -> String {
    let token = format!("netral_{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    let new = NewToken { name: "uji", scopes, lifetime: DAY, by_provider: false };
    let hash = Sha256::digest(token.as_bytes()).into();
    world.db.store.make_token(&user(world, login).await, &new, hash).await.unwrap().unwrap();
    token
}

/// A program that asks.
#[derive(Clone)]
struct Client {
    router: Router,
    token: Option<String>,
}

/// What it is told.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
    text: String,
}

impl Answer {
    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    #[track_caller]
    fn is(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{}", self.text);
        self
    }
}

impl Client {
    fn nobody(world: &World) -> Self {
        Self { router: web::router(world.state.clone()), token: None }
    }

    async fn of(world: &World, login: &str) -> Self {
        Self { token: Some(token(world, login, Scope::ALL).await), ..Self::nobody(world) }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None, &[]).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body), &[]).await
    }

    async fn keyed(&self, key: &str, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body), &[("idempotency-key", key)]).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{API_BASE}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            None | Some(Value::Null) => Body::empty(),
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
        };
        self.send(request.body(body).unwrap()).await
    }

    async fn send(&self, mut request: Request<Body>) -> Answer {
        if let Some(token) = &self.token {
            request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        }
        request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([10, 1, 2, 3], 999))));
        let asked = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let kind = parts.headers.get(header::CONTENT_TYPE).map_or("", |v| v.to_str().unwrap());
        let wanted = if parts.status.is_success() { "application/json" } else { "application/problem+json" };
        assert!(text.is_empty() || kind == wanted, "{asked:?}: {} {kind}", parts.status);
        assert_eq!(parts.headers[header::CACHE_CONTROL], "no-store");
        assert!(parts.headers.get(header::SET_COOKIE).is_none());
        documented(&asked.0, &asked.1, parts.status);
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, body, text }
    }
}

/// An answer of a route is one that the document names.
#[track_caller]
fn documented(method: &Method, path: &str, status: StatusCode) {
    let path = path.strip_prefix(API_BASE).unwrap();
    let fits = |template: &str| {
        template.split('/').count() == path.split('/').count()
            && template.split('/').zip(path.split('/')).all(|(t, p)| t.starts_with('{') || t == p)
    };
    // Where two templates fit, the one without a parameter is the route.
    let rows = api_table();
    let mut found: Vec<_> = rows.iter().filter(|row| row.method == *method && fits(row.path)).collect();
    found.sort_by_key(|row| row.path.matches('{').count());
    if let Some(row) = found.first() {
        assert!(
            row.statuses.contains(&status),
            "{method} {} answers {status}, which its document does not say",
            row.path
        );
    }
}

/// A path of the table, with ids that are there where the world has one.
fn path_of(world: &World, template: &str) -> String {
    template
        .replace("{hit_id}", &world.hit("post").to_string())
        .replace("{person_id}", &world.person.to_string())
        .replace("{set}", "partai-2024")
        .replace("{platform}", "bluesky")
        .replace("{clarification_id}", &uuid::Uuid::nil().to_string())
        .replace("{conflict_id}", &uuid::Uuid::nil().to_string())
        .replace("{tip_id}", &uuid::Uuid::nil().to_string())
        .replace("{group_id}", &world.group.to_string())
        .replace("{golden_id}", &uuid::Uuid::nil().to_string())
        .replace("{user_id}", &uuid::Uuid::nil().to_string())
}

fn suspicion() -> Value {
    json!({ "outcome": "dugaan", "reason": "dukungan", "clause": "C.2.e", "note": "Mengajak memilih secara terbuka." })
}

fn dismissal() -> Value {
    json!({ "outcome": "bukan_dugaan", "reason": "informasi_berita" })
}

async fn kinds(world: &World, like: &'static str) -> Vec<String> {
    sqlx::query_scalar("select kind from ledger where kind ~ $1 order by seq")
        .bind(like)
        .fetch_all(world.db.store.pool())
        .await
        .unwrap()
}

/// A post that names its author, who has a NIP.
async fn name_author(world: &World, post: &str) {
    sqlx::query(
        "update activity set text = text || ' — salam Orang Uji 1, uji1.contoh.example, 198501012010011001'
         where external_id = $1",
    )
    .bind(post)
    .execute(world.db.store.pool())
    .await
    .unwrap();
    // Not the way that people go: an approval is of the number that the approver saw.
    for sql in [
        "alter table person disable trigger user",
        "update person set nip = '198501012010011001', status = 'PNS'
         where person_id = (select person_id from person order by code limit 1)",
        "alter table person enable trigger user",
    ] {
        sqlx::query(sql).execute(world.db.store.pool()).await.unwrap();
    }
}

/// A blind answer tells neither the person nor the side.
#[track_caller]
fn names_nobody(world: &World, answer: &Answer) {
    let (account, person) = (world.account.to_string(), world.person.to_string());
    for secret in [
        "Orang Uji",
        "198501012010011001",
        "uji1.contoh.example",
        "did:plc:uji1",
        "Dinas Uji",
        "sosial.example",
        "sena-ruwaida",
        account.as_str(),
        person.as_str(),
        "\"keyword\"",
        "\"url\"",
        "\"sides\"",
        "\"person\"",
    ] {
        assert!(!answer.text.contains(secret), "{secret} in {}", answer.text);
    }
}

fn hit_path(hit: HitId, act: &str) -> String {
    format!("/hits/{hit}/{act}")
}
