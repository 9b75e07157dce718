//! `netral import`

mod file;
mod intake;
mod reader;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::{Context, bail};
use clap::ValueEnum;
use jiff::tz::TimeZone;

use super::keywords::person;
use super::{SOME_REJECTED, open_store, shutdown_signal};
use crate::capture::{self, Mapping, Options};
use crate::config::Config;
use crate::pipeline::{Lists, PipelineError};
use crate::store::{ImportFile, NewImport};
use file::Opened;
use intake::{Import, Record};
use reader::Step;

/// Take a file that somebody captured by hand into the database, as if collected
///
/// Every row ends as kept, known already, turned away (its account is not in the register on that day), without a hit and
/// not kept, or rejected with a reason, and the figures add up. An account is found by its platform id or its handle.
/// Breaking off and starting again goes on where it stopped and doubles nothing; a file that was taken in already is
/// not read again without --again. A zip of captures is read as it is. Examples:
///
/// netral import auto hasil.zip --by operator
///
/// netral import table catatan.xlsx --map text=Isi,account=Akun,posted_at=Waktu,url=Tautan --platform facebook --by operator
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Format of the file; in a zip, files of another format are passed over
    format: Format,

    /// The file; - is standard input
    file: PathBuf,

    /// Who imports it: the log-in of the responsible officer (not needed with --dry-run)
    #[arg(long, value_name = "LOGIN", required_unless_present = "dry_run")]
    by: Option<String>,

    /// For tables: which column is what, as key=Column,key=Column …
    ///
    /// Keys: text, account, posted_at and url, or id, are needed; also account_id, platform, verb (post, comment, share,
    /// like, follow, join), happened_at, seen_at, hashtags, mentions, target_account, target_text, target_url. Times
    /// without a zone are in the program's.
    #[arg(long, value_name = "KEY=COLUMN,…")]
    map: Option<Mapping>,

    /// The platform of all rows, where the file names none: x, facebook, instagram, tiktok, youtube …
    #[arg(long, value_name = "NAME")]
    platform: Option<String>,

    /// Read and match everything, write nothing
    #[arg(long)]
    dry_run: bool,

    /// Read a file again that was taken in already: accounts may have joined the register since
    #[arg(long)]
    again: bool,

    /// Keep rejected rows here, byte for byte
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Recognised by the content
    Auto,
    /// One activity per line, see docs/FORMATS.md; `platform`, `account` and `posted_at` or `seen_at` are needed too
    Jsonl,
    /// CSV or NDJSON of 4CAT
    #[value(name = "4cat")]
    FourCat,
    /// NDJSON of the browser extension Zeeschuimer: X, TikTok, Instagram, Threads
    Zeeschuimer,
    /// JSON of gallery-dl (--write-metadata or -j): X, Instagram, TikTok, Bluesky, Mastodon
    GalleryDl,
    /// .info.json of yt-dlp, with comments and playlists
    YtDlp,
    /// .json and .json.xz of instaloader, with comments
    Instaloader,
    /// CSV of CrowdTangle (until 2024): Facebook, Instagram
    #[value(name = "crowdtangle")]
    CrowdTangle,
    /// CSV of the Meta Content Library
    ContentLibrary,
    /// CSV or XLSX of your own; needs --map
    Table,
}

impl Format {
    fn wanted(self) -> Option<capture::Format> {
        Some(match self {
            Self::Auto => return None,
            Self::Jsonl => capture::Format::Jsonl,
            Self::FourCat => capture::Format::FourCat,
            Self::Zeeschuimer => capture::Format::Zeeschuimer,
            Self::GalleryDl => capture::Format::GalleryDl,
            Self::YtDlp => capture::Format::YtDlp,
            Self::Instaloader => capture::Format::Instaloader,
            Self::CrowdTangle => capture::Format::CrowdTangle,
            Self::ContentLibrary => capture::Format::ContentLibrary,
            Self::Table => capture::Format::Table,
        })
    }
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let wanted = args.format.wanted();
    let mapping = args.map.clone().unwrap_or_default();
    if wanted == Some(capture::Format::Table) && mapping.is_empty() {
        bail!("a table needs --map, e.g. --map text=Isi,account=Akun,posted_at=Waktu,url=Tautan");
    }
    let store = open_store(&config).await?;
    let (shutdown, ended) = shutdown_signal()?;
    let program = store.active_program().await?.ok_or(PipelineError::NoProgram)?;
    let by = match &args.by {
        Some(login) => Some(person(&store, login).await?.login),
        None => None,
    };
    let zone = TimeZone::get(&program.timezone).unwrap_or(TimeZone::UTC);
    let options = Options { mapping, platform: args.platform.as_deref().map(str::to_ascii_lowercase), zone };
    let opened = file::open(args.file.clone(), wanted, options.clone()).await?;
    let new = NewImport {
        program_id: program.program_id,
        sha256: opened.sha256,
        name: opened.stored_name(),
        format: opened.format.map_or("zip", capture::Format::as_str).to_owned(),
        options: told(&options),
        by: by.unwrap_or_default(),
    };
    let mut found = if args.dry_run { None } else { store.find_import(&new).await? };
    if let Some(before) = &found {
        match before.ended_at {
            Some(at) if !args.again => {
                eprintln!("this file was taken in on {at} by {}: {}", before.by, figures(before));
                eprintln!("to read it again, e.g. because accounts have joined the register: --again");
                return Ok(ExitCode::SUCCESS);
            }
            Some(_) => found = None,
            None => {
                eprintln!("goes on after row {}, where the import of {} broke off", before.rows_done, before.begun_at);
            }
        }
    }
    let lists = Lists::follow(store.clone(), shutdown.clone()).await?;
    let record = if args.dry_run { Record::None } else { Record::new(new, found.as_ref()) };
    let mut import = Import::new(store, program, lists, record, &opened.name, found.map(|f| f.totals));
    if let Some(path) = &args.rejects {
        import.keep_rejects(path)?;
    }
    take_in(&mut import, opened, options, &shutdown).await?;
    if shutdown.is_cancelled() {
        import.report()?;
        eprintln!("broken off; run the same command again to take in the rest");
        return Ok(ended.await?);
    }
    Ok(if import.report()? { ExitCode::SUCCESS } else { ExitCode::from(SOME_REJECTED) })
}

/// Reads the file to its end, or until somebody breaks it off; what was read is committed either way.
async fn take_in(
    import: &mut Import,
    opened: Opened,
    options: Options,
    shutdown: &tokio_util::sync::CancellationToken,
) -> anyhow::Result<()> {
    let position = Arc::new(AtomicU64::new(0));
    let mut progress = reader::Progress::new(opened.length, Arc::clone(&position))?;
    let mut steps = reader::start(opened.file, opened.format, options, position);
    loop {
        let step = tokio::select! {
            step = steps.recv() => step,
            () = shutdown.cancelled() => None,
        };
        match step {
            Some(Step::Events(events)) => {
                for event in events {
                    if Import::is_news(&event) {
                        progress.hide_while(|| import.notice(&event));
                    }
                    import.take(event).await?;
                }
                progress.show(import.rows());
            }
            Some(Step::End(Ok(()))) => {
                progress.clear();
                return import.end().await;
            }
            Some(Step::End(Err(fault))) => {
                progress.clear();
                import.save().await?;
                let rows = import.rows();
                let so_far = format!("{}: stopped after row {rows}; what came before it is taken in", import.file);
                let fault = anyhow::Error::new(fault);
                return Err(if rows > 0 { fault.context(so_far) } else { fault.context(import.file.clone()) });
            }
            // Broken off, or the reading thread is gone without a word.
            None => {
                progress.clear();
                import.save().await?;
                if !shutdown.is_cancelled() {
                    bail!("the file's reader has died; this is a fault in netral");
                }
                return Ok(());
            }
        }
    }
}

/// What the command said about the file's columns and platform.
fn told(options: &Options) -> String {
    let platform = options.platform.iter().map(|name| format!("platform:{name}"));
    let mapping = (!options.mapping.is_empty()).then(|| options.mapping.to_string());
    platform.chain(mapping).collect::<Vec<_>>().join(" ")
}

fn figures(import: &ImportFile) -> String {
    intake::figures(&import.totals, "kept")
}

/// Opens a file for writing rows into, at its end.
fn append_to(path: &std::path::Path, fresh: bool) -> anyhow::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    let options = if fresh { options.write(true).truncate(true) } else { options.append(true) };
    options.create(true).open(path).context("cannot write --rejects")
}
