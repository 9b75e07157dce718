//! A small world for the tests of the pages: users of every role, hits of every kind, and a browser without a screen.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp, ToSpan};
use netral::model::{
    AccountId, Activity, Hit, HitId, Kind, Language, Level, Match, Media, Part, PersonId, Role, Score, Severity,
    Stance, Target, Verb,
};
use netral::store::{Batch, NewActivity, NewUser};
use netral::web::{self, AppState, ClauseWords, Lists, LiveLists, ReferenceWords, SetWords, StageWords, WebConfig};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

use crate::support::{self, TestDb};

pub const PASSWORD: &str = "payung biru di halte tua";
/// Markup, quotes, a template, a right-to-left override and a zero-width space, around the name that matches.
pub const HOSTILE: &str = "<script>alert(1)</script>\" onmouseover=\"alert(2)\" {{ 7*7 }} \u{202e}Pilih Sena\u{200b} javascript:alert(3)\nbaris dua";

pub struct World {
    pub db: TestDb,
    pub state: AppState,
    /// By external id: `post`, `like`, `share`, `picture`, `hostile`, `long`, `context`.
    pub hits: HashMap<String, HitId>,
    /// The group of `post`.
    pub group: uuid::Uuid,
    /// The first person of the register, and their account.
    pub person: PersonId,
    pub account: AccountId,
}

/// Opens the form for declarations of the unit that everybody is in.
pub const TOKEN: &str = "abcde-fghjk-mnpqr-stuvw";

pub const LOGINS: [(&str, &str, Role); 9] = [
    ("operator", "Prasasti Wening", Role::Operator),
    ("peninjau1", "Kusnan Adiwijaya", Role::Reviewer),
    ("peninjau2", "Farida Nurul Aini", Role::Reviewer),
    ("verifikator", "Retno Palupi", Role::Verifier),
    ("katakunci", "Dimas Prabaswara", Role::KeywordAdmin),
    ("kepala", "Suharti Wulandari", Role::UnitHead),
    ("auditor", "Bagus Winarno", Role::Auditor),
    ("ketua", "Sulistyo Harimurti", Role::Lead),
    ("admin", "Yuniar Kartika", Role::UserAdmin),
];

impl World {
    pub async fn new() -> Self {
        Self::with(WebConfig { secure_cookies: false, ..WebConfig::default() }).await
    }

    pub async fn with(config: WebConfig) -> Self {
        let db = TestDb::new().await;
        let program = support::program(&db.store).await;
        let accounts = support::accounts(&db.store, 3).await;
        support::published_set(&db.store).await;
        for (login, name, role) in LOGINS {
            let hash = cheap_hash().into();
            let unit_code = (role == Role::UnitHead).then_some("D01");
            let new = NewUser { login, name, role, unit_code, password_hash: &hash, language: Language::Indonesian };
            db.store.add_user(&new, "test").await.unwrap();
        }
        let batch = Batch { activities: samples(&accounts), turned_away: 7, ..Batch::new(&program, "bluesky") };
        db.store.commit(&batch).await.unwrap();
        while db.store.group_some().await.unwrap() > 0 {}
        let rows: Vec<(String, uuid::Uuid)> =
            sqlx::query_as("select a.external_id, h.hit_id from hit h join activity a using (account_id, activity_id)")
                .fetch_all(db.store.pool())
                .await
                .unwrap();
        let hits: HashMap<String, HitId> = rows.into_iter().map(|(name, id)| (name, HitId(id))).collect();
        let group = sqlx::query_scalar("select group_id from hit where hit_id = $1")
            .bind(hits["post"].0)
            .fetch_one(db.store.pool())
            .await
            .unwrap();
        let account = accounts[0];
        let person = db.store.owner_of(account).await.unwrap().unwrap();
        let unit = db.store.units().await.unwrap()[0].unit_id;
        db.store.invite(unit, TOKEN, SignedDuration::from_hours(24), "operator").await.unwrap();
        let state = AppState::new(db.store.clone(), LiveLists::fixed(lists()), config).with_review(support::RULES);
        Self { db, state, hits, group, person, account }
    }

    pub fn hit(&self, name: &str) -> HitId {
        *self.hits.get(name).unwrap_or_else(|| panic!("no sample `{name}`"))
    }

    pub fn page(&self, name: &str) -> String {
        format!("/telaah/{}", self.hit(name))
    }

    /// A browser that nobody has logged in with.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.state)
    }

    pub async fn login(&self, login: &str) -> Browser {
        Browser::login(&self.state, login).await
    }

    pub async fn count(&self, table: &'static str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        sqlx::query_scalar(sql).fetch_one(self.db.store.pool()).await.unwrap()
    }
}

/// Everything about the answer to one request.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap())
    }

    #[track_caller]
    pub fn has(&self, part: &str) {
        assert!(self.body.contains(part), "`{part}` is not in the page ({}):\n{}", self.status, self.body);
    }

    #[track_caller]
    pub fn lacks(&self, part: &str) {
        assert!(!self.body.contains(part), "`{part}` is in the page:\n{}", self.body);
    }
}

#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    pub address: SocketAddr,
}

impl Browser {
    pub fn new(state: &AppState) -> Self {
        Self { router: web::router(state.clone()), cookies: BTreeMap::new(), address: ([10, 1, 2, 3], 999).into() }
    }

    pub async fn login(state: &AppState, login: &str) -> Self {
        let mut browser = Self::new(state);
        let reply = browser.post("/masuk", &[("nama", login), ("sandi", PASSWORD)]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{login} could not log in: {}", reply.body);
        browser
    }

    /// A form with a file.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Reply {
        self.upload_as("berkas", path, fields, file).await
    }

    /// A form with a file in a field of this name.
    pub async fn upload_as(
        &mut self,
        field: &str,
        path: &str,
        fields: &[(&str, &str)],
        (name, bytes): (&str, &[u8]),
    ) -> Reply {
        let mut body = Vec::new();
        for (key, value) in fields {
            let part = format!("--batas\r\ncontent-disposition: form-data; name=\"{key}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--batas\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--batas--\r\n");
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=batas");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form)).unwrap()).await
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Reply {
        let cookies: Vec<_> = self.cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        request.headers_mut().insert(header::HOST, "netral.test".parse().unwrap());
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() || attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&body).into_owned();
        Reply { status: parts.status, headers: parts.headers, body: text, bytes: body.to_vec() }
    }
}

/// Real Argon2id, but with the least work, so that a hundred log-ins cost no time.
pub fn cheap_hash() -> String {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
    argon2.hash_password(PASSWORD.as_bytes()).unwrap().to_string()
}

pub struct Found(pub &'static str, pub &'static str, pub Kind, pub &'static str);

/// A hit with matches at the places where the needles stand.
pub fn hit(activity: &Activity, clause: &str, parts: &[(&str, i16)], found: &[Found]) -> Hit {
    let matches: Vec<Match> = found
        .iter()
        .map(|Found(field, needle, kind, keyword)| {
            let text = match *field {
                "text" => activity.text.as_str(),
                "media[0].alt" => activity.media[0].alt.as_deref().unwrap(),
                "target.text" => activity.target.as_ref().unwrap().text.as_deref().unwrap(),
                "target.handle" => activity.target.as_ref().unwrap().handle.as_deref().unwrap(),
                other => panic!("{other}"),
            };
            let start = text.find(needle).unwrap();
            Match {
                keyword: (*keyword).into(),
                kind: *kind,
                field: (*field).into(),
                start,
                end: start + needle.len(),
                surface: (*needle).into(),
            }
        })
        .collect();
    let score: i16 = parts.iter().map(|p| p.1).sum();
    Hit {
        severity: Severity(1),
        set: "pilkada-uji".into(),
        version: "ab".repeat(32).into(),
        clause: clause.into(),
        also: if clause == "C.2.e" { vec!["C.2.f".into()] } else { Vec::new() },
        stage: "kampanye".into(),
        verb: activity.verb,
        level: if score >= 50 { Level::Review } else { Level::Context },
        score: Score(score),
        sides: vec!["sena-ruwaida".into()],
        stance: BTreeMap::from([("sena-ruwaida".to_owned(), Stance::Support)]),
        parties: Vec::new(),
        matches,
        parts: parts.iter().map(|(why, add)| Part { why: (*why).to_owned().into(), add: Score(*add) }).collect(),
        reason: "Menyebut nama calon dan ajakan memilih dalam satu kalimat, pada masa kampanye.".into(),
        counter: vec!["akun pribadi dengan sedikit unggahan".into()],
        more_matches: 0,
    }
}

fn samples(accounts: &[AccountId]) -> Vec<NewActivity> {
    let posted = Timestamp::now() - 3.hours();
    let post = |id: &str, text: &str| Activity {
        id: id.into(),
        text: text.into(),
        posted_at: Some(posted),
        seen_at: Some(posted),
        url: Some(format!("https://sosial.example/unggahan/{id}")),
        ..Activity::default()
    };
    let name = |needle| Found("text", needle, Kind::Candidate, "sena-ruwaida-nama");
    let mut out = Vec::new();
    let mut add = |activity: Activity, hit: Hit| {
        let account_id = accounts[out.len() % accounts.len()];
        let raw = format!("{{\"id\":\"{}\"}}", activity.id).into_bytes();
        out.push(NewActivity {
            account_id,
            seen_at: Timestamp::now() - 1.hour(),
            raw,
            hits: vec![hit],
            activity: activity.storable(),
        });
    };

    let a = post("post", "Besok kita pilih Sena-Ruwaida, coblos nomor 2. Lanjutkan kerja baik untuk Banyuwening 🙌");
    let h = hit(
        &a,
        "C.2.e",
        &[("nama pasangan calon", 60), ("kata ajakan dalam tiga kata", 23), ("nomor urut di dekatnya", 8)],
        &[
            name("Sena-Ruwaida"),
            Found("text", "pilih Sena-Ruwaida", Kind::Slogan, "sena-ruwaida-ajakan"),
            Found("text", "coblos", Kind::Cue, "ajakan-coblos"),
            Found("text", "nomor 2", Kind::Number, "sena-ruwaida-nomor"),
        ],
    );
    add(a, h);

    let target =
        Target { kind: "account".into(), handle: Some("@kancasena.banyuwening.example".into()), ..Target::default() };
    let a = Activity { verb: Verb::Like, text: String::new(), target: Some(target), ..post("like", "") };
    let h = hit(
        &a,
        "C.2.e",
        &[("akun pemenangan", 55)],
        &[Found("target.handle", "@kancasena.banyuwening.example", Kind::Account, "kanca-sena")],
    );
    add(a, h);

    let text = "Gas 02! Sena-Ruwaida untuk semua. #SenaRuwaida";
    let target = Target {
        kind: "post".into(),
        handle: Some("@kancasena.banyuwening.example".into()),
        text: Some(text.into()),
        ..Target::default()
    };
    let a = Activity { verb: Verb::Share, target: Some(target), ..post("share", "Mantap jos") };
    let h = hit(
        &a,
        "C.2.e",
        &[("nama pada unggahan yang dibagikan", 45), ("tagar kampanye", 25), ("kutipan berita", -10)],
        &[
            Found("target.text", "Sena-Ruwaida", Kind::Candidate, "sena-ruwaida-nama"),
            Found("target.text", "#SenaRuwaida", Kind::Hashtag, "sena-ruwaida-tagar"),
        ],
    );
    add(a, h);

    let alt = "Foto bersama Sena Prakosa di panggung, semua mengangkat dua jari ✌";
    let media = vec![Media { kind: "image".into(), alt: Some(alt.into()), ..Media::default() }];
    let a = Activity { media, ..post("picture", "Alhamdulillah bisa hadir hari ini") };
    let h = hit(
        &a,
        "C.2.f",
        &[("nama calon pada gambar", 50), ("gestur dua jari", 22)],
        &[
            Found("media[0].alt", "Sena Prakosa", Kind::Candidate, "sena-nama"),
            Found("media[0].alt", "✌", Kind::Gesture, "dua-jari"),
        ],
    );
    add(a, h);

    let a = Activity { url: Some("javascript:alert(4)".into()), ..post("hostile", HOSTILE) };
    let h = hit(&a, "C.2.e", &[("nama calon", 58)], &[name("Sena")]);
    add(a, h);

    let a = post(
        "long",
        &format!(
            "{} Menangkan Sena-Ruwaida! {}",
            "Selamat pagi warga semua. ".repeat(30),
            "Sampai jumpa di lapangan. ".repeat(30)
        ),
    );
    let h = hit(&a, "C.2.e", &[("nama pasangan calon", 60), ("kata ajakan", 6)], &[name("Sena-Ruwaida")]);
    add(a, h);

    let a = post("context", "Jalan Sena ditutup sementara");
    let h = hit(&a, "C.2.e", &[("nama calon", 40), ("nama jalan", -20)], &[name("Sena")]);
    add(a, h);
    out
}

/// The words of the made-up circular, and a search that only knows one name.
fn lists() -> Lists {
    let reference = |target: &str, item: &str, class: &str| ReferenceWords {
        target: target.into(),
        decree: "SKB 5 lembaga 2022, Lampiran II".into(),
        item: item.into(),
        class: class.into(),
        verified: false,
    };
    let clause = |id: &str, title: &str, summary: &str| ClauseWords {
        id: id.into(),
        title: title.into(),
        summary: summary.into(),
        references: vec![reference("bakal_calon", "4", "kode etik"), reference("calon", "6", "disiplin berat")],
    };
    let words = SetWords {
        title: "Pemilihan Bupati dan Wakil Bupati Banyuwening 2029".into(),
        circular: "SE Nomor 800/1187/24/2029".into(),
        clauses: vec![
            clause(
                "C.2.e",
                "Unggah, komentar, bagikan, suka, ikuti",
                "Mengunggah, berkomentar, membagikan, menyukai, mengikuti atau bergabung dalam grup atau akun pemenangan calon.",
            ),
            clause(
                "C.2.f",
                "Foto bersama dengan simbol keberpihakan",
                "Menaruh di ruang publik foto bersama pasangan calon, tim sukses atau alat peraga sambil menunjukkan simbol keberpihakan.",
            ),
        ],
        stages: BTreeMap::from([(
            "kampanye".to_owned(),
            StageWords { title: "Masa kampanye".into(), target: "calon".into() },
        )]),
        sides: BTreeMap::from([("sena-ruwaida".to_owned(), "Sena Prakosa – Ruwaida".to_owned())]),
    };
    let find = |activity: &Activity| {
        let Some(start) = activity.text.find("Sena") else { return Vec::new() };
        let mut h = hit(
            activity,
            "C.2.e",
            &[("nama calon", 60), ("kata dukungan", 15)],
            &[Found("text", "Sena", Kind::Candidate, "sena-nama")],
        );
        h.matches[0].start = start;
        vec![h]
    };
    Lists { find: Box::new(find), sets: BTreeMap::from([("pilkada-uji".to_owned(), words)]) }
}
