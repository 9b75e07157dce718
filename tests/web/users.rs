//! Users: who adds them, who confirms, one's own account, the second factor.

use data_encoding::BASE32_NOPAD;
use netral::model::UserId;
use netral::web::{Keyring, SecondFactorRule};
use secrecy::SecretString;
use totp_rs::Builder;

use super::*;

const KEY: &str = "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";
const CHOSEN: &str = "kereta malam lewat jembatan";

pub fn with_key() -> WebConfig {
    let key = Keyring::parse(&SecretString::from(KEY.to_owned()));
    WebConfig { secure_cookies: false, secret_key: key, ..WebConfig::default() }
}

/// The text of the first `<code class="secret">` on a page.
fn secrets(reply: &Reply) -> Vec<String> {
    let parts = reply.body.split("<code class=\"secret\">").skip(1);
    parts.map(|part| part.split('<').next().unwrap().to_owned()).collect()
}

async fn id_of(world: &World, login: &str) -> UserId {
    let users = world.db.store.users().await.unwrap();
    users.into_iter().find(|(user, _)| user.login == login).unwrap().0.user_id
}

async fn proposal(world: &World) -> String {
    let waiting = world.db.store.user_proposals().await.unwrap();
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    format!("/pengguna/usulan/{}", waiting[0].proposal_id)
}

async fn rows(world: &World, kind: &str) -> i64 {
    let sql = "select count(*) from ledger where kind = $1";
    sqlx::query_scalar(sql).bind(kind).fetch_one(world.db.store.pool()).await.unwrap()
}

async fn ledger_lacks(world: &World, secret: &str) {
    let sql = "select count(*) from ledger where position($1 in detail || subject || actor) > 0";
    let n: i64 = sqlx::query_scalar(sql).bind(secret).fetch_one(world.db.store.pool()).await.unwrap();
    assert_eq!(n, 0, "a secret is in the ledger");
}

async fn log_in(world: &World, login: &str, password: &str) -> (Browser, Reply) {
    let mut browser = world.browser();
    let reply = browser.post("/masuk", &[("nama", login), ("sandi", password)]).await;
    (browser, reply)
}

const NEWCOMER: [(&str, &str); 5] = [
    ("masuk", "Baru.Satu"),
    ("nama", "Wahyu Nugraha"),
    ("peran", "reviewer"),
    ("bahasa", "id"),
    ("alasan", "menggantikan yang pindah tugas"),
];

#[tokio::test]
async fn a_new_reviewer_takes_two_people_and_chooses_a_password_first() {
    let world = World::new().await;
    let mut admin = world.login("admin").await;
    let shown = admin.post("/pengguna", &NEWCOMER).await;
    assert_eq!(shown.status, StatusCode::OK);
    shown.has("baru.satu");
    let initial = secrets(&shown).remove(0);
    ledger_lacks(&world, &initial).await;
    assert_eq!(log_in(&world, "baru.satu", &initial).await.1.status, StatusCode::UNAUTHORIZED, "waits");
    admin.get("/pengguna").await.has("Menunggu orang kedua");

    let there = proposal(&world).await;
    for (login, allowed) in [("admin", false), ("operator", false), ("verifikator", false), ("ketua", true)] {
        let reply = world.login(login).await.post(&there, &[("putus", "setuju")]).await;
        let done = reply.location() == "/pengguna?ok=user-confirmed";
        assert_eq!(done, allowed, "{login}: {} {}", reply.status, reply.location());
    }
    assert_eq!((rows(&world, "user.proposed").await, rows(&world, "user.confirmed").await), (1, 1));

    let (mut browser, reply) = log_in(&world, "baru.satu", &initial).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    for path in ["/", "/antrean", "/coba", "/bantuan"] {
        assert_eq!(browser.get(path).await.location(), "/akun-saya", "{path}");
    }
    let refused = browser.post("/antrean/berikutnya", &[]).await;
    assert_eq!(refused.location(), "/akun-saya");
    let page = browser.get("/akun-saya").await;
    page.has("masih kata sandi awal");
    page.lacks("href=\"/antrean\"");
    for (old, new, again, words) in [
        ("salah sama sekali", CHOSEN, CHOSEN, "Kata sandi ini tidak cocok."),
        (initial.as_str(), CHOSEN, "lain lagi saja", "berbeda"),
        (initial.as_str(), "pendek", "pendek", "Kurang dari 12"),
        (initial.as_str(), "rahasiarahasia", "rahasiarahasia", "pertama dicoba"),
        (initial.as_str(), initial.as_str(), initial.as_str(), "sama dengan yang lama"),
    ] {
        let reply = browser.post("/akun-saya/sandi", &[("lama", old), ("baru", new), ("ulang", again)]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        reply.has(words);
        reply.lacks(CHOSEN);
    }
    let changed = browser.post("/akun-saya/sandi", &[("lama", &initial), ("baru", CHOSEN), ("ulang", CHOSEN)]).await;
    assert_eq!(changed.location(), "/akun-saya?ok=own-password-changed");
    assert_eq!(browser.get("/antrean").await.status, StatusCode::OK, "the same session goes on");
    assert_eq!(log_in(&world, "baru.satu", &initial).await.1.status, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(&world, "baru.satu", CHOSEN).await.1.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_is_refused_leaves_no_row_and_a_list_role_needs_one_person() {
    let world = World::new().await;
    let mut admin = world.login("admin").await;
    admin.post("/pengguna", &NEWCOMER).await;
    let there = proposal(&world).await;
    assert_eq!(admin.post(&there, &[("putus", "tolak")]).await.location(), "/pengguna?ok=user-refused", "taken back");
    assert!(world.db.store.users().await.unwrap().iter().all(|(user, _)| user.login != "baru.satu"));
    assert_eq!(rows(&world, "user.refused").await, 1);

    let mut fields = NEWCOMER;
    fields[2] = ("peran", "keyword_admin");
    let initial = secrets(&admin.post("/pengguna", &fields).await).remove(0);
    assert_eq!(log_in(&world, "baru.satu", &initial).await.1.status, StatusCode::SEE_OTHER);
    for (field, value, words) in [
        ("masuk", "baru.satu", "sudah dipakai"),
        ("masuk", "tidak boleh", "huruf kecil, angka"),
        ("peran", "raja", "Pilih peran."),
        ("peran", "unit_head", "memerlukan unit kerja"),
        ("alasan", "", "paling sedikit lima"),
        ("nama", "", "Tulis nama"),
    ] {
        let mut fields = [("masuk", "baru.dua"), NEWCOMER[1], NEWCOMER[2], NEWCOMER[3], NEWCOMER[4]];
        let place = fields.iter().position(|(name, _)| *name == field).unwrap();
        fields[place].1 = value;
        let reply = admin.post("/pengguna", &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}={value}");
        reply.has(words);
        if field != "nama" {
            reply.has("Wahyu Nugraha");
        }
    }
    sqlx::query("update app_user set initial_until = now() - interval '1 hour' where login = 'baru.satu'")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(log_in(&world, "baru.satu", &initial).await.1.status, StatusCode::UNAUTHORIZED, "run out");
    admin.get("/pengguna").await.has("kedaluwarsa");
}

#[tokio::test]
async fn a_role_that_decides_is_confirmed_by_somebody_else() {
    let world = World::new().await;
    let (mut admin, mut lead) = (world.login("admin").await, world.login("ketua").await);
    let id = id_of(&world, "katakunci").await;
    let page = format!("/pengguna/{id}");
    let role = format!("{page}/peran");
    let asked = admin.post(&role, &[("peran", "verifier"), ("alasan", "tugas baru di BKPSDM")]).await;
    assert_eq!(asked.location(), format!("{page}?ok=user-proposed"));
    let twice = admin.post(&role, &[("peran", "lead"), ("alasan", "tugas baru di BKPSDM")]).await;
    assert_eq!(twice.location(), format!("{page}?salah=user-open"));
    let there = proposal(&world).await;
    assert_eq!(admin.post(&there, &[("putus", "setuju")]).await.location(), "/pengguna?salah=user-same-person");
    let mut browser = world.login("katakunci").await;
    assert_eq!(browser.get("/antrean").await.status, StatusCode::FORBIDDEN);
    assert_eq!(lead.post(&there, &[("putus", "setuju")]).await.location(), "/pengguna?ok=user-confirmed");
    assert_eq!(browser.get("/antrean").await.status, StatusCode::OK);
    assert_eq!(lead.post(&there, &[("putus", "setuju")]).await.location(), "/pengguna?salah=user-gone");

    // Nobody for themselves, and what takes power away takes one person and frees what was held.
    let own = format!("/pengguna/{}/peran", id_of(&world, "admin").await);
    assert!(
        admin
            .post(&own, &[("peran", "lead"), ("alasan", "saya sendiri saja")])
            .await
            .location()
            .contains("same-person")
    );
    let hit = world.page("post");
    assert!(browser.post(&format!("{hit}/klaim"), &[]).await.status.is_redirection());
    let taken = admin.post(&role, &[("peran", "keyword_admin"), ("alasan", "")]).await;
    assert_eq!(taken.location(), format!("{page}?ok=user-changed"));
    assert_eq!(browser.get("/antrean").await.status, StatusCode::FORBIDDEN);
    let held: i64 = sqlx::query_scalar("select count(*) from hit where claimed_by is not null")
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(held, 0);
    // The operator asks for roles, but takes none away.
    let mut operator = world.login("operator").await;
    assert_eq!(operator.post(&role, &[("peran", "unit_head"), ("alasan", "")]).await.status, StatusCode::FORBIDDEN);
    let asked = operator.post(&role, &[("peran", "auditor"), ("alasan", "pindah ke Inspektorat")]).await;
    assert_eq!(asked.location(), format!("{page}?ok=user-proposed"));
    let there = proposal(&world).await;
    assert_eq!(operator.post(&there, &[("putus", "setuju")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(operator.post(&there, &[("putus", "tolak")]).await.location(), "/pengguna?ok=user-refused");
}

#[tokio::test]
async fn the_database_itself_insists_on_two_people() {
    let world = World::new().await;
    let mut admin = world.login("admin").await;
    admin.post("/pengguna", &NEWCOMER).await;
    for by in ["admin", "baru.satu"] {
        let sql = "update user_proposal set state = 'confirmed', settled_by = $1, settled_at = now()";
        let error = sqlx::query(sql).bind(by).execute(world.db.store.pool()).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().constraint(), Some("user_proposal_four_eyes"), "{by}");
    }
}

#[tokio::test]
async fn shutting_out_ends_sessions_at_once() {
    let world = World::new().await;
    let mut admin = world.login("admin").await;
    let mut browser = world.login("peninjau1").await;
    let page = format!("/pengguna/{}", id_of(&world, "peninjau1").await);
    admin.get(&page).await.has("Kusnan Adiwijaya");
    assert_eq!(admin.post(&format!("{page}/tutup"), &[]).await.location(), format!("{page}?ok=user-shut"));
    assert!(browser.get("/antrean").await.location().starts_with("/masuk"));
    assert_eq!(log_in(&world, "peninjau1", PASSWORD).await.1.status, StatusCode::UNAUTHORIZED);
    assert_eq!(admin.post(&format!("{page}/buka"), &[]).await.location(), format!("{page}?ok=user-opened"));
    let initial = secrets(&admin.post(&format!("{page}/sandi"), &[]).await).remove(0);
    assert_eq!(log_in(&world, "peninjau1", PASSWORD).await.1.status, StatusCode::UNAUTHORIZED);
    let (mut browser, _) = log_in(&world, "peninjau1", &initial).await;
    assert_eq!(browser.get("/antrean").await.location(), "/akun-saya");
    let own = format!("/pengguna/{}", id_of(&world, "admin").await);
    for act in ["tutup", "sandi"] {
        assert_eq!(admin.post(&format!("{own}/{act}"), &[]).await.location(), format!("{own}?salah=user-self"));
    }
    for login in ["auditor", "verifikator"] {
        let mut reader = world.login(login).await;
        let page = reader.get(&page).await;
        page.has("Kusnan Adiwijaya");
        page.lacks("<h2>Akses</h2>");
    }
}

#[tokio::test]
async fn one_sees_and_ends_ones_own_sessions() {
    let world = World::new().await;
    let (mut here, mut there) = (world.login("peninjau1").await, world.login("peninjau1").await);
    let mut other = world.login("peninjau2").await;
    let page = here.get("/akun-saya").await;
    page.has("sesi ini");
    let id = page.body.split("name=\"sesi\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    other.post("/akun-saya/sesi", &[("sesi", &id)]).await;
    assert_eq!(there.get("/antrean").await.status, StatusCode::OK, "only one's own");
    assert_eq!(here.post("/akun-saya/sesi", &[("sesi", &id)]).await.status, StatusCode::SEE_OTHER);
    assert!(there.get("/antrean").await.location().starts_with("/masuk"));
    let mut there = world.login("peninjau1").await;
    here.post("/akun-saya/sesi", &[]).await;
    assert!(there.get("/antrean").await.location().starts_with("/masuk"));
    assert_eq!(here.get("/antrean").await.status, StatusCode::OK);
    assert_eq!(here.post("/akun-saya/sesi", &[("sesi", "bukan-id")]).await.status, StatusCode::BAD_REQUEST);
}

/// An authenticator app.
pub struct App(Vec<u8>);

impl App {
    /// Takes the secret from the page on which it is set up.
    fn scan(page: &Reply) -> Self {
        let spelled = secrets(page).remove(0).replace(' ', "");
        assert!(page.body.contains(&format!("secret={spelled}")), "the picture and the text agree");
        Self(BASE32_NOPAD.decode(spelled.as_bytes()).unwrap())
    }

    /// The code now, or some steps from now.
    pub fn code(&self, steps: i64) -> String {
        let at = jiff::Timestamp::now().as_second() + 30 * steps;
        Builder::new().with_secret(self.0.as_slice()).build().unwrap().generate(at.try_into().unwrap()).to_string()
    }
}

/// Sets a second factor up and returns the app and the recovery codes.
pub async fn set_up(browser: &mut Browser) -> (App, Vec<String>) {
    assert_eq!(browser.post("/akun-saya/faktor-kedua/mulai", &[]).await.location(), "/akun-saya/faktor-kedua");
    let page = browser.get("/akun-saya/faktor-kedua").await;
    page.has("<svg class=\"qr\"");
    let app = App::scan(&page);
    let wrong = browser.post("/akun-saya/faktor-kedua", &[("sandi", PASSWORD), ("kode", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = browser.post("/akun-saya/faktor-kedua", &[("sandi", "bukan ini"), ("kode", &app.code(0))]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = browser.post("/akun-saya/faktor-kedua", &[("sandi", PASSWORD), ("kode", &app.code(-1))]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let codes = secrets(&done);
    assert_eq!(codes.len(), 10);
    (app, codes)
}

#[tokio::test]
async fn the_log_in_asks_for_a_code_and_no_code_counts_twice() {
    let world = World::with(with_key()).await;
    let mut browser = world.login("peninjau1").await;
    let (app, codes) = set_up(&mut browser).await;
    let pool = world.db.store.pool();
    let sealed: Vec<u8> = sqlx::query_scalar("select sealed from second_factor").fetch_one(pool).await.unwrap();
    assert!(!sealed.windows(app.0.len()).any(|w| w == app.0), "the secret is sealed");
    ledger_lacks(&world, &codes[0]).await;

    let mut second = world.browser();
    let reply = second.post("/masuk", &[("nama", "peninjau1"), ("sandi", PASSWORD), ("lanjut", "/sumber")]).await;
    assert_eq!(reply.location(), "/masuk/kode?lanjut=%2Fsumber");
    assert!(second.get("/antrean").await.location().starts_with("/masuk"), "the password alone opens nothing");
    assert_eq!(second.get("/akun-saya").await.location(), "/masuk?lanjut=/akun-saya");
    second.get("/masuk/kode?lanjut=%2Fsumber").await.has("value=\"/sumber\"");
    let used = second.post("/masuk/kode", &[("kode", &app.code(-1))]).await;
    assert_eq!(used.status, StatusCode::UNAUTHORIZED, "used at the set-up");
    let before = second.cookies.clone();
    let code = app.code(0);
    let good = second.post("/masuk/kode", &[("kode", &code), ("lanjut", "/sumber")]).await;
    assert_eq!(good.location(), "/sumber");
    assert_ne!(before, second.cookies, "a new token");
    assert_eq!(second.get("/antrean").await.status, StatusCode::OK);

    let (mut third, _) = log_in(&world, "peninjau1", PASSWORD).await;
    assert_eq!(third.post("/masuk/kode", &[("kode", &code)]).await.status, StatusCode::UNAUTHORIZED, "replayed");
    let typed = codes[0].to_uppercase().replace('-', " ");
    assert_eq!(third.post("/masuk/kode", &[("kode", &typed)]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(rows(&world, "user.recovery_code").await, 1);
    let (mut fourth, _) = log_in(&world, "peninjau1", PASSWORD).await;
    assert_eq!(fourth.post("/masuk/kode", &[("kode", &codes[0])]).await.status, StatusCode::UNAUTHORIZED, "once only");
    third.get("/akun-saya").await.has("Sisa kode pemulihan: 9");

    let renewed = third.post("/akun-saya/faktor-kedua/kode", &[("sandi", PASSWORD), ("kode", &codes[1])]).await;
    assert_eq!(secrets(&renewed).len(), 10);
    assert_eq!(fourth.post("/masuk/kode", &[("kode", &codes[2])]).await.status, StatusCode::UNAUTHORIZED, "void");
    let fresh = &secrets(&renewed)[0];
    let gone = third.post("/akun-saya/faktor-kedua/hapus", &[("sandi", PASSWORD), ("kode", fresh)]).await;
    assert_eq!(gone.location(), "/akun-saya/faktor-kedua?ok=factor-removed");
    assert_eq!(log_in(&world, "peninjau1", PASSWORD).await.1.location(), "/");
    assert_eq!(world.browser().get("/masuk/kode").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn codes_cannot_be_guessed_from_many_addresses() {
    let world = World::with(with_key()).await;
    let (app, _) = set_up(&mut world.login("ketua").await).await;
    let tries = (0..20_u8).map(|n| {
        let (world, guess) = (&world, format!("{:06}", u32::from(n) * 7));
        async move {
            let (mut browser, _) = log_in(world, "ketua", PASSWORD).await;
            browser.address = ([10, 7, 7, n], 1).into();
            browser.post("/masuk/kode", &[("kode", &guess)]).await.status
        }
    });
    let answers = futures::future::join_all(tries).await;
    let heard = answers.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
    assert!(heard <= 6, "{heard} guesses were checked; five and one in flight may be");
    let (mut owner, _) = log_in(&world, "ketua", PASSWORD).await;
    assert_eq!(owner.post("/masuk/kode", &[("kode", &app.code(0))]).await.status, StatusCode::TOO_MANY_REQUESTS);
    sqlx::query("update login_failure set at = at - interval '16 minutes'")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(owner.post("/masuk/kode", &[("kode", &app.code(0))]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn where_it_is_required_no_other_page_opens_before() {
    let roles = vec![Role::Lead];
    let config = WebConfig { second_factor: SecondFactorRule::Required, second_factor_roles: roles, ..with_key() };
    let world = World::with(config).await;
    assert_eq!(world.login("peninjau1").await.get("/antrean").await.status, StatusCode::OK, "another role");
    let mut lead = world.login("ketua").await;
    for path in ["/", "/antrean", "/akun-saya", "/pengguna"] {
        assert_eq!(lead.get(path).await.location(), "/akun-saya/faktor-kedua", "{path}");
    }
    lead.get("/akun-saya/faktor-kedua").await.has("Peran Anda memerlukan faktor kedua");
    set_up(&mut lead).await;
    assert_eq!(lead.get("/antrean").await.status, StatusCode::OK);
    let keyless = World::new().await;
    let mut without = keyless.login("ketua").await;
    without.get("/akun-saya/faktor-kedua").await.has("NETRAL_SECRET_KEY");
}

#[tokio::test]
async fn a_lost_phone_takes_two_people() {
    let world = World::with(with_key()).await;
    let mut owner = world.login("peninjau1").await;
    set_up(&mut owner).await;
    let (mut admin, mut lead) = (world.login("admin").await, world.login("ketua").await);
    let page = format!("/pengguna/{}", id_of(&world, "peninjau1").await);
    let asked = admin.post(&format!("{page}/faktor-kedua"), &[("alasan", "ponsel hilang di jalan")]).await;
    assert_eq!(asked.location(), format!("{page}?ok=user-proposed"));
    let there = proposal(&world).await;
    assert!(admin.post(&there, &[("putus", "setuju")]).await.location().contains("same-person"));
    assert_eq!(owner.get("/antrean").await.status, StatusCode::OK);
    assert_eq!(lead.post(&there, &[("putus", "setuju")]).await.location(), "/pengguna?ok=user-confirmed");
    assert!(owner.get("/antrean").await.location().starts_with("/masuk"), "sessions end");
    assert_eq!(log_in(&world, "peninjau1", PASSWORD).await.1.location(), "/");
    assert_eq!((world.count("second_factor").await, world.count("recovery_code").await), (0, 0));
    let none = admin.post(&format!("{page}/faktor-kedua"), &[("alasan", "ponsel hilang lagi")]).await;
    assert_eq!(none.location(), format!("{page}?salah=user-gone"));

    // Where there is no second person, the machine's owner; the ledger says how.
    let mut owner = world.login("peninjau1").await;
    set_up(&mut owner).await;
    assert!(world.db.store.reset_factor("peninjau1", "pemilik").await.unwrap());
    assert!(owner.get("/antrean").await.location().starts_with("/masuk"));
    assert!(!world.db.store.reset_factor("peninjau1", "pemilik").await.unwrap());
    assert_eq!(rows(&world, "user.factor_reset").await, 1);
}

#[tokio::test]
async fn a_colleague_who_is_away_frees_hits_and_is_stood_in_for() {
    let world = World::new().await;
    let (mut admin, mut lead) = (world.login("admin").await, world.login("ketua").await);
    let hit = world.page("post");
    assert!(lead.post(&format!("{hit}/klaim"), &[]).await.status.is_redirection());
    admin.post("/pengguna", &NEWCOMER).await;
    let there = proposal(&world).await;
    let mut verifier = world.login("verifikator").await;
    assert_eq!(verifier.post(&there, &[("putus", "setuju")]).await.status, StatusCode::FORBIDDEN);

    let page = format!("/pengguna/{}", id_of(&world, "ketua").await);
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::fixed(jiff::tz::offset(7))).date().to_string();
    for (days, who, key) in [
        (("", ""), "verifikator", "absence-bad"),
        ((today.as_str(), "2020-01-01"), "verifikator", "absence-bad"),
        ((today.as_str(), today.as_str()), "ketua", "absence-who"),
        ((today.as_str(), today.as_str()), "admin", "absence-who"),
        ((today.as_str(), today.as_str()), "peninjau1", "absence-who"),
    ] {
        let fields = [("dari", days.0), ("sampai", days.1), ("wakil", who)];
        let reply = admin.post(&format!("{page}/cuti"), &fields).await;
        assert_eq!(reply.location(), format!("{page}?salah={key}"), "{who} {days:?}");
    }
    let fields = [("dari", today.as_str()), ("sampai", today.as_str()), ("wakil", "verifikator")];
    assert_eq!(admin.post(&format!("{page}/cuti"), &fields).await.location(), format!("{page}?ok=absence-noted"));
    let mut other = world.login("peninjau2").await;
    assert!(other.post(&format!("{hit}/klaim"), &[]).await.status.is_redirection(), "free at once");
    assert_eq!(verifier.post(&there, &[("putus", "setuju")]).await.location(), "/pengguna?ok=user-confirmed");
    let shown = admin.get(&page).await;
    shown.has("verifikator");
    let end = shown.body.split("action=\"/pengguna/cuti/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(admin.post(&format!("/pengguna/cuti/{end}"), &[]).await.location(), format!("{page}?ok=absence-ended"));
    let mut fields = NEWCOMER;
    fields[0] = ("masuk", "baru.dua");
    admin.post("/pengguna", &fields).await;
    let there = proposal(&world).await;
    assert_eq!(verifier.post(&there, &[("putus", "setuju")]).await.status, StatusCode::FORBIDDEN);
}
