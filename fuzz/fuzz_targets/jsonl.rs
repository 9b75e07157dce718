//! Any bytes as a JSONL line: refused with a reason, or an activity whose hits point at exactly what they say.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use netral::keyword::KeywordSet;
use netral::matcher::{MAX_MATCHES_PER_FIELD, Matcher};
use netral::model::Activity;

static MATCHER: LazyLock<Matcher> = LazyLock::new(|| {
    let sets = ["pilpres-2024", "pilkada-madiun-2024"].map(|id| Arc::new(KeywordSet::builtin(id).expect("it is shipped")));
    Matcher::build(sets.into()).expect("it compiles")
});

fuzz_target!(|line: &[u8]| {
    let activity = match Activity::from_json_line(line) {
        Ok(activity) => activity,
        Err(reject) => {
            assert!(!reject.to_string().is_empty());
            return;
        }
    };
    assert!(!activity.id.is_empty());
    check(&activity);
    // What the database can hold has the same offsets.
    let storable = activity.clone().storable();
    assert_eq!(storable.text.len(), activity.text.len());
    assert!(!storable.text.contains('\0'));
    check(&storable);
});

fn check(activity: &Activity) {
    let hits = MATCHER.find(activity);
    assert_eq!(hits, MATCHER.find(activity), "the same post, another answer");
    for hit in &hits {
        assert!(!hit.matches.is_empty(), "a hit without a match");
        for one in &hit.matches {
            let field = field(activity, &one.field).unwrap_or_else(|| panic!("no such field: {}", one.field));
            assert_eq!(field.get(one.start..one.end), Some(one.surface.as_str()), "in {}", one.field);
            assert!(one.start < one.end, "a match of nothing");
            let in_field = hit.matches.iter().filter(|m| m.field == one.field).count();
            assert!(in_field <= MAX_MATCHES_PER_FIELD);
        }
        let sum: i32 = hit.parts.iter().map(|part| i32::from(part.add.0)).sum();
        assert_eq!(sum, i32::from(hit.score.0), "the parts don't add up");
        assert!((0..=100).contains(&hit.score.0));
        serde_json::to_string(hit).expect("a hit can be written");
    }
}

/// The field that a path like `media[0].alt` names.
fn field<'a>(activity: &'a Activity, path: &str) -> Option<&'a str> {
    let (name, rest) = path.split_once(['[', '.']).unwrap_or((path, ""));
    let (index, key) = rest.split_once(']').unwrap_or(("", rest));
    let index = || index.parse::<usize>().ok();
    let target = || activity.target.as_ref();
    match (name, key.trim_start_matches('.')) {
        ("text", _) => Some(&activity.text),
        ("media", "alt") => activity.media.get(index()?)?.alt.as_deref(),
        ("media", "ocr") => activity.media.get(index()?)?.ocr.as_deref(),
        ("target", "text") => target()?.text.as_deref(),
        ("target", "handle") => target()?.handle.as_deref(),
        ("target", "account_id") => target()?.account_id.as_deref(),
        ("hashtags", _) => activity.hashtags.get(index()?).map(String::as_str),
        ("mentions", _) => activity.mentions.get(index()?).map(String::as_str),
        _ => None,
    }
}
