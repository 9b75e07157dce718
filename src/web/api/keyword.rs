//! `/keyword-sets`: the lists as they stand in the workshop and as they are in force; and what they say of a text.

use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cursor::{self, List, Page};
use super::finding::Finding;
use super::problem::Problem;
use super::route::{Asked, Call};
use super::schema::{Day, Moment};
use crate::keyword::{self, Strength};
use crate::model::{Kind, Stance, Verb};
use crate::pipeline::DraftError;
use crate::store::SetVersion;
use crate::web::error::Error;
use crate::web::text_try::{self, Sample};

const KEYWORDS: List = List("keyword");

/// The version of a list that is in force.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LiveVersion {
    /// Number of the publication within its list, from 1.
    number: i32,
    /// Fingerprint.
    version: String,
    /// Id of its circular.
    circular: String,
    /// When it was published.
    published_at: Moment,
    /// By whom.
    published_by: String,
    /// Who wrote what changed.
    authors: Vec<String>,
    /// Who vouched for it.
    signed_by: String,
}

impl From<&SetVersion> for LiveVersion {
    fn from(v: &SetVersion) -> Self {
        Self {
            number: v.number,
            version: v.version.clone(),
            circular: v.circular.clone(),
            published_at: v.published_at.into(),
            published_by: v.published_by.clone(),
            authors: v.authors.clone(),
            signed_by: v.signed_by.clone(),
        }
    }
}

/// A list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SetItem {
    /// Id.
    id: String,
    /// Title.
    title: String,
    /// Fingerprint of what stands in the workshop; null where its files have faults.
    draft: Option<String>,
    /// It is an election; others only serve elections.
    election: bool,
    /// Who edited its working copy last.
    edited_by: Option<String>,
    /// The version in force.
    live: Option<LiveVersion>,
}

/// Every list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sets {
    /// By id.
    items: Vec<SetItem>,
}

/// `GET /keyword-sets`
pub async fn list(call: Call, _: Asked) -> Result<Json<Sets>, Problem> {
    let live = call.state.store.live_sets().await?;
    let found = call.state.drafts.all().await?;
    let items = found.into_iter().map(|line| {
        let set = line.set.as_deref().ok();
        SetItem {
            title: set.map_or_else(|| line.id.clone(), |s| s.title().to_owned()),
            draft: set.map(|s| s.fingerprint().to_owned()),
            election: set.is_some_and(keyword::KeywordSet::is_election),
            edited_by: line.edited_by,
            live: live.iter().find(|v| v.set_id == line.id).map(LiveVersion::from),
            id: line.id,
        }
    });
    Ok(Json(Sets { items: items.collect() }))
}

/// Which list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPath {
    /// Id of the list.
    set: String,
}

/// A contestant.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SideItem {
    /// Id.
    id: String,
    /// Title.
    title: String,
    /// Ballot number, once drawn.
    number: Option<u32>,
}

/// A stretch of the election's calendar.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StageItem {
    /// Id.
    id: String,
    /// Title.
    title: String,
    /// First day.
    from: Day,
    /// Last day.
    to: Day,
}

/// A list as it stands in the workshop.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SetBody {
    /// Id.
    id: String,
    /// Title.
    title: String,
    /// Region.
    region: String,
    /// Fingerprint of what stands in the workshop.
    draft: String,
    /// The version in force.
    live: Option<LiveVersion>,
    /// Lists that it extends.
    extends: Vec<String>,
    /// First day on which it holds.
    valid_from: Option<Day>,
    /// Last day.
    valid_to: Option<Day>,
    /// Contestants.
    sides: Vec<SideItem>,
    /// Stages.
    stages: Vec<StageItem>,
    /// How many keywords it has, those of the lists that it extends included.
    keywords: usize,
}

async fn set(call: &Call, id: &str) -> Result<std::sync::Arc<keyword::KeywordSet>, Problem> {
    call.state.drafts.set(id).await.map_err(|error: DraftError| Error::from(error).into())
}

/// `GET /keyword-sets/{set}`
pub async fn show(call: Call, asked: Asked<SetPath>) -> Result<Json<SetBody>, Problem> {
    let set = set(&call, &asked.path.set).await?;
    let live = call.state.store.live_sets().await?;
    let (valid_from, valid_to) = set.valid().unzip();
    Ok(Json(SetBody {
        id: set.id().to_owned(),
        title: set.title().to_owned(),
        region: set.region().to_owned(),
        draft: set.fingerprint().to_owned(),
        live: live.iter().find(|v| v.set_id == set.id()).map(LiveVersion::from),
        extends: set.extends().to_vec(),
        valid_from: valid_from.map(Into::into),
        valid_to: valid_to.map(Into::into),
        sides: set
            .sides()
            .iter()
            .map(|s| SideItem { id: s.id.clone(), title: s.title.clone(), number: s.number })
            .collect(),
        stages: set
            .stages()
            .iter()
            .map(|s| StageItem { id: s.id.clone(), title: s.title.clone(), from: s.from.into(), to: s.to.into() })
            .collect(),
        keywords: set.keywords().len(),
    }))
}

/// Which keywords.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeywordFilter {
    /// Only this kind.
    kind: Option<Kind>,
    /// Only this side.
    side: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows on the page.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u8>,
}

/// An entry of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeywordItem {
    /// Id.
    id: String,
    /// The side it speaks of.
    side: Option<String>,
    /// What it is.
    kind: Kind,
    /// Literal forms.
    forms: Vec<String>,
    /// Regular expressions over the folded text.
    patterns: Vec<String>,
    /// Campaign accounts.
    accounts: Vec<AccountItem>,
    /// It counts only beside another.
    weak: bool,
    /// It is switched on.
    enabled: bool,
    /// Hits a day after which it is put apart.
    daily_cap: Option<u32>,
    /// What it says, where it says something.
    stance: Option<Stance>,
    /// Phrases in which it does not count.
    except: Vec<String>,
    /// Where it comes from, and why.
    note: Option<String>,
    /// Hits that it was part of.
    hits: i64,
    /// Decisions on these.
    decided: i64,
    /// Of these: *dugaan*.
    upheld: i64,
}

/// A campaign account that a list names.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CampaignAccount")]
pub struct AccountItem {
    /// Platform; any where null.
    platform: Option<String>,
    /// Handle.
    handle: Option<String>,
    /// The platform's own id.
    id: Option<String>,
}

/// `GET /keyword-sets/{set}/keywords`
pub async fn keywords(call: Call, asked: Asked<SetPath, KeywordFilter>) -> Result<Json<Page<KeywordItem>>, Problem> {
    let query = asked.query;
    let (limit, after) = (cursor::rows(query.limit)?, KEYWORDS.key::<String>(query.cursor.as_deref())?);
    let set = set(&call, &asked.path.set).await?;
    let figures = call.state.store.keyword_figures(set.id(), None).await?;
    let mut found: Vec<_> = set
        .keywords()
        .iter()
        .filter(|k| query.kind.is_none_or(|kind| k.kind == kind))
        .filter(|k| query.side.as_ref().is_none_or(|side| k.side.as_ref() == Some(side)))
        .filter(|k| after.as_ref().is_none_or(|after| k.id > *after))
        .collect();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found.truncate(usize::try_from(limit + 1).unwrap_or_default());
    let item = |k: &keyword::Keyword| {
        let figures = figures.get(&k.id).cloned().unwrap_or_default();
        let accounts = k.accounts.iter().map(|a| AccountItem {
            platform: a.platform.clone(),
            handle: a.handle.clone(),
            id: a.id.clone(),
        });
        KeywordItem {
            id: k.id.clone(),
            side: k.side.clone(),
            kind: k.kind,
            forms: k.forms.clone(),
            patterns: k.patterns.clone(),
            accounts: accounts.collect(),
            weak: k.strength == Strength::Weak,
            enabled: k.enabled,
            daily_cap: k.daily_cap,
            stance: k.stance,
            except: k.except.clone(),
            note: k.note.clone(),
            hits: figures.hits,
            decided: figures.decided,
            upheld: figures.upheld,
        }
    };
    Ok(Json(KEYWORDS.page(found, limit, |k| k.id.clone(), item)))
}

/// A text to try. One of `text`, `alt` and `target` is needed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrial {
    /// The post's own text.
    #[serde(default)]
    #[schemars(length(max = 20_000))]
    text: String,
    /// Alt text of a picture.
    #[serde(default)]
    #[schemars(length(max = 20_000))]
    alt: String,
    /// Handle of the account that it is directed at.
    #[serde(default)]
    target: String,
    /// What is done.
    #[serde(default)]
    verb: Option<Verb>,
    /// On which day.
    #[serde(default)]
    date: Option<Day>,
}

/// What the lists in force say of a text.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Trial {
    /// The hits, the strongest first.
    findings: Vec<Finding>,
    /// How many lists were asked.
    sets: usize,
}

/// `POST /text-trials`
pub async fn trial(call: Call, asked: Asked<(), (), NewTrial>) -> Result<Json<Trial>, Problem> {
    let body = asked.body;
    let sample = Sample {
        teks: body.text,
        alt: body.alt,
        sasaran: body.target,
        tindakan: body.verb.unwrap_or_default().as_str().to_owned(),
        tanggal: body.date.map(|day| day.0.to_string()).unwrap_or_default(),
    };
    let activity = text_try::activity(&sample, &call.state).map_err(|key| {
        let field = if key == "try-date-wrong" { "date" } else { "text" };
        Problem::fault(field, key)
    })?;
    let (_, lists, hits) = text_try::find(&call.state, activity).await?;
    let findings = hits.iter().map(|hit| Finding::new(hit, &lists, false)).collect();
    Ok(Json(Trial { findings, sets: lists.sets.len() }))
}
