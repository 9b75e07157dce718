//! What all workers do together: limits, pauses, faults, grounds; what becomes of an account and of a post after it was
//! first read; campaign accounts read from the other side.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use netral::model::{Account, Activity, Verb};
use netral::pipeline::{Audience, CollectConfig, Collector, Lists};
use netral::source::http::{Charge, Request};
use netral::source::{
    AccountState, Campaign, Cursor, Fact, FactKind, Http, HttpConfig, Item, Limit, Page, Per, Source, SourceError,
    SourcesConfig,
};
use netral::store::Store;
use tokio_util::sync::CancellationToken;

use crate::source::server::{Server, json};
use crate::support::TestDb;
use crate::world::{did, prepare};

type Answer = Result<Page, SourceError>;

/// A source that answers what a test says.
struct Scripted<F, G> {
    platform: &'static str,
    fetch: F,
    audience: G,
}

#[async_trait]
impl<F, G> Source for Scripted<F, G>
where
    F: Fn(&Account, &Cursor) -> Answer + Send + Sync,
    G: Fn(&Campaign, &Cursor) -> Answer + Send + Sync,
{
    fn platform(&self) -> &'static str {
        self.platform
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Answer {
        (self.fetch)(account, cursor)
    }

    fn shows_audience(&self) -> bool {
        true
    }

    async fn audience(&self, campaign: &Campaign, cursor: &Cursor) -> Answer {
        (self.audience)(campaign, cursor)
    }
}

fn scripted(fetch: impl Fn(&Account, &Cursor) -> Answer + Send + Sync + 'static) -> Vec<Arc<dyn Source>> {
    vec![Arc::new(Scripted { platform: "bluesky", fetch, audience: |_: &Campaign, _: &Cursor| Ok(Page::default()) })]
}

fn transient() -> SourceError {
    SourceError::Transient { retry_after: None, cause: "502".into() }
}

fn item(id: &str, text: &str) -> Item {
    let activity = Activity {
        id: id.to_owned(),
        text: text.to_owned(),
        posted_at: Some(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(2)),
        ..Activity::default()
    };
    Item { activity, raw: format!("{{\"id\":\"{id}\",\"text\":\"{text}\"}}").into_bytes() }
}

/// A database with program, lists and `accounts` accounts.
struct Ready {
    db: TestDb,
    _dir: tempfile::TempDir,
    lists: Lists,
}

impl Ready {
    async fn new(accounts: u32) -> Self {
        let db = TestDb::new().await;
        let dir = tempfile::tempdir().unwrap();
        prepare(&db.store, dir.path()).await;
        crate::world::register(&db.store, accounts).await;
        let lists = Lists::follow(db.store.clone(), CancellationToken::new()).await.unwrap();
        Self { db, _dir: dir, lists }
    }

    fn store(&self) -> &Store {
        &self.db.store
    }

    fn collector(&self, sources: Vec<Arc<dyn Source>>) -> Collector {
        let config = CollectConfig { lease_seconds: 5, ..CollectConfig::default() };
        Collector::new(self.store().clone(), sources, self.lists.clone(), config)
    }

    async fn one<T>(&self, sql: &'static str) -> T
    where
        T: Send + Unpin,
        (T,): for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
    {
        sqlx::query_as::<_, (T,)>(sql).fetch_one(self.store().pool()).await.unwrap().0
    }

    async fn due(&self) {
        self.store().make_due(None).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_kept_by_all_workers_together() {
    let db = TestDb::new().await;
    let arrivals = Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = Arc::clone(&arrivals);
    let server = Server::start(move |_| {
        noted.lock().unwrap().push(Instant::now());
        json(&serde_json::json!({}))
    })
    .await;
    let config = HttpConfig { allow_private: vec![server.authority()], ..HttpConfig::default() };
    let limit = Limit { bucket: "requests", units: 20, per: Per::Window(Duration::from_secs(4)) };
    let mut workers = Vec::new();
    for _ in 0..3 {
        // Each with a client and a connection pool of its own, as processes have them.
        let http = Http::new(&config).unwrap();
        let pace = netral::pipeline::SharedPace::new(db.store.clone(), "uji", vec![limit.clone()]);
        let (http, url) = (http.paced(Arc::new(pace)), server.url());
        workers.push(tokio::spawn(async move {
            let mut sent = 0;
            while sent < 14 {
                match http.send(Request::get(url.parse().unwrap(), "*/*")).await {
                    Ok(_) => sent += 1,
                    Err(error) => {
                        let SourceError::Paced { wait } = error.into() else { panic!() };
                        tokio::time::sleep(wait).await;
                    }
                }
            }
        }));
    }
    for worker in workers {
        worker.await.unwrap();
    }
    let arrivals = arrivals.lock().unwrap().clone();
    assert_eq!(arrivals.len(), 42);
    for (i, begin) in arrivals.iter().enumerate() {
        let inside = arrivals[i..].iter().take_while(|at| at.duration_since(*begin) < Duration::from_secs(4)).count();
        assert!(inside <= 20, "{inside} requests within 4 s");
    }
}

#[tokio::test]
async fn a_days_quota_is_counted_in_units_and_ends() {
    use netral::source::http::Pace;
    let db = TestDb::new().await;
    let limit = Limit { bucket: "units", units: 250, per: Per::Day("America/Los_Angeles") };
    let pace = netral::pipeline::SharedPace::new(db.store.clone(), "uji", vec![limit]);
    let charge = Charge { bucket: "units", units: 100 };
    assert!(pace.admit(charge).await.is_ok() && pace.admit(charge).await.is_ok());
    let wait = pace.admit(charge).await.unwrap_err();
    assert!(wait <= Duration::from_secs(25 * 3600), "until midnight there: {wait:?}");
    assert!(pace.admit(Charge { bucket: "units", units: 50 }).await.is_ok(), "what is left may be used");
}

#[tokio::test]
async fn a_service_that_fails_for_everybody_is_left_alone_then_tried_with_one_account() {
    let ready = Ready::new(12).await;
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let failing = ready.collector(scripted(move |_, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        Err(transient())
    }));
    failing.pass(&CancellationToken::new()).await.unwrap();
    let tried = calls.load(Ordering::Relaxed);
    assert!((5..12).contains(&tried), "it stops asking before everybody was tried: {tried}");
    assert_eq!(ready.one::<Option<String>>("select paused_why from source_state").await.as_deref(), Some("fault"));
    // Nobody is given up for a service's fault, and few carry it as their own failure.
    assert_eq!(ready.one::<i64>("select count(*) from collector_state where parked_at is not null").await, 0);

    // The pause is over: one account is tried; it still fails, so the pause doubles.
    sqlx::query("update source_state set paused_until = now()").execute(ready.store().pool()).await.unwrap();
    ready.due().await;
    failing.pass(&CancellationToken::new()).await.unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), tried + 1);

    // It answers again: everybody is read.
    sqlx::query("update source_state set paused_until = now()").execute(ready.store().pool()).await.unwrap();
    ready.due().await;
    let well = ready.collector(scripted(|_, _| Ok(Page::default())));
    assert_eq!(well.pass(&CancellationToken::new()).await.unwrap().read, 12);
    assert_eq!(ready.one::<i32>("select failures from source_state").await, 0);
}

#[tokio::test]
async fn a_service_that_asks_to_wait_again_and_again_is_at_fault() {
    let ready = Ready::new(1).await;
    let down = || SourceError::Down { retry_after: std::time::Duration::from_secs(2), cause: "503".into() };
    let failing = ready.collector(scripted(move |_, _| Err(down())));
    for time in 1..=5 {
        sqlx::query("update source_state set paused_until = now()").execute(ready.store().pool()).await.unwrap();
        ready.due().await;
        failing.pass(&CancellationToken::new()).await.unwrap();
        assert_eq!(ready.one::<i32>("select failures from source_state").await, time);
    }
    assert_eq!(ready.one::<Option<String>>("select paused_why from source_state").await.as_deref(), Some("fault"));
    let long = "select paused_until > now() + interval '20 seconds' from source_state";
    assert!(ready.one::<bool>(long).await, "two seconds are not believed any more");
    // The account has nothing to do with it.
    assert_eq!(ready.one::<i32>("select failures from collector_state").await, 0);
}

#[tokio::test]
async fn a_service_that_refuses_netral_itself_parks_nobody() {
    let ready = Ready::new(3).await;
    let refusing = ready.collector(scripted(|_, _| Err(SourceError::Denied { cause: "set NETRAL_UJI_TOKEN".into() })));
    refusing.pass(&CancellationToken::new()).await.unwrap();
    assert_eq!(ready.one::<i64>("select count(*) from collector_state where parked_at is not null").await, 0);
    assert!(ready.one::<String>("select last_error from source_state").await.contains("NETRAL_UJI_TOKEN"));
    assert!(ready.one::<bool>("select paused_until > now() + interval '20 minutes' from source_state").await);
}

#[tokio::test]
async fn why_an_account_is_not_shown_and_a_new_handle_are_kept_for_the_operator() {
    let ready = Ready::new(2).await;
    let (gone, renamed) = (did(1), did(2));
    let source = ready.collector(scripted(move |account, _| {
        if account.external_id == gone {
            let cause = "no such account".into();
            return Err(SourceError::Unavailable { state: AccountState::Suspended, cause });
        }
        assert_eq!(account.external_id, renamed);
        Ok(Page { handle: Some("nama-baru.contoh.example".to_owned()), ..Page::default() })
    }));
    source.pass(&CancellationToken::new()).await.unwrap();
    let states: Vec<(Option<String>, Option<String>)> = sqlx::query_as(
        "select account_state, seen_handle from collector_state join account using (account_id) order by external_id",
    )
    .fetch_all(ready.store().pool())
    .await
    .unwrap();
    assert_eq!(states, [(Some("suspended".to_owned()), None), (None, Some("nama-baru.contoh.example".to_owned()))]);
}

#[tokio::test]
async fn a_source_that_needs_a_ground_is_read_only_on_one() {
    let ready = Ready::new(1).await;
    sqlx::query("update account set platform = 'x'").execute(ready.store().pool()).await.unwrap();
    sqlx::query("update collector_state set platform = 'x'").execute(ready.store().pool()).await.unwrap();
    let source = |calls: &Arc<AtomicUsize>| -> Vec<Arc<dyn Source>> {
        let calls = Arc::clone(calls);
        let fetch = move |_: &Account, _: &Cursor| {
            calls.fetch_add(1, Ordering::Relaxed);
            Ok(Page::default())
        };
        vec![Arc::new(Scripted { platform: "x", fetch, audience: |_: &Campaign, _: &Cursor| Ok(Page::default()) })]
    };
    let calls = Arc::new(AtomicUsize::new(0));
    let read = async |store: &Store, expected: usize, why: &str| {
        store.make_due(None).await.unwrap();
        ready.collector(source(&calls)).pass(&CancellationToken::new()).await.unwrap();
        assert_eq!(calls.swap(0, Ordering::Relaxed), expected, "{why}");
    };
    read(ready.store(), 0, "nobody has said on what ground").await;
    assert!(ready.store().record_ground("x", "kontrak", "no 1", "operator").await.is_err(), "too few words");
    ready.store().record_ground("x", "Kontrak Enterprise dengan penyedia", "Nomor 12/2029", "operator").await.unwrap();
    read(ready.store(), 1, "the ground is recorded").await;
    ready.store().switch_source("x", false, "operator").await.unwrap();
    read(ready.store(), 0, "it is switched off").await;
    ready.store().switch_source("x", true, "operator").await.unwrap();
    read(ready.store(), 1, "and on again").await;
    assert!(ready.store().end_ground("x", "operator").await.unwrap());
    read(ready.store(), 0, "the ground has ended").await;
}

#[tokio::test]
async fn a_later_version_is_an_act_of_its_own_and_a_deletion_a_fact() {
    let ready = Ready::new(1).await;
    let pass = Arc::new(AtomicUsize::new(0));
    let at = Arc::clone(&pass);
    let source = ready.collector(scripted(move |_, _| {
        let fact = |id: &str, kind| Fact { id: id.to_owned(), kind, at: None, raw: b"{}".to_vec() };
        Ok(match at.fetch_add(1, Ordering::Relaxed) {
            0 => Page { items: vec![item("1", "selamat pagi"), item("2", "hari ini panen")], ..Page::default() },
            1 | 2 => Page {
                items: vec![
                    item("1", "selamat pagi, dukung Danurwenda Sastrobawono, coblos nomor urut 1"),
                    item("2", "hari ini panen"),
                ],
                ..Page::default()
            },
            _ => Page {
                facts: vec![
                    fact("1", FactKind::Deleted),
                    fact("never-seen", FactKind::Deleted),
                    fact("2", FactKind::Unavailable),
                ],
                ..Page::default()
            },
        })
    }));
    let read = async || {
        ready.due().await;
        source.pass(&CancellationToken::new()).await.unwrap().receipt
    };
    assert_eq!((read().await.kept, read().await.kept), (2, 1), "the changed post only");
    let again = read().await;
    assert_eq!((again.kept, again.known), (0, 2), "the same version twice is one row");
    let hit: (String, Option<String>) = sqlx::query_as(
        "select a.text, a.edition_of from hit h join activity a using (account_id, activity_id) where h.state = 'open'",
    )
    .fetch_one(ready.store().pool())
    .await
    .unwrap();
    assert!(hit.0.contains("coblos") && hit.1.as_deref() == Some("1"), "the version that shows it is what people see");
    read().await;
    let facts: Vec<(String, String)> = sqlx::query_as("select external_id, kind from activity_fact order by 1")
        .fetch_all(ready.store().pool())
        .await
        .unwrap();
    assert_eq!(facts, [("1".into(), "deleted".into()), ("2".into(), "unavailable".to_owned())]);
    assert_eq!(ready.one::<i64>("select count(*) from activity where octet_length(raw) > 0").await, 3, "all stay");
}

#[tokio::test]
async fn of_those_who_react_to_a_campaign_only_the_registered_are_kept() {
    let ready = Ready::new(2).await;
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let audience = move |campaign: &Campaign, _: &Cursor| {
        seen.lock().unwrap().push(campaign.handle.clone());
        let like = |n: usize, account: String| {
            let mut item = item(&format!("like:{n}"), "");
            item.activity.verb = Verb::Like;
            item.activity.account = Some(account);
            item.activity.target = Some(netral::model::Target {
                kind: "post".into(),
                handle: Some(campaign.handle.clone()),
                text: Some("Ayo coblos nomor urut 1, Danurwenda Sastrobawono".into()),
                ..netral::model::Target::default()
            });
            item.raw = format!("rahasia-{n}").into_bytes();
            item
        };
        let mut items: Vec<_> = (0..40).map(|n| like(n, did(500 + n))).collect();
        items.push(like(41, did(1)));
        items.push(like(42, "orang2.contoh.example".to_owned()));
        Ok(Page { items, cursor: Cursor::from_text("1"), ..Page::default() })
    };
    let sources: Vec<Arc<dyn Source>> = vec![Arc::new(Scripted {
        platform: "bluesky",
        fetch: |_: &Account, _: &Cursor| Ok(Page::default()),
        audience,
    })];
    let reader = Audience::new(ready.store().clone(), sources, ready.lists.clone(), CollectConfig::default());
    let shutdown = CancellationToken::new();
    while reader.step(&shutdown).await.unwrap() {}
    let asked = asked.lock().unwrap().len();
    assert!(asked >= 1, "the demo's lists name a campaign account");
    assert_eq!(ready.one::<i64>("select count(*) from activity").await, 2);
    assert_eq!(ready.one::<i64>("select count(distinct activity_id) from hit where verb = 'like'").await, 2);
    assert_eq!(ready.one::<i64>("select sum(strangers)::bigint from campaign_state").await, 40 * asked as i64);
    assert_eq!(ready.one::<i64>("select sum(turned_away)::bigint from intake").await, 40 * asked as i64);
    // Not a byte of anybody else, in any table that could hold one.
    let dump = std::process::Command::new("pg_dump").args(["--data-only", "--inserts", &ready.db.url()]).output();
    if let Ok(dump) = dump
        && dump.status.success()
    {
        let text = String::from_utf8_lossy(&dump.stdout).into_owned();
        assert!(text.contains(&did(1)) && !text.contains(&did(500)) && !text.contains("rahasia-3"));
    }
}

#[tokio::test]
async fn a_reader_of_campaign_accounts_that_stops_gives_its_lease_back() {
    let ready = Ready::new(1).await;
    let shutdown = CancellationToken::new();
    let (stop, page) = (shutdown.clone(), AtomicUsize::new(0));
    let audience = move |_: &Campaign, _: &Cursor| {
        stop.cancel();
        let page = page.fetch_add(1, Ordering::Relaxed);
        Ok(Page { cursor: Cursor::from_text(page.to_string()), more: true, ..Page::default() })
    };
    let sources: Vec<Arc<dyn Source>> = vec![Arc::new(Scripted {
        platform: "bluesky",
        fetch: |_: &Account, _: &Cursor| Ok(Page::default()),
        audience,
    })];
    let reader = Audience::new(ready.store().clone(), sources, ready.lists.clone(), CollectConfig::default());
    reader.run(shutdown).await;
    assert_eq!(ready.one::<i64>("select count(*) from campaign_state where cursor <> ''").await, 1, "one was begun");
    assert_eq!(ready.one::<i64>("select count(*) from campaign_state where leased_by is not null").await, 0);
}

#[tokio::test]
async fn every_platform_that_is_built_stands_in_the_coverage_table() {
    let mut config = SourcesConfig::default();
    for (name, slot) in config.secrets() {
        *slot = Some(name.to_owned().into());
    }
    let http = Http::new(&config.http).unwrap();
    for source in netral::source::build(&config, &|_| http.clone()) {
        let row = netral::source::coverage::TABLE.iter().find(|row| row.platform == source.platform());
        let row = row.unwrap_or_else(|| panic!("{} is missing", source.platform()));
        let by_audience = row.verbs().any(|(_, sight)| sight == netral::source::coverage::Sight::Audience);
        assert!(!by_audience || source.shows_audience(), "{} promises an audience", source.platform());
    }
}
