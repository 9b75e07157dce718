//! Any text as a keyword file: refused with a reason, or a set that compiles, finds and can be made again from its sources.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use netral::keyword::{KeywordSet, Library};
use netral::matcher::Matcher;
use netral::model::Activity;

fuzz_target!(|toml: &str| {
    let set = match Library::builtin().close("fuzz.toml".to_owned(), toml.to_owned()) {
        Ok(set) => set,
        Err(error) => {
            let problems = error.problems();
            assert!(!problems.is_empty(), "refused without a reason");
            let lines = toml.lines().count() + 1;
            assert!(problems.iter().filter(|p| p.file == "fuzz.toml").all(|p| p.line <= lines), "a line that isn't there");
            return;
        }
    };
    let again = KeywordSet::from_sources(&set.sources()).expect("a set can be made again from its sources");
    assert_eq!(again.fingerprint(), set.fingerprint());
    // A post that says every form, so that what compiles is also walked.
    let text: Vec<&str> = set.keywords().iter().flat_map(|k| &k.forms).take(400).map(String::as_str).collect();
    let activity = Activity { text: text.join(" , "), ..Activity::default() };
    let Ok(matcher) = Matcher::build_undated(vec![Arc::new(set)]) else { return };
    for found in matcher.find(&activity).iter().flat_map(|hit| &hit.matches) {
        assert_eq!(activity.text.get(found.start..found.end), Some(found.surface.as_str()));
    }
    let _ = matcher.keywords_in(&activity.text);
});
