//! The one write path of collection: a page of activities, their hits, the counters, the ledger row and the source's
//! cursor commit together, so that a crash re-reads a page and never loses or doubles one (invariant 3).

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::advance::{self, Advance};
use super::edition::{NewFact, editions, insert_facts};
use super::hit_insert::{insert_hits, record, words};
use super::raw::{Packer, unpack};
use super::teaching::settle_keywords;
use super::{ListFrame, Program, Store, StoreError};
use crate::evidence::ledger::hex;
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
        match self.write(batch, &rows, receipt, Care::None).await {
            // Seldom, so that no page pays for the savepoints that it does not need.
            Err(StoreError::Conflict { constraint }) if !RULES_FOR_ALL.contains(&&*constraint) => {
                self.write(batch, &rows, receipt, Care::EachRow).await
            }
            Err(StoreError::Query(_)) => self.write(batch, &rows, receipt, Care::EachRow).await,
            ended => ended,
        }
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
        // Strangers who react to a campaign are many, and say nothing: the counters hold their number.
        let tells = receipt.turned_away > 0 && !matches!(batch.cursor, Some(Advance::Campaign(_)));
        let tells = receipt.kept > 0 || receipt.rejected > 0 || tells;
        let detail = tells.then(|| json!({ "platform": batch.platform, "counts": receipt, "evidence": evidence }));
        let frame = batch.lists.as_deref();
        end(&mut tx, (batch.program, batch.platform), frame, receipt, detail.map(|d| d.to_string())).await?;
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
    let inserted = insert(tx, batch, rows).await?;
    Ok(take_in(rows, &inserted, receipt).collect())
}

/// Counts what was inserted; the evidence of the rows with a hit.
fn take_in<'a>(
    rows: &'a [Row<'_>],
    (kept, hits): &'a (HashSet<Uuid>, u64),
    receipt: &mut Receipt,
) -> impl Iterator<Item = (Uuid, String)> + 'a {
    receipt.kept += kept.len() as u64;
    receipt.known += (rows.len() - kept.len()) as u64;
    receipt.hits += hits;
    let with_hits = rows.iter().filter(|r| !r.new.hits.is_empty() && kept.contains(&r.id.0));
    with_hits.map(|r| (r.id.0, hex(&r.sha256)))
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
        match insert(&mut savepoint, batch, part).await {
            Ok(inserted) => {
                savepoint.commit().await?;
                evidence.extend(take_in(part, &inserted, receipt));
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

/// Inserts the activities themselves; returns which of them are new.
pub(super) async fn insert_activities(
    tx: &mut PgConnection,
    program: &Program,
    rows: &[Row<'_>],
) -> Result<HashSet<Uuid>, StoreError> {
    let accounts: Vec<_> = rows.iter().map(|r| r.new.account_id.0).collect();
    let ids: Vec<_> = rows.iter().map(|r| r.id.0).collect();
    let external: Vec<&str> = rows.iter().map(|r| &*r.external_id).collect();
    let edition_of: Vec<Option<&str>> = rows.iter().map(|r| r.edition_of).collect();
    let verbs: Vec<&str> = rows.iter().map(|r| r.new.activity.verb.as_str()).collect();
    let texts: Vec<&str> = rows.iter().map(|r| &*r.new.activity.text).collect();
    let urls: Vec<Option<&str>> = rows.iter().map(|r| r.new.activity.url.as_deref()).collect();
    let times =
        |f: fn(&Row<'_>) -> Option<Timestamp>| rows.iter().map(|r| f(r).map(ToSqlx::to_sqlx)).collect::<Vec<_>>();
    let happened = times(|r| r.new.activity.happened_at);
    let posted = times(|r| r.new.activity.posted_at);
    let seen: Vec<_> = rows.iter().map(|r| r.new.seen_at.to_sqlx()).collect();
    let media: Vec<_> = rows.iter().map(|r| list(&r.new.activity.media)).collect();
    let targets: Vec<_> = rows.iter().map(|r| r.new.activity.target.as_ref().map(|t| json!(t).to_string())).collect();
    let hashtags: Vec<_> = rows.iter().map(|r| list(&r.new.activity.hashtags)).collect();
    let mentions: Vec<_> = rows.iter().map(|r| list(&r.new.activity.mentions)).collect();
    let raw: Vec<&[u8]> = rows.iter().map(|r| &*r.compressed).collect();
    let sha256: Vec<&[u8]> = rows.iter().map(|r| &r.sha256[..]).collect();
    let inserted = sqlx::query_scalar!(
        r#"with added as (insert into activity (account_id, activity_id, program_id, external_id, verb, text, url, happened_at, posted_at,
                                 seen_at, media, target, hashtags, mentions, raw, raw_sha256, edition_of)
           select a.account_id, a.activity_id, $1, a.external_id, a.verb, a.text, a.url, a.happened_at, a.posted_at,
                  a.seen_at, a.media::jsonb, a.target::jsonb, a.hashtags::jsonb, a.mentions::jsonb, a.raw, a.raw_sha256,
                  a.edition_of
           from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
                       $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[],
                       $15::bytea[], $16::bytea[], $17::text[])
                as a(account_id, activity_id, external_id, verb, text, url, happened_at, posted_at, seen_at, media, target,
                     hashtags, mentions, raw, raw_sha256, edition_of)
           on conflict (account_id, external_id) do nothing
           returning activity_id)
           select coalesce(array_agg(activity_id), '{}') as "ids!" from added"#,
        program.program_id.0,
        &accounts,
        &ids,
        &external as _,
        &verbs as _,
        &texts as _,
        &urls as _,
        &happened as _,
        &posted as _,
        &seen as _,
        &media as _,
        &targets as _,
        &hashtags as _,
        &mentions as _,
        &raw as _,
        &sha256 as _,
        &edition_of as _
    )
    .fetch_one(&mut *tx)
    .await?;
    Ok(inserted.into_iter().collect())
}

async fn insert(
    tx: &mut PgConnection,
    batch: &Batch<'_>,
    rows: &[Row<'_>],
) -> Result<(HashSet<Uuid>, u64), StoreError> {
    let kept = insert_activities(tx, batch.program, rows).await?;
    let hits: Vec<_> = rows
        .iter()
        .filter(|r| kept.contains(&r.id.0))
        .flat_map(|r| {
            r.new.hits.iter().map(move |hit| {
                let mut made = record(r.new.account_id, r.id, hit, "live");
                made.words = Some(words(&r.new.activity));
                made
            })
        })
        .collect();
    if !hits.is_empty() {
        insert_hits(tx, &hits).await?;
        if let Some(frame) = &batch.lists {
            settle_keywords(tx, frame, batch.program, &hits).await?;
        }
    }
    Ok((kept, hits.len() as u64))
}

/// A list as JSON; most are empty.
fn list<T: Serialize>(values: &[T]) -> Cow<'static, str> {
    if values.is_empty() { Cow::Borrowed("[]") } else { Cow::Owned(json!(values).to_string()) }
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

/// The page's last statement: the lists that made the hits are still the live ones, the counters move on, and the ledger says
/// what came in. Together, because each statement is a way to the database and back.
pub(super) async fn end(
    tx: &mut PgConnection,
    (program, platform): (&Program, &str),
    lists: Option<&ListFrame>,
    receipt: Receipt,
    detail: Option<String>,
) -> Result<(), StoreError> {
    let n = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let same = sqlx::query_scalar!(
        r#"select page_ends($1, $2, $3, $4, $5, $6, $7, $8, $9) as "same!""#,
        lists.map(|lists| lists.generation) as _,
        program.program_id.0,
        program.timezone,
        platform,
        n(receipt.kept),
        n(receipt.known),
        n(receipt.turned_away),
        n(receipt.rejected),
        detail as _
    )
    .fetch_one(tx)
    .await?;
    if same { Ok(()) } else { Err(StoreError::Conflict { constraint: "lists_changed".to_owned() }) }
}
