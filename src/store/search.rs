//! Search over hits: by the words of their posts, or by their number.

use jiff::Timestamp;
use serde_json::json;

use super::{HitState, Identity, Store, StoreError, User};
use crate::model::{HitId, Verb, Verdict};

/// A hit that was found.
#[derive(Clone, Debug)]
pub struct FoundHit {
    /// The hit.
    pub hit_id: HitId,
    /// Clause.
    pub clause: String,
    /// What was done.
    pub verb: Verb,
    /// Where.
    pub platform: String,
    /// Where it stands.
    pub state: HitState,
    /// How it ended.
    pub verdict: Option<Verdict>,
    /// The post's text, and that of what it reacts to.
    pub texts: (String, Option<String>),
    /// When it came in.
    pub created_at: Timestamp,
    /// The searcher has decided on it, or unmasked it: they know whose it is.
    pub known: bool,
    /// What to cover for whoever does not.
    pub identity: Identity,
}

/// Words as the index has them; each may go on, so that `dukung` finds `dukungan`. Empty where there are none.
#[expect(clippy::disallowed_methods, reason = "as the database's dictionary does it, which knows no folding")]
fn terms(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).take(12);
    words.map(|w| format!("'{}':*", w.to_lowercase())).collect::<Vec<_>>().join(" & ")
}

impl Store {
    /// Hits whose posts hold all the words, or the one of that number; the latest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn search_hits(&self, text: &str, by: &User, limit: i64) -> Result<Vec<FoundHit>, StoreError> {
        let hit: Option<HitId> = text.trim().parse().ok();
        let terms = if hit.is_some() { String::new() } else { terms(text) };
        if hit.is_none() && terms.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query!(
            r#"select h.hit_id, h.clause, h.verb, h.state, h.verdict, h.created_at, r.platform, a.text, a.target->>'text' as target_text,
                      exists (select 1 from decision d where d.account_id = h.account_id and d.hit_id = h.hit_id and d.user_id = $3)
                      or exists (select 1 from hit_mark m where m.account_id = h.account_id and m.hit_id = h.hit_id and m.user_id = $3
                                 and m.kind = 'unmask') as "known!",
                      p.name, p.nip,
                      (select array_agg(o.handle) from account o where o.person_id = r.person_id) as "handles!"
               from hit h
               join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
               join account r on r.account_id = h.account_id
               join person p using (person_id)
               where h.level = 'review' and h.state in ('open', 'asked', 'decided') and r.unlinked_at is null
                 and ($1::uuid is null or h.hit_id = $1) and ($2 = '' or h.words @@ to_tsquery('simple', $2))
               order by h.created_at desc, h.hit_id limit $4"#,
            hit.map(|h| h.0),
            terms,
            by.user_id.0,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|r| {
                Ok(FoundHit {
                    hit_id: r.hit_id.into(),
                    clause: r.clause,
                    verb: r.verb.parse().map_err(|_| StoreError::Stored { what: "verb" })?,
                    platform: r.platform,
                    state: HitState::of(&r.state),
                    verdict: r
                        .verdict
                        .map(|v| v.parse())
                        .transpose()
                        .map_err(|_| StoreError::Stored { what: "verdict" })?,
                    texts: (r.text, r.target_text),
                    created_at: r.created_at.to_jiff(),
                    known: r.known,
                    identity: Identity { name: r.name, nip: r.nip, handles: r.handles },
                })
            })
            .collect()
    }

    /// Writes down that somebody searched, and how much they were shown; never for what: it may be a name.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; nothing may be shown then.
    pub async fn record_search(&self, by: &str, hits: usize, persons: usize) -> Result<(), StoreError> {
        self.record("search.done", by, "search", &json!({ "hits": hits, "persons": persons })).await
    }
}

#[cfg(test)]
mod tests {
    use super::terms;

    #[test]
    fn whatever_is_typed_becomes_words_and_no_syntax() {
        assert_eq!(terms("Dukung #Obor2029, ya?"), "'dukung':* & 'obor2029':* & 'ya':*");
        assert_eq!(terms("a' | b:* & !c \\ <-> (d"), "'a':* & 'b':* & 'c':* & 'd':*");
        assert_eq!(terms(" ':*& "), "");
        assert_eq!(terms(&"x ".repeat(40)).matches('x').count(), 12);
    }
}
