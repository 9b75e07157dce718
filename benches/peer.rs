//! Those who are measured: netral, raw Aho-Corasick, Hyperscan. One pass is one call per post over all posts.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};
use anyhow::Context as _;
use netral::matcher::Matcher;
use netral::model::Activity;

use super::clock::cpu_of;
use super::corpus::List;

/// One pass over all posts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pass {
    pub seconds: f64,
    /// Posts with a hit, or with an occurrence.
    pub posts: usize,
    /// Matches, or occurrences.
    pub matches: usize,
}

/// Somebody who can be measured.
pub trait Contender {
    /// Goes over all posts once.
    fn pass(&mut self) -> anyhow::Result<Pass>;
}

/// netral's whole match: activity in, hit with spans, score, parts and reason out.
pub struct Netral<'a> {
    pub matcher: Matcher,
    pub posts: &'a [Activity],
}

impl<'a> Netral<'a> {
    pub fn new(list: &List, posts: &'a [Activity]) -> anyhow::Result<Self> {
        Ok(Self { matcher: Matcher::build_undated(vec![Arc::new(list.set()?)])?, posts })
    }
}

impl Contender for Netral<'_> {
    fn pass(&mut self) -> anyhow::Result<Pass> {
        let (mut posts, mut matches) = (0, 0);
        let seconds = cpu_of(|| {
            for post in self.posts {
                let hits = self.matcher.find(post);
                posts += usize::from(!hits.is_empty());
                matches += hits.iter().map(|hit| hit.matches.len() + hit.more_matches).sum::<usize>();
            }
        });
        Ok(Pass { seconds, posts, matches })
    }
}

/// Text as those who don't fold get it: lower case, made before the clock starts.
#[expect(clippy::disallowed_methods, reason = "the peers' way, in their favour: it is not counted")]
pub fn lowered(posts: &[Activity]) -> Vec<String> {
    posts.iter().map(|post| post.text.to_lowercase()).collect()
}

/// The contiguous NFA over lower-cased text: every occurrence, inside words too, and nothing else.
pub struct Raw<'a> {
    pub automaton: AhoCorasick,
    pub texts: &'a [String],
}

impl<'a> Raw<'a> {
    pub fn new(forms: &[String], texts: &'a [String]) -> anyhow::Result<Self> {
        Ok(Self { automaton: automaton(forms)?, texts })
    }
}

/// The automaton of [`Raw`].
pub fn automaton(forms: &[String]) -> anyhow::Result<AhoCorasick> {
    Ok(AhoCorasickBuilder::new().kind(Some(AhoCorasickKind::ContiguousNFA)).build(forms)?)
}

impl Contender for Raw<'_> {
    fn pass(&mut self) -> anyhow::Result<Pass> {
        let (mut posts, mut matches) = (0, 0);
        let seconds = cpu_of(|| {
            for text in self.texts {
                let found = self.automaton.find_overlapping_iter(text).count();
                posts += usize::from(found > 0);
                matches += found;
            }
        });
        Ok(Pass { seconds, posts, matches })
    }
}

/// Hyperscan in C, in a process of its own that waits for one-letter orders (`benches/hyperscan.c`).
pub struct Hyperscan {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Hyperscan {
    /// The compiled program, where `run.sh` could make one.
    pub fn program() -> Option<PathBuf> {
        std::env::var_os("NETRAL_BENCH_HYPERSCAN").map(PathBuf::from).filter(|path| path.is_file())
    }

    /// Starts it with forms and texts in files in `folder`.
    pub fn start(program: &Path, folder: &Path, forms: &[String], texts: &[String]) -> anyhow::Result<Self> {
        let forms_file = folder.join("forms.txt");
        fs::write(&forms_file, forms.join("\n") + "\n")?;
        let texts_file = folder.join("texts.bin");
        let mut out = BufWriter::new(File::create(&texts_file)?);
        for text in texts {
            out.write_all(&u32::try_from(text.len())?.to_le_bytes())?;
            out.write_all(text.as_bytes())?;
        }
        out.into_inner()?;
        let mut child = Command::new(program)
            .args([&forms_file, &texts_file])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| program.display().to_string())?;
        let orders = child.stdin.take().context("no stdin")?;
        let answers = BufReader::new(child.stdout.take().context("no stdout")?);
        Ok(Self { child, orders, answers })
    }

    fn order(&mut self, order: &str) -> anyhow::Result<Vec<f64>> {
        writeln!(self.orders, "{order}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        anyhow::ensure!(!answer.is_empty(), "the Hyperscan program has ended");
        Ok(answer.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>()?)
    }

    /// Compiles the forms: CPU seconds, MiB of the compiled database, MiB resident more than before, MiB at the highest.
    pub fn compile(&mut self) -> anyhow::Result<[f64; 4]> {
        self.order("c")?.try_into().map_err(|answer| anyhow::anyhow!("unexpected answer {answer:?}"))
    }
}

impl Contender for Hyperscan {
    fn pass(&mut self) -> anyhow::Result<Pass> {
        let [seconds, posts, matches] =
            self.order("m")?.try_into().map_err(|answer| anyhow::anyhow!("unexpected answer {answer:?}"))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts, printed by `%zu`")]
        Ok(Pass { seconds, posts: posts as usize, matches: matches as usize })
    }
}

impl Drop for Hyperscan {
    fn drop(&mut self) {
        writeln!(self.orders, "q").ok();
        self.child.wait().ok();
    }
}
