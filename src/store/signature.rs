//! The second person: who vouched for which content of a list, and who may stand in.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use uuid::Uuid;

use super::keyword::{authors, one_at_a_time};
use super::{DraftKind, Store, StoreError, ledger};

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
