//! Files that people captured by hand, with whatever tool they had: bytes in, activities out.
//!
//! One file per format. A file is read as a stream, row by row, so that gigabytes need no more memory than the longest
//! row may have. A row that cannot be read costs only itself and says why, never what it holds. Nothing here writes to a
//! disk, and no name inside an archive is ever used as a path. docs/FORMATS.md shows the formats to users.

mod address;
mod archive;
mod content_library;
mod crowdtangle;
mod csv;
mod fourcat;
mod gallery_dl;
mod input;
mod instagram;
mod instaloader;
mod json;
mod jsonl;
mod lines;
mod recognise;
mod sheet;
mod table;
mod tiktok;
mod time;
mod value;
mod xlsx;
mod yt_dlp;
mod zeeschuimer;

use std::fmt;
use std::io::{self, Read, Seek};
use std::str::FromStr;

use jiff::tz::TimeZone;

pub use input::Swollen;
pub use table::Mapping;

use crate::model::{Activity, MAX_LINE_BYTES, Reject, Target, Verb};
use input::{Input, Whole};

/// A row longer than this is rejected, not read.
const MAX_ROW: usize = MAX_LINE_BYTES;

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// netral's own, one activity per line.
    Jsonl,
    /// What 4CAT exports, as CSV or NDJSON.
    FourCat,
    /// What the browser extension Zeeschuimer saves.
    Zeeschuimer,
    /// `gallery-dl --write-metadata` or `gallery-dl -j`.
    GalleryDl,
    /// `yt-dlp --write-info-json`.
    YtDlp,
    /// What instaloader saves, packed or not.
    Instaloader,
    /// Exports of `CrowdTangle`, until 2024.
    CrowdTangle,
    /// Exports of the Meta Content Library.
    ContentLibrary,
    /// Any table, with the columns named by a [`Mapping`].
    Table,
}

impl Format {
    /// Every format, in the order of the manual.
    pub const ALL: [Self; 9] = [
        Self::Jsonl,
        Self::FourCat,
        Self::Zeeschuimer,
        Self::GalleryDl,
        Self::YtDlp,
        Self::Instaloader,
        Self::CrowdTangle,
        Self::ContentLibrary,
        Self::Table,
    ];

    /// The word on the command line and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::FourCat => "4cat",
            Self::Zeeschuimer => "zeeschuimer",
            Self::GalleryDl => "gallery-dl",
            Self::YtDlp => "yt-dlp",
            Self::Instaloader => "instaloader",
            Self::CrowdTangle => "crowdtangle",
            Self::ContentLibrary => "content-library",
            Self::Table => "table",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|f| f.as_str() == word).ok_or_else(|| format!("unknown format `{word}`"))
    }
}

/// What a file does not say of itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which column is what, for [`Format::Table`].
    pub mapping: Mapping,
    /// The platform, for files that name none.
    pub platform: Option<String>,
    /// Where times without a zone were written down by hand.
    pub zone: TimeZone,
}

impl Default for Options {
    fn default() -> Self {
        Self { mapping: Mapping::default(), platform: None, zone: TimeZone::UTC }
    }
}

/// One act, and who did it.
#[derive(Debug, PartialEq, Eq)]
pub struct Captured {
    /// What was done; `seen_at` only where the file says when it was captured.
    pub activity: Activity,
    /// Name of the platform, as the register has it.
    pub platform: String,
    /// Whatever the file calls the account: its platform id first, then its handle, without `@`.
    pub names: Vec<String>,
}

impl Captured {
    /// Somebody else's act on this post: a like, a share without words of one's own. When they did it, the file does not
    /// say; it only says when the post was made.
    fn acted_on(self, verb: Verb, names: Vec<String>) -> Self {
        let post = self.activity;
        let mut author = self.names;
        let handle = author.pop();
        let target = Target {
            kind: "post".to_owned(),
            id: Some(post.id.clone()),
            handle,
            account_id: author.into_iter().next(),
            text: Some(post.text).filter(|text| !text.is_empty()),
            url: post.url,
        };
        let activity = Activity {
            id: format!("{verb}:{}", post.id),
            verb,
            target: Some(target),
            seen_at: post.seen_at,
            ..Activity::default()
        };
        Self { activity, platform: self.platform, names }
    }
}

/// Why a row is no activity. Says what to do about it, never what the row says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// As in netral's own format.
    #[error(transparent)]
    Row(#[from] Reject),
    /// The row is whole, but no act that netral reads.
    #[error("{0}")]
    NoAct(&'static str),
    /// A time that cannot be placed.
    #[error("`{key}` cannot be read as a time; write e.g. 2029-10-01 10:11:00, or with a zone 2029-10-01T03:11:00Z")]
    Time {
        /// The key or column.
        key: &'static str,
    },
}

/// A row and its bytes.
#[derive(Debug)]
pub struct Row {
    /// Line, row or item, from 1: as the user finds it in the file.
    pub at: u64,
    /// Which file of an archive, from 1.
    pub entry: Option<usize>,
    /// The exact bytes, line end included; empty where they came as [`Event::Piece`]s.
    pub raw: Vec<u8>,
    /// The line end at the end of `raw`, which is no part of the item.
    pub ending: usize,
    /// What it says.
    pub read: Result<Captured, Reason>,
}

/// What comes out of a file, in its order.
#[derive(Debug)]
pub enum Event {
    /// A row.
    Row(Box<Row>),
    /// Some bytes of a row that is too long; the row itself follows, rejected.
    Piece(Vec<u8>),
    /// A file of an archive that is no capture (a picture, a readme), or not of the wanted format.
    Passed(usize),
    /// The file names the version of the tool that wrote it.
    Tool(String),
}

/// Why a file cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Reading failed.
    #[error("the file cannot be read")]
    Io(#[source] io::Error),
    /// It is packed, and unpacking it failed.
    #[error("the archive is damaged or cut short: {0}")]
    Damaged(String),
    /// It is packed, and more comes out than anybody captured.
    #[error("the archive is refused: {0}")]
    Swollen(#[from] Swollen),
    /// It is something else than what was said.
    #[error("{0}")]
    Shape(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if let Some(swollen) = error.get_ref().and_then(|e| e.downcast_ref::<Swollen>()) {
            return Self::Swollen(swollen.clone());
        }
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Io(error),
        }
    }
}

/// Gets what comes; `false` stops the reading.
pub type On<'a> = dyn FnMut(Event) -> bool + 'a;

/// Reads a file to its end, telling `on` what comes. Without a format it is recognised by its content.
///
/// # Errors
/// [`Fault`], after the rows that came before it.
pub fn read<R: Read + Seek>(
    source: R,
    format: Option<Format>,
    options: &Options,
    on: &mut On<'_>,
) -> Result<(), Fault> {
    let mut whole = Whole(source);
    let head = whole.head()?;
    if head.starts_with(b"PK\x03\x04") && !xlsx::is_workbook(&mut whole.0)? {
        return archive::read(whole.0, format, options, on);
    }
    if head.starts_with(b"PK\x05\x06") {
        return Err(Fault::Shape("the archive is empty".to_owned()));
    }
    let Some(format) = format.map_or_else(|| recognise_with(&mut whole, options), |format| Ok(Some(format)))? else {
        return Err(Fault::Shape(format!(
            "the format is not recognised; name it: {}. A table of your own needs --map",
            Format::ALL.map(Format::as_str).join(", ")
        )));
    };
    read_one(&mut whole, format, options, on)
}

/// The format of a file, by its content; `None` where it is like none of them, and for an archive, whose files each have
/// their own. With a [`Mapping`], what is no known export is a table.
///
/// # Errors
/// [`Fault`] where it cannot be read.
pub fn recognise<R: Read + Seek>(mut source: R, options: &Options) -> Result<Option<Format>, Fault> {
    if Whole(&mut source).head()?.starts_with(b"PK") && !xlsx::is_workbook(&mut source)? {
        return Ok(None);
    }
    recognise_with(&mut Whole(source), options)
}

fn recognise_with(input: &mut dyn Input, options: &Options) -> Result<Option<Format>, Fault> {
    let found = recognise::of(input)?;
    // Whoever names columns means a table, unless the file is plainly something else.
    let mapped = !options.mapping.is_empty() && matches!(found, None | Some(Format::Table));
    Ok(if mapped { Some(Format::Table) } else { found.filter(|f| *f != Format::Table) })
}

/// One file, in or out of an archive.
fn read_one(input: &mut dyn Input, format: Format, options: &Options, on: &mut On<'_>) -> Result<(), Fault> {
    if input.head()?.starts_with(input::XZ) {
        return read_one(&mut input::Unpacked(input), format, options, on);
    }
    match format {
        Format::Jsonl => jsonl::read(input, on),
        Format::FourCat if input.head_is_json()? => zeeschuimer::read(input, on),
        Format::FourCat => fourcat::read(input, options, on),
        Format::Zeeschuimer => zeeschuimer::read(input, on),
        Format::GalleryDl => gallery_dl::read(input, on),
        Format::YtDlp => yt_dlp::read(input, on),
        Format::Instaloader => instaloader::read(input, on),
        Format::CrowdTangle => crowdtangle::read(input, on),
        Format::ContentLibrary => content_library::read(input, options, on),
        Format::Table => table::read(input, options, on),
    }
}
