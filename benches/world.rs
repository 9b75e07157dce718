//! What the benches with a database share: a program, a register, a list that is written, signed and published.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::civil::date;
use netral::matcher::Matcher;
use netral::model::{AccountId, PersonStatus, Proof, Role};
use netral::pipeline::Drafts;
use netral::store::{
    NewAccount, NewPerson, NewProgram, NewUnit, NewUser, Program, Publication, RegisterRow, Signed, Store, User,
};

use crate::corpus::Corpus;

/// The list of these benches.
pub const SET: &str = "pilkada-ukur";

/// A keyword file with the everyday pair of names, one slogan, and so many other names.
pub fn list(slogan: &str, names: &[String]) -> String {
    let mut text = format!(
        r#"[set]
id = "{SET}"
title = "Pemilihan Ukur"
circular = "skb-2022"
valid_from = 2020-01-01
valid_to = 2099-12-31
extends = ["isyarat-umum"]
[[stage]]
id = "kampanye"
title = "Masa kampanye"
from = 2020-01-01
to = 2099-12-31
target = "calon"
[[side]]
id = "paslon-1"
title = "Satu"
number = 1
[[side]]
id = "paslon-2"
title = "Dua"
number = 2
[[keyword]]
id = "tetap"
side = "paslon-1"
kind = "slogan"
forms = ["Derap Langkah Baru"]
[[keyword]]
id = "berubah"
side = "paslon-2"
kind = "slogan"
forms = ["{slogan}"]
"#
    );
    // A real member's name with a prayer's last words in it is refused by the check: as an exception of the shared cues
    // those words would hide every mention.
    let names: Vec<_> = names.iter().filter(|name| !netral::text::fold(name).text.contains("al amin")).collect();
    for (n, part) in names.chunks(1000).enumerate() {
        let forms: Vec<_> = part.iter().map(|name| format!("{name:?}")).collect();
        // Writing into a String can't fail.
        write!(
            text,
            "[[keyword]]\nid = \"nama-{n}\"\nside = \"paslon-1\"\nkind = \"candidate\"\nforms = [{}]\n",
            forms.join(", ")
        )
        .ok();
    }
    text
}

/// Slogans of which one stands in 1 % of the posts; the versions take turns with them.
pub const TURNS: [&str; 2] = ["Gerakan Obor Terang", "Barisan Pelita Malam"];

/// Texts in which the list finds nothing by itself.
pub fn everyday(corpus: &Corpus, names: &[String]) -> anyhow::Result<Vec<String>> {
    let library = netral::keyword::Library::builtin();
    let set = library.close(format!("{SET}.toml"), list(TURNS[0], names))?;
    let matcher = Matcher::build(vec![Arc::new(set)])?;
    let plain: Vec<String> = corpus
        .posts
        .iter()
        .filter(|post| !post.text.contains('\0') && matcher.find(post).is_empty())
        .map(|post| post.text.clone())
        .collect();
    Ok(plain)
}

/// Writes, checks, signs and publishes the list.
pub async fn publish(drafts: &Drafts, signer: &User, author: &str, text: &str) -> anyhow::Result<()> {
    drafts.save(SET, text, None, "pengukuran", author).await?;
    let checked = drafts.check(SET).await?;
    if let Some(finding) = checked.findings.first().filter(|_| checked.errors() > 0) {
        anyhow::bail!("the list can't be published: {}", finding.problem);
    }
    let signed = drafts.sign(SET, signer).await?;
    anyhow::ensure!(matches!(signed, Signed::Done | Signed::Already), "{signed:?}");
    let published = drafts.publish(SET, author).await?;
    anyhow::ensure!(matches!(published, Publication::Published(_)), "{published:?}");
    Ok(())
}

/// An approved program that runs today.
pub async fn program(store: &Store) -> anyhow::Result<Program> {
    let today = jiff::Zoned::now().date();
    let new = NewProgram {
        title: "Pengukuran",
        legal_basis: "SE 1/ukur",
        timezone: "Asia/Jakarta",
        starts_on: date(today.year() - 1, 1, 1),
        ends_on: date(today.year() + 1, 12, 31),
        rescan_days: 14,
        dpia_sha256: Some([1; 32]),
        notice_url: Some("https://ukur.example/pemberitahuan"),
    };
    let id = store.propose_program(&new, "operator").await?;
    store.approve_program(id, "sekda").await?;
    store.active_program().await?.context("no program")
}

/// So many approved accounts of a platform, in units of a hundred persons each.
pub async fn register(store: &Store, platform: &str, accounts: u32) -> anyhow::Result<Vec<AccountId>> {
    let rows: Vec<_> = (1..=accounts)
        .map(|n| RegisterRow {
            unit: NewUnit {
                code: format!("D{:04}", n / 100),
                name: format!("Dinas Ukur {}", n / 100),
                kind: "dinas".into(),
            },
            person: NewPerson {
                code: format!("{platform}-{n:06}"),
                name: format!("Orang Ukur {n}"),
                status: PersonStatus::Ppnpn,
                nip: None,
                position: "staf".into(),
                grade: String::new(),
            },
            account: Some(NewAccount {
                platform: platform.into(),
                handle: format!("ukur{n}.contoh.example"),
                external_id: format!("ukur:{n}"),
                proof: Proof::Declared,
                proof_note: String::new(),
                valid_from: date(2020, 1, 1),
                valid_to: None,
            }),
        })
        .collect();
    store.import_register(&rows, "operator").await.map_err(|(_, e)| e)?;
    store.approve_accounts("verifikator").await?;
    let ids: Vec<uuid::Uuid> =
        sqlx::query_scalar("select account_id from account where platform = $1 order by account_id")
            .bind(platform)
            .fetch_all(store.pool())
            .await?;
    let ids = ids.into_iter().map(AccountId::from).collect();
    Ok(ids)
}

/// A keyword admin whose password nobody knows.
pub async fn user(store: &Store, login: &str) -> anyhow::Result<User> {
    let hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA".to_owned().into();
    let new = NewUser {
        login,
        name: login,
        role: Role::KeywordAdmin,
        unit_code: None,
        password_hash: &hash,
        language: netral::model::Language::Indonesian,
    };
    store.add_user(&new, "ukur").await?;
    Ok(store.credentials(login).await?.context("no user")?.0)
}
