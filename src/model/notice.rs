//! What netral tells to the outside, and which way.

use std::fmt;
use std::str::FromStr;

use super::register::word_enum;

word_enum! {
    /// The way a notice goes out.
    NoticeChannel {
        /// A signed HTTP request.
        Webhook = "webhook",
        /// A mail.
        Email = "email",
        /// A message of a Telegram bot.
        Telegram = "telegram",
    }
}

word_enum! {
    /// What a notice tells.
    NoticeKind {
        /// Hits that weigh heavily came in.
        UrgentHit = "hit.urgent",
        /// The day on which an answer was awaited has come.
        ClarificationDue = "clarification.due",
        /// A source is not read any more.
        SourceStopped = "source.stopped",
        /// Something waits for a second person.
        ProposalWaits = "proposal.waits",
        /// The day's figures.
        Digest = "digest",
    }
}
