//! Tokens: made and revoked on one's own page, shown once, never more than their owner may.

use netral::web::SecondFactorRule;

use super::*;

async fn token_by_page(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let reply = browser.post("/akun-saya/token", fields).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let token = reply.body.split("<code class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(token.starts_with("netral_") && token.len() == 71, "{token}");
    token
}

const READS: [(&str, &str); 4] =
    [("nama", "penarik angka"), ("hari", "90"), ("cakupan", "queue:read"), ("cakupan", "statistics:read")];

#[tokio::test]
async fn a_token_is_made_on_ones_own_page_shown_once_and_revoked_there() {
    let world = world().await;
    let mut browser = world.login("peninjau1").await;
    browser.get("/akun-saya").await.has("Token API");
    for bad in [
        vec![("nama", ""), ("hari", "90"), ("cakupan", "queue:read")],
        vec![("nama", "a"), ("hari", "90")],
        vec![("nama", "a"), ("hari", "900"), ("cakupan", "queue:read")],
        // What the role does not include cannot be asked for.
        vec![("nama", "a"), ("hari", "90"), ("cakupan", "ledger:read")],
    ] {
        assert!(browser.post("/akun-saya/token", &bad).await.location().ends_with("token-bad"), "{bad:?}");
    }
    let token = token_by_page(&mut browser, &READS).await;
    let client = Client { token: Some(token.clone()), ..Client::nobody(&world) };
    let own = client.get("/me").await;
    assert_eq!((&own.body["login"], &own.body["role"]), (&json!("peninjau1"), &json!("reviewer")));
    assert_eq!(own.body["may"], json!(["queue:read", "statistics:read"]));
    client.get(&format!("/hits/{}", world.hit("post"))).await.is(403, "scope-missing");

    let page = browser.get("/akun-saya").await;
    page.has("penarik angka");
    page.has("queue:read statistics:read");
    page.lacks(&token);
    page.lacks("belum pernah");
    let stored: Vec<u8> =
        sqlx::query_scalar("select token_sha256 from api_token").fetch_one(world.db.store.pool()).await.unwrap();
    assert_eq!(stored, Sha256::digest(token.as_bytes()).to_vec());
    let row: (String,) = sqlx::query_as("select detail from ledger where kind = 'token.made'")
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    assert!(row.0.contains("queue:read") && !row.0.contains(&token), "{}", row.0);

    // Only by its owner.
    let id: uuid::Uuid =
        sqlx::query_scalar("select token_id from api_token").fetch_one(world.db.store.pool()).await.unwrap();
    let revoke = format!("/akun-saya/token/{id}/cabut");
    let mut other = world.login("ketua").await;
    assert!(other.post(&revoke, &[]).await.location().ends_with("token-gone"));
    other.get("/akun-saya").await.lacks("penarik angka");
    assert_eq!(client.get("/me").await.status, StatusCode::OK);
    assert!(browser.post(&revoke, &[]).await.location().ends_with("token-revoked"));
    client.get("/me").await.is(401, "not-authenticated");
    assert_eq!(kinds(&world, "^token").await, ["token.made", "token.revoked"]);
}

#[tokio::test]
async fn a_token_ends_with_its_time_its_owners_access_and_their_log_ins() {
    let world = world().await;
    let store = &world.db.store;
    let client = Client::of(&world, "peninjau1").await;
    sqlx::query(
        "update api_token set made_at = made_at - interval '2 days', expires_at = expires_at - interval '2 days'",
    )
    .execute(store.pool())
    .await
    .unwrap();
    client.get("/me").await.is(401, "not-authenticated");
    let too_long = NewToken {
        name: "selamanya",
        scopes: &[Scope::QueueRead],
        lifetime: SignedDuration::from_hours(24 * 400),
        by_provider: false,
    };
    assert!(store.make_token(&user(&world, "peninjau1").await, &too_long, [7; 32]).await.is_err(), "a year at most");

    // Shut out, and let in again: the token stays dead.
    let client = Client::of(&world, "peninjau1").await;
    store.set_user_disabled("peninjau1", true, "admin").await.unwrap();
    client.get("/me").await.is(401, "not-authenticated");
    store.set_user_disabled("peninjau1", false, "admin").await.unwrap();
    client.get("/me").await.is(401, "not-authenticated");

    // A new password ends every log-in, and every token.
    let client = Client::of(&world, "peninjau2").await;
    store.set_password("peninjau2", &crate::pages::cheap_hash().into(), "admin").await.unwrap();
    client.get("/me").await.is(401, "not-authenticated");

    // Another role counts from the next request.
    let client = Client::of(&world, "ketua").await;
    assert_eq!(client.get("/queue").await.status, StatusCode::OK);
    sqlx::query("update app_user set role = 'user_admin' where login = 'ketua'").execute(store.pool()).await.unwrap();
    client.get("/queue").await.is(403, "role-forbidden");
    assert_eq!(client.get("/me").await.body["may"], json!(["statistics:read", "users:read"]));

    // Twenty at a time.
    let last = user(&world, "auditor").await;
    for n in 0..20_u8 {
        let new = NewToken { name: "uji", scopes: &[Scope::QueueRead], lifetime: DAY, by_provider: false };
        assert!(store.make_token(&last, &new, [n; 32]).await.unwrap().is_some());
    }
    let new = NewToken { name: "uji", scopes: &[Scope::QueueRead], lifetime: DAY, by_provider: false };
    assert!(store.make_token(&last, &new, [99; 32]).await.unwrap().is_none());
}

#[tokio::test]
async fn what_a_log_in_owes_a_token_owes_too() {
    let api = ApiConfig { requests_per_minute: 60_000, burst: 10_000 };
    let config = WebConfig {
        secure_cookies: false,
        api,
        second_factor: SecondFactorRule::Required,
        second_factor_roles: vec![Role::Lead],
        ..WebConfig::default()
    };
    let world = World::with(config).await;
    let (lead, one) = (Client::of(&world, "ketua").await, Client::of(&world, "peninjau1").await);
    for path in ["/me", "/queue", "/statistics"] {
        lead.get(path).await.is(403, "second-factor-due");
        assert_eq!(one.get(path).await.status, StatusCode::OK);
    }
    sqlx::query(
        "insert into second_factor (user_id, sealed, confirmed_at) select user_id, decode(repeat('00', 40), 'hex'), now() from app_user where login = 'ketua'",
    )
    .execute(world.db.store.pool())
    .await
    .unwrap();
    assert_eq!(lead.get("/queue").await.status, StatusCode::OK);
    sqlx::query("update app_user set initial_until = now() + interval '1 day' where login = 'peninjau1'")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    one.get("/queue").await.is(403, "password-due");
}

#[tokio::test]
async fn a_token_asks_as_often_as_its_bucket_allows() {
    let api = ApiConfig { requests_per_minute: 6, burst: 3 };
    let world = World::with(WebConfig { secure_cookies: false, api, ..WebConfig::default() }).await;
    let (one, two) = (Client::of(&world, "peninjau1").await, Client::of(&world, "peninjau2").await);
    for left in [2, 1, 0] {
        let answer = one.get("/me").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(
            answer.header("ratelimit").starts_with(&format!("\"token\";r={left};t=")),
            "{}",
            answer.header("ratelimit")
        );
        assert_eq!(answer.header("ratelimit-policy"), "\"token\";q=3;w=30");
    }
    let refused = one.get("/me").await;
    refused.is(429, "too-many-requests");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((8..=10).contains(&wait), "{wait}");
    assert_eq!(two.get("/me").await.status, StatusCode::OK, "each token has its own");
    sqlx::query("update api_token set full_at = full_at - interval '10 seconds'")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(one.get("/me").await.status, StatusCode::OK);
    assert_eq!(one.get("/me").await.status, StatusCode::TOO_MANY_REQUESTS);
    // A request that is refused is not done: nothing was claimed.
    one.post("/queue/next", Value::Null).await.is(429, "too-many-requests");
    assert_eq!(one.get("/nirwana").await.status, StatusCode::TOO_MANY_REQUESTS);
}
