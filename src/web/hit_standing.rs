//! Where a hit stands for the person who looks at it.

use jiff::Timestamp;

use super::i18n::Text;
use crate::store::{HitPage, HitState, User};

/// Where a hit stands for this reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// This reader holds it, until then.
    Mine(String),
    /// Somebody else holds it.
    Theirs {
        /// Who.
        name: String,
        /// Until when.
        until: String,
    },
    /// Nobody does, and this reader may.
    Free,
    /// It waits for this colleague.
    Referred(String),
    /// It rests until then.
    Resting(String),
    /// This reader is near to the person.
    Conflict,
    /// This reader has passed it on.
    Skipped,
    /// Two people disagree, and this reader is none of those who settle that; nothing more is said.
    ForOthers,
    /// This reader has decided.
    DecidedByMe,
    /// Others have decided; the reader stays blind.
    DecidedByOthers,
    /// The person is asked; an answer is awaited until that day.
    Asked(String),
    /// Kept as background, not queued.
    Background,
    /// Left the queue with a publication: that one's number, and the number of the one that made it.
    Withdrawn(i32, i32),
    /// Waits apart with its keyword.
    Quarantined,
    /// Open, but this reader only looks.
    LookOnly,
}

impl Standing {
    /// The standing in one word, for machines.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Mine(_) => "mine",
            Self::Theirs { .. } => "theirs",
            Self::Free => "free",
            Self::Referred(_) => "referred",
            Self::Resting(_) => "resting",
            Self::Conflict => "conflict",
            Self::Skipped => "skipped",
            Self::ForOthers => "for_others",
            Self::DecidedByMe => "decided_by_me",
            Self::DecidedByOthers => "decided_by_others",
            Self::Asked(_) => "asked",
            Self::Background => "background",
            Self::Withdrawn(..) => "withdrawn",
            Self::Quarantined => "quarantined",
            Self::LookOnly => "look_only",
        }
    }

    /// The standing at this moment.
    pub fn of(page: &HitPage, user: &User, t: Text) -> Self {
        let now = Timestamp::now();
        let mine = |d: &crate::store::DecisionRow| d.user_id == user.user_id && d.round == page.round && !d.undone;
        match page.state {
            HitState::Background => return Self::Background,
            HitState::Withdrawn => {
                return Self::Withdrawn(page.versions.withdrawn.unwrap_or_default(), page.versions.made);
            }
            HitState::Quarantined => return Self::Quarantined,
            _ if page.decisions.iter().any(mine) => return Self::DecidedByMe,
            HitState::Decided => return Self::DecidedByOthers,
            HitState::Asked => return Self::Asked(page.asked.as_ref().map(|a| t.day(a.due_on)).unwrap_or_default()),
            HitState::Open => {}
        }
        if let (Some(who), Some(until)) = (page.claimed_by, page.claimed_until.filter(|until| *until > now)) {
            return if who == user.user_id {
                Self::Mine(t.clock(until))
            } else {
                Self::Theirs { name: page.claimed_by_name.clone().unwrap_or_default(), until: t.clock(until) }
            };
        }
        if !user.role.decides() {
            return Self::LookOnly;
        }
        match (&page.referred_to, page.rests_until.filter(|until| *until > now)) {
            _ if page.reading.may_judge => Self::Free,
            _ if page.reading.conflict => Self::Conflict,
            _ if page.reading.skipped => Self::Skipped,
            (Some((who, name)), _) if *who != user.user_id => Self::Referred(name.clone()),
            (_, Some(until)) => Self::Resting(t.time(until)),
            _ => Self::ForOthers,
        }
    }
}
