//! The sides beside each other: hits, what people said of them, how long they read. Counts of hits, nothing of persons.

use super::{Store, StoreError};

/// Days that count.
pub const DAYS: i32 = 365;
/// Readings whose time is compared: the latest.
const TIMES: i64 = 20_000;

/// One contestant or party of one contest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideRow {
    /// The set.
    pub set_id: String,
    /// Id of the side, or the party's word; empty for hits that name several.
    pub side: String,
    /// A party that stands alone, not a contestant.
    pub is_party: bool,
    /// Hits that came to people.
    pub hits: i64,
    /// Of these: closed, or upheld by two.
    pub decided: i64,
    /// Of these: upheld by two.
    pub upheld: i64,
}

/// Seconds from claim to decision, of first readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideTimes {
    /// The set.
    pub set_id: String,
    /// Id of the side, or the party's word.
    pub side: String,
    /// Each reading.
    pub seconds: Vec<i32>,
}

impl Store {
    /// Every side's hits, by contest. A hit that names several sides is one of none of them.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn side_rows(&self) -> Result<Vec<SideRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select h.set_id, s.side as "side!", s.is_party as "is_party!", count(*) as "hits!",
                      count(*) filter (where h.verdict is not null) as "decided!",
                      count(*) filter (where h.verdict in ('dugaan', 'pendukung')) as "upheld!"
               from hit h cross join lateral (
                   select case when cardinality(h.sides) = 1 then h.sides[1]
                               when cardinality(h.sides) = 0 and cardinality(h.parties) = 1 then h.parties[1] else '' end as side,
                          cardinality(h.sides) = 0 and cardinality(h.parties) = 1 as is_party) s
               where h.level = 'review' and h.state in ('open', 'asked', 'decided')
                 and h.created_at > now() - make_interval(days => $1)
               group by h.set_id, s.side, s.is_party order by h.set_id, s.is_party, s.side"#,
            DAYS
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| SideRow {
                set_id: r.set_id,
                side: r.side,
                is_party: r.is_party,
                hits: r.hits,
                decided: r.decided,
                upheld: r.upheld,
            })
            .collect())
    }

    /// How long first readings of each side's hits took, the latest [`TIMES`].
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn side_times(&self) -> Result<Vec<SideTimes>, StoreError> {
        let rows = sqlx::query!(
            r#"select h.set_id, case when cardinality(h.sides) = 1 then h.sides[1] else h.parties[1] end as "side!",
                      array_agg(d.seconds) as "seconds!"
               from (select account_id, hit_id, seconds from standing_decision
                     where step = 'first' and seconds is not null and decided_at > now() - make_interval(days => $1)
                     order by decided_at desc limit $2) d
               join hit h on h.account_id = d.account_id and h.hit_id = d.hit_id
               where cardinality(h.sides) = 1 or (cardinality(h.sides) = 0 and cardinality(h.parties) = 1)
               group by 1, 2"#,
            DAYS,
            TIMES
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|r| SideTimes { set_id: r.set_id, side: r.side, seconds: r.seconds }).collect())
    }
}
