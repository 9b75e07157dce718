//! The replay server, read by the real sources over HTTP.

#![expect(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use netral::demo::replay::{Replay, Schedule, World};
use netral::model::{Account, AccountId, PersonId, Verb};
use netral::source::{self, Cursor, Http, HttpConfig, Item, Source, SourceError, SourcesConfig};
use tokio::net::TcpListener;

const REGISTER: &str = "kode_unit,nama_unit,jenis_unit,kode_pegawai,nama,status,nip,jabatan,golongan,platform,akun,id_akun,bukti,catatan_bukti,berlaku_dari,berlaku_sampai
U01,Sekretariat,Sekretariat,P001,Bambang Contoh,PNS,197104121998031004,Kepala Bagian,IV/a,bluesky,bambang.contoh.example,did:plc:aaaaaaaaaaaaaaaaaaaaaaaa,pernyataan,,2025-01-06,
U01,Sekretariat,Sekretariat,P002,Rizka Contoh,PPPK,199511082023212014,Pranata,IX,feed,blog-kode-rizka,/feeds/kode-rizka.json,laman_resmi,,2025-01-06,
U01,Sekretariat,Sekretariat,P003,Wahyu Contoh,PNS,198306212009011007,Analis,III/d,feed,blog-catatan-wahyu,/feeds/catatan-wahyu.xml,laman_resmi,,2025-01-06,
U01,Sekretariat,Sekretariat,P004,Taufik Contoh,PNS,197902282003121005,Kepala Bidang,IV/a,feed,blog-santai,/feeds/santai.atom,laman_resmi,,2025-01-06,
";
const OTHERS: &str = "platform,akun,id_akun,nama,peran
bluesky,menang02.contoh.example,did:plc:bbbbbbbbbbbbbbbbbbbbbbbb,Tim Menang 02,pemenangan
";
const POSTS: &str = r#"{"id":"d1","account":"menang02.contoh.example","verb":"post","text":"Ayo coblos nomor 2! #Menang02","alt":"Poster <Wira> & tim"}
{"id":"d2","account":"bambang.contoh.example","verb":"post","text":"Apel pagi, bersama @menang02.contoh.example #pagi."}
{"id":"d3","account":"bambang.contoh.example","verb":"like","text":"","target":"d1"}
{"id":"d4","account":"bambang.contoh.example","verb":"share","text":"","target":"d1"}
{"id":"d5","account":"bambang.contoh.example","verb":"share","text":"Setuju","target":"d1"}
{"id":"d6","account":"bambang.contoh.example","verb":"comment","text":"Gas!","target":"d1"}
{"id":"d7","account":"bambang.contoh.example","verb":"follow","text":"","target":"@menang02.contoh.example"}
{"id":"d8","account":"blog-kode-rizka","verb":"post","title":"Judul <1>","text":"Paragraf satu & dua.\n\nParagraf tiga #kode","alt":"Layar"}
{"id":"d9","account":"blog-catatan-wahyu","verb":"post","title":"Catatan ]]> aneh","text":"Isi <b>bukan tag</b> ]]> tetap utuh"}
{"id":"d10","account":"blog-santai","verb":"post","title":"Santai","text":"Kopi \"hitam\" & teh"}
"#;

struct Server {
    sources: Vec<Arc<dyn Source>>,
    clock: Arc<AtomicI64>,
    world: Arc<World>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

/// Serves a world on a free port, with sources that read it.
async fn serve(world: World, start: Timestamp, rate_limit: u64) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let clock = Arc::new(AtomicI64::new(start.as_second()));
    let world = Arc::new(world);
    let shown = Arc::clone(&clock);
    let mut replay =
        Replay::new(Arc::clone(&world), move || Timestamp::from_second(shown.load(Ordering::SeqCst)).unwrap());
    replay.rate_limit = rate_limit;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    tokio::spawn(replay.serve(listener, async { drop(stopped.await) }));
    let base = format!("http://{address}").parse().unwrap();
    let mut config = SourcesConfig::default();
    config.bluesky.entry = base;
    config.bluesky.plc.clone_from(&config.bluesky.entry);
    config.feed.base_url = Some(config.bluesky.entry.clone());
    let http = Http::new(&HttpConfig { allow_private: vec![address.to_string()], ..HttpConfig::default() }).unwrap();
    Server { sources: source::build(&config, &|_| http.clone()), clock, world, _stop: stop }
}

fn account(platform: &str, handle: &str, id: &str) -> Account {
    Account {
        account_id: AccountId::new(),
        person_id: PersonId::new(),
        platform: platform.to_owned(),
        handle: handle.to_owned(),
        external_id: id.to_owned(),
        valid_from: jiff::civil::date(2025, 1, 6),
        valid_to: None,
    }
}

impl Server {
    /// Reads pages until the pass is done.
    async fn pass(&self, account: &Account, cursor: &mut Cursor) -> Result<Vec<Item>, SourceError> {
        let source = self.sources.iter().find(|source| source.platform() == account.platform).unwrap();
        let mut items = Vec::new();
        for _ in 0..100 {
            let page = source.fetch(account, cursor).await?;
            assert!(page.rejected.is_empty(), "{:?}", page.rejected);
            items.extend(page.items);
            *cursor = Cursor::from_text(page.cursor.as_str());
            if !page.more {
                return Ok(items);
            }
        }
        panic!("the pass never ends");
    }
}

fn start() -> Timestamp {
    "2029-10-20T03:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn every_act_of_the_world_is_read_as_what_it_is() {
    let schedule = Schedule { past_percent: 100, ..Schedule::new(start()) };
    let server = serve(World::build(REGISTER, OTHERS, POSTS, &schedule).unwrap(), start(), 3_000).await;
    let mut cursor = Cursor::start();
    let items = server
        .pass(&account("bluesky", "bambang.contoh.example", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"), &mut cursor)
        .await
        .unwrap();
    let by_verb: BTreeMap<String, Vec<&Item>> = items.iter().fold(BTreeMap::new(), |mut map, item| {
        map.entry(item.activity.verb.to_string()).or_insert_with(Vec::new).push(item);
        map
    });
    let counts: Vec<(&str, usize)> = by_verb.iter().map(|(verb, items)| (verb.as_str(), items.len())).collect();
    assert_eq!(counts, [("comment", 1), ("follow", 1), ("like", 1), ("post", 1), ("share", 2)]);
    for item in &items {
        let activity = &item.activity;
        assert!(serde_json::from_slice::<serde_json::Value>(&item.raw).unwrap()["uri"] == activity.id.as_str());
        assert_eq!(activity.account.as_deref(), Some("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"));
        if activity.verb != Verb::Post {
            let target = activity.target.as_ref().unwrap();
            assert_eq!(target.handle.as_deref(), Some("menang02.contoh.example"));
            assert_eq!(target.account_id.as_deref(), Some("did:plc:bbbbbbbbbbbbbbbbbbbbbbbb"));
            let text = target.text.as_deref().unwrap();
            let expected = if activity.verb == Verb::Follow {
                "Tim Menang 02\npemenangan"
            } else {
                "Ayo coblos nomor 2! #Menang02\nPoster <Wira> & tim"
            };
            assert_eq!(text, expected);
        }
    }
    let post = &by_verb["post"][0].activity;
    assert_eq!(
        (post.hashtags.as_slice(), post.mentions.as_slice()),
        (&["pagi".to_owned()][..], &["@menang02.contoh.example".to_owned()][..])
    );
    let record = server.world.records.iter().find(|record| record.id == "d2").unwrap();
    assert_eq!(post.posted_at.map(|at| at.as_millisecond()), Some(record.at.as_millisecond()));
    assert!(
        server.pass(&account("bluesky", "", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"), &mut cursor).await.unwrap().is_empty()
    );
}

#[tokio::test]
async fn blogs_come_in_three_formats() {
    let schedule = Schedule { past_percent: 100, ..Schedule::new(start()) };
    let server = serve(World::build(REGISTER, OTHERS, POSTS, &schedule).unwrap(), start(), 3_000).await;
    for (handle, path, id, text) in [
        ("blog-kode-rizka", "/feeds/kode-rizka.json", "d8", "Judul <1>\n\nParagraf satu & dua.\nParagraf tiga #kode"),
        (
            "blog-catatan-wahyu",
            "/feeds/catatan-wahyu.xml",
            "d9",
            "Catatan ]]> aneh\n\nIsi <b>bukan tag</b> ]]> tetap utuh",
        ),
        ("blog-santai", "/feeds/santai.atom", "d10", "Santai\n\nKopi \"hitam\" & teh"),
    ] {
        let account = account("feed", handle, path);
        let mut cursor = Cursor::start();
        let items = server.pass(&account, &mut cursor).await.unwrap();
        assert_eq!(items.len(), 1, "{path}");
        let record = server.world.records.iter().find(|record| record.id == id).unwrap();
        assert_eq!(items[0].activity.text, text, "{path}");
        assert_eq!(items[0].activity.posted_at.map(|at| at.as_second()), Some(record.at.as_second()), "{path}");
        assert!(cursor.as_str().contains("etag"), "{path}");
        assert!(server.pass(&account, &mut cursor).await.unwrap().is_empty(), "304");
        if id == "d8" {
            assert_eq!(items[0].activity.media[0].alt.as_deref(), Some("Layar"));
            assert_eq!(items[0].activity.hashtags, ["kode"]);
        }
    }
}

#[tokio::test]
async fn records_drip_and_no_pass_loses_or_doubles_one() {
    let posts: String = (0..240)
        .map(|n| format!("{{\"id\":\"p{n}\",\"account\":\"bambang.contoh.example\",\"text\":\"Kiriman {n}\"}}\n"))
        .collect();
    let schedule = Schedule { past_percent: 60, live_every: Duration::from_secs(1), ..Schedule::new(start()) };
    let server = serve(World::build(REGISTER, OTHERS, &posts, &schedule).unwrap(), start(), 100_000).await;
    let account = account("bluesky", "bambang.contoh.example", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa");
    let (mut cursor, mut seen) = (Cursor::start(), HashSet::new());
    for (seconds, expected) in [(0, 144), (0, 144), (1, 145), (7, 151), (90, 234), (96, 240), (500, 240)] {
        server.clock.store(start().as_second() + seconds, Ordering::SeqCst);
        for item in server.pass(&account, &mut cursor).await.unwrap() {
            assert!(seen.insert(item.activity.id), "twice");
        }
        assert_eq!(seen.len(), expected, "after {seconds} s");
    }
    assert_eq!(server.world.ends_at().map(|at| at.as_second() - start().as_second()), Some(96));
}

#[tokio::test]
async fn a_handle_leads_to_the_repository_and_strangers_are_said_to_be_unknown() {
    let schedule = Schedule { past_percent: 100, ..Schedule::new(start()) };
    let server = serve(World::build(REGISTER, OTHERS, POSTS, &schedule).unwrap(), start(), 3_000).await;
    let by_handle =
        server.pass(&account("bluesky", "@bambang.contoh.example", ""), &mut Cursor::start()).await.unwrap();
    assert_eq!(by_handle.len(), 6);
    for (handle, did) in [("nobody.example", ""), ("", "did:plc:cccccccccccccccccccccccc")] {
        let error = server.pass(&account("bluesky", handle, did), &mut Cursor::start()).await.unwrap_err();
        assert!(
            matches!(error, SourceError::Unavailable { state: source::AccountState::NotFound, .. }),
            "{}",
            error.chain()
        );
    }
    let error = server.pass(&account("feed", "x", "/feeds/none.xml"), &mut Cursor::start()).await.unwrap_err();
    assert!(
        matches!(error, SourceError::Unavailable { state: source::AccountState::NotFound, .. }),
        "{}",
        error.chain()
    );
}

#[tokio::test]
async fn a_used_up_limit_says_how_long_to_wait() {
    let schedule = Schedule { past_percent: 100, ..Schedule::new(start()) };
    let server = serve(World::build(REGISTER, OTHERS, POSTS, &schedule).unwrap(), start(), 3).await;
    let account = account("bluesky", "bambang.contoh.example", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa");
    let error = server.pass(&account, &mut Cursor::start()).await.unwrap_err();
    let SourceError::Transient { retry_after: Some(wait), .. } = &error else { panic!("{}", error.chain()) };
    assert!(*wait <= Duration::from_secs(24 * 60 * 60));
}

#[test]
fn worlds_that_do_not_fit_together_are_refused_with_their_line() {
    let schedule = Schedule::new(start());
    let refuse = |posts: &str| World::build(REGISTER, OTHERS, posts, &schedule).unwrap_err().to_string();
    assert!(refuse("{\"id\":\"1\",\"account\":\"nobody\",\"text\":\"x\"}").contains("line 1"));
    assert!(
        refuse("\n{\"id\":\"1\",\"account\":\"bambang.contoh.example\",\"verb\":\"like\",\"target\":\"d9\"}")
            .contains("line 2")
    );
    assert!(refuse("{\"id\":\"1\",\"account\":\"bambang.contoh.example\",\"verb\":\"like\"}").contains("target"));
    assert!(refuse("{").contains("line 1"));
    assert!(World::build("a,b\n1,2\n", OTHERS, "", &schedule).is_err());
}

#[tokio::test]
async fn the_whole_demo_is_read_without_a_gap() {
    let schedule = Schedule::new(start());
    let (register, others, posts) = (
        include_str!("../src/demo/data/register.csv"),
        include_str!("../src/demo/data/others.csv"),
        include_str!("../src/demo/data/posts.jsonl"),
    );
    let world = World::build(register, others, posts, &schedule).unwrap();
    let server = serve(world, start(), 1_000_000).await;
    let mut cursors: BTreeMap<String, Cursor> = BTreeMap::new();
    let mut read = 0;
    for at in [start(), server.world.ends_at().unwrap()] {
        server.clock.store(at.as_second() + 1, Ordering::SeqCst);
        for person in &server.world.accounts {
            let account = account(&person.platform, &person.handle, &person.id);
            let items =
                server.pass(&account, cursors.entry(person.id.clone()).or_insert_with(Cursor::start)).await.unwrap();
            read += items.len();
            assert!(items.iter().all(|item| item.activity.target.as_ref().is_none_or(|target| target.text.is_some())));
            assert!(items.iter().all(|item| item.activity.posted_at.is_some_and(|posted| posted <= at)));
        }
    }
    assert_eq!(read, server.world.records.len());
}
