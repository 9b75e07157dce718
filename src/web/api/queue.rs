//! `/queue`: what waits, as its page shows it. It names nobody.

use axum::Json;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cursor::{self, List, Page};
use super::finding::{ClauseRef, Place, StageRef};
use super::problem::{Code, Problem};
use super::route::{Asked, Call};
use super::schema::Moment;
use crate::model::{HitId, Score, UnitId, Verb};
use crate::store::{QueueFilter, QueueKey, QueuePart, QueueRow, ReviewConfig};
use crate::web::fields::Excerpt;
use crate::web::queue_list::{self, Quote};
use crate::web::state::{Lists, SetWords};

const LIST: List = List("queue");

/// Which part of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What waits for whoever asks: not decided or passed on by them, not put aside, nobody near.
    ForMe,
    /// What they hold, were given by a colleague, or have put aside.
    Mine,
    /// Everything that waits.
    All,
}

/// What to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only this clause.
    clause: Option<String>,
    /// Only this platform.
    platform: Option<String>,
    /// Only this verb.
    verb: Option<Verb>,
    /// Only hits of this keyword, by its id.
    keyword: Option<String>,
    /// Only persons of this unit; for auditors alone, because it would tell a blind reader whose hits these are.
    unit_id: Option<UnitId>,
    /// Which part of the queue; without it what waits for you, or everything where you decide nothing.
    part: Option<Part>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows on the page.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u8>,
}

/// One hit that waits.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QueueItem {
    /// The hit.
    hit_id: HitId,
    /// The election's list.
    set: String,
    /// The rule that applies first.
    clause: ClauseRef,
    /// Stage of the election on the day of the act.
    stage: StageRef,
    /// What was done.
    verb: Verb,
    /// Where.
    platform: String,
    /// 0 to 1.
    score: f64,
    /// Class of the breach in the joint decree: 0 unknown, 4 the gravest.
    severity: i16,
    /// The queue's order: when it was found, less its head start.
    urgent_at: Moment,
    /// By when it should be settled.
    due_at: Moment,
    /// When it was queued.
    created_at: Moment,
    /// When it was posted.
    posted_at: Option<Moment>,
    /// When it was first seen.
    seen_at: Moment,
    /// The sentence that explains it, the person covered.
    reason: String,
    /// A short quotation, the person covered.
    excerpt: QueueExcerpt,
    /// Where else something matched, when nothing did in the excerpt.
    elsewhere: Option<QueueElsewhere>,
    /// You hold it.
    mine: bool,
    /// A colleague holds it: their name.
    held_by: Option<String>,
    /// Until then.
    held_until: Option<Moment>,
    /// For whom it waits.
    referred_to: Option<String>,
    /// Put aside until then.
    rests_until: Option<Moment>,
    /// The person was asked and has answered.
    answered: bool,
    /// It was found when the window was read again.
    from_rescan: bool,
    /// Others say the same and wait, too.
    copies: Option<QueueCopies>,
}

/// Hits that say the same.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QueueCopies {
    /// Their group, see `/groups/{group_id}`.
    group_id: Uuid,
    /// How many others of it wait, whoever for.
    others: i64,
}

/// A quotation around the first match.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QueueExcerpt {
    /// Path of the field: `text`, `media[0].alt`, `target.text`.
    field: String,
    /// Text was left out before it.
    before: bool,
    /// The text.
    text: String,
    /// Matches in it; offsets are bytes of this text in UTF-8.
    matches: Vec<Place>,
    /// Text was left out after it.
    after: bool,
}

/// What matched outside the excerpt.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QueueElsewhere {
    /// Path of the field.
    field: String,
    /// What stands there, the person covered.
    surface: String,
}

/// `GET /queue`
pub async fn list(call: Call, asked: Asked<(), Filter>) -> Result<Json<Page<QueueItem>>, Problem> {
    let query = asked.query;
    let limit = cursor::rows(query.limit)?;
    let after: Option<QueueKey> = LIST.key(query.cursor.as_deref())?;
    let user = call.user();
    if query.unit_id.is_some() && !queue_list::may_see_units(user) {
        return Err(Code::RoleForbidden.into());
    }
    let filter = QueueFilter {
        clause: query.clause,
        platform: query.platform,
        verb: query.verb,
        keyword: query.keyword,
        unit: query.unit_id,
        part: match query.part {
            None => queue_list::usual_part(user),
            Some(Part::All) => QueuePart::All,
            Some(Part::Mine) => QueuePart::Of(user.user_id),
            Some(Part::ForMe) => QueuePart::For(user.user_id),
        },
    };
    let found = call.state.store.queue_page(&filter, after, limit + 1).await?;
    let (lists, rules, now) = (call.state.lists_now(), call.state.review, Timestamp::now());
    let me = user.user_id;
    let item = |row: QueueRow| {
        let mine = row.claimed_by == Some(me);
        item(row, mine, &lists, rules, now)
    };
    Ok(Json(LIST.page(found, limit, QueueRow::key, item)))
}

fn item(row: QueueRow, mine: bool, lists: &Lists, rules: ReviewConfig, now: Timestamp) -> QueueItem {
    let unknown = SetWords::default();
    let words = lists.sets.get(&row.set_id).unwrap_or(&unknown);
    let quote = Quote::of(&row);
    let excerpt = Excerpt::of(&quote.text, &quote.matches);
    QueueItem {
        hit_id: row.hit_id,
        clause: ClauseRef::new(words, &row.clause),
        stage: StageRef::new(words, &row.stage),
        verb: row.verb,
        score: number(row.score),
        severity: row.severity.0,
        urgent_at: row.urgent_at.into(),
        due_at: queue_list::due_at(&row, rules).into(),
        created_at: row.created_at.into(),
        posted_at: row.posted_at.map(Into::into),
        seen_at: row.seen_at.into(),
        excerpt: QueueExcerpt {
            before: excerpt.before,
            text: excerpt.text.to_owned(),
            matches: excerpt.matches.iter().map(|m| Place::new(m, true)).collect(),
            after: excerpt.after,
            field: quote.field.clone(),
        },
        reason: quote.reason,
        elsewhere: quote.elsewhere.map(|(field, surface)| QueueElsewhere { field, surface }),
        mine,
        held_until: row.claimed_until.map(Into::into),
        held_by: row.claimed_by_name.filter(|_| !mine),
        referred_to: row.referred_to.map(|(_, name)| name),
        rests_until: row.rests_until.filter(|until| *until > now).map(Into::into),
        answered: row.answered,
        from_rescan: row.from_rescan,
        copies: row.group.filter(|_| row.copies > 0).map(|group_id| QueueCopies { group_id, others: row.copies }),
        platform: row.platform,
        set: row.set_id,
    }
}

/// A score as a number from 0 to 1.
pub fn number(score: Score) -> f64 {
    f64::from(score.0) / 100.0
}

/// The queue in figures.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Counts {
    /// Waiting, held or not.
    open: i64,
    /// Held by somebody now.
    claimed: i64,
    /// Held by you.
    mine: i64,
    /// Decided since midnight.
    decided_today: i64,
    /// Colleagues who are at it now.
    present: Vec<Colleague>,
}

/// A colleague who is at it now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Colleague {
    /// Name.
    name: String,
    /// How many hits they hold.
    holds: i64,
}

/// `GET /queue/counts`
pub async fn counts(call: Call, _: Asked) -> Result<Json<Counts>, Problem> {
    let me = call.user().user_id;
    let counts = call.state.queue_figures().await?;
    let (mine, present) = call.state.store.at_work(me).await?;
    Ok(Json(Counts {
        open: counts.open,
        claimed: counts.claimed,
        mine,
        decided_today: counts.decided_today,
        present: present.into_iter().map(|(name, holds)| Colleague { name, holds }).collect(),
    }))
}

/// The hit that was taken, if any was free.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Taken {
    /// The hit; null where nothing waits for you.
    hit_id: Option<HitId>,
    /// Until when it is yours.
    held_until: Option<Moment>,
}

impl Taken {
    /// A hit that was just taken, with its lease.
    ///
    /// # Errors
    /// [`Code::Unavailable`](super::problem::Code::Unavailable) when the database is away.
    pub async fn of(call: &Call, hit_id: Option<HitId>) -> Result<Self, Problem> {
        let held_until = match hit_id {
            Some(id) => call.state.store.renew_claim(id, call.user().user_id, call.state.config.lease()).await?,
            None => None,
        };
        Ok(Self { hit_id, held_until: held_until.map(Into::into) })
    }
}

/// `POST /queue/next`
pub async fn next(call: Call, _: Asked) -> Result<Json<Taken>, Problem> {
    let taken = call.state.store.claim_next(call.user(), call.state.config.lease()).await?;
    Ok(Json(Taken::of(&call, taken).await?))
}
