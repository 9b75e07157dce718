//! Posts and lists to measure with.
//!
//! Real ones where there are any: a folder `corpora` with `jsonl/*.jsonl` and `names/dpr-2024.txt` in `$NETRAL_SHARED` or in
//! `../shared`. Posts by real people don't belong in this repository, so everybody else gets made-up ones: Zipf-distributed
//! words, slang, hashtags, handles, emoji, addresses, styled and stretched letters, made-up names.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use netral::keyword::{KeywordSet, Library};
use netral::model::Activity;

/// Posts and the names that lists are made of.
pub struct Corpus {
    pub origin: String,
    pub posts: Vec<Activity>,
    pub names: Vec<String>,
}

impl Corpus {
    /// The real corpora, else made-up ones; at most so many posts.
    pub fn load(most: usize) -> anyhow::Result<Self> {
        match shared().map(|folder| folder.join("corpora")).filter(|folder| folder.is_dir()) {
            Some(folder) => Self::real(&folder, most),
            None => Ok(Self::made_up(most)),
        }
    }

    fn real(folder: &Path, most: usize) -> anyhow::Result<Self> {
        let mut files: Vec<PathBuf> = fs::read_dir(folder.join("jsonl"))?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
            .collect();
        files.sort();
        let mut posts = Vec::new();
        for file in &files {
            let bytes = fs::read(file).with_context(|| file.display().to_string())?;
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            for line in lines {
                posts.push(Activity::from_json_line(line).with_context(|| file.display().to_string())?);
            }
        }
        // Fewer than all are taken evenly, so that every file has its share.
        let every = posts.len().div_ceil(most.max(1)).max(1);
        let posts = posts.into_iter().step_by(every).collect();
        let names = fs::read_to_string(folder.join("names/dpr-2024.txt"))?;
        let names = names.lines().filter_map(tidy_name).collect::<Vec<_>>();
        Ok(Self { origin: format!("real posts, {} files", files.len()), posts, names: distinct(names) })
    }

    fn made_up(most: usize) -> Self {
        let mut dice = Dice(0x2545_F491_4F6C_DD1D);
        let names = distinct((0..12_000).map(|_| dice.name()).collect());
        let vocabulary = dice.vocabulary(20_000);
        let posts = (0..most.min(49_007)).map(|i| dice.post(i, &vocabulary, &names)).collect();
        Self { origin: "made-up posts (no real corpora found; see docs/BENCHMARKS.md)".to_owned(), posts, names }
    }

    /// Bytes of text in all posts.
    pub fn bytes(&self) -> usize {
        self.posts.iter().map(|post| post.text.len()).sum()
    }
}

/// The folder that holds what is shared between projects and is not part of this one.
pub fn shared() -> Option<PathBuf> {
    match std::env::var_os("NETRAL_SHARED") {
        Some(folder) => Some(PathBuf::from(folder)),
        None => Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared")).filter(|folder| folder.is_dir()),
    }
}

/// Lower case, without titles after a comma; nothing for what is left too short to be looked for.
fn tidy_name(line: &str) -> Option<String> {
    let name = line.split(',').next().unwrap_or_default().trim().to_ascii_lowercase();
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    (letters >= 4).then_some(name)
}

fn distinct(mut values: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    values.retain(|value| seen.insert(value.clone()));
    values
}

/// A list of forms, several to a keyword.
#[derive(Clone)]
pub struct List {
    pub title: String,
    /// The forms of each keyword.
    keywords: Vec<Vec<String>>,
}

const CUES: [&str; 11] =
    ["dukung", "coblos", "pilih", "menangkan", "bersama", "relawan", "salam", "vote", "ayo", "pendukung", "kawal"];

impl List {
    /// So many forms, the way names are really written about: the name, as a hashtag, first and last word, after each of
    /// five cues, with a vowel as a digit. Up to as many forms as there are names, it is the names alone.
    pub fn of_names(names: &[String], forms: usize) -> Self {
        let title = format!("{forms} forms");
        if forms <= names.len() {
            let every = names.len() / forms;
            let keywords = names.iter().step_by(every.max(1)).take(forms).map(|name| vec![name.clone()]).collect();
            return Self { title, keywords };
        }
        let keywords = names.iter().map(|name| {
            let mut forms = vec![name.clone(), hashtag(name), first_and_last(name), with_digit(name, 0)];
            forms.extend(CUES.iter().take(5).map(|cue| format!("{cue} {name}")));
            forms.extend([
                with_digit(name, 1),
                with_digit(name, 2),
                format!("{} {name}", "bang"),
                format!("pak {name}"),
            ]);
            distinct(forms)
        });
        Self { title, keywords: keywords.collect() }.cut_to(forms)
    }

    /// The same size, but nearly every form begins with one of a few words: the trap of every index by prefix.
    pub fn skewed(names: &[String], forms: usize) -> Self {
        let keywords = names.iter().map(|name| CUES.iter().map(|cue| format!("{cue} {name}")).collect()).collect();
        Self { title: format!("{forms} forms, skewed"), keywords }.cut_to(forms)
    }

    /// A list written out by hand, one keyword a form.
    pub fn crafted(title: &str, forms: impl IntoIterator<Item = String>) -> Self {
        Self { title: title.to_owned(), keywords: forms.into_iter().map(|form| vec![form]).collect() }
    }

    /// Every form once, in rounds over the keywords, until there are enough.
    fn cut_to(mut self, forms: usize) -> Self {
        let mut seen = HashSet::new();
        let mut kept = vec![Vec::new(); self.keywords.len()];
        let deepest = self.keywords.iter().map(Vec::len).max().unwrap_or_default();
        for depth in 0..deepest {
            for (all, kept) in self.keywords.iter().zip(&mut kept) {
                if seen.len() < forms
                    && let Some(form) = all.get(depth)
                    && seen.insert(form.clone())
                {
                    kept.push(form.clone());
                }
            }
        }
        kept.retain(|forms| !forms.is_empty());
        self.keywords = kept;
        self
    }

    /// The forms, each once, for those who search for plain strings.
    pub fn forms(&self) -> Vec<String> {
        distinct(self.keywords.iter().flatten().cloned().collect())
    }

    /// The keyword file: an election with two sides that extends the shipped parties, signs and cues.
    pub fn toml(&self) -> String {
        let mut text = String::from(HEAD);
        for (i, forms) in self.keywords.iter().enumerate() {
            let side = i % 2 + 1;
            let forms = forms.iter().map(|form| format!("{form:?}")).collect::<Vec<_>>().join(", ");
            // `{:?}` writes what TOML reads: names have neither control characters nor other escapes.
            write!(
                text,
                "\n[[keyword]]\nid = \"n{i}\"\nside = \"paslon-{side}\"\nkind = \"candidate\"\nforms = [{forms}]\n"
            )
            .ok();
        }
        text
    }

    /// The set, through the same door as every file.
    pub fn set(&self) -> anyhow::Result<KeywordSet> {
        Ok(read_set(self.toml())?)
    }
}

/// A set from a keyword file's text; what it extends and its circular are built into netral.
pub fn read_set(toml: String) -> Result<KeywordSet, netral::keyword::KeywordError> {
    Library::builtin().close("ukur.toml".to_owned(), toml)
}

const HEAD: &str = r#"[set]
id = "ukur"
title = "Pemilihan untuk mengukur"
circular = "skb-2022"
valid_from = 2029-01-01
valid_to = 2029-12-31
extends = ["partai-2024", "isyarat-umum"]

[[stage]]
id = "kampanye"
title = "Masa kampanye"
from = 2029-09-01
to = 2029-11-30
target = "calon"

[[side]]
id = "paslon-1"
title = "Pasangan 1"
number = 1

[[side]]
id = "paslon-2"
title = "Pasangan 2"
number = 2
"#;

fn hashtag(name: &str) -> String {
    let body: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    format!("#{body}")
}

fn first_and_last(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    match (words.first(), words.last()) {
        (Some(first), Some(last)) if words.len() > 2 => format!("{first} {last}"),
        _ => name.to_owned(),
    }
}

/// The name with its `nth` vowel (from 0) written as a digit.
fn with_digit(name: &str, nth: usize) -> String {
    let vowel = name.char_indices().filter(|(_, c)| matches!(c, 'a' | 'i' | 'e' | 'o')).nth(nth);
    let Some((at, vowel)) = vowel else { return name.to_owned() };
    let digit = match vowel {
        'a' => "4",
        'i' => "1",
        'e' => "3",
        _ => "0",
    };
    let (before, after) = name.split_at(at);
    format!("{before}{digit}{}", after.strip_prefix(vowel).unwrap_or(after))
}

/// Pseudo-random numbers, the same in every run.
pub struct Dice(pub u64);

const COMMON: &str = "yang dan di ini itu dengan untuk tidak ada akan dari ke saya kita kami mereka dia sudah bisa juga lagi \
    kalau karena tapi atau pada dalam oleh sebagai orang rakyat daerah desa kota jalan harga sekolah guru warga anak ibu \
    bapak pagi siang malam hari tahun bulan minggu besok kemarin acara kegiatan kerja rapat kantor dinas camat lurah bupati \
    pemimpin calon pasangan nomor urut suara pemilu pilkada kampanye debat program visi misi janji hasil survei berita \
    semoga alhamdulillah sehat sukses bersama maju hebat mantap keren setuju dukung pilih coblos menang kalah jujur adil \
    bersih curang bohong benar salah banyak sedikit besar kecil baru lama cepat lambat baik buruk murah mahal dekat jauh";
const SLANG: [&str; 16] =
    ["yg", "gak", "ga", "bgt", "udah", "aja", "dgn", "krn", "tdk", "jgn", "wkwkwk", "dong", "nih", "sih", "gw", "lu"];
const ENDS: [&str; 10] = ["!", "!!", ".", "...", "?", " 😂", " 🙏🙏", " 🔥", " ✌🏽", ""];
const STARTS: [&str; 20] = [
    "ba", "bu", "da", "di", "fa", "gu", "ha", "in", "ja", "ka", "ku", "la", "ma", "mu", "na", "ra", "ri", "sa", "su",
    "wi",
];
const MIDDLES: [&str; 16] =
    ["di", "ha", "mi", "na", "no", "ri", "ro", "san", "si", "sti", "ta", "to", "tri", "wa", "yu", "yan"];
const TAILS: [&str; 14] = ["n", "ni", "no", "ti", "wan", "wati", "yah", "rto", "di", "na", "ra", "s", "k", "ng"];

impl Dice {
    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let end = end.max(1) as u64;
        usize::try_from(self.0 % end).unwrap_or_default()
    }

    fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        words.get(self.below(words.len())).copied().unwrap_or_default()
    }

    /// Small numbers often, large ones rarely: about as words are used.
    fn zipf(&mut self, end: usize) -> usize {
        let scale = self.below(1 << 20) as f64 / f64::from(1 << 20);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and `end`")]
        let at = ((end as f64).powf(scale) - 1.0) as usize;
        at.min(end - 1)
    }

    pub fn word(&mut self) -> String {
        let mut word = self.one_of(&STARTS).to_owned();
        for _ in 0..self.below(3) {
            word.push_str(self.one_of(&MIDDLES));
        }
        word.push_str(self.one_of(&TAILS));
        word
    }

    fn name(&mut self) -> String {
        let words = [1, 2, 2, 2, 2, 2, 3, 3, 3, 4][self.below(10)];
        let mut name = self.word();
        for _ in 1..words {
            name.push(' ');
            name.push_str(&self.word());
        }
        // One word alone is made long enough to be no ordinary one.
        if words == 1 {
            name.push_str(self.one_of(&MIDDLES));
            name.push_str(self.one_of(&TAILS));
        }
        name
    }

    fn vocabulary(&mut self, size: usize) -> Vec<String> {
        let mut words: Vec<String> = COMMON.split_ascii_whitespace().map(str::to_owned).collect();
        while words.len() < size {
            words.push(self.word());
        }
        words
    }

    fn post(&mut self, number: usize, vocabulary: &[String], names: &[String]) -> Activity {
        let mut text = String::new();
        for _ in 0..4 + self.zipf(70) {
            if !text.is_empty() {
                text.push(' ');
            }
            match self.below(100) {
                0..=1 => text.push_str(names.get(self.zipf(names.len())).map_or("", String::as_str)),
                2..=3 => text.push_str(&hashtag(names.get(self.zipf(names.len())).map_or("pilih", String::as_str))),
                4..=5 => {
                    let word = self.word();
                    write!(text, "#{word}{}", self.word()).ok();
                }
                6..=7 => {
                    let word = self.word();
                    write!(text, "@{word}_{}", self.below(999)).ok();
                }
                8 => text.push_str("https://t.example/x"),
                9..=16 => text.push_str(self.one_of(&SLANG)),
                17 => text.push_str(&with_digit(&self.word(), 0)),
                18 => {
                    let word = self.word();
                    let last = word.chars().next_back().unwrap_or('a');
                    write!(text, "{word}{last}{last}{last}").ok();
                }
                19 => text.extend(self.word().chars().filter_map(|c| char::from_u32(c as u32 - 97 + 0x1D41A))),
                20 => {
                    write!(text, "{}", self.below(2030)).ok();
                }
                21 => text.push_str("Jum’at"),
                _ => text.push_str(vocabulary.get(self.zipf(vocabulary.len())).map_or("", String::as_str)),
            }
            if self.below(12) == 0 {
                text.push_str(self.one_of(&ENDS));
            }
        }
        Activity { id: format!("dibuat:{number}"), text, ..Activity::default() }
    }
}
