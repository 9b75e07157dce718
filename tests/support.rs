//! What several tests need: a freshly migrated database each, on one real Postgres per test run.

use std::str::FromStr;

use jiff::civil::date;
use netral::keyword::KeywordSet;
use netral::model::{AccountId, PersonStatus, Proof, Role};
use netral::pipeline::Drafts;
use netral::store::{
    Batch, NewAccount, NewActivity, NewPerson, NewProgram, NewUnit, NewUser, Program, Publication, PublishedSet,
    RegisterRow, Signed, Store, User,
};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};

/// A database of one's own, dropped at the end. `make test` starts the server and sets `DATABASE_URL`.
/// No dismissed hit is read a second time, so that a test knows what follows from a decision.
pub const RULES: netral::store::ReviewConfig =
    netral::store::ReviewConfig { deadline_days: 7, clarification_days: 5, reread_percent: 0 };

pub struct TestDb {
    pub store: Store,
    name: String,
    server: PgConnectOptions,
}

impl TestDb {
    pub async fn new() -> Self {
        let url = std::env::var("DATABASE_URL")
            .expect("store tests need a server: run `make test`, or `netral with-postgres -- cargo nextest run`");
        let server = PgConnectOptions::from_str(&url).unwrap().disable_statement_logging();
        let mut admin = server.clone().connect().await.unwrap();
        let template = template(&mut admin, &server).await;
        let name = format!("netral_test_{}", uuid::Uuid::new_v4().simple());
        sqlx::query(sqlx::AssertSqlSafe(format!("create database {name} template {template}")))
            .execute(&mut admin)
            .await
            .unwrap();
        admin.close().await.unwrap();
        let store = Store::connect(server.clone().database(&name), 8).await.unwrap();
        Self { store, name, server }
    }

    /// How another process reaches this database.
    pub fn url(&self) -> String {
        self.server.clone().database(&self.name).to_url_lossy().to_string()
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (name, server) = (self.name.clone(), self.server.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut admin = server.connect().await?;
                sqlx::query(sqlx::AssertSqlSafe(format!("drop database {name} with (force)"))).execute(&mut admin).await
            })
        });
        if dropped.join().is_err() {
            eprintln!("a test database was left behind");
        }
    }
}

/// Made and migrated by the first test that comes; the others wait for it.
async fn template(admin: &mut sqlx::PgConnection, server: &PgConnectOptions) -> String {
    let migrations: Vec<_> = sqlx::migrate!().iter().map(|m| m.checksum.to_vec()).collect();
    let fingerprint: u64 = migrations
        .concat()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    let name = format!("netral_template_{fingerprint:016x}");
    sqlx::query("select pg_advisory_lock(7001)").execute(&mut *admin).await.unwrap();
    let exists: Option<i32> = sqlx::query_scalar("select 1 from pg_database where datname = $1")
        .bind(&name)
        .fetch_optional(&mut *admin)
        .await
        .unwrap();
    if exists.is_none() {
        let unfinished = format!("{name}_new");
        for sql in
            [format!("drop database if exists {unfinished} with (force)"), format!("create database {unfinished}")]
        {
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *admin).await.unwrap();
        }
        let store = Store::connect(server.clone().database(&unfinished), 1).await.unwrap();
        store.migrate().await.unwrap();
        store.pool().close().await;
        sqlx::query(sqlx::AssertSqlSafe(format!("alter database {unfinished} rename to {name}")))
            .execute(&mut *admin)
            .await
            .unwrap();
    }
    sqlx::query("select pg_advisory_unlock(7001)").execute(admin).await.unwrap();
    name
}

/// Writes activities with their hits and finds the copies among them, as a running service does soon after.
pub async fn keep(store: &Store, program: &Program, activities: Vec<NewActivity>) {
    store.commit(&Batch { activities, ..Batch::new(program, "bluesky") }).await.unwrap();
    while store.group_some().await.unwrap() > 0 {}
}

/// An approved program that runs from last year to next year.
pub async fn program(store: &Store) -> Program {
    let today = jiff::Zoned::now().date();
    let new = NewProgram {
        title: "Program uji",
        legal_basis: "SE 1/uji",
        timezone: "Asia/Jakarta",
        starts_on: date(today.year() - 1, 1, 1),
        ends_on: date(today.year() + 1, 12, 31),
        rescan_days: 14,
        dpia_sha256: Some([1; 32]),
        notice_url: Some("https://contoh.example/pemberitahuan"),
    };
    let id = store.propose_program(&new, "operator").await.unwrap();
    assert!(store.approve_program(id, "sekda").await.unwrap());
    store.active_program().await.unwrap().unwrap()
}

/// A register row with one Bluesky account; `n` makes it unique.
pub fn register_row(n: u32) -> RegisterRow {
    RegisterRow {
        unit: NewUnit { code: "D01".into(), name: "Dinas Uji".into(), kind: "dinas".into() },
        person: NewPerson {
            code: format!("P{n:03}"),
            name: format!("Orang Uji {n}"),
            status: PersonStatus::Ppnpn,
            nip: None,
            position: "staf".into(),
            grade: String::new(),
        },
        account: Some(NewAccount {
            platform: "bluesky".into(),
            handle: format!("uji{n}.contoh.example"),
            external_id: format!("did:plc:uji{n}"),
            proof: Proof::Declared,
            proof_note: String::new(),
            valid_from: date(2020, 1, 1),
            valid_to: None,
        }),
    }
}

/// Registers and approves `n` accounts; returns their ids in order.
pub async fn accounts(store: &Store, n: u32) -> Vec<AccountId> {
    let rows: Vec<_> = (1..=n).map(register_row).collect();
    store.import_register(&rows, "operator").await.map_err(|(_, e)| e).unwrap();
    store.approve_accounts("verifikator").await.unwrap();
    let mut ids = Vec::new();
    for i in 1..=n {
        ids.push(store.find_account("bluesky", &format!("did:plc:uji{i}")).await.unwrap().unwrap().account_id);
    }
    ids
}

/// A log-in whose password is not known to anybody.
pub async fn user(store: &Store, login: &str, role: Role) -> User {
    let hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA".to_owned().into();
    let unit_code = (role == Role::UnitHead).then_some("D01");
    let new = NewUser {
        login,
        name: login,
        role,
        unit_code,
        password_hash: &hash,
        language: netral::model::Language::Indonesian,
    };
    store.add_user(&new, "test").await.unwrap();
    store.credentials(login).await.unwrap().unwrap().0
}

/// A published set row that hits can point to.
pub async fn published_set(store: &Store) -> PublishedSet {
    let set = PublishedSet {
        set_id: "pilkada-uji".into(),
        version: "ab".repeat(32),
        title: "Pemilihan uji".into(),
        circular: "uji".into(),
        sources: vec![("pilkada-uji.toml".into(), String::new())],
        files: Vec::new(),
    };
    publish_row(store, &set).await;
    set
}

/// The same row under another id; returns its version.
pub async fn publish_row_of(store: &Store, set_id: &str) -> String {
    let version = "cd".repeat(32);
    let set = PublishedSet {
        set_id: set_id.into(),
        version: version.clone(),
        title: "Pemilihan lain".into(),
        circular: "uji".into(),
        sources: vec![(format!("{set_id}.toml"), String::new())],
        files: Vec::new(),
    };
    publish_row(store, &set).await;
    version
}

/// Signs and publishes a row as it is.
pub async fn publish_row(store: &Store, set: &PublishedSet) {
    store.sign_set((&set.set_id, &set.version), &[], ("penanda", true)).await.unwrap();
    assert_ne!(store.publish_set(set, "test").await.unwrap(), Publication::NotSigned);
}

/// Publishes a set as people do: one brings it in, a second signs.
pub async fn publish(store: &Store, set: &KeywordSet) {
    let signer = match store.credentials("penanda").await.unwrap() {
        Some((signer, _)) => signer,
        None => user(store, "penanda", Role::KeywordAdmin).await,
    };
    let drafts = Drafts::new(store.clone(), None);
    drafts.import(&set.sources(), "uji", "penulis").await.unwrap();
    assert_eq!(drafts.sign(set.id(), &signer).await.unwrap(), Signed::Done);
    assert!(matches!(drafts.publish(set.id(), "penulis").await.unwrap(), Publication::Published(_)));
}
