//! Working copies of keyword files, who changed them, and proposals that wait for their author's word.

use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::keyword::{authors, one_at_a_time};
use super::{Store, StoreError, ledger};
use crate::evidence::ledger::hex;

/// What a draft is the text of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DraftKind {
    /// A keyword file: an election or a shared set.
    Set,
    /// A circular.
    Circular,
}

impl DraftKind {
    /// As in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Circular => "circular",
        }
    }
}

/// The working copy of one file.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Keyword file or circular.
    pub kind: DraftKind,
    /// Id of the set or circular.
    pub draft_id: String,
    /// The file, byte for byte.
    pub text: String,
    /// Counts the edits, from 1.
    pub revision: i64,
    /// Who edited last.
    pub updated_by: String,
    /// When.
    pub updated_at: Timestamp,
}

/// One entry of a draft's history.
#[derive(Clone, Debug)]
pub struct DraftEdit {
    /// Revision that it made.
    pub revision: i64,
    /// Who.
    pub edited_by: String,
    /// When.
    pub edited_at: Timestamp,
    /// Why, in the author's words.
    pub why: String,
}

/// What became of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edited {
    /// Written, as this revision.
    Saved(i64),
    /// The text is as it was.
    Unchanged,
    /// Somebody else was faster: nothing was written.
    Stale {
        /// Who.
        by: String,
        /// The draft's revision now.
        revision: i64,
    },
}

/// A proposal that waits for its author's word.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Id.
    pub proposal_id: Uuid,
    /// Set whose draft it would change.
    pub draft_id: String,
    /// Revision of the draft that it was made from.
    pub revision: i64,
    /// The draft's text as it would be.
    pub text: String,
    /// Where it came from: a file's name, or `tempel`.
    pub origin: String,
    /// Who brought it.
    pub proposed_by: String,
}

impl Store {
    /// All working copies; `text` included, for they make up each other's closures.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        let rows = sqlx::query!(
            "select kind, draft_id, text, revision, updated_by, updated_at from keyword_draft order by kind, draft_id"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| Draft {
                kind: kind_of(&r.kind),
                draft_id: r.draft_id,
                text: r.text,
                revision: r.revision,
                updated_by: r.updated_by,
                updated_at: r.updated_at.to_jiff(),
            })
            .collect())
    }

    /// One working copy.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn draft(&self, kind: DraftKind, id: &str) -> Result<Option<Draft>, StoreError> {
        let row = sqlx::query!(
            "select text, revision, updated_by, updated_at from keyword_draft where kind = $1 and draft_id = $2",
            kind.as_str(),
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| Draft {
            kind,
            draft_id: id.to_owned(),
            text: r.text,
            revision: r.revision,
            updated_by: r.updated_by,
            updated_at: r.updated_at.to_jiff(),
        }))
    }

    /// The revisions of all working copies, and the generation of the lists as that of `live`: what a closure depends on.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn draft_revisions(&self) -> Result<Vec<(DraftKind, String, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select kind as "kind!", draft_id as "draft_id!", revision as "revision!" from keyword_draft
               union all select 'set', '', generation from list_generation order by 1, 2"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|r| (kind_of(&r.kind), r.draft_id, r.revision)).collect())
    }

    /// Writes a working copy. `revision` is what the author had before them: 0 for a new one, `None` for whatever is there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `keyword_draft_id_check` for an id that no file can have.
    pub async fn save_draft(
        &self,
        (kind, id): (DraftKind, &str),
        text: &str,
        revision: Option<i64>,
        why: &str,
        actor: &str,
    ) -> Result<Edited, StoreError> {
        let mut tx = self.begin().await?;
        one_at_a_time(&mut tx).await?;
        let before = sqlx::query!(
            "select revision, updated_by, text from keyword_draft where kind = $1 and draft_id = $2",
            kind.as_str(),
            id
        )
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(before) = &before {
            if before.text == text {
                return Ok(Edited::Unchanged);
            }
            if revision.is_some_and(|expected| expected != before.revision) {
                return Ok(Edited::Stale { by: before.updated_by.clone(), revision: before.revision });
            }
        }
        let next = before.map_or(0, |b| b.revision) + 1;
        sqlx::query!(
            "insert into keyword_draft (kind, draft_id, text, revision, updated_by) values ($1, $2, $3, $4, $5)
             on conflict (kind, draft_id) do update set text = excluded.text, revision = excluded.revision,
                 updated_by = excluded.updated_by, updated_at = now()",
            kind.as_str(),
            id,
            text,
            next,
            actor
        )
        .execute(&mut *tx)
        .await?;
        let sha256 = Sha256::digest(text.as_bytes());
        sqlx::query!(
            "insert into keyword_edit (kind, draft_id, revision, edited_by, why, sha256) values ($1, $2, $3, $4, $5, $6)",
            kind.as_str(),
            id,
            next,
            actor,
            why,
            sha256.as_slice()
        )
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "revision": next, "sha256": hex(&sha256), "why": why });
        ledger::append(&mut tx, "keywords.edited", actor, &format!("{}/{id}", kind.as_str()), &detail).await?;
        tx.commit().await?;
        Ok(Edited::Saved(next))
    }

    /// The latest edits of one working copy, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn draft_edits(&self, kind: DraftKind, id: &str, limit: i64) -> Result<Vec<DraftEdit>, StoreError> {
        let rows = sqlx::query!(
            "select revision, edited_by, edited_at, why from keyword_edit where kind = $1 and draft_id = $2
             order by revision desc limit $3",
            kind.as_str(),
            id,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| DraftEdit {
                revision: r.revision,
                edited_by: r.edited_by,
                edited_at: r.edited_at.to_jiff(),
                why: r.why,
            })
            .collect())
    }

    /// Who changed these files since the set was last published: whoever did can't sign it.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn authors_of(&self, set_id: &str, files: &[(DraftKind, String)]) -> Result<Vec<String>, StoreError> {
        authors(&mut *self.pool.acquire().await?, set_id, files).await
    }

    /// Keeps a proposal until its author takes it or drops it; a person has one per set.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn propose(&self, proposal: &Proposal) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!(
            "delete from keyword_proposal where (draft_id = $1 and proposed_by = $2) or proposed_at < now() - interval '7 days'",
            proposal.draft_id,
            proposal.proposed_by
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "insert into keyword_proposal (proposal_id, draft_id, revision, text, origin, proposed_by) values ($1, $2, $3, $4, $5, $6)",
            proposal.proposal_id,
            proposal.draft_id,
            proposal.revision,
            proposal.text,
            proposal.origin,
            proposal.proposed_by
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// A proposal of this set.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn proposal(&self, set_id: &str, id: Uuid) -> Result<Option<Proposal>, StoreError> {
        Ok(sqlx::query_as!(
            Proposal,
            "select proposal_id, draft_id, revision, text, origin, proposed_by from keyword_proposal
             where draft_id = $1 and proposal_id = $2",
            set_id,
            id
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// Forgets a proposal that was taken or dropped.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn drop_proposal(&self, id: Uuid) -> Result<(), StoreError> {
        sqlx::query!("delete from keyword_proposal where proposal_id = $1", id).execute(&self.pool).await?;
        Ok(())
    }
}

fn kind_of(word: &str) -> DraftKind {
    if word == DraftKind::Circular.as_str() { DraftKind::Circular } else { DraftKind::Set }
}
