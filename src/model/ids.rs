//! Newtype ids, so that an account's id is never passed where a person's is meant.
//!
//! Every id is a UUIDv7 made in the client: ordered by time, and no sequence on the hot path.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, greater than all that this process made before.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "an id out of nothing is never a default")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(/// A program: the approved frame in which collection may run.
    ProgramId);
id!(/// A unit (Perangkat Daerah) of the regency.
    UnitId);
id!(/// A person in the register.
    PersonId);
id!(/// One account of a person on one platform.
    AccountId);
id!(/// One public act of an account.
    ActivityId);
id!(/// An activity with its matches, as queued for people.
    HitId);
id!(/// What one reviewer said of one hit.
    DecisionId);
id!(/// Someone who logs in to netral.
    UserId);
id!(/// A log-in that has not ended.
    SessionId);
