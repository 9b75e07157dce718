//! The pipeline's live lists, in the words that the pages show.

use std::sync::{Arc, Mutex, PoisonError};

use super::clock::day_words;
use super::state::{ClauseWords, Lists, LiveLists, ReferenceWords, SetWords, StageWords};
use crate::keyword::{KeywordSet, StageTarget};
use crate::matcher::Matcher;
use crate::model::Language;
use crate::pipeline;

impl From<pipeline::Lists> for LiveLists {
    /// The words are made anew only when another version is live.
    fn from(live: pipeline::Lists) -> Self {
        let first = live.matcher();
        let made = Mutex::new((Arc::clone(&first), Arc::new(words(first))));
        let taking = live.clone();
        Self::new(move || {
            let now = live.matcher();
            let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
            if !Arc::ptr_eq(&made.0, &now) {
                *made = (Arc::clone(&now), Arc::new(words(now)));
            }
            Arc::clone(&made.1)
        })
        .with_pipeline(taking)
    }
}

fn words(matcher: Arc<Matcher>) -> Lists {
    let sets = matcher.sets().iter().map(|set| (set.id().to_owned(), set_words(set))).collect();
    Lists { find: Box::new(move |activity| matcher.find(activity)), sets }
}

fn set_words(set: &KeywordSet) -> SetWords {
    let circular = set.circular();
    SetWords {
        title: set.title().to_owned(),
        circular: circular
            .map(|c| match c.date.as_deref().and_then(|day| day.parse().ok()) {
                // Cited as in the letter itself, whatever the page's language.
                Some(day) => format!("Nomor {}, {}", c.number, day_words(day, Language::Indonesian)),
                None => format!("Nomor {}", c.number),
            })
            .unwrap_or_default(),
        clauses: circular.map(|c| c.clauses.iter().map(clause_words).collect()).unwrap_or_default(),
        stages: set
            .stages()
            .iter()
            .map(|s| (s.id.clone(), StageWords { title: s.title.clone(), target: target(s.target).to_owned() }))
            .collect(),
        sides: set.sides().iter().map(|s| (s.id.clone(), s.title.clone())).collect(),
    }
}

fn clause_words(clause: &crate::keyword::Clause) -> ClauseWords {
    ClauseWords {
        id: clause.id.clone(),
        title: clause.title.clone(),
        summary: clause.summary.clone(),
        references: clause
            .references
            .iter()
            .map(|r| ReferenceWords {
                target: target(r.target).to_owned(),
                decree: r.decree.clone(),
                item: r.item.clone(),
                class: r.class.clone().unwrap_or_default(),
                verified: r.verified,
            })
            .collect(),
    }
}

fn target(target: StageTarget) -> &'static str {
    match target {
        StageTarget::BakalCalon => "bakal_calon",
        StageTarget::Calon => "calon",
    }
}
