//! `/coba`: what the live lists say of a sentence, and why. Nothing is stored, and the text never stands in an address or a log.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::Html;
use jiff::civil::Date;
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::hit_view::HitView;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::{AppState, Lists};
use crate::model::{Activity, Hit, Media, Target, Verb};

/// Longest text that is tried, in characters.
const MAX_TEXT: usize = 20_000;

/// The form's fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sample {
    /// The post's own text.
    pub teks: String,
    /// Alt text of a picture.
    pub alt: String,
    /// Handle of the account that it is directed at.
    pub sasaran: String,
    /// What is done.
    pub tindakan: String,
    /// When.
    pub tanggal: String,
}

#[derive(Template)]
#[template(path = "text_try.html")]
struct Page {
    t: Text,
    f: Frame,
    sample: Sample,
    verb: Verb,
    verbs: Vec<(Verb, String)>,
    problem: Option<&'static str>,
    /// `None` before the first try.
    hits: Option<Vec<HitView>>,
    /// What to say when nothing was found: with how many lists.
    nothing: String,
}

/// `GET /coba`
pub async fn form(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    page(&state, &visit, Sample::default(), None, None)
}

/// `POST /coba`
pub async fn search(
    State(state): State<AppState>,
    visit: Visit,
    Form(sample): Form<Sample>,
) -> Result<Html<String>, Error> {
    let activity = match activity(&sample, &state) {
        Ok(activity) => activity,
        Err(problem) => return page(&state, &visit, sample, Some(problem), None),
    };
    let t = Text::new(visit.user.language, state.config.zone);
    let (activity, lists, hits) = find(&state, activity).await?;
    let view = |(i, h)| HitView::new(h, &activity, &lists, &format!("m{i}"), false, t);
    let hits = hits.iter().enumerate().map(view).collect();
    page(&state, &visit, sample, None, Some(hits))
}

/// What the live lists say of an activity, the strongest first, and the lists that said it.
///
/// # Errors
/// [`Error::Internal`] where the search broke.
pub async fn find(state: &AppState, activity: Activity) -> Result<(Activity, Arc<Lists>, Vec<Hit>), Error> {
    let lists = state.lists_now();
    // Matching is pure computation of at most a few milliseconds, but nobody else should wait for it.
    let found = tokio::task::spawn_blocking(move || {
        let mut hits = (lists.find)(&activity);
        hits.sort_by_key(|h| std::cmp::Reverse(h.score));
        (activity, lists, hits)
    });
    found.await.map_err(|_| Error::Internal)
}

/// The text as an activity, or the name of what is wrong with it.
pub fn activity(sample: &Sample, state: &AppState) -> Result<Activity, &'static str> {
    let some = |s: &str| (!s.trim().is_empty()).then(|| s.trim().to_owned());
    // Browsers send line ends as CR LF; posts have LF.
    let text = sample.teks.replace("\r\n", "\n");
    if text.chars().count().max(sample.alt.chars().count()) > MAX_TEXT {
        return Err("try-too-long");
    }
    let target = some(&sample.sasaran).map(|handle| Target {
        kind: "account".to_owned(),
        handle: Some(handle),
        ..Target::default()
    });
    let alt = some(&sample.alt);
    if text.trim().is_empty() && target.is_none() && alt.is_none() {
        return Err("try-empty");
    }
    let posted_at = match sample.tanggal.as_str() {
        "" => None,
        day => {
            let day: Date = day.parse().map_err(|_| "try-date-wrong")?;
            // Noon: the day is the same in all of Indonesia.
            let noon = day.at(12, 0, 0, 0).to_zoned(state.config.zone.tz()).map_err(|_| "try-date-wrong")?;
            Some(noon.timestamp())
        }
    };
    Ok(Activity {
        id: "coba".to_owned(),
        verb: sample.tindakan.parse().unwrap_or_default(),
        text,
        posted_at,
        media: alt
            .into_iter()
            .map(|alt| Media { kind: "image".to_owned(), alt: Some(alt), ..Media::default() })
            .collect(),
        target,
        ..Activity::default()
    })
}

fn page(
    state: &AppState,
    visit: &Visit,
    sample: Sample,
    problem: Option<&'static str>,
    hits: Option<Vec<HitView>>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "try-title", "/coba");
    let t = f.t;
    html(&Page {
        verb: sample.tindakan.parse().unwrap_or_default(),
        verbs: Verb::ALL.into_iter().map(|v| (v, t.verb(v))).collect(),
        nothing: t.n("try-nothing-help", i64::try_from(state.lists_now().sets.len()).unwrap_or(i64::MAX)),
        sample,
        problem,
        hits,
        t,
        f,
    })
}
