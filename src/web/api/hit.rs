//! `/hits/{hit_id}`: one hit, as blind as its page.

use axum::Json;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::finding::{ClauseRef, Finding};
use super::problem::Problem;
use super::route::{Asked, Call};
use super::schema::{Day, Moment};
use crate::model::{Answer, CircumstanceKind, HitId, Outcome, PersonStatus, ReasonCode, Verb, Verdict};
use crate::store::{Circumstance, DecisionRow, HitState, OtherHit, User};
use crate::web::hit_seen::Seen;
use crate::web::hit_show;
use crate::web::hit_standing::Standing;

/// Which hit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HitPath {
    /// Id of the hit.
    pub hit_id: HitId,
}

/// The post. In a blind look the person is covered wherever they are named, and no address leads to them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Post {
    /// The author's words.
    text: String,
    /// Attached media; nothing of them is loaded here.
    media: Vec<PostMedia>,
    /// What it is directed at.
    target: Option<PostTarget>,
    /// Hashtags that the platform lists apart.
    hashtags: Vec<String>,
    /// Handles that the platform lists apart.
    mentions: Vec<String>,
    /// Address; left out of a blind look.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// When it happened, where that is known.
    happened_at: Option<Moment>,
    /// When it was posted.
    posted_at: Option<Moment>,
    /// When it was first seen.
    seen_at: Option<Moment>,
}

/// A picture, video or sound, in words.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PostMedia {
    /// `image`, `video`, `audio`.
    kind: String,
    /// Alt text.
    alt: Option<String>,
    /// Text read out of it.
    ocr: Option<String>,
}

/// What a post is directed at.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PostTarget {
    /// `post`, `account` or `group`.
    kind: String,
    /// Handle.
    handle: Option<String>,
    /// Text.
    text: Option<String>,
    /// Address; left out of a blind look.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl Post {
    fn new(seen: &Seen) -> Self {
        let a = &seen.activity;
        let media = a.media.iter();
        Self {
            text: a.text.clone(),
            media: media.map(|m| PostMedia { kind: m.kind.clone(), alt: m.alt.clone(), ocr: m.ocr.clone() }).collect(),
            target: a.target.as_ref().map(|t| PostTarget {
                kind: t.kind.clone(),
                handle: t.handle.clone(),
                text: t.text.clone(),
                url: t.url.clone(),
            }),
            hashtags: a.hashtags.clone(),
            mentions: a.mentions.clone(),
            url: seen.url().map(str::to_owned),
            happened_at: a.happened_at.map(Into::into),
            posted_at: a.posted_at.map(Into::into),
            seen_at: a.seen_at.map(Into::into),
        }
    }
}

/// Where a hit stands.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for somebody to look.
    Open,
    /// Waits for the person's answer.
    Asked,
    /// Closed with a verdict.
    Decided,
    /// Only background, never queued.
    Background,
    /// Left the queue with a publication.
    Withdrawn,
    /// Waits apart with its keyword.
    Quarantined,
}

impl From<HitState> for State {
    fn from(state: HitState) -> Self {
        match state {
            HitState::Open => Self::Open,
            HitState::Asked => Self::Asked,
            HitState::Decided => Self::Decided,
            HitState::Background => Self::Background,
            HitState::Withdrawn => Self::Withdrawn,
            HitState::Quarantined => Self::Quarantined,
        }
    }
}

/// One hit, as this reader may see it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HitBody {
    /// The hit.
    hit_id: HitId,
    /// You must not know yet whose account it is, nor which side is meant.
    blind: bool,
    /// Where it stands.
    state: State,
    /// Where it stands for you: `free`, `mine`, `theirs`, `referred`, `resting`, `conflict`, `skipped`, `for_others`,
    /// `decided_by_me`, `decided_by_others`, `asked`, `background`, `withdrawn`, `quarantined`, `look_only`.
    standing: String,
    /// A colleague holds it: their name.
    held_by: Option<String>,
    /// Somebody holds it until then.
    held_until: Option<Moment>,
    /// Where it was posted.
    platform: String,
    /// When it was queued.
    created_at: Moment,
    /// One more after each answer of the person.
    round: i16,
    /// A signal that can support a case and never be one.
    weak: bool,
    /// What the matcher says.
    finding: Finding,
    /// The post.
    post: Post,
    /// What became of the post.
    aftermath: PostAftermath,
    /// Rules that a decision may name.
    clauses: Vec<ClauseRef>,
    /// What the person was asked and answered.
    asked: Option<Question>,
    /// How it ended; left out of a blind look.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    /// Your own decisions; everybody's once the hit is closed.
    decisions: Vec<DecisionLine>,
    /// Your last decision can still be taken back.
    may_undo: bool,
    /// Others say the same.
    copies: Option<CopiesRef>,
    /// It was told by hand, with a screenshot: its tip, for `/tips/{tip_id}/picture`.
    tip_id: Option<Uuid>,
    /// The person; left out of a blind look.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<PersonRef>,
    /// What may allow the act; left out of a blind look.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    circumstances: Vec<CircumstanceRef>,
    /// Other hits of the person; left out of a blind look.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<OtherRef>,
}

/// Hits that say the same.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CopiesRef {
    /// Their group, see `/groups/{group_id}`.
    group_id: Uuid,
    /// How many there are beside this one; at most a hundred are counted.
    others: i64,
    /// How many of these wait for you.
    waiting: i64,
}

/// What became of a post after it was read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PostAftermath {
    /// It is a later version of a post that was read before.
    is_edition: bool,
    /// Later versions that were read.
    editions: i64,
    /// Deleted, as the service says.
    deleted_at: Option<Moment>,
    /// Not shown any more since then, which need not mean deleted.
    unavailable_since: Option<Moment>,
}

/// The last question to the person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Question {
    /// By when an answer is awaited.
    due_on: Day,
    /// What came of it.
    outcome: Option<Answer>,
    /// In words, the person covered in a blind look.
    answer: Option<String>,
}

/// A decision.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DecisionLine {
    /// Who.
    by: String,
    /// What.
    outcome: Outcome,
    /// Under which rule.
    clause: Option<String>,
    /// Why.
    reason: ReasonCode,
    /// In words.
    note: String,
    /// When.
    at: Moment,
    /// In which round.
    round: i16,
    /// Taken back within its minute.
    undone: bool,
}

impl DecisionLine {
    fn new(d: &DecisionRow) -> Self {
        Self {
            by: d.user_name.clone(),
            outcome: d.outcome,
            clause: d.clause.clone(),
            reason: d.reason_code,
            note: d.note.clone(),
            at: d.decided_at.into(),
            round: d.round,
            undone: d.undone,
        }
    }
}

/// The person behind an account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PersonRef {
    /// Name.
    name: String,
    /// Standing.
    status: PersonStatus,
    /// Jabatan.
    position: String,
    /// Unit.
    unit: String,
    /// Handle of the account.
    handle: String,
}

/// What may allow what the circular forbids.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CircumstanceRef {
    /// Which.
    kind: CircumstanceKind,
    /// The contest that it belongs to.
    contest: String,
    /// Number of the document.
    document: String,
    /// First day.
    valid_from: Day,
    /// Last day.
    valid_to: Option<Day>,
    /// It held on the day of the act, or today on a person's own page.
    holds: bool,
}

impl CircumstanceRef {
    /// A circumstance, and whether it holds on a day.
    pub fn new(c: Circumstance, on: jiff::civil::Date) -> Self {
        Self {
            holds: c.holds_on(on),
            kind: c.what.kind,
            contest: c.what.contest,
            document: c.what.document,
            valid_from: c.what.valid_from.into(),
            valid_to: c.what.valid_to.map(Into::into),
        }
    }
}

/// Another hit of the same person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OtherRef {
    /// The hit.
    hit_id: HitId,
    /// Rule.
    clause: String,
    /// What was done.
    verb: Verb,
    /// When.
    acted_at: Moment,
    /// How it ended.
    verdict: Option<Verdict>,
}

impl From<OtherHit> for OtherRef {
    fn from(o: OtherHit) -> Self {
        Self { hit_id: o.hit_id, clause: o.clause, verb: o.verb, acted_at: o.acted_at.into(), verdict: o.verdict }
    }
}

/// `GET /hits/{hit_id}`
pub async fn show(call: Call, asked: Asked<HitPath>) -> Result<Json<HitBody>, Problem> {
    let (state, user): (_, &User) = (&call.state, call.user());
    let seen = Seen::load(state, user, asked.path.hit_id).await?;
    let page = &seen.page;
    let lists = state.lists_now();
    let aftermath = state.store.aftermath(page.account_id, &page.activity.id).await?;
    let (circumstances, on) = seen.circumstances(state).await?;
    let answer = seen.answer();
    let held = page.claimed_until.filter(|until| *until > Timestamp::now());
    let mine = page.claimed_by == Some(user.user_id);
    Ok(Json(HitBody {
        hit_id: page.hit_id,
        blind: seen.blind,
        state: page.state.into(),
        standing: Standing::of(page, user, call.t).word().to_owned(),
        held_by: page.claimed_by_name.clone().filter(|_| held.is_some() && !mine),
        held_until: held.map(Into::into),
        platform: page.platform.clone(),
        created_at: page.created_at.into(),
        round: page.round,
        weak: page.weak,
        finding: Finding::new(&seen.hit, &lists, seen.blind),
        post: Post::new(&seen),
        aftermath: PostAftermath {
            is_edition: aftermath.is_edition,
            editions: aftermath.editions,
            deleted_at: aftermath.deleted_at.map(Into::into),
            unavailable_since: aftermath.unavailable_since.map(Into::into),
        },
        clauses: seen.clauses(&lists).into_iter().map(|(id, title)| ClauseRef { id, title }).collect(),
        asked: page.asked.as_ref().map(|asked| Question {
            due_on: asked.due_on.into(),
            outcome: answer.as_ref().map(|(outcome, _)| *outcome),
            answer: answer.as_ref().map(|(_, words)| words.clone()),
        }),
        verdict: seen.verdict(),
        decisions: seen.decisions(user).map(DecisionLine::new).collect(),
        may_undo: state.store.may_undo(page.hit_id, user.user_id).await?,
        copies: hit_show::copies(state, page, user).await?.map(|c| CopiesRef {
            group_id: c.group,
            others: c.others,
            waiting: c.waiting,
        }),
        tip_id: hit_show::tip_with_picture(page),
        person: seen.person().map(|p| PersonRef {
            name: p.name.clone(),
            status: p.status,
            position: p.position.clone(),
            unit: p.unit.clone(),
            handle: p.handle.clone(),
        }),
        circumstances: circumstances.into_iter().map(|c| CircumstanceRef::new(c, on)).collect(),
        others: seen.others(state).await?.into_iter().map(Into::into).collect(),
    }))
}
