//! "Bukan akun saya": an objection stops an account at once, and two people settle it (P09).
//!
//! A page that a worker is reading at that moment is not stored: the stop takes the lease away, and whoever inserts
//! activities without one waits for it at the account's row and is then refused by `activity_in_register`.

use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::unlink::unlink;
use super::{Store, StoreError, ledger};
use crate::model::{AccountId, PersonId};

/// Days after a dismissal in which another objection over the open form is looked at before it stops anything.
const SOON_DAYS: i32 = 30;

/// Who objects.
#[derive(Clone, Copy, Debug)]
pub enum Objector<'a> {
    /// The person, over an invitation's link.
    Person {
        /// The invitation.
        invitation: Uuid,
    },
    /// A user, for the person.
    User(&'a str),
}

/// An objection as its page shows it.
#[derive(Clone, Debug)]
pub struct Objection {
    /// Id.
    pub objection_id: Uuid,
    /// The account.
    pub account_id: AccountId,
    /// Whose it was said to be.
    pub person_id: PersonId,
    /// Their name.
    pub person: String,
    /// Their unit.
    pub unit: String,
    /// Platform.
    pub platform: String,
    /// Handle; gone once the objection was upheld.
    pub handle: String,
    /// The person wrote it themselves.
    pub by_person: bool,
    /// When.
    pub raised_at: Timestamp,
    /// What they say.
    pub reason: String,
    /// The account stands still because of it; not where one like it was dismissed shortly before.
    pub stops: bool,
    /// `open`, `upheld` or `dismissed`.
    pub state: String,
    /// What the first of the two says, who it was, and why.
    pub proposal: Option<(bool, String, String)>,
    /// Who settled it, when, and why.
    pub settled: Option<(String, Timestamp, String)>,
}

/// What became of a word on an objection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settling {
    /// It waits for a second person who says the same.
    Proposed,
    /// The account is unlinked, what was read of it is gone.
    Upheld,
    /// The account is read again.
    Dismissed,
    /// The first of the two can't be the second as well.
    SamePerson,
    /// There is no open objection of that id.
    Gone,
}

impl Store {
    /// *Bukan akun saya*: stops an account by name at once; false if there is no such account or it is stopped already.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn stop_account(&self, platform: &str, handle: &str, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let ids = sqlx::query_scalar!(
            "select account_id from account
             where platform = $1 and (handle_key(platform, handle) = handle_key($1, $2) or external_id = $2) and stopped_at is null and platform <> 'tip'",
            platform,
            handle
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut stopped = false;
        for id in ids {
            stopped |= raise(&mut tx, AccountId(id), Objector::User(actor), "").await?;
        }
        tx.commit().await?;
        Ok(stopped)
    }

    /// Stops one account for the person behind it; false where it stands still already or there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn object(&self, account: AccountId, reason: &str, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let stopped = raise(&mut tx, account, Objector::User(actor), reason).await?;
        tx.commit().await?;
        Ok(stopped)
    }

    /// Stops the person's accounts that a handle names, or, without one or where it names none of theirs, all of them;
    /// returns how many. Where two people dismissed an objection to the account shortly before, this one only waits for
    /// them. Where there is no account at all, only a ledger row says that somebody tried.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn object_in_person(
        &self,
        person: PersonId,
        invitation: Uuid,
        handle: Option<&str>,
        reason: &str,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let ids = sqlx::query_scalar!(
            "select account_id from account
             where person_id = $1 and platform <> 'tip' and unlinked_at is null
               and ($2::text is null or handle_key(platform, handle) = handle_key(platform, $2) or lower(external_id) = lower($2))",
            person.0,
            handle
        )
        .fetch_all(&mut *tx)
        .await?;
        // A name that fits none of theirs is a slip of the pen: whoever objects is not left with accounts that are read on.
        let ids =
            match handle {
                Some(_) if ids.is_empty() => sqlx::query_scalar!(
                    "select account_id from account where person_id = $1 and platform <> 'tip' and unlinked_at is null",
                    person.0
                )
                .fetch_all(&mut *tx)
                .await?,
                _ => ids,
            };
        let mut stopped = 0;
        for id in &ids {
            stopped += u64::from(raise(&mut tx, AccountId(*id), Objector::Person { invitation }, reason).await?);
        }
        if ids.is_empty() {
            ledger::append(&mut tx, "objection.unmatched", "person", &format!("person/{person}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(stopped)
    }

    /// Open objections, oldest first, and the latest `settled` that are settled. The view is in the ledger.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn view_objections(&self, settled: i64, actor: &str) -> Result<Vec<Objection>, StoreError> {
        let rows = sqlx::query!(
            r#"with wanted as (
                   select objection_id from objection where state = 'open'
                   union all
                   (select objection_id from objection where state <> 'open' order by settled_at desc limit $1))
               select o.objection_id, o.account_id, a.person_id, p.name as person, u.name as unit, a.platform, a.handle,
                      o.source, o.raised_at, o.reason, o.stops, o.state, o.proposed, o.proposed_by, o.proposed_why, o.settled_by,
                      o.settled_at, o.settled_why
               from wanted join objection o using (objection_id) join account a using (account_id)
               join person p using (person_id) join unit u using (unit_id)
               order by o.state <> 'open', coalesce(o.settled_at, o.raised_at), o.objection_id"#,
            settled
        )
        .fetch_all(&self.pool)
        .await?;
        let found: Vec<_> = rows
            .into_iter()
            .map(|r| Objection {
                objection_id: r.objection_id,
                account_id: r.account_id.into(),
                person_id: r.person_id.into(),
                person: r.person,
                unit: r.unit,
                platform: r.platform,
                handle: r.handle,
                by_person: r.source == "orang",
                raised_at: r.raised_at.to_jiff(),
                reason: r.reason,
                stops: r.stops,
                state: r.state,
                proposal: r
                    .proposed
                    .zip(r.proposed_by)
                    .zip(r.proposed_why)
                    .map(|((proposed, by), why)| (proposed == "upheld", by, why)),
                settled: r
                    .settled_by
                    .zip(r.settled_at)
                    .zip(r.settled_why)
                    .map(|((by, at), why)| (by, at.to_jiff(), why)),
            })
            .collect();
        self.record("objection.listed", actor, "register", &json!({ "shown": found.len() })).await?;
        Ok(found)
    }

    /// One person's word on an objection. The first word only proposes; the second settles where it is the same and
    /// somebody else's, and takes the proposal's place where it differs.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `objection_why_check` when the reason is too short.
    pub async fn settle_objection(
        &self,
        id: Uuid,
        upheld: bool,
        why: &str,
        actor: &str,
    ) -> Result<Settling, StoreError> {
        let mut tx = self.begin().await?;
        let open = sqlx::query!(
            "select account_id, proposed, proposed_by from objection where objection_id = $1 and state = 'open' for update",
            id
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(open) = open else { return Ok(Settling::Gone) };
        let word = if upheld { "upheld" } else { "dismissed" };
        let subject = format!("account/{}", open.account_id);
        let detail = json!({ "objection": id, "word": word });
        if open.proposed.as_deref() != Some(word) {
            sqlx::query!(
                "update objection set proposed = $2, proposed_by = $3, proposed_at = now(), proposed_why = $4 where objection_id = $1",
                id,
                word,
                actor,
                why
            )
            .execute(&mut *tx)
            .await?;
            ledger::append(&mut tx, "objection.proposed", actor, &subject, &detail).await?;
            tx.commit().await?;
            return Ok(Settling::Proposed);
        }
        if open.proposed_by.as_deref() == Some(actor) {
            return Ok(Settling::SamePerson);
        }
        // The clock, not the transaction's beginning: the account may have been stopped since.
        sqlx::query!(
            "update objection set state = $2, settled_by = $3, settled_at = clock_timestamp(), settled_why = $4 where objection_id = $1",
            id,
            word,
            actor,
            why
        )
        .execute(&mut *tx)
        .await?;
        if upheld {
            unlink(&mut tx, AccountId(open.account_id)).await?;
        } else {
            sqlx::query!("update account set stopped_at = null where account_id = $1", open.account_id)
                .execute(&mut *tx)
                .await?;
            sqlx::query!("update collector_state set due_at = now() where account_id = $1", open.account_id)
                .execute(&mut *tx)
                .await?;
        }
        let kind = if upheld { "objection.upheld" } else { "objection.dismissed" };
        ledger::append(&mut tx, kind, actor, &subject, &detail).await?;
        tx.commit().await?;
        Ok(if upheld { Settling::Upheld } else { Settling::Dismissed })
    }
}

/// Stops an account and opens the objection; false where it stands still already, was unlinked, or is none, and where the
/// objection only waits because one like it was dismissed shortly before.
async fn raise(tx: &mut PgConnection, account: AccountId, by: Objector<'_>, reason: &str) -> Result<bool, StoreError> {
    // `for update` waits for transactions that have just inserted activities of this account, and they for us.
    let stopped = sqlx::query_scalar!(
        r#"select stopped_at is not null as "stopped!" from account
           where account_id = $1 and platform <> 'tip' and unlinked_at is null for update"#,
        account.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    if stopped != Some(false) {
        return Ok(false);
    }
    let before = sqlx::query!(
        r#"select (select objection_id from objection where account_id = $1 and state = 'open') as waits,
                  exists (select 1 from objection where account_id = $1 and state = 'dismissed'
                          and settled_at > now() - make_interval(days => $2)) as "soon!""#,
        account.0,
        SOON_DAYS
    )
    .fetch_one(&mut *tx)
    .await?;
    let stops = !(before.soon && matches!(by, Objector::Person { .. }));
    if !stops && before.waits.is_some() {
        return Ok(false);
    }
    if stops {
        stop(tx, account).await?;
    }
    let (source, invitation, actor) = match by {
        Objector::Person { invitation } => ("orang", Some(invitation), "person"),
        Objector::User(login) => ("operator", None, login),
    };
    let id = match before.waits {
        Some(id) => {
            sqlx::query!(
                "update objection set stops = true, reason = left(concat_ws(E'\n', nullif(reason, ''), nullif($2, '')), 2000)
                 where objection_id = $1",
                id,
                reason
            )
            .execute(&mut *tx)
            .await?;
            id
        }
        None => {
            let id = Uuid::now_v7();
            sqlx::query!(
                "insert into objection (objection_id, account_id, source, invitation_id, raised_by, reason, stops)
                 values ($1, $2, $3, $4, $5, $6, $7)",
                id,
                account.0,
                source,
                invitation,
                actor,
                reason,
                stops
            )
            .execute(&mut *tx)
            .await?;
            id
        }
    };
    let detail = json!({ "objection": id, "source": source });
    let kind = if stops { "account.stopped" } else { "objection.noted" };
    ledger::append(tx, kind, actor, &format!("account/{account}"), &detail).await?;
    Ok(stops)
}

/// From now on nothing of the account is stored, not even the page that is being read.
async fn stop(tx: &mut PgConnection, account: AccountId) -> Result<(), StoreError> {
    sqlx::query!("update account set stopped_at = clock_timestamp() where account_id = $1", account.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("update collector_state set leased_by = null, leased_until = null where account_id = $1", account.0)
        .execute(&mut *tx)
        .await?;
    Ok(())
}
