//! Keyword files and circulars: from TOML to a validated, fingerprinted [`KeywordSet`].
//!
//! A set is one election: its stages, its sides, its keywords with those of every set it extends, and its circular.
//! It is immutable. [`KeywordSet::sources`] gives back the text of every file it was made from and
//! [`KeywordSet::from_sources`] makes the same set from them, with the same fingerprint, so a published version can be
//! kept in a database and rebuilt years later.
//!
//! No keyword is ever skipped silently: a file that can't be read as a whole is an error that names file, line and keyword.

mod build;
mod builtin;
mod circular;
mod diff;
mod edit;
mod error;
mod file;
mod fingerprint;
mod library;
mod set;
mod sheet;

pub use circular::{Circular, Clause, MediaRule, Reference};
pub use diff::diff;
pub use edit::{Edit, Entry, apply, clone_set};
pub use error::{KeywordError, Problem};
pub use library::{Library, load};
pub use set::{AccountRef, Case, Examples, Keyword, KeywordSet, Near, Side, Stage, StageTarget, Strength};
pub use sheet::{Defaults, Sheet, SheetProblem, read_sheet, to_csv, to_xlsx};
