//! Every route with every role's token, from the table that the router and the document are made from.

use super::*;

#[tokio::test]
async fn every_route_serves_its_roles_and_scopes_and_nobody_else() {
    let world = world().await;
    let rows = api_table();
    for (login, _, role) in LOGINS {
        let client = Client::of(&world, login).await;
        for row in &rows {
            let path = path_of(&world, row.path);
            let answer = client.ask(row.method.clone(), &path, None, &[]).await;
            let refused = answer.code() == "role-forbidden";
            assert_eq!(refused, !row.who.includes(role), "{} {path} as {role}: {}", row.method, answer.text);
            assert!(!answer.status.is_server_error(), "{} {path} as {role}: {}", row.method, answer.text);
            assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{} {path}", row.method);
        }
    }
    // A token is good for what it was made for, and for nothing else, whoever owns it.
    for row in rows.iter().filter(|row| row.scope.is_some()) {
        let (login, ..) = LOGINS.iter().find(|(.., role)| row.who.includes(*role)).unwrap();
        let others: Vec<Scope> = Scope::ALL.iter().copied().filter(|s| Some(*s) != row.scope).collect();
        let narrow = Client { token: Some(token(&world, login, &others).await), ..Client::nobody(&world) };
        let path = path_of(&world, row.path);
        narrow.ask(row.method.clone(), &path, None, &[]).await.is(403, "scope-missing");
        let client = Client { token: Some(token(&world, login, &[row.scope.unwrap()]).await), ..narrow };
        let answer = client.ask(row.method.clone(), &path, None, &[]).await;
        assert_ne!(answer.status, StatusCode::FORBIDDEN, "{} {path}: {}", row.method, answer.text);
        sqlx::query("delete from api_token").execute(world.db.store.pool()).await.unwrap();
    }
}

#[tokio::test]
async fn without_a_token_there_is_nothing_and_a_cookie_is_none() {
    let world = world().await;
    let nobody = Client::nobody(&world);
    let browser = world.login("peninjau1").await;
    let cookie = browser.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("; ");
    let odd = Client { token: Some("netral_bukan".to_owned()), ..nobody.clone() };
    for row in api_table() {
        let path = path_of(&world, row.path);
        let answer = nobody.ask(row.method.clone(), &path, None, &[]).await;
        answer.is(401, "not-authenticated");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"netral\"");
        // What a browser would send along counts for nothing, so another site gains nothing by making it ask.
        let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
        nobody.ask(row.method.clone(), &path, None, &headers).await.is(401, "not-authenticated");
        odd.ask(row.method.clone(), &path, None, &[]).await.is(401, "not-authenticated");
    }
    nobody.get("/nirwana").await.is(401, "not-authenticated");
}

#[tokio::test]
async fn the_api_serves_whom_the_page_serves() {
    // The pages whose functions the routes share.
    let pairs = [
        ("/queue", "/antrean"),
        ("/queue/views/remove", "/antrean/tampilan"),
        ("/overview", "/"),
        ("/hits/search", "/cari"),
        ("/hits/{hit_id}", "/telaah/{hit_id}"),
        ("/hits/{hit_id}/claim", "/telaah/{hit_id}/klaim"),
        ("/hits/{hit_id}/decision", "/telaah/{hit_id}/putusan"),
        ("/hits/{hit_id}/undo", "/telaah/{hit_id}/batal"),
        ("/hits/{hit_id}/skip", "/telaah/{hit_id}/lewati"),
        ("/hits/{hit_id}/refer", "/telaah/{hit_id}/rujuk"),
        ("/hits/{hit_id}/set-aside", "/telaah/{hit_id}/tunda"),
        ("/hits/{hit_id}/unmask", "/telaah/{hit_id}/buka"),
        ("/hits/{hit_id}/golden", "/telaah/{hit_id}/acuan"),
        ("/groups/{group_id}", "/kelompok/{group_id}"),
        ("/groups/{group_id}/next", "/kelompok/{group_id}/berikutnya"),
        ("/groups/{group_id}/close", "/kelompok/{group_id}/tutup"),
        ("/groups/{group_id}/undo", "/kelompok/{group_id}/batal"),
        ("/golden/next", "/mutu/latihan"),
        ("/golden/{golden_id}", "/mutu/latihan"),
        ("/golden/{golden_id}/answer", "/mutu/latihan/{golden_id}"),
        ("/golden/{golden_id}/retire", "/mutu/acuan/{golden_id}/akhiri"),
        ("/quality", "/mutu"),
        ("/parity", "/keseimbangan"),
        ("/clarifications", "/klarifikasi"),
        ("/clarifications/{clarification_id}", "/klarifikasi/{clarification_id}"),
        ("/clarifications/{clarification_id}/attachment", "/klarifikasi/{clarification_id}/lampiran"),
        ("/clarifications/{clarification_id}/letter", "/klarifikasi/{clarification_id}/kirim"),
        ("/clarifications/{clarification_id}/answer", "/klarifikasi/{clarification_id}/jawaban"),
        ("/conflicts", "/kepentingan"),
        ("/conflicts/{conflict_id}/end", "/kepentingan/{conflict_id}/akhiri"),
        ("/register", "/register"),
        ("/register/units", "/register/unit"),
        ("/register/persons", "/register/orang"),
        ("/register/persons/search", "/register/orang/cari"),
        ("/register/persons/{person_id}", "/register/orang/{person_id}"),
        ("/objections", "/register/keberatan"),
        ("/keyword-sets", "/kata-kunci"),
        ("/keyword-sets/{set}", "/kata-kunci/{set}"),
        ("/text-trials", "/coba"),
        ("/sources", "/sumber"),
        ("/sources/{platform}", "/sumber/{platform}"),
        ("/tips", "/informasi-awal"),
        ("/tips/{tip_id}", "/informasi-awal/{tip_id}"),
        ("/tips/{tip_id}/picture", "/informasi-awal/{tip_id}/gambar"),
        ("/users", "/pengguna"),
        ("/users/{user_id}", "/pengguna/{user_id}"),
        ("/ledger", "/audit"),
    ];
    let rows = api_table();
    for (api, page) in pairs {
        assert!(rows.iter().any(|row| row.path == api), "{api}");
        for row in rows.iter().filter(|row| row.path == api) {
            let who = netral::web::TABLE.iter().find(|(method, path, _)| *method == row.method && *path == page);
            assert_eq!(row.who, who.unwrap_or_else(|| panic!("{page}")).2, "{} {api}", row.method);
        }
    }
}

#[tokio::test]
async fn another_persons_things_stay_theirs() {
    let world = world().await;
    let hit = world.hit("post");
    let (one, two) = (Client::of(&world, "peninjau1").await, Client::of(&world, "peninjau2").await);
    assert_eq!(one.post(&hit_path(hit, "claim"), Value::Null).await.status, StatusCode::OK);
    two.post(&hit_path(hit, "claim"), Value::Null).await.is(409, "held-by-other");
    two.post(&hit_path(hit, "decision"), suspicion()).await.is(409, "held-by-other");
    two.post(&hit_path(hit, "heartbeat"), Value::Null).await.is(409, "not-held");
    two.get(&hit_path(hit, "colleagues")).await.is(409, "not-held");
    for (act, body) in [
        ("skip", json!({ "reason": "unsure" })),
        (
            "set-aside",
            json!({ "until": (jiff::Zoned::now().date().tomorrow().unwrap().tomorrow().unwrap()).to_string(), "note": "menunggu" }),
        ),
        ("unmask", json!({ "note": "ingin tahu" })),
    ] {
        two.post(&hit_path(hit, act), body).await.is(409, "not-held");
    }
    // Releasing what another holds does nothing, and says nothing.
    assert_eq!(two.post(&hit_path(hit, "release"), Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(one.post(&hit_path(hit, "heartbeat"), Value::Null).await.status, StatusCode::OK);
    assert_eq!(one.post(&hit_path(hit, "decision"), suspicion()).await.status, StatusCode::CREATED);
    two.post(&hit_path(hit, "undo"), Value::Null).await.is(409, "undo-moved-on");
    let nowhere = HitId(uuid::Uuid::nil());
    for act in ["claim", "heartbeat", "release", "undo"] {
        one.post(&hit_path(nowhere, act), Value::Null).await.is(404, "not-found");
    }
    one.post(&hit_path(nowhere, "decision"), suspicion()).await.is(404, "not-found");
    one.post("/hits/1'%20or%201=1/claim", Value::Null).await.is(404, "not-found");
    one.get("/hits/%00").await.is(404, "not-found");
}
