//! A zip of captures. Each file in it is read as a stream, where it is; nothing is unpacked to a disk, so a name like
//! `../../etc/passwd` is a name and no more.

use std::io::{self, Read, Seek, SeekFrom};

use zip::ZipArchive;

use super::input::{Capped, Input, Swollen};
use super::{Event, Fault, Format, On, Options, read_one, recognise};

/// Files in one archive.
const MAX_ENTRIES: usize = 100_000;
/// What one file may unpack to.
const MAX_ENTRY: u64 = 8 << 30;
/// What all of them may unpack to.
const MAX_ALL: u64 = 32 << 30;
/// Text packs to a tenth, at best to a fiftieth; what packs better was made to.
const MAX_RATIO: u64 = 200;
/// A small file may pack better without doing harm.
const FREE: u64 = 1 << 20;

pub(super) fn read<R: Read + Seek>(
    mut source: R,
    format: Option<Format>,
    options: &Options,
    on: &mut On<'_>,
) -> Result<(), Fault> {
    let length = source.seek(SeekFrom::End(0))?;
    let mut archive = ZipArchive::new(source).map_err(damaged)?;
    if archive.len() > MAX_ENTRIES {
        return Err(Swollen("it holds more than 100,000 files").into());
    }
    let mut packed = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        if entry.encrypted() {
            return Err(Fault::Shape(
                "the archive is protected by a password; unpack it and import the files".to_owned(),
            ));
        }
        packed = packed.saturating_add(entry.compressed_size());
    }
    if packed > length {
        return Err(Swollen("its files lie over each other").into());
    }
    let (mut left, mut open) = (MAX_ALL, true);
    for index in 0..archive.len() {
        let mut entry = Entry { archive: &mut archive, index, left: &mut left };
        if entry.is_folder()? || recognise::is_empty(&mut entry)? {
            continue;
        }
        let own = index + 1;
        let Some(format) = wanted(&mut entry, format, options)? else {
            open = on(Event::Passed(own));
            if open {
                continue;
            }
            break;
        };
        let mut tell = |event| {
            let event = match event {
                Event::Row(mut row) => {
                    row.entry = Some(own);
                    Event::Row(row)
                }
                other => other,
            };
            open = on(event);
            open
        };
        match read_one(&mut entry, format, options, &mut tell) {
            // A file that is not what it seemed costs only itself.
            Err(Fault::Shape(_)) => open = on(Event::Passed(own)),
            ended => ended?,
        }
        if !open {
            break;
        }
    }
    Ok(())
}

/// The format in which a file is to be read; `None` where it is passed over.
fn wanted<R: Read + Seek>(
    entry: &mut Entry<'_, R>,
    format: Option<Format>,
    options: &Options,
) -> Result<Option<Format>, Fault> {
    // An archive in an archive is not opened, unless it is a workbook.
    if entry.head()?.starts_with(b"PK") {
        let table = format.unwrap_or(Format::Table) == Format::Table && !options.mapping.is_empty();
        return Ok(table.then_some(Format::Table));
    }
    let found = super::recognise_with(entry, options)?;
    let Some(format) = format else { return Ok(found) };
    let fits = match found {
        Some(found) => found == format || (format == Format::FourCat && found == Format::Zeeschuimer),
        None => recognise::is_text(entry)?,
    };
    Ok((fits || format == Format::Table && recognise::is_text(entry)?).then_some(format))
}

fn damaged(error: zip::result::ZipError) -> Fault {
    match error {
        zip::result::ZipError::Io(error) => error.into(),
        other => Fault::Damaged(other.to_string()),
    }
}

/// One file of an archive.
struct Entry<'a, R> {
    archive: &'a mut ZipArchive<R>,
    index: usize,
    /// What all files together may still unpack to.
    left: &'a mut u64,
}

impl<R: Read + Seek> Entry<'_, R> {
    fn is_folder(&mut self) -> Result<bool, Fault> {
        Ok(self.archive.by_index_raw(self.index).map_err(damaged)?.is_dir())
    }
}

impl<R: Read + Seek> Input for Entry<'_, R> {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        let entry = self.archive.by_index(self.index).map_err(|error| match error {
            zip::result::ZipError::Io(error) => error,
            other => io::Error::new(io::ErrorKind::InvalidData, other.to_string()),
        })?;
        // What the archive says of sizes is not believed: what comes out is counted.
        let ratio = entry.compressed_size().saturating_mul(MAX_RATIO).saturating_add(FREE);
        let why = Swollen("one of its files swells to more than 200 times its size, or to more than 8 GiB");
        let capped = Capped { inner: entry, left: ratio.min(MAX_ENTRY), why };
        Ok(Box::new(Counted { inner: capped, left: &mut *self.left }))
    }
}

struct Counted<'a, R> {
    inner: R,
    left: &'a mut u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        match self.left.checked_sub(got as u64) {
            Some(left) => *self.left = left,
            None => return Err(io::Error::other(Swollen("more than 32 GiB came out of it"))),
        }
        Ok(got)
    }
}
