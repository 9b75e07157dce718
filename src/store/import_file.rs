//! Files that people captured by hand: which one was taken in, by whom, and how far.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{Receipt, Store, StoreError, ledger};
use crate::evidence::ledger::hex;
use crate::model::ProgramId;

/// A file, and the way in which it is read.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// The frame.
    pub program_id: ProgramId,
    /// Of its whole content.
    pub sha256: [u8; 32],
    /// Its name without its folder, at most 255 bytes.
    pub name: String,
    /// Its format.
    pub format: String,
    /// Mapping of columns and platform, where they were named.
    pub options: String,
    /// Log-in of the importing officer.
    pub by: String,
}

/// An import, finished or broken off.
#[derive(Clone, Debug)]
pub struct ImportFile {
    /// Its id.
    pub import_file_id: Uuid,
    /// Who did it.
    pub by: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// When it ended; `None` where it was broken off.
    pub ended_at: Option<Timestamp>,
    /// Rows that are done with; the totals' sum.
    pub rows_done: u64,
    /// What became of them.
    pub totals: Receipt,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug)]
pub struct ImportProgress<'a> {
    /// Rows that were done with before: another process that is at the same file moves them.
    pub from: u64,
    /// What became of all rows until now.
    pub totals: &'a Receipt,
    /// Version of the tool that wrote the file, at most 64 bytes.
    pub tool: Option<&'a str>,
}

fn n(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Receipt {
    /// Everything that came in.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.kept + self.known + self.turned_away + self.passed + self.rejected
    }
}

impl Store {
    /// The latest import of a file that was read in the same way in the same frame; one that was broken off goes first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn find_import(&self, new: &NewImport) -> Result<Option<ImportFile>, StoreError> {
        let row = sqlx::query!(
            "select import_file_id, imported_by, begun_at, ended_at, rows_done, kept, known, turned_away, passed, rejected, hits
             from import_file where program_id = $1 and sha256 = $2 and format = $3 and options = $4
             order by ended_at is null desc, begun_at desc limit 1",
            new.program_id.0,
            new.sha256.as_slice(),
            new.format,
            new.options
        )
        .fetch_optional(&self.pool)
        .await?;
        let u = |count: i64| u64::try_from(count).unwrap_or_default();
        Ok(row.map(|r| ImportFile {
            import_file_id: r.import_file_id,
            by: r.imported_by,
            begun_at: r.begun_at.to_jiff(),
            ended_at: r.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
            rows_done: u(r.rows_done),
            totals: Receipt {
                kept: u(r.kept),
                known: u(r.known),
                turned_away: u(r.turned_away),
                rejected: u(r.rejected),
                passed: u(r.passed),
                hits: u(r.hits),
            },
        }))
    }

    /// Begins an import.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `import_file_open` while another import of the same file is unfinished.
    pub async fn begin_import(&self, new: &NewImport) -> Result<Uuid, StoreError> {
        let id = Uuid::now_v7();
        sqlx::query!(
            "insert into import_file (import_file_id, program_id, sha256, name, format, options, imported_by)
             values ($1, $2, $3, $4, $5, $6, $7)",
            id,
            new.program_id.0,
            new.sha256.as_slice(),
            new.name,
            new.format,
            new.options,
            new.by
        )
        .execute(&self.pool)
        .await?;
        Ok(id)
    }

    /// Notes how far an import has come. The rows themselves are committed before: where a process dies in between, they
    /// are read again and found to be known.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `import_file_open` where another process has moved the same import on.
    pub async fn advance_import(&self, id: Uuid, progress: &ImportProgress<'_>) -> Result<(), StoreError> {
        let mut connection = self.pool.acquire().await?;
        advance(&mut connection, id, progress, false).await
    }

    /// Ends an import, and writes it to the ledger: fingerprint and totals, never a name.
    ///
    /// # Errors
    /// As [`Self::advance_import`].
    pub async fn end_import(&self, id: Uuid, progress: &ImportProgress<'_>, new: &NewImport) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        advance(&mut tx, id, progress, true).await?;
        let detail = json!({
            "sha256": hex(&new.sha256),
            "format": new.format,
            "rows": progress.totals.rows(),
            "counts": progress.totals,
        });
        ledger::append(&mut tx, "import.file", &new.by, &format!("import/{id}"), &detail).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn advance(
    connection: &mut sqlx::PgConnection,
    id: Uuid,
    progress: &ImportProgress<'_>,
    ended: bool,
) -> Result<(), StoreError> {
    let totals = progress.totals;
    let moved = sqlx::query!(
        "update import_file set rows_done = $3, kept = $4, known = $5, turned_away = $6, passed = $7, rejected = $8,
             hits = $9, tool = coalesce($10, tool), ended_at = case when $11 then now() end
         where import_file_id = $1 and rows_done = $2 and ended_at is null",
        id,
        n(progress.from),
        n(totals.rows()),
        n(totals.kept),
        n(totals.known),
        n(totals.turned_away),
        n(totals.passed),
        n(totals.rejected),
        n(totals.hits),
        progress.tool,
        ended
    )
    .execute(connection)
    .await?;
    if moved.rows_affected() == 1 {
        return Ok(());
    }
    Err(StoreError::Conflict { constraint: "import_file_open".to_owned() })
}
