//! `/groups/{group_id}`: the copies of one text or picture. It names nobody, whoever looks, and each copy is decided by itself,
//! except that what may be dismissed together can be.

use axum::Json;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::finding::{ClauseRef, Reading, StageRef};
use super::problem::{Code, Problem};
use super::queue::Taken;
use super::route::{Asked, Call, Made};
use super::schema::Moment;
use crate::model::{HitId, Outcome, ReasonCode, Verb};
use crate::store::{self, Apart, MEMBERS, MemberState, UNDO};
use crate::web::group_show;
use crate::web::state::{Lists, SetWords};

/// Which group.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupPath {
    /// Id of the group.
    group_id: Uuid,
}

/// Where a copy stands for you.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CopyStanding {
    /// You hold it.
    Mine,
    /// It waits, and you may take it.
    Free,
    /// It waits, for others.
    Others,
    /// You have decided.
    DecidedByMe,
    /// It is with the person, or closed.
    Closed,
}

impl From<MemberState> for CopyStanding {
    fn from(state: MemberState) -> Self {
        match state {
            MemberState::Mine => Self::Mine,
            MemberState::Free => Self::Free,
            MemberState::Others => Self::Others,
            MemberState::DecidedByMe => Self::DecidedByMe,
            MemberState::Closed => Self::Closed,
        }
    }
}

/// Why a copy is not closed together with the others.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhyApart {
    /// It is read by itself. Whether it is part of the sample, was answered or waits for a second person is not said.
    Single,
    /// Its words are not the same.
    Words,
    /// A picture that nobody has compared.
    Picture,
    /// Somebody else has it, or is to have it.
    Taken,
    /// It is not for you.
    NotForYou,
}

impl From<Apart> for WhyApart {
    fn from(apart: Apart) -> Self {
        match apart {
            Apart::Single => Self::Single,
            Apart::Words => Self::Words,
            Apart::Picture => Self::Picture,
            Apart::Taken => Self::Taken,
            Apart::NotForYou => Self::NotForYou,
        }
    }
}

/// One copy.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GroupMember {
    /// The hit.
    hit_id: HitId,
    /// The election's list.
    set: String,
    /// The rule that applies first.
    clause: ClauseRef,
    /// Stage of the election on the day of the act.
    stage: StageRef,
    /// What was done.
    verb: Verb,
    /// Where.
    platform: String,
    /// When it was posted, else first seen.
    at: Moment,
    /// Where it stands for you.
    standing: CopyStanding,
    /// Its own words, the person covered; null where they are those of the others.
    words: Option<String>,
    /// It can be closed together with the others, by you.
    together: bool,
    /// Why not; null where you decide nothing.
    apart: Option<WhyApart>,
}

impl GroupMember {
    fn new(m: &store::Member, decides: bool, lists: &Lists) -> Self {
        let unknown = SetWords::default();
        let words = lists.sets.get(&m.set_id).unwrap_or(&unknown);
        Self {
            hit_id: m.hit_id,
            set: m.set_id.clone(),
            clause: ClauseRef::new(words, &m.clause),
            stage: StageRef::new(words, &m.stage),
            verb: m.verb,
            platform: m.platform.clone(),
            at: m.at.into(),
            standing: m.state.into(),
            words: group_show::own_words(m),
            together: decides && m.apart.is_none(),
            apart: m.apart.filter(|_| decides).map(Into::into),
        }
    }
}

/// The copies of one text or picture.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Group {
    /// The group.
    group_id: Uuid,
    /// The post that stands for all of them.
    post: Option<Reading>,
    /// The copies, those that wait for you first.
    members: Vec<GroupMember>,
    /// Only the first two hundred are listed.
    more: bool,
    /// How many you can close together; 0 where that is not offered: to whoever decides nothing, and for a single one.
    together: i64,
    /// Your own last stroke, while it can be taken back.
    undo: Option<Stroke>,
}

/// Copies that were closed together.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Stroke {
    /// Its id, for `/groups/{group_id}/undo`.
    bulk_id: Uuid,
    /// How many it closed.
    hits: i32,
}

/// `GET /groups/{group_id}`
pub async fn show(call: Call, asked: Asked<GroupPath>) -> Result<Json<Group>, Problem> {
    let (state, user, id) = (&call.state, call.user(), asked.path.group_id);
    let lists = state.lists_now();
    let members = group_show::members(state, user, id).await?;
    let first = group_show::first(state, user, &members).await?;
    let undo = state.store.bulk_to_undo(id, user.user_id).await?;
    let decides = user.role.decides();
    Ok(Json(Group {
        group_id: id,
        post: first.map(|(activity, hit)| Reading::new(&activity, &hit, &lists)),
        members: members.iter().map(|m| GroupMember::new(m, decides, &lists)).collect(),
        more: group_show::is_full(&members),
        together: group_show::together(user, &members),
        undo: undo.map(|(bulk_id, hits)| Stroke { bulk_id, hits }),
    }))
}

/// What to say of a group that something could not be done with: that there is none, or why not.
async fn absent(call: &Call, group: Uuid, otherwise: Code) -> Result<Problem, Problem> {
    let members = call.state.store.group_members(group, call.user().user_id).await?;
    Ok(if members.is_empty() { Code::NotFound } else { otherwise }.into())
}

/// `POST /groups/{group_id}/next`
pub async fn next(call: Call, asked: Asked<GroupPath>) -> Result<Json<Taken>, Problem> {
    let (store, lease, id) = (&call.state.store, call.state.config.lease(), asked.path.group_id);
    let taken = store.claim_copy(id, call.user(), lease).await?;
    if taken.is_none() && store.group_members(id, call.user().user_id).await?.is_empty() {
        return Err(Code::NotFound.into());
    }
    Ok(Json(Taken::of(&call, taken).await?))
}

/// Copies to be dismissed at one stroke.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupClose {
    /// Why; one of the reasons for `bukan_dugaan`.
    reason: ReasonCode,
    /// Those that were shown as `together` and looked at; no others are closed.
    #[schemars(length(min = 1, max = 200))]
    hits: Vec<HitId>,
}

/// Copies that were closed, one decision each.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GroupClosed {
    /// The stroke, for `/groups/{group_id}/undo`.
    bulk_id: Uuid,
    /// How many were closed.
    hits: usize,
    /// How many of those named were left: somebody took them, or they are not alike any more.
    left: usize,
    /// Until then it can be taken back, unless somebody has gone on from it.
    undo_until: Moment,
}

/// `POST /groups/{group_id}/close`
pub async fn close(call: Call, asked: Asked<GroupPath, (), GroupClose>) -> Result<Made<GroupClosed>, Problem> {
    let (id, GroupClose { reason, hits }) = (asked.path.group_id, asked.body);
    if hits.is_empty() || i64::try_from(hits.len()).map_or(true, |n| n > MEMBERS) {
        return Err(Code::Invalid.into());
    }
    if reason.outcome() != Outcome::NotSuspected {
        return Err(Problem::fault("reason", "problem-reason-other"));
    }
    match call.state.store.close_group(call.user(), id, &hits, reason, call.state.review).await? {
        Some(done) => Ok(Made(GroupClosed {
            bulk_id: done.bulk_id,
            hits: done.hits,
            left: done.left,
            undo_until: (Timestamp::now() + UNDO).into(),
        })),
        None => Err(absent(&call, id, Code::NothingToClose).await?),
    }
}

/// A stroke to be taken back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupUndo {
    /// The stroke.
    bulk_id: Uuid,
}

/// A stroke that was taken back.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GroupReopened {
    /// How many decisions were taken back.
    hits: usize,
    /// How many were left, because somebody has gone on from them.
    left: usize,
}

/// `POST /groups/{group_id}/undo`
pub async fn undo(call: Call, asked: Asked<GroupPath, (), GroupUndo>) -> Result<Json<GroupReopened>, Problem> {
    match call.state.store.undo_bulk(call.user(), asked.body.bulk_id).await? {
        (0, 0) => Err(absent(&call, asked.path.group_id, Code::UndoTooLate).await?),
        (0, _) => Err(Code::UndoMovedOn.into()),
        (hits, left) => Ok(Json(GroupReopened { hits, left })),
    }
}
