//! Which encoding a document is in: byte order mark, what its bytes can be at all, HTTP header, XML declaration, UTF-8.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// The encoding of `document`, and how many bytes of mark stand before its text.
pub(super) fn detect(document: &[u8], content_type: Option<&str>) -> (&'static Encoding, usize) {
    if let Some(found) = Encoding::for_bom(document) {
        return found;
    }
    match document {
        [0, b'<' | b'{', ..] => return (UTF_16BE, 0),
        [b'<' | b'{', 0, ..] => return (UTF_16LE, 0),
        _ => {}
    }
    // Text in another encoding is hardly ever valid UTF-8 by chance, while wrong headers and declarations are common.
    if !document.is_ascii() && std::str::from_utf8(document).is_ok() {
        return (UTF_8, 0);
    }
    let claims = [content_type.and_then(of_header), of_declaration(document)];
    let possible =
        |encoding: &&'static Encoding| encoding.decode_without_bom_handling_and_without_replacement(document).is_some();
    let claimed = claims.into_iter().flatten().next().unwrap_or(UTF_8);
    (claims.into_iter().flatten().find(possible).unwrap_or(claimed), 0)
}

/// Text of a part of the document; what the encoding cannot hold becomes U+FFFD.
pub(super) fn decode(bytes: &[u8], encoding: &'static Encoding) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// Whether markup can be found in the bytes as they stand.
pub(super) fn is_ascii_compatible(encoding: &'static Encoding) -> bool {
    encoding.is_ascii_compatible()
}

fn of_header(content_type: &str) -> Option<&'static Encoding> {
    let parameters = content_type.split(';').skip(1);
    let charset = parameters
        .filter_map(|p| p.trim().split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case("charset"))?
        .1;
    Encoding::for_label(charset.trim().trim_matches(['"', '\'']).as_bytes())
}

/// `encoding="…"` of an XML declaration, which is ASCII whatever follows.
fn of_declaration(document: &[u8]) -> Option<&'static Encoding> {
    let start = document.get(..document.len().min(256))?;
    let text: String = start.iter().map(|b| if b.is_ascii() { char::from(*b) } else { ' ' }).collect();
    let declaration = text.trim_start().strip_prefix("<?xml")?.split("?>").next()?.to_owned();
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start().to_owned();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(value.split(quote).nth(1)?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_weighed_against_the_bytes() {
        let name = |document: &[u8], header: Option<&str>| detect(document, header).0.name();
        let latin = b"<?xml version='1.0' encoding=\"ISO-8859-1\"?><rss>\xe9</rss>";
        assert_eq!(name(latin, None), "windows-1252");
        assert_eq!(name(latin, Some("text/xml; charset=\"windows-1251\"")), "windows-1251", "the header goes first");
        assert_eq!(name(latin, Some("text/xml; charset=utf-8")), "windows-1252", "unless the bytes cannot be that");
        assert_eq!(name("<rss>é</rss>".as_bytes(), Some("text/xml; charset=iso-8859-1")), "UTF-8");
        assert_eq!(name(b"\xff\xfe<\0", Some("text/xml; charset=utf-8")), "UTF-16LE");
        assert_eq!(name(b"\0<\0r", None), "UTF-16BE");
        assert_eq!(name(b"<rss>\xff</rss>", Some("text/xml; charset=klingon")), "UTF-8");
        assert_eq!(detect(b"\xef\xbb\xbf<rss/>", None), (UTF_8, 3));
    }
}
