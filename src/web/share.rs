//! Shares and times in words. A cell of fewer than five says nothing but that.

use super::i18n::Text;
use crate::model::wilson;

/// Smaller cells are withheld.
pub const SMALLEST_CELL: i64 = 5;

/// "12 of 15: 80 %, between 55 % and 93 %"; withheld where `whole` is too small to say anything about anybody.
pub fn share(part: i64, whole: i64, t: Text) -> String {
    let (Ok(k), Ok(n)) = (u64::try_from(part), u64::try_from(whole)) else { return t.s("share-few") };
    if whole < SMALLEST_CELL {
        return t.s("share-few");
    }
    let (share, low, high) = wilson(k, n);
    let counts = t.xy("share-of", t.number(part), t.number(whole));
    let between = t.xy("share-between", percent(low), percent(high));
    format!("{counts}: {} ({between})", t.x("share-percent", percent(share)))
}

/// A number of cases, or that there are few.
pub fn count(n: i64, t: Text) -> String {
    if n < SMALLEST_CELL { t.s("share-few") } else { t.number(n) }
}

/// "about 40 seconds", "about 3 minutes".
pub fn duration(seconds: f64, t: Text) -> String {
    let seconds = whole(seconds);
    if seconds < 90 { t.n("about-seconds", seconds) } else { t.n("about-minutes", (seconds + 30) / 60) }
}

/// Hundredths, rounded.
fn percent(share: f64) -> i64 {
    whole(share * 100.0)
}

#[expect(clippy::cast_possible_truncation, reason = "rounded, and bounded on the line itself")]
fn whole(n: f64) -> i64 {
    n.round().clamp(0.0, 1e15) as i64
}
