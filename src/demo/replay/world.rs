//! A made-up world: who is in it, and what they publish when.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::Schedule;
use crate::model::Verb;
use crate::source::bluesky::tid;

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldAccount {
    /// `bluesky` or `feed`.
    pub platform: String,
    /// Handle, without `@`.
    pub handle: String,
    /// DID, or path of the feed.
    pub id: String,
    /// Name as others see it.
    pub name: String,
    /// What the profile says.
    pub about: String,
}

/// What a record is directed at, by its place in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A record.
    Record(usize),
    /// An account.
    Account(usize),
}

/// One public act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its id in the world's file.
    pub id: String,
    /// Whose it is: place in [`World::accounts`].
    pub account: usize,
    /// What was done.
    pub verb: Verb,
    /// Title, for a blog.
    pub title: Option<String>,
    /// The words.
    pub text: String,
    /// What it is directed at.
    pub target: Option<Target>,
    /// Alt text of its picture, where it has one.
    pub alt: Option<String>,
    /// When it says it was made.
    pub at: Timestamp,
    /// From when on it is served.
    pub visible_at: Timestamp,
    /// Key in its author's repository: a TID.
    pub rkey: String,
}

/// Everybody and everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// Everybody, registered or not.
    pub accounts: Vec<WorldAccount>,
    /// All records, oldest first.
    pub records: Vec<Record>,
}

/// Why the world's files do not make a world.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// A CSV file cannot be read.
    #[error("{file} cannot be read")]
    Csv {
        /// Which one.
        file: &'static str,
        /// Where and why.
        #[source]
        source: csv::Error,
    },
    /// A line of posts cannot be read.
    #[error("line {line} of the posts cannot be read")]
    Post {
        /// Line number, from 1.
        line: usize,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// A post names an account, target or act that does not exist.
    #[error("line {line} of the posts: {problem}")]
    Reference {
        /// Line number, from 1.
        line: usize,
        /// What is missing.
        problem: String,
    },
}

#[derive(Deserialize)]
struct RegisterRow {
    nama_unit: String,
    nama: String,
    jabatan: String,
    platform: String,
    akun: String,
    id_akun: String,
}

#[derive(Deserialize)]
struct OtherRow {
    platform: String,
    akun: String,
    id_akun: String,
    nama: String,
    peran: String,
}

#[derive(Deserialize)]
struct Post {
    id: String,
    account: String,
    #[serde(default)]
    verb: Verb,
    #[serde(default)]
    text: String,
    title: Option<String>,
    target: Option<String>,
    alt: Option<String>,
}

impl World {
    /// Builds a world from the register's CSV, the CSV of everybody else, and the posts' JSONL in order of time.
    ///
    /// # Errors
    /// [`WorldError`] names file and line.
    pub fn build(register: &str, others: &str, posts: &str, schedule: &Schedule) -> Result<Self, WorldError> {
        let mut accounts = Vec::new();
        for row in csv::Reader::from_reader(register.as_bytes()).deserialize() {
            let row: RegisterRow = row.map_err(|source| WorldError::Csv { file: "the register", source })?;
            let about = format!("{}, {}", row.jabatan, row.nama_unit);
            accounts.push(WorldAccount {
                platform: row.platform,
                handle: row.akun,
                id: row.id_akun,
                name: row.nama,
                about,
            });
        }
        for row in csv::Reader::from_reader(others.as_bytes()).deserialize() {
            let row: OtherRow = row.map_err(|source| WorldError::Csv { file: "the list of others", source })?;
            accounts.push(WorldAccount {
                platform: row.platform,
                handle: row.akun,
                id: row.id_akun,
                name: row.nama,
                about: row.peran,
            });
        }
        let mut seen = std::collections::HashSet::new();
        accounts.retain(|account| !account.handle.is_empty() && seen.insert(account.handle.clone()));
        let posts = read_posts(posts)?;
        let moments = schedule.moments(posts.len());
        let mut builder = Builder::new(accounts);
        for ((line, post), at) in posts.into_iter().zip(moments) {
            builder.add(post, at).map_err(|problem| WorldError::Reference { line, problem })?;
        }
        Ok(builder.world)
    }

    /// An account by its handle or id.
    #[must_use]
    pub fn find(&self, handle_or_id: &str) -> Option<(usize, &WorldAccount)> {
        self.accounts
            .iter()
            .enumerate()
            .find(|(_, account)| account.handle == handle_or_id || account.id == handle_or_id)
    }

    /// An account's records that are there at `now`, oldest first.
    pub fn visible(&self, account: usize, now: Timestamp) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(move |record| record.account == account && record.visible_at <= now)
    }

    /// The moment from which everything is there.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.records.iter().map(|record| record.visible_at).max()
    }
}

fn read_posts(posts: &str) -> Result<Vec<(usize, Post)>, WorldError> {
    let lines =
        posts.lines().enumerate().map(|(index, text)| (index + 1, text)).filter(|(_, text)| !text.trim().is_empty());
    lines
        .map(|(line, text)| {
            serde_json::from_str(text).map(|post| (line, post)).map_err(|source| WorldError::Post { line, source })
        })
        .collect()
}

struct Builder {
    world: World,
    accounts: HashMap<String, usize>,
    records: HashMap<String, usize>,
}

impl Builder {
    fn new(accounts: Vec<WorldAccount>) -> Self {
        let by_handle = accounts.iter().enumerate().map(|(index, account)| (account.handle.clone(), index)).collect();
        Self { world: World { accounts, records: Vec::new() }, accounts: by_handle, records: HashMap::new() }
    }

    fn add(&mut self, post: Post, at: Timestamp) -> Result<(), String> {
        let account =
            *self.accounts.get(&post.account).ok_or_else(|| format!("nobody has the account `{}`", post.account))?;
        let target = post.target.as_deref().map(|target| self.target(target)).transpose()?;
        let fits = match post.verb {
            Verb::Post => target.is_none(),
            Verb::Comment | Verb::Share | Verb::Like => matches!(target, Some(Target::Record(_))),
            Verb::Follow => matches!(target, Some(Target::Account(_))),
            Verb::Join => false,
        };
        if !fits {
            return Err(format!("a {} has another target or none", post.verb));
        }
        let index = self.world.records.len();
        let clock = u16::try_from(index % 1_024).unwrap_or(0);
        self.records.insert(post.id.clone(), index);
        self.world.records.push(Record {
            id: post.id,
            account,
            verb: post.verb,
            title: post.title,
            text: post.text,
            target,
            alt: post.alt,
            at,
            visible_at: at,
            rkey: tid::encode(at, clock),
        });
        Ok(())
    }

    fn target(&self, target: &str) -> Result<Target, String> {
        let found = match target.strip_prefix('@') {
            Some(handle) => self.accounts.get(handle).copied().map(Target::Account),
            None => self.records.get(target).copied().map(Target::Record),
        };
        found.ok_or_else(|| format!("`{target}` is nobody, or not there yet"))
    }
}
