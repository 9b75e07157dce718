//! The one write path of collection: a page of activities, their hits, the counters, the ledger row and the source's
//! cursor commit together, so that a crash re-reads a page and never loses or doubles one (invariant 3).

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::advance::{self, Advance};
use super::edition::{NewFact, editions, insert_facts};
use super::page::{Kept, Sheet, end, keep};
use super::raw::{Packer, unpack};
use super::{ListFrame, Program, Store, StoreError};
use crate::model::{AccountId, Activity, ActivityId, Hit};

/// An activity on its way into the database.
#[derive(Debug)]
pub struct NewActivity {
    /// Whose it is.
    pub account_id: AccountId,
    /// The activity; without U+0000, see [`Activity::storable`].
    pub activity: Activity,
    /// The exact bytes of this one item, as the source sent them.
    pub raw: Vec<u8>,
    /// When it was first seen.
    pub seen_at: Timestamp,
    /// What the matcher said of it.
    pub hits: Vec<Hit>,
}

/// One page, or one part of an import.
#[derive(Debug)]
pub struct Batch<'a> {
    /// The frame in which it was collected.
    pub program: &'a Program,
    /// Platform, for the counters.
    pub platform: &'a str,
    /// What to keep.
    pub activities: Vec<NewActivity>,
    /// Activities of accounts that are not in the register: counted, nothing else.
    pub turned_away: u64,
    /// Items that could not be read: bytes and reason.
    pub rejected: Vec<(AccountId, Vec<u8>, String)>,
    /// What the service said of activities that it showed before.
    pub facts: Vec<NewFact>,
    /// Where the source stands then, where there is one.
    pub cursor: Option<Advance>,
    /// The lists that made the hits; `None`: whichever.
    pub lists: Option<Arc<ListFrame>>,
}

impl<'a> Batch<'a> {
    /// One with nothing in it.
    #[must_use]
    pub fn new(program: &'a Program, platform: &'a str) -> Self {
        Self {
            program,
            platform,
            activities: Vec::new(),
            turned_away: 0,
            rejected: Vec::new(),
            facts: Vec::new(),
            cursor: None,
            lists: None,
        }
    }

    /// Whether there is nothing to write but where the source stands.
    fn is_bare(&self) -> bool {
        self.activities.is_empty() && self.turned_away == 0 && self.rejected.is_empty() && self.facts.is_empty()
    }
}

/// What became of a batch; the four add up to what came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// New in the database.
    pub kept: u64,
    /// There already.
    pub known: u64,
    /// Not in the register on that day.
    pub turned_away: u64,
    /// Unreadable or refused by the schema; kept in quarantine.
    pub rejected: u64,
    /// Not kept because the program keeps no activity without a hit.
    pub passed: u64,
    /// Hits written, all levels.
    pub hits: u64,
}

impl std::ops::AddAssign for Receipt {
    fn add_assign(&mut self, other: Self) {
        self.kept += other.kept;
        self.known += other.known;
        self.turned_away += other.turned_away;
        self.rejected += other.rejected;
        self.passed += other.passed;
        self.hits += other.hits;
    }
}

/// An activity with what the database wants of it, computed outside the transaction.
#[derive(Clone)]
pub(super) struct Row<'a> {
    pub(super) id: ActivityId,
    pub(super) new: &'a NewActivity,
    /// Its id in the database: the platform's, or one of its own for a later version of a post.
    pub(super) external_id: Cow<'a, str>,
    /// The post that it is a later version of.
    pub(super) edition_of: Option<&'a str>,
    pub(super) compressed: Vec<u8>,
    pub(super) sha256: [u8; 32],
}

impl Store {
    /// Writes a batch in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `collector_lease_lost` when another worker has taken the account over: nothing was
    /// written. `lists_changed` when another version of the lists is live: nothing was written, the page is to be matched
    /// again. [`StoreError::Unavailable`] when the database is away: nothing was written, the page is read again.
    ///
    /// Borrowed, so that a caller can try again with the same batch after the database was away.
    pub async fn commit(&self, batch: &Batch<'_>) -> Result<Receipt, StoreError> {
        if batch.is_bare() {
            // Most passes find nothing new: one statement, no transaction around it.
            if let Some(cursor) = &batch.cursor {
                advance::advance(&mut *self.pool.acquire().await?, cursor).await?;
            }
            return Ok(Receipt::default());
        }
        let mut receipt = Receipt { turned_away: batch.turned_away, ..Receipt::default() };
        let rows = prepare(&batch.activities, batch.program.rescan_days > 0, &mut receipt);
        // Nearly all pages are one statement. What else there is to say of a page takes a transaction of several; and only
        // where the database refuses a row, each part of it has a savepoint.
        let mut care = if batch.facts.is_empty() && batch.rejected.is_empty() { Care::None } else { Care::Parts };
        loop {
            let written = match care {
                Care::None => self.write_whole(batch, &rows, receipt).await,
                Care::Parts | Care::EachRow => self.write(batch, &rows, receipt, care).await,
            };
            care = match (&written, care) {
                (Err(StoreError::Conflict { constraint }), _) if RULES_FOR_ALL.contains(&&**constraint) => {
                    return written;
                }
                (Err(StoreError::Conflict { constraint }), Care::None) if constraint == "page_holds_versions" => {
                    Care::Parts
                }
                (Err(StoreError::Conflict { .. } | StoreError::Query(_)), Care::None | Care::Parts) => Care::EachRow,
                _ => return written,
            };
        }
    }

    /// One statement, which is a transaction of its own.
    async fn write_whole(
        &self,
        batch: &Batch<'_>,
        rows: &[Row<'_>],
        mut receipt: Receipt,
    ) -> Result<Receipt, StoreError> {
        let sheet = Sheet::of(batch, rows).whole(batch, receipt);
        take_in(self.warm.keep(&self.pool, &sheet, rows).await?, &mut receipt);
        Ok(receipt)
    }

    async fn write(
        &self,
        batch: &Batch<'_>,
        rows: &[Row<'_>],
        mut receipt: Receipt,
        care: Care,
    ) -> Result<Receipt, StoreError> {
        let mut rejected = batch.rejected.clone();
        let mut tx = self.begin().await?;
        if let Some(cursor) = &batch.cursor {
            advance::advance(&mut tx, cursor).await?;
        }
        let mut evidence = insert_with(care, &mut tx, batch, rows, &mut receipt, &mut rejected).await?;
        if receipt.known > 0 && batch.cursor.is_some() {
            // Only what a service says now is a later version; a file may hold an older or a shortened one.
            let later = editions(&mut tx, rows).await?;
            let known = receipt.known;
            evidence.extend(insert_with(care, &mut tx, batch, &later, &mut receipt, &mut rejected).await?);
            receipt.known = known - later.len() as u64 + (receipt.known - known);
        }
        insert_facts(&mut tx, &batch.facts).await?;
        for (account, raw, reason) in &rejected {
            quarantine(&mut tx, *account, raw, reason).await?;
        }
        receipt.rejected = rejected.len() as u64;
        end(&mut tx, &Sheet::of(batch, &[]), receipt, &evidence).await?;
        tx.commit().await?;
        Ok(receipt)
    }

    /// The exact bytes of activities, as their platforms sent them; none where they are damaged. What was emptied since, or
    /// is gone, is not among them.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn raw_of(&self, ids: &[Uuid]) -> Result<Vec<(Uuid, Option<Vec<u8>>)>, StoreError> {
        let rows = sqlx::query!(
            "select activity_id, raw from activity where activity_id = any($1) and octet_length(raw) > 0",
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|r| (r.activity_id, unpack(&r.raw))).collect())
    }
}

/// Rules that refuse the whole page, whatever its rows are.
const RULES_FOR_ALL: [&str; 2] = ["collector_lease_lost", "lists_changed"];

/// What a page is ready for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// That the database takes all of it; else nothing of it was written.
    None,
    /// The same, for a page with more in it than rows.
    Parts,
    /// That the database refuses a row.
    EachRow,
}

/// Hashes and compresses; counts what the program does not keep and what stands twice in the batch.
fn prepare<'a>(activities: &'a [NewActivity], keep_without_hit: bool, receipt: &mut Receipt) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(activities.len());
    let mut seen = HashSet::with_capacity(activities.len());
    let mut packer = Packer::new();
    for new in activities {
        // The same act twice in one statement: the database would refuse to choose between them.
        if !seen.insert((new.account_id, &new.activity.id)) {
            receipt.known += 1;
            continue;
        }
        if new.hits.is_empty() && !keep_without_hit {
            receipt.passed += 1;
            continue;
        }
        let sha256 = Sha256::digest(&new.raw).into();
        let compressed = packer.pack(&new.raw);
        let external_id = Cow::Borrowed(&*new.activity.id);
        rows.push(Row { id: ActivityId::new(), new, external_id, edition_of: None, compressed, sha256 });
    }
    rows
}

async fn insert_with(
    care: Care,
    tx: &mut PgConnection,
    batch: &Batch<'_>,
    rows: &[Row<'_>],
    receipt: &mut Receipt,
    rejected: &mut Vec<(AccountId, Vec<u8>, String)>,
) -> Result<Vec<(Uuid, String)>, StoreError> {
    if care == Care::EachRow {
        return insert_isolating(tx, batch, rows, receipt, rejected).await;
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    Ok(take_in(keep(tx, &Sheet::of(batch, rows), rows).await?, receipt))
}

/// Counts what was kept; its evidence.
fn take_in(kept: Kept, receipt: &mut Receipt) -> Vec<(Uuid, String)> {
    receipt.kept += kept.rows;
    receipt.known += kept.known;
    receipt.hits += kept.hits;
    kept.evidence
}

/// Inserts all rows at once; where the database refuses, splits until only the one bad row is left out. One poison row
/// costs only itself, and is kept with its bytes.
async fn insert_isolating(
    tx: &mut PgConnection,
    batch: &Batch<'_>,
    rows: &[Row<'_>],
    receipt: &mut Receipt,
    rejected: &mut Vec<(AccountId, Vec<u8>, String)>,
) -> Result<Vec<(Uuid, String)>, StoreError> {
    let mut evidence = Vec::new();
    let mut open: Vec<&[Row<'_>]> = vec![rows];
    while let Some(part) = open.pop() {
        if part.is_empty() {
            continue;
        }
        let mut savepoint = tx.begin().await?;
        match keep(&mut savepoint, &Sheet::of(batch, part), part).await {
            Ok(kept) => {
                savepoint.commit().await?;
                evidence.extend(take_in(kept, receipt));
            }
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            Err(error) => {
                savepoint.rollback().await?;
                match part {
                    [only] => refuse(only, &error, receipt, rejected),
                    _ => {
                        let (left, right) = part.split_at(part.len() / 2);
                        open.extend([right, left]);
                    }
                }
            }
        }
    }
    Ok(evidence)
}

fn refuse(row: &Row<'_>, error: &StoreError, receipt: &mut Receipt, rejected: &mut Vec<(AccountId, Vec<u8>, String)>) {
    match error {
        // Not in the register on that day: nothing of it may stay, not even in quarantine (P01).
        StoreError::Conflict { constraint } if constraint == "activity_in_register" => receipt.turned_away += 1,
        StoreError::Conflict { constraint } => {
            rejected.push((row.new.account_id, row.new.raw.clone(), format!("refused by rule {constraint}")));
        }
        _ => rejected.push((row.new.account_id, row.new.raw.clone(), "refused by the database".to_owned())),
    }
}

async fn quarantine(tx: &mut PgConnection, account: AccountId, raw: &[u8], reason: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into quarantine (quarantine_id, account_id, raw, reason) values ($1, $2, $3, $4)",
        Uuid::now_v7(),
        account.0,
        Packer::new().pack(raw),
        reason
    )
    .execute(tx)
    .await?;
    Ok(())
}
