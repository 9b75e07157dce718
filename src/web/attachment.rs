//! Files that people attach: a screenshot to a tip, a scanned letter to an answer.

use crate::store::Picture;

/// Largest file.
const MAX: usize = 5 * 1024 * 1024;

/// What a file may be: type and the bytes that it begins with, `None` for any byte.
type Kinds = &'static [(&'static str, &'static [Option<u8>])];

const PNG: (&str, &[Option<u8>]) =
    ("image/png", &[Some(0x89), Some(b'P'), Some(b'N'), Some(b'G'), Some(0x0d), Some(0x0a), Some(0x1a), Some(0x0a)]);
const JPEG: (&str, &[Option<u8>]) = ("image/jpeg", &[Some(0xff), Some(0xd8), Some(0xff)]);
const WEBP: (&str, &[Option<u8>]) = (
    "image/webp",
    &[
        Some(b'R'),
        Some(b'I'),
        Some(b'F'),
        Some(b'F'),
        None,
        None,
        None,
        None,
        Some(b'W'),
        Some(b'E'),
        Some(b'B'),
        Some(b'P'),
    ],
);
const PDF: (&str, &[Option<u8>]) = ("application/pdf", &[Some(b'%'), Some(b'P'), Some(b'D'), Some(b'F'), Some(b'-')]);

/// Screenshots.
pub const PICTURES: Kinds = &[PNG, JPEG, WEBP];
/// Screenshots and scanned letters.
pub const LETTERS: Kinds = &[PNG, JPEG, WEBP, PDF];

/// A file as it was uploaded; its type is what the bytes begin with, not what the browser says. No bytes: no file.
///
/// # Errors
/// The name of the message that says what is wrong.
pub fn read(bytes: Vec<u8>, kinds: Kinds) -> Result<Option<Picture>, &'static str> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let begins = |signs: &[Option<u8>]| {
        bytes.len() >= signs.len() && signs.iter().zip(&bytes).all(|(sign, byte)| sign.is_none_or(|s| s == *byte))
    };
    let Some((kind, _)) = kinds.iter().find(|(_, signs)| begins(signs)) else {
        return Err(if kinds.len() == PICTURES.len() { "tip-bad-picture" } else { "attachment-bad" });
    };
    if bytes.len() > MAX {
        return Err("tip-large-picture");
    }
    Ok(Some(Picture { kind: (*kind).to_owned(), bytes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_type_is_what_its_bytes_say() {
        let png = b"\x89PNG\r\n\x1a\nrest".to_vec();
        assert_eq!(read(png, PICTURES).unwrap().unwrap().kind, "image/png");
        assert_eq!(read(b"<svg onload=alert(1)>".to_vec(), PICTURES).unwrap_err(), "tip-bad-picture");
        assert_eq!(read(b"%PDF-1.7".to_vec(), PICTURES).unwrap_err(), "tip-bad-picture");
        assert_eq!(read(b"%PDF-1.7".to_vec(), LETTERS).unwrap().unwrap().kind, "application/pdf");
        assert!(read(Vec::new(), PICTURES).unwrap().is_none());
        let mut large = vec![0; MAX + 1];
        large[..3].copy_from_slice(&[0xff, 0xd8, 0xff]);
        assert_eq!(read(large, PICTURES).unwrap_err(), "tip-large-picture");
    }
}
