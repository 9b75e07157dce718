//! The life of a keyword list before it is live: working copies over the shipped files, the check, the second person's
//! signature, the publication.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::PipelineError;
use crate::keyword::{Keyword, KeywordError, KeywordSet, Library, Problem, Strength, clone_set};
use crate::matcher::{BuildError, Finding, Matcher, Severity, check};
use crate::model::{Activity, Kind, Words};
use crate::store::{DraftKind, Edited, Publication, PublishedSet, Signature, Signed, Store, StoreError, User};

/// Posts of the window in which a keyword's frequency is measured.
const SAMPLE: i64 = 5000;
/// Fewer say nothing.
const SMALLEST_SAMPLE: usize = 200;
/// A keyword that stands in more than one of so many posts is an everyday word, whatever it was meant for.
const TOO_COMMON: usize = 50;
/// The same for contestants' names, which people do write often in a campaign.
const TOO_COMMON_NAME: usize = 10;

/// Why a step in a list's life could not be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The files say something that can't be used.
    #[error(transparent)]
    Keyword(#[from] KeywordError),
    /// There is no such set.
    #[error("there is no keyword set `{0}`; `netral keywords list` names those there are")]
    NoSuchSet(String),
    /// The check found errors.
    #[error("`{set}` has {errors} errors; see `netral keywords check` and put them right first")]
    Errors {
        /// The set.
        set: String,
        /// How many.
        errors: usize,
    },
    /// Shared sets are published with the elections that extend them.
    #[error("`{0}` is a shared set: it goes live with the elections that extend it")]
    Shared(String),
    /// Nobody else has signed exactly this.
    #[error(
        "nobody but its authors has signed `{0}` as it stands; a second person does so with `netral keywords sign`"
    )]
    NotSigned(String),
    /// The id is taken.
    #[error("there is a keyword set `{0}` already; choose another id")]
    Exists(String),
    /// A published set doesn't build.
    #[error("`{set}` can't be used: {problem}")]
    Build {
        /// The set.
        set: String,
        /// What the matcher says.
        problem: String,
    },
}

impl From<DraftError> for PipelineError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::Store(error) => Self::Store(error),
            other => Self::Set(other.to_string()),
        }
    }
}

/// One set on the list of sets.
#[derive(Clone, Debug)]
pub struct SetLine {
    /// Id.
    pub id: String,
    /// The set as it stands in the workshop, or what is wrong with its files.
    pub set: Result<Arc<KeywordSet>, String>,
    /// Who edited the working copy of its own file last, where there is one.
    pub edited_by: Option<String>,
}

/// What the check says of a draft.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The set, where it could be made.
    pub set: Option<Arc<KeywordSet>>,
    /// Findings, errors first.
    pub findings: Vec<Finding>,
    /// Posts of the window that were measured.
    pub measured: usize,
}

impl Checked {
    /// How many findings forbid a publication.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.findings.iter().filter(|f| f.severity == Severity::Error).count()
    }
}

/// A closure and the revisions of the working copies that it was made from.
type Made = (Vec<(DraftKind, String, i64)>, Arc<KeywordSet>);

/// How long a check of the same files is good: its errors for ever, what was measured of posts for a while.
const CHECK_AGE: Duration = Duration::from_secs(60);

/// The workshop: working copies in the database over the shipped files.
#[derive(Clone)]
pub struct Drafts {
    store: Store,
    circulars: Option<PathBuf>,
    made: Arc<Mutex<HashMap<String, Made>>>,
    /// The last check of each set, with its moment.
    checked: Arc<Mutex<HashMap<String, (Instant, Checked)>>>,
}

impl Drafts {
    /// A workshop over a database; circulars that have no working copy are looked up in `circulars`, then in the binary.
    #[must_use]
    pub fn new(store: Store, circulars: Option<PathBuf>) -> Self {
        Self { store, circulars, made: Arc::default(), checked: Arc::default() }
    }

    /// The files as they stand: working copies, else what is shipped, else what is published.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn library(&self) -> Result<Library, StoreError> {
        let mut files: Vec<_> = self
            .store
            .drafts()
            .await?
            .into_iter()
            .map(|draft| (file_name(draft.kind, &draft.draft_id), draft.text))
            .collect();
        for live in self.store.live_sets().await? {
            // What was published from elsewhere, and never edited here, has its closure in the publication.
            let sources = self.store.sources_of(&live.set_id, &live.version).await?.unwrap_or_default();
            for (name, text) in sources {
                let name = plain_name(&name);
                // A shipped file that a newer netral brings must show as a change, not hide behind what was live.
                if Library::shipped(&name).is_none() && !files.iter().any(|(known, _)| *known == name) {
                    files.push((name, text));
                }
            }
        }
        Ok(Library::builtin().with_circulars(self.circulars.clone()).with_drafts(files))
    }

    /// A set with everything it extends, as it stands in the workshop.
    ///
    /// # Errors
    /// [`DraftError::Keyword`] names everything that is wrong in its files.
    pub async fn set(&self, id: &str) -> Result<Arc<KeywordSet>, DraftError> {
        let revisions = self.store.draft_revisions().await?;
        if let Some((of, set)) = self.made().get(id)
            && *of == revisions
        {
            return Ok(Arc::clone(set));
        }
        let library = self.library().await?;
        if library.text(id)?.is_none() {
            return Err(DraftError::NoSuchSet(id.to_owned()));
        }
        let name = id.to_owned();
        // A list of 100,000 forms takes a while to read.
        let set = tokio::task::spawn_blocking(move || library.set(&name))
            .await
            .map_err(|e| DraftError::Build { set: id.to_owned(), problem: e.to_string() })??;
        let set = Arc::new(set);
        self.made().insert(id.to_owned(), (revisions, Arc::clone(&set)));
        Ok(set)
    }

    fn made(&self) -> MutexGuard<'_, HashMap<String, Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn checked(&self) -> MutexGuard<'_, HashMap<String, (Instant, Checked)>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The text of a set's own file and its revision; 0 where nobody has edited it here yet.
    ///
    /// # Errors
    /// [`DraftError::NoSuchSet`].
    pub async fn text(&self, id: &str) -> Result<(String, i64), DraftError> {
        if let Some(draft) = self.store.draft(DraftKind::Set, id).await? {
            return Ok((draft.text, draft.revision));
        }
        let text = self.library().await?.text(id)?.ok_or_else(|| DraftError::NoSuchSet(id.to_owned()))?;
        Ok((text, 0))
    }

    /// Writes a set's own file. `revision` is the one that the author had before them.
    ///
    /// # Errors
    /// [`DraftError::Keyword`] when the text isn't TOML of a keyword file, or its set has another id.
    pub async fn save(
        &self,
        id: &str,
        text: &str,
        revision: Option<i64>,
        why: &str,
        actor: &str,
    ) -> Result<Edited, DraftError> {
        let found = Library::set_id(&format!("{id}.toml"), text)?;
        if found != id {
            return Err(KeywordError::Invalid(vec![Problem {
                file: format!("{id}.toml"),
                line: 1,
                subject: None,
                what: Words::new(
                    format!("berkas ini memuat kumpulan `{found}`, bukan `{id}`; id tidak dapat diubah di sini"),
                    format!("the file's set has the id `{found}`, not `{id}`; an id can't be changed here"),
                ),
            }])
            .into());
        }
        Ok(self.store.save_draft((DraftKind::Set, id), text, revision, why, actor).await?)
    }

    /// Takes the files of a closure in, as [`KeywordSet::sources`] names them; shipped files as they are shipped are left.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn import(
        &self,
        closure: &[(String, String)],
        why: &str,
        actor: &str,
    ) -> Result<Vec<(String, Edited)>, StoreError> {
        let mut done = Vec::new();
        for (name, text) in closure {
            let name = plain_name(name);
            let (kind, id) = kind_and_id(&name);
            let known = self.store.draft(kind, &id).await?.is_some();
            if !known && Library::shipped(&name) == Some(text.as_str()) {
                continue;
            }
            let edited = self.store.save_draft((kind, &id), text, None, why, actor).await?;
            done.push((id, edited));
        }
        Ok(done)
    }

    /// Begins the next cycle's list with this one's entries, everything switched off.
    ///
    /// # Errors
    /// [`DraftError::Exists`] where the new id is taken, [`DraftError::NoSuchSet`].
    pub async fn clone_set(&self, id: &str, new_id: &str, title: &str, actor: &str) -> Result<(), DraftError> {
        if self.library().await?.text(new_id)?.is_some() {
            return Err(DraftError::Exists(new_id.to_owned()));
        }
        let (text, _) = self.text(id).await?;
        let cloned = clone_set(&format!("{id}.toml"), &text, new_id, title)?;
        // The clone is checked like every other text before it is kept.
        Library::set_id(&format!("{new_id}.toml"), &cloned)?;
        let why = format!("salinan dari {id}");
        self.store.save_draft((DraftKind::Set, new_id), &cloned, Some(0), &why, actor).await?;
        Ok(())
    }

    /// Every set there is: working copies, published ones, shipped ones.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn all(&self) -> Result<Vec<SetLine>, StoreError> {
        let drafts = self.store.drafts().await?;
        let mut ids: Vec<String> = Library::builtin_ids().map(str::to_owned).collect();
        ids.extend(drafts.iter().filter(|d| d.kind == DraftKind::Set).map(|d| d.draft_id.clone()));
        ids.extend(self.store.set_versions().await?.into_iter().map(|v| v.set_id));
        ids.sort();
        ids.dedup();
        let mut lines = Vec::new();
        for id in ids {
            let edited_by =
                drafts.iter().find(|d| d.kind == DraftKind::Set && d.draft_id == id).map(|d| d.updated_by.clone());
            let set = match self.set(&id).await {
                Err(DraftError::Store(error)) => return Err(error),
                // A retired set of another time whose files are gone is history, not a list to work on.
                Err(DraftError::NoSuchSet(_)) => continue,
                other => other.map_err(|error| error.to_string()),
            };
            lines.push(SetLine { id, set, edited_by });
        }
        Ok(lines)
    }

    /// Everything there is to say of a draft before it is published, with the keywords' frequency in the window.
    ///
    /// # Errors
    /// [`DraftError::NoSuchSet`], [`DraftError::Store`]; what is wrong with the files is among the findings.
    pub async fn check(&self, id: &str) -> Result<Checked, DraftError> {
        let set = match self.set(id).await {
            Ok(set) => set,
            Err(DraftError::Keyword(error)) => {
                let wrong = |problem| Finding { severity: Severity::Error, problem };
                let findings = error.problems().into_iter().map(wrong).collect();
                return Ok(Checked { set: None, findings, measured: 0 });
            }
            Err(error) => return Err(error),
        };
        if let Some((at, last)) = self.checked().get(id)
            && at.elapsed() < CHECK_AGE
            && last.set.as_ref().is_some_and(|known| Arc::ptr_eq(known, &set))
        {
            return Ok(last.clone());
        }
        let posts = self.store.recent_activities(SAMPLE).await?;
        let measured = posts.len();
        let of = Arc::clone(&set);
        let findings = tokio::task::spawn_blocking(move || {
            let mut findings = check(&of).map_err(|e| e.to_string())?;
            findings.extend(too_common(&of, &posts).map_err(|e| e.to_string())?);
            findings.sort_by_key(|f| f.severity);
            Ok::<_, String>(findings)
        });
        let failed = |problem: String| DraftError::Build { set: id.to_owned(), problem };
        let findings = findings.await.map_err(|e| failed(e.to_string()))?.map_err(failed)?;
        let checked = Checked { set: Some(set), findings, measured };
        self.checked().insert(id.to_owned(), (Instant::now(), checked.clone()));
        Ok(checked)
    }

    /// A second person vouches for exactly this content.
    ///
    /// # Errors
    /// [`DraftError::Errors`] while the check finds errors: nobody vouches for what can't be published.
    pub async fn sign(&self, id: &str, signer: &User) -> Result<Signed, DraftError> {
        let set = self.publishable(id).await?;
        let who = (signer.login.as_str(), signer.role.signs_lists());
        Ok(self.store.sign_set((id, set.fingerprint()), &files(&set), who).await?)
    }

    /// Publishes what was signed: every worker takes it up within two seconds, and the window is read again.
    ///
    /// # Errors
    /// [`DraftError::Errors`], [`DraftError::Shared`], [`DraftError::NotSigned`].
    pub async fn publish(&self, id: &str, actor: &str) -> Result<Publication, DraftError> {
        let set = self.publishable(id).await?;
        if !set.is_election() {
            return Err(DraftError::Shared(id.to_owned()));
        }
        // What can't be built here would stop every worker.
        let of = Arc::clone(&set);
        let failed = |problem: String| DraftError::Build { set: id.to_owned(), problem };
        let built = tokio::task::spawn_blocking(move || Matcher::build(vec![of]).map(drop));
        built.await.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))?;
        let published = PublishedSet {
            set_id: set.id().to_owned(),
            version: set.fingerprint().to_owned(),
            title: set.title().to_owned(),
            circular: set.circular().map(|c| c.id.clone()).unwrap_or_default(),
            sources: set.sources(),
            files: files(&set),
        };
        match self.store.publish_set(&published, actor).await? {
            Publication::NotSigned => Err(DraftError::NotSigned(id.to_owned())),
            done => Ok(done),
        }
    }

    /// The set, unless the check forbids a publication.
    async fn publishable(&self, id: &str) -> Result<Arc<KeywordSet>, DraftError> {
        let checked = self.check(id).await?;
        match (checked.errors(), checked.set) {
            (0, Some(set)) => Ok(set),
            (errors, _) => Err(DraftError::Errors { set: id.to_owned(), errors }),
        }
    }

    /// Who edited what a publication would change, and who has signed it as it stands.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn hands(&self, set: &KeywordSet) -> Result<(Vec<String>, Vec<Signature>), StoreError> {
        let authors = self.store.authors_of(set.id(), &files(set)).await?;
        Ok((authors, self.store.signatures(set.id(), set.fingerprint()).await?))
    }
}

/// What a set was made from, by kind and id.
fn files(set: &KeywordSet) -> Vec<(DraftKind, String)> {
    set.sources().iter().map(|(name, _)| kind_and_id(&plain_name(name))).collect()
}

fn kind_and_id(plain_name: &str) -> (DraftKind, String) {
    let kind = if plain_name.starts_with("circulars/") { DraftKind::Circular } else { DraftKind::Set };
    (kind, plain_name.trim_start_matches("circulars/").trim_end_matches(".toml").to_owned())
}

fn file_name(kind: DraftKind, id: &str) -> String {
    match kind {
        DraftKind::Set => format!("{id}.toml"),
        DraftKind::Circular => format!("circulars/{id}.toml"),
    }
}

/// A source's name without the folder that it once lay in.
fn plain_name(name: &str) -> String {
    let mut parts = name.rsplit(['/', '\\']);
    let file = parts.next().unwrap_or_default();
    if parts.next() == Some("circulars") { format!("circulars/{file}") } else { file.to_owned() }
}

/// Keywords that stand in so many posts that they say nothing.
fn too_common(set: &Arc<KeywordSet>, posts: &[Activity]) -> Result<Vec<Finding>, BuildError> {
    if posts.len() < SMALLEST_SAMPLE {
        return Ok(Vec::new());
    }
    let matcher = Matcher::build_undated(vec![Arc::clone(set)])?;
    let mut counts: HashMap<Arc<str>, usize> = HashMap::new();
    for post in posts {
        let hits = matcher.find(post);
        let mut here: Vec<_> = hits.iter().flat_map(|h| &h.matches).map(|m| Arc::clone(&m.keyword)).collect();
        here.sort();
        here.dedup();
        for keyword in here {
            *counts.entry(keyword).or_default() += 1;
        }
    }
    let watched = |k: &&Keyword| {
        k.enabled && k.strength == Strength::Strong && !matches!(k.kind, Kind::Cue | Kind::Allow | Kind::Account)
    };
    let common = |k: &Keyword| {
        let count = counts.get(k.id.as_str()).copied().unwrap_or_default();
        let limit = if k.kind == Kind::Candidate { TOO_COMMON_NAME } else { TOO_COMMON };
        (count * limit > posts.len()).then(|| Finding {
            severity: Severity::Warning,
            problem: Problem {
                file: k.file.clone(),
                line: k.line,
                subject: Some(k.id.clone()),
                what: Words::new(
                    format!(
                        "ada di {count} dari {} kiriman terakhir; periksa bentuknya, jadikan lemah dengan `near`, atau beri `daily_cap`",
                        posts.len()
                    ),
                    format!(
                        "it stands in {count} of the last {} posts; look at its forms, make it weak with `near`, or give it a `daily_cap`",
                        posts.len()
                    ),
                ),
            },
        })
    };
    Ok(set.keywords().iter().filter(watched).filter_map(common).collect())
}
