//! Log-in through a provider: a small one on loopback, which checks what it is sent and can be told to lie.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Json, Redirect, Response};
use axum::routing::{get, post};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use netral::oidc::{OidcConfig, Provider};
use netral::source::HttpConfig;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::*;

type Fields = HashMap<String, String>;

/// The provider: its key, who is at its log-in, and how it lies.
struct Idp {
    issuer: String,
    key: EcdsaKeyPair,
    kid: String,
    person: Value,
    lie: Value,
    /// Questions by code; each code counts once.
    asked: HashMap<String, Fields>,
}

type Shared = Arc<Mutex<Idp>>;

fn fresh_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref(), &random).unwrap()
}

async fn discovery(State(idp): State<Shared>) -> Json<Value> {
    let issuer = idp.lock().unwrap().issuer.clone();
    Json(json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize?tenant=kab"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
    }))
}

async fn jwks(State(idp): State<Shared>) -> Json<Value> {
    let idp = idp.lock().unwrap();
    let (x, y) = idp.key.public_key().as_ref()[1..].split_at(32);
    let [x, y] = [x, y].map(|part| BASE64URL_NOPAD.encode(part));
    let odd = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "lain", "x": "AA" });
    Json(json!({ "keys": [odd, { "kty": "EC", "crv": "P-256", "kid": idp.kid, "use": "sig", "x": x, "y": y }] }))
}

async fn authorize(State(idp): State<Shared>, Query(asked): Query<Fields>) -> Redirect {
    for (name, value) in
        [("tenant", "kab"), ("response_type", "code"), ("client_id", "netral"), ("code_challenge_method", "S256")]
    {
        assert_eq!(asked[name], value, "{name}");
    }
    let mut idp = idp.lock().unwrap();
    let code = format!("kode-{}", idp.asked.len());
    let query = Serializer::new(String::new())
        .extend_pairs([("code", code.as_str()), ("state", &asked["state"]), ("iss", &idp.issuer)])
        .finish();
    let there = format!("{}?{query}", asked["redirect_uri"]);
    idp.asked.insert(code, asked);
    Redirect::to(&there)
}

async fn token(State(idp): State<Shared>, headers: HeaderMap, Form(form): Form<Fields>) -> Response {
    let mut idp = idp.lock().unwrap();
    let basic = format!("Basic {}", BASE64.encode(b"netral:rahasia+klien"));
    let Some(asked) = idp.asked.insert(form["code"].clone(), Fields::new()).filter(|asked| !asked.is_empty()) else {
        return (StatusCode::BAD_REQUEST, "{\"error\":\"invalid_grant\"}").into_response();
    };
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(form["code_verifier"].as_bytes()));
    if headers[header::AUTHORIZATION] != basic
        || challenge != asked["code_challenge"]
        || form["redirect_uri"] != asked["redirect_uri"]
        || form["grant_type"] != "authorization_code"
    {
        return (StatusCode::UNAUTHORIZED, "{\"error\":\"invalid_client\"}").into_response();
    }
    let now = jiff::Timestamp::now().as_second();
    let mut claims = json!({
        "iss": idp.issuer, "aud": "netral", "iat": now, "exp": now + 300, "nonce": asked["nonce"],
    });
    for more in [&idp.person, &idp.lie] {
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
    }
    let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(json!({ "alg": "ES256", "kid": idp.kid })), part(claims));
    let signature = idp.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
    let id_token = format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()));
    Json(json!({ "access_token": "x", "token_type": "Bearer", "id_token": id_token })).into_response()
}

use url::form_urlencoded::Serializer;

/// Netral beside its provider.
struct Both {
    world: World,
    idp: Shared,
    pages: axum::Router,
}

impl Both {
    async fn new(change: impl FnOnce(&mut OidcConfig)) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let issuer = format!("http://{address}");
        let idp: Shared = Arc::new(Mutex::new(Idp {
            issuer: issuer.clone(),
            key: fresh_key(),
            kid: "k1".to_owned(),
            person: json!({ "sub": "u-7", "preferred_username": "peninjau1" }),
            lie: json!({}),
            asked: HashMap::new(),
        }));
        let pages = axum::Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(Arc::clone(&idp));
        let served = pages.clone();
        tokio::spawn(async move { axum::serve(listener, served).await });
        let mut config = OidcConfig {
            issuer,
            client_id: "netral".to_owned(),
            client_secret: Some("rahasia klien".to_owned().into()),
            login_claim: Some("preferred_username".to_owned()),
            allow_private: vec![address.to_string()],
            ..OidcConfig::default()
        };
        change(&mut config);
        let mut world = World::with(users::with_key()).await;
        let provider = Provider::new(config, Some("http://netral.test"), &HttpConfig::default()).unwrap();
        world.state = world.state.clone().with_oidc(Some(provider));
        Self { world, idp, pages }
    }

    /// To the provider, through its log-in, and with its answer to the door of netral again.
    async fn there(&self, browser: &mut Browser) -> String {
        let reply = browser.get("/masuk/oidc?lanjut=%2Fsumber").await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
        let url = url::Url::parse(reply.location()).unwrap();
        let request = Request::get(format!("{}?{}", url.path(), url.query().unwrap())).body(Body::empty()).unwrap();
        let answer = self.pages.clone().oneshot(request).await.unwrap();
        let back = answer.headers()[header::LOCATION].to_str().unwrap().to_owned();
        back.strip_prefix("http://netral.test").unwrap().to_owned()
    }

    async fn log_in(&self) -> (Browser, Reply) {
        let mut browser = self.world.browser();
        let back = self.there(&mut browser).await;
        let reply = browser.get(&back).await;
        (browser, reply)
    }

    fn lie(&self, lie: Value) {
        self.idp.lock().unwrap().lie = lie;
    }

    fn person(&self, sub: &str, name: &str) {
        self.idp.lock().unwrap().person = json!({ "sub": sub, "preferred_username": name });
    }
}

#[tokio::test]
async fn somebody_known_comes_in_through_the_provider_and_nobody_is_made() {
    let both = Both::new(|_| {}).await;
    both.world.browser().get("/masuk").await.has("Masuk dengan SSO");
    let users = both.world.count("app_user").await;
    let (mut browser, reply) = both.log_in().await;
    assert_eq!(reply.location(), "/sumber", "{}", reply.body);
    assert_eq!(browser.get("/antrean").await.status, StatusCode::OK);
    assert!(!browser.cookies.contains_key("netral-oidc"));

    // From now on the subject counts, whatever the name says.
    both.person("u-7", "ketua");
    let (mut browser, _) = both.log_in().await;
    browser.get("/akun-saya").await.has("peninjau1");
    // Another person under a name that is bound, an unknown name, and somebody shut out.
    for (sub, name) in [("u-8", "peninjau1"), ("u-9", "siapapun"), ("u-9", "a\u{0}b"), ("u-9", "")] {
        both.person(sub, name);
        let (browser, reply) = both.log_in().await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{sub} {name:?}");
        reply.has("belum terhubung");
        assert!(browser.cookies.is_empty());
    }
    both.person("u-7", "peninjau1");
    both.world.db.store.set_user_disabled("peninjau1", true, "admin").await.unwrap();
    assert_eq!(both.log_in().await.1.status, StatusCode::UNAUTHORIZED);
    assert_eq!(both.world.count("app_user").await, users);
}

#[tokio::test]
async fn without_a_claim_only_bound_people_come_in() {
    let both = Both::new(|config| config.login_claim = None).await;
    assert_eq!(both.log_in().await.1.status, StatusCode::UNAUTHORIZED);
    let subject = format!("{} u-7", both.idp.lock().unwrap().issuer);
    both.world.db.store.bind_user("ketua", &subject, "operator").await.unwrap().unwrap();
    let (mut browser, reply) = both.log_in().await;
    assert_eq!(reply.location(), "/sumber");
    browser.get("/akun-saya").await.has("ketua");
    assert!(both.world.db.store.unbind_user("ketua", "operator").await.unwrap());
    assert!(browser.get("/antrean").await.location().starts_with("/masuk"), "sessions end");
    assert_eq!(both.log_in().await.1.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_answer_counts_once_and_only_in_the_browser_that_asked() {
    let both = Both::new(|_| {}).await;
    let (mut asked, mut other) = (both.world.browser(), both.world.browser());
    let back = both.there(&mut asked).await;
    assert_eq!(other.get(&back).await.status, StatusCode::UNAUTHORIZED, "no cookie");
    both.there(&mut other).await;
    assert_eq!(other.get(&back).await.status, StatusCode::UNAUTHORIZED, "another question's cookie");
    let replay = asked.clone();
    assert_eq!(asked.get(&back.replace("state=", "state=x")).await.status, StatusCode::UNAUTHORIZED);
    assert!(asked.cookies.is_empty(), "a wrong answer uses the question up");
    let mut asked = replay.clone();
    let elsewhere = back.split("&iss=").next().unwrap().to_owned() + "&iss=https%3A%2F%2Fevil.example";
    assert_eq!(replay.clone().get(&elsewhere).await.status, StatusCode::UNAUTHORIZED, "another issuer's answer");
    assert_eq!(asked.get(&back).await.location(), "/sumber");
    assert_eq!(replay.clone().get(&back).await.status, StatusCode::UNAUTHORIZED, "the code is used up");
    let mut denied = both.world.browser();
    both.there(&mut denied).await;
    let reply = denied.get("/masuk/oidc/kembali?error=access_denied&state=x").await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    reply.has("Coba lagi dari awal");
}

#[tokio::test]
async fn a_provider_that_lies_lets_nobody_in() {
    let both = Both::new(|_| {}).await;
    let now = jiff::Timestamp::now().as_second();
    for lie in [
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "lain" }),
        json!({ "nonce": "lama" }),
        json!({ "exp": now - 3600 }),
        json!({ "iat": now - 3600 }),
    ] {
        both.lie(lie.clone());
        let (browser, reply) = both.log_in().await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{lie}");
        assert!(browser.cookies.is_empty());
    }
    both.lie(json!({}));
    assert_eq!(both.log_in().await.1.location(), "/sumber");
    both.idp.lock().unwrap().key = fresh_key();
    assert_eq!(both.log_in().await.1.status, StatusCode::UNAUTHORIZED, "another key under the old name");
}

#[tokio::test]
async fn the_own_second_factor_is_asked_unless_the_provider_asks_itself() {
    for (at_provider, there) in [(false, "/masuk/kode?lanjut=%2Fsumber"), (true, "/sumber")] {
        let both = Both::new(|config| config.second_factor = at_provider).await;
        let (app, _) = users::set_up(&mut both.world.login("peninjau1").await).await;
        let (mut browser, reply) = both.log_in().await;
        assert_eq!(reply.location(), there);
        if !at_provider {
            assert!(browser.get("/antrean").await.location().starts_with("/masuk"));
            let passed = browser.post("/masuk/kode", &[("kode", &app.code(0)), ("lanjut", "/sumber")]).await;
            assert_eq!(passed.location(), "/sumber");
        }
        assert_eq!(browser.get("/antrean").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_provider_that_is_away_or_inside_the_network_is_not_reached() {
    for change in [(|config: &mut OidcConfig| config.allow_private.clear()) as fn(&mut OidcConfig), |config| {
        config.issuer.push_str("/lain");
    }] {
        let both = Both::new(change).await;
        let reply = both.world.browser().get("/masuk/oidc").await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        reply.has("Penyedia identitas sedang tidak menjawab");
    }
    assert_eq!(World::new().await.browser().get("/masuk/oidc").await.status, StatusCode::NOT_FOUND);
}

/// Walks a browser through the real provider's own pages: name and any password, then consent.
async fn walk(client: &reqwest::Client, start: &str) -> String {
    let mut cookies: HashMap<String, String> = HashMap::new();
    let mut url = url::Url::parse(start).unwrap();
    let mut form = None;
    for _ in 0..12 {
        let kept: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = match form.take() {
            Some(body) => client
                .post(url.clone())
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body::<&'static str>(body),
            None => client.get(url.clone()),
        };
        let reply = request.header(header::COOKIE, kept.join("; ")).send().await.unwrap();
        for cookie in reply.headers().get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        if let Some(there) = reply.headers().get(header::LOCATION) {
            url = url.join(there.to_str().unwrap()).unwrap();
            if url.host_str() == Some("netral.test") {
                return format!("{}?{}", url.path(), url.query().unwrap());
            }
            continue;
        }
        let page = reply.text().await.unwrap();
        form = Some(match page.contains("name=\"login\"") {
            true => "prompt=login&login=peninjau1&password=apa+saja",
            false => "prompt=consent",
        });
    }
    panic!("the provider's pages lead nowhere: {url}");
}

#[tokio::test]
async fn a_real_provider_lets_somebody_in() {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let Some(dir) = std::env::var_os("NETRAL_OIDC_DIR") else {
        eprintln!("skipped: NETRAL_OIDC_DIR is not set; see tests/oidc/setup.sh");
        return;
    };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = tokio::process::Command::new("node")
        .arg(root.join("tests/oidc/serve.mjs"))
        .env("NETRAL_OIDC_DIR", root.join(dir))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let about: Value = serde_json::from_str(&output.next_line().await.unwrap().unwrap()).unwrap();
    let issuer = about["issuer"].as_str().unwrap().to_owned();
    let config = OidcConfig {
        allow_private: vec![issuer.strip_prefix("http://").unwrap().to_owned()],
        issuer,
        client_id: "netral".to_owned(),
        client_secret: Some("rahasia klien".to_owned().into()),
        scope: "openid profile".to_owned(),
        login_claim: Some("preferred_username".to_owned()),
        ..OidcConfig::default()
    };
    let mut world = World::new().await;
    let provider = Provider::new(config, Some("http://netral.test"), &HttpConfig::default()).unwrap();
    world.state = world.state.clone().with_oidc(Some(provider));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    // The first time by the claim, the second by what was bound.
    for _ in 0..2 {
        let mut browser = world.browser();
        let there = browser.get("/masuk/oidc?lanjut=%2Fsumber").await;
        let back = walk(&client, there.location()).await;
        let reply = browser.get(&back).await;
        assert_eq!(reply.location(), "/sumber", "{}", reply.body);
        browser.get("/akun-saya").await.has("peninjau1");
        let again = world.browser().get(&back).await;
        assert_eq!(again.status, StatusCode::UNAUTHORIZED, "only in that browser");
    }
    let subject: String = sqlx::query_scalar("select oidc_subject from app_user where oidc_subject is not null")
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    assert!(subject.ends_with(" peninjau1"), "{subject}");
}
