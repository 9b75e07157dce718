//! `/kelompok/{group_id}`: the copies of one text or picture. It is read once here; each copy is then decided by itself, as the
//! act of its own person. The page names nobody, whoever looks.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::hit_seen;
use super::hit_view::{self, HitView};
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::{AppState, Lists, SetWords};
use super::veil::Veil;
use crate::model::{Activity, Hit, HitId};
use crate::store::{MEMBERS, Member, MemberState, User};

/// One copy.
pub(super) struct Line {
    pub(super) id: HitId,
    pub(super) verb: String,
    pub(super) platform: String,
    pub(super) stage: String,
    pub(super) clause: String,
    pub(super) at: String,
    pub(super) state: String,
    /// Its own words, where they are not those of the others.
    pub(super) words: Option<String>,
}

#[derive(Template)]
#[template(path = "group_show.html")]
struct Page {
    t: Text,
    f: Frame,
    id: Uuid,
    hit: Option<HitView>,
    lines: Vec<Line>,
    /// There are more than the page shows.
    more: bool,
    may_take: bool,
    count: i64,
    /// How many can be closed at one stroke; 0: the page for that is not offered.
    together: i64,
    notice: Option<String>,
    /// The reader's own stroke, while it can be taken back.
    undo: Option<(Uuid, String)>,
}

/// What the address may carry.
#[derive(Default, Deserialize)]
pub struct Came {
    /// A message by name.
    #[serde(default)]
    kabar: String,
    /// How many it speaks of.
    #[serde(default)]
    n: i64,
}

impl Came {
    /// Only messages that an address may name.
    fn notice(&self, t: Text) -> Option<String> {
        match &*self.kabar {
            "ditutup" => Some(t.n("group-closed", self.n)),
            "dibuka" => Some(t.n("group-reopened", self.n)),
            "tidak" => Some(t.s("group-nothing")),
            "habis" => Some(t.s("group-none-left")),
            _ => None,
        }
    }
}

/// Members of a group, and the view in the ledger.
pub(super) async fn members(state: &AppState, user: &User, group: Uuid) -> Result<Vec<Member>, Error> {
    let found = state.store.group_members(group, user.user_id).await?;
    if found.is_empty() {
        return Err(Error::NotFound);
    }
    state.store.record_group_view(user, group, found.len()).await?;
    Ok(found)
}

/// The post that stands for the group, with all that the machine says of it, covered as for somebody who has not decided.
pub(super) async fn first(state: &AppState, user: &User, members: &[Member]) -> Result<Option<(Activity, Hit)>, Error> {
    let Some(first) = members.iter().find(|m| m.same).or(members.first()) else { return Ok(None) };
    let Some(page) = state.store.hit_page(first.hit_id, user.user_id).await? else { return Ok(None) };
    Ok(Some(hit_seen::covered(&page, &Veil::new(&page.identity))))
}

/// The same in words.
pub(super) async fn text(
    state: &AppState,
    user: &User,
    members: &[Member],
    lists: &Lists,
    t: Text,
) -> Result<Option<HitView>, Error> {
    let first = first(state, user, members).await?;
    Ok(first.map(|(activity, hit)| HitView::new(&hit, &activity, lists, "m", true, t)))
}

/// How many can be closed at one stroke; 0 where that is not offered: to whoever decides nothing, and for a single one.
pub(super) fn together(user: &User, members: &[Member]) -> i64 {
    let together = members.iter().filter(|m| m.apart.is_none()).count();
    i64::try_from(together).ok().filter(|n| user.role.decides() && *n > 1).unwrap_or(0)
}

/// Whether a group may have more members than are shown.
pub(super) fn is_full(members: &[Member]) -> bool {
    i64::try_from(members.len()).is_ok_and(|n| n >= MEMBERS)
}

/// A member's own words, covered, where they are not those of the others.
pub(super) fn own_words(member: &Member) -> Option<String> {
    if member.same {
        return None;
    }
    let veil = Veil::new(&member.identity);
    let own: Vec<_> = member.matches.iter().filter(|m| m.field == "text").cloned().collect();
    let (own, _) = veil.field(&member.text, &own);
    let target = member.target_text.as_deref().map(|text| veil.text(text).into_owned());
    Some([Some(own), target].into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "))
}

/// A member in words.
pub(super) fn line(member: &Member, lists: &Lists, t: Text) -> Line {
    let unknown = SetWords::default();
    let words = lists.sets.get(&member.set_id).unwrap_or(&unknown);
    Line {
        id: member.hit_id,
        verb: t.verb(member.verb),
        platform: t.platform(&member.platform),
        stage: hit_view::stage(words, &member.stage, t),
        clause: member.clause.clone(),
        at: t.time(member.at),
        state: match member.state {
            MemberState::Mine => t.s("held-by-me"),
            MemberState::Free => t.s("member-free"),
            MemberState::Others => t.s("member-others"),
            MemberState::DecidedByMe => t.s("member-decided"),
            MemberState::Closed => t.s("member-closed"),
        },
        words: own_words(member),
    }
}

/// `GET /kelompok/{group_id}`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Query(came): Query<Came>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "group-title", &format!("/kelompok/{id}"));
    let t = f.t;
    let lists = state.lists_now();
    let members = members(&state, &visit.user, id).await?;
    let decides = visit.user.role.decides();
    let undo = state.store.bulk_to_undo(id, visit.user.user_id).await?;
    html(&Page {
        hit: text(&state, &visit.user, &members, &lists, t).await?,
        lines: members.iter().map(|m| line(m, &lists, t)).collect(),
        more: is_full(&members),
        may_take: decides && members.iter().any(|m| matches!(m.state, MemberState::Free | MemberState::Mine)),
        together: together(&visit.user, &members),
        count: i64::try_from(members.len()).unwrap_or(i64::MAX),
        notice: came.notice(t),
        undo: undo.map(|(bulk, hits)| (bulk, t.n("group-undo", i64::from(hits)))),
        id,
        t,
        f,
    })
}

/// `POST /kelompok/{group_id}/berikutnya`: claims the first copy that waits for this reader and opens it.
pub async fn next(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Redirect, Error> {
    let there = match state.store.claim_copy(id, &visit.user, state.config.lease()).await? {
        Some(hit) => format!("/telaah/{hit}?serupa=1"),
        None => format!("/kelompok/{id}?kabar=habis"),
    };
    Ok(Redirect::to(&there))
}
