//! One keyword set, compiled.

use std::sync::Arc;

use super::BuildError;
use super::clause::Rule;
use super::find::Occurrence;
use super::hint::Hint;
use super::near::NearNames;
use super::patterns::{Pattern, Patterns};
use super::room::Serial;
use super::trie::{Leaf, Trie, TrieBuilder};
use crate::keyword::{Case, Keyword, KeywordSet, Strength};
use crate::model::{Kind, Stance, Words, words};
use crate::text::{FxMap, Haystack, Known, Lexicon, Segmenter, Starts, TokenKind, Vocab, WordId, fold};

/// Keywords a set may have; more would overflow the index.
const MAX_KEYWORDS: usize = 1_000_000;

/// What of a keyword matters while matching.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Index into the set's keywords.
    pub keyword: usize,
    /// The keyword's id.
    pub id: Arc<str>,
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
    pub serial: Serial,
    pub set: Arc<KeywordSet>,
    /// The set's id and fingerprint, for hits.
    pub name: (Arc<str>, Arc<str>),
    /// The circular's.
    pub rules: Vec<Rule>,
    pub entries: Vec<Entry>,
    /// Slugs of the parties named in the set.
    pub parties: Vec<String>,
    pub vocab: Vocab,
    /// How its words begin, and how its long ones do.
    pub starts: Starts<{ Self::LETTERS }>,
    pub long_starts: Starts<8>,
    /// By word: where it stands.
    known: Vec<Known>,
    pub trie: Trie,
    /// Forms whose capitals count, word by word.
    exact: Vec<Box<[Box<str>]>>,
    pub near: NearNames,
    pub segmenter: Segmenter,
    pub patterns: Patterns,
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
    trie: TrieBuilder,
    exact: Vec<Box<[Box<str>]>>,
    /// Words by which a name's traces inside glued words are noticed.
    names: Vec<WordId>,
    /// Words of contestants' names, with the sides that have them.
    of_sides: FxMap<WordId, Vec<usize>>,
    patterns: Vec<Pattern>,
    handles: FxMap<Box<str>, Vec<(u32, Option<String>)>>,
    ids: FxMap<Box<str>, Vec<(u32, Option<String>)>>,
    longest: usize,
}

impl Engine {
    /// Compiles a set; everything that can fail fails here.
    pub fn build(set: Arc<KeywordSet>) -> Result<Self, BuildError> {
        let too_large = |problem: Words| BuildError::TooLarge { set: set.id().to_owned(), problem };
        if set.keywords().len() > MAX_KEYWORDS {
            return Err(too_large(words!(
                id = "lebih dari {MAX_KEYWORDS} kata kunci",
                en = "more than {MAX_KEYWORDS} keywords"
            )));
        }
        if set.is_election() && set.circular().is_none() {
            return Err(BuildError::NoCircular { set: set.id().to_owned() });
        }
        let mut builder = Builder::default();
        for (index, keyword) in set.keywords().iter().enumerate().filter(|(_, k)| k.enabled) {
            // A number that no contestant of this election has stays silent.
            if keyword.number.is_some() && keyword.side.is_none() && set.is_election() {
                continue;
            }
            builder.keyword(&set, index, keyword);
        }
        let mut known = vec![Known::Word; builder.vocab.len()];
        for word in &builder.names {
            if let Some(known) = known.get_mut(*word as usize) {
                *known = Known::Name;
            }
        }
        let segmenter = Segmenter::new(builder.names.iter().map(|id| builder.vocab.word(*id)));
        let patterns = Patterns::build(&builder.patterns).map_err(|e| too_large(words!(id = "{e}", en = "{e}")))?;
        let trie = builder.trie.build();
        let near = NearNames::build(&builder.vocab, &builder.of_sides, |word| trie.hint(word).has(Hint::ALONE));
        Ok(Self {
            serial: Serial::next(),
            name: (set.id().into(), set.fingerprint().into()),
            rules: Rule::all(&set),
            set,
            entries: builder.entries,
            parties: builder.parties,
            known,
            trie,
            exact: builder.exact,
            near,
            starts: builder.vocab.words().collect(),
            long_starts: builder.vocab.words().collect(),
            vocab: builder.vocab,
            segmenter,
            patterns,
            handles: builder.handles,
            ids: builder.ids,
            longest: builder.longest,
        })
    }

    /// The keyword behind an entry.
    pub fn keyword(&self, entry: u32) -> Option<&Keyword> {
        self.entries.get(entry as usize).and_then(|e| self.set.keywords().get(e.keyword))
    }

    /// Whether an occurrence names somebody or something, as against cues, exceptions and phrases that only except.
    pub fn names(&self, o: &Occurrence) -> bool {
        !o.except && self.entries.get(o.entry as usize).is_some_and(|entry| names_something(entry.kind))
    }

    /// The words of a form as they must stand, where its capitals count.
    pub fn exact(&self, leaf: &Leaf) -> Option<&[Box<str>]> {
        self.exact.get((leaf.exact as usize).checked_sub(1)?).map(AsRef::as_ref)
    }
}

impl Lexicon for Engine {
    fn knows(&self, word: &str) -> Known {
        self.vocab.get(word).and_then(|id| self.known.get(id as usize).copied()).unwrap_or(Known::Not)
    }

    fn may_begin(&self, text: &str, start: usize) -> bool {
        self.starts.may_begin(text, start)
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
            id: keyword.id.as_str().into(),
            kind: keyword.kind,
            side,
            party,
            stance: keyword.stance,
            strong: keyword.strength == Strength::Strong,
            near: keyword.near.as_ref().map(|n| (n.kinds.iter().fold(0, |bits, k| bits | bit(*k)), n.within)),
        });
        for form in &keyword.forms {
            self.form(entry, side, keyword, form);
        }
        for phrase in &keyword.except {
            let words = self.words(&Haystack::new(phrase));
            self.trie.add(&words, Leaf { entry, exact: 0, except: true, names: false });
        }
        for text in &keyword.patterns {
            self.patterns.push(Pattern { text: text.clone(), entry, names: names_something(keyword.kind) });
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

    fn form(&mut self, entry: u32, side: Option<usize>, keyword: &Keyword, form: &str) {
        let capitals_count = match keyword.case {
            Some(Case::Exact) => true,
            Some(Case::Fold) => false,
            None => is_acronym(form),
        };
        let haystack = Haystack::new(form);
        let words = self.words(&haystack);
        self.notice(keyword.kind, &haystack, &words);
        let mut exact = 0;
        if capitals_count {
            self.exact.push(haystack.tokens().iter().map(|t| haystack.cased(t.span()).as_ref().into()).collect());
            exact = u32::try_from(self.exact.len()).unwrap_or(0);
        } else if let Some(side) = side.filter(|_| keyword.kind == Kind::Candidate) {
            for word in &words {
                let sides = self.of_sides.entry(*word).or_default();
                if !sides.contains(&side) {
                    sides.push(side);
                }
            }
        }
        self.trie.add(&words, Leaf { entry, exact, except: false, names: names_something(keyword.kind) });
    }

    /// The word of a form by which its traces inside glued words are noticed: its longest.
    fn notice(&mut self, kind: Kind, haystack: &Haystack<'_>, words: &[WordId]) {
        if !names_something(kind) {
            return;
        }
        let words = haystack.tokens().iter().zip(words).filter(|(t, _)| t.kind == TokenKind::Word);
        let longest = words.map(|(t, id)| (haystack.word(t), *id)).max_by_key(|(w, _)| w.len());
        self.names.extend(longest.filter(|(w, _)| w.is_ascii() && w.len() >= 3).map(|(_, id)| id));
    }

    fn words(&mut self, haystack: &Haystack<'_>) -> Vec<WordId> {
        let add = |token| {
            let word = haystack.word(token);
            self.longest = self.longest.max(word.len());
            self.vocab.add(word)
        };
        haystack.tokens().iter().map(add).collect()
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
