//! A place in a list that is in order of time.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

/// The row after which a page begins: its moment, then its id. Both are part of the place, so that it holds even where the
/// row has gone meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Moment, to the microsecond.
    pub at: Timestamp,
    /// Id.
    pub id: Uuid,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at.as_microsecond(), self.id)
    }
}

impl FromStr for Place {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (at, id) = s.split_once('-').ok_or("no `-`")?;
        let at: i64 = at.parse().map_err(|e| format!("moment: {e}"))?;
        let at = Timestamp::from_microsecond(at).map_err(|e| format!("moment: {e}"))?;
        Ok(Self { at, id: id.parse().map_err(|e| format!("id: {e}"))? })
    }
}
