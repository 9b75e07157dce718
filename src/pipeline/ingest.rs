//! From what came in to what is stored: whose is it, was the account in the register that day, what does the matcher say.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::matcher::Matcher;
use crate::model::{Account, Activity};
use crate::store::{NewActivity, Program};

/// The frame in which activities are taken in.
pub struct Intake<'a> {
    /// The approved program.
    pub program: &'a Program,
    /// The live lists.
    pub matcher: &'a Matcher,
    zone: TimeZone,
}

/// Where one activity belongs.
#[derive(Debug)]
pub enum Sorted {
    /// Into the database, with its hits.
    Keep(Box<NewActivity>),
    /// Not this register's on that day: to be counted and forgotten (P01).
    TurnAway,
}

impl<'a> Intake<'a> {
    /// A frame; an unknown time zone name counts as Jakarta's, in which the circulars are dated.
    #[must_use]
    pub fn new(program: &'a Program, matcher: &'a Matcher) -> Self {
        let zone = TimeZone::get(&program.timezone).or_else(|_| TimeZone::get("Asia/Jakarta")).unwrap_or(TimeZone::UTC);
        Self { program, matcher, zone }
    }

    /// Sorts one activity of a registered account; `raw` are the exact bytes of that one item.
    ///
    /// The day that counts is the day of the act (when it happened, else was posted, else was first seen). An act from
    /// before the account was linked, or from before the program began, is none of netral's business.
    #[must_use]
    pub fn sort(&self, account: &Account, activity: Activity, raw: Vec<u8>, seen_at: Timestamp) -> Sorted {
        let activity = activity.storable();
        let seen_at = activity.seen_at.unwrap_or(seen_at);
        let day = activity.acted_at().unwrap_or(seen_at).to_zoned(self.zone.clone()).date();
        let linked = account.valid_from <= day && account.valid_to.is_none_or(|last| day <= last);
        let someone_elses =
            activity.account.as_deref().is_some_and(|name| name != account.external_id && name != account.handle);
        if !linked || someone_elses || day < self.program.starts_on {
            return Sorted::TurnAway;
        }
        let hits = self.matcher.find(&activity);
        Sorted::Keep(Box::new(NewActivity { account_id: account.account_id, activity, raw, seen_at, hits }))
    }
}
