//! What a word, a tag or a whole text is good for.

use std::ops::{BitOr, BitOrAssign};

/// What may come of something that was read, as bits. Most words are good for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hint(u16);

impl Hint {
    /// It is all of a form that names somebody or something.
    pub const ALONE: Self = Self(1);
    /// Such a form begins with it and has more words.
    pub const FIRST: Self = Self(2);
    /// It stands behind another word in a form, whatever that is for.
    pub const LATER: Self = Self(4);
    /// It may be several words without spaces.
    pub const GLUED: Self = Self(8);
    /// It names somebody or something, whatever stands around it.
    pub const NAMES: Self = Self(16);
    /// A pattern that names somebody or something may begin with it.
    pub const OPENS_NAME: Self = Self(32);
    /// Another pattern may begin with it that can't do without a digit.
    pub const OPENS_DIGITS: Self = Self(64);
    /// Another pattern may begin with it.
    pub const OPENS_OTHER: Self = Self(128);

    /// It is all of a form, whatever that is for.
    pub const WHOLE: Self = Self(256);
    /// A longer form begins with it, whatever that is for.
    pub const BEGINS: Self = Self(2048);
    /// It has more readings than are noted beside it, or some of several tokens.
    pub const FURTHER: Self = Self(512);

    /// It was not read yet, or is read anew each time.
    pub const UNREAD: Self = Self(1024);

    /// It stands behind another word in a form that names somebody or something.
    pub const IN_NAME: Self = Self(4096);

    /// Whether one of `hints` is among them.
    pub fn has(self, hints: Self) -> bool {
        self.0 & hints.0 != 0
    }
}

impl BitOr for Hint {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Hint {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl FromIterator<Self> for Hint {
    fn from_iter<I: IntoIterator<Item = Self>>(hints: I) -> Self {
        hints.into_iter().fold(Self::default(), BitOr::bitor)
    }
}
