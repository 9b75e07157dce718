//! Small closed classes of Indonesian and Javanese grammar. Data: nothing here names a contestant or takes a side.

use std::sync::LazyLock;

use crate::text::Vocab;

/// Words that turn what follows into its opposite.
const NEGATORS: &[&str] = &[
    "tidak",
    "tak",
    "tdk",
    "gak",
    "ga",
    "gk",
    "nggak",
    "enggak",
    "ngga",
    "ngak",
    "kagak",
    "kaga",
    "g",
    "bukan",
    "bkn",
    "bukanlah",
    "jangan",
    "jgn",
    "jngn",
    "janganlah",
    "jangankan",
    "belum",
    "blm",
    "tanpa",
    "ora",
    "ra",
    "ojo",
    "aja",
    "dudu",
    "ogah",
    "emoh",
    "anti",
    "batal",
    "gagal",
    "mustahil",
    "tiada",
    "nda",
    "ndak",
    "mboten",
    "sanes",
    "henteu",
    "teu",
    "ulah",
    "no",
    "not",
];

/// Of those, the ones that may also deny a name: *bukan X*, *jangan X*.
const NAME_NEGATORS: &[&str] =
    &["bukan", "bkn", "bukanlah", "jangan", "jgn", "jngn", "janganlah", "ojo", "dudu", "ogah", "emoh", "anti", "sanes"];

/// Words that may stand between a negator and what it negates.
const AUXILIARIES: &[&str] = &[
    "akan", "bakal", "mau", "usah", "pernah", "bisa", "perlu", "lagi", "harus", "sampai", "ingin", "mungkin", "akn",
    "sudi", "layak", "pantas", "patut", "boleh", "dapat", "bs", "arep", "bade", "begitu", "terlalu", "cukup", "se",
    "yang", "untuk", "utk",
];

/// Short forms that are negators only before a cue, never elsewhere: *aja* is also "just".
const AMBIGUOUS_NEGATORS: &[&str] = &["aja", "g", "no", "ra", "ulah"];

/// Whether a folded word negates the cue after it.
pub(super) fn negates(word: &str) -> bool {
    static CLEAR: LazyLock<Vocab> =
        LazyLock::new(|| NEGATORS.iter().filter(|word| !AMBIGUOUS_NEGATORS.contains(word)).copied().collect());
    CLEAR.contains(word)
}

/// Whether a folded word denies the name after it.
pub(super) fn denies_name(word: &str) -> bool {
    static CLASS: LazyLock<Vocab> = LazyLock::new(|| NAME_NEGATORS.iter().copied().collect());
    CLASS.contains(word)
}

/// Whether a negator may reach over this folded word.
pub(super) fn is_auxiliary(word: &str) -> bool {
    static CLASS: LazyLock<Vocab> = LazyLock::new(|| AUXILIARIES.iter().copied().collect());
    CLASS.contains(word)
}
