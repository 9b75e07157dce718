//! `/sumber`: what is read, how well that works, and what cannot be seen at all.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use jiff::Timestamp;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::source_state::{Standing, standing};
use super::state::AppState;
use crate::model::Verb;
use crate::store::CoverageRow;

/// One platform that has accounts or intake.
struct Row {
    platform: String,
    key: String,
    accounts: String,
    last_ok: Option<(String, String)>,
    lag: Option<String>,
    standing: Vec<Standing>,
    last_error: Option<String>,
    quotas: Vec<String>,
    /// Column and figure.
    counts: Vec<(String, String)>,
}

/// One platform and how each verb can be seen there.
struct Seen {
    platform: String,
    key: &'static str,
    /// Column, word and style.
    sights: Vec<(String, String, &'static str)>,
}

#[derive(Template)]
#[template(path = "source_list.html")]
struct Page {
    t: Text,
    f: Frame,
    rows: Vec<Row>,
    verbs: Vec<String>,
    seen: Vec<Seen>,
    may_open: bool,
}

/// `GET /sumber`
pub async fn list(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "sources-title", "/sumber");
    let t = f.t;
    let now = Timestamp::now();
    let (states, grounds) = (state.store.source_states().await?, state.store.grounds().await?);
    let quotas = state.store.quotas().await?;
    let row = |c: CoverageRow| {
        let source = states.iter().find(|s| s.platform == c.platform);
        let grounded = grounds.iter().any(|g| g.platform == c.platform);
        let counts = [
            ("col-kept", c.kept),
            ("col-known", c.known),
            ("col-turned-away", c.turned_away),
            ("col-rejected", c.rejected),
        ];
        Row {
            platform: t.platform(&c.platform),
            accounts: t.number(c.accounts),
            last_ok: c.last_ok_at.map(|at| (t.ago(at, now), t.time(at))),
            lag: (c.lag_seconds >= 60).then(|| t.n("sources-lag", c.lag_seconds / 60)),
            standing: standing(&c, source, grounded, t),
            last_error: source.and_then(|s| s.last_error.clone()).or(c.last_error),
            quotas: quotas
                .iter()
                .filter(|q| q.platform == c.platform)
                .map(|q| t.xy("sources-quota", t.number((q.most - q.used).max(0)), t.number(q.most)))
                .collect(),
            counts: counts.into_iter().map(|(name, n)| (t.s(name), t.number(n))).collect(),
            key: c.platform,
        }
    };
    let rows = state.store.coverage().await?.into_iter().map(row).collect();
    let seen = crate::pipeline::coverage().iter().map(|c| Seen {
        platform: t.platform(c.platform),
        key: c.platform,
        sights: c
            .verbs()
            .map(|(verb, sight)| (t.verb(verb), t.s(&format!("sight-{}", sight.as_str())), sight.as_str()))
            .collect(),
    });
    html(&Page {
        rows,
        verbs: Verb::ALL.into_iter().map(|verb| t.verb(verb)).collect(),
        seen: seen.collect(),
        may_open: super::access::may_open("/sumber/{platform}", visit.user.role),
        t,
        f,
    })
}
