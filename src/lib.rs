//! netral watches the public posts of registered civil servants' accounts, finds what may be partisan in an election,
//! and puts it before people who decide. The machine says *indikasi*; a person says *dugaan*.
//!
//! # The flow
//!
//! ```text
//! Source -> Collector -> Activity -> Haystack -> Matcher -> Match -> Hit -> review queue -> Decision
//! ```
//!
//! # Layout, in the order of the flow
//!
//! - [`source`]: places that publish activities, one file per service; [`source::http`] is the only maker of an HTTP client
//! - [`capture`]: files that people captured by hand, one file per format
//! - [`pipeline`]: drives the sources (leases, pace, retry, cursor) and turns a page into a batch
//! - [`model`]: the values that travel: activity, hit, register, decision
//! - [`text`]: folding with a map back to the original bytes
//! - [`keyword`]: keyword files and circulars -> validated, fingerprinted set
//! - [`table`]: CSV and workbooks -> rows of text; [`register`]: such rows -> units, persons, accounts
//! - [`matcher`]: a compiled set; building can fail, matching cannot
//! - [`store`]: all SQL, and the private Postgres of a bare machine
//! - [`evidence`]: the hash-chained ledger and its offline verifier
//! - [`oidc`]: log-in through an identity provider (OIDC)
//! - [`web`]: the pages on which people decide, and the API that does the same
//! - [`notify`]: what is told to the outside: webhook, digest by mail and Telegram
//! - [`demo`]: a made-up regency and a replay server that speaks the platforms' real contracts
//! - [`cli`]: one file per command; [`config`] is read and validated before the first socket opens
//!
//! Dependencies run one way; `tests/architecture.rs` holds the list of allowed edges.

pub mod capture;
pub mod cli;
pub mod config;
pub mod demo;
pub mod evidence;
pub mod keyword;
pub mod matcher;
pub mod model;
pub mod notify;
pub mod oidc;
pub mod picture;
pub mod pipeline;
pub mod register;
pub mod source;
pub mod store;
pub mod table;
pub mod telemetry;
pub mod text;
pub mod web;
