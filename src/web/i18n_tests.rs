//! Both languages have the same messages, and every message that a page asks for exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::*;
use crate::model::Scope;
use crate::web::api::Code;
use crate::web::error::Error;
use crate::web::text_size::TextSize;
use crate::web::token_make;

fn files(dir: &str, ending: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(dir);
    let mut found: Vec<_> = fs::read_dir(root).unwrap().map(|e| e.unwrap().path()).collect();
    found.retain(|p| p.to_string_lossy().ends_with(ending));
    found
}

fn keys(language: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let line = Regex::new(r"(?m)^([a-z][a-z0-9-]*) =").unwrap();
    for file in files(&format!("src/web/locales/{language}"), ".ftl") {
        for key in line.captures_iter(&fs::read_to_string(&file).unwrap()) {
            assert!(keys.insert(key[1].to_owned()), "{} twice, again in {}", &key[1], file.display());
        }
    }
    keys
}

/// Messages whose names are put together from a value.
fn composed() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let dash = |s: &str| s.replace('_', "-");
    for kind in Kind::ALL {
        out.insert(format!("kind-{kind}"));
    }
    for outcome in Outcome::ALL {
        out.extend([format!("outcome-{}", dash(outcome.as_str())), format!("outcome-{}-help", dash(outcome.as_str()))]);
    }
    out.extend(ReasonCode::ALL.iter().map(|r| format!("reason-{}", dash(r.as_str()))));
    out.extend(Verdict::ALL.iter().map(|v| format!("verdict-{}", dash(v.as_str()))));
    for answer in Answer::ALL {
        out.extend([format!("answer-{}", dash(answer.as_str())), format!("answer-{}-help", dash(answer.as_str()))]);
    }
    out.extend((0..=4).map(|class| format!("severity-{class}")));
    out.extend(TextSize::ALL.map(|size| format!("size-{size}")));
    for role in Role::ALL {
        out.extend([format!("role-{}", dash(role.as_str())), format!("role-{}-help", dash(role.as_str()))]);
    }
    for platform in crate::pipeline::coverage() {
        out.insert(format!("terms-{}", platform.platform));
    }
    let states = ["not-found", "suspended", "deactivated", "private", "moved", "moved-away"];
    out.extend(states.map(|state| format!("account-state-{state}")));
    out.extend(Scope::ALL.iter().map(|scope| token_make::scope_key(*scope)));
    for code in Code::ALL {
        out.extend([format!("api-{}", code.name()), format!("api-{}-help", code.name())]);
    }
    for key in Error::KEYS {
        out.extend([format!("error-{key}"), format!("error-{key}-help")]);
    }
    out
}

#[test]
fn both_languages_have_the_same_messages() {
    assert_eq!(keys("id"), keys("en"));
}

#[test]
fn every_message_asked_for_exists_and_every_message_is_asked_for() {
    let known = keys("id");
    let mut source = String::new();
    let code = files("src/web", ".rs").into_iter().chain(files("src/web/api", ".rs"));
    let told = files("src/notify", ".rs");
    for file in files("src/web/templates", ".html").into_iter().chain(code).chain(told) {
        source.push_str(&fs::read_to_string(file).unwrap());
    }
    let call = Regex::new(r#"\bt\.(?:s|x|xy|n|with|with_counts)\(\s*"([a-z0-9-]+)""#).unwrap();
    let asked: BTreeSet<_> = call.captures_iter(&source).map(|c| c[1].to_owned()).chain(composed()).collect();
    let missing: Vec<_> = asked.difference(&known).collect();
    assert!(missing.is_empty(), "not in the locales: {missing:?}");
    let unused: Vec<_> = known
        .iter()
        .filter(|k| !asked.contains(*k) && !k.starts_with("ledger-") && !source.contains(&format!("\"{k}\"")))
        .collect();
    assert!(unused.is_empty(), "in the locales, but asked for nowhere: {unused:?}");
}

#[test]
fn the_tone_is_calm_and_formal() {
    for file in files("src/web/locales/id", ".ftl").into_iter().chain(files("src/web/locales/en", ".ftl")) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains('!'), "an exclamation mark in {}", file.display());
        assert!(!text.contains("PELANGGAR"), "{}", file.display());
    }
}

#[test]
fn numbers_and_scores_follow_the_language() {
    let id = Text::new(Language::Indonesian, Zone::Wib);
    let en = Text::new(Language::English, Zone::Wib);
    assert_eq!((id.number(1_234_567), en.number(-1_234)), ("1.234.567".to_owned(), "−1,234".to_owned()));
    assert_eq!((id.score(Score(83)), en.signed(Score(-5))), ("0,83".to_owned(), "−0.05".to_owned()));
    assert_eq!(id.n("ago-hours", 3), "3 jam lalu");
    assert_eq!(en.n("ago-hours", 1), "1 hour ago");
    assert_eq!(id.xy("claim-theirs", "Kusnan", "pukul 10.15 WIB"), "Sedang ditelaah Kusnan sampai pukul 10.15 WIB.");
}
