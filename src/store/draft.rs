//! Working copies of keyword files: who changed them, who may sign them, who signed.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
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

/// A signature.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Who.
    pub signed_by: String,
    /// For whom, where it was a stand-in.
    pub on_behalf_of: Option<String>,
    /// When.
    pub signed_at: Timestamp,
}

/// What became of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// Written.
    Done,
    /// This person has signed exactly this before.
    Already,
    /// This person wrote part of it.
    OwnWork,
    /// Neither a signer nor anybody's stand-in today.
    NotEntitled,
}

/// Somebody who may sign while a signer is absent.
#[derive(Clone, Debug)]
pub struct StandIn {
    /// Id.
    pub stand_in_id: Uuid,
    /// Log-in of the absent signer.
    pub for_login: String,
    /// Log-in of the stand-in.
    pub login: String,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Date,
    /// Why.
    pub why: String,
    /// Who appointed.
    pub appointed_by: String,
    /// When.
    pub appointed_at: Timestamp,
    /// Set where it was ended early.
    pub ended_at: Option<Timestamp>,
}

/// An appointment to be made.
#[derive(Clone, Debug)]
pub struct NewStandIn<'a> {
    /// Log-in of the signer who will be absent.
    pub for_login: &'a str,
    /// Log-in of the stand-in.
    pub login: &'a str,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Date,
    /// Why, at least five characters.
    pub why: &'a str,
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
        Ok(self.drafts().await?.into_iter().find(|d| d.kind == kind && d.draft_id == id))
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

    /// Signs exactly this content, as a signer or as a stand-in.
    ///
    /// A stand-in counts for the days of the appointment, if it was made before this content was last edited, by somebody
    /// who did not write any of it, for a signer who did not either.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn sign_set(
        &self,
        (set_id, version): (&str, &str),
        files: &[(DraftKind, String)],
        (signer, entitled): (&str, bool),
    ) -> Result<Signed, StoreError> {
        let mut tx = self.begin().await?;
        one_at_a_time(&mut tx).await?;
        let authors = authors(&mut tx, set_id, files).await?;
        if authors.iter().any(|author| author == signer) {
            return Ok(Signed::OwnWork);
        }
        let on_behalf_of = if entitled {
            None
        } else {
            let kinds: Vec<_> = files.iter().map(|(kind, _)| kind.as_str().to_owned()).collect();
            let ids: Vec<_> = files.iter().map(|(_, id)| id.clone()).collect();
            let absent = sqlx::query_scalar!(
                r#"select s.for_login from keyword_stand_in s
                   join app_user u on u.login = s.for_login and u.disabled_at is null
                   where s.login = $1 and s.ended_at is null
                     and (now() at time zone 'Asia/Jakarta')::date between s.valid_from and s.valid_to
                     and not s.for_login = any ($2) and not s.appointed_by = any ($2)
                     and s.appointed_at <= coalesce((select max(e.edited_at) from keyword_edit e
                         join unnest($3::text[], $4::text[]) f(kind, id) on f.kind = e.kind and f.id = e.draft_id), now())
                   order by s.appointed_at limit 1"#,
                signer,
                &authors,
                &kinds,
                &ids
            )
            .fetch_optional(&mut *tx)
            .await?;
            if absent.is_none() {
                return Ok(Signed::NotEntitled);
            }
            absent
        };
        let written = sqlx::query!(
            "insert into keyword_signature (set_id, version, signed_by, on_behalf_of) values ($1, $2, $3, $4) on conflict do nothing",
            set_id,
            version,
            signer,
            on_behalf_of
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if written == 0 {
            return Ok(Signed::Already);
        }
        let detail = json!({ "version": version, "on_behalf_of": on_behalf_of });
        ledger::append(&mut tx, "keywords.signed", signer, &format!("set/{set_id}"), &detail).await?;
        tx.commit().await?;
        Ok(Signed::Done)
    }

    /// Who signed exactly this content.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn signatures(&self, set_id: &str, version: &str) -> Result<Vec<Signature>, StoreError> {
        let rows = sqlx::query!(
            "select signed_by, on_behalf_of, signed_at from keyword_signature where set_id = $1 and version = $2 order by signed_at",
            set_id,
            version
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| Signature {
                signed_by: r.signed_by,
                on_behalf_of: r.on_behalf_of,
                signed_at: r.signed_at.to_jiff(),
            })
            .collect())
    }

    /// Appoints somebody who may sign while a signer is absent.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `keyword_stand_in_self_check`, `keyword_stand_in_dates_check`, `keyword_stand_in_why_check`,
    /// or a foreign key when a log-in is unknown.
    pub async fn appoint_stand_in(&self, new: &NewStandIn<'_>, actor: &str) -> Result<Uuid, StoreError> {
        let id = Uuid::now_v7();
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into keyword_stand_in (stand_in_id, for_login, login, valid_from, valid_to, why, appointed_by)
             values ($1, $2, $3, $4, $5, $6, $7)",
            id,
            new.for_login,
            new.login,
            new.valid_from.to_sqlx() as _,
            new.valid_to.to_sqlx() as _,
            new.why,
            actor
        )
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "for": new.for_login, "stand_in": new.login, "from": new.valid_from, "to": new.valid_to, "why": new.why });
        ledger::append(&mut tx, "keywords.stand_in", actor, &format!("stand-in/{id}"), &detail).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Ends an appointment early; false if it had ended.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn end_stand_in(&self, id: Uuid, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let ended = sqlx::query!(
            "update keyword_stand_in set ended_at = now() where stand_in_id = $1 and ended_at is null",
            id
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            > 0;
        if ended {
            ledger::append(&mut tx, "keywords.stand_in_ended", actor, &format!("stand-in/{id}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// Every appointment, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn stand_ins(&self) -> Result<Vec<StandIn>, StoreError> {
        let rows = sqlx::query!(
            r#"select stand_in_id, for_login, login, valid_from as "valid_from: jiff_sqlx::Date",
                      valid_to as "valid_to: jiff_sqlx::Date", why, appointed_by, appointed_at, ended_at
               from keyword_stand_in order by appointed_at desc"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| StandIn {
                stand_in_id: r.stand_in_id,
                for_login: r.for_login,
                login: r.login,
                valid_from: r.valid_from.to_jiff(),
                valid_to: r.valid_to.to_jiff(),
                why: r.why,
                appointed_by: r.appointed_by,
                appointed_at: r.appointed_at.to_jiff(),
                ended_at: r.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
            })
            .collect())
    }
}

fn kind_of(word: &str) -> DraftKind {
    if word == DraftKind::Circular.as_str() { DraftKind::Circular } else { DraftKind::Set }
}
