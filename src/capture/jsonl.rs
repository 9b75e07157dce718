//! netral's own format: one [`Activity`] per line.

use super::input::Input;
use super::{Captured, Fault, On, Reason, lines};
use crate::model::{Activity, Reject};

pub(super) fn read(input: &mut dyn Input, on: &mut On<'_>) -> Result<(), Fault> {
    lines::each(input.text()?, on, line)
}

/// The activity with its platform and account, which an import needs beyond `id` and `text`.
fn line(line: &[u8]) -> Result<Captured, Reason> {
    let mut activity = Activity::from_json_line(line)?;
    let missing = |key, hint| Reject::Missing { key, hint };
    let platform = activity.platform.clone().ok_or(missing("platform", "name the platform, e.g. bluesky"))?;
    let account = activity.account.take().ok_or(missing("account", "give the account's handle or platform id"))?;
    if activity.posted_at.is_none() && activity.seen_at.is_none() {
        return Err(missing("posted_at", "give posted_at or seen_at, e.g. 2029-10-01T03:11:00Z").into());
    }
    Ok(Captured { activity, platform, names: vec![account.trim_start_matches('@').to_owned()] })
}
