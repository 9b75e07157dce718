//! Tables of characters: what is invisible, what looks like a Latin letter. Data, with the little code that reads it.

use unicode_normalization::char::decompose_compatible;

/// Characters that show nothing and stand inside words only to break them (or by copy-paste).
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// The mark that makes a digit an emoji.
pub(super) const KEYCAP: char = '\u{20E3}';

/// The five skin tones; a thumb is a thumb in each of them.
pub(super) fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

/// Half of a flag.
pub(super) fn is_regional(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Asks for a sign to be shown as an emoji.
pub(super) const SELECTOR: char = '\u{FE0F}';

/// Ties emoji together: a family is three people.
pub(super) const JOINER: char = '\u{200D}';

/// An emoji that a [`JOINER`] may tie to another one: people, what they do, hearts. Not all of them.
pub(super) fn may_be_tied(c: char) -> bool {
    matches!(c,
        '\u{2640}' | '\u{2642}' | '\u{2695}' | '\u{2696}' | '\u{2708}' | '\u{2764}' | '\u{1F300}'..='\u{1F321}'
        | '\u{1F324}'..='\u{1F393}' | '\u{1F39E}'..='\u{1F3F0}' | '\u{1F3F3}' | '\u{1F400}'..='\u{1F4FC}'
        | '\u{1F4FF}'..='\u{1F53D}' | '\u{1F600}'..='\u{1F64F}' | '\u{1F680}'..='\u{1F6C5}' | '\u{1F90C}'..='\u{1F93A}'
        | '\u{1F947}'..='\u{1F9FF}')
}

/// Whether a character starts an emoji (or a flag, or a keycap once its digit is combined).
pub(super) fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}'
        | '\u{2B00}'..='\u{2BFF}' | '\u{3030}' | '\u{303D}' | '\u{1F000}'..='\u{1F0FF}' | '\u{1F18E}'
        | '\u{1F191}'..='\u{1F1FF}' | '\u{1F200}'..='\u{1FAFF}')
}

/// Apostrophes and their typographic cousins: inside a word they neither end it nor count.
pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`'
            | '\u{00B4}'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{201B}'
            | '\u{02BB}'
            | '\u{02BC}'
            | '\u{02BD}'
            | '\u{2032}'
    )
}

/// Letters that compatibility decomposition leaves alone although they are Latin letters in another dress:
/// stroked letters, small capitals, letters in black circles and squares, lone regional indicators.
pub(super) fn dressed_letter(c: char) -> Option<char> {
    let offset = |base: u32| char::from_u32(u32::from('a') + (u32::from(c) - base));
    match c {
        '\u{1F150}'..='\u{1F169}' => return offset(0x1F150),
        '\u{1F170}'..='\u{1F189}' => return offset(0x1F170),
        '\u{1F1E6}'..='\u{1F1FF}' => return offset(0x1F1E6),
        _ => {}
    }
    Some(match c {
        'ø' | 'Ø' => 'o',
        'ł' | 'Ł' => 'l',
        'đ' | 'Đ' | 'ɖ' => 'd',
        'ħ' | 'Ħ' => 'h',
        'ŧ' | 'Ŧ' => 't',
        'ı' => 'i',
        'ƀ' | 'ʙ' => 'b',
        'ᴀ' => 'a',
        'ᴄ' => 'c',
        'ᴅ' => 'd',
        'ᴇ' => 'e',
        'ꜰ' => 'f',
        'ɢ' | 'ɡ' => 'g',
        'ʜ' => 'h',
        'ɪ' => 'i',
        'ᴊ' => 'j',
        'ᴋ' => 'k',
        'ʟ' => 'l',
        'ᴍ' => 'm',
        'ɴ' => 'n',
        'ᴏ' => 'o',
        'ᴘ' => 'p',
        'ǫ' => 'q',
        'ʀ' => 'r',
        'ꜱ' => 's',
        'ᴛ' => 't',
        'ᴜ' => 'u',
        'ᴠ' => 'v',
        'ᴡ' => 'w',
        'ʏ' => 'y',
        'ᴢ' => 'z',
        _ => return None,
    })
}

/// The Latin letter that a Cyrillic, Greek, Armenian or Cherokee letter (already case-folded) looks like.
///
/// Used only inside words that mix scripts or consist of look-alikes alone: real Russian or Greek stays as it is.
pub(super) fn latin_twin(c: char) -> Option<char> {
    Some(match c {
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'β' | 'ь' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ё' | 'ε' | 'є' => 'e',
        'ғ' => 'f',
        'ɡ' | 'ց' => 'g',
        'н' | 'һ' | 'հ' | 'η' => 'h',
        'і' | 'ї' | 'ι' | 'ӏ' => 'i',
        'ј' | 'ϳ' => 'j',
        'к' | 'κ' => 'k',
        'ⅼ' => 'l',
        'м' | 'μ' => 'm',
        'п' | 'ո' => 'n',
        'о' | 'ο' | 'օ' | 'σ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ш' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' | 'ү' => 'y',
        'ζ' => 'z',
        _ => return None,
    })
}

/// Latin letters, including those with marks and the extended blocks.
pub(super) fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic()
        || matches!(c, '\u{00AA}' | '\u{00BA}' | '\u{00C0}'..='\u{024F}' | '\u{0250}'..='\u{02AF}' | '\u{1D00}'..='\u{1DBF}'
            | '\u{1E00}'..='\u{1EFF}' | '\u{2C60}'..='\u{2C7F}' | '\u{A720}'..='\u{A7FF}' | '\u{AB30}'..='\u{AB6F}')
            && !matches!(c, '\u{00D7}' | '\u{00F7}')
}

/// A Cyrillic letter that no normalisation takes apart, in lower case.
pub(super) fn plain_cyrillic(c: char) -> Option<char> {
    let lower = |by: u32| char::from_u32(u32::from(c) + by);
    match c {
        'Й' | 'й' => None,
        '\u{0410}'..='\u{042F}' => lower(0x20),
        '\u{0402}' | '\u{0404}'..='\u{0406}' | '\u{0408}'..='\u{040B}' | '\u{040F}' => lower(0x50),
        '\u{0430}'..='\u{044F}' | '\u{0452}' | '\u{0454}'..='\u{0456}' | '\u{0458}'..='\u{045B}' | '\u{045F}' => {
            Some(c)
        }
        _ => None,
    }
}

/// The ASCII character that a styled one stands for: mathematical letters and digits, letters in circles, wide ones. Nothing
/// joins them to what stands around them.
pub(super) fn styled(c: char) -> Option<char> {
    if !matches!(c, '\u{1D400}'..='\u{1D7FF}' | '\u{24B6}'..='\u{24E9}' | '\u{FF01}'..='\u{FF5E}') {
        return None;
    }
    let mut plain = None;
    decompose_compatible(c, |one| plain = Some(one));
    plain.filter(char::is_ascii)
}

/// Whether a character is a letter; to ask the tables of all scripts takes longer than the rest.
pub(super) fn is_letter(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    // Whole blocks that are nothing but letters: those of Latin, Greek, Cyrillic, Arabic, Devanagari, Thai, Myanmar, Balinese,
    // Javanese, Japanese, Chinese and Korean texts.
    let in_block = matches!(c,
        '\u{00D8}'..='\u{00F6}' | '\u{00F8}'..='\u{02C1}' | '\u{03A3}'..='\u{03F5}' | '\u{03F7}'..='\u{0481}'
        | '\u{0620}'..='\u{0657}' | '\u{066E}'..='\u{06D3}' | '\u{0904}'..='\u{0939}' | '\u{0E01}'..='\u{0E3A}'
        | '\u{1000}'..='\u{1036}' | '\u{1B05}'..='\u{1B33}' | '\u{1E00}'..='\u{1EFF}' | '\u{3041}'..='\u{3096}'
        | '\u{30A1}'..='\u{30FA}' | '\u{4E00}'..='\u{9FFF}' | '\u{A984}'..='\u{A9B2}' | '\u{AC00}'..='\u{D7A3}');
    in_block || !(is_sign(c) || is_emoji(c)) && c.is_alphabetic()
}

/// Whether a character is a letter or stands for a number, known as quickly.
pub(crate) fn is_alphanumeric(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    // Numbers in circles stand among the emoji.
    let dingbat_number = matches!(c, '\u{2776}'..='\u{2793}');
    dingbat_number || !(is_sign(c) || is_emoji(c)) && (is_letter(c) || c.is_numeric())
}

/// Quotation marks, dashes, dots beyond ASCII.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{205E}')
}

/// The same letter in lower case, where that is one character.
pub(super) fn lower(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    plain_cyrillic(c).or_else(|| c.to_lowercase().next()).unwrap_or(c)
}

/// Punctuation beyond ASCII that folds to a fixed text and never joins what stands around it.
pub(super) fn plain_mark(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{2018}' => "\u{2018}",
        '\u{2019}' => "\u{2019}",
        '\u{201C}' => "\u{201C}",
        '\u{201D}' => "\u{201D}",
        '\u{2013}' => "\u{2013}",
        '\u{2014}' => "\u{2014}",
        '\u{2022}' => "\u{2022}",
        '\u{2026}' => "...",
        '\u{00A0}' => " ",
        '\u{00AB}' => "\u{00AB}",
        '\u{00BB}' => "\u{00BB}",
        '\u{00B7}' => "\u{00B7}",
        _ => return None,
    })
}

/// Whether a cluster that starts with this character is an emoji.
pub(super) fn is_emoji_start(c: char) -> bool {
    // Letters in circles and squares are emoji by block but letters by use.
    is_emoji(c) && (dressed_letter(c).is_none() || is_regional(c))
}
