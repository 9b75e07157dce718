//! Published keyword sets: the exact source text that made each hit, which version is live, and the reading again that
//! follows a publication.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;
use sqlx::PgConnection;
use sqlx::postgres::PgListener;
use uuid::Uuid;

use super::{DraftKind, Store, StoreError, ledger};

/// A set to be published.
#[derive(Clone, Debug)]
pub struct PublishedSet {
    /// Id of the election's set.
    pub set_id: String,
    /// Fingerprint of the closure.
    pub version: String,
    /// Title.
    pub title: String,
    /// Id of its circular.
    pub circular: String,
    /// Every file of the closure: name and text.
    pub sources: Vec<(String, String)>,
    /// The same files by what they are; who edited them since the last publication counts as its author.
    pub files: Vec<(DraftKind, String)>,
}

/// A version that was published, as the pages list it.
#[derive(Clone, Debug)]
pub struct SetVersion {
    /// Id of the set.
    pub set_id: String,
    /// Fingerprint.
    pub version: String,
    /// Number of the publication within its set, from 1.
    pub number: i32,
    /// Title.
    pub title: String,
    /// Id of its circular.
    pub circular: String,
    /// When.
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: String,
    /// Who wrote what changed.
    pub authors: Vec<String>,
    /// Who vouched for it.
    pub signed_by: String,
    /// Set where it is not live any more.
    pub retired_at: Option<Timestamp>,
}

/// What workers need to know of the live lists besides their text: which generation they are, and how often a keyword may
/// be in a hit on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFrame {
    /// Counts every publication and retirement; a page that was matched with another generation is not taken.
    pub generation: i64,
    /// Daily caps by set and keyword.
    pub caps: HashMap<(String, String), u32>,
}

/// What became of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publication {
    /// Live now, under this number.
    Published(i32),
    /// Exactly this was live already.
    AlreadyLive,
    /// Nobody has signed exactly this who did not also write it.
    NotSigned,
}

/// The database's word that what is live has changed.
pub struct ListWords(PgListener);

impl ListWords {
    /// Waits for the next word; false where the connection is gone and words may have been missed.
    pub async fn next(&mut self) -> bool {
        self.0.try_recv().await.is_ok_and(|word| word.is_some())
    }
}

impl Store {
    /// Publishes a signed version, retires the one before and orders the window to be read again.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away: nothing happened.
    pub async fn publish_set(&self, set: &PublishedSet, actor: &str) -> Result<Publication, StoreError> {
        let mut tx = self.begin().await?;
        one_at_a_time(&mut tx).await?;
        let live =
            sqlx::query_scalar!("select version from keyword_set where set_id = $1 and retired_at is null", set.set_id)
                .fetch_optional(&mut *tx)
                .await?;
        if live.as_deref() == Some(set.version.as_str()) {
            return Ok(Publication::AlreadyLive);
        }
        let mut authors = authors(&mut tx, &set.set_id, &set.files).await?;
        if authors.is_empty() {
            // Taken up again as it stands: whoever does so needs a second person, too.
            authors.push(actor.to_owned());
        }
        let signed_by = sqlx::query_scalar!(
            "select signed_by from keyword_signature where set_id = $1 and version = $2 and not signed_by = any ($3) order by signed_at limit 1",
            set.set_id,
            set.version,
            &authors
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(signed_by) = signed_by else { return Ok(Publication::NotSigned) };
        sqlx::query!("update keyword_set set retired_at = now() where set_id = $1 and retired_at is null", set.set_id)
            .execute(&mut *tx)
            .await?;
        let number = sqlx::query_scalar!(
            "insert into keyword_set (set_id, version, title, circular, sources, published_by, number, authors, signed_by)
             values ($1, $2, $3, $4, $5, $6, (select coalesce(max(number), 0) + 1 from keyword_set where set_id = $1), $7, $8)
             on conflict (set_id, version) do update set retired_at = null
             returning number",
            set.set_id,
            set.version,
            set.title,
            set.circular,
            json!(set.sources).to_string(),
            actor,
            &authors,
            signed_by
        )
        .fetch_one(&mut *tx)
        .await?;
        order_rescan(&mut tx, &set.set_id, &set.version, live.as_deref(), actor).await?;
        let detail = json!({ "version": set.version, "number": number, "replaces": live, "authors": authors, "signed_by": signed_by });
        ledger::append(&mut tx, "keywords.published", actor, &format!("set/{}", set.set_id), &detail).await?;
        tx.commit().await?;
        Ok(Publication::Published(number))
    }

    /// Ends a set: nothing is matched with it any more; its open hits stay for people to decide. False where none is live.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn retire_set(&self, set_id: &str, why: &str, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        one_at_a_time(&mut tx).await?;
        let live = sqlx::query_scalar!(
            "update keyword_set set retired_at = now() where set_id = $1 and retired_at is null returning version",
            set_id
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(version) = live else { return Ok(false) };
        supersede_rescans(&mut tx, set_id).await?;
        let detail = json!({ "version": version, "why": why });
        ledger::append(&mut tx, "keywords.retired", actor, &format!("set/{set_id}"), &detail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Has the window read again with the live version; false where none is live.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn order_rescan(&self, set_id: &str, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        one_at_a_time(&mut tx).await?;
        let live =
            sqlx::query_scalar!("select version from keyword_set where set_id = $1 and retired_at is null", set_id)
                .fetch_optional(&mut *tx)
                .await?;
        let Some(version) = live else { return Ok(false) };
        order_rescan(&mut tx, set_id, &version, Some(&version), actor).await?;
        let detail = json!({ "version": version });
        ledger::append(&mut tx, "keywords.rescan", actor, &format!("set/{set_id}"), &detail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Every version that was ever published, by set, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn set_versions(&self) -> Result<Vec<SetVersion>, StoreError> {
        let rows = sqlx::query!(
            "select set_id, version, number, title, circular, published_at, published_by, authors, signed_by, retired_at
             from keyword_set order by set_id, (retired_at is null) desc, number desc"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| SetVersion {
                set_id: r.set_id,
                version: r.version,
                number: r.number,
                title: r.title,
                circular: r.circular,
                published_at: r.published_at.to_jiff(),
                published_by: r.published_by,
                authors: r.authors,
                signed_by: r.signed_by,
                retired_at: r.retired_at.map(jiff_sqlx::Timestamp::to_jiff),
            })
            .collect())
    }

    /// The live versions, by set.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn live_sets(&self) -> Result<Vec<SetVersion>, StoreError> {
        let mut versions = self.set_versions().await?;
        versions.retain(|v| v.retired_at.is_none());
        Ok(versions)
    }

    /// Source text of one published version; `None` where it never was.
    ///
    /// # Errors
    /// [`StoreError::Stored`] when the row is damaged.
    pub async fn sources_of(&self, set_id: &str, version: &str) -> Result<Option<Vec<(String, String)>>, StoreError> {
        let text =
            sqlx::query_scalar!("select sources from keyword_set where set_id = $1 and version = $2", set_id, version)
                .fetch_optional(&self.pool)
                .await?;
        text.map(|text| parse_sources(&text)).transpose()
    }

    /// Number of the last change of what is live.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn list_generation(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!("select generation from list_generation").fetch_one(&self.pool).await?)
    }

    /// Source text of the live sets with their generation: what a worker builds its matcher from.
    ///
    /// # Errors
    /// [`StoreError::Stored`] when a row is damaged.
    pub async fn live_sources(&self) -> Result<(i64, Vec<Vec<(String, String)>>), StoreError> {
        // One statement, one snapshot: the generation is that of these texts.
        let rows = sqlx::query!(
            r#"select g.generation, s.sources as "sources?" from list_generation g
               left join keyword_set s on s.retired_at is null order by s.set_id"#
        )
        .fetch_all(&self.pool)
        .await?;
        let generation = rows.first().map_or(0, |r| r.generation);
        let sources = rows.iter().filter_map(|r| r.sources.as_deref()).map(parse_sources).collect::<Result<_, _>>()?;
        Ok((generation, sources))
    }

    /// Hears when what is live changes. Polling stands behind it, so that a missed word costs a second, no more.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away.
    pub async fn listen_for_lists(&self) -> Result<ListWords, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen("netral_lists").await?;
        Ok(ListWords(listener))
    }
}

pub(super) fn parse_sources(text: &str) -> Result<Vec<(String, String)>, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Stored { what: "keyword set" })
}

/// Holds the lists as they are until the transaction ends, and refuses what was matched with others.
pub(super) async fn insist_on_lists(tx: &mut PgConnection, lists: &ListFrame) -> Result<(), StoreError> {
    let same = sqlx::query_scalar!(r#"select lists_are_at($1) as "same!""#, lists.generation).fetch_one(tx).await?;
    if same { Ok(()) } else { Err(StoreError::Conflict { constraint: "lists_changed".to_owned() }) }
}

/// One change to lists and drafts at a time, so that two people who act at once see each other's.
pub(super) async fn one_at_a_time(tx: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('keyword_set'))").fetch_one(tx).await?;
    Ok(())
}

/// Who edited these files since the set was last published.
pub(super) async fn authors(
    tx: &mut PgConnection,
    set_id: &str,
    files: &[(DraftKind, String)],
) -> Result<Vec<String>, StoreError> {
    let kinds: Vec<_> = files.iter().map(|(kind, _)| kind.as_str().to_owned()).collect();
    let ids: Vec<_> = files.iter().map(|(_, id)| id.clone()).collect();
    Ok(sqlx::query_scalar!(
        r#"select distinct e.edited_by from keyword_edit e
           join unnest($2::text[], $3::text[]) f(kind, id) on f.kind = e.kind and f.id = e.draft_id
           where e.edited_at > coalesce((select max(published_at) from keyword_set where set_id = $1), '-infinity')
           order by 1"#,
        set_id,
        &kinds,
        &ids
    )
    .fetch_all(tx)
    .await?)
}

async fn supersede_rescans(tx: &mut PgConnection, set_id: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "update rescan set state = 'superseded', finished_at = now(), leased_by = null, leased_until = null
         where set_id = $1 and state = 'open'",
        set_id
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn order_rescan(
    tx: &mut PgConnection,
    set_id: &str,
    version: &str,
    earlier: Option<&str>,
    actor: &str,
) -> Result<(), StoreError> {
    supersede_rescans(tx, set_id).await?;
    sqlx::query!(
        "insert into rescan (rescan_id, set_id, version, earlier_version, requested_by) values ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        set_id,
        version,
        earlier,
        actor
    )
    .execute(tx)
    .await?;
    Ok(())
}
