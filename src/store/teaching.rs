//! What hits and decisions say about the keywords that made them.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;

use super::{Store, StoreError, ledger};

/// How many of a keyword's last decisions are looked at, so that a list that was mended is judged by what it is now.
pub const LATEST: i64 = 40;

/// One keyword in figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeywordFigures {
    /// Hits at review that it was part of, today.
    pub today: i64,
    /// Since it was first published.
    pub hits: i64,
    /// Decisions on hits that it was part of.
    pub decided: i64,
    /// Of these: *dugaan*.
    pub upheld: i64,
    /// Of these: *bukan dugaan*.
    pub dismissed: i64,
    /// Of the last [`LATEST`] decisions: how many there are.
    pub latest: i64,
    /// Of the last [`LATEST`] decisions: *dugaan*.
    pub latest_upheld: i64,
}

/// A keyword that went over its daily cap.
#[derive(Clone, Debug)]
pub struct Quarantined {
    /// The set.
    pub set_id: String,
    /// The version.
    pub version: String,
    /// The keyword.
    pub keyword: String,
    /// The cap.
    pub cap: i32,
    /// Since when.
    pub since: Timestamp,
    /// Hits of the set that wait apart with it.
    pub waiting: i64,
}

impl Store {
    /// The figures of every keyword of a set that ever was in a hit; of one version, or of all together.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn keyword_figures(
        &self,
        set_id: &str,
        version: Option<&str>,
    ) -> Result<HashMap<String, KeywordFigures>, StoreError> {
        let rows = sqlx::query!(
            r#"with seen as (
                   select keyword, sum(hits)::bigint as hits,
                          coalesce(sum(hits) filter (where day = (now() at time zone 'Asia/Jakarta')::date), 0)::bigint as today
                   from keyword_day where set_id = $1 and ($2::text is null or version = $2) group by keyword),
               ordered as (
                   select keyword, outcome, row_number() over (partition by keyword order by decided_at desc) as place
                   from keyword_outcome where set_id = $1 and ($2::text is null or version = $2)),
               said as (
                   select keyword, count(*) as decided, count(*) filter (where outcome = 'dugaan') as upheld,
                          count(*) filter (where outcome = 'bukan_dugaan') as dismissed,
                          count(*) filter (where place <= $3) as latest,
                          count(*) filter (where place <= $3 and outcome = 'dugaan') as latest_upheld
                   from ordered group by keyword)
               select coalesce(seen.keyword, said.keyword) as "keyword!", coalesce(hits, 0) as "hits!", coalesce(today, 0) as "today!",
                      coalesce(decided, 0) as "decided!", coalesce(upheld, 0) as "upheld!", coalesce(dismissed, 0) as "dismissed!",
                      coalesce(latest, 0) as "latest!", coalesce(latest_upheld, 0) as "latest_upheld!"
               from seen full join said on seen.keyword = said.keyword"#,
            set_id,
            version,
            LATEST
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| {
                let figures = KeywordFigures {
                    today: r.today,
                    hits: r.hits,
                    decided: r.decided,
                    upheld: r.upheld,
                    dismissed: r.dismissed,
                    latest: r.latest,
                    latest_upheld: r.latest_upheld,
                };
                (r.keyword, figures)
            })
            .collect())
    }

    /// The last decisions of some keywords: how many of them, and how many were *dugaan*.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn latest_outcomes(
        &self,
        set_id: &str,
        keywords: &[String],
    ) -> Result<HashMap<String, (i64, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select k.keyword as "keyword!", l.latest as "latest!", l.upheld as "upheld!"
               from unnest($2::text[]) k(keyword)
               cross join lateral (
                   select count(*) as latest, count(*) filter (where outcome = 'dugaan') as upheld
                   from (select outcome from keyword_outcome o where o.set_id = $1 and o.keyword = k.keyword
                         order by o.decided_at desc limit $3) last) l"#,
            set_id,
            keywords,
            LATEST
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|r| (r.keyword, (r.latest, r.upheld))).collect())
    }

    /// The keywords of live versions that are over their daily cap now.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn quarantined_keywords(&self) -> Result<Vec<Quarantined>, StoreError> {
        let rows = sqlx::query!(
            r#"select q.set_id, q.version, q.keyword, q.cap, q.since,
                      (select count(*) from hit h where h.state = 'quarantined' and h.set_id = q.set_id
                       and h.matches @> jsonb_build_array(jsonb_build_object('keyword', q.keyword))) as "waiting!"
               from keyword_quarantine q join keyword_set s using (set_id, version)
               where q.released_at is null and s.retired_at is null order by q.since desc"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| Quarantined {
                set_id: r.set_id,
                version: r.version,
                keyword: r.keyword,
                cap: r.cap,
                since: r.since.to_jiff(),
                waiting: r.waiting,
            })
            .collect())
    }

    /// Lets a keyword's hits into the queue after all; returns how many. The cap does not hold it back again in this version.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn release_keyword(&self, set_id: &str, keyword: &str, actor: &str) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let released = sqlx::query!(
            "update keyword_quarantine set released_at = now(), released_by = $3
             where set_id = $1 and keyword = $2 and released_at is null",
            set_id,
            keyword,
            actor
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if released == 0 {
            return Ok(0);
        }
        let hits = sqlx::query!(
            "update hit set state = 'open' where state = 'quarantined' and set_id = $1
             and matches @> jsonb_build_array(jsonb_build_object('keyword', $2::text))",
            set_id,
            keyword
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        let detail = json!({ "keyword": keyword, "hits": hits });
        ledger::append(&mut tx, "keywords.released", actor, &format!("set/{set_id}"), &detail).await?;
        tx.commit().await?;
        Ok(hits)
    }
}
