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
use crate::store::ReaderFigures;

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

fn reader(figures: &ReaderFigures, t: Text) -> ReaderRow {
    let half = figures.median_seconds.filter(|_| figures.timed >= SMALLEST_CELL);
    ReaderRow {
        name: figures.name.clone(),
        agreed: share(figures.agreed, figures.pairs, t),
        golden: share(figures.golden_right, figures.golden, t),
        time: half.map_or_else(|| t.s("share-few"), |seconds| duration(seconds, t)),
    }
}

/// `GET /mutu`
pub async fn show(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "quality-title", "/mutu");
    let t = f.t;
    let (user, store) = (&visit.user, &state.store);
    let decides = user.role.decides();
    let agreement = if user.role == Role::KeywordAdmin {
        None
    } else {
        let row = |a: crate::store::Agreement| ClauseRow {
            first: t.outcome(a.first),
            agreed: share(a.agreed, a.pairs, t),
            clause: a.clause,
        };
        Some(store.agreement().await?.into_iter().map(row).collect())
    };
    let own = if decides { store.reader_figures(Some(user.user_id)).await? } else { Vec::new() };
    let is_lead = user.role == Role::Lead;
    let all = if is_lead { store.reader_figures(None).await? } else { Vec::new() };
    if is_lead {
        // Figures about colleagues are looked at on the record.
        store.record("quality.viewed", &user.login, "quality", &serde_json::json!({ "readers": all.len() })).await?;
    }
    let golden = if is_lead {
        let row = |g: crate::store::GoldenLine| GoldenRow {
            id: g.golden_id,
            hit: g.hit_id.to_string(),
            clause: g.clause,
            outcome: t.outcome(g.outcome),
            why: g.why,
            right: share(g.right, g.readings, t),
        };
        Some(store.golden_items().await?.into_iter().map(row).collect())
    } else {
        None
    };
    let keyword = |k: crate::store::DifficultKeyword| KeywordRow {
        dismissed: share(k.dismissed, k.decided, t),
        disputed: share(k.disputed, k.pairs, t),
        set: k.set_id,
        keyword: k.keyword,
    };
    html(&Page {
        decides,
        agreement,
        own: own.first().map(|figures| reader(figures, t)),
        all: all.iter().map(|figures| reader(figures, t)).collect(),
        keywords: store.difficult_keywords().await?.into_iter().map(keyword).collect(),
        golden,
        t,
        f,
    })
}
