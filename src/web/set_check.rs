//! `GET /kata-kunci/{set}/periksa`: everything there is to say of a draft before it is published.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::set_frame::{self, News, SetHead, Tab};
use super::set_problems::{self, ProblemLine};
use super::state::AppState;
use crate::keyword::KeywordSet;
use crate::matcher::Severity;
use crate::model::Kind;

/// How deeply one side is covered.
struct Balance {
    title: String,
    keywords: String,
    forms: String,
    tags: String,
    accounts: String,
    examples: String,
}

#[derive(Template)]
#[template(path = "set_check.html")]
struct Page {
    t: Text,
    f: Frame,
    h: SetHead,
    summary: String,
    measured: String,
    problems: Vec<ProblemLine>,
    balance: Vec<Balance>,
}

/// `GET /kata-kunci/{set}/periksa`
pub async fn show(State(state): State<AppState>, visit: Visit, Path(id): Path<String>) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "keywords-title", "/kata-kunci");
    let t = f.t;
    let checked = state.drafts.check(&id).await?;
    let live = set_frame::live_version(&state, &id).await?;
    let count = |n: usize| t.number(i64::try_from(n).unwrap_or(i64::MAX));
    let errors = checked.errors();
    let findings = checked.findings.iter().map(|f| (&f.problem, f.severity == Severity::Error));
    html(&Page {
        summary: t.xy("check-summary", count(errors), count(checked.findings.len() - errors)),
        measured: t.x("check-measured", count(checked.measured)),
        problems: set_problems::lines(&id, findings, t),
        balance: checked.set.as_deref().map(|set| balance(set, t)).unwrap_or_default(),
        h: SetHead::new((&id, checked.set.as_deref(), live.as_ref()), Tab::Check, &visit.user, &News::default(), t),
        t,
        f,
    })
}

/// Forms, tags, accounts and examples of every side, side by side.
fn balance(set: &KeywordSet, t: Text) -> Vec<Balance> {
    let row = |side: &crate::keyword::Side| {
        let own: Vec<_> =
            set.keywords().iter().filter(|k| k.enabled && k.side.as_deref() == Some(side.id.as_str())).collect();
        let sum = |f: &dyn Fn(&crate::keyword::Keyword) -> usize| {
            t.number(i64::try_from(own.iter().map(|k| f(k)).sum::<usize>()).unwrap_or(i64::MAX))
        };
        Balance {
            title: side.title.clone(),
            keywords: sum(&|_| 1),
            forms: sum(&|k| k.forms.len() + k.patterns.len()),
            tags: sum(&|k| if k.kind == Kind::Hashtag { k.forms.len() } else { 0 }),
            accounts: sum(&|k| k.accounts.len()),
            examples: sum(&|k| k.examples.matching.len() + k.examples.no_match.len()),
        }
    };
    set.sides().iter().map(row).collect()
}
