//! What every handler may touch.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;

use super::config::WebConfig;
use crate::model::{Activity, Hit, UserId};
use crate::oidc::Provider;
use crate::pipeline::{self, Drafts};
use crate::store::{Backlog, CoverageRow, Figures, QueueCounts, ReviewConfig, Store, StoreError, User};

/// How old the coverage may be where only its outline matters.
const COVERAGE_AGE: Duration = Duration::from_secs(30);

/// How old the home page's charts may be: they count a month of hits.
const FIGURES_AGE: Duration = Duration::from_secs(300);

/// How old the home page's figures of the queue may be.
const BACKLOG_AGE: Duration = Duration::from_secs(15);

/// How old the queue's figures may be before they are counted anew: many browsers look at once.
const COUNTS_AGE: Duration = Duration::from_secs(2);
/// From so many open hits on a queue is long: counting it costs. Its figures stay for [`COUNTS_SHARE`] times as long as
/// counting took, and nobody waits for new ones unless the last are older than that and [`COUNTS_STALE`].
const COUNTS_MANY: i64 = 10_000;
/// See [`COUNTS_MANY`].
const COUNTS_SHARE: u32 = 20;
/// See [`COUNTS_MANY`].
const COUNTS_STALE: Duration = Duration::from_secs(10);

/// How an activity is searched with the live lists.
pub type Find = dyn Fn(&Activity) -> Vec<Hit> + Send + Sync;

/// The live lists as the pages need them: what they find, and the words that explain it.
pub struct Lists {
    /// Searches an activity with every live set.
    pub find: Box<Find>,
    /// The words of each set, by set id.
    pub sets: BTreeMap<String, SetWords>,
}

impl fmt::Debug for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lists").field("sets", &self.sets.keys()).finish_non_exhaustive()
    }
}

impl Default for Lists {
    fn default() -> Self {
        Self { find: Box::new(|_| Vec::new()), sets: BTreeMap::new() }
    }
}

/// The words of one keyword set and of its circular.
#[derive(Clone, Debug, Default)]
pub struct SetWords {
    /// The contest.
    pub title: String,
    /// The circular as cited: number and date.
    pub circular: String,
    /// The circular's rules, in their order.
    pub clauses: Vec<ClauseWords>,
    /// Stages by id.
    pub stages: BTreeMap<String, StageWords>,
    /// Contestants' titles by side id.
    pub sides: BTreeMap<String, String>,
}

impl SetWords {
    /// The rule with this id.
    #[must_use]
    pub fn clause(&self, id: &str) -> Option<&ClauseWords> {
        self.clauses.iter().find(|c| c.id == id)
    }
}

/// One rule of a circular, in netral's own words.
#[derive(Clone, Debug, Default)]
pub struct ClauseWords {
    /// As in the circular: `C.2.e`.
    pub id: String,
    /// Short title.
    pub title: String,
    /// Own summary.
    pub summary: String,
    /// What the joint decree says of it, by target.
    pub references: Vec<ReferenceWords>,
}

/// Where the joint decree lists the same act.
#[derive(Clone, Debug, Default)]
pub struct ReferenceWords {
    /// `bakal_calon` or `calon`.
    pub target: String,
    /// The decree.
    pub decree: String,
    /// Its item.
    pub item: String,
    /// Class of the sanction as printed there; information, never a proposal.
    pub class: String,
    /// Somebody compared it with the decree's own text.
    pub verified: bool,
}

/// One stage of a contest.
#[derive(Clone, Debug, Default)]
pub struct StageWords {
    /// Title.
    pub title: String,
    /// `bakal_calon` or `calon`.
    pub target: String,
}

/// The lists of the moment: another version may be published between two requests.
#[derive(Clone)]
pub struct LiveLists {
    current: Arc<dyn Fn() -> Arc<Lists> + Send + Sync>,
    pipeline: Option<pipeline::Lists>,
}

impl LiveLists {
    /// Asks `current` at the beginning of each request; it must be quick.
    #[must_use]
    pub fn new(current: impl Fn() -> Arc<Lists> + Send + Sync + 'static) -> Self {
        Self { current: Arc::new(current), pipeline: None }
    }

    /// With the pipeline's own lists, through which a page may take an activity in.
    #[must_use]
    pub fn with_pipeline(mut self, lists: pipeline::Lists) -> Self {
        self.pipeline = Some(lists);
        self
    }

    /// The pipeline's own lists, where there is a pipeline.
    pub(super) fn pipeline(&self) -> Option<&pipeline::Lists> {
        self.pipeline.as_ref()
    }

    /// Always the same lists: for tests.
    #[must_use]
    pub fn fixed(lists: Lists) -> Self {
        let lists = Arc::new(lists);
        Self::new(move || Arc::clone(&lists))
    }
}

/// Something that was read, and when.
type Reading<T> = Arc<Mutex<Option<(Instant, T)>>>;

/// The queue's figures as they were counted last.
#[derive(Clone, Copy)]
struct Counted {
    counted: Instant,
    /// How long counting took.
    took: Duration,
    counts: QueueCounts,
}

impl Counted {
    fn are_of_many(self) -> bool {
        self.counts.open >= COUNTS_MANY
    }

    /// How long they are shown before somebody counts again.
    fn keep(self) -> Duration {
        if self.are_of_many() { COUNTS_AGE.max(self.took * COUNTS_SHARE) } else { COUNTS_AGE }
    }

    fn are_fresh(self) -> bool {
        self.counted.elapsed() < self.keep()
    }

    /// Whether they may be shown while somebody counts.
    fn may_stand(self) -> bool {
        self.are_of_many() && self.counted.elapsed() < self.keep() + COUNTS_STALE
    }
}

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The database.
    pub store: Store,
    /// The live lists.
    pub lists: LiveLists,
    /// Settings.
    pub config: Arc<WebConfig>,
    /// What the office has agreed on for decisions.
    pub review: ReviewConfig,
    /// Ends when the pages are to close: what would stay open by itself ends with it.
    closing: CancellationToken,
    /// The workshop of keyword lists.
    pub drafts: Drafts,
    /// The provider that people may log in through.
    pub(super) oidc: Option<Arc<Provider>>,
    /// The last reading of the coverage, see [`AppState::recent_coverage`].
    coverage: Reading<Arc<Vec<CoverageRow>>>,
    /// The queue's figures, see [`AppState::queue_figures`].
    counts: Arc<std::sync::Mutex<Option<Counted>>>,
    /// Held by whoever counts the queue.
    counting: Arc<Mutex<()>>,
    /// The home page's, see [`AppState::recent_backlog`] and [`AppState::recent_figures`].
    backlog: Reading<Backlog>,
    figures: Reading<Arc<Figures>>,
    /// Password hashing takes 19 MiB and a core each: no more than two at a time, the rest wait.
    pub(super) hashing: Arc<Semaphore>,
    /// Signatures over invitations are looked up one after the other, and never in the way of a log-in.
    pub(super) signing: Arc<Semaphore>,
}

impl AppState {
    /// Puts the parts together.
    #[must_use]
    pub fn new(store: Store, lists: LiveLists, config: WebConfig) -> Self {
        Self {
            drafts: Drafts::new(store.clone(), None),
            store,
            lists,
            config: Arc::new(config),
            review: ReviewConfig::default(),
            closing: CancellationToken::new(),
            oidc: None,
            coverage: Arc::default(),
            counts: Arc::default(),
            backlog: Arc::default(),
            figures: Arc::default(),
            counting: Arc::default(),
            hashing: Arc::new(Semaphore::new(2)),
            signing: Arc::new(Semaphore::new(1)),
        }
    }

    /// Lets people log in through a provider, too.
    #[must_use]
    pub fn with_oidc(mut self, provider: Option<Provider>) -> Self {
        self.oidc = provider.map(Arc::new);
        self
    }

    /// Looks circulars that have no working copy up in this folder before the shipped ones.
    #[must_use]
    pub fn with_circulars(mut self, folder: Option<PathBuf>) -> Self {
        self.drafts = Drafts::new(self.store.clone(), folder);
        self
    }

    /// Ends what would stay open by itself: the pages are about to close.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// With the office's own rules for decisions.
    #[must_use]
    pub fn with_review(mut self, review: ReviewConfig) -> Self {
        self.review = review;
        self
    }

    /// When the pages are to close.
    pub(super) async fn closing(&self) {
        self.closing.cancelled().await;
    }

    /// The queue's figures, and what this user holds at this moment.
    pub(super) async fn queue_counts(&self, me: UserId) -> Result<QueueCounts, StoreError> {
        let mine = self.store.held_by(me).await?;
        Ok(QueueCounts { mine, ..self.queue_figures().await? })
    }

    /// The queue's figures without what is anybody's own, of the last moments.
    pub(super) async fn queue_figures(&self) -> Result<QueueCounts, StoreError> {
        let kept = *self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        match kept {
            Some(figures) if figures.are_fresh() => Ok(figures.counts),
            Some(figures) if figures.may_stand() => {
                // Whoever comes first sends somebody to count; nobody waits for it.
                if let Ok(counting) = Arc::clone(&self.counting).try_lock_owned() {
                    let state = self.clone();
                    tokio::spawn(async move {
                        if let Err(error) = state.count_queue().await {
                            tracing::warn!(error = %error, "the queue could not be counted");
                        }
                        drop(counting);
                    });
                }
                Ok(figures.counts)
            }
            _ => {
                let _counting = self.counting.lock().await;
                let fresh = *self.counts.lock().unwrap_or_else(PoisonError::into_inner);
                match fresh {
                    Some(figures) if figures.are_fresh() => Ok(figures.counts),
                    _ => self.count_queue().await,
                }
            }
        }
    }

    /// Counts; whoever calls holds `counting`, so that one counts at a time.
    async fn count_queue(&self) -> Result<QueueCounts, StoreError> {
        let begun = Instant::now();
        let counts = self.store.queue_counts().await?;
        let figures = Counted { counted: Instant::now(), took: begun.elapsed(), counts };
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner) = Some(figures);
        Ok(counts)
    }

    /// What waits in the queue, as it was a moment ago.
    pub(super) async fn recent_backlog(&self) -> Result<Backlog, StoreError> {
        recent(&self.backlog, BACKLOG_AGE, || self.store.backlog(self.review.deadline_days.into())).await
    }

    /// The figures behind the charts, of the last minutes.
    pub(super) async fn recent_figures(&self) -> Result<Arc<Figures>, StoreError> {
        let offset = self.config.zone.tz().to_offset(jiff::Timestamp::now()).seconds();
        recent(&self.figures, FIGURES_AGE, || async { Ok(Arc::new(self.store.figures(offset).await?)) }).await
    }

    /// The coverage as it was within the last half minute. It is counted over all accounts, so the queue and a scraper
    /// must not count it anew each time.
    pub(super) async fn recent_coverage(&self) -> Result<Arc<Vec<CoverageRow>>, StoreError> {
        recent(&self.coverage, COVERAGE_AGE, || async { Ok(Arc::new(self.store.coverage().await?)) }).await
    }

    /// Whether somebody may be the second person for users: by their role, or for a colleague who is away.
    pub(super) async fn confirms_users(&self, user: &User) -> Result<bool, StoreError> {
        Ok(user.role.confirms_users() || self.store.confirms_for_absent(&user.login, super::typed::today(self)).await?)
    }

    /// The lists as they are now. A request keeps one version from beginning to end.
    pub(super) fn lists_now(&self) -> Arc<Lists> {
        (self.lists.current)()
    }
}

/// What was read within `age`, else read anew; while one request reads, the others wait for its answer.
async fn recent<T: Clone, F: Future<Output = Result<T, StoreError>>>(
    kept: &Reading<T>,
    age: Duration,
    read: impl FnOnce() -> F,
) -> Result<T, StoreError> {
    let mut kept = kept.lock().await;
    if let Some((_, value)) = kept.as_ref().filter(|(at, _)| at.elapsed() < age) {
        return Ok(value.clone());
    }
    let value = read().await?;
    *kept = Some((Instant::now(), value.clone()));
    Ok(value)
}
