//! `/kata-kunci/{set}/terbit`: the second person's signature, the publication, its rescan, and a list's end.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::set_frame::{self, News, SetHead, Tab, back};
use super::set_list::{Progress, progress};
use super::state::AppState;
use super::typed;
use crate::pipeline::DraftError;
use crate::store::{Publication, Signed};

struct VersionLine {
    number: i32,
    short: String,
    at: String,
    who: String,
    live: bool,
}

struct RescanLine {
    at: String,
    words: String,
    open: bool,
    progress: Progress,
}

#[derive(Template)]
#[template(path = "set_publish.html")]
struct Page {
    t: Text,
    f: Frame,
    h: SetHead,
    version: String,
    changed: bool,
    election: bool,
    live: bool,
    errors: usize,
    tried: bool,
    draft_words: String,
    check_words: String,
    trial_words: String,
    authors: String,
    signatures: Vec<String>,
    own_work: bool,
    may_sign: bool,
    may_publish: bool,
    rescans: Vec<RescanLine>,
    versions: Vec<VersionLine>,
}

/// `GET /kata-kunci/{set}/terbit`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "keywords-title", "/kata-kunci");
    let t = f.t;
    let user = &visit.user;
    let checked = state.drafts.check(&id).await?;
    let live = set_frame::live_version(&state, &id).await?;
    let set = checked.set.as_deref();
    let version = set.map(|s| s.fingerprint().to_owned()).unwrap_or_default();
    let (authors, signatures) = match set {
        Some(set) => state.drafts.hands(set).await?,
        None => Default::default(),
    };
    let trials = state.store.backtests(&id, 10).await?;
    let tried = trials.iter().any(|b| b.state == "done" && b.version == version);
    let changed = live.as_ref().is_none_or(|v| v.version != version);
    let count = |n: usize| t.number(i64::try_from(n).unwrap_or(i64::MAX));
    let errors = checked.errors();
    let rescans = state.store.rescans(Some(&id)).await?;
    let versions = state.store.set_versions().await?;
    html(&Page {
        draft_words: t.s(if changed { "step-draft-changed" } else { "step-draft-same" }),
        check_words: t.xy("check-summary", count(errors), count(checked.findings.len() - errors)),
        trial_words: t.s(if tried { "step-trial-done" } else { "step-trial-open" }),
        own_work: authors.contains(&user.login),
        authors: if authors.is_empty() { "–".to_owned() } else { authors.join(", ") },
        signatures: signatures
            .into_iter()
            .map(|s| match s.on_behalf_of {
                Some(absent) => format!("{} ({}), {}", s.signed_by, t.x("sign-for", absent), t.time(s.signed_at)),
                None => format!("{}, {}", s.signed_by, t.time(s.signed_at)),
            })
            .collect(),
        may_sign: user.role.stands_in(),
        may_publish: user.role.publishes_lists(),
        election: set.is_none_or(crate::keyword::KeywordSet::is_election),
        live: live.is_some(),
        rescans: rescans
            .into_iter()
            .take(5)
            .map(|r| RescanLine {
                at: t.time(r.requested_at),
                words: t.with_counts("rescan-words", r.gained, r.withdrawn, r.remade),
                open: r.state == "open",
                progress: progress(r.activities, r.total, t),
            })
            .collect(),
        versions: versions
            .into_iter()
            .filter(|v| v.set_id == id)
            .map(|v| VersionLine {
                number: v.number,
                short: v.version.chars().take(8).collect(),
                at: t.time(v.published_at),
                who: t.xy("version-hands", v.authors.join(", "), &v.signed_by),
                live: v.retired_at.is_none(),
            })
            .collect(),
        h: SetHead::new((&id, set, live.as_ref()), Tab::Publish, user, &news, t),
        version,
        changed,
        errors,
        tried,
        t,
        f,
    })
}

/// The content that the page showed: another one must be looked at again first.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Seen {
    versi: String,
    alasan: String,
}

impl Seen {
    /// The way back, where the draft is not what the page showed any more.
    async fn is_stale(&self, state: &AppState, id: &str) -> Result<Option<Redirect>, Error> {
        let same = state.drafts.set(id).await?.fingerprint() == self.versi;
        Ok((!same).then(|| back(id, "/terbit", "set-stale")))
    }
}

/// The message for a step that could not be taken.
fn refusal(id: &str, error: DraftError) -> Result<Redirect, Error> {
    let key = match error {
        DraftError::Errors { .. } | DraftError::Keyword(_) | DraftError::Build { .. } => "set-has-errors",
        DraftError::NotSigned(_) => "set-not-signed",
        DraftError::Shared(_) => "set-is-shared",
        DraftError::Exists(_) => "set-exists",
        other => return Err(other.into()),
    };
    Ok(back(id, "/terbit", key))
}

/// `POST /kata-kunci/{set}/tanda-tangan`
pub async fn sign(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Redirect, Error> {
    if let Some(stale) = seen.is_stale(&state, &id).await? {
        return Ok(stale);
    }
    let key = match state.drafts.sign(&id, &visit.user).await {
        Ok(Signed::Done) => "set-signed",
        Ok(Signed::Already) => "set-signed-already",
        Ok(Signed::OwnWork) => "set-own-work",
        Ok(Signed::NotEntitled) => "set-not-entitled",
        Err(error) => return refusal(&id, error),
    };
    Ok(back(&id, "/terbit", key))
}

/// `POST /kata-kunci/{set}/terbit`
pub async fn publish(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Redirect, Error> {
    if let Some(stale) = seen.is_stale(&state, &id).await? {
        return Ok(stale);
    }
    let key = match state.drafts.publish(&id, &visit.user.login).await {
        Ok(Publication::Published(_)) => "set-published",
        Ok(Publication::AlreadyLive) => "set-live-already",
        Ok(Publication::NotSigned) => "set-not-signed",
        Err(error) => return refusal(&id, error),
    };
    Ok(back(&id, "/terbit", key))
}

/// `POST /kata-kunci/{set}/cabut`
pub async fn retire(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Redirect, Error> {
    if typed::why(&seen.alasan).is_none() {
        return Ok(back(&id, "/terbit", "set-why-missing"));
    }
    state.store.retire_set(&id, seen.alasan.trim(), &visit.user.login).await?;
    Ok(back(&id, "/terbit", "set-retired"))
}

/// The next cycle's list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewCycle {
    id: String,
    judul: String,
}

/// `POST /kata-kunci/{set}/salin`
pub async fn clone(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Form(new): Form<NewCycle>,
) -> Result<Redirect, Error> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if new.id.is_empty() || new.id.len() > 100 || !new.id.bytes().all(good) || new.judul.trim().is_empty() {
        return Ok(back(&id, "/terbit", "set-bad-id"));
    }
    match state.drafts.clone_set(&id, &new.id, new.judul.trim(), &visit.user.login).await {
        Ok(()) => Ok(back(&new.id, "", "set-cloned")),
        Err(error) => refusal(&id, error),
    }
}

/// Which keyword.
#[derive(Debug, Deserialize)]
pub struct Which {
    id: String,
}

/// `POST /kata-kunci/{set}/karantina`
pub async fn release(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Form(which): Form<Which>,
) -> Result<Redirect, Error> {
    state.store.release_keyword(&id, &which.id, &visit.user.login).await?;
    Ok(Redirect::to("/kata-kunci?ok=set-released"))
}
