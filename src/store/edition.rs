//! What becomes of a post after it was first read: a later version of it, a deletion that the service announces, a post that
//! is not shown any more. The post itself stays as it was.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::activity::Row;
use super::raw::Packer;
use super::{Store, StoreError};
use crate::evidence::ledger::hex;
use crate::model::{AccountId, ActivityId};

/// What a service says of an activity that netral has.
#[derive(Clone, Debug)]
pub struct NewFact {
    /// Whose.
    pub account_id: AccountId,
    /// The platform's id of the activity.
    pub external_id: String,
    /// `deleted` or `unavailable`.
    pub kind: &'static str,
    /// When, as the service says.
    pub told_at: Option<Timestamp>,
    /// The bytes that say so.
    pub raw: Vec<u8>,
}

/// What is known of an activity beyond its first reading.
#[derive(Clone, Debug, Default)]
pub struct Aftermath {
    /// It is a later version of a post that was read before.
    pub is_edition: bool,
    /// Later versions of it that were read.
    pub editions: i64,
    /// When its author deleted it, as the service says, else when netral was told.
    pub deleted_at: Option<Timestamp>,
    /// Since when it is not shown any more, for no reason that anybody gave.
    pub unavailable_since: Option<Timestamp>,
}

impl Store {
    /// What became of an activity.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn aftermath(&self, account: AccountId, external_id: &str) -> Result<Aftermath, StoreError> {
        let row = sqlx::query!(
            // The account is named each time, so that one part of each table is opened, not sixteen.
            r#"with post as (
                   select coalesce(edition_of, external_id) as id, edition_of is not null as is_edition
                   from activity where account_id = $1 and external_id = $2)
               select p.is_edition as "is_edition!",
                      (select count(*) from activity e
                       where e.account_id = $1 and e.edition_of = p.id and not p.is_edition) as "editions!",
                      (select coalesce(told_at, seen_at) from activity_fact f
                       where f.account_id = $1 and f.external_id = p.id and f.kind = 'deleted') as deleted_at,
                      (select seen_at from activity_fact f
                       where f.account_id = $1 and f.external_id = p.id and f.kind = 'unavailable') as unavailable_since
               from post p"#,
            account.0,
            external_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map_or_else(Aftermath::default, |r| Aftermath {
            is_edition: r.is_edition,
            editions: r.editions,
            deleted_at: r.deleted_at.map(jiff_sqlx::Timestamp::to_jiff),
            unavailable_since: r.unavailable_since.map(jiff_sqlx::Timestamp::to_jiff),
        }))
    }
}

/// Those rows whose post is here already with another text: each as an activity of its own, whose id names the text, so
/// that the same version read twice is one row.
pub(super) async fn editions<'a>(tx: &mut PgConnection, rows: &[Row<'a>]) -> Result<Vec<Row<'a>>, StoreError> {
    let accounts: Vec<_> = rows.iter().map(|r| r.new.account_id.0).collect();
    let ids: Vec<_> = rows.iter().map(|r| r.new.activity.id.clone()).collect();
    let texts: Vec<_> = rows.iter().map(|r| r.new.activity.text.clone()).collect();
    let changed: HashSet<_> = sqlx::query!(
        r#"select a.account_id, a.external_id from activity a
           join unnest($1::uuid[], $2::text[], $3::text[]) as n(account_id, external_id, text)
             on n.account_id = a.account_id and n.external_id = a.external_id
           where is_later_version(a.text, a.raw, n.text)"#,
        &accounts,
        &ids,
        &texts
    )
    .fetch_all(tx)
    .await?
    .into_iter()
    .map(|r| (r.account_id, r.external_id))
    .collect();
    let is_changed = |row: &&Row<'a>| changed.contains(&(row.new.account_id.0, row.new.activity.id.clone()));
    Ok(rows
        .iter()
        .filter(is_changed)
        .map(|row| {
            let id = &*row.new.activity.id;
            let words: String = row.new.activity.text.split_whitespace().collect();
            let text = hex(&Sha256::digest(words.as_bytes()));
            let mark: String = text.chars().take(16).collect();
            // The longest id that the schema takes is 512 bytes.
            let own = if id.len() <= 480 { format!("{id}#{mark}") } else { format!("#{text}") };
            Row { id: ActivityId::new(), external_id: Cow::Owned(own), edition_of: Some(id), ..row.clone() }
        })
        .collect())
}

/// Keeps facts about activities that are here; others are none of netral's business.
pub(super) async fn insert_facts(tx: &mut PgConnection, facts: &[NewFact]) -> Result<(), StoreError> {
    for fact in facts {
        sqlx::query!(
            "insert into activity_fact (account_id, external_id, kind, told_at, raw, raw_sha256)
             select account_id, external_id, $3, $4, $5, $6 from activity where account_id = $1 and external_id = $2
             on conflict do nothing",
            fact.account_id.0,
            fact.external_id,
            fact.kind,
            fact.told_at.map(ToSqlx::to_sqlx) as _,
            Packer::new().pack(&fact.raw),
            Sha256::digest(&fact.raw).to_vec()
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
