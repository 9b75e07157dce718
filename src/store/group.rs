//! One group of copies as a reader sees it: who waits in it, and which of its hits come next. It names nobody.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::likeness::{Said, has_picture, picture};
use super::{DecisionDraft, Identity, Store, StoreError, User};
use crate::model::{HitId, Match, Media, UserId, Verb};

/// Members that a page shows, and the most that are closed at one stroke.
pub const MEMBERS: i64 = 200;
/// One member in so many is always read by itself, so that what is left out of a stroke tells nothing.
const APART: u16 = 10;

/// Why a member is not closed together with the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// It is read by itself. Whether it is part of the sample, has been answered, or waits for a second person is not said.
    Single,
    /// Its words are not the same.
    Words,
    /// A picture that nobody has compared.
    Picture,
    /// Somebody else has it, or is to have it.
    Taken,
    /// It is not for this reader.
    NotForYou,
}

/// Where a member stands for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// The reader holds it.
    Mine,
    /// It waits, and the reader may take it.
    Free,
    /// It waits, for others.
    Others,
    /// The reader has decided.
    DecidedByMe,
    /// It is with the person, or closed.
    Closed,
}

/// One hit of a group.
#[derive(Clone, Debug)]
pub struct Member {
    /// The hit.
    pub hit_id: HitId,
    /// Election's set.
    pub set_id: String,
    /// Clause.
    pub clause: String,
    /// Stage.
    pub stage: String,
    /// What was done.
    pub verb: Verb,
    /// Where.
    pub platform: String,
    /// The author's own words.
    pub text: String,
    /// What they passed on or reacted to.
    pub target_text: Option<String>,
    /// The matches in all fields.
    pub matches: Vec<Match>,
    /// When it was posted, else first seen.
    pub at: Timestamp,
    /// Where it stands.
    pub state: MemberState,
    /// Its words are those of most members.
    pub same: bool,
    /// Why it cannot be closed together with the others; `None`: it can.
    pub apart: Option<Apart>,
    /// What to cover.
    pub identity: Identity,
}

impl Store {
    /// The members of a group that people have to do with, those that wait for this reader first.
    ///
    /// # Errors
    /// [`StoreError::Stored`] when a row is damaged.
    pub async fn group_members(&self, group: Uuid, reader: UserId) -> Result<Vec<Member>, StoreError> {
        let rows = sqlx::query!(
            r#"select h.hit_id, h.set_id, h.clause, h.stage, h.verb, h.state, h.sides, h.stance::text as "stance!", h.parties,
                      h.matches::text as "matches!", a.text, a.target->>'text' as target_text, a.media::text as "media!",
                      coalesce(a.posted_at, a.seen_at) as "at!", r.platform, p.name as person_name, p.nip,
                      (select array_agg(o.handle) from account o where o.person_id = r.person_id) as "handles!",
                      h.claimed_by is not null and h.claimed_until > now() as "held!", h.claimed_by,
                      h.step <> 'first' or h.round > 1 or h.referred_to is not null as "alone!",
                      h.state = 'open' and may_judge(h.account_id, h.hit_id, h.round, h.step, h.referred_to, h.rests_until, $2) as "may!",
                      exists (select 1 from standing_decision d where d.account_id = h.account_id and d.hit_id = h.hit_id
                              and d.user_id = $2 and d.round = h.round) as "decided!"
               from hit h
               join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
               join account r on r.account_id = h.account_id
               join person p on p.person_id = r.person_id
               where h.group_id = $1 and h.state in ('open', 'asked', 'decided')
               order by h.state <> 'open', h.urgent_at, h.hit_id limit $3"#,
            group,
            reader.0,
            MEMBERS
        )
        .fetch_all(&self.pool)
        .await?;
        let stored = |what| move |_| StoreError::Stored { what };
        let mut members = Vec::with_capacity(rows.len());
        let mut says = Vec::with_capacity(rows.len());
        for r in rows {
            let media: Vec<Media> = serde_json::from_str(&r.media).map_err(stored("media"))?;
            let stance = serde_json::from_str(&r.stance).map_err(stored("stance"))?;
            let verb = r.verb.parse().map_err(|_| StoreError::Stored { what: "verb" })?;
            let said = Said {
                set: &r.set_id,
                verb,
                sides: &r.sides,
                stance: &stance,
                parties: &r.parties,
                text: &r.text,
                target: r.target_text.as_deref(),
                media: &media,
            };
            says.push(said.likeness().map(|like| like.id()));
            let mine = r.claimed_by == Some(reader.0);
            let state = match &*r.state {
                "open" if r.held && mine => MemberState::Mine,
                "open" if r.decided => MemberState::DecidedByMe,
                "open" if r.may && !r.held => MemberState::Free,
                "open" => MemberState::Others,
                _ if r.decided => MemberState::DecidedByMe,
                _ => MemberState::Closed,
            };
            let hit_id: HitId = r.hit_id.into();
            let apart = if r.held && !mine {
                Some(Apart::Taken)
            } else if !r.may {
                Some(Apart::NotForYou)
            } else if r.alone || stands_apart(hit_id) {
                Some(Apart::Single)
            } else if has_picture(&media) && picture(&media).is_none() {
                Some(Apart::Picture)
            } else {
                None
            };
            members.push(Member {
                hit_id,
                set_id: r.set_id,
                clause: r.clause,
                stage: r.stage,
                verb,
                platform: r.platform,
                text: r.text,
                target_text: r.target_text,
                matches: serde_json::from_str(&r.matches).map_err(stored("matches"))?,
                at: r.at.to_jiff(),
                state,
                same: false,
                apart,
                identity: Identity { name: r.person_name, nip: r.nip, handles: r.handles },
            });
        }
        let most = commonest(&says);
        for (member, says) in members.iter_mut().zip(&says) {
            member.same = says.is_some() && *says == most;
            if !member.same && member.apart.is_none() {
                member.apart = Some(Apart::Words);
            }
        }
        Ok(members)
    }

    /// How many other hits are in a hit's group, and how many of these the reader could take now; at most a hundred are
    /// counted.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn copies(&self, group: Uuid, but: HitId, reader: UserId) -> Result<(i64, i64), StoreError> {
        let row = sqlx::query!(
            r#"select count(*) as "others!", count(*) filter (
                   where state = 'open' and (claimed_until is null or claimed_until <= now())
                     and may_judge(account_id, hit_id, round, step, referred_to, rests_until, $3)) as "waiting!"
               from (select * from hit where group_id = $1 and hit_id <> $2 and state in ('open', 'asked', 'decided')
                     limit 100) copy"#,
            group,
            but.0,
            reader.0
        )
        .fetch_one(&self.pool)
        .await?;
        Ok((row.others, row.waiting))
    }

    /// Leases the most urgent hit of a group that waits for this reader.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn claim_copy(
        &self,
        group: Uuid,
        user: &User,
        lease: SignedDuration,
    ) -> Result<Option<HitId>, StoreError> {
        let claimed: Option<Uuid> = sqlx::query_scalar!(
            "with next as (
                 select account_id, hit_id from hit
                 where group_id = $3 and state = 'open' and (claimed_until is null or claimed_until <= now())
                   and may_judge(account_id, hit_id, round, step, referred_to, rests_until, $1)
                 order by urgent_at, hit_id limit 1 for update skip locked)
             update hit h set claimed_by = $1, claimed_until = now() + make_interval(secs => $2), claimed_at = now()
             from next where h.account_id = next.account_id and h.hit_id = next.hit_id
             returning h.hit_id",
            user.user_id.0,
            lease.as_secs_f64(),
            group
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(claimed.map(HitId))
    }

    /// What this reader last said of a hit of a group, as a draft for another one.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn said_of_group(
        &self,
        group: Uuid,
        reader: UserId,
        hit: HitId,
    ) -> Result<Option<DecisionDraft>, StoreError> {
        let row = sqlx::query!(
            r#"select d.outcome as "outcome!", d.clause, d.reason_code as "reason_code!", d.note as "note!"
               from hit h join standing_decision d on d.account_id = h.account_id and d.hit_id = h.hit_id
               where h.group_id = $1 and d.user_id = $2 order by d.decided_at desc limit 1"#,
            group,
            reader.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(r) = row else { return Ok(None) };
        Ok(Some(DecisionDraft {
            hit,
            outcome: r.outcome.parse().map_err(|_| StoreError::Stored { what: "outcome" })?,
            clause: r.clause,
            reason_code: r.reason_code.parse().map_err(|_| StoreError::Stored { what: "reason" })?,
            note: r.note,
        }))
    }

    /// Writes down that a user looked at a group.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then the page must not be shown.
    pub async fn record_group_view(&self, user: &User, group: Uuid, shown: usize) -> Result<(), StoreError> {
        self.record("group.viewed", &user.login, &format!("group/{group}"), &json!({ "hits": shown })).await
    }
}

/// How many hits of each group wait, whoever for.
pub(super) async fn group_sizes(
    connection: &mut sqlx::PgConnection,
    groups: &[Uuid],
) -> Result<Vec<(Uuid, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select group_id as "group_id!", count(*) as "n!" from hit
           where group_id = any($1) and state = 'open' group by group_id"#,
        groups
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|r| (r.group_id, r.n)).collect())
}

/// By its id, so that nobody chooses and asking twice gives one answer.
fn stands_apart(hit: HitId) -> bool {
    let bytes = hit.0.into_bytes();
    let [.., high, low, _, _] = bytes;
    u16::from_be_bytes([high, low]).is_multiple_of(APART)
}

/// What most say; of two that are as many the smaller, so that the answer does not change between two looks.
fn commonest(says: &[Option<[u8; 16]>]) -> Option<[u8; 16]> {
    let mut sorted: Vec<_> = says.iter().flatten().collect();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| (run.len(), std::cmp::Reverse(run.first().copied())))
        .and_then(|run| run.first().map(|id| **id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_most_say_is_the_text_of_the_group() {
        let (a, b) = ([1; 16], [2; 16]);
        assert_eq!(commonest(&[Some(b), None, Some(a), Some(b)]), Some(b));
        assert_eq!(commonest(&[Some(b), Some(a)]), Some(a));
        assert_eq!(commonest(&[None]), None);
    }

    #[test]
    fn one_in_ten_stands_apart() {
        let n = (0..4000).filter(|_| stands_apart(HitId::new())).count();
        assert!((300..500).contains(&n), "{n}");
    }
}
