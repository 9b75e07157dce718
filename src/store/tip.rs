//! Preliminary information (*informasi awal*): entered by one person, confirmed by another, then an activity like any other
//! of the person's own `tip` account. Nobody collects that account; it exists so that every rule for activities holds.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Place, Program, Store, StoreError, ledger};
use crate::model::{Account, AccountId, PersonId, TipChannel, TipDrop};

/// A picture as it was uploaded, with the type that its bytes show.
#[derive(Clone, Debug)]
pub struct Picture {
    /// `image/png`, `image/jpeg` or `image/webp`.
    pub kind: String,
    /// Every byte as it came.
    pub bytes: Vec<u8>,
}

/// A tip to be stored.
#[derive(Clone, Debug)]
pub struct NewTip {
    /// Whom it concerns.
    pub person: PersonId,
    /// Public address.
    pub url: Option<String>,
    /// What is written there.
    pub text: String,
    /// The screenshot.
    pub picture: Option<Picture>,
    /// How it looks, where that could be told.
    pub looks: Option<[u8; 16]>,
    /// Who told.
    pub reporter: String,
    /// How.
    pub channel: TipChannel,
    /// When they saw it.
    pub seen_at: Timestamp,
    /// When it was posted, where that is known.
    pub posted_at: Option<Timestamp>,
}

/// A tip that was stored.
#[derive(Clone, Debug)]
pub struct Tip {
    /// Id.
    pub tip_id: Uuid,
    /// Whom it concerns.
    pub person_id: PersonId,
    /// Their name.
    pub person: String,
    /// Their unit.
    pub unit: String,
    /// Public address.
    pub url: Option<String>,
    /// What is written there.
    pub text: String,
    /// SHA-256 of the screenshot.
    pub picture_sha256: Option<Vec<u8>>,
    /// How the screenshot looks.
    pub picture_looks: Option<Vec<u8>>,
    /// Who told.
    pub reporter: String,
    /// How.
    pub channel: TipChannel,
    /// When they saw it.
    pub seen_at: Timestamp,
    /// When it was posted.
    pub posted_at: Option<Timestamp>,
    /// Who entered it.
    pub entered_by: String,
    /// When.
    pub entered_at: Timestamp,
    /// Who confirmed it.
    pub confirmed_by: Option<String>,
    /// What the lists said of it: whether there is a hit, and whether one is for the queue.
    pub found: Option<bool>,
}

/// What became of a tip that somebody confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TipEnd {
    /// In the queue.
    Queued,
    /// A hit, but only background.
    Background,
    /// No keyword of the live lists; kept as long as the window for reading again.
    NoHit,
    /// Nothing was kept: the program keeps no activity without a hit, or it is outside the program's days.
    NotKept,
}

macro_rules! tip {
    ($r:expr) => {
        Ok(Tip {
            tip_id: $r.tip_id,
            person_id: $r.person_id.into(),
            person: $r.person,
            unit: $r.unit,
            url: $r.url,
            text: $r.text,
            picture_sha256: $r.picture_sha256,
            picture_looks: $r.picture_looks,
            reporter: $r.reporter,
            channel: $r.channel.parse().map_err(|_| StoreError::Stored { what: "tip" })?,
            seen_at: $r.seen_at.to_jiff(),
            posted_at: $r.posted_at.map(jiff_sqlx::Timestamp::to_jiff),
            entered_by: $r.entered_by,
            entered_at: $r.entered_at.to_jiff(),
            confirmed_by: $r.confirmed_by,
            found: $r.found,
        })
    };
}

impl Store {
    /// Takes a tip in; it waits for a second person.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] names the rule that is not met.
    pub async fn add_tip(&self, new: &NewTip, actor: &str) -> Result<Uuid, StoreError> {
        let id = Uuid::now_v7();
        let picture = new.picture.as_ref();
        let sha256 = picture.map(|p| Sha256::digest(&p.bytes).to_vec());
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into tip (tip_id, person_id, url, text, picture, picture_type, picture_sha256, reporter, channel, seen_at,
                              posted_at, entered_by, picture_looks)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            id,
            new.person.0,
            new.url,
            new.text,
            picture.map(|p| p.bytes.as_slice()),
            picture.map(|p| p.kind.as_str()),
            sha256,
            new.reporter,
            new.channel.as_str(),
            new.seen_at.to_sqlx(),
            new.posted_at.map(ToSqlx::to_sqlx),
            actor,
            new.looks.as_ref().map(<[u8; 16]>::as_slice)
        )
        .execute(&mut *tx)
        .await?;
        let detail = json!({
            "person": new.person.0, "channel": new.channel,
            "picture": sha256.map(|hash| crate::evidence::ledger::hex(&hash)),
        });
        ledger::append(&mut tx, "tip.entered", actor, &format!("tip/{id}"), &detail).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The latest tips, those that wait first, with the view in the ledger.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn view_tips(&self, limit: i64, actor: &str) -> Result<Vec<Tip>, StoreError> {
        let rows = sqlx::query!(
            r#"select t.tip_id, t.person_id, p.name as person, u.name as unit, t.url, t.text, t.picture_sha256, t.picture_looks, t.reporter, t.channel,
                      t.seen_at, t.posted_at, t.entered_by, t.entered_at, t.confirmed_by,
                      (select bool_or(h.state not in ('background', 'withdrawn')) from activity a join hit h using (account_id, activity_id)
                       where a.account_id = t.account_id and a.external_id = t.external_id) as found
               from tip t join person p using (person_id) join unit u using (unit_id)
               order by t.confirmed_at is not null, t.entered_at desc limit $1"#,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let found: Result<Vec<Tip>, StoreError> = rows.into_iter().map(|r| tip!(r)).collect();
        let found = found?;
        self.record("tip.listed", actor, "tip", &json!({ "shown": found.len() })).await?;
        Ok(found)
    }

    /// Tips in the order in which they were entered, the latest first, with the view in the ledger.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn view_tips_after(&self, after: Option<Place>, limit: i64, actor: &str) -> Result<Vec<Tip>, StoreError> {
        let begins = after.map(|place| jiff_sqlx::Timestamp::from(place.at));
        let rows = sqlx::query!(
            r#"select t.tip_id, t.person_id, p.name as person, u.name as unit, t.url, t.text, t.picture_sha256, t.picture_looks, t.reporter, t.channel,
                      t.seen_at, t.posted_at, t.entered_by, t.entered_at, t.confirmed_by,
                      (select bool_or(h.state not in ('background', 'withdrawn')) from activity a join hit h using (account_id, activity_id)
                       where a.account_id = t.account_id and a.external_id = t.external_id) as found
               from tip t join person p using (person_id) join unit u using (unit_id)
               where $1::timestamptz is null or (t.entered_at, t.tip_id) < ($1, $2)
               order by t.entered_at desc, t.tip_id desc limit $3"#,
            begins as _,
            after.map(|place| place.id),
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let found: Result<Vec<Tip>, StoreError> = rows.into_iter().map(|r| tip!(r)).collect();
        let found = found?;
        self.record("tip.listed", actor, "tip", &json!({ "shown": found.len() })).await?;
        Ok(found)
    }

    /// One tip, with the view in the ledger.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn view_tip(&self, id: Uuid, actor: &str) -> Result<Option<Tip>, StoreError> {
        let row = sqlx::query!(
            r#"select t.tip_id, t.person_id, p.name as person, u.name as unit, t.url, t.text, t.picture_sha256, t.picture_looks, t.reporter, t.channel,
                      t.seen_at, t.posted_at, t.entered_by, t.entered_at, t.confirmed_by,
                      (select bool_or(h.state not in ('background', 'withdrawn')) from activity a join hit h using (account_id, activity_id)
                       where a.account_id = t.account_id and a.external_id = t.external_id) as found
               from tip t join person p using (person_id) join unit u using (unit_id)
               where t.tip_id = $1"#,
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(r) = row else { return Ok(None) };
        let found: Result<Tip, StoreError> = tip!(r);
        self.record("tip.viewed", actor, &format!("tip/{id}"), &json!({})).await?;
        found.map(Some)
    }

    /// A tip's screenshot, with the view in the ledger. Who only reads hits sees that of a confirmed tip alone.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn tip_picture(&self, id: Uuid, confirmed: bool, actor: &str) -> Result<Option<Picture>, StoreError> {
        let row = sqlx::query!(
            r#"select picture as "picture!", picture_type as "kind!" from tip
               where tip_id = $1 and picture is not null and (confirmed_at is not null or not $2)"#,
            id,
            confirmed
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(r) = row else { return Ok(None) };
        self.record("tip.viewed", actor, &format!("tip/{id}"), &json!({ "picture": true })).await?;
        Ok(Some(Picture { kind: r.kind, bytes: r.picture }))
    }

    /// The person's account for tips, made by whoever entered the tip and approved by whoever confirms it. `None` where
    /// the tip does not wait, or where both are the same person.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn tip_account(&self, id: Uuid, program: &Program, actor: &str) -> Result<Option<Account>, StoreError> {
        let mut tx = self.begin().await?;
        let tip = sqlx::query!(
            "select person_id, entered_by from tip where tip_id = $1 and confirmed_at is null and entered_by <> $2",
            id,
            actor
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(tip) = tip else { return Ok(None) };
        // Valid from the program's first day: what counts is that the act lies within the program.
        let r = sqlx::query!(
            r#"insert into account (account_id, person_id, platform, handle, external_id, proof, valid_from, linked_by, approved_by, approved_at)
               select $1, $2, 'tip', p.code, $3, 'informasi_awal', $4, $5, $6, now() from person p where p.person_id = $2
               on conflict (platform, external_id) do update set valid_from = least(account.valid_from, excluded.valid_from)
               returning account_id, handle, external_id, valid_from, (xmax = 0) as "made!""#,
            AccountId::new().0,
            tip.person_id,
            format!("tip:{}", tip.person_id),
            program.starts_on.to_sqlx(),
            tip.entered_by,
            actor
        )
        .fetch_one(&mut *tx)
        .await?;
        if r.made {
            let detail = json!({ "platform": "tip", "person": tip.person_id });
            ledger::append(&mut tx, "account.linked", &tip.entered_by, &format!("account/{}", r.account_id), &detail)
                .await?;
            ledger::append(&mut tx, "account.approved", actor, &format!("account/{}", r.account_id), &json!({}))
                .await?;
        }
        tx.commit().await?;
        Ok(Some(Account {
            account_id: r.account_id.into(),
            person_id: tip.person_id.into(),
            platform: "tip".to_owned(),
            handle: r.handle,
            external_id: r.external_id,
            valid_from: r.valid_from.to_jiff(),
            valid_to: None,
        }))
    }

    /// Ties a confirmed tip to the activity that came of it, or removes it where none was kept.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `tip_four_eyes` when it is confirmed by whoever entered it.
    pub async fn confirm_tip(&self, id: Uuid, account: AccountId, actor: &str) -> Result<TipEnd, StoreError> {
        let mut tx = self.begin().await?;
        let kept = sqlx::query_scalar!(
            r#"select (select bool_or(h.level = 'review') from hit h where h.account_id = a.account_id and h.activity_id = a.activity_id) as found
               from activity a where a.account_id = $1 and a.external_id = $2"#,
            account.0,
            id.to_string()
        )
        .fetch_optional(&mut *tx)
        .await?;
        let end = match kept {
            None => TipEnd::NotKept,
            Some(None) => TipEnd::NoHit,
            Some(Some(false)) => TipEnd::Background,
            Some(Some(true)) => TipEnd::Queued,
        };
        let settled = if end == TipEnd::NotKept {
            sqlx::query!("delete from tip where tip_id = $1 and confirmed_at is null", id).execute(&mut *tx).await?
        } else {
            sqlx::query!(
                "update tip set confirmed_by = $2, confirmed_at = now(), account_id = $3, external_id = tip_id::text
                 where tip_id = $1 and confirmed_at is null",
                id,
                actor,
                account.0
            )
            .execute(&mut *tx)
            .await?
        };
        if settled.rows_affected() == 0 {
            // Somebody else was quicker; their row in the ledger is the one.
            return Ok(end);
        }
        let word = match end {
            TipEnd::Queued => "queued",
            TipEnd::Background => "background",
            TipEnd::NoHit => "no_hit",
            TipEnd::NotKept => "not_kept",
        };
        ledger::append(&mut tx, "tip.confirmed", actor, &format!("tip/{id}"), &json!({ "end": word })).await?;
        tx.commit().await?;
        Ok(end)
    }

    /// Removes a tip that waits, for a reason that the ledger keeps; false where it does not wait.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn drop_tip(&self, id: Uuid, why: TipDrop, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done =
            sqlx::query!("delete from tip where tip_id = $1 and confirmed_at is null", id).execute(&mut *tx).await?;
        if done.rows_affected() == 1 {
            // A confirmation that was cut off may have left the activity, and its hit, behind.
            sqlx::query!(
                "delete from activity a using account c
                 where c.account_id = a.account_id and c.platform = 'tip' and a.external_id = $1",
                id.to_string()
            )
            .execute(&mut *tx)
            .await?;
            ledger::append(&mut tx, "tip.dropped", actor, &format!("tip/{id}"), &json!({ "why": why })).await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
