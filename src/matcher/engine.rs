//! One keyword set, compiled.

use std::sync::Arc;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use super::BuildError;
use super::trie::{Leaf, Trie};
use super::vocab::{FxMap, Vocab, WordId};
use crate::keyword::{Case, Keyword, KeywordSet, Strength};
use crate::model::{Kind, Stance};
use crate::text::{Haystack, Segmenter, TokenKind, fold};

/// Keywords a set may have; more would overflow the index.
const MAX_KEYWORDS: usize = 1_000_000;

/// What of a keyword matters while matching.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Index into the set's keywords.
    pub keyword: usize,
    pub kind: Kind,
    /// Index into the set's sides.
    pub side: Option<usize>,
    /// Index into the engine's parties.
    pub party: Option<usize>,
    pub stance: Option<Stance>,
    pub strong: bool,
    /// Kinds of which one must be near, as bits, and how near.
    pub near: Option<(u16, u16)>,
}

/// A compiled set.
#[derive(Debug)]
pub(super) struct Engine {
    pub set: Arc<KeywordSet>,
    pub entries: Vec<Entry>,
    /// Slugs of the parties named in the set.
    pub parties: Vec<String>,
    pub vocab: Vocab,
    pub trie: Trie,
    pub segmenter: Segmenter,
    pub patterns: RegexSet,
    pub regexes: Vec<(Regex, u32)>,
    /// Folded handles without `@`, and platform ids, with the platform they belong to.
    pub handles: FxMap<Box<str>, Vec<(u32, Option<String>)>>,
    pub ids: FxMap<Box<str>, Vec<(u32, Option<String>)>>,
    /// The longest word of the vocabulary, in bytes.
    pub longest: usize,
}

/// A kind as a bit.
pub(super) fn bit(kind: Kind) -> u16 {
    1 << (kind as u16)
}

/// Kinds that speak of a contestant or party, as against cues and exceptions.
pub(super) fn names_something(kind: Kind) -> bool {
    !matches!(kind, Kind::Cue | Kind::Allow)
}

#[derive(Default)]
struct Builder {
    entries: Vec<Entry>,
    parties: Vec<String>,
    vocab: Vocab,
    trie: Trie,
    names: Vec<String>,
    cues: Vec<String>,
    patterns: Vec<(String, u32)>,
    handles: FxMap<Box<str>, Vec<(u32, Option<String>)>>,
    ids: FxMap<Box<str>, Vec<(u32, Option<String>)>>,
    longest: usize,
}

impl Engine {
    /// Compiles a set; everything that can fail fails here.
    pub fn build(set: Arc<KeywordSet>) -> Result<Self, BuildError> {
        if set.keywords().len() > MAX_KEYWORDS {
            return Err(BuildError::TooLarge {
                set: set.id().to_owned(),
                problem: format!("more than {MAX_KEYWORDS} keywords"),
            });
        }
        if set.is_election() && set.circular().is_none() {
            return Err(BuildError::NoCircular { set: set.id().to_owned() });
        }
        let too_large = |problem: String| BuildError::TooLarge { set: set.id().to_owned(), problem };
        let mut builder = Builder::default();
        for (index, keyword) in set.keywords().iter().enumerate().filter(|(_, k)| k.enabled) {
            // A number that no contestant of this election has stays silent.
            if keyword.number.is_some() && keyword.side.is_none() && set.is_election() {
                continue;
            }
            builder.keyword(&set, index, keyword);
        }
        builder.vocab.seal();
        builder.names.sort();
        builder.names.dedup();
        builder.cues.sort();
        builder.cues.dedup();
        let segmenter = Segmenter::new(&builder.names, &builder.cues).map_err(|e| too_large(e.to_string()))?;
        let mut regexes = Vec::with_capacity(builder.patterns.len());
        for (pattern, entry) in &builder.patterns {
            let regex = RegexBuilder::new(pattern).case_insensitive(true).size_limit(1 << 20).build();
            regexes.push((regex.map_err(|e| too_large(e.to_string()))?, *entry));
        }
        let patterns = RegexSetBuilder::new(builder.patterns.iter().map(|(p, _)| p))
            .case_insensitive(true)
            .size_limit(64 << 20)
            // Many patterns in one lazy automaton: with the default cache it would be rebuilt again and again.
            .dfa_size_limit(32 << 20)
            .build()
            .map_err(|e| too_large(e.to_string()))?;
        Ok(Self {
            set,
            entries: builder.entries,
            parties: builder.parties,
            vocab: builder.vocab,
            trie: builder.trie,
            segmenter,
            patterns,
            regexes,
            handles: builder.handles,
            ids: builder.ids,
            longest: builder.longest,
        })
    }

    /// The keyword behind an entry.
    pub fn keyword(&self, entry: u32) -> Option<&Keyword> {
        self.entries.get(entry as usize).and_then(|e| self.set.keywords().get(e.keyword))
    }
}

impl Builder {
    fn keyword(&mut self, set: &KeywordSet, index: usize, keyword: &Keyword) {
        let entry = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let side = keyword.side.as_ref().and_then(|id| set.sides().iter().position(|side| side.id == *id));
        let party = party_slug(keyword).map(|slug| {
            self.parties.iter().position(|p| p == slug).unwrap_or_else(|| {
                self.parties.push(slug.to_owned());
                self.parties.len() - 1
            })
        });
        self.entries.push(Entry {
            keyword: index,
            kind: keyword.kind,
            side,
            party,
            stance: keyword.stance,
            strong: keyword.strength == Strength::Strong,
            near: keyword.near.as_ref().map(|n| (n.kinds.iter().fold(0, |bits, k| bits | bit(*k)), n.within)),
        });
        for form in &keyword.forms {
            self.form(entry, keyword, form);
        }
        for phrase in &keyword.except {
            self.path(phrase, Leaf { entry, except: true, exact: None });
        }
        for pattern in &keyword.patterns {
            self.patterns.push((pattern.clone(), entry));
        }
        for account in &keyword.accounts {
            if let Some(handle) = &account.handle {
                let handle = fold(handle.trim_start_matches('@')).text;
                self.handles.entry(handle.into()).or_default().push((entry, account.platform.clone()));
            }
            if let Some(id) = &account.id {
                self.ids.entry(id.as_str().into()).or_default().push((entry, account.platform.clone()));
            }
        }
    }

    fn form(&mut self, entry: u32, keyword: &Keyword, form: &str) {
        let exact = match keyword.case {
            Some(Case::Exact) => true,
            Some(Case::Fold) => false,
            None => is_acronym(form),
        };
        let haystack = Haystack::new(form);
        let exact =
            exact.then(|| haystack.tokens().iter().map(|t| haystack.cased(t.span()).into_boxed_str()).collect());
        self.remember(keyword.kind, &haystack);
        self.path(form, Leaf { entry, except: false, exact });
    }

    /// The word of a form by which its traces inside glued words are noticed: its longest.
    fn remember(&mut self, kind: Kind, haystack: &Haystack<'_>) {
        let words = haystack.tokens().iter().filter(|t| t.kind == TokenKind::Word).map(|t| haystack.word(t));
        let Some(word) = words.max_by_key(|w| w.len()).filter(|w| w.is_ascii()) else { return };
        match kind {
            Kind::Allow => {}
            Kind::Cue if word.len() >= 5 => self.cues.push(word.to_owned()),
            Kind::Cue => {}
            _ if word.len() >= 3 => self.names.push(word.to_owned()),
            _ => {}
        }
    }

    fn path(&mut self, phrase: &str, leaf: Leaf) {
        let haystack = Haystack::new(phrase);
        let words: Vec<WordId> = haystack
            .tokens()
            .iter()
            .map(|token| {
                let word = haystack.word(token);
                self.longest = self.longest.max(word.len());
                self.vocab.add(word)
            })
            .collect();
        if !words.is_empty() {
            self.trie.add(&words, leaf);
        }
    }
}

/// Two to five capitals: the form is meant as it is written.
fn is_acronym(form: &str) -> bool {
    (2..=5).contains(&form.chars().count()) && form.chars().all(char::is_uppercase)
}

/// The party of a keyword that names no side: ids of shared party lists are `partai-<slug>-<what>`.
pub(super) fn party_slug(keyword: &Keyword) -> Option<&str> {
    if keyword.side.is_some() || !matches!(keyword.kind, Kind::Party | Kind::Symbol | Kind::Hashtag | Kind::Slogan) {
        return None;
    }
    let rest = keyword.id.strip_prefix("partai-")?;
    Some(rest.rsplit_once('-').map_or(rest, |(slug, _)| slug))
}
