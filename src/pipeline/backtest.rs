//! Trying a draft before it is published: what it would find in the window, and what people had said of what it loses.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::rescan::{BEGINNING, window_start};
use super::{PipelineError, background};
use crate::keyword::KeywordSet;
use crate::matcher::Matcher;
use crate::model::{AccountId, ActivityId, Hit, HitId, Kind, Level, Outcome};
use crate::store::{Program, Store, StoreError, Stored, StoredHit};

/// A dead worker's trial is begun anew after this time.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Posts of each sample.
pub const SAMPLES: usize = 20;
/// Older activities that are read, too: those whose hit waits or was decided on.
const KEPT: [&str; 4] = ["open", "quarantined", "asked", "decided"];

/// Before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Hits at review with what is live.
    pub before: u64,
    /// With the draft.
    pub after: u64,
}

/// One match of a sample, without its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleMatch {
    /// Keyword.
    pub keyword: String,
    /// Its kind.
    pub kind: Kind,
    /// Field.
    pub field: String,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// One post of a sample: ids and places only, so that nothing of the post outlives the post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The activity.
    pub activity: ActivityId,
    /// Its hit, where it has one.
    pub hit: Option<HitId>,
    /// What people said of that.
    pub outcome: Option<Outcome>,
    /// Score in hundredths.
    pub score: i16,
    /// Clause.
    pub clause: String,
    /// What matched: with the draft for a gained hit, with what is live for a lost one.
    pub matches: Vec<SampleMatch>,
}

/// What came of a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Activities that were read.
    pub activities: u64,
    /// Days between the first and the last of the window, at least 1.
    pub days: u64,
    /// Hits at review.
    pub hits: Shift,
    /// Hits that the draft adds.
    pub gained: u64,
    /// Hits that it loses.
    pub lost: u64,
    /// Of the lost ones: people had said *dugaan*.
    pub lost_upheld: u64,
    /// Of the lost ones: people had said *bukan dugaan*.
    pub lost_dismissed: u64,
    /// Decided hits that the draft still finds, by what people said.
    pub kept_upheld: u64,
    /// The same for *bukan dugaan*.
    pub kept_dismissed: u64,
    /// By keyword.
    pub keywords: BTreeMap<String, Shift>,
    /// By side.
    pub sides: BTreeMap<String, Shift>,
    /// Hits by day of the act, in the program's time zone.
    pub by_day: BTreeMap<String, Shift>,
    /// Lost hits, the upheld ones first.
    pub lost_sample: Vec<Sample>,
    /// Gained hits, drawn evenly.
    pub gained_sample: Vec<Sample>,
}

/// Tries drafts in the background, one at a time in each process.
#[derive(Clone)]
pub struct Trier {
    store: Store,
    worker: Uuid,
}

impl Trier {
    /// A worker with an identity of its own.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, worker: Uuid::now_v7() }
    }

    /// Works on trials until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        background::run("trial", &shutdown, || Box::pin(self.step(&shutdown))).await;
    }

    /// Works on one trial to its end; false where there is none.
    ///
    /// # Errors
    /// [`PipelineError::Store`] when the database is away; the trial is begun anew later.
    pub async fn step(&self, shutdown: &CancellationToken) -> Result<bool, PipelineError> {
        let Some((id, set_id, sources)) = self.store.lease_backtest(self.worker, LEASE).await? else {
            return Ok(false);
        };
        let lease = (self.worker, LEASE);
        let told = |read: u64, total: i64| -> BoxFuture<'_, Result<bool, StoreError>> {
            Box::pin(async move {
                Ok(!shutdown.is_cancelled() && self.store.backtest_progress(id, lease, read, Some(total)).await?)
            })
        };
        let tried = match KeywordSet::from_sources(&sources) {
            Ok(draft) => try_draft(&self.store, &set_id, Arc::new(draft), told).await,
            Err(error) => Err(PipelineError::Set(error.to_string())),
        };
        let result = match tried {
            Ok(Some(trial)) => serde_json::to_string(&trial).map_err(|e| e.to_string()),
            Ok(None) => return Ok(true),
            Err(PipelineError::Store(error)) => return Err(error.into()),
            Err(error) => Err(error.to_string()),
        };
        self.store.finish_backtest(id, self.worker, result.as_deref().map_err(String::as_str)).await?;
        Ok(true)
    }
}

/// Reads the window with the draft and with what is live; changes nothing. `told` hears how far it is and says whether to
/// go on; `None` where it said no.
///
/// # Errors
/// [`PipelineError::NoProgram`] outside an approved program, [`PipelineError::Set`] when one of the two doesn't build.
pub async fn try_draft<'t>(
    store: &Store,
    set_id: &str,
    draft: Arc<KeywordSet>,
    mut told: impl FnMut(u64, i64) -> BoxFuture<'t, Result<bool, StoreError>> + Send,
) -> Result<Option<Trial>, PipelineError> {
    let program = store.active_program().await?.ok_or(PipelineError::NoProgram)?;
    let live = store.live_sets().await?.into_iter().find(|v| v.set_id == set_id);
    let sources = match &live {
        Some(live) => store.sources_of(set_id, &live.version).await?,
        None => None,
    };
    let matchers = tokio::task::spawn_blocking(move || {
        let live = sources.map(|s| KeywordSet::from_sources(&s)).transpose().map_err(|e| e.to_string())?;
        let build = |set| Matcher::build(vec![set]).map_err(|e| e.to_string());
        Ok::<_, String>((live.map(|set| build(Arc::new(set))).transpose()?, build(draft)?))
    });
    let (before, after) = matchers.await.map_err(|e| PipelineError::Set(e.to_string()))?.map_err(PipelineError::Set)?;
    let both = Arc::new(Both { before, after, zone: zone(&program), platforms: store.platforms().await? });

    let from = window_start(&program, Timestamp::now());
    let total = store.window_size(set_id, from, &KEPT).await?;
    let mut trial = Trial::default();
    let mut page = store.window_page(set_id, from, &KEPT, BEGINNING).await?;
    while let Some(last) = page.last().map(|s| s.position) {
        if !told(trial.activities, total).await? {
            return Ok(None);
        }
        let both = Arc::clone(&both);
        let hits = store.hits_of(set_id, page.iter()).await?;
        let add = tokio::task::spawn_blocking(move || {
            for stored in page {
                both.read(stored, &hits, &mut trial);
            }
            trial
        });
        let (added, next) = tokio::join!(add, store.window_page(set_id, from, &KEPT, last));
        trial = added.map_err(|e| PipelineError::Set(e.to_string()))?;
        page = next?;
        if store.intake_is_busy().await? {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    trial.days =
        u64::try_from(program.rescan_days).unwrap_or(1).clamp(1, u64::MAX).min(trial.by_day.len().max(1) as u64);
    trial.lost_sample.sort_by_key(|s| (s.outcome != Some(Outcome::Suspected), s.outcome.is_none(), dice(s.activity)));
    Ok(Some(trial))
}

fn zone(program: &Program) -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get(&program.timezone).unwrap_or(jiff::tz::TimeZone::UTC)
}

/// What is live and what is tried.
struct Both {
    before: Option<Matcher>,
    after: Matcher,
    zone: jiff::tz::TimeZone,
    platforms: HashMap<AccountId, String>,
}

impl Both {
    fn read(&self, mut stored: Stored, hits: &HashMap<ActivityId, StoredHit>, trial: &mut Trial) {
        trial.activities += 1;
        if stored.emptied {
            return;
        }
        stored.activity.platform = self.platforms.get(&stored.account_id).cloned();
        let known = hits.get(&stored.activity_id);
        let review = |hits: Vec<Hit>| hits.into_iter().find(|h| h.level == Level::Review);
        let before = self.before.as_ref().and_then(|m| review(m.find(&stored.activity)));
        let after = review(self.after.find(&stored.activity));
        let day = stored.activity.acted_at().unwrap_or(stored.position.0).to_zoned(self.zone.clone()).date();
        if let Some(hit) = &before {
            count(trial, hit, &day.to_string(), |shift| shift.before += 1);
        }
        if let Some(hit) = &after {
            count(trial, hit, &day.to_string(), |shift| shift.after += 1);
        }
        let outcome = known.and_then(|h| h.outcome);
        match (before, after) {
            (Some(hit), None) => {
                trial.lost += 1;
                trial.lost_upheld += u64::from(outcome == Some(Outcome::Suspected));
                trial.lost_dismissed += u64::from(outcome == Some(Outcome::NotSuspected));
                let key = |s: &Sample| (s.outcome != Some(Outcome::Suspected), s.outcome.is_none(), dice(s.activity));
                keep(&mut trial.lost_sample, sample(&stored, known, &hit), key);
            }
            (None, Some(hit)) => {
                trial.gained += 1;
                keep(&mut trial.gained_sample, sample(&stored, known, &hit), |s| dice(s.activity));
            }
            (_, Some(_)) => {
                trial.kept_upheld += u64::from(outcome == Some(Outcome::Suspected));
                trial.kept_dismissed += u64::from(outcome == Some(Outcome::NotSuspected));
            }
            (None, None) => {}
        }
    }
}

fn count(trial: &mut Trial, hit: &Hit, day: &str, add: impl Fn(&mut Shift)) {
    add(&mut trial.hits);
    add(trial.by_day.entry(day.to_owned()).or_default());
    for side in &hit.sides {
        add(trial.sides.entry(side.clone()).or_default());
    }
    let mut keywords: Vec<_> = hit.matches.iter().map(|m| &*m.keyword).collect();
    keywords.sort_unstable();
    keywords.dedup();
    for keyword in keywords {
        add(trial.keywords.entry(keyword.to_owned()).or_default());
    }
}

fn sample(stored: &Stored, known: Option<&StoredHit>, hit: &Hit) -> Sample {
    Sample {
        activity: stored.activity_id,
        hit: known.map(|h| h.hit_id),
        outcome: known.and_then(|h| h.outcome),
        score: hit.score.0,
        clause: hit.clause.clone(),
        matches: hit
            .matches
            .iter()
            .map(|m| SampleMatch {
                keyword: m.keyword.to_string(),
                kind: m.kind,
                field: m.field.to_string(),
                start: m.start,
                end: m.end,
            })
            .collect(),
    }
}

/// Keeps the samples with the smallest keys.
fn keep<K: Ord>(samples: &mut Vec<Sample>, new: Sample, key: impl Fn(&Sample) -> K) {
    let at = samples.partition_point(|s| key(s) <= key(&new));
    if at < SAMPLES {
        samples.insert(at, new);
        samples.truncate(SAMPLES);
    }
}

/// An even draw that comes out the same each time: the random end of a UUIDv7.
fn dice(activity: ActivityId) -> u64 {
    activity.0.as_u64_pair().1
}
