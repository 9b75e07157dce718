//! The register in the browser, and what people themselves do: who may, what stops whom, and what nobody learns.

use jiff::SignedDuration;
use netral::model::{AccountId, Activity, Role};
use netral::store::{Advance, Batch, CursorMove, NewActivity, StoreError, Wanted};

use super::*;
use crate::lists;
use crate::support;

const NIP: &str = "197305142001121002";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nbukan gambar sungguhan, tetapi berawal sama";
const REASON: &str = "Sudah dicocokkan dengan orangnya.";

impl World {
    async fn text(&self, sql: &'static str) -> String {
        let found: Option<Option<String>> = sqlx::query_scalar(sql).fetch_optional(self.db.store.pool()).await.unwrap();
        found.flatten().unwrap_or_default()
    }

    fn of_person(&self) -> String {
        format!("/register/orang/{}", self.person)
    }
}

fn person<'a>(unit: &'a str, code: &'a str, nip: &'a str) -> [(&'a str, &'a str); 7] {
    let name = "Wirabumi Prakosa";
    [("unit", unit), ("kode", code), ("nama", name), ("status", "PNS"), ("nip", nip), ("jabatan", ""), ("golongan", "")]
}

fn account<'a>(handle: &'a str, id: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("platform", "bluesky"),
        ("akun", handle),
        ("id_akun", id),
        ("bukti", "verifikasi_tatap_muka"),
        ("catatan", "berita acara 7"),
        ("dari", "2025-01-01"),
        ("sampai", ""),
    ]
}

#[tokio::test]
async fn a_person_and_their_account_take_two_people() {
    let world = World::new().await;
    let mut operator = world.login("operator").await;
    let unit = [("kode", "K7"), ("nama", "Kecamatan Awan"), ("jenis", "kecamatan")];
    assert_eq!(operator.post("/register/unit", &unit).await.status, StatusCode::SEE_OTHER);
    operator.post("/register/unit", &unit).await.has("Kode itu sudah dipakai unit lain.");
    let unit = world.text("select unit_id::text from unit where code = 'K7'").await;

    for (nip, words) in [("123", "18 angka"), ("197302302001121002", "angka 1-8 bukan tanggal lahir")] {
        let reply = operator.post("/register/orang", &person(&unit, "W1", nip)).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        reply.has(words);
        reply.has("value=\"Wirabumi Prakosa\"");
    }
    let added = operator.post("/register/orang", &person(&unit, "W1", "19730514 200112 1 002")).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER);
    let page = added.location().split('?').next().unwrap().to_owned();
    operator.get(&page).await.has(NIP);
    operator.post("/register/orang", &person(&unit, "W2", NIP)).await.has("NIP itu sudah dipakai orang lain.");
    let search = "/register/orang/cari";
    operator.post(search, &[("cari", "prakosa")]).await.has("Wirabumi Prakosa");
    operator.post(search, &[("cari", NIP)]).await.has("1 orang.");
    operator.post(search, &[("cari", "%")]).await.has("Tidak ada yang cocok.");
    let odd = [("cari", "x\0q"), ("unit", "bukan"), ("halaman", "-3")];
    operator.post(search, &odd).await.has("Tidak ada yang cocok.");
    // No number stands in an address, not even in that of the next page; and what an address says wrongly says nothing.
    operator.get("/register/orang").await.lacks("method=\"get\"");
    assert_eq!(operator.get("/register/orang?ok=person-added&n=x").await.status, StatusCode::OK);

    let to = format!("{page}/akun");
    assert_eq!(operator.post(&to, &account("@wira", "did:plc:w")).await.status, StatusCode::SEE_OTHER);
    operator.post(&to, &account("lain", "did:plc:w")).await.has("sudah ada dalam register");
    operator.post(&to, &[("platform", "tip"), ("akun", "x")]).await.has("Pilih platform.");
    let id = world.text("select account_id::text from account where external_id = 'did:plc:w'").await;
    let approve = format!("/register/akun/{id}/setujui");
    // Not by whoever linked it, not by whoever only looks.
    let seen = self::seen(&world, &id).await;
    assert!(operator.post(&approve, &[("dilihat", &seen)]).await.location().contains("account-none-approved"));
    for login in ["ketua", "auditor", "peninjau1"] {
        assert_eq!(world.login(login).await.post(&approve, &[]).await.status, StatusCode::FORBIDDEN, "{login}");
    }
    assert_eq!(world.text("select approved_by from account where external_id = 'did:plc:w'").await, "");
    let mut verifier = world.login("verifikator").await;
    verifier.get("/register/persetujuan").await.has("Wirabumi Prakosa");
    let seen_of_other = self::seen(&world, &world.account.to_string()).await;
    let reply = verifier.post("/register/persetujuan", &[("akun", &seen), ("akun", &seen_of_other)]).await;
    assert!(reply.location().ends_with("account-approved&n=1"), "{}", reply.location());
    let state =
        "select account_id::text from collector_state join account using (account_id) where external_id = 'did:plc:w'";
    assert_eq!(world.text(state).await, id);

    // Every look is in the ledger, by id alone.
    let before = world.count("ledger").await;
    verifier.get(&page).await.has("Wirabumi Prakosa");
    assert_eq!(world.count("ledger").await, before + 1);
    let secrets = "select string_agg(detail || subject, ' ') from ledger";
    let ledger = world.text(secrets).await;
    for secret in ["Wirabumi", NIP, "did:plc:w", "Kecamatan", "prakosa"] {
        assert!(!ledger.contains(secret), "{secret} is in the ledger");
    }
    // Whoever oversees reads, and has no form.
    for login in ["ketua", "auditor"] {
        let shown = world.login(login).await.get(&page).await;
        shown.has("Wirabumi Prakosa");
        shown.lacks("action=\"/register");
    }
}

/// The link of an account as a page shows it now.
async fn seen(world: &World, account: &str) -> String {
    let link = "select account_id || '@' || (extract(epoch from linked_at) * 1000000)::bigint from account
                where account_id = $1::uuid";
    sqlx::query_scalar(link).bind(account).fetch_one(world.db.store.pool()).await.unwrap()
}

#[tokio::test]
async fn under_another_name_accounts_are_approved_anew() {
    let world = World::new().await;
    let store = &world.db.store;
    let mut operator = world.login("operator").await;
    let edit = format!("{}/ubah", world.of_person());
    let unit = world.text("select unit_id::text from unit").await;
    operator.get(&edit).await.has("persetujuan yang lama diberikan untuk nama yang lain");
    let approved = "select count(*)::text from account where approved_at is not null";
    assert_eq!(world.text(approved).await, "3");
    // What is no identity changes nothing.
    let mut fields = person(&unit, "", "");
    (fields[2].1, fields[3].1, fields[5].1) = ("Orang Uji 1", "PPNPN", "kepala seksi");
    assert!(operator.post(&edit, &fields).await.location().contains("person-saved"));
    assert_eq!(world.text(approved).await, "3");

    let bluesky = [Wanted { platform: "bluesky".to_owned(), most: 10, needs_ground: false }];
    let lease = SignedDuration::from_mins(5);
    let worker = uuid::Uuid::now_v7();
    assert_eq!(store.lease_due(worker, &bluesky, 10, lease).await.unwrap().len(), 3);
    fields[2].1 = "Wirabumi Prakosa";
    let before = seen(&world, &world.account.to_string()).await;
    assert!(operator.post(&edit, &fields).await.location().ends_with("person-reopened&n=1"));
    assert_eq!(world.text(approved).await, "2");
    assert!(store.find_account("bluesky", "did:plc:uji1").await.unwrap().is_none());
    let leased = "select count(*)::text from collector_state where leased_by is not null";
    assert_eq!(world.text(leased).await, "2", "the page that is being read is not stored");
    // Not by whoever changed the name, though somebody else had linked the account.
    let approve = format!("/register/akun/{}/setujui", world.account);
    let now = seen(&world, &world.account.to_string()).await;
    assert!(operator.post(&approve, &[("dilihat", &now)]).await.location().contains("account-none-approved"));
    // Nor on a page that was opened before the change: it shows another name.
    let mut verifier = world.login("verifikator").await;
    for form in [vec![], vec![("dilihat", "x")]] {
        assert_eq!(verifier.post(&approve, &form).await.status, StatusCode::BAD_REQUEST);
    }
    assert!(verifier.post(&approve, &[("dilihat", &before)]).await.location().contains("account-none-approved"));
    assert!(verifier.post(&approve, &[("dilihat", &now)]).await.location().contains("account-approved"));
    assert_eq!(world.text(approved).await, "3");
    // The database itself does not let a name change under an approval.
    let sneaked = sqlx::query("update person set name = 'Lain' where code = 'P001'").execute(store.pool()).await;
    assert!(sneaked.unwrap_err().to_string().contains("approved under the name"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_changes_nothing() {
    let world = World::new().await;
    let mut operator = world.login("operator").await;
    let nobody = uuid::Uuid::nil();
    for path in [
        format!("/register/orang/{nobody}"),
        format!("/register/orang/{nobody}/ubah"),
        format!("/register/undangan/{nobody}"),
        format!("/register/pernyataan/{nobody}"),
        format!("/informasi-awal/{nobody}"),
        format!("/informasi-awal/{nobody}/gambar"),
        "/pernyataan/abcde-abcde-abcde-abcde".to_owned(),
        "/pernyataan/%00".to_owned(),
    ] {
        assert_eq!(operator.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [
        format!("/register/orang/{nobody}/akun"),
        format!("/register/orang/{nobody}/keadaan"),
        format!("/register/akun/{nobody}/setujui"),
        format!("/register/akun/{nobody}/akhiri"),
        format!("/register/akun/{nobody}/keberatan"),
    ] {
        assert_eq!(operator.post(&path, &account("a", "b")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/register/orang/1", "/register/akun/x/setujui", "/informasi-awal/..%2f"] {
        assert!(operator.get(path).await.status.is_client_error(), "{path}");
    }
    assert!(operator.post("/register/persetujuan", &[("akun", "bukan-id")]).await.status.is_client_error());
}

#[tokio::test]
async fn a_day_in_the_past_is_an_accounts_last_only_for_a_reason() {
    let world = World::new().await;
    let mut operator = world.login("operator").await;
    let end = format!("/register/akun/{}/akhiri", world.account);
    let today = jiff::Zoned::now();
    let day = |days: i64| today.checked_add(jiff::Span::new().days(days)).unwrap().date().to_string();
    assert!(operator.post(&end, &[("sampai", &day(30))]).await.location().contains("account-ended"));
    assert!(operator.post(&end, &[("sampai", &day(-30))]).await.location().contains("account-end-why"));
    let dated = [("sampai", day(-30)), ("alasan", "dijual bulan lalu".to_owned())];
    let dated = [(dated[0].0, dated[0].1.as_str()), (dated[1].0, dated[1].1.as_str())];
    assert!(operator.post(&end, &dated).await.location().contains("account-ended"));
    operator.get(&world.of_person()).await.has("dijual bulan lalu");
    let ledger = world.text("select string_agg(detail, ' ') from ledger where kind = 'account.ended'").await;
    assert!(ledger.contains("\"why\":true") && !ledger.contains("dijual"), "{ledger}");
}

#[tokio::test]
async fn circumstances_are_shown_where_the_person_is() {
    let world = World::new().await;
    let mut operator = world.login("operator").await;
    let path = format!("{}/keadaan", world.of_person());
    let note = |kind, contest, from| {
        [("jenis", kind), ("pemilihan", contest), ("dokumen", "SK 850/12/2029"), ("dari", from), ("sampai", "")]
    };
    operator.post(&path, &note("suami_istri_calon", "", "2025-01-01")).await.has("Sebutkan pemilihannya.");
    operator.post(&path, &note("cuti", "", "2025-01-01")).await.has("Pilih keadaan.");
    let noted = operator.post(&path, &note("suami_istri_calon", "Pemilihan Uji", "2025-01-01")).await;
    assert_eq!(noted.status, StatusCode::SEE_OTHER);
    operator.post(&path, &note("cltn", "", "2099-01-01")).await;

    // The person's hit, before and after one's own decision.
    let hit = world.page("post");
    let mut reviewer = world.login("peninjau1").await;
    reviewer.post(&format!("{hit}/klaim"), &[]).await;
    let blind = reviewer.get(&hit).await;
    blind.lacks("SK 850/12/2029");
    blind.lacks("Suami atau istri calon");
    reviewer.post(&format!("{hit}/putusan"), &SUSPICION).await;
    let seen = reviewer.get(&hit).await;
    seen.has("SK 850/12/2029");
    seen.has("Pemilihan Uji");
    seen.has("tidak berlaku pada hari perbuatan");
    seen.has("> <span class=\"tag\">berlaku pada hari perbuatan");
}

#[tokio::test]
async fn a_declaration_waits_for_an_operator_and_its_accounts_for_a_second_person() {
    let world = World::new().await;
    let form = format!("/pernyataan/{TOKEN}");
    let today = jiff::Zoned::now().date().to_string();
    let declare = |name: &str, number: &str| -> Vec<(&'static str, String)> {
        let pairs = [("instagram", "@orang.uji"), ("feed", "https://uji.example/feed"), ("", "")];
        let mut fields = Vec::new();
        for (platform, handle) in pairs {
            fields.push(("platform", platform.to_owned()));
            fields.push(("akun", handle.to_owned()));
        }
        for (key, value) in [("nama", name), ("nomor", number), ("tanggal", &today), ("setuju", "ya")] {
            fields.push((key, value.to_owned()));
        }
        fields
    };
    let post = |fields: &[(&'static str, String)]| fields.iter().map(|(k, v)| (*k, v.clone())).collect::<Vec<_>>();
    let mut browser = world.browser();
    let page = browser.get(&form).await;
    for words in ["SE 1/uji", "UU 27/2022", "14 hari", "https://contoh.example/pemberitahuan", "bukan akun saya"] {
        page.has(words);
    }
    page.lacks("Orang Uji");
    browser.get(&format!("{form}/cetak")).await.has("http://netral.test/pernyataan/");

    // Somebody of another unit, a number of nobody, a name that does not fit: one and the same answer.
    sqlx::raw_sql(
        "insert into unit (unit_id, code, name, kind) values (gen_random_uuid(), 'LAIN', 'Unit lain', '');
         insert into person (person_id, unit_id, code, name, status)
         select gen_random_uuid(), unit_id, 'L1', 'Sari Lain', 'PPNPN' from unit where code = 'LAIN'",
    )
    .execute(world.db.store.pool())
    .await
    .unwrap();
    let mut answers = Vec::new();
    for (name, number) in [("Sari Lain", "L1"), ("Orang Uji", "QQ77"), ("Zul Zulfa", "P001"), ("", "P001")] {
        let fields = post(&declare(name, number));
        let fields: Vec<_> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let reply = browser.post(&form, &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        if !name.is_empty() {
            reply.has("tidak cocok dengan register unit ini");
            let typed = [format!("value=\"{name}\""), format!("value=\"{number}\"")];
            answers.push(typed.iter().fold(reply.body, |body, typed| body.replace(typed, "value=\"\"")));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "the answers tell misfits apart");
    for missing in ["nama", "nomor", "tanggal", "setuju"] {
        let fields: Vec<_> = declare("Orang Uji", "P001").into_iter().filter(|(k, _)| *k != missing).collect();
        let fields: Vec<_> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        assert_eq!(browser.post(&form, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{missing}");
    }
    assert_eq!(world.count("declaration").await, 0);

    let fields = declare("Drs. Orang Uji, M.Si.", "p001");
    let fields: Vec<_> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let reply = browser.post(&form, &fields).await;
    assert!(reply.location().ends_with("ok=pernyataan"), "{}: {}", reply.status, reply.body);
    let path = format!("/register/pernyataan/{}", world.text("select declaration_id::text from declaration").await);

    // Accounts come of it only by an operator, and are read only after a second person.
    let mut verifier = world.login("verifikator").await;
    verifier.get(&path).await.has("Drs. Orang Uji, M.Si.");
    let accept =
        [("putus", "terima"), ("pakai", "0"), ("id_akun", "17841400000000"), ("id_akun", ""), ("dari", "2025-01-01")];
    assert_eq!(verifier.post(&path, &accept).await.status, StatusCode::FORBIDDEN);
    let mut operator = world.login("operator").await;
    operator
        .post(
            &path,
            &[
                ("putus", "terima"),
                ("pakai", "0"),
                ("pakai", "1"),
                ("id_akun", "1"),
                ("id_akun", ""),
                ("dari", "2025-01-01"),
            ],
        )
        .await
        .has("Isi id tetap");
    assert!(operator.post(&path, &accept).await.location().contains("declaration-accepted"));
    assert!(operator.post(&path, &accept).await.location().contains("settled-already"));
    let made = "select proof || ' ' || split_part(proof_note, '/', 1) || ' ' || coalesce(approved_by, '-') from account where external_id = '17841400000000'";
    assert_eq!(world.text(made).await, "pernyataan pernyataan -");
    // What was declared stays as it was signed; what was taken of it stands beside it.
    let declared = r#"[{"handle": "orang.uji", "platform": "instagram"}, {"handle": "https://uji.example/feed", "platform": "feed"}]"#;
    assert_eq!(world.text("select accounts::text from declaration").await, declared);
    let taken = "select (e ->> 'declared') || a.handle from declaration, jsonb_array_elements(accepted) e join account a on a.account_id::text = e ->> 'account'";
    assert_eq!(world.text(taken).await, "0orang.uji");
    operator.get(&path).await.has("tidak dipakai");

    // A refused one keeps nothing of what it said.
    browser.post(&form, &fields).await;
    let second = world.text("select declaration_id::text from declaration where state = 'waiting'").await;
    let refused = operator
        .post(&format!("/register/pernyataan/{second}"), &[("putus", "tolak"), ("alasan", "rangkap dua")])
        .await;
    assert!(refused.location().contains("declaration-refused"));
    assert_eq!(world.text("select signed_name || accounts::text from declaration where state = 'refused'").await, "[]");

    // Revoked: gone for everybody, as if it had never been.
    let invitation = world.text("select invitation_id::text from invitation").await;
    operator.post(&format!("/register/undangan/{invitation}/cabut"), &[]).await;
    assert_eq!(browser.get(&form).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.post(&form, &fields).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn guessing_who_works_in_a_unit_is_slowed_down() {
    let world = World::new().await;
    let path = format!("/pernyataan/{TOKEN}/keberatan");
    let mut browser = world.browser();
    for n in 0..5 {
        let reply = browser.post(&path, &[("nama", "Orang Bukan"), ("nomor", "P001")]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{n}");
    }
    let right = [("nama", "Orang Uji"), ("nomor", "P001")];
    let reply = browser.post(&path, &right).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    reply.has("Terlalu banyak percobaan");
    assert_eq!(world.count("objection").await, 0);
    // From elsewhere the person is not locked out, and a log-in from here is not either.
    browser.address = ([10, 9, 9, 9], 1).into();
    assert_eq!(browser.post(&path, &right).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.count("objection").await, 1);
    world.login("operator").await;
    // What succeeds is counted like what fails, in capitals or not.
    for number in ["p001", "P001", "p 001", "P001"] {
        let reply = browser.post(&path, &[("nama", "Orang Uji"), ("nomor", number)]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{number}");
    }
    assert_eq!(browser.post(&path, &right).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(world.count("objection").await, 1);
}

/// A page of one post that a worker has read and is about to store.
async fn page_of(world: &World, id: &str) -> Vec<NewActivity> {
    vec![NewActivity {
        account_id: world.account,
        activity: Activity { id: id.to_owned(), text: "halo".to_owned(), ..Activity::default() },
        raw: id.as_bytes().to_vec(),
        seen_at: jiff::Timestamp::now(),
        hits: Vec::new(),
    }]
}

#[tokio::test]
async fn an_objection_stops_even_the_page_that_is_being_read() {
    let world = World::new().await;
    let store = &world.db.store;
    let program = store.active_program().await.unwrap().unwrap();
    let worker = uuid::Uuid::now_v7();
    let lease = SignedDuration::from_mins(5);
    let bluesky = [Wanted { platform: "bluesky".to_owned(), most: 10, needs_ground: false }];
    assert_eq!(store.lease_due(worker, &bluesky, 10, lease).await.unwrap().len(), 3);

    // The person objects over the link; another's handle is answered the same way and stops nobody else.
    let mut browser = world.browser();
    let path = format!("/pernyataan/{TOKEN}/keberatan");
    let form = |handle| [("nama", "Orang Uji"), ("nomor", "P001"), ("akun", handle), ("alasan", "bukan saya")];
    let other = browser.post(&path, &form("uji2.contoh.example")).await;
    let own = browser.post(&path, &form("@UJI1.contoh.example")).await;
    assert_eq!((other.status, other.location()), (own.status, own.location()));
    assert_eq!(
        world.text("select string_agg(handle, ' ') from account where stopped_at is not null").await,
        "uji1.contoh.example"
    );

    let batch = |activities, cursor| Batch {
        activities,
        rejected: vec![(world.account, b"mentah".to_vec(), "rusak".to_owned())],
        cursor,
        ..Batch::new(&program, "bluesky")
    };
    let cursor = CursorMove { account_id: world.account, worker, cursor: "x".into(), handle: None, done: None };
    let refused = store.commit(&batch(page_of(&world, "sedang").await, Some(Advance::Account(cursor)))).await;
    assert!(matches!(refused, Err(StoreError::Conflict { constraint }) if constraint == "collector_lease_lost"));
    assert_eq!(world.count("quarantine").await, 0);
    // What comes without a lease, as an import does, is turned away by the register's rule.
    let import = Batch { rejected: Vec::new(), ..batch(page_of(&world, "impor").await, None) };
    let receipt = store.commit(&import).await.unwrap();
    assert_eq!((receipt.kept, receipt.turned_away), (0, 1));
    assert!(store.lease_due(uuid::Uuid::now_v7(), &bluesky, 10, lease).await.unwrap().is_empty());

    // A page whose rows are in, but not committed: the stop waits, and nothing comes in after it.
    let mut page = store.pool().begin().await.unwrap();
    sqlx::query(
        "insert into activity (account_id, activity_id, program_id, external_id, verb, text, seen_at, raw, raw_sha256)
                 select account_id, gen_random_uuid(), program_id, 'setengah', 'post', '', now(), 'x', sha256('x')
                 from account, program where handle = 'uji2.contoh.example'",
    )
    .execute(&mut *page)
    .await
    .unwrap();
    let second = world.text("select account_id::text from account where handle = 'uji2.contoh.example'").await;
    let second = AccountId(second.parse().unwrap());
    let stopping = tokio::spawn({
        let store = store.clone();
        async move { store.object(second, "bukan akunnya", "operator").await.unwrap() }
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!stopping.is_finished(), "the stop did not wait for the page");
    page.commit().await.unwrap();
    assert!(stopping.await.unwrap());
}

#[tokio::test]
async fn two_people_settle_an_objection() {
    let world = World::new().await;
    let store = &world.db.store;
    let mut operator = world.login("operator").await;
    let raise = format!("/register/akun/{}/keberatan", world.account);
    assert!(operator.post(&raise, &[("alasan", " ")]).await.location().contains("account-why"));
    assert!(operator.post(&raise, &[("alasan", "lewat telepon")]).await.location().contains("account-stopped"));
    assert!(operator.post(&raise, &[("alasan", "lewat telepon")]).await.location().contains("account-still"));
    // The database itself keeps it stopped.
    let sneaked = sqlx::query("update account set stopped_at = null").execute(store.pool()).await;
    assert!(sneaked.unwrap_err().to_string().contains("stands still"));

    let settle = |id: &str| format!("/register/keberatan/{id}");
    let id = world.text("select objection_id::text from objection where state = 'open'").await;
    let word = |word| [("putus", word), ("alasan", REASON)];
    let mut verifier = world.login("verifikator").await;
    let mut lead = world.login("ketua").await;
    assert_eq!(world.login("auditor").await.post(&settle(&id), &word("benar")).await.status, StatusCode::FORBIDDEN);
    assert!(lead.post(&settle(&id), &[("putus", "benar"), ("alasan", "ya")]).await.location().contains("settle-why"));
    assert!(lead.post(&settle(&id), &word("benar")).await.location().contains("objection-proposed"));
    assert!(lead.post(&settle(&id), &word("benar")).await.location().contains("settle-same"));
    // The second person disagrees: nothing is settled, and the proposal is theirs now.
    assert!(verifier.post(&settle(&id), &word("tidak")).await.location().contains("objection-proposed"));
    verifier.get("/register/keberatan").await.has("Orang pertama, verifikator");
    assert!(lead.post(&settle(&id), &word("tidak")).await.location().contains("objection-dismissed"));
    assert!(lead.post(&settle(&id), &word("tidak")).await.location().contains("settled-already"));
    let lease = SignedDuration::from_mins(5);
    let bluesky = [Wanted { platform: "bluesky".to_owned(), most: 10, needs_ground: false }];
    let due = store.lease_due(uuid::Uuid::now_v7(), &bluesky, 10, lease).await.unwrap();
    assert!(due.iter().any(|w| w.account.account_id == world.account), "reading goes on");

    // Over the open form the same objection now waits, and stops nothing by itself; an operator may stop the account.
    let mut browser = world.browser();
    let form = [("nama", "Orang Uji"), ("nomor", "P001"), ("alasan", "tetap bukan saya")];
    for _ in 0..2 {
        let again = browser.post(&format!("/pernyataan/{TOKEN}/keberatan"), &form).await;
        assert!(again.location().ends_with("ok=keberatan"));
    }
    let standing = "select count(*)::text from account where stopped_at is not null";
    let open = "select count(*) || string_agg(stops::text || reason, '') from objection where state = 'open'";
    assert_eq!(
        (world.text(standing).await, world.text(open).await),
        ("0".to_owned(), "1falsetetap bukan saya".to_owned())
    );
    verifier.get("/register/keberatan").await.has("Akun ini masih dibaca");
    assert!(operator.post(&raise, &[("alasan", "ada bukti baru")]).await.location().contains("account-stopped"));
    assert_eq!(world.text(standing).await, "1");
    assert_eq!(world.text(open).await, "1truetetap bukan saya\nada bukti baru");
    let id = world.text("select objection_id::text from objection where state = 'open'").await;
    lead.post(&settle(&id), &word("tidak")).await;
    assert!(verifier.post(&settle(&id), &word("tidak")).await.location().contains("objection-dismissed"));
    // A month later it stops at once again.
    sqlx::query(
        "update objection set settled_at = settled_at - interval '31 days', raised_at = raised_at - interval '31 days'",
    )
    .execute(store.pool())
    .await
    .unwrap();
    browser.post(&format!("/pernyataan/{TOKEN}/keberatan"), &form).await;
    assert_eq!(world.text(standing).await, "1");
    let id = world.text("select objection_id::text from objection where state = 'open'").await;
    lead.post(&settle(&id), &word("tidak")).await;
    assert!(verifier.post(&settle(&id), &word("tidak")).await.location().contains("objection-dismissed"));

    // Once more, and this time it is right: the link and what was read are gone, decisions stay.
    let mut reviewer = world.login("peninjau1").await;
    let hit = world.page("post");
    reviewer.post(&format!("{hit}/klaim"), &[]).await;
    reviewer.post(&format!("{hit}/putusan"), &SUSPICION).await;
    // The same post found by another list, too, and nobody has decided on that; the service says that it is gone; and the
    // account had been declared.
    let other = support::publish_row_of(store, "pilkada-lain").await;
    sqlx::query(
        "insert into hit (account_id, hit_id, activity_id, set_id, set_version, clause, stage, verb, level, score, matches, parts, reason, state)
         select account_id, gen_random_uuid(), activity_id, 'pilkada-lain', $1, clause, stage, verb, level, score, matches, parts, reason, 'open'
         from hit where state = 'decided'",
    )
    .bind(other)
    .execute(store.pool())
    .await
    .unwrap();
    sqlx::raw_sql(
        "insert into activity_fact (account_id, external_id, kind, raw, raw_sha256)
         select account_id, external_id, 'deleted', 'x', sha256('x') from activity join hit using (account_id, activity_id)
         where state = 'decided';
         insert into declaration (declaration_id, invitation_id, person_id, program_id, language, signed_name, signed_on, accounts,
                                  state, settled_by, settled_at, accepted)
         select gen_random_uuid(), invitation_id, person_id, program_id, 'id', 'Orang Uji', current_date,
                '[{\"platform\": \"x\", \"handle\": \"lain\"}, {\"platform\": \"bluesky\", \"handle\": \"Uji1.contoh.example\"}]',
                'accepted', 'operator', now(), jsonb_build_array(jsonb_build_object('declared', 0, 'account', gen_random_uuid()))
         from account, invitation, program where handle = 'uji1.contoh.example'",
    )
    .execute(store.pool())
    .await
    .unwrap();
    operator.post(&raise, &[("alasan", "lewat surat")]).await;
    let id = world.text("select objection_id::text from objection where state = 'open'").await;
    operator.post(&settle(&id), &word("benar")).await;
    assert!(verifier.post(&settle(&id), &word("benar")).await.location().contains("objection-upheld"));
    let account = "select handle || (unlinked_at is not null)::text || (valid_to is not null)::text from account where account_id in (select account_id from objection)";
    assert_eq!(world.text(account).await, "dilepastruetrue");
    let left = "select count(*)::text || string_agg(text, '') from activity where account_id in (select account_id from objection)";
    assert_eq!(world.text(left).await, "1", "only the decided one is left, and it is empty");
    assert_eq!(world.count("decision").await, 1);
    assert_eq!(world.count("activity_fact").await, 0);
    let waits =
        "select count(*)::text from hit where account_id in (select account_id from objection) and state = 'open'";
    assert_eq!(world.text(waits).await, "0", "nothing of it waits");
    assert_eq!(
        world.text("select accounts::text from declaration").await,
        r#"[{"handle": "lain", "platform": "x"}, {"handle": "", "platform": "bluesky"}]"#
    );
    // Whoever decided, and whoever oversees, is shown that there is nobody to show.
    for login in ["peninjau1", "auditor"] {
        let shown = world.login(login).await.get(&hit).await;
        shown.has("Tautan akun ini sudah ditarik");
        shown.lacks("Orang Uji");
        shown.lacks("Dinas Uji");
    }
    assert!(store.find_account("bluesky", "did:plc:uji1").await.unwrap().is_none());
    verifier.get(&world.of_person()).await.has("dilepas: bukan akunnya");
    verifier.get(&world.of_person()).await.lacks("uji1.contoh.example");
}

#[tokio::test]
async fn a_register_file_is_shown_before_it_is_taken_in() {
    let world = World::new().await;
    let mut operator = world.login("operator").await;
    let header = netral::register::COLUMNS.join(";");
    let file = |rows: &str| format!("{header}\n{rows}").into_bytes();
    let row = |code: &str, id: &str| {
        format!("D01;Dinas Uji;dinas;{code};Nama {code};PPNPN;;;;bluesky;a;{id};pernyataan;map;2025-01-01;\n")
    };
    let path = "/register/impor";
    let bad = file(&format!("{}{}", row("P9", "did:plc:uji1"), "D01;;;P8;Ani;ASN;1;;;;;;;;;\n"));
    let reply = operator.upload(path, &[], ("r.csv", &bad)).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in ["<code>nama_unit</code>", "<code>status</code>", "sudah tertaut pada orang lain"] {
        reply.has(words);
    }
    reply.lacks("Ani");
    assert_eq!(world.count("register_import").await, 0);
    for odd in [&b"PK\x03\x04rusak"[..], b"\xff\xfe\x00", b""] {
        assert_eq!(operator.upload(path, &[], ("r.xlsx", odd)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    let good = file(&format!("{}{}", row("P8", "did:plc:n8"), row("P9", "did:plc:n9")));
    let shown = operator.upload(path, &[], ("r.csv", &good)).await;
    shown.has("Baru: 0 unit, 2 orang, 2 akun.");
    assert_eq!(world.count("person").await, 3, "nothing has changed yet");
    let id = world.text("select import_id::text from register_import").await;
    // Another operator's word does not count.
    support::user(&world.db.store, "operator2", Role::Operator).await;
    sqlx::query("update app_user set password_hash = $1")
        .bind(crate::pages::cheap_hash())
        .execute(world.db.store.pool())
        .await
        .unwrap();
    let settle = format!("{path}/{id}");
    let other = world.login("operator2").await.post(&settle, &[("putus", "ambil")]).await;
    assert!(other.location().contains("settled-already"));
    assert_eq!(world.count("person").await, 3);
    // A row that does not fit any more: nothing is taken in, and the file is not lost.
    let pool = world.db.store.pool();
    let taken = "update account set external_id = $1 where handle = 'uji1.contoh.example'";
    sqlx::query(taken).bind("did:plc:n9").execute(pool).await.unwrap();
    assert!(operator.post(&settle, &[("putus", "ambil")]).await.location().contains("import-refused"));
    assert_eq!((world.count("person").await, world.count("register_import").await), (3, 1));
    sqlx::query(taken).bind("did:plc:uji1").execute(pool).await.unwrap();
    assert!(operator.post(&settle, &[("putus", "ambil")]).await.location().ends_with("import-taken&n=2"));
    assert!(operator.post(&settle, &[("putus", "ambil")]).await.location().contains("settled-already"));
    assert_eq!(world.count("person").await, 5);
    assert_eq!(world.count("register_import").await, 0);
    let waiting = "select count(*)::text from account where approved_at is null";
    assert_eq!(world.text(waiting).await, "2");
}

#[tokio::test]
async fn a_tip_is_confirmed_by_a_second_person_and_marked() {
    let world = lists::World::new(&lists::list(&lists::slogan("obor", "Gerakan Obor", ""))).await;
    for (login, role) in [("operator", Role::Operator), ("verifikator", Role::Verifier), ("auditor", Role::Auditor)] {
        support::user(world.store(), login, role).await;
    }
    world.give_passwords().await;
    let state = world.pages(world.lists().await);
    // One person's NIP is another's code.
    sqlx::query(
        "insert into person (person_id, unit_id, code, name, status, nip)
         select gen_random_uuid(), unit_id, n, 'Orang ' || n, 'PNS', case when n = 'N1' then $1 end from unit, unnest(array['N1', $1]) n",
    )
    .bind(NIP)
    .execute(world.store().pool())
    .await
    .unwrap();
    let mut operator = Browser::login(&state, "operator").await;
    let mut verifier = Browser::login(&state, "verifikator").await;
    let mut reviewer = Browser::login(&state, "peninjau").await;
    let seen = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::fixed(jiff::tz::offset(7)));
    let seen = seen.checked_sub(jiff::Span::new().hours(3)).unwrap().strftime("%Y-%m-%dT%H:%M").to_string();
    let tip = |text: &'static str| {
        vec![
            ("pegawai", "P001".to_owned()),
            ("alamat", "https://sosial.example/p/1".to_owned()),
            ("teks", text.to_owned()),
            ("pelapor", "warga, lewat pesan".to_owned()),
            ("cara", "whatsapp".to_owned()),
            ("dilihat", seen.clone()),
            ("diunggah", String::new()),
        ]
    };
    async fn send(browser: &mut Browser, fields: &[(&'static str, String)], picture: &[u8]) -> Reply {
        let fields: Vec<_> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
        browser.upload_as("gambar", "/informasi-awal", &fields, ("layar.png", picture)).await
    }
    let change = |key: &'static str, value: &'static str| {
        let mut fields = tip("Gerakan Obor");
        fields.iter_mut().find(|(k, _)| *k == key).unwrap().1 = value.to_owned();
        fields
    };
    for (fields, words) in [
        (change("pegawai", "tidak ada"), "id=\"t-pegawai-salah\">NIP atau kode itu tidak ada dalam register"),
        (
            change("pegawai", "19730514 200112 1 002"),
            "id=\"t-pegawai-salah\">NIP seseorang sama dengan kode orang lain",
        ),
        (change("alamat", "javascript:alert(1)"), "diawali http://"),
        (change("cara", "bisik"), "Pilih cara"),
        (change("dilihat", "2099-01-01T00:00"), "masa depan"),
        (change("pelapor", ""), "siapa yang menyampaikan"),
    ] {
        let reply = send(&mut operator, &fields, b"").await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        reply.has(words);
    }
    send(&mut operator, &tip("Gerakan Obor"), b"<svg/onload=alert(1)>").await.has("bukan gambar");
    let entered = send(&mut operator, &tip("Gerakan Obor untuk semua, pilih Wirabumi Prakosa"), PNG).await;
    let page = entered.location().split('?').next().unwrap().to_owned();
    let picture = format!("{page}/gambar");
    operator.get(&page).await.has("SHA-256");
    // Before it is confirmed it is in no queue, and its picture is not for reviewers.
    assert_eq!(reviewer.get(&picture).await.status, StatusCode::NOT_FOUND);
    assert_eq!(reviewer.get(&page).await.status, StatusCode::FORBIDDEN);
    let shown = verifier.get(&picture).await;
    assert_eq!((shown.bytes.as_slice(), shown.headers[header::CONTENT_TYPE].to_str().unwrap()), (PNG, "image/png"));

    let confirm = [("putus", "benarkan")];
    assert!(operator.post(&page, &confirm).await.location().contains("tip-own"));
    let done = verifier.post(&page, &confirm).await;
    assert!(done.location().contains("tip-queued"), "{} {}", done.status, done.location());
    assert!(verifier.post(&page, &confirm).await.location().contains("settled-already"));
    let queue = reviewer.get("/antrean").await;
    queue.has("informasi awal, belum diverifikasi");
    queue.lacks("Orang Uji");
    let (hit, ..) = world.hit("Gerakan Obor untuk semua, pilih Wirabumi Prakosa").await.unwrap();
    let blind = reviewer.get(&format!("/telaah/{hit}")).await;
    blind.has("informasi awal, belum diverifikasi");
    blind.has(&picture);
    for secret in ["Orang Uji", "warga, lewat pesan", "P001"] {
        blind.lacks(secret);
    }
    assert_eq!(reviewer.get(&picture).await.bytes, PNG);

    // Nobody drops one without saying why; the ledger keeps it.
    let entered = send(&mut operator, &tip("salah orang"), b"").await;
    let wrong = entered.location().split('?').next().unwrap().to_owned();
    assert!(verifier.post(&wrong, &[("putus", "buang")]).await.location().contains("tip-drop-why"));
    let drop = [("putus", "buang"), ("alasan", "bukan_orangnya")];
    assert!(verifier.post(&wrong, &drop).await.location().contains("tip-dropped"));
    let why: String = sqlx::query_scalar("select detail from ledger where kind = 'tip.dropped'")
        .fetch_one(world.store().pool())
        .await
        .unwrap();
    assert_eq!(why, r#"{"why":"bukan_orangnya"}"#);

    // Nothing matches: it is said, and kept only with its activity.
    let entered = send(&mut operator, &tip("cuaca cerah di pasar"), b"").await;
    let quiet = entered.location().split('?').next().unwrap().to_owned();
    assert!(verifier.post(&quiet, &confirm).await.location().contains("tip-no-hit"));
    verifier.get(&quiet).await.has("tidak ada yang cocok");
    let pool = world.store().pool();
    sqlx::query("delete from activity where text = 'cuaca cerah di pasar'").execute(pool).await.unwrap();
    assert_eq!(verifier.get(&quiet).await.status, StatusCode::NOT_FOUND);
    sqlx::query("update activity set raw = '' where text like 'Gerakan%'").execute(pool).await.unwrap();
    assert_eq!(verifier.get(&page).await.status, StatusCode::NOT_FOUND);
    // The account behind it has two names, and nobody collects it.
    let account: (String, String, i64) = sqlx::query_as(
        "select linked_by, approved_by, (select count(*) from collector_state s where s.account_id = a.account_id) from account a where platform = 'tip'",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(account, ("operator".to_owned(), "verifikator".to_owned(), 0));
    world.ledger_is_whole().await;
}

#[tokio::test]
async fn what_people_wrote_is_forgotten_once_it_is_settled_or_given_up() {
    let world = World::new().await;
    sqlx::raw_sql(
        "insert into declaration (declaration_id, invitation_id, person_id, program_id, language, signed_name, signed_on, accounts, sent_at)
         select gen_random_uuid(), invitation_id, person_id, program_id, 'id', code, current_date, '[{\"platform\": \"x\", \"handle\": \"a\"}]',
                now() - case code when 'P001' then interval '91 days' else interval '89 days' end
         from invitation, person, program;
         update declaration set state = 'refused', settled_by = 'operator', settled_at = now() - interval '31 days', reason = 'rangkap dua',
                                signed_name = '', accounts = '[]' where signed_name = 'P003';
         insert into objection (objection_id, account_id, source, raised_by, reason, state, proposed, proposed_by, proposed_at,
                                proposed_why, settled_by, settled_at, settled_why)
         select gen_random_uuid(), account_id, 'operator', 'operator', 'cerita panjang', 'dismissed', 'dismissed', 'ketua', now(),
                'sudah dicek', 'verifikator', now() - interval '31 days', 'sudah dicek' from account where handle = 'uji1.contoh.example'",
    )
    .execute(world.db.store.pool())
    .await
    .unwrap();
    let swept = world.db.store.forget("test").await.unwrap();
    assert_eq!((swept.declarations, swept.texts), (1, 2));
    let left = "select string_agg(state || signed_name || reason || jsonb_array_length(accounts), ' ' order by state) from declaration";
    assert_eq!(world.text(left).await, "expired0 refused0 waitingP0021");
    assert_eq!(world.text("select reason || settled_why from objection").await, "sudah dicek");
    assert_eq!(world.db.store.forget("test").await.unwrap(), netral::store::Forgotten::default());
}
