//! `netral keywords list`, `import`, `export`, `diff`, `clone`

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};

use super::{person_who, workshop};
use crate::config::Config;
use crate::keyword::{self, KeywordSet, Library};
use crate::model::Role;
use crate::pipeline::Drafts;
use crate::store::{Edited, Store};

/// List the sets: what is live, and what stands in the workshop
#[derive(Debug, clap::Args)]
pub struct List {}

pub(super) async fn list(_: List, config: &Config) -> anyhow::Result<ExitCode> {
    let (store, drafts) = workshop(config).await?;
    let live = store.live_sets().await?;
    let mut out = std::io::stdout().lock();
    for set in drafts.all().await? {
        let state = match (live.iter().find(|v| v.set_id == set.id), &set.set) {
            (Some(live), Ok(made)) if live.version == made.fingerprint() => format!("live, number {}", live.number),
            (Some(live), _) => format!("live, number {}, changed since", live.number),
            (None, Ok(made)) if made.is_election() => "not live".to_owned(),
            (None, _) => "shared".to_owned(),
        };
        match set.set {
            Ok(made) => writeln!(out, "{}\t{}\t{state}", set.id, made.title())?,
            Err(problem) => writeln!(out, "{}\t\t{state}; can't be used: {problem}", set.id)?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Take keyword files into the workshop, byte for byte, with the circulars and shared sets beside them
#[derive(Debug, clap::Args)]
pub struct Import {
    /// A keyword file, or a folder of them
    path: PathBuf,
    /// Folder of circulars
    #[arg(long, value_name = "DIR")]
    circulars: Option<PathBuf>,
    /// Why, for the history
    #[arg(long, value_name = "WORDS", default_value = "impor berkas")]
    why: String,
    /// Who does this
    #[arg(long, value_name = "LOGIN")]
    by: String,
}

pub(super) async fn import(args: Import, config: &Config) -> anyhow::Result<ExitCode> {
    let (store, drafts) = workshop(config).await?;
    let actor = person_who(&store, &args.by, Role::edits_lists).await?;
    let folder = if args.path.is_dir() { args.path.clone() } else { parent(&args.path) };
    let circulars = args.circulars.clone().or_else(|| config.keywords.circulars.clone());
    let library = Library::in_folder(folder, circulars);
    let files = if args.path.is_dir() {
        library.all_files()?
    } else {
        let name = args.path.display().to_string();
        let text = std::fs::read_to_string(&args.path).with_context(|| format!("cannot read {name}"))?;
        vec![(name, text)]
    };
    for (name, text) in files {
        let id = Library::set_id(&name, &text)?;
        // A file with faults may come in as it is; then only its own text does.
        let closure = library.close(name, text.clone()).map(|set| set.sources());
        let closure = closure.unwrap_or_else(|_| vec![(format!("{id}.toml"), text)]);
        for (id, edited) in drafts.import(&closure, &args.why, &actor.login).await? {
            match edited {
                Edited::Saved(revision) => eprintln!("{id} taken in as revision {revision}"),
                _ => eprintln!("{id} is as it was"),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn parent(file: &Path) -> PathBuf {
    file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// The keyword file itself, byte for byte
    Toml,
    /// A table for spreadsheets, with semicolons
    Csv,
    /// An Excel workbook
    Xlsx,
}

/// Write a list out of the workshop, or as it was published
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Id of the set; ID@N for its publication number N, ID@live for what is live
    set: String,
    /// As what
    #[arg(long, value_enum, default_value = "toml")]
    format: Format,
    /// Into this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn export(args: Export, config: &Config) -> anyhow::Result<ExitCode> {
    let (store, drafts) = workshop(config).await?;
    let bytes = match args.format {
        Format::Toml if !args.set.contains('@') => drafts.text(&args.set).await?.0.into_bytes(),
        Format::Toml => {
            let set = named(&store, &drafts, &args.set, config).await?;
            set.sources().into_iter().next().map(|(_, text)| text).unwrap_or_default().into_bytes()
        }
        Format::Csv => keyword::to_csv(&*named(&store, &drafts, &args.set, config).await?),
        Format::Xlsx => keyword::to_xlsx(&*named(&store, &drafts, &args.set, config).await?)?,
    };
    match &args.output {
        Some(path) => std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))?,
        None => std::io::stdout().lock().write_all(&bytes)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Say in words what changed between two versions
#[derive(Debug, clap::Args)]
pub struct Diff {
    /// The older: a keyword file, ID, ID@N or ID@live
    old: String,
    /// The newer
    new: String,
}

pub(super) async fn diff(args: Diff, config: &Config) -> anyhow::Result<ExitCode> {
    let workshop = match (Path::new(&args.old).is_file(), Path::new(&args.new).is_file()) {
        // Two files need no database.
        (true, true) => None,
        _ => Some(workshop(config).await?),
    };
    let mut sets = Vec::new();
    for name in [&args.old, &args.new] {
        sets.push(match &workshop {
            Some((store, drafts)) => named(store, drafts, name, config).await?,
            None => from_file(Path::new(name), config)?,
        });
    }
    let [old, new] = sets.as_slice() else { bail!("two versions are needed") };
    let mut out = std::io::stdout().lock();
    for change in keyword::diff(old, new) {
        writeln!(out, "{}", change)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Begin the next cycle's list with this one's entries, everything switched off
#[derive(Debug, clap::Args)]
pub struct Clone {
    /// Id of the set
    id: String,
    /// Id of the new one
    new_id: String,
    /// Title of the new one
    #[arg(long)]
    title: String,
    /// Who does this
    #[arg(long, value_name = "LOGIN")]
    by: String,
}

pub(super) async fn clone(args: Clone, config: &Config) -> anyhow::Result<ExitCode> {
    let (store, drafts) = workshop(config).await?;
    let actor = person_who(&store, &args.by, Role::edits_lists).await?;
    drafts.clone_set(&args.id, &args.new_id, &args.title, &actor.login).await?;
    eprintln!("{} begun from {}, everything switched off", args.new_id, args.id);
    Ok(ExitCode::SUCCESS)
}

/// A version by what people call it.
async fn named(store: &Store, drafts: &Drafts, name: &str, config: &Config) -> anyhow::Result<Arc<KeywordSet>> {
    if Path::new(name).is_file() {
        return from_file(Path::new(name), config);
    }
    let Some((id, which)) = name.split_once('@') else { return Ok(drafts.set(name).await?) };
    let versions = store.set_versions().await?;
    let version = versions
        .iter()
        .find(|v| v.set_id == id && (which.parse() == Ok(v.number) || (which == "live" && v.retired_at.is_none())));
    let Some(version) = version else { bail!("`{id}` has no publication `{which}`") };
    let sources = store.sources_of(id, &version.version).await?.unwrap_or_default();
    Ok(Arc::new(KeywordSet::from_sources(&sources)?))
}

fn from_file(file: &Path, config: &Config) -> anyhow::Result<Arc<KeywordSet>> {
    let library = Library::in_folder(parent(file), config.keywords.circulars.clone());
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Arc::new(library.close(file.display().to_string(), text)?))
}
