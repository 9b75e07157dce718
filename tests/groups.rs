//! Copies of one text: found soon after they are stored, decided one by one or dismissed at one stroke, forgotten with the text.

use jiff::{SignedDuration, Timestamp};
use netral::model::{Activity, HitId, Kind, Media, Outcome, ReasonCode, Role, Stance};
use netral::store::{
    Apart, DecideOutcome, DecisionDraft, GoldenEnd, MemberState, NewActivity, Store, UndoOutcome, User,
};
use uuid::Uuid;

use crate::pages::{Found, hit};
use crate::support::{self, TestDb};

const LEASE: SignedDuration = SignedDuration::from_mins(15);
pub const CALL: &str = "Ayo warga, besok pagi kita berangkat bersama ke lapangan kota untuk menyambut Sena-Ruwaida, \
                        coblos nomor 2 demi perubahan yang nyata bagi anak cucu kita semua";

/// One post of an account with one match on the name.
pub fn post(account: netral::model::AccountId, id: &str, text: &str) -> NewActivity {
    let activity =
        Activity { id: id.to_owned(), text: text.to_owned(), posted_at: Some(Timestamp::now()), ..Activity::default() };
    let hits = vec![hit(
        &activity,
        "C.2.e",
        &[("nama pasangan calon", 70)],
        &[Found("text", "Sena-Ruwaida", Kind::Candidate, "sena-ruwaida-nama")],
    )];
    let raw = format!("{{\"id\":\"{id}\"}}").into_bytes();
    NewActivity { account_id: account, activity, raw, seen_at: Timestamp::now(), hits }
}

struct Ready {
    db: TestDb,
    accounts: Vec<netral::model::AccountId>,
    program: netral::store::Program,
    one: User,
    two: User,
}

impl Ready {
    async fn new(accounts: u32) -> Self {
        let db = TestDb::new().await;
        let program = support::program(&db.store).await;
        let accounts = support::accounts(&db.store, accounts).await;
        support::published_set(&db.store).await;
        let one = support::user(&db.store, "peninjau1", Role::Reviewer).await;
        let two = support::user(&db.store, "peninjau2", Role::Reviewer).await;
        Self { db, accounts, program, one, two }
    }

    fn store(&self) -> &Store {
        &self.db.store
    }

    async fn commit(&self, activities: Vec<NewActivity>) {
        support::keep(self.store(), &self.program, activities).await;
    }

    /// So many accounts post the same call.
    async fn copies(&self, n: usize) -> Uuid {
        let posts = (0..n).map(|i| post(self.accounts[i], &format!("salinan{i}"), CALL)).collect();
        self.commit(posts).await;
        self.group("salinan0").await.1
    }

    async fn group(&self, id: &str) -> (HitId, Uuid) {
        let (hit, group): (Uuid, Option<Uuid>) =
            sqlx::query_as("select h.hit_id, h.group_id from hit h join activity a using (account_id, activity_id) where a.external_id = $1")
                .bind(id)
                .fetch_one(self.store().pool())
                .await
                .unwrap();
        (HitId(hit), group.unwrap_or_default())
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.store().pool()).await.unwrap()
    }

    async fn decide(&self, user: &User, hit: HitId, outcome: Outcome) {
        self.store().claim_hit(hit, user, LEASE).await.unwrap();
        let suspected = outcome == Outcome::Suspected;
        let draft = DecisionDraft {
            hit,
            outcome,
            clause: suspected.then(|| "C.2.e".to_owned()),
            reason_code: if suspected { ReasonCode::Endorsement } else { ReasonCode::Information },
            note: if suspected { "Mengajak memilih secara terbuka.".to_owned() } else { String::new() },
        };
        let said = self.store().decide(user, &draft, support::RULES).await.unwrap();
        assert!(matches!(said, DecideOutcome::Decided(..)), "{said:?}");
    }
}

#[tokio::test]
async fn copies_are_one_group_and_another_side_number_or_negation_is_not() {
    let ready = Ready::new(3).await;
    let [a, b, c] = [ready.accounts[0], ready.accounts[1], ready.accounts[2]];
    let mut against = post(b, "lawan", &CALL.replace("menyambut", "menolak"));
    against.hits[0].stance.insert("sena-ruwaida".to_owned(), Stance::Oppose);
    let mut other = post(c, "pihak", CALL);
    other.hits[0].sides = vec!["paslon-1".to_owned()];
    ready
        .commit(vec![
            post(a, "asli", CALL),
            post(b, "dengan-tagar", &format!("{CALL} #Dua #Menang https://contoh.example/x")),
        ])
        .await;
    ready
        .commit(vec![post(
            c,
            "dengan-awal",
            &format!("Bismillah. {} @teman", CALL.to_uppercase().replace("SENA-RUWAIDA", "Sena-Ruwaida")),
        )])
        .await;
    ready
        .commit(vec![
            against,
            other,
            post(a, "nomor", &CALL.replace("nomor 2", "nomor 3")),
            post(a, "pendek", "Gas Sena-Ruwaida"),
        ])
        .await;
    let first = ready.group("asli").await.1;
    assert_eq!(ready.group("dengan-tagar").await.1, first);
    assert_eq!(ready.group("dengan-awal").await.1, first);
    for other in ["lawan", "pihak", "nomor", "pendek"] {
        assert_ne!(ready.group(other).await.1, first, "{other}");
    }
    // Background is not compared; the text itself is nowhere in the group.
    assert_eq!(ready.count("select count(*) from hit_group").await, 5);
    let members = ready.store().group_members(first, ready.one.user_id).await.unwrap();
    assert_eq!(members.len(), 3);
    assert!(members.iter().all(|m| m.state == MemberState::Free));
}

#[tokio::test]
async fn a_picture_known_by_its_content_is_one_group_whatever_stands_beside_it() {
    let ready = Ready::new(3).await;
    let shown = |account, id: &str, text: &str, url: &str| {
        let mut new = post(account, id, text);
        new.activity.media = vec![Media { kind: "image".into(), url: Some(url.into()), ..Media::default() }];
        new
    };
    let [a, b, c] = [ready.accounts[0], ready.accounts[1], ready.accounts[2]];
    let blob = |did: &str, cid: &str| format!("https://pds.example/xrpc/com.atproto.sync.getBlob?did={did}&cid={cid}");
    ready
        .commit(vec![
            shown(a, "satu", "Sena-Ruwaida", &blob("a", "bafyA")),
            shown(b, "dua", "Gas Sena-Ruwaida terus", &blob("b", "bafyA")),
            shown(c, "tiga", "Sena-Ruwaida", &blob("c", "bafyB")),
            shown(c, "empat", "Jangan Sena-Ruwaida", &blob("c", "bafyA")),
            shown(a, "lima", "Sena-Ruwaida", "https://cdn.example/1.jpg"),
            shown(b, "enam", "Sena-Ruwaida", "https://cdn.example/2.jpg"),
        ])
        .await;
    let of = async |id| ready.group(id).await.1;
    assert_eq!(of("satu").await, of("dua").await);
    assert_ne!(of("satu").await, of("tiga").await);
    assert_ne!(of("satu").await, of("empat").await);
    // Pictures that nobody has compared: the words say that they belong together, but nobody closes them unread.
    assert_eq!(of("lima").await, of("enam").await);
    let members = ready.store().group_members(of("lima").await, ready.one.user_id).await.unwrap();
    assert!(members.iter().all(|m| matches!(m.apart, Some(Apart::Picture | Apart::Single))));
}

#[tokio::test]
async fn two_writers_make_one_group_and_the_sweep_finds_the_same() {
    let ready = Ready::new(8).await;
    let commit = |i: usize| ready.commit(vec![post(ready.accounts[i], &format!("salinan{i}"), CALL)]);
    futures::future::join_all((0..8).map(commit)).await;
    // Whoever found another at it left the rest to it.
    while ready.store().group_some().await.unwrap() > 0 {}
    assert_eq!(ready.count("select count(distinct group_id) from hit").await, 1);
    let group = ready.group("salinan3").await.1;
    sqlx::query("update hit set group_id = null").execute(ready.store().pool()).await.unwrap();
    sqlx::query("delete from hit_group").execute(ready.store().pool()).await.unwrap();
    assert_eq!(ready.store().group_some().await.unwrap(), 8);
    assert_eq!(ready.store().group_some().await.unwrap(), 0);
    assert_eq!(ready.group("salinan5").await.1, group, "the id follows from the text");

    // What is forgotten leaves no fingerprint behind.
    sqlx::query("delete from activity").execute(ready.store().pool()).await.unwrap();
    assert_eq!(
        ready.store().forget_groups().await.unwrap(),
        0,
        "not while its first member may just be being compared"
    );
    sqlx::query("update hit_group set made_at = now() - interval '2 hours'")
        .execute(ready.store().pool())
        .await
        .unwrap();
    assert_eq!(ready.store().forget_groups().await.unwrap(), 1);
}

#[tokio::test]
async fn a_stroke_closes_what_may_be_closed_and_the_minute_takes_it_back() {
    let ready = Ready::new(12).await;
    let (store, one, two) = (ready.store(), &ready.one, &ready.two);
    let group = ready.copies(11).await;
    ready.commit(vec![post(ready.accounts[11], "lain", &format!("Mari. {CALL}"))]).await;
    assert_eq!(ready.group("lain").await.1, group);
    // One waits for a second person, one is with a colleague; the reader does not learn which is why.
    ready.decide(two, ready.group("salinan0").await.0, Outcome::Suspected).await;
    store.claim_hit(ready.group("salinan1").await.0, two, LEASE).await.unwrap();
    let members = store.group_members(group, one.user_id).await.unwrap();
    let of = |hit: HitId| members.iter().find(|m| m.hit_id == hit).unwrap();
    assert_eq!(of(ready.group("salinan0").await.0).apart, Some(Apart::Single));
    assert_eq!(of(ready.group("salinan0").await.0).state, MemberState::Free);
    assert_eq!(of(ready.group("salinan1").await.0).apart, Some(Apart::Taken));
    let lain = of(ready.group("lain").await.0);
    assert!(!lain.same && matches!(lain.apart, Some(Apart::Words | Apart::Single)));
    let together: Vec<HitId> = members.iter().filter(|m| m.apart.is_none()).map(|m| m.hit_id).collect();
    let all: Vec<HitId> = members.iter().map(|m| m.hit_id).collect();
    assert!(together.len() >= 2);

    // Never a suspicion.
    let close = |reason| store.close_group(one, group, &all, reason, support::RULES);
    assert_eq!(close(ReasonCode::Endorsement).await.unwrap(), None);
    let done = close(ReasonCode::Information).await.unwrap().unwrap();
    assert_eq!((done.hits, done.left), (together.len(), all.len() - together.len()));
    let closed = ready.count("select count(*) from hit where state = 'decided' and verdict = 'bukan_dugaan'").await;
    assert_eq!(usize::try_from(closed).unwrap(), together.len());
    assert_eq!(
        ready.count("select count(*) from decision where bulk_id is not null and seconds is null and blind").await,
        closed
    );
    assert_eq!(ready.count("select count(*) from ledger where kind = 'hit.decided'").await, closed + 1);

    // The database holds it, too.
    let error = sqlx::query(
        "insert into decision (account_id, decision_id, hit_id, user_id, outcome, clause, reason_code, note, bulk_id)
         select account_id, gen_random_uuid(), hit_id, $1, 'dugaan', 'C.2.e', 'dukungan', 'sekurangnya sepuluh', $2 from hit limit 1",
    )
    .bind(one.user_id.0)
    .bind(done.bulk_id)
    .execute(store.pool())
    .await
    .unwrap_err();
    assert_eq!(error.as_database_error().unwrap().constraint(), Some("decision_bulk_check"));

    // Not by somebody else; then all at once; then not again.
    assert_eq!(store.undo_bulk(two, done.bulk_id).await.unwrap(), (0, 0));
    assert_eq!(store.bulk_to_undo(group, one.user_id).await.unwrap().unwrap().0, done.bulk_id);
    assert_eq!(store.undo_bulk(one, done.bulk_id).await.unwrap(), (together.len(), 0));
    assert_eq!(store.bulk_to_undo(group, one.user_id).await.unwrap(), None);
    assert_eq!(ready.count("select count(*) from decision where bulk_id is not null").await, closed, "the rows stay");
    assert_eq!(ready.count("select count(*) from hit where state = 'open' and claimed_by is null").await, 11);
    assert_eq!(ready.count("select count(*) from keyword_outcome where outcome = 'bukan_dugaan'").await, 0);
    assert_eq!(store.undo_bulk(one, done.bulk_id).await.unwrap().0, 0);
    assert_eq!(ready.count("select count(*) from ledger where kind in ('group.closed', 'group.reopened')").await, 2);
}

#[tokio::test]
async fn a_stroke_leaves_who_is_near_to_others_and_a_sample_to_a_second_reader() {
    let ready = Ready::new(10).await;
    let (store, one) = (ready.store(), &ready.one);
    let group = ready.copies(10).await;
    let near = ready.group("salinan4").await.0;
    let person = store.owner_of(ready.accounts[4]).await.unwrap().unwrap();
    sqlx::query("insert into conflict_of_interest (conflict_id, user_id, person_id, why, noted_by) values (gen_random_uuid(), $1, $2, 'keluarga', 'x')")
        .bind(one.user_id.0)
        .bind(person.0)
        .execute(store.pool())
        .await
        .unwrap();
    let members = store.group_members(group, one.user_id).await.unwrap();
    assert_eq!(members.iter().find(|m| m.hit_id == near).unwrap().apart, Some(Apart::NotForYou));
    let all: Vec<HitId> = members.iter().map(|m| m.hit_id).collect();
    // Everything that one person dismisses is read again here: nothing is closed by the stroke alone.
    let rules = netral::store::ReviewConfig { reread_percent: 100, ..support::RULES };
    let done = store.close_group(one, group, &all, ReasonCode::Information, rules).await.unwrap().unwrap();
    assert_eq!(ready.count("select count(*) from hit where state = 'decided'").await, 0);
    let second = ready.count("select count(*) from hit where step = 'second' and state = 'open'").await;
    assert_eq!(usize::try_from(second).unwrap(), done.hits);
    // Once somebody reads on, that one stays; the others come back.
    let taken: Uuid = sqlx::query_scalar("select hit_id from hit where step = 'second' limit 1")
        .fetch_one(store.pool())
        .await
        .unwrap();
    store.claim_hit(HitId(taken), &ready.two, LEASE).await.unwrap();
    assert_eq!(store.undo_bulk(one, done.bulk_id).await.unwrap(), (done.hits - 1, 1));
    assert_eq!(store.undo(one, HitId(taken), LEASE).await.unwrap(), UndoOutcome::MovedOn);
}

#[tokio::test]
async fn the_copies_come_one_after_the_other_and_what_was_said_is_at_hand() {
    let ready = Ready::new(4).await;
    let (store, one) = (ready.store(), &ready.one);
    let group = ready.copies(4).await;
    let first = store.claim_copy(group, one, LEASE).await.unwrap().unwrap();
    assert!(store.said_of_group(group, one.user_id, first).await.unwrap().is_none());
    assert_eq!(store.copies(group, first, one.user_id).await.unwrap(), (3, 3));
    ready.decide(one, first, Outcome::Suspected).await;
    let next = store.claim_copy(group, one, LEASE).await.unwrap().unwrap();
    assert_ne!(next, first, "nobody reads one twice");
    let draft = store.said_of_group(group, one.user_id, next).await.unwrap().unwrap();
    assert_eq!((draft.outcome, draft.hit, draft.clause.as_deref()), (Outcome::Suspected, next, Some("C.2.e")));
    assert!(
        store.said_of_group(group, ready.two.user_id, next).await.unwrap().is_none(),
        "what others said is not told"
    );
    assert!(matches!(store.decide(one, &draft, support::RULES).await.unwrap(), DecideOutcome::Decided(..)));
    assert_eq!(ready.count("select count(*) from decision").await, 2);
    // The queue says how many wait beside a hit.
    let rows = store.queue_page(&netral::store::QueueFilter::default(), None, 10).await.unwrap();
    assert!(rows.iter().all(|row| row.group == Some(group) && row.copies == 3));
}

#[tokio::test]
async fn figures_come_from_pairs_of_readings_and_practice_touches_nobody() {
    let ready = Ready::new(8).await;
    let (store, one, two) = (ready.store(), &ready.one, &ready.two);
    let lead = support::user(store, "ketua", Role::Lead).await;
    ready.copies(8).await;
    for i in 0..6 {
        let hit = ready.group(&format!("salinan{i}")).await.0;
        ready.decide(one, hit, Outcome::Suspected).await;
        ready.decide(two, hit, if i < 5 { Outcome::Suspected } else { Outcome::NotSuspected }).await;
    }
    ready.decide(one, ready.group("salinan6").await.0, Outcome::NotSuspected).await;
    let agreement = store.agreement().await.unwrap();
    assert_eq!(agreement.len(), 1);
    assert_eq!((agreement[0].pairs, agreement[0].agreed, &*agreement[0].clause), (6, 5, "C.2.e"));
    let figures = store.reader_figures(Some(two.user_id)).await.unwrap();
    assert_eq!((figures[0].pairs, figures[0].agreed, figures[0].golden, figures[0].timed), (6, 5, 0, 6));
    let names: Vec<_> = store.reader_figures(None).await.unwrap().into_iter().map(|f| f.name).collect();
    assert_eq!(names, ["ketua", "peninjau1", "peninjau2"], "by name, not by merit");

    // Only what is closed and undisputed has a known answer.
    let (open, disputed) = (ready.group("salinan7").await.0, ready.group("salinan5").await.0);
    ready.decide(&lead, disputed, Outcome::NotSuspected).await;
    for unfit in [open, disputed, ready.group("salinan0").await.0] {
        assert_eq!(store.mark_golden(&lead, unfit, "Berita semata.").await.unwrap(), GoldenEnd::NotFit);
    }
    let known = ready.group("salinan6").await.0;
    let before = ready.count("select count(*) from decision").await;
    assert_eq!(store.mark_golden(&lead, known, "Berita semata, tanpa ajakan.").await.unwrap(), GoldenEnd::Marked);
    assert_eq!(store.next_golden(one.user_id).await.unwrap(), None, "who decided it knows it");
    assert_eq!(store.next_golden(lead.user_id).await.unwrap(), None, "and so does who marked it");
    let golden = store.next_golden(two.user_id).await.unwrap().unwrap();
    store.read_golden(two, golden, Outcome::Suspected).await.unwrap();
    store.read_golden(two, golden, Outcome::NotSuspected).await.unwrap();
    let item = store.golden_item(golden, two.user_id).await.unwrap().unwrap();
    assert_eq!((item.said, item.outcome), (Some(Outcome::Suspected), Outcome::NotSuspected), "the first word counts");
    let figures = store.reader_figures(Some(two.user_id)).await.unwrap();
    assert_eq!((figures[0].golden, figures[0].golden_right, figures[0].pairs), (1, 0, 6));
    assert_eq!(ready.count("select count(*) from decision").await, before);
    let page = store.hit_page(known, two.user_id).await.unwrap().unwrap();
    assert_eq!(page.decisions.len(), 1);
    // The practice ends with the post.
    sqlx::query("update activity set raw = ''").execute(store.pool()).await.unwrap();
    assert!(store.golden_item(golden, two.user_id).await.unwrap().is_none());
    assert!(store.retire_golden(&lead, golden).await.unwrap());

    // The sides: one contest, one side so far.
    let sides = store.side_rows().await.unwrap();
    assert_eq!(sides.len(), 1);
    assert_eq!((sides[0].hits, sides[0].decided, sides[0].upheld, &*sides[0].side), (8, 7, 5, "sena-ruwaida"));
    assert_eq!(store.side_times().await.unwrap()[0].seconds.len(), 7);
    assert_eq!(store.difficult_keywords().await.unwrap(), []);
}
