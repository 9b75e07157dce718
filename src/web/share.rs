//! Shares and times in words. A cell of fewer than five says nothing but that.

use super::i18n::Text;
use crate::model::wilson;

/// Smaller cells are withheld.
pub const SMALLEST_CELL: i64 = 5;

/// A share of a whole that is large enough to say something, with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// So many …
    pub part: i64,
    /// … of so many.
    pub whole: i64,
    /// From 0 to 1.
    pub share: f64,
    /// The interval's lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Share {
    /// `None` where `whole` is too small to say anything about anybody.
    pub fn of(part: i64, whole: i64) -> Option<Self> {
        let (k, n) = (u64::try_from(part).ok()?, u64::try_from(shown(whole)?).ok()?);
        let (share, low, high) = wilson(k, n);
        Some(Self { part, whole, share, low, high })
    }
}

/// "12 of 15: 80 %, between 55 % and 93 %"; withheld where `whole` is too small to say anything about anybody.
pub fn share(part: i64, whole: i64, t: Text) -> String {
    let Some(Share { share, low, high, .. }) = Share::of(part, whole) else { return t.s("share-few") };
    let counts = t.xy("share-of", t.number(part), t.number(whole));
    let between = t.xy("share-between", percent(low), percent(high));
    format!("{counts}: {} ({between})", t.x("share-percent", percent(share)))
}

/// A number of cases; `None` where there are few.
pub fn shown(n: i64) -> Option<i64> {
    (n >= SMALLEST_CELL).then_some(n)
}

/// A number of cases, or that there are few.
pub fn count(n: i64, t: Text) -> String {
    shown(n).map_or_else(|| t.s("share-few"), |n| t.number(n))
}

/// Seconds as exactly as they are said: whole minutes from a minute and a half on.
pub fn rounded(seconds: f64) -> i64 {
    let seconds = whole(seconds);
    if seconds < 90 { seconds } else { (seconds + 30) / 60 * 60 }
}

/// "about 40 seconds", "about 3 minutes".
pub fn duration(seconds: f64, t: Text) -> String {
    let seconds = rounded(seconds);
    if seconds < 90 { t.n("about-seconds", seconds) } else { t.n("about-minutes", seconds / 60) }
}

/// Hundredths, rounded.
fn percent(share: f64) -> i64 {
    whole(share * 100.0)
}

#[expect(clippy::cast_possible_truncation, reason = "rounded, and bounded on the line itself")]
fn whole(n: f64) -> i64 {
    n.round().clamp(0.0, 1e15) as i64
}
