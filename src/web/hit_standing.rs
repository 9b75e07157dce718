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
    /// This reader has decided.
    DecidedByMe,
    /// Others have decided; the reader stays blind.
    DecidedByOthers,
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
    /// The standing at this moment.
    pub fn of(page: &HitPage, user: &User, t: Text) -> Self {
        let now = Timestamp::now();
        let held = page.claimed_until.filter(|until| *until > now);
        match (page.state, page.claimed_by, held) {
            (HitState::Background, ..) => Standing::Background,
            (HitState::Withdrawn, ..) => {
                Standing::Withdrawn(page.versions.withdrawn.unwrap_or_default(), page.versions.made)
            }
            (HitState::Quarantined, ..) => Standing::Quarantined,
            _ if page.decisions.iter().any(|d| d.user_id == user.user_id) => Standing::DecidedByMe,
            (HitState::Decided, ..) => Standing::DecidedByOthers,
            (_, Some(who), Some(until)) if who == user.user_id => Standing::Mine(t.clock(until)),
            (_, Some(_), Some(until)) => {
                Standing::Theirs { name: page.claimed_by_name.clone().unwrap_or_default(), until: t.clock(until) }
            }
            _ if user.role.decides() => Standing::Free,
            _ => Standing::LookOnly,
        }
    }
}
