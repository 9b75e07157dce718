//! What a token of the API may be used for.

use std::fmt;
use std::str::FromStr;

use super::register::word_enum;

word_enum! {
    /// What a token may be used for. It narrows what its owner's role allows and never widens it.
    Scope {
        /// The queue, its figures, and one's own filters of it.
        QueueRead = "queue:read",
        /// Hits, searching them, and groups of copies; as blind as on their pages.
        HitRead = "hit:read",
        /// Everything that is done with a hit: claiming, passing on, deciding, taking back; closing copies, practice.
        HitDecide = "hit:decide",
        /// Questions to persons.
        ClarificationRead = "clarification:read",
        /// Sending such a question and writing the answer down.
        ClarificationWrite = "clarification:write",
        /// Conflicts of interest.
        ConflictRead = "conflict:read",
        /// Noting and ending them.
        ConflictWrite = "conflict:write",
        /// Units, persons and accounts.
        RegisterRead = "register:read",
        /// Objections to accounts.
        ObjectionRead = "objection:read",
        /// Keyword lists, and trying a text with them.
        KeywordsRead = "keywords:read",
        /// Sources and coverage.
        SourcesRead = "sources:read",
        /// What people told.
        TipsRead = "tips:read",
        /// Entering what people told.
        TipsWrite = "tips:write",
        /// The ledger.
        LedgerRead = "ledger:read",
        /// Figures, in cells of five or more, and what waits.
        StatisticsRead = "statistics:read",
        /// How well people agree, and whether the sides are treated alike.
        QualityRead = "quality:read",
        /// Who may log in, and what waits for a second person.
        UsersRead = "users:read",
    }
}
