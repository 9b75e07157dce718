//! The live keyword lists as one matcher, renewed without a restart when another version is published.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::PipelineError;
use crate::keyword::KeywordSet;
use crate::matcher::Matcher;
use crate::store::{ListFrame, ListWords, Store};

/// How often the published versions are looked at; a new list is live within this time plus its build.
const POLL: Duration = Duration::from_secs(1);

/// The lists of one moment.
#[derive(Debug)]
pub struct Live {
    /// What finds.
    pub matcher: Arc<Matcher>,
    /// Which generation it is, and the keywords' daily caps.
    pub frame: Arc<ListFrame>,
}

/// The live matcher, shared by collectors, background work and pages.
#[derive(Clone)]
pub struct Lists {
    current: watch::Receiver<Arc<Live>>,
}

impl Lists {
    /// Builds the matcher of everything that is published now, and keeps it renewed until `shutdown`.
    ///
    /// # Errors
    /// [`PipelineError::NoSets`] when nothing is published, [`PipelineError::Set`] when a published set doesn't compile.
    pub async fn follow(store: Store, shutdown: CancellationToken) -> Result<Self, PipelineError> {
        let first = build(&store).await?;
        if first.matcher.sets().is_empty() {
            return Err(PipelineError::NoSets);
        }
        let (sender, current) = watch::channel(Arc::new(first));
        tokio::spawn(async move { renew(&store, &sender, &shutdown).await });
        Ok(Self { current })
    }

    /// A fixed matcher: for tests.
    #[must_use]
    pub fn fixed(matcher: Matcher) -> Self {
        let frame = Arc::new(ListFrame { generation: 1, caps: caps(matcher.sets()) });
        Self { current: watch::channel(Arc::new(Live { matcher: Arc::new(matcher), frame })).1 }
    }

    /// The lists of this moment; hold them for one page, not longer.
    #[must_use]
    pub fn live(&self) -> Arc<Live> {
        Arc::clone(&self.current.borrow())
    }

    /// The matcher of this moment.
    #[must_use]
    pub fn matcher(&self) -> Arc<Matcher> {
        Arc::clone(&self.current.borrow().matcher)
    }

    /// Waits for lists that are newer than these, but no longer than `patience`; then these are given back.
    pub async fn newer_than(&self, old: &Arc<Live>, patience: Duration) -> Arc<Live> {
        let mut current = self.current.clone();
        let newer = current.wait_for(|live| live.frame.generation > old.frame.generation);
        match tokio::time::timeout(patience, newer).await {
            Ok(Ok(live)) => Arc::clone(&live),
            _ => Arc::clone(old),
        }
    }
}

/// Takes up what is published, as soon as the database says so and at the latest when it is looked at.
async fn renew(store: &Store, sender: &watch::Sender<Arc<Live>>, shutdown: &CancellationToken) {
    let mut listener: Option<ListWords> = None;
    loop {
        if listener.is_none() {
            listener = store.listen_for_lists().await.ok();
        }
        let heard = async {
            match &mut listener {
                Some(words) => words.next().await,
                None => std::future::pending().await,
            }
        };
        let lost = tokio::select! {
            () = shutdown.cancelled() => return,
            heard = heard => !heard,
            () = tokio::time::sleep(POLL) => false,
        };
        if lost {
            listener = None;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // A database that is away for a moment is no reason to stop using the lists at hand.
        let Ok(generation) = store.list_generation().await else { continue };
        if generation == sender.borrow().frame.generation {
            continue;
        }
        match build(store).await {
            Ok(live) => {
                tracing::info!(sets = live.matcher.sets().len(), generation, "keyword lists renewed");
                sender.send_replace(Arc::new(live));
            }
            Err(error) => tracing::error!(error = %error, "new keyword lists can't be used; the old ones stay"),
        }
    }
}

async fn build(store: &Store) -> Result<Live, PipelineError> {
    let (generation, sources) = store.live_sources().await?;
    // Compiling 100,000 forms takes a while; the workers go on meanwhile.
    let built = tokio::task::spawn_blocking(move || {
        let sets: Result<Vec<_>, _> = sources
            .iter()
            .map(|files| KeywordSet::from_sources(files).map(Arc::new).map_err(|e| e.to_string()))
            .collect();
        Matcher::build(sets?).map_err(|e| e.to_string())
    });
    let matcher = built.await.map_err(|e| PipelineError::Set(e.to_string()))?.map_err(PipelineError::Set)?;
    let frame = Arc::new(ListFrame { generation, caps: caps(matcher.sets()) });
    Ok(Live { matcher: Arc::new(matcher), frame })
}

fn caps(sets: &[Arc<KeywordSet>]) -> HashMap<(String, String), u32> {
    let of = |set: &Arc<KeywordSet>| {
        let id = set.id().to_owned();
        set.keywords().iter().filter_map(move |k| Some(((id.clone(), k.id.clone()), k.daily_cap?))).collect::<Vec<_>>()
    };
    sets.iter().flat_map(of).collect()
}
