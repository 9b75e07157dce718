//! The command on a real database: totals, who imported, going on after a break.

use std::process::Output;
use std::time::Duration;

use netral::model::Role;
use netral::store::RegisterRow;

use crate::support;
use crate::world::{Ready, contents, prepare};

/// A database with a program, lists, an officer, and an account on X: `wirabumi`, 77.
async fn ready() -> Ready {
    let ready = Ready::bare("").await;
    prepare(&ready.db.store, ready.dir.path()).await;
    support::user(&ready.db.store, "petugas", Role::Operator).await;
    let rows: Vec<RegisterRow> =
        [("x", "wirabumi", "77"), ("tiktok", "wirabumi", "wirabumi"), ("facebook", "wirabumi", "100077")]
            .into_iter()
            .zip(1..)
            .map(|((platform, handle, id), n)| {
                let mut row = support::register_row(n);
                let account = row.account.as_mut().unwrap();
                (account.platform, account.handle, account.external_id) = (platform.into(), handle.into(), id.into());
                row
            })
            .collect();
    ready.db.store.import_register(&rows, "operator").await.map_err(|(_, e)| e).unwrap();
    ready.db.store.approve_accounts("verifikator").await.unwrap();
    ready
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const HEAD: &str = "id,thread_id,author,author_id,body,unix_timestamp,is_retweet,link\n";

fn row(n: u32, author: &str, id: &str) -> String {
    let at = jiff::Timestamp::now().as_second() - 100_000;
    format!("{n},{n},{author},{id},Dukung Danurwenda Sastrobawono nomor urut 1 ke-{n},{at},no,\n")
}

/// How far the imports are: rows, totals, whether ended.
async fn imports(ready: &Ready) -> Vec<(i64, i64, i64, bool)> {
    sqlx::query_as("select rows_done, kept, known, ended_at is not null from import_file order by begun_at")
        .fetch_all(ready.db.store.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_file_is_taken_in_once_and_the_ledger_knows_by_whom() {
    let ready = ready().await;
    let csv = [
        HEAD.to_owned(),
        row(1, "wirabumi", "77"),
        row(2, "Wirabumi", ""),
        row(3, "berganti_nama", "77"),
        row(4, "wirabumi", "78"),
        row(5, "warga", "99"),
        row(1, "wirabumi", "77"),
        "rusak\n".to_owned(),
    ]
    .concat();
    let (path, rejects) = (ready.dir.path().join("orang tertentu.csv"), ready.dir.path().join("rejects"));
    std::fs::write(&path, &csv).unwrap();
    let (path, rejects) = (path.to_str().unwrap(), rejects.to_str().unwrap());

    let nobody = ready.netral(&["import", "auto", path]);
    assert!(!nobody.status.success() && said(&nobody).contains("--by"), "{}", said(&nobody));
    let unknown = ready.netral(&["import", "auto", path, "--by", "siapa"]);
    assert!(said(&unknown).contains("there is no log-in `siapa`"), "{}", said(&unknown));
    let dry = ready.netral(&["import", "auto", path, "--dry-run"]);
    assert!(said(&dry).contains("7 rows: 4 would be kept, 0 known already, 2 turned away"), "{}", said(&dry));
    assert!(
        contents(&ready.db.store).await.is_empty() && imports(&ready).await.is_empty(),
        "a dry run leaves no trace"
    );

    let arguments = ["import", "4cat", path, "--by", "petugas", "--rejects", rejects];
    let first = ready.netral(&arguments);
    let figures = "7 rows: 3 kept, 1 known already, 2 turned away, 0 without a hit and not kept, 1 rejected; 6 hits";
    assert!(said(&first).contains(figures), "{}", said(&first));
    assert_eq!(first.status.code(), Some(1));
    assert_eq!(std::fs::read(rejects).unwrap(), b"rusak\n");
    let mut kept: Vec<_> = contents(&ready.db.store).await.into_iter().map(|row| row.0).collect();
    kept.dedup();
    assert_eq!(
        kept,
        ["1", "2", "3"],
        "by id, by handle in capitals, by id under a new handle; 4 is somebody else's by now"
    );

    let again = ready.netral(&arguments);
    assert!(again.status.success() && said(&again).contains("was taken in on"), "{}", said(&again));
    assert!(
        said(&again).contains("by petugas: 7 rows: 3 kept") && said(&again).contains("--again"),
        "{}",
        said(&again)
    );
    let forced = ready.netral(&[&arguments[..], &["--again"]].concat());
    assert!(said(&forced).contains("7 rows: 0 kept, 4 known already"), "{}", said(&forced));
    assert_eq!(imports(&ready).await, [(7, 3, 1, true), (7, 0, 4, true)]);

    let rows: Vec<(String, String, String)> =
        sqlx::query_as("select actor, subject, detail from ledger where kind = 'import.file' order by seq")
            .fetch_all(ready.db.store.pool())
            .await
            .unwrap();
    assert_eq!((rows.len(), rows[0].0.as_str()), (2, "petugas"));
    let detail: serde_json::Value = serde_json::from_str(&rows[0].2).unwrap();
    assert_eq!((&detail["rows"], &detail["counts"]["kept"], &detail["format"]), (&7.into(), &3.into(), &"4cat".into()));
    assert_eq!(detail["sha256"].as_str().unwrap().len(), 64);
    let all: String = sqlx::query_scalar("select string_agg(subject || detail, ' ') from ledger")
        .fetch_one(ready.db.store.pool())
        .await
        .unwrap();
    assert!(!all.contains("orang tertentu") && !all.contains("wirabumi") && !all.contains("Danurwenda"), "{all}");
    assert!(ready.netral(&["evidence", "verify"]).status.success());
}

#[tokio::test]
async fn an_import_that_is_killed_goes_on_where_it_stopped() {
    let ready = ready().await;
    let count = 6000;
    let rows: String =
        (1..=count).map(|n| if n % 1000 == 0 { "rusak\n".to_owned() } else { row(n, "wirabumi", "77") }).collect();
    let path = ready.dir.path().join("besar.csv");
    std::fs::write(&path, format!("{HEAD}{rows}")).unwrap();
    let arguments = ["import", "auto", path.to_str().unwrap(), "--by", "petugas"];
    let mut kills = 0;
    for _ in 0..20 {
        let mut child = ready.command(&arguments).stderr(std::process::Stdio::null()).spawn().unwrap();
        for _ in 0..500 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let done: Option<i64> = sqlx::query_scalar("select max(rows_done) from import_file")
                .fetch_one(ready.db.store.pool())
                .await
                .unwrap();
            if done.unwrap_or_default() >= 1000 * (kills + 1) {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        if kills == 3 {
            break;
        }
    }
    let before = imports(&ready).await;
    assert!(before.len() == 1 && !before[0].3 && before[0].0 >= 3000, "{before:?}");
    let last = ready.netral(&arguments);
    assert!(said(&last).contains(&format!("goes on after row {}", before[0].0)), "{}", said(&last));
    let after = imports(&ready).await;
    assert_eq!((after.len(), after[0].0, after[0].3), (1, i64::from(count), true), "{after:?}");
    assert_eq!(after[0].1 + after[0].2, i64::from(count) - 6, "every sound row is kept or, around a kill, known");
    let kept: i64 = sqlx::query_scalar("select count(*) from activity").fetch_one(ready.db.store.pool()).await.unwrap();
    assert_eq!(kept, i64::from(count) - 6);
}

#[tokio::test]
async fn zips_and_standard_input_are_taken_in_and_bombs_are_not() {
    let ready = ready().await;
    let csv = format!("{HEAD}{}", row(1, "wirabumi", "77"));
    let at = jiff::Timestamp::now().as_second() - 100_000;
    let tiktok = format!(
        "{{\"source_platform\":\"tiktok.com\",\"source_platform_url\":\"\",\"timestamp_collected\":{at}000,\"data\":{{\"id\":\"9\",\"desc\":\"Halo\",\"createTime\":{at},\"author\":{{\"id\":\"5\",\"uniqueId\":\"wirabumi\"}}}}}}\n"
    );
    let archive =
        super::zip(&[("a/x.csv", csv.as_bytes()), ("b.ndjson", tiktok.as_bytes()), ("c.jpg", b"\xff\xd8\xff\0")]);
    let path = ready.dir.path().join("semua.zip");
    std::fs::write(&path, archive).unwrap();
    let output = ready.netral(&["import", "auto", path.to_str().unwrap(), "--by", "petugas"]);
    assert!(
        said(&output).contains("2 rows: 2 kept") && said(&output).contains("1 files of the archive"),
        "{}",
        said(&output)
    );
    assert!(output.status.success());

    let mut child = ready
        .command(&["import", "auto", "-", "--by", "petugas"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(
        &mut child.stdin.take().unwrap(),
        format!("{HEAD}{}", row(2, "wirabumi", "77")).as_bytes(),
    )
    .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(said(&output).contains("1 rows: 1 kept"), "{}", said(&output));

    let bomb = super::zip(&[("a.csv", csv.as_bytes()), ("b.csv", &vec![b'0'; 16 << 20])]);
    std::fs::write(&path, bomb).unwrap();
    let output = ready.netral(&["import", "4cat", path.to_str().unwrap(), "--by", "petugas"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("is refused"), "{}", said(&output));
    let wrong = ready.dir.path().join("surat.txt");
    std::fs::write(&wrong, "Kepada Yth.\n").unwrap();
    let output = ready.netral(&["import", "auto", wrong.to_str().unwrap(), "--by", "petugas"]);
    assert!(said(&output).contains("the format is not recognised"), "{}", said(&output));
    assert_eq!(imports(&ready).await.len(), 3, "what could not be read at all is no import");
}

#[tokio::test]
async fn the_commands_of_the_manual_do_what_it_says() {
    let ready = ready().await;
    support::user(&ready.db.store, "operator", Role::Operator).await;
    let manual = include_str!("../../docs/FORMATS.md");
    let command = manual.lines().find_map(|line| line.trim().strip_prefix("netral import table ")).unwrap();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let day = jiff::Zoned::now().date().yesterday().unwrap();
    let cells = ["Wirabumi", "wirabumi", "Halo", &format!("{day} 10:11"), "https://www.facebook.com/wirabumi/posts/1"];
    for (column, (name, cell)) in (0..).zip(["Nama", "Akun", "Isi", "Waktu", "Tautan"].into_iter().zip(cells)) {
        sheet.write_string(0, column, name).unwrap();
        sheet.write_string(1, column, cell).unwrap();
    }
    book.save(ready.dir.path().join("catatan.xlsx")).unwrap();
    let arguments: Vec<_> = ["import", "table"].into_iter().chain(command.split(' ')).collect();
    let output = ready.netral(&arguments);
    assert!(said(&output).contains("1 rows: 1 kept"), "{}", said(&output));
    let options: String = sqlx::query_scalar("select format || ' ' || options from import_file")
        .fetch_one(ready.db.store.pool())
        .await
        .unwrap();
    assert_eq!(options, "table platform:facebook account=Akun,posted_at=Waktu,text=Isi,url=Tautan");
}
