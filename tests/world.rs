//! A small made-up world on a replay server, and the register that reads part of it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use jiff::Timestamp;
use netral::config::Config;
use netral::demo::replay::{Replay, Schedule, World};
use netral::demo::write_lists;
use netral::keyword::Library;
use netral::pipeline::{Collector, Lists};
use netral::source::{self, Http};
use netral::store::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::{self, TestDb};

pub const REGISTER_HEADER: &str = "kode_unit,nama_unit,jenis_unit,kode_pegawai,nama,status,nip,jabatan,golongan,platform,akun,id_akun,bukti,catatan_bukti,berlaku_dari,berlaku_sampai";
const OTHERS_HEADER: &str = "platform,akun,id_akun,nama,peran";

/// A valid `did:plc` for a number.
pub fn did(n: usize) -> String {
    let tail: String = format!("{n:04}").chars().map(|c| char::from(b'a' + (c as u8 - b'0'))).collect();
    format!("did:plc:{}{tail}", "b".repeat(20))
}

/// `accounts` people of the register, one campaign account, one private person; `posts` lines in turn.
pub struct SmallWorld {
    pub register: String,
    pub others: String,
    pub posts: String,
    /// Activities of registered accounts.
    pub registered: usize,
}

impl SmallWorld {
    pub fn new(accounts: usize, posts: usize) -> Self {
        let mut register = format!("{REGISTER_HEADER}\n");
        for n in 1..=accounts {
            register.push_str(&format!(
                "D1,Dinas Uji,dinas,P{n},Orang {n},PPNPN,,staf,,bluesky,orang{n}.contoh.example,{},pernyataan,,2020-01-01,\n",
                did(n)
            ));
        }
        let others = format!(
            "{OTHERS_HEADER}\nbluesky,nyawiji01.banyuwening.example,did:plc:72mohjenxshgfyhtknbafwww,Tim,pemenangan\nbluesky,warga.contoh.example,{},Warga,warga\n",
            did(900)
        );
        let mut lines = vec![
            r#"{"id":"k0","account":"nyawiji01.banyuwening.example","verb":"post","text":"Ayo coblos nomor urut 1, Danurwenda Sastrobawono untuk Banyuwening","expect":"none","sides":[]}"#.to_owned(),
        ];
        for i in 0..posts {
            let account = format!("orang{}.contoh.example", i % accounts + 1);
            let (verb, text, target) = match i % 8 {
                0 => ("post", format!("Dukung Danurwenda Sastrobawono, coblos nomor urut 1 ya, ke-{i}"), None),
                3 => ("share", String::new(), Some("k0")),
                5 => ("comment", format!("siap komandan {i}"), Some("k0")),
                7 => ("post", format!("Rapat koordinasi di pendopo pukul {}.00", i % 24), None),
                _ => ("post", format!("Selamat pagi, hari ke-{i} panen raya"), None),
            };
            let target = target.map(|t| format!(r#","target":"{t}""#)).unwrap_or_default();
            lines.push(format!(
                r#"{{"id":"p{i}","account":"{account}","verb":"{verb}","text":"{text}"{target},"expect":"none","sides":[]}}"#
            ));
        }
        let mut registered = posts;
        for n in 1..=accounts {
            lines.push(format!(
                r#"{{"id":"l{n}","account":"orang{n}.contoh.example","verb":"like","text":"","target":"k0","expect":"none","sides":[]}}"#
            ));
            lines.push(format!(
                r#"{{"id":"f{n}","account":"orang{n}.contoh.example","verb":"follow","text":"","target":"@nyawiji01.banyuwening.example","expect":"none","sides":[]}}"#
            ));
            registered += 2;
        }
        lines.push(
            r#"{"id":"w0","account":"warga.contoh.example","verb":"post","text":"Coblos Danurwenda Sastrobawono","expect":"none","sides":[]}"#.to_owned(),
        );
        Self { register, others, posts: lines.join("\n"), registered }
    }
}

/// A replay server that serves all of a world at once, until dropped.
pub struct Served {
    pub address: SocketAddr,
    stop: CancellationToken,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub async fn serve(world: &SmallWorld, rate_limit: u64) -> Served {
    let mut schedule = Schedule::new(Timestamp::now());
    schedule.past_percent = 100;
    let world = World::build(&world.register, &world.others, &world.posts, &schedule).unwrap();
    let mut replay = Replay::new(Arc::new(world), Timestamp::now);
    replay.rate_limit = rate_limit;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move { replay.serve(listener, stopped.cancelled_owned()).await });
    Served { address, stop }
}

/// A configuration file that may reach the replay server and nothing else on this machine.
pub fn config_text(address: SocketAddr, page_size: u8) -> String {
    format!(
        "[collect]\ninterval_seconds = 1\nlease_seconds = 5\n[source.http]\nallow_private = [\"{address}\"]\n\
         [source.bluesky]\nentry = \"http://{address}\"\nplc = \"http://{address}\"\npage_size = {page_size}\n\
         [source.feed]\nbase_url = \"http://{address}\"\n"
    )
}

/// A database with program, register and the demo's lists, ready to collect.
pub struct Ready {
    pub db: TestDb,
    pub dir: tempfile::TempDir,
    config: PathBuf,
}

impl Ready {
    /// A small world's, ready to collect.
    pub async fn new(world: &SmallWorld, served: &Served, page_size: u8) -> Self {
        let ready = Self::bare(&config_text(served.address, page_size)).await;
        prepare(&ready.db.store, ready.dir.path()).await;
        ready.take_in(&world.register);
        ready
    }

    /// An empty database and a configuration file.
    pub async fn bare(config_text: &str) -> Self {
        let db = TestDb::new().await;
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("netral.toml");
        std::fs::write(&config, config_text).unwrap();
        Self { db, dir, config }
    }

    /// Takes a register file in and has it approved, by the commands.
    pub fn take_in(&self, register: &str) {
        let path = self.dir.path().join("register.csv");
        std::fs::write(&path, register).unwrap();
        for arguments in [
            vec!["register", "import", path.to_str().unwrap(), "--by", "operator"],
            vec!["register", "approve", "--by", "verifikator"],
        ] {
            let output = self.netral(&arguments);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    /// Runs `netral` on this database.
    pub fn netral(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netral"));
        command
            .args(arguments)
            .env("DATABASE_URL", self.db.url())
            .env("NETRAL_CONFIG", &self.config)
            .current_dir(self.dir.path());
        command
    }
}

/// A collector in this process.
pub async fn collector(store: &Store, address: SocketAddr) -> Collector {
    let config = Config::parse(&config_text(address, 50)).unwrap();
    let lists = Lists::follow(store.clone(), CancellationToken::new()).await.unwrap();
    let http = Http::new(&config.source.http).unwrap();
    Collector::new(store.clone(), source::build(&config.source, &|_| http.clone()), lists, config.collect)
}

/// An approved program and the demo's lists, published.
pub async fn prepare(store: &Store, dir: &std::path::Path) {
    support::program(store).await;
    let (keywords, circulars) = (dir.join("keywords"), dir.join("circulars"));
    let ids = write_lists(&keywords, &circulars, jiff::Zoned::now().date()).unwrap();
    let library = Library::in_folder(keywords, Some(circulars));
    for id in ids {
        support::publish(store, &library.set(id).unwrap()).await;
    }
}

/// External id, verb, set and score of what was kept.
pub type Contents = Vec<(String, String, Option<String>, Option<i16>)>;

/// What the database holds, in an order that does not depend on how it got there.
pub async fn contents(store: &Store) -> Contents {
    try_contents(store).await.unwrap()
}

/// As [`contents`], where the database may be away: a connection that it broke is only found so when it is used.
pub async fn try_contents(store: &Store) -> sqlx::Result<Contents> {
    sqlx::query_as(
        "select a.external_id, a.verb, h.set_id, h.score from activity a
         left join hit h using (account_id, activity_id) order by 1, 3",
    )
    .fetch_all(store.pool())
    .await
}

/// Registers and approves the first `n` accounts of a [`SmallWorld`] directly.
pub async fn register(store: &Store, n: u32) {
    let rows: Vec<_> = (1..=n)
        .map(|i| {
            let mut row = support::register_row(i);
            let account = row.account.as_mut().unwrap();
            account.handle = format!("orang{i}.contoh.example");
            account.external_id = did(i as usize);
            row
        })
        .collect();
    store.import_register(&rows, "operator").await.map_err(|(_, e)| e).unwrap();
    store.approve_accounts("verifikator").await.unwrap();
}
