//! `/quality`: how well people agree, how long they read, and which keywords are difficult. Nothing here is a target, and nobody
//! is ranked.

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::problem::Problem;
use super::route::{Asked, Call};
use crate::model::{HitId, Outcome, UserId};
use crate::store::{Agreement, DifficultKeyword, GoldenLine, QUALITY_DAYS, ReaderFigures};
use crate::web::quality_show;
use crate::web::share;

/// A share with its 95 % interval.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Share {
    /// So many …
    part: i64,
    /// … of so many.
    whole: i64,
    /// 0 to 1.
    share: f64,
    /// The interval's lower end.
    low: f64,
    /// Its upper end.
    high: f64,
}

impl Share {
    /// `None` where `whole` is too small to say anything about anybody.
    pub fn of(part: i64, whole: i64) -> Option<Self> {
        let share::Share { part, whole, share, low, high } = share::Share::of(part, whole)?;
        Some(Self { part, whole, share, low, high })
    }
}

/// Pairs of readings under one rule that began with the same word.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClauseAgreement {
    /// The rule.
    clause: String,
    /// What the first person said.
    first: Outcome,
    /// How often the second said the same; null: fewer than five.
    agreed: Option<Share>,
}

impl From<Agreement> for ClauseAgreement {
    fn from(a: Agreement) -> Self {
        Self { clause: a.clause, first: a.first, agreed: Share::of(a.agreed, a.pairs) }
    }
}

/// One reader's figures. Null: fewer than five.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reader {
    /// Who.
    user_id: UserId,
    /// Their name.
    name: String,
    /// Pairs of readings that they had a part in, and how many of these agreed.
    agreed: Option<Share>,
    /// Known answers that they practised with, and how many they gave.
    golden: Option<Share>,
    /// Half of their decisions took longer, in seconds; from a minute and a half on in whole minutes.
    median_seconds: Option<i64>,
}

impl From<ReaderFigures> for Reader {
    fn from(r: ReaderFigures) -> Self {
        Self {
            agreed: Share::of(r.agreed, r.pairs),
            golden: Share::of(r.golden_right, r.golden),
            median_seconds: quality_show::half(&r).map(share::rounded),
            user_id: r.user_id,
            name: r.name,
        }
    }
}

/// A keyword whose hits people often dismiss or dispute.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Difficult {
    /// The list.
    set: String,
    /// The keyword.
    keyword: String,
    /// Decisions on its hits, and how many of these dismissed one; null: fewer than five.
    dismissed: Option<Share>,
    /// Pairs of readings of its hits, and how many of these disagreed; null: fewer than five.
    disputed: Option<Share>,
}

impl From<DifficultKeyword> for Difficult {
    fn from(k: DifficultKeyword) -> Self {
        Self {
            dismissed: Share::of(k.dismissed, k.decided),
            disputed: Share::of(k.disputed, k.pairs),
            set: k.set_id,
            keyword: k.keyword,
        }
    }
}

/// A hit that is practised with.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GoldenItem {
    /// The item.
    golden_id: Uuid,
    /// The hit.
    hit_id: HitId,
    /// Its rule.
    clause: String,
    /// The known answer.
    outcome: Outcome,
    /// What a reader should have seen.
    why: String,
    /// How many have read it, and how many of these said the same; null: fewer than five.
    right: Option<Share>,
}

impl From<GoldenLine> for GoldenItem {
    fn from(g: GoldenLine) -> Self {
        Self {
            right: Share::of(g.right, g.readings),
            golden_id: g.golden_id,
            hit_id: g.hit_id,
            clause: g.clause,
            outcome: g.outcome,
            why: g.why,
        }
    }
}

/// How people work, as far as you may know.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Quality {
    /// So many days back.
    days: i32,
    /// Agreement by rule; null for the keywords' keeper.
    agreement: Option<Vec<ClauseAgreement>>,
    /// Your own figures; null where you decide nothing.
    own: Option<Reader>,
    /// Everybody's by name, for the lead alone.
    readers: Option<Vec<Reader>>,
    /// Keywords that people often dismiss or dispute.
    keywords: Vec<Difficult>,
    /// What is practised with, for the lead alone.
    golden: Option<Vec<GoldenItem>>,
}

fn rows<T, U: From<T>>(rows: Vec<T>) -> Vec<U> {
    rows.into_iter().map(Into::into).collect()
}

/// `GET /quality`
pub async fn show(call: Call, _: Asked) -> Result<Json<Quality>, Problem> {
    let found = quality_show::Quality::load(&call.state, call.user()).await?;
    Ok(Json(Quality {
        days: QUALITY_DAYS,
        agreement: found.agreement.map(rows),
        own: found.own.map(Into::into),
        readers: found.readers.map(rows),
        keywords: rows(found.keywords),
        golden: found.golden.map(rows),
    }))
}
