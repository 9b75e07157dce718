//! `GET /kata-kunci/{set}/beda`: what changed between two versions, in words.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::set_frame::{News, SetHead, Tab};
use super::state::AppState;
use crate::keyword::{self, KeywordSet};
use crate::store::SetVersion;

/// Lines that one page shows.
const SHOWN: usize = 1000;

#[derive(Template)]
#[template(path = "set_diff.html")]
struct Page {
    t: Text,
    f: Frame,
    h: SetHead,
    heading: String,
    versions: Vec<(String, String)>,
    from: String,
    to: String,
    changes: Vec<String>,
    more_changes: String,
}

/// Which two.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Versions {
    dari: String,
    ke: String,
}

/// `GET /kata-kunci/{set}/beda`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(asked): Query<Versions>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "keywords-title", "/kata-kunci");
    let t = f.t;
    let draft = state.drafts.set(&id).await?;
    let published: Vec<_> = state.store.set_versions().await?.into_iter().filter(|v| v.set_id == id).collect();
    let live = published.iter().find(|v| v.retired_at.is_none());
    let from = choose(&asked.dari, &published).or(live).or(published.first());
    let to = choose(&asked.ke, &published);
    let before = match from {
        Some(version) => Some(published_set(&state, version).await?),
        None => None,
    };
    let after = match to {
        Some(version) => published_set(&state, version).await?,
        None => Arc::clone(&draft),
    };
    let mut changes: Vec<_> = match &before {
        Some(before) => keyword::diff(before, &after),
        None => Vec::new(),
    }
    .into_iter()
    .map(|change| change.in_language(t.language()).to_owned())
    .collect();
    let more = changes.len().saturating_sub(SHOWN);
    changes.truncate(SHOWN);
    let name = |v: &SetVersion| (v.number.to_string(), t.xy("diff-version", v.number, t.time(v.published_at)));
    let mut versions: Vec<_> = published.iter().map(name).collect();
    versions.insert(0, (String::new(), t.s("diff-draft")));
    let value = |v: Option<&SetVersion>| v.map(|v| v.number.to_string()).unwrap_or_default();
    html(&Page {
        heading: match from {
            Some(_) => t.n("diff-count", i64::try_from(changes.len() + more).unwrap_or(i64::MAX)),
            None => t.s("diff-first"),
        },
        from: value(from),
        to: value(to),
        versions,
        changes,
        more_changes: if more > 0 {
            t.n("proposal-more", i64::try_from(more).unwrap_or(i64::MAX))
        } else {
            String::new()
        },
        h: SetHead::new((&id, Some(&draft), live), Tab::Diff, &visit.user, &News::default(), t),
        t,
        f,
    })
}

fn choose<'a>(asked: &str, published: &'a [SetVersion]) -> Option<&'a SetVersion> {
    let number: i32 = asked.parse().ok()?;
    published.iter().find(|v| v.number == number)
}

async fn published_set(state: &AppState, version: &SetVersion) -> Result<Arc<KeywordSet>, Error> {
    let sources = state.store.sources_of(&version.set_id, &version.version).await?.ok_or(Error::NotFound)?;
    let set = tokio::task::spawn_blocking(move || KeywordSet::from_sources(&sources)).await;
    // A version that an older netral published may be one that this one can't read any more.
    set.map_err(|_| Error::Internal)?.map(Arc::new).map_err(|_| Error::NotFound)
}
