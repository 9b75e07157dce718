//! The exact bytes of an item, as they are kept: zstd with a dictionary of what stands around every post.
//!
//! A post of a kilobyte is mostly its platform's envelope: names of fields, addresses, defaults. What these look like is
//! public (each platform's contract), so a fixed text of them serves as dictionary and more than half of each item need
//! not be kept again. The second one has the same text and tables of how often what occurs, which otherwise would be made
//! for each item anew (`raw/make_dictionary.py`). What was kept with a dictionary needs that very one: none ever changes, and
//! a later one would be another file with another first byte, beside these.

use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

/// With the tables, level 3 saves a twentieth of the bytes and takes half as long again.
const LEVEL: i32 = 1;
/// The first byte says how the rest is kept; a bare zstd frame, as before there was a dictionary, begins with 0x28.
const WITH_TEXT: u8 = 1;
const WITH_TABLES: u8 = 2;
/// No item is larger: the fetcher and the importer stop before.
const LARGEST: usize = 64 << 20;

const TEXT: &[u8] = include_bytes!("raw/dictionary.txt");
const TABLES: &[u8] = include_bytes!("raw/dictionary-2.bin");
static ENCODER: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(TABLES, LEVEL));
static OLD_DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(TEXT));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(TABLES));

/// Packs items, one after the other: what zstd sets up once would cost more than the packing itself.
pub(super) struct Packer(Option<Compressor<'static>>);

impl Packer {
    pub(super) fn new() -> Self {
        Self(Compressor::with_prepared_dictionary(&ENCODER).ok())
    }

    /// The bytes as they are kept; whatever happens, nothing is lost.
    pub(super) fn pack(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut packed = vec![WITH_TABLES];
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
        WITH_TABLES => (Decompressor::with_prepared_dictionary(&DECODER).ok()?, rest),
        WITH_TEXT => (Decompressor::with_prepared_dictionary(&OLD_DECODER).ok()?, rest),
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
    fn the_dictionaries_are_those_that_were_kept_with() {
        // Another byte in one, and nothing that was kept with it can be read any more.
        let digest = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>();
        let kept: Vec<&str> = include_str!("raw/dictionary.sha256").lines().collect();
        assert_eq!([digest(TEXT), digest(TABLES)], [kept[0], kept[1]]);
    }

    #[test]
    fn what_was_kept_with_the_first_dictionary_is_read_as_ever() {
        let old = EncoderDictionary::copy(TEXT, LEVEL);
        let item =
            br#"{"id":"7","url":"https://contoh.example/7","posted_at":"2029-01-01T03:00:00Z","text":"selamat pagi"}"#;
        let frame = Compressor::with_prepared_dictionary(&old).unwrap().compress(item).unwrap();
        assert_eq!(unpack(&[&[WITH_TEXT], &*frame].concat()).unwrap(), item);
        assert!(Packer::new().pack(item).len() < item.len());
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
