//! From what came in to what is stored: whose is it, was the account in the register that day, what does the matcher say.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::time::Instant;

use super::Lists;
use crate::model::{Account, Activity};
use crate::store::{Batch, NewActivity, Program, Receipt, Store, StoreError};

/// How long a page waits in memory for a database that is away.
const PATIENCE: Duration = Duration::from_secs(60);

/// The frame in which activities are taken in.
pub struct Intake<'a> {
    /// The approved program.
    pub program: &'a Program,
    zone: TimeZone,
}

/// Where one activity belongs.
#[derive(Debug)]
pub enum Sorted {
    /// Into the database; [`commit`] asks the matcher.
    Keep(Box<NewActivity>),
    /// Not this register's on that day: to be counted and forgotten (P01).
    TurnAway,
}

impl<'a> Intake<'a> {
    /// A frame; an unknown time zone name counts as Jakarta's, in which the circulars are dated.
    #[must_use]
    pub fn new(program: &'a Program) -> Self {
        let zone = TimeZone::get(&program.timezone).or_else(|_| TimeZone::get("Asia/Jakarta")).unwrap_or(TimeZone::UTC);
        Self { program, zone }
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
        let hits = Vec::new();
        Sorted::Keep(Box::new(NewActivity { account_id: account.account_id, activity, raw, seen_at, hits }))
    }
}

/// Whether a name or id that a stranger's server gave can be asked for or kept in the database at all.
#[must_use]
pub(super) fn is_storable(name: &str) -> bool {
    name.len() <= 512 && !name.contains('\0')
}

/// Matches a batch with the lists of this moment and writes it whole.
///
/// Where another version is published between the two, the batch is matched again: every activity is matched by exactly
/// one version, the one named on its hits. Nothing is lost while the database restarts: the batch stays in memory and is
/// tried again, more and more slowly.
///
/// # Errors
/// As [`Store::commit`], once patience is at its end.
pub async fn commit(store: &Store, lists: &Lists, batch: &mut Batch<'_>) -> Result<Receipt, StoreError> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(200);
    let mut live = lists.live();
    loop {
        if batch.lists.as_ref() != Some(&live.frame) {
            for new in &mut batch.activities {
                new.hits = live.matcher.find(&new.activity);
            }
            batch.lists = Some(Arc::clone(&live.frame));
        }
        match store.commit(batch).await {
            Err(StoreError::Conflict { constraint }) if constraint == "lists_changed" && begun.elapsed() < PATIENCE => {
                live = lists.newer_than(&live, PATIENCE).await;
            }
            Err(StoreError::Unavailable(_)) if begun.elapsed() < PATIENCE => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            ended => return ended,
        }
    }
}
