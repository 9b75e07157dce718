//! The whole line against a server that nobody here wrote: collected, matched, stored. Opt-in, see `make test-pds`.

use netral::keyword::Library;
use netral::store::Store;

use crate::source::pds::Network;
use crate::support;
use crate::world::{REGISTER_HEADER, Ready, contents};

/// A contest whose pair 2 has the campaign account of the real server.
fn list(campaign: &str) -> String {
    let today = jiff::Zoned::now().date();
    let (from, to) = (today - jiff::Span::new().days(60), today + jiff::Span::new().days(60));
    format!(
        r#"
        [set]
        id = "pilkada-uji"
        title = "Pemilihan uji"
        region = "Kabupaten Uji"
        circular = "sragen-2024"
        valid_from = {from}
        valid_to = {to}
        extends = ["isyarat-umum"]
        [[stage]]
        id = "kampanye"
        title = "Masa kampanye"
        from = {from}
        to = {to}
        target = "calon"
        [[side]]
        id = "paslon-1"
        title = "Paslon satu"
        number = 1
        [[side]]
        id = "paslon-2"
        title = "Paslon dua"
        number = 2
        [[keyword]]
        id = "paslon-2-akun"
        side = "paslon-2"
        kind = "account"
        strength = "strong"
        accounts = [{{ platform = "bluesky", handle = "@menang02.test", id = "{campaign}" }}]
        note = "akun pemenangan di peladen uji"
        "#
    )
}

async fn prepare(store: &Store, dir: &std::path::Path, campaign: &str) {
    support::program(store).await;
    let keywords = dir.join("keywords");
    std::fs::create_dir_all(&keywords).unwrap();
    std::fs::write(keywords.join("pilkada-uji.toml"), list(campaign)).unwrap();
    let set = Library::in_folder(keywords, None).set("pilkada-uji").unwrap();
    support::publish(store, &set).await;
}

fn said(output: &std::process::Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn a_real_pds_is_collected_into_hits_and_a_second_pass_adds_nothing() {
    let Some(mut network) = Network::start().await else { return };
    let config = format!(
        "[source.http]\nallow_private = [\"{}\", \"{}\"]\n[source.bluesky]\nentry = \"{pds}\"\nplc = \"{plc}\"\npage_size = 2\n",
        network.text("plc").replace("http://", ""),
        network.text("pds").replace("http://", ""),
        pds = network.text("pds"),
        plc = network.text("plc"),
    );
    let register = format!(
        "{REGISTER_HEADER}\nD1,Dinas Uji,dinas,P1,Bambang Uji,PPNPN,,staf,,bluesky,bambang.test,{},pernyataan,,2020-01-01,\n",
        network.did("bambang.test")
    );
    let ready = Ready::bare(&config).await;
    prepare(&ready.db.store, ready.dir.path(), &network.did("menang02.test")).await;
    ready.take_in(&register);

    let first = said(&ready.netral(&["collect", "--once"]));
    assert!(first.contains("1 accounts read, 0 failed; activities: 7 kept"), "{first}");
    let rows = contents(&ready.db.store).await;
    let reviewed = |verb: &str| rows.iter().filter(|r| r.1 == verb && r.3.is_some_and(|score| score >= 50)).count();
    for verb in ["share", "like", "follow"] {
        assert!(reviewed(verb) >= 1, "a {verb} of the campaign account is a hit: {rows:?}");
    }
    let clauses: Vec<String> =
        sqlx::query_scalar("select distinct clause from hit").fetch_all(ready.db.store.pool()).await.unwrap();
    assert_eq!(clauses, ["C.2.e"]);

    // The colleague who is not in the register: whatever way her posts come, they are turned away and counted.
    let theirs = network.items("sri.test").await;
    assert!(!theirs.is_empty());
    let file = ready.dir.path().join("sri.jsonl");
    let lines: Vec<_> = theirs.iter().map(|activity| serde_json::to_string(activity).unwrap()).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    crate::support::user(&ready.db.store, "petugas", netral::model::Role::Operator).await;
    let imported = said(&ready.netral(&["import", "jsonl", file.to_str().unwrap(), "--by", "petugas"]));
    assert!(imported.contains(&format!("0 kept, 0 known already, {} turned away", lines.len())), "{imported}");
    let turned_away: i64 = sqlx::query_scalar("select sum(turned_away)::bigint from intake")
        .fetch_one(ready.db.store.pool())
        .await
        .unwrap();
    assert_eq!(turned_away, lines.len() as i64);

    ready.db.store.make_due(None).await.unwrap();
    let second = said(&ready.netral(&["collect", "--once"]));
    assert!(second.contains("activities: 0 kept"), "{second}");
    assert_eq!(contents(&ready.db.store).await, rows, "a second pass adds nothing");

    network.more().await;
    ready.db.store.make_due(None).await.unwrap();
    let third = said(&ready.netral(&["collect", "--once"]));
    assert!(third.contains("activities: 2 kept"), "a new process goes on from the cursor: {third}");
    assert!(ready.netral(&["evidence", "verify"]).status.success());
}
