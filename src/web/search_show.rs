//! `/cari`: hits by the words of their posts, and persons, each for whoever may see them. What is searched for travels in the
//! form's body, because it may be a name and addresses are written down on the way; the ledger says that somebody searched.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::access;
use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use super::typed;
use super::veil::Veil;
use crate::model::{HitId, PersonId, Role, Verdict};
use crate::store::{FoundHit, HitState, PersonFilter, User};

/// Results of a kind; who finds more than that writes another word.
pub const MOST: i64 = 50;
/// Characters of what is searched for.
pub const LONGEST: usize = 100;
/// Characters of a post that a result quotes.
const QUOTED: usize = 200;

struct HitLine {
    id: HitId,
    clause: String,
    did: String,
    platform: String,
    state: String,
    at: String,
    text: String,
}

struct PersonFound {
    id: PersonId,
    name: String,
    unit: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Page {
    t: Text,
    f: Frame,
    text: String,
    /// Something was searched for.
    searched: bool,
    sees_hits: bool,
    sees_persons: bool,
    hits: Vec<HitLine>,
    persons: Vec<PersonFound>,
    /// In words: how much was found.
    found: Vec<String>,
}

/// What is searched for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    cari: String,
}

/// `GET /cari`
pub async fn form(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    page(&state, &visit, String::new()).await
}

/// `POST /cari`
pub async fn search(
    State(state): State<AppState>,
    visit: Visit,
    Form(search): Form<Search>,
) -> Result<Html<String>, Error> {
    page(&state, &visit, typed::line(&search.cari).chars().take(LONGEST).collect()).await
}

async fn page(state: &AppState, visit: &Visit, text: String) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "search-title", "/cari");
    let (t, user) = (f.t, &visit.user);
    let searched = !text.is_empty();
    let sees_hits = access::may_open("/antrean", user.role);
    let sees_persons = access::may_open("/register/orang", user.role);
    let (mut hits, mut persons) = (Vec::new(), Vec::new());
    if searched && sees_hits {
        hits = found_hits(state, user, &text).await?.into_iter().map(|found| line(found, t)).collect();
    }
    if searched && sees_persons {
        let filter = PersonFilter { text: text.clone(), unit: None };
        let (found, _) = state.store.persons(&filter, (0, MOST), &user.login).await?;
        persons = found.into_iter().map(|p| PersonFound { id: p.person_id, name: p.name, unit: p.unit }).collect();
    }
    if searched {
        state.store.record_search(&user.login, hits.len(), persons.len()).await?;
    }
    let count = |n: usize| i64::try_from(n).unwrap_or(MOST);
    let found = [
        sees_hits.then(|| t.n("search-found-hits", count(hits.len()))),
        sees_persons.then(|| t.n("search-found-persons", count(persons.len()))),
    ];
    html(&Page {
        found: if searched { found.into_iter().flatten().collect() } else { Vec::new() },
        text,
        searched,
        sees_hits,
        sees_persons,
        hits,
        persons,
        t,
        f,
    })
}

/// A hit as a search shows it.
pub struct Found {
    /// The hit; whoever shows more of it than this asks [`Found::blind`] first.
    pub hit: FoundHit,
    /// The reader must not know yet whose it is.
    pub blind: bool,
    /// How it ended, for whoever may know.
    pub verdict: Option<Verdict>,
    /// The beginning of the post, covered where the reader is blind.
    pub text: String,
}

/// Hits whose posts hold the words, or the one of that number, as this reader may see them. Whoever calls writes the search
/// down.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn found_hits(state: &AppState, user: &User, text: &str) -> Result<Vec<Found>, Error> {
    let found = state.store.search_hits(text, user, MOST).await?;
    Ok(found.into_iter().filter_map(|hit| shown(hit, text, user)).collect())
}

/// A result; none where only what is covered holds the words: a search must not tell whose a post is.
fn shown(hit: FoundHit, text: &str, user: &User) -> Option<Found> {
    let blind = !hit.known && user.role != Role::Auditor;
    let (own, target) = (Some(hit.texts.0.clone()), hit.texts.1.clone());
    let whole = [own, target].into_iter().flatten().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" ¶ ");
    let shown = if blind { Veil::new(&hit.identity).text(&whole).into_owned() } else { whole };
    let by_number = text.trim().parse::<HitId>().is_ok();
    if blind && !by_number && !holds(&shown, text) {
        return None;
    }
    Some(Found {
        verdict: hit.verdict.filter(|_| !blind || hit.state == HitState::Decided),
        text: if shown.chars().count() > QUOTED {
            shown.chars().take(QUOTED).chain(std::iter::once('…')).collect()
        } else {
            shown
        },
        blind,
        hit,
    })
}

fn line(found: Found, t: Text) -> HitLine {
    let Found { hit, verdict, text, .. } = found;
    let state = match (hit.state, verdict) {
        (_, Some(verdict)) => t.verdict(verdict),
        (HitState::Open, _) => t.s("search-state-open"),
        (HitState::Asked, _) => t.s("search-state-asked"),
        _ => t.s("search-state-closed"),
    };
    HitLine {
        id: hit.hit_id,
        clause: hit.clause,
        did: t.verb(hit.verb),
        platform: t.platform(&hit.platform),
        state,
        at: t.time(hit.created_at),
        text,
    }
}

/// Whether a text holds all the words, each at the beginning of one of its own.
#[expect(clippy::disallowed_methods, reason = "as the search itself does it, see the store")]
fn holds(text: &str, words: &str) -> bool {
    let split = |s: &str| -> Vec<String> {
        s.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
    };
    let there = split(text);
    split(words).iter().all(|word| there.iter().any(|w| w.starts_with(word.as_str())))
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn words_are_found_at_the_beginning_of_words() {
        assert!(holds("Ayo dukung #Obor2029 bersama", "duk OBOR"));
        assert!(!holds("Ayo dukung", "kung"));
        assert!(!holds("Salam dari ▇▇▇", "wira"));
    }
}
