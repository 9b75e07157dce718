//! `/mutu`: how well people agree, how long they read, and which keywords are difficult.
//!
//! Readers see their own figures; the lead sees everybody's, by name and in no order of merit. Nothing here is a target.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::share::{SMALLEST_CELL, duration, share};
use super::state::AppState;
use crate::model::Role;
use crate::store::{Agreement, DifficultKeyword, GoldenLine, ReaderFigures, User};

struct ClauseRow {
    clause: String,
    first: String,
    agreed: String,
}

struct ReaderRow {
    name: String,
    agreed: String,
    golden: String,
    time: String,
}

struct KeywordRow {
    set: String,
    keyword: String,
    dismissed: String,
    disputed: String,
}

struct GoldenRow {
    id: Uuid,
    hit: String,
    clause: String,
    outcome: String,
    why: String,
    right: String,
}

#[derive(Template)]
#[template(path = "quality_show.html")]
struct Page {
    t: Text,
    f: Frame,
    decides: bool,
    /// The keywords' keeper sees nothing of people's work but what it says of keywords.
    agreement: Option<Vec<ClauseRow>>,
    own: Option<ReaderRow>,
    all: Vec<ReaderRow>,
    keywords: Vec<KeywordRow>,
    /// For the lead alone.
    golden: Option<Vec<GoldenRow>>,
}

/// What somebody may see of how people work.
pub struct Quality {
    /// By rule; not for the keywords' keeper, who sees nothing of people's work but what it says of keywords.
    pub agreement: Option<Vec<Agreement>>,
    /// Their own figures, where they decide.
    pub own: Option<ReaderFigures>,
    /// Everybody's by name, for the lead alone.
    pub readers: Option<Vec<ReaderFigures>>,
    /// Keywords that people often dismiss or dispute.
    pub keywords: Vec<DifficultKeyword>,
    /// What is practised with, for the lead alone.
    pub golden: Option<Vec<GoldenLine>>,
}

impl Quality {
    /// The figures for a user; a look at those of colleagues is in the ledger.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database is away.
    pub async fn load(state: &AppState, user: &User) -> Result<Self, Error> {
        let store = &state.store;
        let agreement = if user.role == Role::KeywordAdmin { None } else { Some(store.agreement().await?) };
        let own = if user.role.decides() { store.reader_figures(Some(user.user_id)).await?.pop() } else { None };
        let is_lead = user.role == Role::Lead;
        let readers = if is_lead { Some(store.reader_figures(None).await?) } else { None };
        if let Some(readers) = &readers {
            // Figures about colleagues are looked at on the record.
            let detail = serde_json::json!({ "readers": readers.len() });
            store.record("quality.viewed", &user.login, "quality", &detail).await?;
        }
        let golden = if is_lead { Some(store.golden_items().await?) } else { None };
        Ok(Self { agreement, own, readers, keywords: store.difficult_keywords().await?, golden })
    }
}

/// Half of a reader's decisions took longer than this, in seconds; `None` where there are few.
pub fn half(figures: &ReaderFigures) -> Option<f64> {
    figures.median_seconds.filter(|_| figures.timed >= SMALLEST_CELL)
}

fn reader(figures: &ReaderFigures, t: Text) -> ReaderRow {
    ReaderRow {
        name: figures.name.clone(),
        agreed: share(figures.agreed, figures.pairs, t),
        golden: share(figures.golden_right, figures.golden, t),
        time: half(figures).map_or_else(|| t.s("share-few"), |seconds| duration(seconds, t)),
    }
}

/// `GET /mutu`
pub async fn show(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "quality-title", "/mutu");
    let t = f.t;
    let quality = Quality::load(&state, &visit.user).await?;
    let clause =
        |a: Agreement| ClauseRow { first: t.outcome(a.first), agreed: share(a.agreed, a.pairs, t), clause: a.clause };
    let golden = |g: GoldenLine| GoldenRow {
        id: g.golden_id,
        hit: g.hit_id.to_string(),
        clause: g.clause,
        outcome: t.outcome(g.outcome),
        why: g.why,
        right: share(g.right, g.readings, t),
    };
    let keyword = |k: DifficultKeyword| KeywordRow {
        dismissed: share(k.dismissed, k.decided, t),
        disputed: share(k.disputed, k.pairs, t),
        set: k.set_id,
        keyword: k.keyword,
    };
    html(&Page {
        decides: visit.user.role.decides(),
        agreement: quality.agreement.map(|rows| rows.into_iter().map(clause).collect()),
        own: quality.own.map(|figures| reader(&figures, t)),
        all: quality.readers.iter().flatten().map(|figures| reader(figures, t)).collect(),
        keywords: quality.keywords.into_iter().map(keyword).collect(),
        golden: quality.golden.map(|rows| rows.into_iter().map(golden).collect()),
        t,
        f,
    })
}
