//! `/register/orang/{person_id}`: one person, their accounts, and what may allow what the circular forbids. Every look at
//! it is a row of the ledger.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use jiff::civil::Date;
use uuid::Uuid;

use super::account_link::AccountDraft;
use super::auth::Visit;
use super::circumstance_note::{CircumstanceDraft, CircumstanceLine};
use super::clock::day_words;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::register_frame::{News, RegisterHead};
use super::state::AppState;
use super::typed;
use crate::model::{CircumstanceKind, PersonId, Proof};
use crate::store::{AccountRow, Person, SeenLink};

/// Platforms that people have accounts on; a register file may name others.
pub const PLATFORMS: [&str; 9] =
    ["bluesky", "facebook", "feed", "instagram", "mastodon", "threads", "tiktok", "x", "youtube"];

/// An account in words.
pub struct AccountLine {
    /// Id.
    pub id: Uuid,
    /// The link as it stands on this page.
    pub seen: SeenLink,
    /// Whose page it is on.
    pub person_id: PersonId,
    /// Their name.
    pub person: String,
    /// Their unit.
    pub unit: String,
    /// Platform.
    pub platform: String,
    /// Handle; empty once it was unlinked.
    pub handle: String,
    /// The platform's own id; empty where it is the handle.
    pub external_id: String,
    /// How the link was shown.
    pub proof: String,
    /// Where that is kept.
    pub proof_note: String,
    /// Since when and until when.
    pub days: String,
    /// Why the last day lies in the past, where somebody set it so.
    pub end_why: String,
    /// Who linked it, and who approved it.
    pub hands: String,
    /// Where it stands.
    pub state: String,
    /// This reader may approve it.
    pub may_approve: bool,
    /// It waits, but this reader linked it.
    pub own: bool,
    /// It can be ended or stopped.
    pub runs: bool,
}

impl AccountLine {
    /// Puts an account into words.
    pub fn new(a: AccountRow, visit: &Visit, today: Date, t: Text) -> Self {
        let day = |d| day_words(d, t.language());
        let waits = a.approved_by.is_none() && a.stopped_at.is_none() && !a.unlinked;
        let own = a.linked_by == visit.user.login;
        let state = if a.unlinked {
            "account-state-unlinked"
        } else if a.stopped_at.is_some() {
            "account-state-stopped"
        } else if waits {
            "account-state-waiting"
        } else if a.valid_to.is_some_and(|last| last < today) {
            "account-state-ended"
        } else if a.valid_from > today {
            "account-state-to-come"
        } else {
            "account-state-read"
        };
        Self {
            id: a.account_id.0,
            seen: a.seen(),
            person_id: a.person_id,
            person: a.person,
            unit: a.unit,
            platform: t.platform(&a.platform),
            external_id: if a.unlinked || a.external_id == a.handle { String::new() } else { a.external_id },
            handle: if a.unlinked { String::new() } else { a.handle },
            proof: proof(&a.proof, t),
            proof_note: a.proof_note,
            end_why: a.end_why,
            days: a.valid_to.map_or_else(
                || t.x("days-since", day(a.valid_from)),
                |last| format!("{} – {}", day(a.valid_from), day(last)),
            ),
            hands: a
                .approved_by
                .as_ref()
                .map_or_else(|| t.x("account-linked-by", &a.linked_by), |by| t.xy("account-hands", &a.linked_by, by)),
            state: t.s(state),
            may_approve: waits && !own && visit.user.role.approves_accounts(),
            own: waits && own,
            runs: !a.unlinked && a.stopped_at.is_none() && a.valid_to.is_none_or(|last| last >= today),
        }
    }
}

/// How a link was shown, in words.
pub fn proof(word: &str, t: Text) -> String {
    match word.parse() {
        Ok(Proof::Declared) => t.s("proof-declared"),
        Ok(Proof::FaceToFace) => t.s("proof-face-to-face"),
        Ok(Proof::OfficialPage) => t.s("proof-official-page"),
        Err(_) => word.to_owned(),
    }
}

/// A kind of circumstance in words.
pub fn circumstance(kind: CircumstanceKind, t: Text) -> String {
    t.s(match kind {
        CircumstanceKind::UnpaidLeave => "circumstance-cltn",
        CircumstanceKind::CandidatesSpouse => "circumstance-spouse",
        CircumstanceKind::CommitteePermit => "circumstance-permit",
    })
}

/// What was typed into one of the page's forms, and what is wrong with it.
#[derive(Default)]
pub struct Extra {
    /// The account form.
    pub account: AccountDraft,
    /// What is wrong with it.
    pub account_problem: Option<String>,
    /// The circumstance form.
    pub circumstance: CircumstanceDraft,
    /// What is wrong with it.
    pub circumstance_problem: Option<String>,
}

#[derive(Template)]
#[template(path = "person_show.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    p: Person,
    status: String,
    accounts: Vec<AccountLine>,
    circumstances: Vec<CircumstanceLine>,
    platforms: Vec<(&'static str, String)>,
    proofs: Vec<(&'static str, String)>,
    kinds: Vec<(&'static str, String)>,
    contests: Vec<String>,
    extra: Extra,
    keeps: bool,
    today: Date,
}

/// `GET /register/orang/{person_id}`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<PersonId>,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    page(&state, &visit, id, &news, Extra::default()).await
}

/// The page again, after a form that could not be taken.
pub async fn again(state: &AppState, visit: &Visit, id: PersonId, extra: Extra) -> Result<Response, Error> {
    let page = page(state, visit, id, &News::default(), extra).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    state: &AppState,
    visit: &Visit,
    id: PersonId,
    news: &News,
    mut extra: Extra,
) -> Result<Html<String>, Error> {
    let p = state.store.view_person(id, &visit.user.login).await?.ok_or(Error::NotFound)?;
    let f = visit.frame(state, "person-page", &format!("/register/orang/{id}"));
    let t = f.t;
    let today = typed::today(state);
    if extra.account.dari.is_empty() {
        extra.account.dari = today.to_string();
    }
    if extra.circumstance.dari.is_empty() {
        extra.circumstance.dari = today.to_string();
    }
    let accounts = state.store.accounts_of(id).await?;
    let circumstances = state.store.circumstances(id).await?;
    let mut contests: Vec<_> = state.lists_now().sets.values().map(|s| s.title.clone()).collect();
    contests.sort();
    contests.dedup();
    html(&Page {
        h: RegisterHead::new(state, visit, "/register/orang", news, t).await?,
        status: t.status(p.status),
        accounts: accounts.into_iter().map(|a| AccountLine::new(a, visit, today, t)).collect(),
        circumstances: circumstances.into_iter().map(|c| CircumstanceLine::new(c, today, t)).collect(),
        platforms: PLATFORMS.iter().map(|p| (*p, t.platform(p))).collect(),
        proofs: Proof::ALL.iter().map(|p| (p.as_str(), proof(p.as_str(), t))).collect(),
        kinds: CircumstanceKind::ALL.iter().map(|k| (k.as_str(), circumstance(*k, t))).collect(),
        keeps: visit.user.role.keeps_register(),
        contests,
        extra,
        today,
        p,
        t,
        f,
    })
}
