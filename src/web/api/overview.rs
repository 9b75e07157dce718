//! `/overview`: what waits for whoever asks, how old it is, what is due; and what came in and became of it.

use std::collections::BTreeMap;

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

use super::problem::Problem;
use super::route::{Asked, Call};
use super::schema::{Day, Moment};
use crate::model::Verdict;
use crate::store::Figures;
use crate::web::access;
use crate::web::cells::shown;
use crate::web::home_show::Waiting;

/// The queue.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Backlog {
    /// Hits that wait for somebody's decision.
    open: i64,
    /// Past the day by which they should have been decided.
    overdue: i64,
    /// Due within a day.
    due_soon: i64,
    /// Since when the oldest waits.
    oldest: Option<Moment>,
}

/// Hits that are yours.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OwnHits {
    /// You hold them.
    held: i64,
    /// A colleague passed them on to you.
    referred: i64,
}

/// Questions to persons without an answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Questions {
    /// All of them.
    asked: i64,
    /// Their letter has not been sent.
    unsent: i64,
    /// Past their day.
    late: i64,
}

/// What waits in the register.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegisterErrands {
    /// Open objections.
    objections: i64,
    /// Accounts for a second person.
    accounts: i64,
    /// Declarations.
    declarations: i64,
    /// Tips for a second person.
    tips: i64,
}

/// Hits of one day. Null: fewer than five.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DayCount {
    /// The day, in the office's zone.
    day: Day,
    /// Clause, or list and stage (`pilkada/kampanye`).
    key: String,
    /// How many came in.
    hits: Option<i64>,
}

/// How hits ended. Null: fewer than five.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EndingCount {
    /// How.
    verdict: Verdict,
    /// How many.
    hits: Option<i64>,
}

/// What came in and became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Recent {
    /// By day and clause, the last thirty days.
    clauses: Vec<DayCount>,
    /// By day and stage, the same days.
    stages: Vec<DayCount>,
    /// Open hits that have waited under a day, under three, seven, fourteen days, longer. Null: fewer than five.
    ages: Vec<Option<i64>>,
    /// What was closed in the last ninety days.
    endings: Vec<EndingCount>,
}

impl Recent {
    fn new(figures: &Figures) -> Self {
        let by = |key: &dyn Fn(&crate::store::DayHits) -> String| {
            let mut cells = BTreeMap::new();
            for d in &figures.days {
                *cells.entry((d.day, key(d))).or_insert(0) += d.hits;
            }
            cells.into_iter().map(|((day, key), n)| DayCount { day: day.into(), key, hits: shown(n) }).collect()
        };
        let endings = figures.endings.iter();
        Self {
            clauses: by(&|d| d.clause.clone()),
            stages: by(&|d| format!("{}/{}", d.set_id, d.stage)),
            ages: figures.ages.into_iter().map(shown).collect(),
            endings: endings.map(|e| EndingCount { verdict: e.verdict, hits: shown(e.hits) }).collect(),
        }
    }
}

/// What waits for you. Null: nothing that your role has to do with.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Overview {
    /// The queue.
    backlog: Option<Backlog>,
    /// Hits that are yours.
    own: Option<OwnHits>,
    /// Questions to persons.
    questions: Option<Questions>,
    /// The register.
    register: Option<RegisterErrands>,
    /// Sources that an operator should look at.
    sources: Option<i64>,
    /// Proposals about users that wait for a second person.
    users: Option<i64>,
    /// Keywords over their daily cap, whose hits wait apart.
    keywords: Option<i64>,
    /// What came in and became of it.
    recent: Option<Recent>,
}

/// `GET /overview`
pub async fn show(call: Call, _: Asked) -> Result<Json<Overview>, Problem> {
    let waiting = Waiting::load(&call.state, call.user()).await?;
    let recent = if access::may_open("/antrean", call.user().role) {
        Some(Recent::new(&*call.state.recent_figures().await?))
    } else {
        None
    };
    Ok(Json(Overview {
        backlog: waiting.backlog.map(|b| Backlog {
            open: b.open,
            overdue: b.overdue,
            due_soon: b.due_soon,
            oldest: b.oldest.map(Into::into),
        }),
        own: waiting.own.map(|(held, referred)| OwnHits { held, referred }),
        questions: waiting.questions.map(|(asked, unsent, late)| Questions { asked, unsent, late }),
        register: waiting.register.map(|r| RegisterErrands {
            objections: r.objections,
            accounts: r.accounts,
            declarations: r.declarations,
            tips: r.tips,
        }),
        sources: waiting.sources,
        users: waiting.users,
        keywords: waiting.keywords,
        recent,
    }))
}
