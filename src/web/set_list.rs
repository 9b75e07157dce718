//! `GET /kata-kunci`: every list, what is live, what stands in the workshop, and which keywords went over their cap.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::set_frame::{self, News, SetHead, Tab};
use super::state::{AppState, ClauseWords};

struct Row {
    id: String,
    title: String,
    state: String,
    problem: bool,
    edited_by: Option<String>,
    live: Option<Live>,
    rescan: Option<Progress>,
}

struct Live {
    number: i32,
    version: String,
    short: String,
    circular: String,
    since: String,
    signed_by: String,
    clauses: Vec<ClauseWords>,
    count: String,
}

/// How far a reading is, for a bar.
pub struct Progress {
    /// Read so far.
    pub value: i64,
    /// To read.
    pub max: i64,
    /// In words.
    pub words: String,
}

struct Alert {
    set: String,
    keyword: String,
    words: String,
}

#[derive(Template)]
#[template(path = "set_list.html")]
struct Page {
    t: Text,
    f: Frame,
    rows: Vec<Row>,
    alerts: Vec<Alert>,
    edits: bool,
    flash: Option<String>,
    alert: Option<String>,
}

/// `GET /kata-kunci`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "keywords-title", "/kata-kunci");
    let t = f.t;
    let lists = state.lists_now();
    let live = state.store.live_sets().await?;
    let rescans = state.store.rescans(None).await?;
    let mut rows = Vec::new();
    for set in state.drafts.all().await? {
        let version = live.iter().find(|v| v.set_id == set.id);
        let made = set.set.as_deref().ok();
        let words = lists.sets.get(&set.id);
        rows.push(Row {
            state: set_frame::state_words(made, version, t),
            problem: made.is_none(),
            edited_by: set.edited_by,
            rescan: rescans
                .iter()
                .find(|r| r.set_id == set.id && r.state == "open")
                .map(|r| progress(r.activities, r.total, t)),
            live: version.map(|v| {
                let clauses = words.map(|w| w.clauses.clone()).unwrap_or_default();
                Live {
                    number: v.number,
                    short: v.version.chars().take(8).collect(),
                    version: v.version.clone(),
                    circular: words
                        .map(|w| w.circular.clone())
                        .filter(|c| !c.is_empty())
                        .unwrap_or_else(|| v.circular.clone()),
                    since: t.time(v.published_at),
                    signed_by: v.signed_by.clone(),
                    count: t.n("keywords-clauses", i64::try_from(clauses.len()).unwrap_or(i64::MAX)),
                    clauses,
                }
            }),
            title: made.map_or_else(|| set.id.clone(), |made| made.title().to_owned()),
            id: set.id,
        });
    }
    // What is live comes first, then elections, then what they share.
    rows.sort_by_key(|r| (r.live.is_none(), r.id.clone()));
    let alerts = state.store.quarantined_keywords().await?;
    // The list has no head of its own; the messages are the same.
    let head = SetHead::new(("", None, None), Tab::Table, &visit.user, &news, t);
    html(&Page {
        alerts: alerts
            .into_iter()
            .map(|q| Alert {
                words: t.xy("keywords-quarantined", t.number(i64::from(q.cap)), t.number(q.waiting)),
                set: q.set_id,
                keyword: q.keyword,
            })
            .collect(),
        edits: head.edits,
        flash: head.flash,
        alert: head.alert,
        rows,
        t,
        f,
    })
}

/// A bar and its words.
pub fn progress(read: i64, total: Option<i64>, t: Text) -> Progress {
    let max = total.unwrap_or(0).max(read).max(1);
    Progress {
        value: read,
        max,
        words: t.xy("set-progress", t.number(read), total.map_or("…".to_owned(), |n| t.number(n))),
    }
}
