//! `/`: what waits for whoever opens it, how old it is, what is due; and what came in and became of it, in charts.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use jiff::{Span, Timestamp};

use super::access;
use super::auth::Visit;
use super::chart::{self, Bar, Columns};
use super::error::Error;
use super::hit_view;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::{AppState, Lists, SetWords};
use super::typed;
use crate::model::Role;
use crate::store::Figures;

/// One thing that waits.
struct Tile {
    href: &'static str,
    figure: String,
    words: String,
    /// How old, how late.
    notes: Vec<String>,
    late: bool,
}

struct Charts {
    clauses: Columns,
    stages: Columns,
    ages: Vec<Bar>,
    endings: Vec<Bar>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    t: Text,
    f: Frame,
    name: String,
    tiles: Vec<Tile>,
    charts: Option<Charts>,
}

/// `GET /`
pub async fn show(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "home-title", "/");
    let t = f.t;
    // Whoever may see hits may see how many there are; nobody else has anything to do with them.
    let charts = if access::may_open("/antrean", visit.user.role) {
        Some(charts(&*state.recent_figures().await?, &state, t))
    } else {
        None
    };
    html(&Page { name: visit.user.name.clone(), tiles: tiles(&state, &visit, t).await?, charts, t, f })
}

/// What waits, in the order in which one would take it up; nothing that one may not open.
async fn tiles(state: &AppState, visit: &Visit, t: Text) -> Result<Vec<Tile>, Error> {
    let (user, now) = (&visit.user, Timestamp::now());
    let mut tiles = Vec::new();
    let errands = state.store.errands(user.user_id, typed::today(state)).await?;
    let mut add = |href, key, n: i64, notes: Vec<String>, late| {
        if access::may_open(href, user.role) {
            tiles.push(Tile { href, figure: t.number(n), words: t.n(key, n), notes, late });
        }
    };
    if access::may_open("/antrean", user.role) {
        let backlog = state.recent_backlog().await?;
        let notes = [
            backlog.oldest.map(|at| t.x("home-oldest", t.ago(at, now))),
            (backlog.overdue > 0).then(|| t.n("home-overdue", backlog.overdue)),
            (backlog.due_soon > 0).then(|| t.n("home-due-soon", backlog.due_soon)),
        ];
        add("/antrean", "home-open", backlog.open, notes.into_iter().flatten().collect(), backlog.overdue > 0);
    }
    if user.role.decides() {
        let held = state.store.held_by(user.user_id).await?;
        if held + errands.referred > 0 {
            let notes = (errands.referred > 0).then(|| t.n("home-referred", errands.referred));
            add("/antrean", "home-mine", held, notes.into_iter().collect(), false);
            if let Some(tile) = tiles.last_mut() {
                tile.href = "/antrean?milik=saya";
            }
        }
    }
    let mut add = |href, key, n: i64, notes: Vec<String>, late| {
        if n > 0 && access::may_open(href, user.role) {
            tiles.push(Tile { href, figure: t.number(n), words: t.n(key, n), notes, late });
        }
    };
    let notes = [
        (errands.unsent > 0).then(|| t.n("home-unsent", errands.unsent)),
        (errands.asked_late > 0).then(|| t.n("home-asked-late", errands.asked_late)),
    ];
    add("/klarifikasi", "home-asked", errands.asked, notes.into_iter().flatten().collect(), errands.asked_late > 0);
    if access::may_open("/register", user.role) {
        let waiting = state.store.register_waiting().await?;
        add("/register/keberatan", "home-objections", waiting.objections, Vec::new(), false);
        add("/register/persetujuan", "home-accounts", waiting.accounts, Vec::new(), false);
        add("/register/pernyataan", "home-declarations", waiting.declarations, Vec::new(), false);
        add("/informasi-awal", "home-tips", waiting.tips, Vec::new(), false);
    }
    if user.role == Role::Operator {
        let coverage = state.recent_coverage().await?;
        let troubled = coverage.iter().filter(|c| c.failing > 0 || c.parked > 0).count();
        add("/sumber", "home-sources", i64::try_from(troubled).unwrap_or(0), Vec::new(), true);
    }
    add("/pengguna", "home-users", errands.users, Vec::new(), false);
    if user.role == Role::KeywordAdmin {
        add("/kata-kunci", "home-keywords", errands.keywords, Vec::new(), false);
    }
    Ok(tiles)
}

fn charts(figures: &Figures, state: &AppState, t: Text) -> Charts {
    let last = typed::today(state);
    let first = last.checked_sub(Span::new().days(29)).unwrap_or(last);
    let lists = state.lists_now();
    let by = |name: &dyn Fn(&crate::store::DayHits) -> String| {
        let cells: Vec<_> = figures.days.iter().map(|d| (d.day, name(d), d.hits)).collect();
        Columns::new(first, last, &cells, t)
    };
    let ages = ["home-age-day", "home-age-three", "home-age-week", "home-age-fortnight", "home-age-longer"];
    Charts {
        clauses: by(&|d| d.clause.clone()),
        stages: by(&|d| stage(&lists, &d.set_id, &d.stage, t)),
        ages: chart::bars(ages.into_iter().map(|key| t.s(key)).zip(figures.ages), t),
        endings: chart::bars(figures.endings.iter().map(|e| (t.verdict(e.verdict), e.hits)), t),
    }
}

fn stage(lists: &Lists, set: &str, stage: &str, t: Text) -> String {
    let unknown = SetWords::default();
    hit_view::stage(lists.sets.get(set).unwrap_or(&unknown), stage, t)
}
