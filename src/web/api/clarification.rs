//! `/clarifications`: questions to persons. They name people, so each look is in the ledger, and whoever decides and looks is
//! no longer blind.

use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cursor::{self, List, Page};
use super::file::Attached;
use super::problem::{Code, Problem, at_most};
use super::route::{Asked, Call, Done};
use super::schema::{Day, FileBytes, Moment};
use crate::model::{Answer, HitId};
use crate::store::{self, ClarificationFilter};
use crate::web::clarification_show::{self, Draft};
use crate::web::state::Lists;

const WAITING: List = List("clarification");
const SETTLED: List = List("clarification-settled");

/// Which question.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClarificationPath {
    /// Id of the question.
    clarification_id: Uuid,
}

/// What to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Those that are settled, the latest first; else those that wait, the most urgent first.
    #[serde(default)]
    settled: bool,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows on the page.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u8>,
}

/// A question to a person about one hit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Clarification {
    /// Its id.
    clarification_id: Uuid,
    /// About which hit.
    hit_id: HitId,
    /// Two people already suspect a breach; the answer is awaited before it goes on.
    upheld: bool,
    /// The rule that the asking decision names.
    clause: String,
    /// The circular, as cited.
    circular: String,
    /// The person.
    person: String,
    /// NIP, where there is one.
    nip: Option<String>,
    /// Jabatan.
    position: String,
    /// The unit that the letter goes to.
    unit: String,
    /// Platform of the account.
    platform: String,
    /// Handle of the account.
    handle: String,
    /// When the act was posted.
    posted_at: Option<Moment>,
    /// Its address.
    url: Option<String>,
    /// When the question came up.
    opened_at: Moment,
    /// By when an answer is awaited.
    due_on: Day,
    /// The letter, once it is sent.
    letter: Option<Letter>,
    /// What came of it.
    outcome: Option<Answer>,
    /// In words.
    answer: String,
    /// Something came with the answer.
    has_attachment: bool,
    /// Who wrote the answer down.
    settled_by: Option<String>,
    /// When.
    settled_at: Option<Moment>,
}

/// A letter that was sent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Letter {
    /// Its number.
    number: String,
    /// When.
    sent_at: Moment,
    /// By whom.
    sent_by: String,
}

impl Clarification {
    fn new(c: store::Clarification, lists: &Lists) -> Self {
        let (settled_by, settled_at) = c.settled.clone().unzip();
        Self {
            circular: clarification_show::cited(&c, lists),
            clarification_id: c.clarification_id,
            hit_id: c.hit_id,
            upheld: c.upheld,
            clause: c.clause,
            person: c.person,
            nip: c.nip,
            position: c.position,
            unit: c.unit,
            platform: c.platform,
            handle: c.handle,
            posted_at: c.posted_at.map(Into::into),
            url: c.url,
            opened_at: c.opened_at.into(),
            due_on: c.due_on.into(),
            letter: c.sent.map(|(number, at, sent_by)| Letter { number, sent_at: at.into(), sent_by }),
            outcome: c.outcome,
            answer: c.answer,
            has_attachment: c.has_attachment,
            settled_by,
            settled_at: settled_at.map(Into::into),
        }
    }
}

/// `GET /clarifications`
pub async fn list(call: Call, asked: Asked<(), Filter>) -> Result<Json<Page<Clarification>>, Problem> {
    let query = asked.query;
    let (filter, list) =
        if query.settled { (ClarificationFilter::Settled, SETTLED) } else { (ClarificationFilter::Waiting, WAITING) };
    let (limit, after) = (cursor::rows(query.limit)?, list.key(query.cursor.as_deref())?);
    let found = call.state.store.view_clarifications(filter, after, limit + 1, call.login()).await?;
    let lists = call.state.lists_now();
    Ok(Json(list.page(found, limit, store::Clarification::place, |c| Clarification::new(c, &lists))))
}

/// `GET /clarifications/{clarification_id}`
pub async fn show(call: Call, asked: Asked<ClarificationPath>) -> Result<Json<Clarification>, Problem> {
    let id = asked.path.clarification_id;
    let found = call.state.store.view_clarification(id, call.user()).await?.ok_or(Code::NotFound)?;
    Ok(Json(Clarification::new(found, &call.state.lists_now())))
}

/// `GET /clarifications/{clarification_id}/attachment`
pub async fn attachment(call: Call, asked: Asked<ClarificationPath>) -> Result<Json<Attached>, Problem> {
    let file = clarification_show::attachment(&call.state, call.user(), asked.path.clarification_id).await?;
    Ok(Json(file.into()))
}

/// A letter that was sent to the unit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLetter {
    /// Its number.
    #[schemars(length(min = 1, max = 100))]
    number: String,
}

/// `POST /clarifications/{clarification_id}/letter`
pub async fn send(call: Call, asked: Asked<ClarificationPath, (), NewLetter>) -> Result<Done, Problem> {
    let id = asked.path.clarification_id;
    at_most(100, &asked.body.number)?;
    let number = clarification_show::letter_number(&asked.body.number)
        .ok_or_else(|| Problem::fault("number", "clarification-no-number"))?;
    known(&call, id).await?;
    let done = call.state.store.send_clarification(id, &number, call.login()).await?;
    if done { Ok(Done) } else { Err(Code::SettledAlready.into()) }
}

/// What came of a question.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// What came of it; `tidak_menjawab` only after a letter was sent.
    outcome: Answer,
    /// In the person's words or a summary of them, in ten characters or more; may be empty for `tidak_menjawab`.
    #[serde(default)]
    #[schemars(length(max = 8000))]
    answer: String,
    /// A scan of the letter: PDF, PNG, JPEG or WebP of at most 5 MiB.
    #[serde(default)]
    attachment: Option<FileBytes>,
}

/// `POST /clarifications/{clarification_id}/answer`
pub async fn answer(call: Call, asked: Asked<ClarificationPath, (), NewAnswer>) -> Result<Done, Problem> {
    let (id, body) = (asked.path.clarification_id, asked.body);
    known(&call, id).await?;
    let draft = Draft { hasil: body.outcome.as_str().to_owned(), jawaban: crate::web::typed::lines(&body.answer) };
    let file = body.attachment.unwrap_or_default().0;
    match clarification_show::answer(&call.state, call.login(), id, &draft, file).await? {
        Ok(true) => Ok(Done),
        Ok(false) => Err(Code::SettledAlready.into()),
        Err(key) => {
            let field = match key {
                "clarification-not-sent" | "clarification-no-outcome" => "outcome",
                "attachment-bad" | "tip-large-picture" => "attachment",
                _ => "answer",
            };
            Err(Problem::fault(field, key))
        }
    }
}

async fn known(call: &Call, id: Uuid) -> Result<(), Problem> {
    if call.state.store.has_clarification(id).await? { Ok(()) } else { Err(Code::NotFound.into()) }
}
