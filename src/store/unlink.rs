//! What remains of an account that turned out to be somebody else's: its row, and decisions with nothing of a post.

use sqlx::PgConnection;

use super::StoreError;
use crate::model::AccountId;

/// The account was never this person's: what it named is removed, and so is what was read of it and what waits of it in
/// the queue. Decisions stay, with nothing of a post.
pub(super) async fn unlink(tx: &mut PgConnection, account: AccountId) -> Result<(), StoreError> {
    // Whoever is deciding on one of its hits is waited for: their decision stays, the others' hits go.
    sqlx::query!("select hit_id from hit where account_id = $1 for update", account.0).fetch_all(&mut *tx).await?;
    withdraw_declared(tx, account).await?;
    sqlx::query!(
        "update account set valid_to = greatest(valid_from, least(valid_to, current_date)), unlinked_at = now(),
                            stopped_at = coalesce(stopped_at, clock_timestamp()),
                            handle = 'dilepas', external_id = 'dilepas:' || account_id, proof_note = '', end_why = ''
         where account_id = $1",
        account.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from activity a where a.account_id = $1 and not exists (
             select 1 from hit h join decision d using (account_id, hit_id)
             where h.account_id = a.account_id and h.activity_id = a.activity_id)",
        account.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from hit h where h.account_id = $1 and not exists (
             select 1 from decision d where d.account_id = h.account_id and d.hit_id = h.hit_id)",
        account.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from activity_fact where account_id = $1", account.0).execute(&mut *tx).await?;
    sqlx::query!(
        "update activity set text = '', url = null, media = '[]', target = null, hashtags = '[]', mentions = '[]', raw = ''
         where account_id = $1",
        account.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"update hit set matches = (select jsonb_agg(m || '{"surface": "", "start": 0, "end": 0}') from jsonb_array_elements(matches) m),
                          reason = '(isi sudah dihapus)', counter = '{}', claimed_by = null, claimed_until = null,
                          group_id = hit_id,
                          state = case when closes then 'decided' else state end,
                          verdict = case when closes then 'bukan_dugaan' else verdict end,
                          closed_at = case when closes then coalesce(closed_at, now()) else closed_at end
           from (select hit_id as id, state in ('open', 'asked', 'quarantined', 'decided') as closes from hit where account_id = $1) x
           where account_id = $1 and hit_id = x.id"#,
        account.0
    )
    .execute(&mut *tx)
    .await?;
    // Nobody is asked any more; of what was answered only the outcome stays.
    sqlx::query!("delete from clarification where account_id = $1 and settled_at is null", account.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "update clarification set answer = '(isi sudah dihapus)', attachment = null, attachment_type = null, letter = case when letter is null then null else '' end
         where account_id = $1",
        account.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("delete from quarantine where account_id = $1", account.0).execute(&mut *tx).await?;
    sqlx::query!("delete from rescan_held where account_id = $1", account.0).execute(&mut *tx).await?;
    sqlx::query!("delete from collector_state where account_id = $1", account.0).execute(&mut *tx).await?;
    Ok(())
}

/// Takes the account's handle out of the declaration that it came from; the others stay, each in its place.
async fn withdraw_declared(tx: &mut PgConnection, account: AccountId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"update declaration d
           set accounts = (select coalesce(jsonb_agg(case
                   when d.accepted @> jsonb_build_array(jsonb_build_object('declared', e.n - 1, 'account', a.account_id))
                     or (e.declared ->> 'platform' = a.platform
                         and handle_key(a.platform, e.declared ->> 'handle') = handle_key(a.platform, a.handle))
                   then e.declared || '{"handle": ""}' else e.declared end order by e.n), '[]')
               from jsonb_array_elements(d.accounts) with ordinality as e(declared, n))
           from account a
           where a.account_id = $1 and d.person_id = a.person_id and d.state = 'accepted'"#,
        account.0
    )
    .execute(tx)
    .await?;
    Ok(())
}
