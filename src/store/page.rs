//! A page on its way through the database's functions for it, see `migrations/0019_page.sql`.

use std::borrow::Cow;
use std::time::Instant;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::activity::{Batch, Receipt, Row};
use super::advance::{Advance, Move};
use super::hit_insert::{HitRecord, caps, record, warn_of_noise, words};
use super::{Program, StoreError, TRUSTED};

/// What the database is told of a page besides its rows.
#[derive(Serialize)]
pub(super) struct Sheet<'a> {
    whole: bool,
    #[serde(rename = "move")]
    moves: Option<Move<'a>>,
    program: Uuid,
    zone: &'a str,
    platform: &'a str,
    generation: Option<i64>,
    quiet: bool,
    counts: Receipt,
    caps: Option<Vec<Value>>,
    hits: Vec<HitRecord<'a>>,
}

impl<'a> Sheet<'a> {
    /// Of rows without hits, and of no source.
    pub fn new(program: &'a Program, platform: &'a str) -> Self {
        Self {
            whole: false,
            moves: None,
            program: program.program_id.0,
            zone: &program.timezone,
            platform,
            generation: None,
            quiet: false,
            counts: Receipt::default(),
            caps: None,
            hits: Vec::new(),
        }
    }

    /// Of some rows of a batch.
    pub fn of(batch: &'a Batch<'_>, rows: &'a [Row<'_>]) -> Self {
        let hits: Vec<_> = rows
            .iter()
            .flat_map(|r| {
                r.new.hits.iter().map(move |hit| {
                    let mut made = record(r.new.account_id, r.id, hit, "live");
                    made.words = Some(words(&r.new.activity));
                    made
                })
            })
            .collect();
        Self {
            generation: batch.lists.as_deref().map(|lists| lists.generation),
            // Strangers who react to a campaign are many, and say nothing: the counters hold their number.
            quiet: matches!(batch.cursor, Some(Advance::Campaign(_))),
            caps: batch.lists.as_deref().map(|lists| caps(lists, &hits)),
            hits,
            ..Self::new(batch.program, batch.platform)
        }
    }

    /// Of the whole batch, of which so much is known already.
    pub fn whole(self, batch: &'a Batch<'_>, counts: Receipt) -> Self {
        Self { whole: true, moves: batch.cursor.as_ref().map(Move::from), counts, ..self }
    }

    fn to_text(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError::Query(sqlx::Error::Encode(error.into())))
    }
}

/// What was kept of rows.
pub(super) struct Kept {
    /// New in the database.
    pub rows: u64,
    /// There already.
    pub known: u64,
    /// Hits of the new ones.
    pub hits: u64,
    /// Those of the new ones that have a hit, with the SHA-256 of their bytes in hex.
    pub evidence: Vec<(Uuid, String)>,
}

/// The connection on which pages are written, kept from one to the next. A pool lends the one that rested longest, whose
/// process has tables, plans and the processor's caches to fill again, and a post that comes alone would wait for that.
#[derive(Debug, Default)]
pub(super) struct Warm(Mutex<Option<(PgConnection, Instant)>>);

impl Warm {
    /// The same as [`keep`]; while another page is being written, on a connection of the pool.
    pub async fn keep(&self, pool: &PgPool, sheet: &Sheet<'_>, rows: &[Row<'_>]) -> Result<Kept, StoreError> {
        let Ok(mut warm) = self.0.try_lock() else { return keep(&mut *pool.acquire().await?, sheet, rows).await };
        // Taken out: who is interrupted leaves no connection behind that has an answer to come.
        let alive = match warm.take() {
            Some((connection, at)) if at.elapsed() <= TRUSTED => Some(connection),
            Some((mut connection, _)) => connection.ping().await.is_ok().then_some(connection),
            None => None,
        };
        let mut connection = match alive {
            Some(connection) => connection,
            None => pool.acquire().await?.detach(),
        };
        let kept = keep(&mut connection, sheet, rows).await;
        if !matches!(kept, Err(StoreError::Unavailable(_))) {
            *warm = Some((connection, Instant::now()));
        }
        kept
    }
}

/// Keeps those of the rows that are new, with their hits; and ends the page where the sheet is of the whole of it.
pub(super) async fn keep(
    connection: &mut PgConnection,
    sheet: &Sheet<'_>,
    rows: &[Row<'_>],
) -> Result<Kept, StoreError> {
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
    let kept = sqlx::query!(
        r#"select cardinality(kept) as "rows!", hits as "hits!", apart as "apart!", evidence::text as "evidence!"
           from keep_page($1::text::jsonb, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"#,
        sheet.to_text()?,
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
    .fetch_one(connection)
    .await?;
    warn_of_noise(kept.apart);
    let new = u64::try_from(kept.rows).unwrap_or(0);
    Ok(Kept {
        rows: new,
        known: rows.len() as u64 - new,
        hits: u64::try_from(kept.hits).unwrap_or(0),
        evidence: serde_json::from_str(&kept.evidence).unwrap_or_default(),
    })
}

/// A list as JSON; most are empty.
fn list<T: Serialize>(values: &[T]) -> Cow<'static, str> {
    if values.is_empty() { Cow::Borrowed("[]") } else { Cow::Owned(json!(values).to_string()) }
}

/// Ends a page that took more than one statement.
pub(super) async fn end(
    tx: &mut PgConnection,
    sheet: &Sheet<'_>,
    receipt: Receipt,
    evidence: &[(Uuid, String)],
) -> Result<(), StoreError> {
    sqlx::query!(
        "select page_ends($1::text::jsonb, $2::text::jsonb, $3::text::jsonb)",
        sheet.to_text()?,
        json!(receipt).to_string(),
        json!(evidence).to_string()
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}
