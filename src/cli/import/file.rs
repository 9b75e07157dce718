//! The file as it was handed in: opened, fingerprinted, recognised.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::capture::{self, Format, Options};

/// Longest name that is stored.
const MAX_NAME: usize = 255;

/// A file that can be read more than once.
pub(super) struct Opened {
    pub file: File,
    /// As the user named it.
    pub name: String,
    pub length: u64,
    pub sha256: [u8; 32],
    /// `None` for an archive whose files are each recognised.
    pub format: Option<Format>,
}

impl Opened {
    /// Its name without its folder.
    pub fn stored_name(&self) -> String {
        let name = Path::new(&self.name).file_name().map_or("-".into(), |name| name.to_string_lossy());
        let mut name: String = name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        while name.len() > MAX_NAME {
            name.pop();
        }
        name
    }
}

/// Opens the file and reads it once, for its fingerprint.
pub(super) async fn open(path: PathBuf, wanted: Option<Format>, options: Options) -> anyhow::Result<Opened> {
    tokio::task::spawn_blocking(move || open_now(&path, wanted, &options)).await?
}

fn open_now(path: &Path, wanted: Option<Format>, options: &Options) -> anyhow::Result<Opened> {
    let name = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
    let mut file = if path == Path::new("-") {
        spool(io::stdin().lock()).context("cannot read standard input")?
    } else {
        let file = File::open(path).with_context(|| name.clone())?;
        let meta = file.metadata().with_context(|| name.clone())?;
        if meta.is_dir() {
            bail!("{name}: is a folder; name the files in it, or zip it");
        }
        // A pipe can be read only once.
        if meta.is_file() { file } else { spool(file).with_context(|| name.clone())? }
    };
    let (length, sha256) = fingerprint(&mut file).with_context(|| name.clone())?;
    let format = match wanted {
        Some(format) => Some(format),
        None => capture::recognise(&file, options).map_err(anyhow::Error::new).with_context(|| name.clone())?,
    };
    Ok(Opened { file, name, length, sha256, format })
}

fn fingerprint(file: &mut File) -> io::Result<(u64, [u8; 32])> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut length = 0;
    loop {
        let got = file.read(&mut buffer)?;
        if got == 0 {
            break;
        }
        hasher.update(buffer.get(..got).unwrap_or_default());
        length += got as u64;
    }
    file.seek(SeekFrom::Start(0))?;
    Ok((length, hasher.finalize().into()))
}

/// Keeps what can be read only once in a file that has no name any more, and ends with this process.
fn spool(mut from: impl Read) -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("netral-import-{}", uuid::Uuid::new_v4().simple()));
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    io::copy(&mut from, &mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}
