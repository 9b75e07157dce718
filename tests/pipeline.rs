//! Collecting over real HTTP on loopback into a real Postgres.

use tokio_util::sync::CancellationToken;

use crate::world::{Ready, SmallWorld, collector, contents, serve};

#[tokio::test]
async fn a_pass_keeps_everything_once_and_the_next_adds_nothing() {
    let world = SmallWorld::new(4, 60);
    let served = serve(&world, u64::MAX).await;
    let ready = Ready::new(&world, &served, 50).await;
    let running = collector(&ready.db.store, served.address).await;
    let shutdown = CancellationToken::new();
    let first = running.pass(&shutdown).await.unwrap();
    assert_eq!((first.read, first.failed), (4, 0));
    assert_eq!(first.receipt.kept as usize, world.registered);
    assert_eq!(first.receipt.rejected + first.receipt.turned_away + first.receipt.known, 0);
    let rows = contents(&ready.db.store).await;
    assert!(rows.iter().all(|r| !r.0.contains(&crate::world::did(900))), "nothing of the private person");
    for verb in ["post", "share", "comment", "like", "follow"] {
        let hits = rows.iter().filter(|r| r.1 == verb && r.3.is_some_and(|score| score >= 50)).count();
        assert!(hits > 0 || verb == "comment", "{verb}: a campaign post's share, like and follow are hits");
    }
    // Due again at once: nothing new, nothing twice.
    ready.db.store.make_due(None).await.unwrap();
    let again = running.pass(&shutdown).await.unwrap();
    assert_eq!((again.read, again.receipt.kept, again.receipt.hits), (4, 0, 0));
    assert_eq!(contents(&ready.db.store).await, rows);
    let verified = ready.netral(&["evidence", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_is_nobodys_failure() {
    let world = SmallWorld::new(3, 12);
    let served = serve(&world, 6).await;
    let ready = Ready::new(&world, &served, 50).await;
    let report = collector(&ready.db.store, served.address).await.pass(&CancellationToken::new()).await.unwrap();
    assert!(report.failed > 0);
    let (failures, parked, later): (i64, i64, i64) = sqlx::query_as(
        "select sum(failures), count(parked_at), count(*) filter (where due_at > now() + interval '5 seconds' and last_error is not null) from collector_state",
    )
    .fetch_one(ready.db.store.pool())
    .await
    .unwrap();
    assert_eq!((failures, parked), (0, 0));
    assert!(later > 0, "asked again only when the service says so");
}

#[tokio::test]
async fn a_vanished_account_is_shown_and_keeps_what_it_has() {
    let mut world = SmallWorld::new(2, 10);
    let served = serve(&world, u64::MAX).await;
    // A third account that the platform does not know.
    world.register.push_str(&format!(
        "D1,Dinas Uji,dinas,P9,Orang 9,PPNPN,,staf,,bluesky,hilang.contoh.example,{},pernyataan,,2020-01-01,\n",
        crate::world::did(777)
    ));
    let ready = Ready::new(&world, &served, 50).await;
    let report = collector(&ready.db.store, served.address).await.pass(&CancellationToken::new()).await.unwrap();
    assert_eq!((report.read, report.failed), (2, 1));
    let coverage = ready.db.store.coverage().await.unwrap();
    let bluesky = coverage.iter().find(|c| c.platform == "bluesky").unwrap();
    assert_eq!((bluesky.accounts, bluesky.failing), (3, 1));
    assert!(bluesky.last_error.as_deref().unwrap().contains("not_found"), "{:?}", bluesky.last_error);
}

#[tokio::test]
async fn nothing_is_read_without_a_program_or_lists() {
    let world = SmallWorld::new(1, 3);
    let served = serve(&world, u64::MAX).await;
    let ready = Ready::new(&world, &served, 50).await;
    sqlx::query("update program set ends_on = current_date - 9, starts_on = current_date - 10")
        .execute(ready.db.store.pool())
        .await
        .unwrap();
    let output = ready.netral(&["collect", "--once"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("netral program"), "says what to do");
}

#[tokio::test]
async fn an_unregistered_account_is_not_read_even_when_asked_for() {
    let world = SmallWorld::new(1, 3);
    let served = serve(&world, u64::MAX).await;
    let ready = Ready::new(&world, &served, 50).await;
    let output = ready.netral(&["collect", "--account", "bluesky:warga.contoh.example"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(contents(&ready.db.store).await.is_empty());
}

#[tokio::test]
async fn an_import_ends_every_line_somewhere_and_says_so() {
    let world = SmallWorld::new(2, 3);
    let served = serve(&world, u64::MAX).await;
    let ready = Ready::new(&world, &served, 50).await;
    let at = "\"posted_at\":\"2026-11-01T00:00:00Z\"";
    let at = at
        .replace("2026-11-01T00:00:00Z", &(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(30)).to_string());
    let ours = "\"platform\":\"bluesky\",\"account\":\"orang1.contoh.example\"";
    let mut file: Vec<u8> = Vec::new();
    let mut line = |text: String| {
        file.extend_from_slice(text.as_bytes());
        file.push(b'\n');
    };
    line(format!("{{\"id\":\"1\",{ours},{at},\"text\":\"Dukung Danurwenda Sastrobawono, coblos nomor urut 1\"}}"));
    line(format!("{{\"id\":\"1\",{ours},{at},\"text\":\"dua kali\"}}"));
    line(format!(
        "{{\"id\":\"2\",\"platform\":\"bluesky\",\"account\":\"warga.contoh.example\",{at},\"text\":\"orang luar\"}}"
    ));
    line(format!("{{\"id\":\"3\",{ours},\"posted_at\":\"2001-01-01T00:00:00Z\",\"text\":\"sebelum terdaftar\"}}"));
    line(format!("{{\"id\":\"4\",{ours},{at},\"text\":\"nul \\u0000 di sini\"}}"));
    line("bukan json".to_owned());
    line(format!("{{\"id\":\"5\",{ours},{at},\"text\":\"\\ud800\"}}"));
    line(format!("{{\"id\":\"6\",{ours},{at},\"text\":\"{}\"}}", "x".repeat(10 << 20)));
    line(format!("{{\"id\":\"7\",{ours},\"text\":\"tanpa waktu\"}}"));
    line(String::new());
    file.extend_from_slice(b"{\"id\":\"8\",\"text\":\"\xff\"}\n");
    let (path, rejects) = (ready.dir.path().join("in.jsonl"), ready.dir.path().join("rejects.jsonl"));
    std::fs::write(&path, &file).unwrap();
    crate::support::user(&ready.db.store, "petugas", netral::model::Role::Operator).await;
    let arguments =
        ["import", "jsonl", path.to_str().unwrap(), "--rejects", rejects.to_str().unwrap(), "--by", "petugas"];

    let dry = ready.netral(&[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(dry.status.code(), Some(1));
    assert!(contents(&ready.db.store).await.is_empty(), "a dry run writes nothing");

    let output = ready.netral(&arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for number in [6, 7, 8, 9, 11] {
        assert!(said.contains(&format!("in.jsonl:{number}: ")), "line {number}: {said}");
    }
    assert!(
        said.contains(
            "10 rows: 2 kept, 1 known already, 2 turned away, 0 without a hit and not kept, 5 rejected; 2 hits"
        ),
        "{said}"
    );
    assert!(!said.contains("coblos") && !said.contains("tanpa waktu"), "never the text");
    let kept = std::fs::read(&rejects).unwrap();
    let lines: Vec<_> = file.split(|b| *b == b'\n').collect();
    let expected: Vec<u8> = [5, 6, 7, 8, 10].iter().flat_map(|i| [lines[*i], b"\n"].concat()).collect();
    assert!(kept == expected, "rejects are byte-exact");
    let again = ready.netral(&[&arguments[..], &["--again"]].concat());
    assert!(String::from_utf8_lossy(&again.stderr).contains("0 kept, 3 known"), "a second import adds nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kept_bytes_are_compared_with_what_the_ledger_vouches_for() {
    let world = SmallWorld::new(2, 80);
    let served = serve(&world, u64::MAX).await;
    let ready = Ready::new(&world, &served, 50).await;
    assert!(ready.netral(&["collect", "--once"]).status.success());
    assert!(ready.netral(&["evidence", "verify"]).status.success());
    let pool = ready.db.store.pool();
    let id: uuid::Uuid =
        sqlx::query_scalar("select activity_id from hit where level = 'review' limit 1").fetch_one(pool).await.unwrap();
    let raw: Vec<u8> =
        sqlx::query_scalar("select raw from activity where activity_id = $1").bind(id).fetch_one(pool).await.unwrap();
    let keep = async |raw: &[u8]| {
        sqlx::query("update activity set raw = $2 where activity_id = $1")
            .bind(id)
            .bind(raw)
            .execute(pool)
            .await
            .unwrap();
    };
    let other = zstd::bulk::compress(b"{\"text\":\"sesuatu yang lain\"}", 3).unwrap();
    for damaged in [&raw[..raw.len() - 1], &other[..]] {
        keep(damaged).await;
        let verified = ready.netral(&["evidence", "verify"]);
        assert_eq!(verified.status.code(), Some(4));
        let said = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(said.contains(&id.to_string()), "{said}");
    }
    // What was emptied when its time was over says nothing against the rest.
    keep(b"").await;
    assert!(ready.netral(&["evidence", "verify"]).status.success());
}
