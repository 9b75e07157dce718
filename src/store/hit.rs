//! One hit, read whole.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{Store, StoreError, User};
use crate::model::{
    AccountId, Activity, Answer, Hit, HitId, Level, Outcome, PersonStatus, ReasonCode, Score, UserId, Verb, Verdict,
};

/// Where a hit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitState {
    /// Waits for somebody to look.
    Open,
    /// Waits for the person's answer.
    Asked,
    /// Closed with a verdict.
    Decided,
    /// Only background, never queued.
    Background,
    /// Left the queue: its keywords are gone from the list.
    Withdrawn,
    /// Waits apart: its keyword is over its daily cap.
    Quarantined,
}

impl HitState {
    /// The database's word.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "open" => Self::Open,
            "asked" => Self::Asked,
            "decided" => Self::Decided,
            "withdrawn" => Self::Withdrawn,
            "quarantined" => Self::Quarantined,
            _ => Self::Background,
        }
    }
}

/// The person behind a hit; shown only after one's own decision.
#[derive(Clone, Debug)]
pub struct PersonLine {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Standing.
    pub status: PersonStatus,
    /// Jabatan.
    pub position: String,
    /// Handle of the account.
    pub handle: String,
}

/// What tells who a person is, for covering it where a reader must not know yet.
#[derive(Clone)]
pub struct Identity {
    /// Name as registered.
    pub name: String,
    /// NIP, where there is one.
    pub nip: Option<String>,
    /// Handles of all their accounts.
    pub handles: Vec<String>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// What somebody decided.
#[derive(Clone, Debug)]
pub struct DecisionRow {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub user_name: String,
    /// What.
    pub outcome: Outcome,
    /// Under which clause.
    pub clause: Option<String>,
    /// Why, as a code.
    pub reason_code: ReasonCode,
    /// Why, in words.
    pub note: String,
    /// When.
    pub decided_at: Timestamp,
    /// In which round; the present one is [`HitPage::round`].
    pub round: i16,
    /// It was taken back within its minute.
    pub undone: bool,
}

/// What this reader may do with the hit, and has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// It waits, and for this reader among others.
    pub may_judge: bool,
    /// The reader is near to the person.
    pub conflict: bool,
    /// The reader has passed it on.
    pub skipped: bool,
    /// The reader asked to see who it is.
    pub unmasked: bool,
}

/// The last question to the person about this hit.
#[derive(Clone, Debug)]
pub struct Asked {
    /// By when an answer is awaited.
    pub due_on: jiff::civil::Date,
    /// What came of it.
    pub outcome: Option<Answer>,
    /// The answer's words.
    pub answer: String,
}

/// The versions of a list that had a hand in a hit, by number of publication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HitVersions {
    /// The one that made it as it stands.
    pub made: i32,
    /// It was found when the window was read again, not when it was collected.
    pub from_rescan: bool,
    /// The one that had first made it, where a later one explains it anew.
    pub earlier: Option<i32>,
    /// The one in which its keywords are gone.
    pub withdrawn: Option<i32>,
}

/// Everything that a hit's page may need.
#[derive(Clone, Debug)]
pub struct HitPage {
    /// The hit.
    pub hit_id: HitId,
    /// Whose account.
    pub account_id: AccountId,
    /// Platform of the account.
    pub platform: String,
    /// What the matcher said.
    pub hit: Hit,
    /// The activity as it was; `account` is left out, so that a blinded page cannot leak it.
    pub activity: Activity,
    /// Where it stands.
    pub state: HitState,
    /// Title of the set that made it.
    pub set_title: String,
    /// Which versions of that set had a hand in it.
    pub versions: HitVersions,
    /// Id of that set's circular.
    pub circular: String,
    /// When it was queued.
    pub created_at: Timestamp,
    /// Who holds it now.
    pub claimed_by: Option<UserId>,
    /// That colleague's name.
    pub claimed_by_name: Option<String>,
    /// Until when.
    pub claimed_until: Option<Timestamp>,
    /// One more after each clarification.
    pub round: i16,
    /// How it ended.
    pub verdict: Option<Verdict>,
    /// For whom it waits, by name.
    pub referred_to: Option<(UserId, String)>,
    /// Put aside until then.
    pub rests_until: Option<Timestamp>,
    /// A signal that can support a case but never be one (P07).
    pub weak: bool,
    /// What this reader may do.
    pub reading: Reading,
    /// Its group, where it is a copy of others.
    pub group: Option<Uuid>,
    /// People agreed, so that it may be marked as one whose answer is known.
    pub undisputed: bool,
    /// It is marked so.
    pub golden: bool,
    /// The last question to the person.
    pub asked: Option<Asked>,
    /// All decisions, oldest first.
    pub decisions: Vec<DecisionRow>,
    /// The person; none where the account turned out to be somebody else's.
    pub person: Option<PersonLine>,
    /// What to cover while the reader is blind.
    pub identity: Identity,
}

/// Another hit of the same person.
#[derive(Clone, Debug)]
pub struct OtherHit {
    /// Its page.
    pub hit_id: HitId,
    /// Clause.
    pub clause: String,
    /// What was done.
    pub verb: Verb,
    /// When.
    pub acted_at: Timestamp,
    /// How it ended, where it has.
    pub verdict: Option<Verdict>,
}

/// A hit from the columns that its queries select; JSON as text.
macro_rules! hit_from {
    ($r:expr) => {{
        let stored = |what| move |_| StoreError::Stored { what };
        Hit {
            set: $r.set_id.clone().into(),
            version: $r.set_version.clone().into(),
            clause: $r.clause.clone(),
            also: $r.also.clone(),
            stage: $r.stage.clone(),
            verb: $r.verb.parse().map_err(|_| StoreError::Stored { what: "verb" })?,
            level: if $r.level == Level::Review.as_str() { Level::Review } else { Level::Context },
            score: Score($r.score),
            sides: $r.sides.clone(),
            stance: serde_json::from_str(&$r.stance).map_err(stored("stance"))?,
            parties: $r.parties.clone(),
            matches: serde_json::from_str(&$r.matches).map_err(stored("matches"))?,
            parts: serde_json::from_str(&$r.parts).map_err(stored("parts"))?,
            reason: $r.reason.clone(),
            counter: $r.counter.clone(),
            more_matches: 0,
            severity: crate::model::Severity($r.severity),
        }
    }};
}
pub(super) use hit_from;

impl Store {
    /// One hit with its activity, person and decisions, as this reader stands to it.
    ///
    /// # Errors
    /// [`StoreError::Stored`] when a row is damaged.
    pub async fn hit_page(&self, hit: HitId, reader: UserId) -> Result<Option<HitPage>, StoreError> {
        let row = sqlx::query!(
            r#"select h.account_id, h.set_id, h.set_version, h.clause, h.also, h.stage, h.verb, h.level, h.score, h.severity, h.sides,
                      h.stance::text as "stance!", h.parties, h.matches::text as "matches!", h.parts::text as "parts!",
                      h.reason, h.counter, h.state, h.created_at, h.round, h.verdict, h.rests_until,
                      h.referred_to, (select f.name from app_user f where f.user_id = h.referred_to) as referred_name,
                      nullif(h.group_id, h.hit_id) as group_id,
                      h.state = 'decided' and not exists (select 1 from standing_decision d
                          where d.account_id = h.account_id and d.hit_id = h.hit_id and d.round = h.round
                            and d.outcome <> case when h.verdict = 'bukan_dugaan' then 'bukan_dugaan' else 'dugaan' end) as "undisputed!",
                      exists (select 1 from golden_item g where g.account_id = h.account_id and g.hit_id = h.hit_id) as "golden!",
                      is_weak(h.verb, h.matches) as "weak!", has_conflict(h.account_id, $2) as "conflict!",
                      h.state = 'open' and may_judge(h.account_id, h.hit_id, h.round, h.step, h.referred_to, h.rests_until, $2) as "may_judge!",
                      exists (select 1 from hit_mark m where m.account_id = h.account_id and m.hit_id = h.hit_id
                              and m.user_id = $2 and m.kind = 'skip') as "skipped!",
                      exists (select 1 from hit_mark m where m.account_id = h.account_id and m.hit_id = h.hit_id
                              and m.user_id = $2 and m.kind = 'unmask') as "unmasked!",
                      c.due_on as "due_on?", c.outcome as answered, c.answer as "answer?",
                      case when h.claimed_until > now() then h.claimed_by end as claimed_by,
                      case when h.claimed_until > now() then u.name end as claimed_by_name,
                      case when h.claimed_until > now() then h.claimed_until end as claimed_until,
                      a.external_id, a.text, a.url, a.happened_at, a.posted_at, a.seen_at, a.media::text as "media!",
                      a.target::text as target, a.hashtags::text as "hashtags!", a.mentions::text as "mentions!",
                      r.platform, r.handle, s.title as set_title, s.circular, s.number as set_number, h.origin,
                      (select e.number from keyword_set e where e.set_id = h.set_id and e.version = h.earlier_version) as earlier_number,
                      (select w.number from keyword_set w where w.set_id = h.set_id and w.version = h.withdrawn_version) as withdrawn_number,
                      p.name as person_name, p.nip, p.status, p.position, t.name as unit_name, r.unlinked_at is not null as "unlinked!",
                      (select array_agg(o.handle) from account o where o.person_id = p.person_id) as "handles!"
               from hit h
               join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
               join account r on r.account_id = h.account_id
               join person p using (person_id)
               join unit t using (unit_id)
               join keyword_set s on s.set_id = h.set_id and s.version = h.set_version
               left join app_user u on u.user_id = h.claimed_by
               left join lateral (select * from clarification k where k.account_id = h.account_id and k.hit_id = h.hit_id
                                  order by k.opened_at desc limit 1) c on true
               where h.hit_id = $1"#,
            hit.0,
            reader.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(r) = row else { return Ok(None) };
        let decisions = self.decisions_of(r.account_id.into(), hit).await?;
        let stored = |what| move |_| StoreError::Stored { what };
        let hit_value: Hit = hit_from!(r);
        let verb = hit_value.verb;
        let activity = Activity {
            id: r.external_id,
            platform: Some(r.platform.clone()),
            account: None,
            verb,
            text: r.text,
            happened_at: r.happened_at.map(jiff_sqlx::Timestamp::to_jiff),
            posted_at: r.posted_at.map(jiff_sqlx::Timestamp::to_jiff),
            seen_at: Some(r.seen_at.to_jiff()),
            url: r.url,
            media: serde_json::from_str(&r.media).map_err(stored("media"))?,
            target: r.target.map(|t| serde_json::from_str(&t)).transpose().map_err(stored("target"))?,
            hashtags: serde_json::from_str(&r.hashtags).map_err(stored("hashtags"))?,
            mentions: serde_json::from_str(&r.mentions).map_err(stored("mentions"))?,
        };
        Ok(Some(HitPage {
            hit_id: hit,
            account_id: r.account_id.into(),
            platform: r.platform,
            hit: hit_value,
            activity,
            state: HitState::of(&r.state),
            set_title: r.set_title,
            versions: HitVersions {
                made: r.set_number,
                from_rescan: r.origin == "rescan",
                earlier: r.earlier_number,
                withdrawn: r.withdrawn_number,
            },
            circular: r.circular,
            created_at: r.created_at.to_jiff(),
            claimed_by: r.claimed_by.map(UserId),
            claimed_by_name: r.claimed_by_name,
            claimed_until: r.claimed_until.map(jiff_sqlx::Timestamp::to_jiff),
            round: r.round,
            verdict: r
                .verdict
                .map(|v| v.parse())
                .transpose()
                .map_err(|_: String| StoreError::Stored { what: "verdict" })?,
            referred_to: r.referred_to.map(UserId).zip(r.referred_name),
            rests_until: r.rests_until.map(jiff_sqlx::Timestamp::to_jiff),
            weak: r.weak,
            group: r.group_id,
            undisputed: r.undisputed,
            golden: r.golden,
            reading: Reading { may_judge: r.may_judge, conflict: r.conflict, skipped: r.skipped, unmasked: r.unmasked },
            asked: match r.due_on {
                Some(due_on) => Some(Asked {
                    due_on: due_on.to_jiff(),
                    outcome: r
                        .answered
                        .map(|a| a.parse())
                        .transpose()
                        .map_err(|_: String| StoreError::Stored { what: "answer" })?,
                    answer: r.answer.unwrap_or_default(),
                }),
                None => None,
            },
            decisions,
            identity: Identity { name: r.person_name.clone(), nip: r.nip, handles: r.handles },
            person: if r.unlinked {
                None
            } else {
                Some(PersonLine {
                    name: r.person_name,
                    unit: r.unit_name,
                    status: r.status.parse().map_err(|_| StoreError::Stored { what: "status" })?,
                    position: r.position,
                    handle: r.handle,
                })
            },
        }))
    }

    /// Other hits of the account's person that people have to do with or had, the latest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn other_hits(&self, account: AccountId, but: HitId, limit: i64) -> Result<Vec<OtherHit>, StoreError> {
        let rows = sqlx::query!(
            r#"select h.hit_id, h.clause, h.verb, coalesce(a.happened_at, a.posted_at, a.seen_at) as "acted_at!", h.verdict
               from account mine
               join account r on r.person_id = mine.person_id and r.unlinked_at is null
               join hit h on h.account_id = r.account_id and h.hit_id <> $2 and h.state in ('open', 'asked', 'decided')
               join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
               where mine.account_id = $1 and mine.unlinked_at is null order by 4 desc limit $3"#,
            account.0,
            but.0,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|r| {
                let verdict = r.verdict.as_deref().map(str::parse).transpose();
                Ok(OtherHit {
                    hit_id: r.hit_id.into(),
                    clause: r.clause,
                    verb: r.verb.parse().map_err(|_| StoreError::Stored { what: "verb" })?,
                    acted_at: r.acted_at.to_jiff(),
                    verdict: verdict.map_err(|_: String| StoreError::Stored { what: "verdict" })?,
                })
            })
            .collect()
    }

    async fn decisions_of(&self, account: AccountId, hit: HitId) -> Result<Vec<DecisionRow>, StoreError> {
        let rows = sqlx::query!(
            "select d.user_id, u.name as user_name, d.outcome, d.clause, d.reason_code, d.note, d.decided_at, d.round,
                    exists (select 1 from decision_undo x where x.account_id = d.account_id and x.decision_id = d.decision_id) as \"undone!\"
             from decision d join app_user u using (user_id)
             where d.account_id = $1 and d.hit_id = $2 order by d.decided_at",
            account.0,
            hit.0
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|r| {
                Ok(DecisionRow {
                    user_id: r.user_id.into(),
                    user_name: r.user_name,
                    outcome: r.outcome.parse().map_err(|_| StoreError::Stored { what: "outcome" })?,
                    clause: r.clause,
                    reason_code: r.reason_code.parse().map_err(|_| StoreError::Stored { what: "reason" })?,
                    note: r.note,
                    decided_at: r.decided_at.to_jiff(),
                    round: r.round,
                    undone: r.undone,
                })
            })
            .collect()
    }

    /// Writes down that a user looked at a hit (P18).
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then the page must not be shown.
    pub async fn record_view(&self, user: &User, hit: HitId) -> Result<(), StoreError> {
        self.record("hit.viewed", &user.login, &format!("hit/{hit}"), &json!({})).await
    }
}
