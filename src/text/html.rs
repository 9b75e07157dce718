//! HTML to the text that a reader sees, and the pictures in it.
//!
//! A small scanner in place of an HTML parser: nothing here is ever shown as HTML again, so no tree is needed, only what
//! browsers do with tags, comments and character references. It is linear in its input, keeps no stack, and so has
//! nothing to say about depth. (Where elements are picked by their class, as on Telegram's pages, a tree is built.)

use quick_xml::escape::resolve_html5_entity;

/// What is left of HTML.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plain {
    /// The words, with a line break where a block begins or ends.
    pub text: String,
    /// Addresses of pictures, with their alt texts.
    pub images: Vec<(String, Option<String>)>,
}

/// Elements that begin a line.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];

/// Elements whose content is no text for readers.
const SILENT: &[&str] = &["head", "iframe", "noscript", "script", "style", "template", "textarea", "title"];

/// Most pictures of one text.
const MOST_IMAGES: usize = 64;

/// Strips tags and resolves character references.
pub fn to_plain(html: &str) -> Plain {
    let mut plain = Plain::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (words, markup) = rest.split_at(at);
        push_words(&mut plain.text, words);
        rest = take_markup(markup, &mut plain);
    }
    push_words(&mut plain.text, rest);
    let end = plain.text.trim_end().len();
    plain.text.truncate(end);
    plain
}

/// Takes one tag, comment or lone `<` from the front.
fn take_markup<'a>(markup: &'a str, plain: &mut Plain) -> &'a str {
    for (open, close) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<!", ">"), ("<?", ">")] {
        if let Some(inside) = markup.strip_prefix(open) {
            return inside.split_once(close).map_or("", |(_, rest)| rest);
        }
    }
    let inside = markup.get(1..).unwrap_or_default();
    let name_at = inside.strip_prefix('/').unwrap_or(inside);
    if !name_at.starts_with(|c: char| c.is_ascii_alphabetic()) {
        push_words(&mut plain.text, "<");
        return inside;
    }
    let Some(end) = tag_end(inside) else { return "" };
    let (tag, rest) = inside.split_at(end);
    let rest = rest.strip_prefix('>').unwrap_or(rest);
    let name_end = name_at.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).unwrap_or(name_at.len());
    let name = name_at.get(..name_end).unwrap_or_default().to_ascii_lowercase();
    if BLOCKS.contains(&name.as_str()) {
        break_line(&mut plain.text);
    } else if matches!(name.as_str(), "td" | "th") {
        push_words(&mut plain.text, " ");
    } else if name == "img" && plain.images.len() < MOST_IMAGES {
        if let Some(source) = attribute(tag, "src") {
            plain.images.push((source, attribute(tag, "alt").filter(|alt| !alt.trim().is_empty())));
        }
    } else if SILENT.contains(&name.as_str()) && !tag.starts_with('/') && !tag.ends_with('/') {
        return after_closing(rest, &name);
    }
    rest
}

/// Where a tag ends: at the first `>` outside quotes.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    let mut after_equals = false;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            // Only a quote right after `=` opens a value; elsewhere it is a stray one.
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            (None, b'>') => return Some(at),
            (None, _) => {}
        }
        after_equals = byte == b'=' || (after_equals && byte.is_ascii_whitespace());
    }
    None
}

/// What follows `</name`; nothing where it never comes, as in a browser.
fn after_closing<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(at) = rest.get(from..).and_then(|r| r.find("</")) {
        from += at + 2;
        let tail = rest.get(from..).unwrap_or_default();
        if tail.get(..name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name)) {
            return tail.split_once('>').map_or("", |(_, rest)| rest);
        }
    }
    ""
}

/// The value of an attribute, its references resolved.
fn attribute(tag: &str, wanted: &str) -> Option<String> {
    let mut rest = tag.trim_end_matches('/');
    rest = rest.split_once(|c: char| c.is_whitespace() || c == '/')?.1;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let name_end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '/')).unwrap_or(rest.len()).max(1);
        let (name, after) = rest.split_at_checked(name_end)?;
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=').map(str::trim_start) {
            None => ("", after),
            Some(value) => match value.chars().next() {
                Some(quote @ ('"' | '\'')) => value.get(1..)?.split_once(quote)?,
                _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
            },
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(resolve(value));
        }
        rest = after;
    }
}

/// Appends words with their white space run together.
fn push_words(text: &mut String, words: &str) {
    for c in resolve(words).chars() {
        if !c.is_whitespace() {
            text.push(c);
        } else if !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}

fn break_line(text: &mut String) {
    let end = text.trim_end_matches(' ').len();
    text.truncate(end);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// Resolves `&amp;`, `&#38;`, `&#x26;` and all names of HTML 5; anything else stays as it stands.
pub fn resolve(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        out.push_str(before);
        let body = reference.get(1..).unwrap_or_default();
        // The longest name has 31 letters.
        let end = body.bytes().take(33).position(|b| b == b';');
        let resolved = end.and_then(|end| body.get(..end)).and_then(character);
        if let (Some(resolved), Some(end)) = (resolved, end) {
            out.push_str(&resolved);
            rest = body.get(end + 1..).unwrap_or_default();
        } else {
            out.push('&');
            rest = body;
        }
    }
    out.push_str(rest);
    out.replace('\0', "\u{fffd}")
}

fn character(name: &str) -> Option<String> {
    let Some(number) = name.strip_prefix('#') else { return resolve_html5_entity(name).map(str::to_owned) };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    // As in a browser: what is no character is shown as a replacement.
    Some(char::from_u32(code.ok()?).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        to_plain(html).text
    }

    #[test]
    fn what_a_reader_sees_is_kept() {
        assert_eq!(text("<p>Salam &amp; <b>coblos</b>&nbsp;2</p><p>Ayo!</p>"), "Salam & coblos 2\nAyo!");
        assert_eq!(text("a<br/>b<BR>c<hr class='x'>d"), "a\nb\nc\nd");
        assert_eq!(text("co<b></b>blos"), "coblos", "a tag inside a word splits nothing");
        assert_eq!(text("co<!-- x -->blos"), "coblos");
        assert_eq!(text("<table><tr><td>a</td><td>b</td></tr></table>"), "a b");
        assert_eq!(text("  spasi \n\n banyak  "), "spasi banyak");
    }

    #[test]
    fn what_a_reader_does_not_see_is_dropped() {
        assert_eq!(text("a<script>if (a < b) alert('</b>')</script>b<style>p{}</STYLE >c"), "abc");
        assert_eq!(text("a<script>never closed"), "a");
        assert_eq!(text("a<a href='x>y' title=\"p > q\">b</a>"), "ab");
        assert_eq!(text("a<!-- never closed"), "a");
        assert_eq!(text("a<b never closed"), "a");
    }

    #[test]
    fn lone_signs_stay() {
        assert_eq!(text("2 < 3 & 4 > 1, a<3, R&D, &foo;, &#;, &"), "2 < 3 & 4 > 1, a<3, R&D, &foo;, &#;, &");
        assert_eq!(text("&#x43;&#79;blos&hellip; &#xD800;&#0;&#x110000;"), "COblos… \u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(text("&#99999999999999;"), "&#99999999999999;");
        assert_eq!(text("&amp;lt;b&amp;gt;"), "&lt;b&gt;", "resolved once, not twice");
    }

    #[test]
    fn pictures_keep_their_alt_texts() {
        let plain = to_plain(
            r#"<img src=a.jpg><img alt="Bu Wira &amp; tim" src='https://x.example/b.jpg?a=1&amp;b=2' /><IMG ALT= x SRC = "c.png">"#,
        );
        assert_eq!(
            plain.images,
            [
                ("a.jpg".to_owned(), None),
                ("https://x.example/b.jpg?a=1&b=2".to_owned(), Some("Bu Wira & tim".to_owned())),
                ("c.png".to_owned(), Some("x".to_owned())),
            ]
        );
    }

    #[test]
    fn hostile_input_takes_linear_time() {
        for piece in ["<", "<a ", "&", "<!--", "<script>", "</", "<img src=", "&#x", "<a b='"] {
            let html = piece.repeat(200_000);
            let started = std::time::Instant::now();
            to_plain(&html);
            assert!(started.elapsed().as_secs() < 5, "{piece}");
        }
    }
}
