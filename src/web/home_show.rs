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
use crate::store::{Backlog, Figures, RegisterWaiting, User};

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
    let waiting = Waiting::load(&state, &visit.user).await?;
    html(&Page { name: visit.user.name.clone(), tiles: tiles(&waiting, t), charts, t, f })
}

/// What waits for somebody; `None` for what their role has nothing to do with.
#[derive(Default)]
pub struct Waiting {
    /// The queue.
    pub backlog: Option<Backlog>,
    /// Hits that they hold, and those that were passed on to them.
    pub own: Option<(i64, i64)>,
    /// Questions to persons without an answer, those whose letter is not sent, those past their day.
    pub questions: Option<(i64, i64, i64)>,
    /// The register.
    pub register: Option<RegisterWaiting>,
    /// Sources that an operator should look at.
    pub sources: Option<i64>,
    /// Proposals about users that wait for a second person.
    pub users: Option<i64>,
    /// Keywords over their daily cap.
    pub keywords: Option<i64>,
}

impl Waiting {
    /// What waits for a user now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database is away.
    pub async fn load(state: &AppState, user: &User) -> Result<Self, Error> {
        let (store, may_open) = (&state.store, |path| access::may_open(path, user.role));
        let errands = store.errands(user.user_id, typed::today(state)).await?;
        let mut waiting = Self::default();
        if may_open("/antrean") {
            waiting.backlog = Some(state.recent_backlog().await?);
        }
        if user.role.decides() {
            waiting.own = Some((store.held_by(user.user_id).await?, errands.referred));
        }
        if may_open("/klarifikasi") {
            waiting.questions = Some((errands.asked, errands.unsent, errands.asked_late));
        }
        if may_open("/register") {
            waiting.register = Some(store.register_waiting().await?);
        }
        if user.role == Role::Operator {
            let coverage = state.recent_coverage().await?;
            let troubled = coverage.iter().filter(|c| c.failing > 0 || c.parked > 0).count();
            waiting.sources = Some(i64::try_from(troubled).unwrap_or(0));
        }
        waiting.users = may_open("/pengguna").then_some(errands.users);
        waiting.keywords = (user.role == Role::KeywordAdmin).then_some(errands.keywords);
        Ok(waiting)
    }
}

/// What waits, in the order in which one would take it up.
fn tiles(waiting: &Waiting, t: Text) -> Vec<Tile> {
    let now = Timestamp::now();
    let mut tiles = Vec::new();
    let mut add = |href, key, n: i64, notes: Vec<String>, late| {
        tiles.push(Tile { href, figure: t.number(n), words: t.n(key, n), notes, late });
    };
    if let Some(backlog) = &waiting.backlog {
        let notes = [
            backlog.oldest.map(|at| t.x("home-oldest", t.ago(at, now))),
            (backlog.overdue > 0).then(|| t.n("home-overdue", backlog.overdue)),
            (backlog.due_soon > 0).then(|| t.n("home-due-soon", backlog.due_soon)),
        ];
        add("/antrean", "home-open", backlog.open, notes.into_iter().flatten().collect(), backlog.overdue > 0);
    }
    if let Some((held, referred)) = waiting.own.filter(|(held, referred)| held + referred > 0) {
        let notes = (referred > 0).then(|| t.n("home-referred", referred));
        add("/antrean?milik=saya", "home-mine", held, notes.into_iter().collect(), false);
    }
    if let Some((asked, unsent, late)) = waiting.questions.filter(|(asked, ..)| *asked > 0) {
        let notes =
            [(unsent > 0).then(|| t.n("home-unsent", unsent)), (late > 0).then(|| t.n("home-asked-late", late))];
        add("/klarifikasi", "home-asked", asked, notes.into_iter().flatten().collect(), late > 0);
    }
    let register = waiting.register.as_ref();
    let rest = [
        ("/register/keberatan", "home-objections", register.map(|w| w.objections), false),
        ("/register/persetujuan", "home-accounts", register.map(|w| w.accounts), false),
        ("/register/pernyataan", "home-declarations", register.map(|w| w.declarations), false),
        ("/informasi-awal", "home-tips", register.map(|w| w.tips), false),
        ("/sumber", "home-sources", waiting.sources, true),
        ("/pengguna", "home-users", waiting.users, false),
        ("/kata-kunci", "home-keywords", waiting.keywords, false),
    ];
    for (href, key, n, late) in rest {
        if let Some(n) = n.filter(|n| *n > 0) {
            add(href, key, n, Vec::new(), late);
        }
    }
    tiles
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
