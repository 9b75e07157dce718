//! Any text: folding, cutting and the way back to the author's own bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use netral::text::{Haystack, Shape, excerpt, fold, fold_keep_case, for_each_variant};

fuzz_target!(|text: &str| {
    let folded = fold(text);
    let mut last = (0, 0);
    for (at, c) in folded.text.char_indices() {
        let (start, end) = folded.original(at, at + c.len_utf8());
        assert!(start < end, "a character came from nothing: {start}..{end}");
        assert!(text.get(start..end).is_some(), "off a character boundary: {start}..{end}");
        assert!(start >= last.0 && end >= last.1, "out of order: {last:?}, then {start}..{end}");
        last = (start, end);
    }
    fold_keep_case(text);

    let haystack = Haystack::new(text);
    assert_eq!(haystack.folded(), folded.text);
    let mut after = 0;
    for token in haystack.tokens() {
        assert!(token.start() >= after && token.start() < token.end(), "tokens overlap at {}", token.start());
        after = token.end();
        assert_eq!(haystack.folded().get(token.start()..token.end()), Some(haystack.word(token)));
        let (start, end) = haystack.original_span(token.span());
        assert_eq!(text.get(start..end), Some(haystack.surface(token.span())));
        assert!(start < end, "a token of nothing");
        assert_eq!(excerpt(text, start, end, 3).map(|e| e.surface), text.get(start..end));
        let mut variants = 0;
        for_each_variant(haystack.word(token), Shape::of(haystack.word(token)), &mut |_, _| {
            variants += 1;
            false
        });
        assert!(variants <= 1_000, "{variants} other spellings of one word");
    }
});
