//! What people who oversee see: quality, balance, what waits, users.

use super::*;

async fn closed(world: &World, name: &str, login: &str) {
    let (client, hit) = (Client::of(world, login).await, world.hit(name));
    client.post(&hit_path(hit, "claim"), Value::Null).await;
    assert_eq!(client.post(&hit_path(hit, "decision"), dismissal()).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_reader_sees_their_own_figures_and_the_lead_everybodys_by_name() {
    let world = world().await;
    closed(&world, "post", "peninjau1").await;
    let own = Client::of(&world, "peninjau1").await.get("/quality").await;
    assert_eq!(own.body["own"]["name"], "Kusnan Adiwijaya");
    assert_eq!(own.body["own"]["median_seconds"], Value::Null, "fewer than five");
    assert_eq!((&own.body["readers"], &own.body["golden"]), (&Value::Null, &Value::Null));
    assert!(!own.text.contains("Farida") && !own.text.contains("Retno"), "{}", own.text);
    assert_eq!(kinds(&world, "^quality.viewed$").await.len(), 0);

    let lead = Client::of(&world, "ketua").await.get("/quality").await;
    let names: Vec<_> = lead.body["readers"].as_array().unwrap().iter().map(|r| r["name"].clone()).collect();
    assert_eq!(names, ["Farida Nurul Aini", "Kusnan Adiwijaya", "Retno Palupi", "Sulistyo Harimurti"]);
    assert_eq!(lead.body["golden"], json!([]));
    assert_eq!(kinds(&world, "^quality.viewed$").await.len(), 1);
    for (login, agreement) in [("auditor", true), ("katakunci", false)] {
        let seen = Client::of(&world, login).await.get("/quality").await;
        assert_eq!(seen.body["agreement"].is_array(), agreement, "{login}");
        assert_eq!((&seen.body["own"], &seen.body["readers"]), (&Value::Null, &Value::Null), "{login}");
        assert!(!seen.text.contains("Kusnan"), "{}", seen.text);
    }
    Client::of(&world, "operator").await.get("/quality").await.is(403, "role-forbidden");
}

#[tokio::test]
async fn the_sides_stand_beside_each_other_without_small_cells() {
    let world = world().await;
    closed(&world, "post", "peninjau1").await;
    let lead = Client::of(&world, "ketua").await;
    let parity = lead.get("/parity").await;
    let contest = &parity.body["items"][0];
    assert_eq!((&contest["set"], &contest["compared"]), (&json!("pilkada-uji"), &json!(false)));
    assert_eq!(contest["sides"][0]["title"], "Sena Prakosa – Ruwaida");
    // Six hits; one decision, of which nothing may be said.
    assert_eq!(contest["sides"][0]["hits"], 6);
    assert_eq!((&contest["sides"][0]["upheld"], &contest["sides"][0]["seconds"]), (&Value::Null, &Value::Null));
    assert!(!parity.text.contains("Orang Uji"));
    assert_eq!(kinds(&world, "^parity.viewed$").await.len(), 1);
    for login in ["peninjau1", "verifikator"] {
        Client::of(&world, login).await.get("/parity").await.is(403, "role-forbidden");
    }
}

#[tokio::test]
async fn the_overview_says_what_waits_for_whoever_asks() {
    let world = world().await;
    let one = Client::of(&world, "peninjau1").await;
    one.post(&hit_path(world.hit("post"), "claim"), Value::Null).await;
    let seen = one.get("/overview").await;
    assert_eq!((&seen.body["backlog"]["open"], &seen.body["backlog"]["overdue"]), (&json!(6), &json!(0)));
    assert_eq!(seen.body["own"], json!({ "held": 1, "referred": 0 }));
    assert_eq!((&seen.body["register"], &seen.body["users"]), (&Value::Null, &Value::Null));
    let count = |key: &str| {
        let found = seen.body["recent"]["clauses"].as_array().unwrap().iter().find(|c| c["key"] == key).cloned();
        found.unwrap_or_else(|| panic!("{key}"))["hits"].clone()
    };
    assert_eq!((count("C.2.e"), count("C.2.f")), (json!(5), Value::Null), "no figure below five");
    for secret in ["Orang Uji", "Dinas Uji", "Sena"] {
        assert!(!seen.text.contains(secret), "{secret}");
    }
    world.db.store.object(world.account, "bukan akun saya", "operator").await.unwrap();
    let operator = Client::of(&world, "operator").await.get("/overview").await;
    assert_eq!(operator.body["register"]["objections"], 1);
    assert!(operator.body["sources"].is_number() && operator.body["own"].is_null());
    let keeper = Client::of(&world, "katakunci").await.get("/overview").await;
    assert_eq!((&keeper.body["keywords"], &keeper.body["backlog"]), (&json!(0), &Value::Null));
    let head = Client::of(&world, "kepala").await.get("/overview").await;
    assert!(head.body.as_object().unwrap().values().all(Value::is_null), "{}", head.text);
}

#[tokio::test]
async fn users_are_read_without_their_secrets_and_changed_nowhere() {
    let world = world().await;
    let admin = Client::of(&world, "admin").await;
    let store = &world.db.store;
    let reviewer = user(&world, "peninjau1").await.user_id;
    store.change_role(reviewer, Role::Verifier, None, "menggantikan", "admin").await.unwrap();
    let seen = admin.get("/users").await;
    assert_eq!(seen.body["items"].as_array().unwrap().len(), LOGINS.len());
    let one = seen.body["items"].as_array().unwrap().iter().find(|u| u["login"] == "peninjau1").unwrap();
    assert_eq!((&one["role"], &one["state"]), (&json!("reviewer"), &json!("active")));
    let waits = &seen.body["proposals"][0];
    assert_eq!(
        (&waits["wish"], &waits["role"], &waits["login"]),
        (&json!("role"), &json!("verifier"), &json!("peninjau1"))
    );
    let hash: String = sqlx::query_scalar("select password_hash from app_user where login = 'peninjau1'")
        .fetch_one(store.pool())
        .await
        .unwrap();
    for secret in [hash.as_str(), "argon2", "password", "netral_"] {
        assert!(!seen.text.contains(secret), "{secret}");
    }
    let day = jiff::Zoned::now().date();
    let away = netral::store::NewAbsence { stand_in: None, valid_from: day, valid_to: day.tomorrow().unwrap() };
    store.note_absence(reviewer, &away, "admin").await.unwrap();
    let shown = admin.get(&format!("/users/{reviewer}")).await;
    assert_eq!(shown.body["user"]["name"], "Kusnan Adiwijaya");
    assert_eq!(shown.body["absences"][0]["to"], away.valid_to.to_string());
    admin.get(&format!("/users/{}", uuid::Uuid::nil())).await.is(404, "not-found");
    admin.post("/users", json!({})).await.is(405, "method-not-allowed");
    Client::of(&world, "peninjau1").await.get("/users").await.is(403, "role-forbidden");
}
