//! Makes text XML where it nearly is.
//!
//! Blog software writes signs that XML forbids, and ampersands that stand for themselves. A parser refuses the item for it;
//! a reader never notices. So one stray byte must not hide a post.

/// Signs and references that XML forbids become U+FFFD, a lone `&` becomes `&amp;`; CDATA keeps its ampersands.
pub(super) fn mend(item: &str) -> String {
    let mut out = String::with_capacity(item.len());
    let mut rest = item;
    while !rest.is_empty() {
        let (markup, more) = rest.split_at(rest.find("<![CDATA[").unwrap_or(rest.len()));
        mend_references(markup, &mut out);
        let (cdata, more) = more.split_at(more.find("]]>").map_or(more.len(), |end| end + 3));
        out.push_str(cdata);
        rest = more;
    }
    if out.contains(is_forbidden) { out.replace(is_forbidden, "\u{fffd}") } else { out }
}

fn mend_references(markup: &str, out: &mut String) {
    let mut parts = markup.split('&');
    out.extend(parts.next());
    for part in parts {
        let rest = match reference(part) {
            Reference::Allowed => {
                out.push('&');
                Some(part)
            }
            Reference::Forbidden { length } => {
                out.push('\u{fffd}');
                part.get(length..)
            }
            Reference::None => {
                out.push_str("&amp;");
                Some(part)
            }
        };
        out.extend(rest);
    }
}

enum Reference {
    Allowed,
    Forbidden { length: usize },
    None,
}

/// What the text after an `&` begins with.
fn reference(part: &str) -> Reference {
    // The longest name of HTML has 31 letters.
    let Some(name) = part.bytes().take(33).position(|b| b == b';').and_then(|end| part.get(..end)) else {
        return Reference::None;
    };
    let code = match (name.strip_prefix("#x"), name.strip_prefix('#')) {
        (Some(hex), _) => u32::from_str_radix(hex, 16).ok(),
        (None, Some(digits)) => digits.parse().ok(),
        (None, None) => {
            let plain =
                name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
            return if plain { Reference::Allowed } else { Reference::None };
        }
    };
    match code.map(char::from_u32) {
        None => Reference::None,
        Some(Some(c)) if !is_forbidden(c) => Reference::Allowed,
        Some(_) => Reference::Forbidden { length: name.len() + 1 },
    }
}

fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::mend;

    #[test]
    fn only_what_xml_forbids_changes() {
        for (text, mended) in [
            ("a &amp; b &#65;&#x1F600;&nbsp;", "a &amp; b &#65;&#x1F600;&nbsp;"),
            ("R&D & &; &#; &#x; &#+7; &1a; &", "R&amp;D &amp; &amp;; &amp;#; &amp;#x; \u{fffd} &amp;1a; &amp;"),
            ("&#0;&#xD800;&#x110000;&#11;\0\u{b}\t\n", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\t\n"),
            ("&<![CDATA[ & &#0; \0]]>&", "&amp;<![CDATA[ & &#0; \u{fffd}]]>&amp;"),
            ("<![CDATA[ & never closed", "<![CDATA[ & never closed"),
        ] {
            assert_eq!(mend(text), mended);
        }
    }
}
