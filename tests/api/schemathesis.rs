//! Opt-in (`make test-api`): Schemathesis makes requests from the OpenAPI document and sends them to a real server, with a token
//! of each role. No answer may be a fault or one that the document does not describe.

use std::path::{Path, PathBuf};

use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::*;

/// What is checked. Left out is only that everything that fits the schema is taken: most of it is refused for where a hit stands.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,negative_data_rejection,unsupported_method,allow_header_conformance,\
                      ignored_auth";

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_a_fault_or_undocumented() {
    let Some(dir) = std::env::var_os("NETRAL_SCHEMATHESIS_DIR").map(PathBuf::from) else {
        println!("skipped: set NETRAL_SCHEMATHESIS_DIR, see `make test-api`");
        return;
    };
    let world = world().await;
    let pool = world.db.store.pool();
    seed(&world).await;
    let config = dir.canonicalize().unwrap().join("ids.toml");
    std::fs::write(&config, ids(&world).await).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let served = tokio::spawn(web::serve(listener, world.state.clone(), stop.clone().cancelled_owned()));
    let mut failed = Vec::new();
    for login in ["peninjau1", "verifikator", "ketua", "operator", "auditor", "katakunci", "kepala", "admin"] {
        let token = token(&world, login, Scope::ALL).await;
        if !passes(&dir, &config, &format!("http://{address}"), &token).await {
            failed.push(login);
        }
        // The next role finds work, too.
        for sql in
            ["update hit set claimed_by = null, claimed_until = null where state = 'open'", "delete from hit_mark"]
        {
            sqlx::query(sql).execute(pool).await.unwrap();
        }
    }
    stop.cancel();
    served.await.unwrap().unwrap();
    let answered: i64 = sqlx::query_scalar("select count(*) from api_answer").fetch_one(pool).await.unwrap();
    println!("answers kept under a key: {answered}");
    assert!(failed.is_empty(), "as {}", failed.join(", "));
    // It came past the ids: what has one was looked at.
    let mut looks = kinds(&world, "^(hit|group|clarification|tip|person)[.]viewed$").await;
    looks.sort_unstable();
    looks.dedup();
    assert_eq!(looks, ["clarification.viewed", "group.viewed", "hit.viewed", "person.viewed", "tip.viewed"]);
}

async fn passes(dir: &Path, config: &Path, url: &str, token: &str) -> bool {
    let dir = dir.canonicalize().unwrap();
    let examples = std::env::var("NETRAL_SCHEMATHESIS_EXAMPLES").unwrap_or_else(|_| "50".to_owned());
    let status = Command::new(dir.join("bin/schemathesis"))
        .current_dir(&dir)
        .arg("--config-file")
        .arg(config)
        .args(["run", &format!("{url}{API_BASE}/openapi.json"), "--origin", url])
        .args(["--checks", CHECKS, "--max-examples", &examples, "--seed", "20291001", "--continue-on-failure"])
        .args(["--header", &format!("Authorization: Bearer {token}"), "--suppress-health-check", "all"])
        .args(["--output-sanitize", "true", "--warnings", "off", "--no-color"])
        .status()
        .await
        .unwrap();
    status.success()
}

/// Something of everything: a question that waits, a tip with its screenshot, a conflict, a hit to practise with, a kept filter.
async fn seed(world: &World) {
    let store = &world.db.store;
    let (one, two) = (user(world, "peninjau2").await, user(world, "verifikator").await);
    let hit = world.hit("long");
    for reader in [&one, &two] {
        store.claim_hit(hit, reader, jiff::SignedDuration::from_mins(5)).await.unwrap();
        let draft = netral::store::DecisionDraft {
            hit,
            outcome: netral::model::Outcome::Suspected,
            clause: Some("C.2.e".into()),
            reason_code: netral::model::ReasonCode::Endorsement,
            note: "Mengajak memilih secara terbuka.".into(),
        };
        store.decide(reader, &draft, crate::support::RULES).await.unwrap();
    }
    let tip = netral::store::NewTip {
        person: world.person,
        url: None,
        text: "Ayo pilih nomor 2".into(),
        picture: Some(netral::store::Picture { kind: "image/png".into(), bytes: b"\x89PNG\r\n\x1a\nisi".to_vec() }),
        looks: None,
        reporter: "Warga Uji".into(),
        channel: netral::model::TipChannel::Letter,
        seen_at: jiff::Timestamp::now(),
        posted_at: None,
    };
    store.add_tip(&tip, "operator").await.unwrap();
    let others = store.persons_by_number("P003").await.unwrap();
    store.note_conflict(&two, others[0], "saudara kandung").await.unwrap();
    let lead = user(world, "ketua").await;
    let known = world.hit("share");
    store.claim_hit(known, &one, jiff::SignedDuration::from_mins(5)).await.unwrap();
    let dismissed = netral::store::DecisionDraft {
        hit: known,
        outcome: netral::model::Outcome::NotSuspected,
        clause: None,
        reason_code: netral::model::ReasonCode::Information,
        note: String::new(),
    };
    store.decide(&one, &dismissed, crate::support::RULES).await.unwrap();
    let marked = store.mark_golden(&lead, known, "Ini berita.").await.unwrap();
    assert_eq!(marked, netral::store::GoldenEnd::Marked);
    let view = netral::store::SavedView { name: "Gambar".into(), query: "huruf=C.2.f".into() };
    store.save_view(one.user_id, &view).await.unwrap();
}

/// Ids that are there, which it takes for the parts of paths as often as ones that it makes up.
async fn ids(world: &World) -> String {
    let mut ids: Vec<(&str, Vec<String>)> = vec![
        ("hit_id", world.hits.values().map(ToString::to_string).collect()),
        ("person_id", vec![world.person.to_string()]),
        ("group_id", vec![world.group.to_string()]),
        ("set", vec!["partai-2024".to_owned()]),
        ("platform", vec!["bluesky".to_owned()]),
    ];
    for (part, sql) in [
        ("clarification_id", "select clarification_id::text from clarification"),
        ("conflict_id", "select conflict_id::text from conflict_of_interest"),
        ("golden_id", "select golden_id::text from golden_item"),
        ("tip_id", "select tip_id::text from tip"),
        ("user_id", "select user_id::text from app_user"),
    ] {
        let found: Vec<String> = sqlx::query_scalar(sql).fetch_all(world.db.store.pool()).await.unwrap();
        assert!(!found.is_empty(), "{part}");
        ids.push((part, found));
    }
    let mut config = String::new();
    for (part, values) in &ids {
        config += &format!("[dictionaries.{part}]\nvalues = {values:?}\n");
    }
    config += "[parameters]\n";
    for (part, _) in &ids {
        config += &format!("\"path.{part}\" = {{ dictionary = \"{part}\", probability = 0.5 }}\n");
    }
    config
}
