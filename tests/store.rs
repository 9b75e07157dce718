//! What must always hold, each with an attempt to break it, on a real Postgres.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp, ToSpan};
use netral::evidence::ledger::{Entry, Verifier, hex};
use netral::model::{
    AccountId, Activity, Hit, HitId, Kind, Level, Match, Outcome, Part, ReasonCode, Role, Score, Severity, Stance,
    UserId, Verb,
};
use netral::store::{
    Advance, Batch, Claim, CursorMove, DecideOutcome, DecisionDraft, NewActivity, PassEnd, Program, QueueFilter,
    QueuePart, Receipt, Store, StoreError, Wanted,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::support::{self, TestDb};

const LEASE: SignedDuration = SignedDuration::from_secs(300);

fn hit(score: i16) -> Hit {
    Hit {
        severity: Severity(1),
        set: "pilkada-uji".into(),
        version: "ab".repeat(32).into(),
        clause: "C.2.e".into(),
        also: vec!["C.2.f".into()],
        stage: "kampanye".into(),
        verb: Verb::Post,
        level: if score >= 50 { Level::Review } else { Level::Context },
        score: Score(score),
        sides: vec!["paslon-1".into()],
        stance: BTreeMap::from([("paslon-1".to_owned(), Stance::Support)]),
        parties: Vec::new(),
        matches: vec![Match {
            keyword: "paslon-1-nama".into(),
            kind: Kind::Candidate,
            field: "text".into(),
            start: 0,
            end: 5,
            surface: "Wiraa".into(),
        }],
        parts: vec![Part { why: "nama calon".into(), add: Score(score) }],
        reason: "menyebut nama calon".into(),
        counter: Vec::new(),
        more_matches: 0,
    }
}

fn activity(account: AccountId, id: &str, hits: Vec<Hit>) -> NewActivity {
    let posted = Timestamp::now() - 1.hour();
    NewActivity {
        account_id: account,
        activity: Activity {
            id: id.into(),
            text: "Wiraa juara".into(),
            posted_at: Some(posted),
            ..Activity::default()
        },
        raw: format!("{{\"id\":\"{id}\"}}").into_bytes(),
        seen_at: Timestamp::now(),
        hits,
    }
}

fn batch(program: &Program, activities: Vec<NewActivity>) -> Batch<'_> {
    Batch { activities, ..Batch::new(program, "bluesky") }
}

async fn count(store: &Store, table: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}"))).fetch_one(store.pool()).await.unwrap()
}

/// Runs a statement that the schema must refuse, and returns the name of the rule that did.
async fn refused(store: &Store, sql: &str) -> String {
    let error = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(store.pool()).await.unwrap_err();
    let sqlx::Error::Database(db) = error else { panic!("not refused by the database: {error}") };
    db.constraint().map_or_else(|| db.message().to_owned(), str::to_owned)
}

struct World {
    db: TestDb,
    program: Program,
    accounts: Vec<AccountId>,
}

async fn world() -> World {
    let db = TestDb::new().await;
    let program = support::program(&db.store).await;
    let accounts = support::accounts(&db.store, 3).await;
    support::published_set(&db.store).await;
    World { db, program, accounts }
}

// ---- 1: only accounts in the register, active on that day

#[tokio::test]
async fn an_account_outside_the_register_stores_nothing_but_a_count() {
    let w = world().await;
    let store = &w.db.store;
    sqlx::query("update account set valid_to = current_date - 30 where account_id = $1")
        .bind(w.accounts[1].0)
        .execute(store.pool())
        .await
        .unwrap();
    assert!(store.stop_account("bluesky", "@UJI3.Contoh.example", "operator").await.unwrap());
    let rows = vec![
        activity(w.accounts[0], "a", vec![]),
        activity(w.accounts[1], "b", vec![]), // link ended a month ago
        activity(w.accounts[2], "c", vec![]), // "bukan akun saya"
    ];
    let receipt = store.commit(&batch(&w.program, rows)).await.unwrap();
    assert_eq!(receipt, Receipt { kept: 1, turned_away: 2, ..Receipt::default() });
    assert_eq!(count(store, "activity").await, 1);
    assert_eq!(count(store, "quarantine").await, 0, "turned away means nothing stays");
    let turned_away: i64 = sqlx::query_scalar("select turned_away from intake").fetch_one(store.pool()).await.unwrap();
    assert_eq!(turned_away, 2);
}

#[tokio::test]
async fn an_account_counts_only_after_a_second_person_approved_it() {
    let db = TestDb::new().await;
    db.store.import_register(&[support::register_row(1)], "operator").await.map_err(|(_, e)| e).unwrap();
    assert_eq!(db.store.approve_accounts("operator").await.unwrap(), 0, "nobody approves their own link");
    assert!(db.store.find_account("bluesky", "did:plc:uji1").await.unwrap().is_none());
    let rule = refused(&db.store, "update account set approved_by = linked_by, approved_at = now()").await;
    assert_eq!(rule, "account_four_eyes");
    assert_eq!(db.store.approve_accounts("verifikator").await.unwrap(), 1);
    assert!(db.store.find_account("bluesky", "uji1.contoh.example").await.unwrap().is_some());
}

#[tokio::test]
async fn the_register_rule_holds_against_plain_sql_too() {
    let w = world().await;
    let store = &w.db.store;
    store.commit(&batch(&w.program, vec![activity(w.accounts[0], "a", vec![])])).await.unwrap();
    let outside =
        "insert into activity select account_id, gen_random_uuid(), program_id, 'x', verb, text, url, happened_at,
        now() - interval '20 years', seen_at, media, target, hashtags, mentions, raw, raw_sha256 from activity";
    assert_eq!(refused(store, outside).await, "activity_in_register");
    assert_eq!(
        refused(store, "update activity set posted_at = now() - interval '20 years'").await,
        "activity_identity"
    );
}

// ---- 2: nothing outside an approved program

#[tokio::test]
async fn nothing_is_stored_outside_an_approved_running_program() {
    let w = world().await;
    let store = &w.db.store;
    sqlx::query("update program set ends_on = current_date - 2, starts_on = current_date - 30")
        .execute(store.pool())
        .await
        .unwrap();
    assert!(store.active_program().await.unwrap().is_none());
    let receipt = store.commit(&batch(&w.program, vec![activity(w.accounts[0], "a", vec![])])).await.unwrap();
    assert_eq!((receipt.kept, receipt.turned_away), (0, 1));
}

#[tokio::test]
async fn a_program_needs_assessment_notice_and_a_second_person() {
    let w = world().await;
    let unfinished =
        "insert into program (program_id, title, legal_basis, starts_on, ends_on, created_by, approved_by, approved_at)
        values (gen_random_uuid(), 't', 'SE 1', current_date, current_date, 'a', 'b', now())";
    assert_eq!(refused(&w.db.store, unfinished).await, "program_approved_is_complete");
    let alone = "update program set approved_by = created_by";
    assert_eq!(refused(&w.db.store, alone).await, "program_four_eyes");
}

// ---- 3: one transaction, and twice the same is one row

#[tokio::test]
async fn twice_the_same_activity_is_one_row() {
    let w = world().await;
    let store = &w.db.store;
    let page = || vec![activity(w.accounts[0], "a", vec![hit(80)]), activity(w.accounts[0], "b", vec![])];
    assert_eq!(store.commit(&batch(&w.program, page())).await.unwrap().kept, 2);
    let again = store.commit(&batch(&w.program, page())).await.unwrap();
    assert_eq!(again, Receipt { known: 2, ..Receipt::default() });
    assert_eq!((count(store, "activity").await, count(store, "hit").await), (2, 1));
    // Twice within one page, too.
    let twice = vec![activity(w.accounts[0], "c", vec![]), activity(w.accounts[0], "c", vec![])];
    assert_eq!(store.commit(&batch(&w.program, twice)).await.unwrap().kept, 1);
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_writes_nothing() {
    let w = world().await;
    let store = &w.db.store;
    let (slow, quick) = (Uuid::now_v7(), Uuid::now_v7());
    let platforms = [Wanted { platform: "bluesky".to_owned(), most: 10, needs_ground: false }];
    let leased = store.lease_due(slow, &platforms, 10, SignedDuration::from_millis(50)).await.unwrap();
    assert_eq!(leased.len(), 3);
    assert!(
        store.lease_due(quick, &platforms, 10, LEASE).await.unwrap().is_empty(),
        "nobody else gets a leased account"
    );
    tokio::time::sleep(std::time::Duration::from_millis(120)).await;
    assert_eq!(
        store.lease_due(quick, &platforms, 10, LEASE).await.unwrap().len(),
        3,
        "a dead worker's accounts are free"
    );
    let page = |worker| Batch {
        cursor: Some(Advance::Account(CursorMove {
            account_id: w.accounts[0],
            worker,
            cursor: "7".into(),
            handle: None,
            done: Some(PassEnd { due_in: LEASE, interval_seconds: 60 }),
        })),
        ..batch(&w.program, vec![activity(w.accounts[0], "a", vec![hit(80)])])
    };
    let lost = store.commit(&page(slow)).await.unwrap_err();
    assert!(matches!(lost, StoreError::Conflict { ref constraint } if constraint == "collector_lease_lost"));
    assert_eq!(
        (count(store, "activity").await, count(store, "hit").await),
        (0, 0),
        "cursor, activities and hits go together"
    );
    assert_eq!(store.commit(&page(quick)).await.unwrap().kept, 1);
}

#[tokio::test]
async fn pages_stay_on_one_connection_until_it_is_lost() {
    let w = world().await;
    let store = &w.db.store;
    let page = |id: &str| batch(&w.program, vec![activity(w.accounts[0], id, vec![])]);
    let written_by = async || {
        let by = "select pid from pg_stat_activity where datname = current_database() and query ~ 'keep[_]page'";
        sqlx::query_scalar::<_, i32>(by).fetch_all(store.pool()).await.unwrap()
    };
    for id in ["a", "b", "c"] {
        assert_eq!(store.commit(&page(id)).await.unwrap().kept, 1);
    }
    let first = written_by().await;
    assert_eq!(first.len(), 1, "a pool would have lent one after the other");
    sqlx::query("select pg_terminate_backend($1, 5000)").bind(first[0]).execute(store.pool()).await.unwrap();
    let lost = store.commit(&page("d")).await.unwrap_err();
    assert!(matches!(lost, StoreError::Unavailable(_)), "just used, so trusted: {lost}");
    assert_eq!(store.commit(&page("d")).await.unwrap().kept, 1, "whoever tries again writes on another");
    let second = written_by().await;
    sqlx::query("select pg_terminate_backend($1, 5000)").bind(second[0]).execute(store.pool()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(store.commit(&page("e")).await.unwrap().kept, 1, "after a rest it is asked first whether it is there");
    let (f, g) = (page("f"), page("g"));
    let (f, g) = tokio::join!(store.commit(&f), store.commit(&g));
    assert_eq!((f.unwrap().kept, g.unwrap().kept), (1, 1), "two at once write on two");
    assert_eq!(count(store, "activity").await, 7);
}

#[tokio::test]
async fn one_poison_row_costs_only_itself_and_is_kept_with_its_bytes() {
    let w = world().await;
    let store = &w.db.store;
    for position in [0, 1, 499, 999] {
        let mut rows: Vec<_> = (0..1000).map(|i| activity(w.accounts[0], &format!("{position}-{i}"), vec![])).collect();
        rows[position].activity.id = "x".repeat(600);
        let receipt = store.commit(&batch(&w.program, rows)).await.unwrap();
        assert_eq!((receipt.kept, receipt.rejected), (999, 1), "poison at {position}");
    }
    let (raw, reason): (Vec<u8>, String) =
        sqlx::query_as("select raw, reason from quarantine order by at limit 1").fetch_one(store.pool()).await.unwrap();
    assert_eq!(netral::store::unpack(&raw).unwrap(), b"{\"id\":\"0-0\"}");
    assert!(reason.contains("activity_external_check"), "{reason}");
}

#[tokio::test]
async fn a_program_that_keeps_nothing_without_a_hit_stores_only_hits() {
    let mut w = world().await;
    w.program.rescan_days = 0;
    let rows = vec![activity(w.accounts[0], "a", vec![hit(80)]), activity(w.accounts[0], "b", vec![])];
    let receipt = w.db.store.commit(&batch(&w.program, rows)).await.unwrap();
    assert_eq!(receipt, Receipt { kept: 1, passed: 1, hits: 1, ..Receipt::default() });
}

#[tokio::test]
async fn nul_is_stored_as_a_substitute_of_equal_width() {
    let w = world().await;
    let mut row = activity(w.accounts[0], "a", vec![hit(80)]);
    row.activity.text = "Wiraa\0x".into();
    row.activity = row.activity.storable();
    assert_eq!(w.db.store.commit(&batch(&w.program, vec![row])).await.unwrap().kept, 1);
    let text: String = sqlx::query_scalar("select text from activity").fetch_one(w.db.store.pool()).await.unwrap();
    assert_eq!(text, "Wiraa\u{1a}x");
}

// ---- 4: a hit explains itself, and a published set never changes

#[tokio::test]
async fn a_hit_without_match_span_set_clause_or_stage_is_refused() {
    let w = world().await;
    let store = &w.db.store;
    store.commit(&batch(&w.program, vec![activity(w.accounts[0], "a", vec![hit(80)])])).await.unwrap();
    for (column, value, rule) in [
        ("matches", "'[]'", "hit_matches_check"),
        ("matches", "'[{\"keyword\":\"k\",\"field\":\"text\",\"start\":1}]'", "hit_matches_check"),
        (
            "matches",
            "'[{\"keyword\":\"k\",\"field\":\"text\",\"start\":5,\"end\":1,\"surface\":\"\"}]'",
            "hit_matches_check",
        ),
        ("clause", "''", "hit_explained"),
        ("stage", "''", "hit_explained"),
        ("reason", "''", "hit_explained"),
        ("set_version", "'unknown'", "hit_set_fkey"),
        ("score", "120", "hit_score_check"),
        ("score", "10", "hit_score_check"),
        ("level", "'context'", "hit_queue_check"),
        ("state", "'background'", "hit_queue_check"),
    ] {
        assert_eq!(refused(store, &format!("update hit set {column} = {value}")).await, rule, "{column} = {value}");
    }
}

#[tokio::test]
async fn a_published_set_never_changes() {
    let w = world().await;
    for sql in
        ["update keyword_set set sources = '[]'", "update keyword_set set title = 'x'", "delete from keyword_set"]
    {
        assert_eq!(refused(&w.db.store, sql).await, "keyword_set_immutable", "{sql}");
    }
    // Another version replaces it; the old one stays readable.
    let mut next = support::published_set(&w.db.store).await;
    next.version = "cd".repeat(32);
    support::publish_row(&w.db.store, &next).await;
    assert_eq!(w.db.store.live_sets().await.unwrap().len(), 1);
    assert_eq!(count(&w.db.store, "keyword_set").await, 2);
}

// ---- 5: a claim is a lease, and two people never hold one hit

#[tokio::test]
async fn two_people_never_hold_one_hit() {
    let w = world().await;
    let store = &w.db.store;
    let rows = (0..40).map(|i| activity(w.accounts[i % 3], &format!("a{i}"), vec![hit(50 + (i as i16))])).collect();
    store.commit(&batch(&w.program, rows)).await.unwrap();
    let mut people = Vec::new();
    for i in 0..8 {
        people.push(support::user(store, &format!("peninjau{i}"), Role::Reviewer).await);
    }
    let claims = people.iter().map(|person| async move {
        let mut mine = Vec::new();
        while let Some(hit) = store.claim_next(person, LEASE).await.unwrap() {
            mine.push(hit);
        }
        mine
    });
    let claimed: Vec<HitId> = futures::future::join_all(claims).await.concat();
    assert_eq!(claimed.len(), 40);
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 40, "no hit was handed out twice");
}

#[tokio::test]
async fn a_lease_runs_out_and_can_be_extended_and_given_back() {
    let w = world().await;
    let store = &w.db.store;
    store.commit(&batch(&w.program, vec![activity(w.accounts[0], "a", vec![hit(80)])])).await.unwrap();
    let (one, two) =
        (support::user(store, "satu", Role::Reviewer).await, support::user(store, "dua", Role::Reviewer).await);
    let id = store.claim_next(&one, LEASE).await.unwrap().unwrap();
    assert!(
        matches!(store.claim_hit(id, &two, LEASE).await.unwrap(), Claim::HeldByOther { name, .. } if name == "satu")
    );
    assert!(matches!(store.claim_hit(id, &one, SignedDuration::from_millis(30)).await.unwrap(), Claim::Held { .. }));
    tokio::time::sleep(std::time::Duration::from_millis(80)).await;
    assert_eq!(
        store.decide(&one, &draft(id), support::RULES).await.unwrap(),
        DecideOutcome::NotClaimed,
        "the lease ran out"
    );
    assert!(matches!(store.claim_hit(id, &two, LEASE).await.unwrap(), Claim::Held { .. }));
    assert_eq!(store.decide(&one, &draft(id), support::RULES).await.unwrap(), DecideOutcome::HeldByOther);
    assert!(!store.release_hit(id, &one).await.unwrap());
    assert!(store.release_hit(id, &two).await.unwrap());
    assert_eq!(store.claim_next(&one, LEASE).await.unwrap(), Some(id));
}

fn draft(hit: HitId) -> DecisionDraft {
    DecisionDraft {
        hit,
        outcome: Outcome::Suspected,
        clause: Some("C.2.e".into()),
        reason_code: ReasonCode::Endorsement,
        note: "ajakan memilih yang jelas".into(),
    }
}

// ---- decisions: forced by the schema, append-only

#[tokio::test]
async fn a_decision_needs_clause_reason_and_note_and_is_final() {
    let w = world().await;
    let store = &w.db.store;
    store.commit(&batch(&w.program, vec![activity(w.accounts[0], "a", vec![hit(80)])])).await.unwrap();
    let person = support::user(store, "satu", Role::Reviewer).await;
    let id = store.claim_next(&person, LEASE).await.unwrap().unwrap();
    for (bad, rule) in [
        (DecisionDraft { clause: None, ..draft(id) }, "decision_clause_check"),
        (DecisionDraft { note: "ya".into(), ..draft(id) }, "decision_note_check"),
        (DecisionDraft { reason_code: ReasonCode::OtherMeaning, ..draft(id) }, "decision_reason_check"),
    ] {
        let error = store.decide(&person, &bad, support::RULES).await.unwrap_err();
        assert!(matches!(&error, StoreError::Conflict { constraint } if constraint == rule), "{error:?}");
    }
    assert!(matches!(store.decide(&person, &draft(id), support::RULES).await.unwrap(), DecideOutcome::Decided(..)));
    assert_eq!(store.decide(&person, &draft(id), support::RULES).await.unwrap(), DecideOutcome::NotClaimed);
    let mine = QueueFilter { part: QueuePart::For(person.user_id), ..QueueFilter::default() };
    assert!(store.queue_page(&mine, None, 10).await.unwrap().is_empty(), "it waits for somebody else");
    assert_eq!(store.queue_page(&QueueFilter::default(), None, 10).await.unwrap().len(), 1);
    for sql in ["update decision set note = 'lain sekali'", "delete from decision", "truncate decision cascade"] {
        assert_eq!(refused(store, sql).await, "decision_append_only", "{sql}");
    }
    let page = store.hit_page(id, person.user_id).await.unwrap().unwrap();
    assert_eq!((page.decisions.len(), page.decisions[0].outcome), (1, Outcome::Suspected));
}

// ---- the queue

#[tokio::test]
async fn the_queue_is_ordered_and_pages_do_not_overlap() {
    let w = world().await;
    let store = &w.db.store;
    let rows =
        (0..30).map(|i| activity(w.accounts[i % 3], &format!("a{i}"), vec![hit([55, 90, 70, 20][i % 4])])).collect();
    store.commit(&batch(&w.program, rows)).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.queue_page(&QueueFilter::default(), after, 7).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key());
        seen.extend(page.iter().map(|r| (r.score, r.hit_id)));
    }
    assert_eq!(seen.len(), 23, "context never queues");
    assert!(seen.windows(2).all(|w| w[0].0 > w[1].0 || (w[0].0 == w[1].0 && w[0].1 < w[1].1)));
    assert_eq!(seen.iter().map(|s| s.1).collect::<HashSet<_>>().len(), 23);
}

// ---- 7: the ledger

async fn entries(store: &Store) -> Vec<Entry> {
    store.ledger_after(0, 1000).await.unwrap().into_iter().map(Entry::from).collect()
}

#[tokio::test]
async fn the_ledger_of_the_database_verifies_offline_and_refuses_changes() {
    let w = world().await;
    let store = &w.db.store;
    store.commit(&batch(&w.program, vec![activity(w.accounts[0], "a", vec![hit(80)])])).await.unwrap();
    // Many writers at once still make one chain.
    let writers = (0..20).map(|i| {
        let subject = format!("hit/{i}");
        async move { store.record("hit.viewed", "satu", &subject, &serde_json::json!({ "é": "😀" })).await }
    });
    for written in futures::future::join_all(writers).await {
        written.unwrap();
    }
    let rows = entries(store).await;
    let mut verifier = Verifier::new(None);
    for row in &rows {
        verifier.push(row).unwrap();
    }
    let head = verifier.finish().unwrap();
    assert_eq!((head.seq, hex(&store.ledger_head().await.unwrap().1)), (i64::try_from(rows.len()).unwrap(), head.hash));
    for sql in ["update ledger set actor = 'x'", "delete from ledger", "truncate ledger"] {
        assert_eq!(refused(store, sql).await, "ledger_append_only", "{sql}");
    }
    let forged = "insert into ledger select seq + 1, at, kind, actor, subject, detail, hash, hash from ledger order by seq desc limit 1";
    assert_eq!(refused(store, forged).await, "ledger_chain");
}

#[tokio::test]
async fn a_change_behind_the_triggers_is_found_by_the_verifier() {
    let w = world().await;
    let store = &w.db.store;
    // Whoever owns the database can switch triggers off; the chain still tells.
    let mut owner = store.pool().acquire().await.unwrap();
    for sql in ["alter table ledger disable trigger all", "update ledger set actor = 'orang-lain' where seq = 2"] {
        sqlx::query(sql).execute(&mut *owner).await.unwrap();
    }
    let mut verifier = Verifier::new(None);
    let fault = entries(store).await.iter().find_map(|row| verifier.push(row).err()).unwrap();
    assert_eq!(fault.to_string(), "row 2 was changed after it was written");
}

// ---- 8: forgetting

#[tokio::test]
async fn what_outlived_its_window_goes_and_a_minute_says_so() {
    let w = world().await;
    let store = &w.db.store;
    let old = |id: &str, hits| {
        let mut row = activity(w.accounts[0], id, hits);
        row.seen_at = Timestamp::now() - 480.hours();
        row
    };
    let rows = vec![
        old("plain", vec![]),
        old("context", vec![hit(20)]),
        old("open", vec![hit(80)]),
        old("dismissed", vec![hit(90)]),
        activity(w.accounts[0], "fresh", vec![]),
    ];
    assert_eq!(store.commit(&batch(&w.program, rows)).await.unwrap().kept, 5);
    let person = support::user(store, "satu", Role::Reviewer).await;
    let first = store.claim_next(&person, LEASE).await.unwrap().unwrap();
    let dismissal = DecisionDraft {
        outcome: Outcome::NotSuspected,
        clause: None,
        reason_code: ReasonCode::OtherMeaning,
        note: String::new(),
        ..draft(first)
    };
    assert!(matches!(store.decide(&person, &dismissal, support::RULES).await.unwrap(), DecideOutcome::Decided(..)));

    let swept = store.forget("operator").await.unwrap();
    assert_eq!((swept.activities, swept.dismissed), (2, 0), "a fresh dismissal keeps its content for a while");
    sqlx::query("update program set dismissed_days = 0").execute(store.pool()).await.unwrap();
    let swept = store.forget("operator").await.unwrap();
    assert_eq!((swept.activities, swept.dismissed), (0, 1));
    assert!(store.forget("operator").await.unwrap().is_empty(), "twice forgets nothing more");

    let left: Vec<(String, String, i32)> =
        sqlx::query_as("select external_id, text, octet_length(raw) from activity order by 1")
            .fetch_all(store.pool())
            .await
            .unwrap();
    let names: Vec<_> = left.iter().map(|r| r.0.as_str()).collect();
    assert_eq!(names, ["dismissed", "fresh", "open"]);
    assert_eq!((left[0].1.as_str(), left[0].2), ("", 0), "nothing of a dismissed post is left");
    let surfaces: i64 =
        sqlx::query_scalar("select count(*) from hit where jsonb_path_exists(matches, '$[*].surface ? (@ != \"\")')")
            .fetch_one(store.pool())
            .await
            .unwrap();
    assert_eq!(surfaces, 1, "only the open hit still quotes its post");
    let page = store.hit_page(first, person.user_id).await.unwrap().unwrap();
    assert_eq!((page.decisions.len(), page.activity.text.as_str()), (1, ""), "the decision stays");
    let minutes: i64 = sqlx::query_scalar("select count(*) from ledger where kind = 'retention.swept'")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(minutes, 2);
}

// ---- 11: three clocks

#[tokio::test]
async fn the_three_clocks_are_kept_apart() {
    let w = world().await;
    let store = &w.db.store;
    let now = Timestamp::now();
    let mut row = activity(w.accounts[0], "a", vec![hit(80)]);
    row.activity.happened_at = Some(now - 240.hours());
    row.activity.posted_at = Some(now - 5.hours());
    row.seen_at = now;
    let clocks = (row.activity.happened_at, row.activity.posted_at, row.seen_at);
    store.commit(&batch(&w.program, vec![row])).await.unwrap();
    let id: Uuid = sqlx::query_scalar("select hit_id from hit").fetch_one(store.pool()).await.unwrap();
    let page = store.hit_page(HitId(id), UserId::new()).await.unwrap().unwrap().activity;
    let micro = |t: Option<Timestamp>| t.map(|t| t.as_microsecond());
    assert_eq!(micro(page.happened_at), micro(clocks.0));
    assert_eq!(micro(page.posted_at), micro(clocks.1));
    assert_eq!(micro(page.seen_at), micro(Some(clocks.2)));
    for column in ["happened_at", "posted_at", "seen_at"] {
        assert_eq!(refused(store, &format!("update activity set {column} = now()")).await, "activity_identity");
    }
}

// ---- log-ins

#[tokio::test]
async fn a_session_ends_with_log_out_with_the_user_and_with_time() {
    let db = TestDb::new().await;
    let store = &db.store;
    let person = support::user(store, "satu", Role::Reviewer).await;
    let idle = SignedDuration::from_hours(1);
    store.open_session(&person, [1; 32], SignedDuration::from_hours(8), netral::store::Entry::default()).await.unwrap();
    assert_eq!(store.session([1; 32], idle).await.unwrap().map(|s| s.user).as_ref(), Some(&person));
    assert!(store.session([2; 32], idle).await.unwrap().is_none());
    assert!(store.session([1; 32], SignedDuration::ZERO).await.unwrap().is_none(), "idle too long");
    store.close_session([1; 32]).await.unwrap();
    assert!(store.session([1; 32], idle).await.unwrap().is_none());
    store.open_session(&person, [3; 32], SignedDuration::from_hours(8), netral::store::Entry::default()).await.unwrap();
    assert!(store.set_user_disabled("satu", true, "admin").await.unwrap());
    assert!(store.session([3; 32], idle).await.unwrap().is_none());
    assert!(store.credentials("satu").await.unwrap().is_none());
}
