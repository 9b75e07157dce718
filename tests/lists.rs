//! The life of a keyword list: drafts, signatures, publication, reading again, quarantine, trials.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, ToSpan};
use netral::evidence::ledger::{Entry, Verifier};
use netral::keyword::Library;
use netral::model::{AccountId, Activity, HitId, Outcome, ReasonCode, Role};
use netral::pipeline::{self, DraftError, Drafts, Intake, Lists, Rescanner, Sorted, Trial, Trier, try_draft};
use netral::store::{
    Batch, Claim, DecideOutcome, DecisionDraft, DraftKind, Edited, NewStandIn, Program, Publication, Receipt, Signed,
    Store, User,
};
use tokio_util::sync::CancellationToken;

use netral::web::{AppState, WebConfig};

use crate::pages::{self, Browser};
use crate::support::{self, TestDb};

pub const ID: &str = "pilkada-uji";
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// A list with two made-up contestants; `extra` are further keywords.
pub fn list(extra: &str) -> String {
    format!(
        r#"# Daftar uji; komentar tetap ada.
[set]
id = "{ID}"
title = "Pemilihan Uji"
region = "Kabupaten Uji"
circular = "skb-2022"
valid_from = 2020-01-01
valid_to = 2099-12-31

[[stage]]
id = "kampanye"
title = "Masa kampanye"
from = 2020-01-01
to = 2099-12-31
target = "calon"

[[side]]
id = "paslon-1"
title = "Wirabumi Prakosa"
number = 1

[[side]]
id = "paslon-2"
title = "Lestari Wicaksana"
number = 2

[[keyword]]
id = "paslon-1-nama"
side = "paslon-1"
kind = "candidate"
forms = ["Wirabumi Prakosa"]
examples = {{ match = ["Ayo pilih Wirabumi Prakosa"], no_match = ["Jalan Prakosa ramai"] }}

[[keyword]]
id = "paslon-2-nama"
side = "paslon-2"
kind = "candidate"
forms = ["Lestari Wicaksana"]
examples = {{ match = ["Ayo pilih Lestari Wicaksana"], no_match = ["Alam tetap lestari"] }}
{extra}"#
    )
}

/// A slogan of one side.
pub fn slogan(id: &str, form: &str, rest: &str) -> String {
    format!(
        r#"
[[keyword]]
id = "{id}"
side = "paslon-1"
kind = "slogan"
forms = ["{form}"]
stance = "support"
examples = {{ match = ["{form} untuk semua"], no_match = ["cuaca cerah"] }}
{rest}
"#
    )
}

/// A database with a program, accounts, two admins, and a first list.
pub struct World {
    pub db: TestDb,
    program: Program,
    accounts: Vec<AccountId>,
    pub drafts: Drafts,
    author: User,
    pub signer: User,
    reviewer: User,
}

impl World {
    pub async fn new(first: &str) -> Self {
        let db = TestDb::new().await;
        let program = support::program(&db.store).await;
        let accounts = support::accounts(&db.store, 3).await;
        let author = support::user(&db.store, "katakunci1", Role::KeywordAdmin).await;
        let signer = support::user(&db.store, "katakunci2", Role::KeywordAdmin).await;
        let reviewer = support::user(&db.store, "peninjau", Role::Reviewer).await;
        let drafts = Drafts::new(db.store.clone(), None);
        let world = Self { db, program, accounts, drafts, author, signer, reviewer };
        world.publish(first).await;
        world
    }

    pub fn store(&self) -> &Store {
        &self.db.store
    }

    pub async fn edit(&self, text: &str) -> Edited {
        self.drafts.save(ID, text, None, "uji", &self.author.login).await.unwrap()
    }

    /// Edits, signs and publishes.
    pub async fn publish(&self, text: &str) -> i32 {
        self.edit(text).await;
        // Going back to an earlier content: that was signed then.
        let signed = self.drafts.sign(ID, &self.signer).await.unwrap();
        assert!(matches!(signed, Signed::Done | Signed::Already), "{signed:?}");
        match self.drafts.publish(ID, &self.author.login).await.unwrap() {
            Publication::Published(number) => number,
            other => panic!("{other:?}"),
        }
    }

    pub async fn lists(&self) -> Lists {
        Lists::follow(self.store().clone(), CancellationToken::new()).await.unwrap()
    }

    /// Takes texts in as the collector does.
    pub async fn take_in(&self, lists: &Lists, texts: &[&str]) -> Receipt {
        let mut batch = self.batch(texts);
        pipeline::commit(self.store(), lists, &mut batch).await.unwrap()
    }

    fn batch(&self, texts: &[&str]) -> Batch<'_> {
        let intake = Intake::new(&self.program);
        let now = Timestamp::now();
        let mut batch = Batch::new(&self.program, "bluesky");
        for (i, text) in texts.iter().enumerate() {
            let n = i % self.accounts.len();
            let account = netral::model::Account { account_id: self.accounts[n], ..account_of(n) };
            let activity = Activity {
                id: format!("{text}-{i}"),
                text: (*text).to_owned(),
                posted_at: Some(now - 1.hour()),
                ..Activity::default()
            };
            let Sorted::Keep(new) = intake.sort(&account, activity, text.as_bytes().to_vec(), now) else {
                panic!("turned away")
            };
            batch.activities.push(*new);
        }
        batch
    }

    /// The state, origin and versions of the hit on a text.
    pub async fn hit(&self, text: &str) -> Option<(HitId, String, String, String, Option<String>)> {
        let row: Option<(uuid::Uuid, String, String, String, Option<String>)> = sqlx::query_as(
            "select h.hit_id, h.state, h.origin, h.set_version, h.withdrawn_version from hit h
             join activity a using (account_id, activity_id) where a.text = $1",
        )
        .bind(text)
        .fetch_optional(self.store().pool())
        .await
        .unwrap();
        row.map(|(id, state, origin, version, withdrawn)| (HitId(id), state, origin, version, withdrawn))
    }

    async fn state(&self, text: &str) -> String {
        self.hit(text).await.map_or("none".to_owned(), |h| h.1)
    }

    pub async fn decide(&self, text: &str, outcome: Outcome) {
        let (id, ..) = self.hit(text).await.unwrap();
        assert!(matches!(self.store().claim_hit(id, &self.reviewer, LEASE).await.unwrap(), Claim::Held { .. }));
        let draft = DecisionDraft {
            hit: id,
            outcome,
            clause: (outcome != Outcome::NotSuspected).then(|| "A.1".to_owned()),
            reason_code: ReasonCode::of(outcome).next().unwrap(),
            note: "catatan yang cukup panjang".to_owned(),
        };
        assert!(matches!(
            self.store().decide(&self.reviewer, &draft, support::RULES).await.unwrap(),
            DecideOutcome::Decided(..)
        ));
    }

    /// Lets a worker read again until it has nothing to do.
    pub async fn rescan(&self, lists: &Lists) {
        let version = self.store().live_sets().await.unwrap()[0].version.clone();
        for _ in 0..100 {
            if lists.matcher().sets().iter().any(|s| s.fingerprint() == version) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let worker = Rescanner::new(self.store().clone(), lists.clone());
        let on = CancellationToken::new();
        for _ in 0..5 {
            worker.step(&on).await.unwrap();
        }
        self.store().release_rescans(uuid::Uuid::nil()).await.unwrap();
    }

    async fn rescan_state(&self) -> (String, i64, i64, i64) {
        let last = self.store().rescans(Some(ID)).await.unwrap().remove(0);
        (last.state, last.gained, last.withdrawn, last.remade)
    }

    /// Everybody's password is the one that the pages' tests know.
    pub async fn give_passwords(&self) {
        sqlx::query("update app_user set password_hash = $1")
            .bind(pages::cheap_hash())
            .execute(self.store().pool())
            .await
            .unwrap();
    }

    /// The pages over this world.
    pub fn pages(&self, live: Lists) -> AppState {
        let config = WebConfig { secure_cookies: false, ..WebConfig::default() };
        AppState::new(self.store().clone(), live.into(), config)
    }

    pub async fn ledger_is_whole(&self) {
        let rows = self.store().ledger_tail(None, 10_000).await.unwrap();
        let mut verifier = Verifier::new(None);
        for row in rows.into_iter().rev() {
            verifier.push(&Entry::from(row)).unwrap();
        }
        verifier.finish().unwrap();
    }
}

fn account_of(i: usize) -> netral::model::Account {
    let id = format!("did:plc:uji{}", i + 1);
    netral::model::Account {
        account_id: AccountId::new(),
        person_id: netral::model::PersonId::new(),
        platform: "bluesky".into(),
        handle: id.clone(),
        external_id: id,
        valid_from: jiff::civil::date(2020, 1, 1),
        valid_to: None,
    }
}

#[tokio::test]
async fn a_list_goes_from_draft_to_force_by_two_people() {
    let w = World::new(&list("")).await;
    let two = list(&slogan("obor", "Gerakan Obor", ""));
    assert!(matches!(w.edit(&two).await, Edited::Saved(_)));
    // What is live does not change with a draft.
    let set = w.drafts.set(ID).await.unwrap();
    let live = w.store().live_sets().await.unwrap().remove(0);
    assert_ne!(set.fingerprint(), live.version);
    // Unsigned, signed by its author, signed by somebody without a say: none of it goes through.
    assert!(matches!(w.drafts.publish(ID, "katakunci1").await, Err(DraftError::NotSigned(_))));
    assert_eq!(w.drafts.sign(ID, &w.author).await.unwrap(), Signed::OwnWork);
    assert_eq!(w.drafts.sign(ID, &w.reviewer).await.unwrap(), Signed::NotEntitled);
    assert!(matches!(w.drafts.publish(ID, "katakunci2").await, Err(DraftError::NotSigned(_))));
    // A signature is for this content: an edit makes it void.
    assert_eq!(w.drafts.sign(ID, &w.signer).await.unwrap(), Signed::Done);
    assert_eq!(w.drafts.sign(ID, &w.signer).await.unwrap(), Signed::Already);
    let three = list(&slogan("obor", "Gerakan Obor Terang", ""));
    w.edit(&three).await;
    assert!(matches!(w.drafts.publish(ID, "katakunci1").await, Err(DraftError::NotSigned(_))));
    assert_eq!(w.drafts.sign(ID, &w.signer).await.unwrap(), Signed::Done);
    assert_eq!(w.drafts.publish(ID, "katakunci1").await.unwrap(), Publication::Published(2));
    assert_eq!(w.drafts.publish(ID, "katakunci1").await.unwrap(), Publication::AlreadyLive);
    let live = w.store().live_sets().await.unwrap().remove(0);
    assert_eq!(
        (live.number, live.signed_by.as_str(), live.authors.as_slice()),
        (2, "katakunci2", &["katakunci1".to_owned()][..])
    );
    // Back to an earlier content: the same version, taken up again, and signed then.
    w.edit(&list("")).await;
    assert_eq!(w.drafts.publish(ID, "katakunci1").await.unwrap(), Publication::Published(1));
    assert!(w.store().retire_set(ID, "pemilihan selesai", "katakunci1").await.unwrap());
    assert!(w.store().live_sets().await.unwrap().is_empty());
    w.ledger_is_whole().await;
}

#[tokio::test]
async fn the_database_itself_insists_on_two_people() {
    let w = World::new(&list("")).await;
    let refused = |sql: &'static str| {
        let pool = w.store().pool().clone();
        async move {
            match sqlx::query(sql).execute(&pool).await {
                Err(sqlx::Error::Database(e)) => e.constraint().unwrap_or_default().to_owned(),
                other => panic!("{sql}: {other:?}"),
            }
        }
    };
    let copy = "insert into keyword_set (set_id, version, title, circular, sources, published_by, number, authors, signed_by, retired_at)
         select set_id, repeat('e', 64), title, circular, sources, published_by, 9, authors,";
    for (who, rule) in [("authors[1]", "keyword_set_four_eyes"), ("'bukan-siapa-siapa'", "keyword_set_signature_fkey")]
    {
        let sql = format!("{copy} {who}, now() from keyword_set");
        assert_eq!(refused(Box::leak(sql.into_boxed_str())).await, rule);
    }
    for table in ["keyword_signature", "keyword_edit"] {
        let sql = format!("delete from {table}");
        assert_eq!(refused(Box::leak(sql.into_boxed_str())).await, format!("{table}_append_only"));
    }
}

#[tokio::test]
async fn nothing_is_published_past_an_error() {
    let w = World::new(&list("")).await;
    // The same form for two sides.
    let wrong = list(
        r#"
[[keyword]]
id = "paslon-2-juga"
side = "paslon-2"
kind = "candidate"
forms = ["Wirabumi Prakosa"]
"#,
    );
    w.edit(&wrong).await;
    assert!(w.drafts.check(ID).await.unwrap().errors() > 0);
    assert!(matches!(w.drafts.sign(ID, &w.signer).await, Err(DraftError::Errors { .. })));
    assert!(matches!(w.drafts.publish(ID, "katakunci1").await, Err(DraftError::Errors { .. })));
    // A file that can't be read stays a draft that says what is wrong.
    assert!(w.drafts.save(ID, "id = 1", None, "uji", "katakunci1").await.is_err());
    w.edit(&list("\n[[keyword]]\nid = \"x\"\nkind = \"slogan\"\nforms = []\n")).await;
    let checked = w.drafts.check(ID).await.unwrap();
    assert!(checked.set.is_none() && checked.errors() > 0);
    assert_eq!(w.store().live_sets().await.unwrap().len(), 1, "what is live stays live");
}

#[tokio::test]
async fn files_and_drafts_are_two_views_of_one_thing() {
    let w = World::new(&list("")).await;
    let library = Library::builtin();
    for id in ["pilpres-2024", "partai-2024"] {
        let text = library.text(id).unwrap().unwrap();
        let changed = format!("# catatan kantor\n{text}");
        w.drafts.import(&[(format!("somewhere/{id}.toml"), changed.clone())], "uji", "katakunci1").await.unwrap();
        assert_eq!(w.drafts.text(id).await.unwrap().0, changed, "byte for byte");
    }
    // A comment changes nothing that is found; a shared set's change does, in every election that extends it.
    let before = library.set("pilpres-2024").unwrap();
    assert_eq!(w.drafts.set("pilpres-2024").await.unwrap().fingerprint(), before.fingerprint());
    // Somebody else was faster: nothing is overwritten.
    let stale = w.drafts.save(ID, &list("# lain"), Some(0), "uji", "katakunci2").await.unwrap();
    assert!(matches!(stale, Edited::Stale { .. }), "{stale:?}");
    assert_eq!(w.drafts.text(ID).await.unwrap().0, list(""));
}

#[tokio::test]
async fn a_shared_sets_author_cannot_sign_the_election_that_uses_it() {
    let w = World::new(&list("")).await;
    let text = list("").replace("circular = ", "extends = [\"isyarat-umum\"]\ncircular = ");
    w.edit(&text).await;
    let shared = Library::builtin().text("isyarat-umum").unwrap().unwrap();
    let shared = shared + "\n# dan satu catatan\n";
    w.store().save_draft((DraftKind::Set, "isyarat-umum"), &shared, None, "uji", "katakunci2").await.unwrap();
    assert_eq!(w.drafts.sign(ID, &w.signer).await.unwrap(), Signed::OwnWork, "part of it is theirs");
}

#[tokio::test]
async fn a_stand_in_signs_only_when_appointed_beforehand() {
    let w = World::new(&list("")).await;
    let today = jiff::Zoned::now().date();
    let appoint = |absent: &'static str| NewStandIn {
        for_login: absent,
        login: "peninjau",
        valid_from: today - 2.days(),
        valid_to: today + 2.days(),
        why: "cuti tahunan",
    };
    w.edit(&list(&slogan("obor", "Gerakan Obor", ""))).await;
    // Appointed after the edit: not beforehand. Nor for the author, nor by the author.
    w.store().appoint_stand_in(&appoint("katakunci2"), "katakunci2").await.unwrap();
    assert_eq!(w.drafts.sign(ID, &w.reviewer).await.unwrap(), Signed::NotEntitled);
    w.edit(&list(&slogan("obor", "Gerakan Obor Terang", ""))).await;
    assert_eq!(w.drafts.sign(ID, &w.reviewer).await.unwrap(), Signed::Done);
    let set = w.drafts.set(ID).await.unwrap();
    let (_, signatures) = w.drafts.hands(&set).await.unwrap();
    assert_eq!(signatures[0].on_behalf_of.as_deref(), Some("katakunci2"));
    assert_eq!(w.drafts.publish(ID, "katakunci1").await.unwrap(), Publication::Published(2));
    // Ended: not any more.
    for s in w.store().stand_ins().await.unwrap() {
        assert!(w.store().end_stand_in(s.stand_in_id, "katakunci2").await.unwrap());
    }
    w.store().appoint_stand_in(&appoint("katakunci1"), "katakunci1").await.unwrap();
    w.edit(&list(&slogan("obor", "Obor Terang", ""))).await;
    assert_eq!(w.drafts.sign(ID, &w.reviewer).await.unwrap(), Signed::NotEntitled, "for its author, by its author");
    w.ledger_is_whole().await;
}

#[tokio::test]
async fn the_window_is_read_again_both_ways() {
    let w = World::new(&list(&slogan("lama", "Derap Lama", ""))).await;
    let lists = w.lists().await;
    let texts = [
        "Derap Lama untuk kita",
        "Derap Lama sekali lagi",
        "Derap Lama dan Gerakan Obor",
        "Derap Lama dipegang orang",
        "Gerakan Obor menyala",
        "pagi yang cerah",
    ];
    w.take_in(&lists, &texts).await;
    let first = w.store().live_sets().await.unwrap()[0].version.clone();
    w.decide(texts[1], Outcome::NotSuspected).await;
    let (held, ..) = w.hit(texts[3]).await.unwrap();
    w.store().claim_hit(held, &w.reviewer, LEASE).await.unwrap();

    assert_eq!(w.publish(&list(&slogan("obor", "Gerakan Obor", ""))).await, 2);
    let second = w.store().live_sets().await.unwrap()[0].version.clone();
    w.rescan(&lists).await;
    // Gained, withdrawn, remade, decided, nothing.
    let (_, state, origin, version, _) = w.hit(texts[4]).await.unwrap();
    assert_eq!((state.as_str(), origin.as_str(), version.as_str()), ("open", "rescan", second.as_str()));
    let (id, state, origin, version, by) = w.hit(texts[0]).await.unwrap();
    assert_eq!((state.as_str(), origin.as_str(), version.as_str()), ("withdrawn", "live", first.as_str()));
    assert_eq!(by.as_deref(), Some(second.as_str()));
    let versions = w.store().hit_page(id, w.reviewer.user_id).await.unwrap().unwrap().versions;
    assert_eq!((versions.made, versions.withdrawn), (1, Some(2)), "both versions are named");
    let (id, state, _, version, _) = w.hit(texts[2]).await.unwrap();
    assert_eq!((state.as_str(), version.as_str()), ("open", second.as_str()));
    assert_eq!(w.store().hit_page(id, w.reviewer.user_id).await.unwrap().unwrap().versions.earlier, Some(1));
    assert_eq!(w.state(texts[1]).await, "decided");
    assert_eq!(w.state(texts[5]).await, "none");
    // What somebody holds waits; so does the rescan's end.
    assert_eq!(w.state(texts[3]).await, "open");
    assert_eq!(w.rescan_state().await.0, "open");
    assert!(w.store().release_hit(held, &w.reviewer).await.unwrap());
    sqlx::query("update rescan set leased_by = null, leased_until = null where state = 'open'")
        .execute(w.store().pool())
        .await
        .unwrap();
    w.rescan(&lists).await;
    assert_eq!(w.state(texts[3]).await, "withdrawn");
    assert_eq!(w.rescan_state().await, ("done".to_owned(), 1, 2, 1));
    // And back: what was withdrawn is open again; decisions still stand.
    w.publish(&list(&slogan("lama", "Derap Lama", ""))).await;
    w.rescan(&lists).await;
    assert_eq!(
        [w.state(texts[0]).await, w.state(texts[1]).await, w.state(texts[4]).await],
        ["open", "decided", "withdrawn"]
    );
    w.ledger_is_whole().await;
}

#[tokio::test]
async fn an_activity_is_matched_by_exactly_one_version() {
    let w = World::new(&list(&slogan("lama", "Derap Lama", ""))).await;
    let lists = w.lists().await;
    let old = lists.live();
    w.publish(&list(&slogan("obor", "Gerakan Obor", ""))).await;
    // A page that was matched with the old version is not taken.
    let mut batch = w.batch(&["Derap Lama", "Gerakan Obor"]);
    for new in &mut batch.activities {
        new.hits = old.matcher.find(&new.activity);
    }
    batch.lists = Some(Arc::clone(&old.frame));
    let refused = w.store().commit(&batch).await.unwrap_err();
    assert!(matches!(&refused, netral::store::StoreError::Conflict { constraint } if constraint == "lists_changed"));
    // It is matched again with the one that is live.
    let begun = std::time::Instant::now();
    pipeline::commit(w.store(), &lists, &mut batch).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "taken up within two seconds");
    assert_eq!([w.state("Derap Lama").await, w.state("Gerakan Obor").await], ["none", "open"]);
    let live = w.store().live_sets().await.unwrap()[0].version.clone();
    assert_eq!(w.hit("Gerakan Obor").await.unwrap().3, live);
}

#[tokio::test]
async fn two_people_who_publish_at_once_leave_one_version_live() {
    let w = World::new(&list("")).await;
    w.edit(&list(&slogan("obor", "Gerakan Obor", ""))).await;
    w.drafts.sign(ID, &w.signer).await.unwrap();
    let publish = |who: &'static str| {
        let drafts = Drafts::new(w.store().clone(), None);
        tokio::spawn(async move { drafts.publish(ID, who).await.unwrap() })
    };
    let all: Vec<_> = (0..6).map(|i| publish(if i % 2 == 0 { "katakunci1" } else { "katakunci2" })).collect();
    let mut published = 0;
    for one in all {
        published += usize::from(matches!(one.await.unwrap(), Publication::Published(2)));
    }
    assert_eq!(published, 1);
    let open: i64 = sqlx::query_scalar("select count(*) from rescan where state = 'open'")
        .fetch_one(w.store().pool())
        .await
        .unwrap();
    assert_eq!((w.store().live_sets().await.unwrap().len(), open), (1, 1));
}

#[tokio::test]
async fn a_noisy_keyword_is_set_apart_instead_of_flooding_the_queue() {
    let noisy = slogan("ramai", "Kabar Ramai", "daily_cap = 3");
    let w = World::new(&list(&format!("{noisy}{}", slogan("obor", "Gerakan Obor", "")))).await;
    let lists = w.lists().await;
    w.take_in(&lists, &["Kabar Ramai satu", "Kabar Ramai dua"]).await;
    assert!(w.store().quarantined_keywords().await.unwrap().is_empty());
    w.take_in(&lists, &["Kabar Ramai tiga", "Kabar Ramai empat", "Kabar Ramai dan Gerakan Obor", "Gerakan Obor saja"])
        .await;
    let apart = w.store().quarantined_keywords().await.unwrap();
    assert_eq!((apart.len(), apart[0].keyword.as_str(), apart[0].waiting), (1, "ramai", 2));
    assert_eq!(w.state("Kabar Ramai empat").await, "quarantined");
    // Others carry their hits into the queue all the same; what was there stays there.
    assert_eq!(w.state("Kabar Ramai dan Gerakan Obor").await, "open");
    assert_eq!([w.state("Gerakan Obor saja").await, w.state("Kabar Ramai satu").await], ["open", "open"]);
    w.take_in(&lists, &["Kabar Ramai lima"]).await;
    assert_eq!(w.state("Kabar Ramai lima").await, "quarantined");
    assert_eq!(w.store().release_keyword(ID, "ramai", "katakunci1").await.unwrap(), 3);
    assert_eq!(w.state("Kabar Ramai lima").await, "open");
    w.take_in(&lists, &["Kabar Ramai enam"]).await;
    assert_eq!(w.state("Kabar Ramai enam").await, "open", "released for this version");
    let figures = w.store().keyword_figures(ID, None).await.unwrap();
    assert_eq!((figures["ramai"].hits, figures["ramai"].today), (7, 7));
}

#[tokio::test]
async fn decisions_teach_the_list_and_outlive_the_hit() {
    let w = World::new(&list(&slogan("obor", "Gerakan Obor", ""))).await;
    let lists = w.lists().await;
    w.take_in(&lists, &["Gerakan Obor satu", "Gerakan Obor dua", "Gerakan Obor tiga"]).await;
    w.decide("Gerakan Obor satu", Outcome::Suspected).await;
    w.decide("Gerakan Obor dua", Outcome::NotSuspected).await;
    let figures = w.store().keyword_figures(ID, None).await.unwrap();
    let obor = &figures["obor"];
    assert_eq!((obor.decided, obor.upheld, obor.dismissed, obor.latest, obor.latest_upheld), (2, 1, 1, 2, 1));
    let latest = w.store().latest_outcomes(ID, &["obor".into(), "paslon-1-nama".into()]).await.unwrap();
    assert_eq!((latest["obor"], latest["paslon-1-nama"]), ((2, 1), (0, 0)));
    let columns: Vec<String> = sqlx::query_scalar(
        "select column_name::text from information_schema.columns where table_name in ('keyword_outcome', 'keyword_day')",
    )
    .fetch_all(w.store().pool())
    .await
    .unwrap();
    assert!(!columns.iter().any(|c| c.contains("account") || c.contains("hit_id") || c.contains("person")));
}

#[tokio::test]
async fn a_draft_is_tried_before_it_is_published_and_nothing_changes() {
    let w = World::new(&list(&slogan("lama", "Derap Lama", ""))).await;
    let lists = w.lists().await;
    let mut texts: Vec<String> = (0..60).map(|i| format!("pagi yang cerah nomor {i}")).collect();
    texts.extend(["Derap Lama a".into(), "Derap Lama b".into(), "Gerakan Obor a".into(), "Gerakan Obor b".into()]);
    texts.push("Wirabumi Prakosa saja, ayo pilih".into());
    w.take_in(&lists, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    w.decide("Derap Lama b", Outcome::Suspected).await;
    w.decide("Derap Lama a", Outcome::NotSuspected).await;
    w.edit(&list(&slogan("obor", "Gerakan Obor", ""))).await;
    let before = everything(w.store()).await;

    // In the foreground, as the command does it.
    let draft = w.drafts.set(ID).await.unwrap();
    let mut told = Vec::new();
    let said = |read: u64, total: i64| -> futures::future::BoxFuture<'static, _> {
        told.push((read, total));
        Box::pin(std::future::ready(Ok(true)))
    };
    let trial = try_draft(w.store(), ID, Arc::clone(&draft), said).await.unwrap().unwrap();
    assert_eq!(told, [(0, 65)]);
    assert_eq!((trial.activities, trial.gained, trial.lost), (65, 2, 2));
    assert_eq!((trial.lost_upheld, trial.lost_dismissed), (1, 1));
    assert_eq!((trial.hits.before, trial.hits.after), (2, 2));
    assert_eq!(trial.lost_sample[0].outcome, Some(Outcome::Suspected), "what people upheld comes first");
    assert_eq!((trial.keywords["lama"].before, trial.keywords["obor"].after), (2, 2));
    assert!(trial.sides.contains_key("paslon-1") && trial.by_day.len() == 1);
    assert!(!serde_json::to_string(&trial).unwrap().contains("Obor"), "nothing of a post is kept");
    // Stopped half way: nothing.
    let stop = |_: u64, _: i64| -> futures::future::BoxFuture<'static, _> { Box::pin(std::future::ready(Ok(false))) };
    assert!(try_draft(w.store(), ID, draft, stop).await.unwrap().is_none());
    assert_eq!(everything(w.store()).await, before, "a trial changes nothing");

    // In the background, as the page does it; the newest order stops the one before.
    let set = w.drafts.set(ID).await.unwrap();
    let order =
        || async { w.store().order_backtest((ID, set.fingerprint()), &set.sources(), "katakunci1").await.unwrap() };
    let first = order().await;
    let second = order().await;
    let worker = Trier::new(w.store().clone());
    while worker.step(&CancellationToken::new()).await.unwrap() {}
    let kept = w.store().backtests(ID, 5).await.unwrap();
    assert_eq!((kept[0].backtest_id, kept[0].state.as_str()), (second, "done"));
    assert_eq!((kept[1].backtest_id, kept[1].state.as_str()), (first, "stopped"));
    assert_eq!(serde_json::from_str::<Trial>(kept[0].result.as_deref().unwrap()).unwrap(), trial);
    assert!(!w.store().stop_backtest(ID, second).await.unwrap(), "it has ended");
}

/// Everything that a trial must leave alone.
async fn everything(store: &Store) -> Vec<String> {
    sqlx::query_scalar(
        "select 'h ' || h::text from hit h union all select 'a ' || activity_id::text from activity
         union all select 'k ' || version from keyword_set union all select 'd ' || text from keyword_draft
         union all select 'o ' || outcome_id::text from keyword_outcome order by 1",
    )
    .fetch_all(store.pool())
    .await
    .unwrap()
}

#[tokio::test]
async fn keywords_that_stand_in_everyday_posts_are_named_by_the_check() {
    let w = World::new(&list("")).await;
    let lists = w.lists().await;
    let texts: Vec<String> = (0..300).map(|i| format!("selamat pagi warga desa {i}")).collect();
    w.take_in(&lists, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    w.edit(&list(&slogan("pagi", "Selamat Pagi Warga", ""))).await;
    let checked = w.drafts.check(ID).await.unwrap();
    assert_eq!(checked.measured, 300);
    let named = checked.findings.iter().find(|f| f.problem.to_string().contains("300 of the last 300"));
    assert!(named.is_some_and(|f| f.problem.subject.as_deref() == Some("pagi")), "{:?}", checked.findings);
}

#[tokio::test]
async fn the_next_cycle_begins_with_everything_switched_off() {
    let w = World::new(&list(&slogan("obor", "Gerakan Obor", ""))).await;
    w.drafts.clone_set(ID, "pilkada-uji-2030", "Pemilihan Uji 2030", "katakunci1").await.unwrap();
    let set = w.drafts.set("pilkada-uji-2030").await.unwrap();
    assert_eq!(set.title(), "Pemilihan Uji 2030");
    assert!(set.keywords().iter().all(|k| !k.enabled), "everything is off");
    assert!(w.drafts.text("pilkada-uji-2030").await.unwrap().0.starts_with("# Daftar uji; komentar tetap ada."));
    let again = w.drafts.clone_set(ID, "pilkada-uji-2030", "Lagi", "katakunci1").await;
    assert!(matches!(again, Err(DraftError::Exists(_))));
}

// ---- tables: shown first, bad cells named, nothing overwritten

/// The address of the form that takes a proposal.
fn proposal_of(page: &str) -> String {
    let at = page.find("/usulan/").expect("a proposal");
    let id = &page[at..at + "/usulan/".len() + 36];
    format!("/kata-kunci/{ID}{id}")
}

#[tokio::test]
async fn uploads_are_shown_first_and_their_bad_cells_are_named() {
    let w = World::new(&list("")).await;
    w.give_passwords().await;
    let state = w.pages(w.lists().await);
    let mut admin = Browser::login(&state, "katakunci1").await;
    let there = format!("/kata-kunci/{ID}/usul");
    let before = w.drafts.text(ID).await.unwrap().0;

    // What Excel in Indonesia writes: semicolons and Windows-1252; one cell is no kind.
    let table = "id;jenis;sisi;bentuk\r\nkafe;slogan;paslon-1;Caf\u{e9} Perjuangan\r\nsalah;entah;paslon-1;X\r\n";
    let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(table);
    let page = admin.upload(&there, &[], ("kami.csv", &bytes)).await;
    page.has("2 baris dibaca, 1 bermasalah");
    page.has("<b>B3</b>");
    page.has("Caf\u{e9} Perjuangan");
    assert_eq!(w.drafts.text(ID).await.unwrap().0, before, "nothing has changed yet");
    let form = proposal_of(&page.body);
    // Nobody else may take it, and it is taken once.
    let mut other = Browser::login(&state, "katakunci2").await;
    let take = [("putus", "ambil"), ("alasan", "usulan rapat")];
    assert_eq!(other.post(&form, &take).await.status.as_u16(), 404);
    assert!(admin.post(&form, &take).await.location().ends_with("ok=set-proposal-taken"));
    let after = w.drafts.text(ID).await.unwrap().0;
    assert!(after.starts_with(&before) && after.contains("Caf\u{e9} Perjuangan"));
    assert_eq!(admin.post(&form, &take).await.status.as_u16(), 404);
    // Somebody else edits meanwhile: the proposal is void, and nothing of theirs is overwritten.
    let page =
        admin.upload(&there, &[("jenis", "slogan"), ("sisi", "paslon-2"), ("tempel", "Pelita Kita")], ("", b"")).await;
    w.edit(&list("# kata orang lain\n")).await;
    assert!(admin.post(&proposal_of(&page.body), &take).await.location().ends_with("salah=set-stale"));
    assert!(w.drafts.text(ID).await.unwrap().0.contains("kata orang lain"));

    // A workbook out, and in again: nothing to change.
    let book = admin.get(&format!("/kata-kunci/{ID}/unduh/xlsx")).await;
    let page = admin.upload(&there, &[], ("daftar.xlsx", &book.bytes)).await;
    page.has("2 baris dibaca, 0 bermasalah");
    page.has("Tidak ada perbedaan.");
    // A damaged one, an old one, an empty one: said so.
    admin.upload(&there, &[], ("x.xlsx", &book.bytes[..900])).await.has("rusak atau dilindungi");
    admin.upload(&there, &[], ("x.xls", &[0xd0, 0xcf, 0x11, 0xe0, 0xa1])).await.has("berkas Excel lama");
    admin.upload(&there, &[], ("", b"")).await.has("0 baris dibaca");
    // A pattern built to be slow never gets in.
    let slow = "id;jenis;sisi;pola\nlambat;slogan;paslon-1;((a{1,200}){1,200}){1,200}\n";
    let page = admin.upload(&there, &[], ("pola.csv", slow.as_bytes())).await;
    page.has("lambat");
    page.lacks("/usulan/");
    // The text too large for any list is turned away at the door.
    let large = vec![b'x'; 33 * 1024 * 1024];
    assert!(admin.upload(&there, &[], ("besar.csv", &large)).await.status.is_client_error());
    w.ledger_is_whole().await;
}

#[test]
fn a_workbook_of_two_hundred_thousand_rows_is_read_in_seconds() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let page = book.add_worksheet();
    for (column, name) in (0_u16..).zip(["id", "jenis", "sisi", "bentuk"]) {
        page.write_string(0, column, name).unwrap();
    }
    for row in 1..=200_000_u32 {
        page.write_string(row, 0, format!("k-{}", row / 100)).unwrap();
        page.write_string(row, 1, "slogan").unwrap();
        page.write_string(row, 2, "paslon-1").unwrap();
        page.write_string(row, 3, format!("Gerakan Obor {row}")).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let begun = std::time::Instant::now();
    let sheet = netral::keyword::read_sheet("besar.xlsx", &bytes, &netral::keyword::Defaults::default());
    eprintln!("{} bytes read in {:.1?}", bytes.len(), begun.elapsed());
    assert_eq!((sheet.rows, sheet.edits.len(), sheet.problems.len()), (200_000, 2_001, 0));
    let text = netral::keyword::apply("uji.toml", &list(""), &sheet.edits).unwrap();
    eprintln!("{} bytes written in {:.1?}", text.len(), begun.elapsed());
    assert!(text.starts_with(&list("")) && text.contains("Gerakan Obor 200000"));
}
