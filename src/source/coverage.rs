//! What each platform lets anybody see, verb by verb: the table behind the page *sumber & cakupan*.
//!
//! The rows repeat the platforms' published contracts (their documents as of 2026), not netral's wishes: where the official
//! interface does not show an act, only people can capture it by hand, or nobody can.

use crate::model::Verb;

/// How an act can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sight {
    /// By reading the account itself.
    Read,
    /// By reading given campaign accounts: who reacts to them.
    Audience,
    /// Only where a person captured it and takes the file in.
    Import,
    /// Not at all.
    Never,
}

impl Sight {
    /// The word in the texts' keys and for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Audience => "audience",
            Self::Import => "import",
            Self::Never => "never",
        }
    }
}

/// One platform.
#[derive(Clone, Copy, Debug)]
pub struct Coverage {
    /// Its name, as in [`Source::platform`](super::Source::platform).
    pub platform: &'static str,
    /// How each verb can be seen, in the order of [`Verb::ALL`].
    pub sight: [Sight; 6],
    /// Whether its terms ask for a ground of its own (contract, consent) before an authority reads it.
    pub needs_ground: bool,
}

impl Coverage {
    /// Each verb with how it can be seen.
    pub fn verbs(&self) -> impl Iterator<Item = (Verb, Sight)> {
        Verb::ALL.into_iter().zip(self.sight)
    }
}

use Sight::{Audience, Import, Never, Read};

/// Every platform that netral knows.
///
/// X: likes only with the person's own log-in; its terms ask for an enterprise contract where a government reads, and for
/// consent to tie handles to people. TikTok: its research interface is open to researchers. Meta's three: by app review.
/// Groups are shown by no interface since 2024.
pub const TABLE: [Coverage; 10] = [
    //                           post  comment   share     like      follow    join
    row("bluesky", [Read, Read, Read, Read, Read, Never], false),
    row("mastodon", [Read, Read, Read, Audience, Read, Never], false),
    row("feed", [Read, Import, Import, Never, Never, Never], false),
    row("telegram", [Read, Read, Read, Never, Never, Never], false),
    row("youtube", [Read, Audience, Never, Never, Read, Never], false),
    row("x", [Read, Read, Read, Import, Read, Never], true),
    row("tiktok", [Read, Import, Read, Read, Read, Never], true),
    row("threads", [Read, Import, Read, Import, Import, Never], true),
    row("instagram", [Read, Import, Import, Import, Import, Never], true),
    row("facebook", [Read, Import, Read, Import, Import, Import], true),
];

const fn row(platform: &'static str, sight: [Sight; 6], needs_ground: bool) -> Coverage {
    Coverage { platform, sight, needs_ground }
}

/// Whether a platform is read only on a ground that an operator has recorded.
#[must_use]
pub fn needs_ground(platform: &str) -> bool {
    TABLE.iter().any(|row| row.platform == platform && row.needs_ground)
}
