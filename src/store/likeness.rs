//! Which hits are copies of one text or picture. Looked for soon after a hit was stored, not while: the queue does not wait
//! for it, and neither does the page of a source.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::model::{Media, Stance, Verb};
use crate::text::Likeness;

/// Groups of one band that are compared; far more than share one.
const CANDIDATES: i64 = 50;
/// Hits of one step of the sweep.
const STEP: i64 = 100;
/// Groups without a member that go in one step.
const EMPTY: i64 = 5000;

/// What of a hit its copies have in common.
pub(super) struct Said<'a> {
    pub(super) set: &'a str,
    pub(super) verb: Verb,
    pub(super) sides: &'a [String],
    pub(super) stance: &'a BTreeMap<String, Stance>,
    pub(super) parties: &'a [String],
    pub(super) text: &'a str,
    pub(super) target: Option<&'a str>,
    pub(super) media: &'a [Media],
}

impl Said<'_> {
    /// Its fingerprint; `None` where nothing is said that could be passed on: for a follow, or a like of what is not known.
    pub(super) fn likeness(&self) -> Option<Likeness> {
        if matches!(self.verb, Verb::Follow | Verb::Join) {
            return None;
        }
        let act = if self.verb == Verb::Like { "like" } else { "says" };
        let shown = if has_picture(self.media) { "shows" } else { "" };
        let stances: Vec<String> =
            self.sides.iter().map(|side| format!("{side} {:?}", self.stance.get(side))).collect();
        let (mut stances, mut parties) = (stances, self.parties.to_vec());
        stances.sort_unstable();
        parties.sort_unstable();
        let (stances, parties) = (stances.join("\n"), parties.join("\n"));
        let frame = [self.set, act, shown, &stances, &parties];
        if self.target.is_none() && has_picture(self.media) {
            let id = picture(self.media);
            if let Some(found) = Likeness::of_picture(&frame, id.as_deref(), looks(self.media), self.text) {
                return Some(found);
            }
        }
        let words: Vec<&str> = self.media.iter().flat_map(|m| [m.alt.as_deref(), m.ocr.as_deref()]).flatten().collect();
        Likeness::of(&frame, &[self.text, self.target.unwrap_or_default(), &words.join("\n")])
    }
}

/// Whether there is a picture or a video.
pub(super) fn has_picture(media: &[Media]) -> bool {
    media.iter().any(|m| matches!(&*m.kind, "image" | "video"))
}

/// What stands for the bytes of all pictures together: hashes of their content, which the platform or netral made. A mere
/// address does not: two uploads of one picture have two, and it may show something else tomorrow.
pub(super) fn picture(media: &[Media]) -> Option<String> {
    let of = |m: &Media| {
        let own = m.path.as_deref().filter(|path| path.starts_with("sha256:")).map(str::to_owned);
        let cid =
            || m.url.as_deref()?.split(['?', '&']).find_map(|p| p.strip_prefix("cid=")).map(|c| format!("cid:{c}"));
        own.or_else(cid)
    };
    let mut ids = media.iter().filter(|m| matches!(&*m.kind, "image" | "video")).map(of).collect::<Option<Vec<_>>>()?;
    ids.sort_unstable();
    (!ids.is_empty()).then(|| ids.join("\n"))
}

/// How the only picture looks.
fn looks(media: &[Media]) -> Option<[u8; 16]> {
    let [only] = media else { return None };
    let hex = only.looks.as_deref()?;
    let mut looks = [0; 16];
    let pairs = hex.as_bytes().as_chunks::<2>().0;
    if hex.len() != 32 {
        return None;
    }
    for (byte, pair) in looks.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(looks)
}

/// Finds the group of each hit, given with its own id, and makes those that are not there yet.
///
/// A hit joins the group whose first member it is most like; where no group is like it, one begins with it. Two processes
/// that meet the same text at once make the same group, because its id follows from the text.
async fn find_groups(tx: &mut PgConnection, hits: &[(Uuid, Option<&Likeness>)]) -> Result<Vec<Uuid>, StoreError> {
    let bands: Vec<i64> = hits.iter().filter_map(|(_, like)| *like).flat_map(Likeness::bands).copied().collect();
    if bands.is_empty() {
        return Ok(hits.iter().map(|(hit, _)| *hit).collect());
    }
    let own: Vec<Uuid> = hits.iter().filter_map(|(_, like)| like.map(own_id)).collect();
    let rows = sqlx::query!(
        r#"select group_id as "group_id!", bands as "bands!", shingles as "shingles!", unusual as "unusual!", looks
           from groups_like($1, $2, $3)"#,
        &bands,
        &own,
        CANDIDATES
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut known = Known::default();
    for r in rows {
        known.add(r.group_id, Likeness::stored(r.bands, &r.shingles, &r.unusual, r.looks.as_deref()));
    }
    let mut new: BTreeMap<Uuid, &Likeness> = BTreeMap::new();
    let mut found = Vec::with_capacity(hits.len());
    for (hit, like) in hits {
        let Some(like) = like else {
            found.push(*hit);
            continue;
        };
        let group = known.of(like).unwrap_or_else(|| {
            let own = own_id(like);
            new.insert(own, like);
            known.add(own, (*like).clone());
            own
        });
        found.push(group);
    }
    make(tx, &new).await?;
    Ok(found)
}

fn own_id(like: &Likeness) -> Uuid {
    uuid::Builder::from_custom_bytes(like.id()).into_uuid()
}

/// Groups by the bands that lead to them.
#[derive(Default)]
struct Known {
    groups: Vec<(Uuid, Likeness)>,
    by_band: HashMap<i64, Vec<usize>>,
}

impl Known {
    fn add(&mut self, id: Uuid, like: Likeness) {
        for band in like.bands() {
            self.by_band.entry(*band).or_default().push(self.groups.len());
        }
        self.groups.push((id, like));
    }

    /// The group that began with the very same, else the most alike.
    fn of(&self, like: &Likeness) -> Option<Uuid> {
        let own = own_id(like);
        let near = like.bands().iter().filter_map(|band| self.by_band.get(band)).flatten();
        near.filter_map(|at| self.groups.get(*at))
            .filter_map(|(id, first)| like.likeness(first).map(|alike| (*id == own, alike, std::cmp::Reverse(*id))))
            .max()
            .map(|(.., std::cmp::Reverse(id))| id)
    }
}

/// In order of their ids, so that two processes never wait for each other.
async fn make(tx: &mut PgConnection, new: &BTreeMap<Uuid, &Likeness>) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let hex = |bytes: Vec<u8>| format!("\\x{}", crate::evidence::ledger::hex(&bytes));
    let rows: Vec<_> = new
        .iter()
        .map(|(id, like)| {
            json!({ "group_id": id, "bands": like.bands(), "shingles": hex(like.shingles()),
                    "unusual": hex(like.unusual()), "looks": like.looks().map(|looks| hex(looks.to_vec())) })
        })
        .collect();
    sqlx::query!(
        "insert into hit_group (group_id, bands, shingles, unusual, looks)
         select group_id, bands, shingles, unusual, looks
         from jsonb_to_recordset($1::text::jsonb) as g(group_id uuid, bands bigint[], shingles bytea, unusual bytea, looks bytea)
         order by group_id on conflict do nothing",
        serde_json::Value::from(rows).to_string()
    )
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// Finds the group of some hits that have none: new ones, and those that a rescan explained anew. Returns how many; 0: all
    /// have one, or another process is at it.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn group_some(&self) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        // One process at a time, so that two texts that are only alike do not begin two groups.
        let alone =
            sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock('hit_group'::regclass::oid::bigint) as "alone!""#);
        if !alone.fetch_one(&mut *tx).await? {
            return Ok(0);
        }
        // Without a lock: a claim would pass the hits by. New ones first, whatever a rescan has left.
        let rows = sqlx::query!(
            r#"select h.account_id, h.hit_id, h.set_id, h.set_version, h.verb, h.sides, h.stance::text as "stance!", h.parties,
                      a.text, a.target->>'text' as target, a.media::text as "media!"
               from hit h join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
               where h.group_id is null and h.level = 'review' order by h.hit_id desc limit $1"#,
            STEP
        )
        .fetch_all(&mut *tx)
        .await?;
        if rows.is_empty() {
            // Awaited: whoever compares next must not find the lock still held by a transaction that was only dropped.
            tx.rollback().await?;
            return Ok(0);
        }
        let mut likenesses = Vec::with_capacity(rows.len());
        for r in &rows {
            let read =
                serde_json::from_str(&r.media).ok().zip(serde_json::from_str(&r.stance).ok()).zip(r.verb.parse().ok());
            let Some(((media, stance), verb)) = read else {
                // One damaged row must not keep all others from being compared.
                tracing::warn!(hit.id = %r.hit_id, "a hit can't be compared with others");
                likenesses.push(None);
                continue;
            };
            let media: Vec<Media> = media;
            let said = Said {
                set: &r.set_id,
                verb,
                sides: &r.sides,
                stance: &stance,
                parties: &r.parties,
                text: &r.text,
                target: r.target.as_deref(),
                media: &media,
            };
            likenesses.push(said.likeness());
        }
        let hits: Vec<_> = rows.iter().zip(&likenesses).map(|(r, like)| (r.hit_id, like.as_ref())).collect();
        let groups = find_groups(&mut tx, &hits).await?;
        let accounts: Vec<_> = rows.iter().map(|r| r.account_id).collect();
        let ids: Vec<_> = rows.iter().map(|r| r.hit_id).collect();
        let versions: Vec<_> = rows.iter().map(|r| r.set_version.clone()).collect();
        // What somebody holds just now, or a rescan has explained anew, has its turn the next time.
        let done = sqlx::query!(
            "update hit h set group_id = n.group_id from (
                 select f.account_id, f.hit_id, w.group_id
                 from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[]) w(account_id, hit_id, set_version, group_id)
                 join hit f on f.account_id = w.account_id and f.hit_id = w.hit_id
                 where f.group_id is null and f.set_version = w.set_version
                 for update of f skip locked) n
             where h.account_id = n.account_id and h.hit_id = n.hit_id",
            &accounts,
            &ids,
            &versions,
            &groups
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Removes the fingerprints of texts of which nothing is kept any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn forget_groups(&self) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            "delete from hit_group where group_id in (
                 select g.group_id from hit_group g where g.made_at < now() - interval '1 hour'
                   and not exists (select 1 from hit h where h.group_id = g.group_id) limit $1)",
            EMPTY
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }
}
