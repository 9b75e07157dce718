//! Every test that needs more than one module, in one binary: one link, and one list of what is tested.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::type_complexity,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "in a test, an unwrap is an assertion, figures are small, and a table of cases has the type it has"
)]

mod api; // the API over the real router: roles, blindness, tokens, repeated requests, paging
mod architecture; // which module may use which
mod browser; // the pages in a real browser, by keyboard and on a phone
mod clock; // a clock that leaps and is set right
mod cluster; // the private Postgres
mod collect; // what all workers do together: limits, faults, grounds, campaign accounts
mod faults; // what networks and disks do
mod groups;
mod imports; // files captured by hand: each format, hostile files, going on after a break
mod keywords; // keyword files and circulars: what is refused, and how it is told
mod kill; // kills at random moments, compared with an undisturbed run
mod lists; // the life of a keyword list: drafts, signatures, publication, reading again
mod live; // live posts over a real WebSocket
mod matcher; // made-up posts: partisan rows, traps, symmetry, clauses, spans
mod notify; // webhook, mail and Telegram, over real HTTP and a real SMTP conversation
mod pages; // a world for the pages: users, hits, a browser without a screen
mod pipeline; // collecting and importing over real HTTP into a real Postgres
mod replay; // the made-up world, over HTTP
mod scan; // `netral scan` as a program: order, rejects, pipes, exit codes
mod seed; // a made-up regency of any size, through every rule of the schema, and its pages
mod source; // services that behave, and services that do not
mod store; // the invariants, each with an attempt to break it
mod support; // a database each, a program, a register, users
mod web; // the pages over the real router
mod whole_line; // opt-in: a real AT Protocol server, collected into hits
mod world; // a small made-up world on a replay server
