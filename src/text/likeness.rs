//! Whether two texts are copies of one: fingerprints of what people repost.
//!
//! A text is cut into words; addresses, handles, hashtags and most emoji are left out, because reposting adds and loses
//! them. A text of [`LONG`] words or more is a set of runs of three words (*shingles*); two are copies when [`SIMILAR`] of
//! all their shingles are shared. A shorter one is a copy only where its words are the same. What would turn the meaning
//! round must be the same in both, in the same order: negations, refusals and numbers. And where each of two texts has a
//! word that no dictionary knows and the other has not, one name stands for another, and they are no copies.
//!
//! To find copies among many, the shingles are summed up by `MinHash` in [`BANDS`] bands of three values: copies share at
//! least one band almost always, other texts seldom. Whoever shares one is compared exactly.
//!
//! The hashes are stored: a change to anything here that moves them needs another [`VERSION`].

use super::glued::is_common_word;
use super::haystack::Haystack;
use super::slang;
use super::token::TokenKind;

/// Part of every hash: fingerprints of two versions never meet.
const VERSION: u64 = 1;
/// From so many words on, a text is compared by its shingles.
pub const LONG: usize = 8;
/// With fewer words than this, tags and emoji count too: there is little else.
const FEW: usize = 3;
/// Shared shingles of two copies, in a hundred of all that either has.
const SIMILAR: usize = 70;
/// Words that are looked at; what is longer is compared by its beginning.
const MOST_WORDS: usize = 600;
/// Bands of a long text.
const BANDS: u64 = 12;
/// Values in a band.
const ROWS: u64 = 3;

/// Words that turn what is said round, as folded. Whoever adds one says something else.
const TURNS: [&str; 62] = [
    "tidak",
    "tak",
    "tdk",
    "tdak",
    "gak",
    "ga",
    "gk",
    "nggak",
    "ngga",
    "ngak",
    "enggak",
    "engga",
    "kagak",
    "kaga",
    "ndak",
    "nda",
    "ora",
    "mboten",
    "bukan",
    "bkn",
    "bukannya",
    "jangan",
    "jgn",
    "jgan",
    "ojo",
    "belum",
    "blm",
    "tanpa",
    "tnp",
    "anti",
    "kontra",
    "tolak",
    "menolak",
    "ditolak",
    "lawan",
    "melawan",
    "batal",
    "batalkan",
    "dibatalkan",
    "gagal",
    "gagalkan",
    "hoaks",
    "hoax",
    "bohong",
    "kebohongan",
    "palsu",
    "fitnah",
    "stop",
    "setop",
    "hentikan",
    "dilarang",
    "larang",
    "larangan",
    "haram",
    "awas",
    "waspada",
    "ogah",
    "emoh",
    "mustahil",
    "netral",
    "golput",
    "kecuali",
];
/// Emoji that do the same.
const TURNING_SIGNS: [char; 7] = ['👎', '🖕', '❌', '🚫', '🤮', '🙅', '⛔'];

/// What a text says, as hashes. Nothing can be read back from them but whether another text says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    bands: Vec<i64>,
    shingles: Vec<u32>,
    unusual: Vec<u32>,
    /// How a picture looks: blocks, then waves.
    looks: Option<[u8; 16]>,
}

/// A text's words, as far as they count.
struct Words {
    /// Words and numbers in order.
    words: Vec<String>,
    /// Negations, refusals and numbers among them, and signs that turn round.
    turns: Vec<String>,
    /// Tags and emoji, each once, in order of the alphabet.
    signs: Vec<String>,
}

impl Words {
    fn of(text: &str) -> Self {
        let haystack = Haystack::new(text);
        let mut found = Self { words: Vec::new(), turns: Vec::new(), signs: Vec::new() };
        for token in haystack.tokens() {
            let word = haystack.word(token);
            match token.kind {
                TokenKind::Address | TokenKind::Handle => {}
                TokenKind::Hashtag => found.signs.push(word.to_owned()),
                TokenKind::Emoji => {
                    if word.starts_with(TURNING_SIGNS) {
                        found.turns.push(word.to_owned());
                    }
                    found.signs.push(word.to_owned());
                }
                TokenKind::Number => {
                    found.turns.push(word.to_owned());
                    found.words.push(word.to_owned());
                }
                TokenKind::Word => {
                    if TURNS.contains(&word) {
                        found.turns.push(word.to_owned());
                    }
                    found.words.push(word.to_owned());
                }
            }
            if found.words.len() >= MOST_WORDS {
                break;
            }
        }
        found.signs.sort_unstable();
        found.signs.dedup();
        found
    }

    fn is_long(&self) -> bool {
        self.words.len() >= LONG
    }

    fn is_empty(&self) -> bool {
        self.words.is_empty() && self.signs.is_empty()
    }
}

impl Likeness {
    /// The fingerprint of what is said in `parts` (one's own words, the words passed on, a picture's words …), each of
    /// which is compared with the same part of the other. `frame` must be equal in both: whom it is about, for or against.
    /// `None` where nothing is said.
    #[must_use]
    pub fn of(frame: &[&str], parts: &[&str]) -> Option<Self> {
        let parts: Vec<Words> = parts.iter().map(|text| Words::of(text)).collect();
        if parts.iter().all(Words::is_empty) {
            return None;
        }
        let mut key = start(frame);
        let (mut shingles, mut unusual) = (Vec::new(), Vec::new());
        for (part, said) in (1_u64..).zip(&parts) {
            key = mix(key ^ part);
            if said.is_long() {
                key = all(mix(key ^ 1), &said.turns);
                shingles.extend(said.words.windows(3).map(|run| all(part, run)));
                unusual.extend(said.words.iter().filter(|w| is_unusual(w)).map(|w| low(all(part, [w]))));
            } else {
                key = all(mix(key ^ 2), &said.words);
                key = all(mix(key ^ 3), &said.turns);
                let signs: &[String] = if said.words.len() < FEW { &said.signs } else { &[] };
                key = all(mix(key ^ 4), signs);
            }
        }
        let bands = if shingles.is_empty() { vec![key.cast_signed()] } else { bands(key, &shingles) };
        let mut shingles: Vec<u32> = shingles.into_iter().map(low).collect();
        for hashes in [&mut shingles, &mut unusual] {
            hashes.sort_unstable();
            hashes.dedup();
        }
        Some(Self { bands, shingles, unusual, looks: None })
    }

    /// The fingerprint of a picture with few words beside it, by an id that stands for its bytes and by how it looks, where
    /// that is known (`crate::picture`); what turns the words round must be the same. `None` where there are so many words
    /// that they are what is said, or nothing is known of the picture.
    #[must_use]
    pub fn of_picture(frame: &[&str], id: Option<&str>, looks: Option<[u8; 16]>, caption: &str) -> Option<Self> {
        let caption = Words::of(caption);
        if caption.is_long() {
            return None;
        }
        let key = all(mix(start(frame) ^ 5), &caption.turns);
        let own = match (id, looks) {
            (Some(id), _) => all(mix(key ^ 6), [id]),
            (None, Some(looks)) => looks.iter().fold(mix(key ^ 7), |hash, byte| mix(hash ^ u64::from(*byte))),
            (None, None) => return None,
        };
        // Two that differ in a few bits have one of the eight bytes of blocks in common, most often.
        let blocks = looks.iter().flat_map(|looks| looks.iter().take(8)).zip(8_u64..);
        let near = blocks.map(|(byte, place)| mix(mix(key ^ place << 8) ^ u64::from(*byte)));
        let bands = std::iter::once(own).chain(near).map(u64::cast_signed).collect();
        Some(Self { bands, shingles: Vec::new(), unusual: Vec::new(), looks })
    }

    /// One as it was stored; see [`Self::shingles`] for the bytes.
    #[must_use]
    pub fn stored(bands: Vec<i64>, shingles: &[u8], unusual: &[u8], looks: Option<&[u8]>) -> Self {
        let read = |bytes: &[u8]| bytes.as_chunks::<4>().0.iter().map(|four| u32::from_le_bytes(*four)).collect();
        let looks = looks.and_then(|bytes| bytes.try_into().ok());
        Self { bands, shingles: read(shingles), unusual: read(unusual), looks }
    }

    /// Copies share at least one of these, almost always.
    #[must_use]
    pub fn bands(&self) -> &[i64] {
        &self.bands
    }

    /// The shingles' hashes, sorted, four bytes each.
    #[must_use]
    pub fn shingles(&self) -> Vec<u8> {
        self.shingles.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    /// The hashes of unusual words, sorted, four bytes each.
    #[must_use]
    pub fn unusual(&self) -> Vec<u8> {
        self.unusual.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    /// How a picture looks.
    #[must_use]
    pub fn looks(&self) -> Option<[u8; 16]> {
        self.looks
    }

    /// An id that follows from the fingerprint alone.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        let numbers = || {
            let hashes = self.shingles.iter().chain(&self.unusual).map(|hash| u64::from(*hash));
            self.bands.iter().map(|band| band.cast_unsigned()).chain(hashes)
        };
        let first = numbers().fold(mix(VERSION), |hash, n| mix(hash ^ n));
        let second = numbers().fold(mix(first), |hash, n| mix(hash.rotate_left(23) ^ n));
        let mut id = [0; 16];
        let (head, tail) = id.split_at_mut(8);
        head.copy_from_slice(&first.to_be_bytes());
        tail.copy_from_slice(&second.to_be_bytes());
        id
    }

    /// How alike two are, in thousandths; `None` where they are no copies of each other.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> Option<usize> {
        if !self.bands.iter().any(|band| other.bands.contains(band)) {
            return None;
        }
        if self.shingles.is_empty() || other.shingles.is_empty() {
            if self.bands.first() == other.bands.first() {
                return Some(1000);
            }
            return self.looks.zip(other.looks).and_then(|(a, b)| looks_like(&a, &b));
        }
        let swapped = |a: &[u32], b: &[u32]| a.iter().any(|hash| b.binary_search(hash).is_err());
        if swapped(&self.unusual, &other.unusual) && swapped(&other.unusual, &self.unusual) {
            return None;
        }
        let shared = self.shingles.iter().filter(|hash| other.shingles.binary_search(hash).is_ok()).count();
        let together = self.shingles.len() + other.shingles.len() - shared;
        (shared * 100 >= together * SIMILAR).then(|| shared * 1000 / together.max(1))
    }
}

/// Bits in which two pictures may differ, of sixty-four blocks and of sixty-four waves.
const BLOCKS: u32 = 10;
const WAVES: u32 = 14;

fn looks_like(a: &[u8; 16], b: &[u8; 16]) -> Option<usize> {
    let apart = |from: usize| -> u32 { a.iter().zip(b).skip(from).take(8).map(|(a, b)| (a ^ b).count_ones()).sum() };
    let (blocks, waves) = (apart(0), apart(8));
    (blocks <= BLOCKS && waves <= WAVES).then(|| 999 - (blocks + waves) as usize)
}

/// No dictionary has it: a name, most often. Everyday shorthand is none.
fn is_unusual(word: &str) -> bool {
    word.chars().count() >= 3
        && !word.starts_with(|c: char| c.is_ascii_digit())
        && !is_common_word(word)
        && slang::meaning(word).is_none()
}

fn bands(key: u64, shingles: &[u64]) -> Vec<i64> {
    let lowest = |n: u64| {
        let turn = mix(n ^ 0x5851_f42d_4c95_7f2d);
        shingles.iter().map(|hash| mix(hash ^ turn)).min().unwrap_or_default()
    };
    (0..BANDS)
        .map(|band| (0..ROWS).fold(mix(key ^ band), |hash, row| mix(hash ^ lowest(band * ROWS + row))).cast_signed())
        .collect()
}

fn start(frame: &[&str]) -> u64 {
    all(mix(VERSION), frame)
}

/// A hash of a row of words: where one ends and the next begins counts.
fn all<S: AsRef<str>>(seed: u64, words: impl IntoIterator<Item = S>) -> u64 {
    words.into_iter().fold(mix(seed), |hash, word| {
        // FNV-1a over the bytes; `mix` spreads it.
        let word = word
            .as_ref()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3));
        mix(hash.rotate_left(17) ^ word)
    })
}

/// The finalizer of `SplitMix64`: every bit of what goes in reaches every bit of what comes out.
fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

fn low(hash: u64) -> u32 {
    let [.., a, b, c, d] = hash.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CALL: &str = "Ayo warga Banyuwening, besok pagi kita berangkat bersama ke lapangan kota untuk menyambut \
                        Danurwenda Sastrobawono, coblos nomor urut 1 demi perubahan yang nyata bagi anak cucu kita semua";

    fn of(text: &str) -> Likeness {
        Likeness::of(&["set", "paslon-1"], &[text]).unwrap()
    }

    fn alike(a: &str, b: &str) -> bool {
        let (a, b) = (of(a), of(b));
        assert_eq!(a.likeness(&b).is_some(), b.likeness(&a).is_some());
        a.likeness(&b).is_some()
    }

    #[test]
    fn what_reposting_adds_does_not_split_a_copy() {
        for copy in [
            CALL.to_uppercase(),
            format!("{CALL} https://contoh.example/abc #Satu #Menang #BanyuweningJaya 🔥🔥"),
            format!("@teman @lain {CALL}"),
            format!("Bismillah {CALL}"),
            CALL.replace("Ayo", "𝐀𝐲𝐨").replace("kota", "k0ta"),
            CALL.replace("semua", "smua ya"),
            CALL.replace(" ", "\u{200b} "),
        ] {
            assert!(alike(CALL, &copy), "{copy}");
        }
    }

    #[test]
    fn another_name_number_or_negation_is_another_text() {
        for other in [
            CALL.replace("Danurwenda", "Wirabumi"),
            CALL.replace("nomor urut 1", "nomor urut 2"),
            CALL.replace("coblos", "jangan coblos"),
            CALL.replace("menyambut", "menolak"),
            format!("{CALL} 👎"),
            format!("HOAKS: {CALL}"),
            CALL.chars().rev().collect(),
        ] {
            assert!(!alike(CALL, &other), "{other}");
        }
        let (one, two) = (Likeness::of(&["set", "a"], &[CALL]).unwrap(), Likeness::of(&["set", "b"], &[CALL]).unwrap());
        assert_eq!(one.likeness(&two), None, "about whom, and for or against, is part of it");
    }

    #[test]
    fn short_texts_are_copies_only_where_their_words_are_the_same() {
        assert!(alike("Gas 02! Menang", "gas 02 MENANG @teman #satu #dua 🔥"));
        assert!(!alike("Gas 02! Menang", "Gas 02! Menang lagi"));
        assert!(!alike("Gas 02! Menang", "Gas 01! Menang"));
        assert!(!alike("#Satu", "#Dua"));
        assert!(!alike("bagus 👍", "bagus 👎"));
        assert_eq!(Likeness::of(&[], &["", " @teman https://contoh.example "]), None);
    }

    #[test]
    fn each_part_is_compared_with_its_own() {
        let both = |own: &str, target: &str| Likeness::of(&["set"], &[own, target]).unwrap();
        assert!(both("mantap", CALL).likeness(&both("Mantap!", &format!("{CALL} #tagar"))).is_some());
        assert!(both("mantap", CALL).likeness(&both("sampah", CALL)).is_none());
        assert!(both("", CALL).likeness(&both(CALL, "")).is_none());
    }

    #[test]
    fn a_picture_is_its_bytes_and_what_turns_the_caption_round() {
        let of = |picture, caption| Likeness::of_picture(&["set"], Some(picture), None, caption);
        let like = |a: Option<Likeness>, b: Option<Likeness>| a.unwrap().likeness(&b.unwrap()).is_some();
        assert!(like(of("cid:a", "Mantap"), of("cid:a", "Gas terus")));
        assert!(!like(of("cid:a", "Mantap"), of("cid:b", "Mantap")));
        assert!(!like(of("cid:a", "Pilih"), of("cid:a", "Jangan pilih")));
        assert_eq!(of("cid:a", CALL), None);
        assert_eq!(Likeness::of_picture(&["set"], None, None, "Mantap"), None);
        // By its looks: a few bits apart is the same, in blocks or in waves alone is not.
        let looks = |id, bytes| Likeness::of_picture(&["set"], Some(id), Some(bytes), "Mantap");
        let (mut near, mut far) = ([0x5a; 16], [0x5a; 16]);
        (near[0], near[9]) = (0x5b, 0x58);
        far[8..].fill(0xa5);
        assert!(like(looks("sha256:a", [0x5a; 16]), looks("sha256:b", near)));
        assert!(!like(looks("sha256:a", [0x5a; 16]), looks("sha256:b", far)));
        assert!(like(looks("sha256:a", [0x5a; 16]), of("sha256:a", "Mantap")), "the same bytes, whoever looked");
    }

    #[test]
    fn nearly_all_copies_share_a_band_and_the_hashes_never_move() {
        let words: Vec<String> = (0..40).map(|n| format!("kata{n}")).collect();
        let text = words.join(" ");
        let missed = (0..200_usize).filter(|n| {
            let (a, b) = (n % 40, n / 5 % 40);
            let mut changed = words.clone();
            changed[a] = "saja".to_owned();
            changed[b] = "yang".to_owned();
            of(&text).likeness(&of(&changed.join(" "))).is_none()
        });
        assert!(missed.count() <= 3);
        // Stored hashes must mean the same for ever; if this fails, `VERSION` is to be raised.
        assert_eq!(of("Gas 02! Menang").bands(), [GAS]);
    }
    const GAS: i64 = 191_355_991_426_655_597;

    proptest! {
        #[test]
        fn a_text_is_a_copy_of_itself_and_survives_being_stored(text in any::<String>(), other in any::<String>()) {
            if let Some(one) = Likeness::of(&["f"], &[&text, &other]) {
                prop_assert_eq!(one.likeness(&one), Some(1000));
                let again = Likeness::stored(one.bands().to_vec(), &one.shingles(), &one.unusual(), None);
                prop_assert_eq!(&again, &one);
                prop_assert_eq!(again.id(), one.id());
            }
        }
    }
}
