//! What the matcher says of a hit, for readers of the English pages. It says it once, in Indonesian, and so it is kept: a hit is
//! evidence and has one wording. Here its fixed phrases are put into English; quotations, titles and whatever else comes from a
//! list stay as they are.

use super::i18n::Text;
use crate::model::Language;

/// What it says is made of these; of phrases that begin alike the longest stands first.
const PHRASES: &[(&str, &str)] = &[
    // How a sentence begins.
    ("Mengunggah isi yang memuat ", "Posted something with "),
    ("Mengomentari unggahan yang memuat ", "Commented on a post with "),
    ("Menulis komentar yang memuat ", "Wrote a comment with "),
    ("Membagikan unggahan yang memuat ", "Shared a post with "),
    ("Menyukai unggahan yang memuat ", "Liked a post with "),
    ("Mengikuti akun yang memuat ", "Followed an account with "),
    ("Bergabung dengan grup yang memuat ", "Joined a group with "),
    ("disertai ", "together with "),
    (" dan ", " and "),
    // Names, numbers and signs.
    ("nama calon", "a candidate's name"),
    ("nama partai", "a party's name"),
    ("lambang atau atribut", "a symbol or attribute"),
    ("tagar kampanye", "a campaign hashtag"),
    ("slogan kampanye", "a campaign slogan"),
    ("akun kampanye", "a campaign account"),
    ("salam jari", "a hand sign"),
    ("nomor urut", "a ballot number"),
    ("tagar dengan nama atau nomor peserta", "a hashtag with a contestant's name or number"),
    (" bernada merendahkan", " in a belittling form"),
    (" (lemah, dengan pendamping)", " (weak, with a neighbour)"),
    ("juga ", "also "),
    ("akun peserta disapa langsung", "a contestant's account is addressed"),
    ("disebut berulang kali", "named again and again"),
    ("nama diserukan dengan huruf dipanjangkan", "the name is called out with stretched letters"),
    ("isi unggahan hampir hanya nama peserta", "the post is hardly more than a contestant's name"),
    (
        "keterangan gambar menyebut peserta bersama lambang, atribut atau salam jari",
        "the picture's description names a contestant with a symbol, an attribute or a hand sign",
    ),
    // How they were written.
    ("huruf dipanjangkan", "with stretched letters"),
    ("angka dibaca sebagai huruf", "with digits for letters"),
    ("huruf direnggangkan", "with letters spaced apart"),
    ("ejaan yang mendekati", "in a spelling close to it"),
    ("di dalam kata tersambung", "inside a word without spaces"),
    // Cues.
    ("isyarat dukungan yang diingkari di dekatnya", "a cue of support nearby, denied"),
    ("isyarat dukungan di dekatnya", "a cue of support nearby"),
    ("isyarat dukungan", "a cue of support"),
    ("isyarat penolakan atau serangan di dekatnya", "a cue of rejection or attack nearby"),
    ("isyarat penolakan", "a cue of rejection"),
    ("isyarat yang diingkari di dekatnya", "a cue nearby, denied"),
    ("isyarat keterlibatan atau nada pribadi", "a cue of involvement or a personal tone"),
    ("nada pribadi atau keterlibatan", "a personal tone or involvement"),
    // Posts that answer or pass on others.
    ("akun yang dituju tercatat sebagai akun kampanye", "the target is listed as a campaign account"),
    ("unggahan yang dibagikan juga memuatnya", "the shared post has it, too"),
    ("kata-katanya sendiri menguatkan", "the author's own words add to it"),
    ("menanggapi unggahan yang memuat nama atau tanda peserta", "answers a post with a contestant's name or sign"),
    // What speaks against it; the last six are notes of `isyarat-umum`.
    ("kalimat tanya tanpa isyarat dukungan atau penolakan", "a question without a cue of support or rejection"),
    ("kalimat tanya", "a question"),
    ("isyaratnya berada di dalam kutipan", "its cues stand in a quotation"),
    ("isyarat di dalam kutipan", "cues in a quotation"),
    ("nomor itu disebut bersama peserta pemilihan lain", "the number stands with contestants of another election"),
    ("gaya berita atau urusan resmi", "news style or official business"),
    ("dibatasi paling tinggi 1", "capped at 1"),
    ("dibatasi paling rendah 0", "not below 0"),
    ("Gaya berita", "News style"),
    ("Urusan dinas atau penyelenggara pemilihan", "Business of an office or of the election's organisers"),
    ("Klarifikasi kabar bohong", "A false report is set right"),
    ("Pertanyaan fakta", "A question of fact"),
    ("Kegiatan, tahapan dan pemberitaan", "Activities, stages and reporting"),
    (
        "Rekan kerja, tetangga dan pemilihan kecil bernama atau bernomor sama",
        "Colleagues, neighbours and small elections with the same name or number",
    ),
];

/// A sentence or a part of a score in the reader's language; as it is where it says more than netral's own phrases do, as a
/// note of an office's own list does.
pub fn said(text: &str, t: Text) -> String {
    match t.language() {
        Language::Indonesian => text.to_owned(),
        Language::English => english(text).unwrap_or_else(|| text.to_owned()),
    }
}

fn english(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while !rest.is_empty() {
        let length = if let Some((said, words)) = PHRASES.iter().find(|(said, _)| rest.starts_with(said)) {
            out.push_str(words);
            said.len()
        } else if rest.starts_with('“') {
            let length = rest.find('”')? + '”'.len_utf8();
            out.push_str(rest.get(..length)?);
            length
        } else if rest.starts_with('(') {
            let length = bracket(rest)?;
            let inner = rest.get(1..length - 1)?;
            out.push('(');
            for (i, piece) in inner.split("; ").enumerate() {
                out.push_str(if i > 0 { "; " } else { "" });
                out.push_str(PHRASES.iter().find(|(said, _)| *said == piece).map_or(piece, |(_, words)| words));
            }
            out.push(')');
            length
        } else {
            let between = rest.chars().next().filter(|c| matches!(c, ' ' | ',' | ':' | '.'))?;
            out.push(between);
            between.len_utf8()
        };
        rest = rest.get(length..)?;
    }
    Some(out)
}

/// Bytes up to the bracket that closes the first one.
fn bracket(text: &str) -> Option<usize> {
    let mut open = 0;
    for (at, c) in text.char_indices() {
        open += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if open == 0 {
            return Some(at + c.len_utf8());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::keyword::KeywordSet;
    use crate::matcher::Matcher;
    use crate::model::{Activity, Media, Target, Verb};

    #[test]
    fn quotations_and_titles_stay() {
        let reason = "Menyukai unggahan yang memuat slogan kampanye “Tumandang dan maju” (Jagat – Endah (petahana); huruf \
                      dipanjangkan), nomor urut “01” (Jagat – Endah (petahana)) dan tagar kampanye “#nama calon” (Partai Dan \
                      Lain), disertai isyarat dukungan “Ayo”.";
        let expected = "Liked a post with a campaign slogan “Tumandang dan maju” (Jagat – Endah (petahana); with stretched \
                        letters), a ballot number “01” (Jagat – Endah (petahana)) and a campaign hashtag “#nama calon” (Partai \
                        Dan Lain), together with a cue of support “Ayo”.";
        assert_eq!(english(reason).as_deref(), Some(expected));
        assert_eq!(english("juga nama calon").as_deref(), Some("also a candidate's name"));
    }

    #[test]
    fn a_note_of_an_offices_own_list_stays_whole() {
        assert_eq!(english("Rapat dan nama calon: “x”"), None);
    }

    /// The whole of it, whatever the matcher says of the tricky posts, in every manner of acting.
    #[test]
    fn nothing_that_the_matcher_says_is_left_out() {
        let sets = ["pilpres-2024", "pilkada-sragen-2024", "pilkada-madiun-2024"];
        let sets = sets.map(|id| Arc::new(KeywordSet::builtin(id).unwrap()));
        let matcher = Matcher::build_undated(sets.to_vec()).unwrap();
        let rows = [
            include_str!("../../tests/rows/partisan.tsv"),
            include_str!("../../tests/rows/traps.tsv"),
            "x\tx\tPrabowooooo\nx\tx\tAnies?",
        ];
        let texts = rows.iter().flat_map(|rows| rows.lines()).filter(|row| !row.starts_with('#'));
        let mut seen = std::collections::BTreeSet::new();
        for text in texts.filter_map(|row| row.split('\t').next_back()) {
            let target = || Some(Target { text: Some(text.to_owned()), ..Target::default() });
            let post = Activity { text: text.to_owned(), ..Activity::default() };
            let picture = Media { kind: "image".to_owned(), alt: Some(text.to_owned()), ..Media::default() };
            let acts = Verb::ALL.into_iter().map(|verb| Activity { verb, target: target(), ..Activity::default() });
            let said = Activity { verb: Verb::Comment, target: target(), ..post.clone() };
            let shown = Activity { media: vec![picture], ..post.clone() };
            for hit in acts.chain([post, said, shown]).flat_map(|activity| matcher.find(&activity)) {
                seen.extend(hit.parts.iter().map(|part| part.why.to_string()));
                seen.extend(hit.counter);
                seen.insert(hit.reason);
            }
        }
        assert!(seen.len() > 300, "{}", seen.len());
        for said in seen {
            assert!(english(&said).is_some(), "{said}");
        }
    }
}
