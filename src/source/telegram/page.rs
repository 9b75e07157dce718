//! Cuts a preview page into its messages without parsing them.
//!
//! A message's proof is the exact bytes of its outer element, which no parser that builds a tree gives back; and each is then
//! parsed alone, so that one message cannot reach into its neighbours.

/// A page in pieces.
#[derive(Debug)]
pub(super) struct Sliced<'a> {
    /// The messages' outer elements, oldest first as on the page.
    pub(super) messages: Vec<&'a [u8]>,
    /// Messages whose end is missing.
    pub(super) broken: Vec<&'a [u8]>,
    /// Whether the page shows a channel's messages at all.
    pub(super) is_channel: bool,
    /// Whether there is an older page.
    pub(super) has_older: bool,
}

/// Elements whose content is no markup.
const OPAQUE: [(&[u8], &[u8]); 3] = [(b"<!--", b"-->"), (b"<script", b"</script"), (b"<style", b"</style")];

/// Cuts a page.
pub(super) fn slice(page: &[u8]) -> Sliced<'_> {
    let mut sliced = Sliced { messages: Vec::new(), broken: Vec::new(), is_channel: false, has_older: false };
    let mut open: Option<(usize, usize)> = None;
    let mut at = 0;
    while let Some(found) = find(page, at, b"<") {
        let markup = page.get(found..).unwrap_or_default();
        if let Some((_, close)) = OPAQUE.iter().find(|(begin, _)| starts_with(markup, begin)) {
            at = find(page, found + 4, close).map_or(page.len(), |end| end + close.len());
            continue;
        }
        let end = found + tag_length(markup);
        let tag = page.get(found..end).unwrap_or_default();
        at = end.max(found + 1);
        if is_tag(tag, b"<div") {
            match &mut open {
                Some((_, depth)) => *depth += 1,
                None if has_class(tag, b"tgme_widget_message_wrap") => open = Some((found, 1)),
                None => {}
            }
        } else if is_tag(tag, b"</div")
            && let Some((begin, depth)) = &mut open
        {
            *depth -= 1;
            if *depth == 0 {
                sliced.messages.extend(page.get(*begin..end));
                open = None;
            }
        }
        // Only what stands outside of messages speaks for the page.
        if open.is_none() {
            sliced.is_channel |= has_class(tag, b"tgme_channel_history");
            sliced.has_older |=
                is_tag(tag, b"<a") && has_class(tag, b"tme_messages_more") && contains(tag, b"data-before=")
                    || is_tag(tag, b"<link") && contains(tag, b"rel=\"prev\"");
        }
    }
    sliced.broken.extend(open.and_then(|(begin, _)| page.get(begin..)));
    sliced
}

/// The length of a tag, up to the first `>` outside quotes; a lone `<` has the length 1.
fn tag_length(markup: &[u8]) -> usize {
    if !markup.get(1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!')) {
        return 1;
    }
    let (mut quote, mut after_equals) = (None, false);
    for (at, byte) in markup.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if *byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') if after_equals => quote = Some(*byte),
            (None, b'>') => return at + 1,
            (None, _) => {}
        }
        after_equals = *byte == b'=' || after_equals && byte.is_ascii_whitespace();
    }
    markup.len()
}

fn starts_with(markup: &[u8], begin: &[u8]) -> bool {
    markup.get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin))
}

fn is_tag(tag: &[u8], begin: &[u8]) -> bool {
    let next = tag.get(begin.len());
    starts_with(tag, begin) && next.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
}

/// Whether a tag's `class` holds a word; Telegram writes its attributes in double quotes.
fn has_class(tag: &[u8], class: &[u8]) -> bool {
    let Some(from) = find(tag, 0, b" class=\"").map(|at| at + 8) else { return false };
    let value = tag.get(from..).unwrap_or_default().split(|b| *b == b'"').next().unwrap_or_default();
    value.split(u8::is_ascii_whitespace).any(|word| word == class)
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    find(bytes, 0, needle).is_some()
}

fn find(bytes: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let found = match needle {
        [byte] => rest.iter().position(|b| b == byte),
        _ => rest.windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle)),
    };
    found.map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_at_their_own_ends() {
        let page = br#"<section class="x tgme_channel_history"><script>var a = "<div class=\"tgme_widget_message_wrap\">";</script>
<div class="tgme_widget_message_centered"><a class="tme_messages_more" data-before="7"></a></div><div class="tgme_widget_message_wrap y"><div title="a > </div> b">1 < 2</div></div>
<!-- <div class="tgme_widget_message_wrap"> --><DIV class="tgme_widget_message_wrap">dua</DIV><div class="tgme_widget_message_wrap"><div>"#;
        let sliced = slice(page);
        let texts: Vec<_> = sliced.messages.iter().map(|m| std::str::from_utf8(m).unwrap()).collect();
        assert_eq!(
            texts,
            [
                r#"<div class="tgme_widget_message_wrap y"><div title="a > </div> b">1 < 2</div></div>"#,
                r#"<DIV class="tgme_widget_message_wrap">dua</DIV>"#
            ]
        );
        assert_eq!((sliced.broken.len(), sliced.is_channel, sliced.has_older), (1, true, true));
    }

    #[test]
    fn a_message_cannot_speak_for_the_page() {
        let page = br#"<div class="tgme_widget_message_wrap"><a class="tme_messages_more" data-before="7"></a><p class="tgme_channel_history"></p></div>"#;
        let sliced = slice(page);
        assert_eq!((sliced.messages.len(), sliced.is_channel, sliced.has_older), (1, false, false));
    }

    #[test]
    fn hostile_input_takes_linear_time() {
        for piece in ["<", "<div ", "<!--", "<script", "</", "<div class=\"", "<a b='"] {
            let page = piece.repeat(200_000);
            let started = std::time::Instant::now();
            slice(page.as_bytes());
            assert!(started.elapsed().as_secs() < 5, "{piece}");
        }
    }
}
