//! What all pages of one keyword list share: its name, its steps, and what the last form came to.

use serde::Deserialize;

use super::error::Error;
use super::i18n::Text;
use super::state::AppState;
use crate::keyword::KeywordSet;
use crate::pipeline::DraftError;
use crate::store::{SetVersion, StoreError, User};

/// A page of one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// The table.
    Table,
    /// The file's text.
    Text,
    /// What changed since the last publication.
    Diff,
    /// The check.
    Check,
    /// The trial.
    Trial,
    /// Signature and publication.
    Publish,
}

impl Tab {
    const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Table, "", "set-tab-table"),
        (Self::Text, "/teks", "set-tab-text"),
        (Self::Diff, "/beda", "set-tab-diff"),
        (Self::Check, "/periksa", "set-tab-check"),
        (Self::Trial, "/uji", "set-tab-trial"),
        (Self::Publish, "/terbit", "set-tab-publish"),
    ];
}

/// One entry of a list's own navigation.
#[derive(Clone, Debug)]
pub struct TabLink {
    /// Address.
    pub href: String,
    /// Word.
    pub title: String,
    /// The page one is on.
    pub here: bool,
}

/// Name, steps and news of one list.
#[derive(Clone, Debug)]
pub struct SetHead {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Where it stands, in words.
    pub state: String,
    /// Its pages.
    pub tabs: Vec<TabLink>,
    /// What the last form came to.
    pub flash: Option<String>,
    /// What stands in the way.
    pub alert: Option<String>,
    /// This reader edits lists.
    pub edits: bool,
}

/// What the address may carry after a form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct News {
    /// Name of a message.
    ok: String,
    /// Name of a message.
    salah: String,
}

/// Messages that an address may name; anything else is shown as nothing.
const FLASHES: [&str; 12] = [
    "set-saved",
    "set-unchanged",
    "set-proposal-taken",
    "set-proposal-dropped",
    "set-signed",
    "set-signed-already",
    "set-published",
    "set-live-already",
    "set-retired",
    "set-cloned",
    "set-released",
    "set-trial-stopped",
];
const ALERTS: [&str; 9] = [
    "set-stale",
    "set-own-work",
    "set-not-entitled",
    "set-not-signed",
    "set-has-errors",
    "set-is-shared",
    "set-exists",
    "set-bad-id",
    "set-why-missing",
];

impl SetHead {
    /// The head of a page. `set` is `None` where the draft can't be read.
    pub fn new(
        (id, set, live): (&str, Option<&KeywordSet>, Option<&SetVersion>),
        tab: Tab,
        user: &User,
        news: &News,
        t: Text,
    ) -> Self {
        let known = |keys: &[&str], key: &str| keys.contains(&key).then(|| t.s(key));
        Self {
            id: id.to_owned(),
            title: set.map_or_else(|| id.to_owned(), |s| s.title().to_owned()),
            state: state_words(set, live, t),
            tabs: Tab::ALL
                .into_iter()
                .map(|(own, path, key)| TabLink {
                    href: format!("/kata-kunci/{id}{path}"),
                    title: t.s(key),
                    here: own == tab,
                })
                .collect(),
            flash: known(&FLASHES, &news.ok),
            alert: known(&ALERTS, &news.salah),
            edits: user.role.edits_lists(),
        }
    }
}

/// "Berlaku sebagai terbitan 3" …
pub fn state_words(set: Option<&KeywordSet>, live: Option<&SetVersion>, t: Text) -> String {
    match (set, live) {
        (Some(set), Some(live)) if set.fingerprint() == live.version => t.x("set-state-live", live.number),
        (_, Some(live)) => t.x("set-state-changed", live.number),
        (Some(set), None) if !set.is_election() => t.s("set-state-shared"),
        _ => t.s("set-state-draft"),
    }
}

/// The live version of a set, if any.
pub async fn live_version(state: &AppState, id: &str) -> Result<Option<SetVersion>, StoreError> {
    Ok(state.store.live_sets().await?.into_iter().find(|v| v.set_id == id))
}

/// Back to a page of the list with a message by name.
pub fn back(id: &str, path: &str, key: &str) -> axum::response::Redirect {
    let name = if ALERTS.contains(&key) { "salah" } else { "ok" };
    // The id may come from an address that somebody made up.
    let id = url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>();
    axum::response::Redirect::to(&format!("/kata-kunci/{id}{path}?{name}={key}"))
}

impl From<DraftError> for Error {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::NoSuchSet(_) => Self::NotFound,
            DraftError::Keyword(_) => Self::Unreadable,
            DraftError::Store(error) => error.into(),
            other => {
                tracing::error!(error = %other, "a list could not be used");
                Self::Internal
            }
        }
    }
}
