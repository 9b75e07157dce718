//! The live keyword lists as one matcher, renewed without a restart when another version is published.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::PipelineError;
use crate::keyword::KeywordSet;
use crate::matcher::Matcher;
use crate::store::{PublishedSet, Store};

/// How often the published versions are looked at; a new list is live within this time plus its build.
const POLL: Duration = Duration::from_secs(1);

/// The live matcher, shared by collectors and pages.
#[derive(Clone)]
pub struct Lists {
    current: watch::Receiver<Arc<Matcher>>,
}

impl Lists {
    /// Builds the matcher of everything that is published now, and keeps it renewed until `shutdown`.
    ///
    /// # Errors
    /// [`PipelineError::NoSets`] when nothing is published, [`PipelineError::Set`] when a published set doesn't compile.
    pub async fn follow(store: Store, shutdown: CancellationToken) -> Result<Self, PipelineError> {
        let mut versions = versions(&store).await?;
        let (sender, current) = watch::channel(Arc::new(build(&store).await?));
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = shutdown.cancelled() => return,
                    () = tokio::time::sleep(POLL) => {}
                }
                // A database that is away for a moment is no reason to stop using the lists at hand.
                let Ok(now) = self::versions(&store).await else { continue };
                if now == versions {
                    continue;
                }
                match build(&store).await {
                    Ok(matcher) => {
                        tracing::info!(sets = now.len(), "keyword lists renewed");
                        sender.send_replace(Arc::new(matcher));
                        versions = now;
                    }
                    Err(error) => tracing::error!(error = %error, "new keyword lists can't be used; the old ones stay"),
                }
            }
        });
        Ok(Self { current })
    }

    /// Publishes a set: every worker takes it up within a second. False where this version is live already.
    ///
    /// # Errors
    /// [`PipelineError::Store`] when the database is away.
    pub async fn publish(store: &Store, set: &KeywordSet, actor: &str) -> Result<bool, PipelineError> {
        let published = PublishedSet {
            set_id: set.id().to_owned(),
            version: set.fingerprint().to_owned(),
            title: set.title().to_owned(),
            circular: set.circular().map(|c| c.id.clone()).unwrap_or_default(),
            sources: set.sources(),
        };
        Ok(store.publish_set(&published, actor).await?)
    }

    /// A fixed matcher: for tests.
    #[must_use]
    pub fn fixed(matcher: Matcher) -> Self {
        Self { current: watch::channel(Arc::new(matcher)).1 }
    }

    /// The matcher of this moment; hold it for one page, not longer.
    #[must_use]
    pub fn matcher(&self) -> Arc<Matcher> {
        Arc::clone(&self.current.borrow())
    }
}

async fn versions(store: &Store) -> Result<Vec<(String, String)>, PipelineError> {
    Ok(store.live_sets().await?.into_iter().map(|s| (s.set_id, s.version)).collect())
}

async fn build(store: &Store) -> Result<Matcher, PipelineError> {
    let sources = store.live_sources().await?;
    if sources.is_empty() {
        return Err(PipelineError::NoSets);
    }
    // Compiling 100,000 forms takes a while; the workers go on meanwhile.
    let built = tokio::task::spawn_blocking(move || {
        let sets: Result<Vec<_>, _> = sources
            .iter()
            .map(|files| KeywordSet::from_sources(files).map(Arc::new).map_err(|e| e.to_string()))
            .collect();
        Matcher::build(sets?).map_err(|e| e.to_string())
    });
    built.await.map_err(|e| PipelineError::Set(e.to_string()))?.map_err(PipelineError::Set)
}
