//! Where bytes come from: a file, a file of an archive, something packed. Each can be read again from its beginning, which
//! is how an encoding is known before the first row, and the head of a video before its comments.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use lzma_rust2::XzReader;

/// What an `.xz` file begins with.
pub(super) const XZ: &[u8] = b"\xfd7zXZ\0";

/// How much of the beginning is looked at.
const HEAD: u64 = 4096;
/// Memory that unpacking may take, in KiB: `xz -9` needs 65 MiB.
const XZ_MEMORY: u32 = 80 * 1024;
/// The largest thing that is unpacked from one `.xz` file; a post with all its comments has a few MiB.
const XZ_UNPACKED: u64 = 64 << 20;

/// More came out of something packed than anybody captured.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Swollen(pub(super) &'static str);

/// Bytes that can be read from their beginning, more than once.
pub(super) trait Input {
    /// From the beginning.
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>>;

    /// From the beginning, with a buffer, without a byte order mark.
    fn text(&mut self) -> io::Result<BufReader<Box<dyn Read + '_>>> {
        let mut reader = BufReader::with_capacity(1 << 16, self.open()?);
        let marked = io::BufRead::fill_buf(&mut reader)?.starts_with(b"\xef\xbb\xbf");
        io::BufRead::consume(&mut reader, if marked { 3 } else { 0 });
        Ok(reader)
    }

    /// The first bytes.
    fn head(&mut self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.open()?.take(HEAD).read_to_end(&mut head)?;
        Ok(head)
    }

    /// Whether the first sign is one that JSON begins with.
    fn head_is_json(&mut self) -> io::Result<bool> {
        let head = self.head()?;
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        Ok(matches!(head.trim_ascii_start().first(), Some(b'{' | b'[')))
    }
}

/// A whole file.
pub(super) struct Whole<R>(pub(super) R);

impl<R: Read + Seek> Input for Whole<R> {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        self.0.seek(SeekFrom::Start(0))?;
        Ok(Box::new(&mut self.0))
    }
}

/// What an `.xz` file holds.
pub(super) struct Unpacked<'a>(pub(super) &'a mut dyn Input);

impl Input for Unpacked<'_> {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        let packed = BufReader::new(self.0.open()?);
        let inner = XzReader::new_mem_limit(packed, true, XZ_MEMORY);
        Ok(Box::new(Capped { inner, left: XZ_UNPACKED, why: Swollen("more than 64 MiB came out of an .xz file") }))
    }
}

/// Fails once more comes than may.
pub(super) struct Capped<R> {
    pub(super) inner: R,
    pub(super) left: u64,
    pub(super) why: Swollen,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        match self.left.checked_sub(got as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(self.why.clone())),
        }
        Ok(got)
    }
}
