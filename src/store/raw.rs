//! The exact bytes of an item, as they are kept: zstd with a dictionary of what stands around every post.
//!
//! A post of a kilobyte is mostly its platform's envelope: names of fields, addresses, defaults. What these look like is
//! public (each platform's contract), so a fixed text of them serves as dictionary and more than half of each item need
//! not be kept again. The dictionary never changes: a later one would be another file with another first byte, beside this.

use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// Level 3 is where more effort stops paying for posts of a kilobyte.
const LEVEL: i32 = 3;
/// The first byte says how the rest is kept; a bare zstd frame, as before there was a dictionary, begins with 0x28.
const WITH_DICTIONARY: u8 = 1;
/// No item is larger: the fetcher and the importer stop before.
const LARGEST: usize = 64 << 20;

const DICTIONARY: &[u8] = include_bytes!("raw/dictionary.txt");
static ENCODER: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

/// Packs items, one after the other: what zstd sets up once would cost more than the packing itself.
pub(super) struct Packer(Option<Compressor<'static>>);

impl Packer {
    pub(super) fn new() -> Self {
        Self(Compressor::with_prepared_dictionary(&ENCODER).ok())
    }

    /// The bytes as they are kept; whatever happens, nothing is lost.
    pub(super) fn pack(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut packed = vec![WITH_DICTIONARY];
        match self.0.as_mut().map(|c| c.compress(bytes)) {
            Some(Ok(frame)) => packed.extend(frame),
            // Out of memory: a bare frame of stored blocks needs none.
            _ => return zstd::bulk::compress(bytes, 1).unwrap_or_default(),
        }
        packed
    }
}

/// The item's own bytes again; `None` where what is kept is damaged, or was emptied.
#[must_use]
pub fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let (first, rest) = packed.split_first()?;
    let (mut reader, frame) = match *first {
        WITH_DICTIONARY => (Decompressor::with_prepared_dictionary(&DECODER).ok()?, rest),
        _ => (Decompressor::new().ok()?, packed),
    };
    let size = zstd::zstd_safe::get_frame_content_size(frame).ok()??;
    reader.decompress(frame, usize::try_from(size).ok().filter(|size| *size <= LARGEST)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn what_was_kept_before_and_what_is_damaged_is_told_apart() {
        let old = zstd::bulk::compress(b"{\"id\":\"1\"}", 3).unwrap();
        assert_eq!(unpack(&old).unwrap(), b"{\"id\":\"1\"}");
        assert_eq!(unpack(b""), None);
        let mut packed = Packer::new().pack(b"{\"id\":\"1\",\"text\":\"halo\"}");
        packed.truncate(packed.len() - 3);
        assert_eq!(unpack(&packed), None);
    }

    #[test]
    fn the_dictionary_is_the_one_that_was_kept_with() {
        // Another byte in it, and nothing that was kept with it can be read any more.
        let digest = Sha256::digest(DICTIONARY).iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(digest, include_str!("raw/dictionary.sha256").trim());
    }

    proptest! {
        #[test]
        fn every_item_comes_back_byte_by_byte(items in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..600), 1..5)) {
            let mut packer = Packer::new();
            for item in items {
                prop_assert_eq!(unpack(&packer.pack(&item)).unwrap(), item);
            }
        }
    }
}
