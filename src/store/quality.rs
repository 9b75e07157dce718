//! How well people agree, and how long they read: from pairs of readings of which neither knew the other, and from practice
//! with known answers. Figures, never a verdict on anybody.

use super::{Store, StoreError};
use crate::model::{Outcome, UserId};

/// Days that count.
pub const DAYS: i32 = 180;
/// Decisions on hits of a keyword, and the share of a hundred that was dismissed, from which on it is called difficult.
const DISMISSED: (i64, i64) = (10, 80);
/// Pairs of readings of hits of a keyword, and the share of a hundred that disagreed.
const DISPUTED: (i64, i64) = (5, 40);

/// Pairs of readings under one rule that began with the same word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The rule, by the hit.
    pub clause: String,
    /// What the first person said.
    pub first: Outcome,
    /// How many second persons read it.
    pub pairs: i64,
    /// How many of these said the same.
    pub agreed: i64,
}

/// One reader's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ReaderFigures {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// Pairs of readings that they had a part in.
    pub pairs: i64,
    /// Of these: both said the same.
    pub agreed: i64,
    /// Known answers that they practised with.
    pub golden: i64,
    /// Of these: as known.
    pub golden_right: i64,
    /// Decisions whose time is known.
    pub timed: i64,
    /// Half of these took longer, in seconds.
    pub median_seconds: Option<f64>,
}

/// A keyword whose hits people dismiss or dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifficultKeyword {
    /// The set.
    pub set_id: String,
    /// The keyword.
    pub keyword: String,
    /// Decisions on its hits.
    pub decided: i64,
    /// Of these: dismissed.
    pub dismissed: i64,
    /// Pairs of readings of its hits.
    pub pairs: i64,
    /// Of these: people disagreed.
    pub disputed: i64,
}

impl Store {
    /// Agreement by rule and by what the first person said.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn agreement(&self) -> Result<Vec<Agreement>, StoreError> {
        let rows = sqlx::query!(
            r#"select clause as "clause!", first_outcome as "first!", count(*) as "pairs!",
                      count(*) filter (where second_outcome = first_outcome) as "agreed!"
               from double_reading where decided_at > now() - make_interval(days => $1)
               group by clause, first_outcome order by clause, first_outcome"#,
            DAYS
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|r| {
                let first = r.first.parse().map_err(|_| StoreError::Stored { what: "outcome" })?;
                Ok(Agreement { clause: r.clause, first, pairs: r.pairs, agreed: r.agreed })
            })
            .collect()
    }

    /// The figures of one reader, or of all by their names.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn reader_figures(&self, only: Option<UserId>) -> Result<Vec<ReaderFigures>, StoreError> {
        let rows = sqlx::query!(
            r#"with seen as (
                   select first_user as user_id, first_outcome = second_outcome as agreed from double_reading
                   where decided_at > now() - make_interval(days => $2)
                   union all
                   select second_user, first_outcome = second_outcome from double_reading
                   where decided_at > now() - make_interval(days => $2)),
               pairs as (select user_id, count(*) as n, count(*) filter (where agreed) as agreed from seen group by user_id),
               practice as (
                   select r.user_id, count(*) as n, count(*) filter (where r.outcome = g.outcome) as good
                   from golden_reading r join golden_item g using (golden_id)
                   where r.read_at > now() - make_interval(days => $2) group by r.user_id),
               times as (
                   select user_id, count(*) as n, percentile_cont(0.5) within group (order by seconds) as half
                   from standing_decision
                   where seconds is not null and decided_at > now() - make_interval(days => $2) group by user_id)
               select u.user_id, u.name, coalesce(p.n, 0) as "pairs!", coalesce(p.agreed, 0) as "agreed!",
                      coalesce(g.n, 0) as "golden!", coalesce(g.good, 0) as "golden_right!",
                      coalesce(t.n, 0) as "timed!", t.half as "half?"
               from app_user u
               left join pairs p on p.user_id = u.user_id
               left join practice g on g.user_id = u.user_id
               left join times t on t.user_id = u.user_id
               where ($1::uuid is null or u.user_id = $1) and u.disabled_at is null and u.role in ('reviewer', 'verifier', 'lead')
               order by u.name"#,
            only.map(|u| u.0),
            DAYS
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| ReaderFigures {
                user_id: r.user_id.into(),
                name: r.name,
                pairs: r.pairs,
                agreed: r.agreed,
                golden: r.golden,
                golden_right: r.golden_right,
                timed: r.timed,
                median_seconds: r.half,
            })
            .collect())
    }

    /// Keywords whose hits are mostly dismissed, or about which people often disagree.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn difficult_keywords(&self) -> Result<Vec<DifficultKeyword>, StoreError> {
        let rows = sqlx::query!(
            r#"with said as (
                   select set_id, keyword, count(*) as decided, count(*) filter (where outcome = 'bukan_dugaan') as dismissed
                   from keyword_outcome where decided_at > now() - make_interval(days => $1) group by set_id, keyword),
               read as (
                   select r.set_id, k.keyword, count(*) as pairs,
                          count(*) filter (where r.first_outcome <> r.second_outcome) as disputed
                   from double_reading r
                   join hit h on h.account_id = r.account_id and h.hit_id = r.hit_id
                   cross join lateral (select distinct m ->> 'keyword' as keyword from jsonb_array_elements(h.matches) m) k
                   where r.decided_at > now() - make_interval(days => $1)
                   group by r.set_id, k.keyword)
               select s.set_id as "set_id!", s.keyword as "keyword!", s.decided as "decided!", s.dismissed as "dismissed!",
                      coalesce(r.pairs, 0) as "pairs!", coalesce(r.disputed, 0) as "disputed!"
               from said s left join read r on r.set_id = s.set_id and r.keyword = s.keyword
               where (s.decided >= $2 and s.dismissed * 100 >= s.decided * $3)
                  or (r.pairs >= $4 and r.disputed * 100 >= r.pairs * $5)
               order by s.set_id, s.keyword limit 100"#,
            DAYS,
            DISMISSED.0,
            DISMISSED.1,
            DISPUTED.0,
            DISPUTED.1
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| DifficultKeyword {
                set_id: r.set_id,
                keyword: r.keyword,
                decided: r.decided,
                dismissed: r.dismissed,
                pairs: r.pairs,
                disputed: r.disputed,
            })
            .collect())
    }
}
