//! How a source stands, in words.

use super::i18n::Text;
use crate::store::{CoverageRow, SourceState};

/// One thing to say about a source, and how loud.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Style: `ok`, `warn` or `soft`.
    pub class: &'static str,
    /// In words.
    pub words: String,
}

/// Everything to say about a source: what keeps it from being read first, then its accounts.
pub fn standing(c: &CoverageRow, source: Option<&SourceState>, grounded: bool, t: Text) -> Vec<Standing> {
    let mut all = Vec::new();
    let mut say = |class, words| all.push(Standing { class, words });
    if source.is_some_and(|s| s.switched_off.is_some()) {
        say("warn", t.s("sources-off"));
    }
    if crate::pipeline::coverage().iter().any(|row| row.platform == c.platform && row.needs_ground) && !grounded {
        say("warn", t.s("sources-no-ground"));
    }
    if let Some((until, why)) = source.and_then(|s| s.paused.as_ref())
        && *until > jiff::Timestamp::now()
    {
        let key = match why.as_str() {
            "fault" => "sources-paused-fault",
            "denied" => "sources-paused-denied",
            _ => "sources-paused-rate",
        };
        say("warn", t.x(key, t.clock(*until)));
    }
    if c.failing > 0 {
        say("warn", t.n("sources-failing", c.failing));
    }
    if c.unavailable > 0 {
        say("warn", t.n("sources-unavailable", c.unavailable));
    }
    if c.parked > 0 {
        say("warn", t.n("sources-parked", c.parked));
    }
    if c.overdue > 0 {
        say("soft", t.n("sources-overdue", c.overdue));
    }
    if all.is_empty() {
        let (class, key) = if c.last_ok_at.is_some() { ("ok", "sources-fine") } else { ("soft", "sources-not-yet") };
        all.push(Standing { class, words: t.s(key) });
    }
    all
}
