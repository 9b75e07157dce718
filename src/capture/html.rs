//! The words in the little HTML that Mastodon writes (paragraphs, breaks, links), and character references elsewhere.

use quick_xml::escape::resolve_html5_entity;

/// The text without tags, with its line breaks.
pub(super) fn to_plain(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (words, sign) = rest.split_at(at);
        plain.push_str(words);
        let (used, what) = if sign.starts_with('<') { tag(sign) } else { entity(sign) };
        plain.push_str(&what);
        rest = sign.get(used..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain.trim().to_owned()
}

/// The text with its character references resolved, and everything else as it is.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (words, sign) = rest.split_at(at);
        plain.push_str(words);
        let (used, what) = entity(sign);
        plain.push_str(&what);
        rest = sign.get(used..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}

/// Length of a tag, and the line break that it stands for.
fn tag(sign: &str) -> (usize, String) {
    let Some(end) = sign.find('>') else { return (1, "<".to_owned()) };
    let name = sign.get(1..end).unwrap_or_default().trim_end_matches('/').trim().to_ascii_lowercase();
    let broken = match name.as_str() {
        "/p" => "\n\n",
        "br" | "/li" => "\n",
        _ => "",
    };
    (end + 1, broken.to_owned())
}

fn entity(sign: &str) -> (usize, String) {
    let name = sign.get(1..).and_then(|rest| rest.split(';').next()).filter(|name| name.len() < 32);
    let resolved = name.and_then(|name| match name.strip_prefix('#') {
        None => resolve_html5_entity(name).map(str::to_owned),
        Some(number) => {
            let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16));
            hex.unwrap_or_else(|| number.parse()).ok().and_then(char::from_u32).map(String::from)
        }
    });
    match (name, resolved) {
        (Some(name), Some(text)) if sign.as_bytes().get(name.len() + 1) == Some(&b';') => (name.len() + 2, text),
        _ => (1, "&".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_breaks_stay() {
        let html = "<p>Dukung <a href=\"https://x.example/\">@<span>wirabumi</span></a> &amp; kawan<br />ya &#39;2&#39;</p><p>a &lt; b &kosong; c</p>";
        assert_eq!(to_plain(html), "Dukung @wirabumi & kawan\nya '2'\n\na < b &kosong; c");
        assert_eq!(to_plain("5 < 6 & x"), "5 < 6 & x");
        assert_eq!(unescape("a &lt;b&gt; &amp;amp; <i>"), "a <b> &amp; <i>");
    }
}
