//! The values that travel through netral. No I/O, no clock, nothing but data and its own rules.

mod activity;
pub mod compare;
mod hit;
mod ids;
mod interval;
pub mod nip;
mod notice;
mod register;
mod review;
mod scope;
pub mod verdict;
mod words;

pub use activity::{Activity, MAX_LINE_BYTES, Media, Reject, Target, Verb};
pub use hit::{Hit, Kind, Level, Match, Part, Score, Severity, Stance};
pub use ids::{AccountId, ActivityId, DecisionId, HitId, PersonId, ProgramId, SessionId, UnitId, UserId};
pub use interval::wilson;
pub use notice::{NoticeChannel, NoticeKind};
pub use register::{Account, CircumstanceKind, PersonStatus, Proof, TipChannel, TipDrop};
pub use review::{Language, Outcome, ReasonCode, Role};
pub use scope::Scope;
pub use verdict::{Answer, Step, Verdict};
pub use words::Words;
pub(crate) use words::words;
