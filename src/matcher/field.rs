//! The fields of an activity that are looked at, each folded once for all sets.

use std::borrow::Cow;

use super::room::Room;
use crate::model::{Activity, Verb};
use crate::text::{Folded, Haystack, TokenKind, fold_in};

/// Whose words a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// The author's own.
    Own,
    /// Those of the post that was shared, liked or answered.
    Target,
}

/// What the tokens of a field are taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Running text.
    Text,
    /// One hashtag, with or without its `#`.
    Tag,
    /// One handle, with or without its `@`.
    Handle,
    /// A platform's id.
    Id,
}

/// One field.
#[derive(Debug)]
pub(super) struct Field<'a> {
    /// Path as in a match: `text`, `media[0].alt`.
    pub name: Cow<'static, str>,
    pub voice: Voice,
    pub reading: Reading,
    pub haystack: Haystack<'a>,
    /// Where the activity took place, where that is known.
    pub platform: Option<&'a str>,
}

/// Where running text stands in an activity.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Text,
    Alt(usize),
    Ocr(usize),
    Target,
}

impl Place {
    fn name(self) -> Cow<'static, str> {
        match self {
            Self::Text => "text".into(),
            Self::Alt(media) => format!("media[{media}].alt").into(),
            Self::Ocr(media) => format!("media[{media}].ocr").into(),
            Self::Target => "target.text".into(),
        }
    }
}

/// The running texts of an activity, in order.
pub(super) fn texts(activity: &Activity) -> impl Iterator<Item = (Place, Voice, &str)> {
    let media = activity.media.iter().enumerate();
    let pictures = media.flat_map(|(i, media)| [(Place::Alt(i), &media.alt), (Place::Ocr(i), &media.ocr)]);
    let pictures = pictures.filter_map(|(place, text)| Some((place, Voice::Own, text.as_deref()?)));
    let target =
        activity.target.iter().filter_map(|target| Some((Place::Target, Voice::Target, target.text.as_deref()?)));
    [(Place::Text, Voice::Own, activity.text.as_str())].into_iter().chain(pictures).chain(target)
}

/// Whether accounts or tags are listed beside the running texts.
pub(super) fn is_listed_apart(activity: &Activity) -> bool {
    let account = activity.target.as_ref().is_some_and(|target| target.handle.is_some() || target.account_id.is_some());
    account || !activity.hashtags.is_empty() || !activity.mentions.is_empty()
}

/// Every field of an activity that has something in it.
pub(super) fn fields<'a>(activity: &'a Activity, room: &mut Room) -> Vec<Field<'a>> {
    let mut fields = Vec::with_capacity(2);
    for (place, voice, text) in texts(activity) {
        push(&mut fields, room, || place.name(), voice, Reading::Text, text);
    }
    if let Some(target) = &activity.target {
        if let Some(handle) = &target.handle {
            push(&mut fields, room, || "target.handle".into(), Voice::Target, Reading::Handle, handle);
        }
        if let Some(id) = &target.account_id {
            push(&mut fields, room, || "target.account_id".into(), Voice::Target, Reading::Id, id);
        }
    }
    let listed = listed_apart(activity, &fields);
    for (name, reading, text) in listed {
        push(&mut fields, room, || name.into(), Voice::Own, reading, text);
    }
    for field in &mut fields {
        field.platform = activity.platform.as_deref();
    }
    fields
}

fn push<'a>(
    fields: &mut Vec<Field<'a>>,
    room: &mut Room,
    name: impl FnOnce() -> Cow<'static, str>,
    voice: Voice,
    reading: Reading,
    text: &'a str,
) {
    if !text.is_empty() {
        fields.push(Field { name: name(), voice, reading, haystack: room.haystack(text), platform: None });
    }
}

/// Hashtags and mentions that the platform lists and that do not stand in the text as well.
fn listed_apart<'a>(activity: &'a Activity, fields: &[Field<'a>]) -> Vec<(String, Reading, &'a str)> {
    if activity.hashtags.is_empty() && activity.mentions.is_empty() {
        return Vec::new();
    }
    let text = fields.first().filter(|field| field.name == "text");
    let tokens = text.into_iter().flat_map(|field| field.haystack.tokens().iter().map(move |token| (field, token)));
    let tagged = tokens.filter(|(_, token)| matches!(token.kind, TokenKind::Hashtag | TokenKind::Handle));
    let words = tagged.map(|(field, token)| field.haystack.word(token));
    let in_text: Vec<(u8, &str)> = words.filter_map(|word| Some((*word.as_bytes().first()?, word.get(1..)?))).collect();
    let tags = apart(&in_text, b'#', &activity.hashtags);
    let tags = tags.map(|(i, tag)| (format!("hashtags[{i}]"), Reading::Tag, tag));
    let mentions = apart(&in_text, b'@', &activity.mentions);
    tags.chain(mentions.map(|(i, handle)| (format!("mentions[{i}]"), Reading::Handle, handle))).collect()
}

/// So many tags or handles that were not listed may stand between two that were, before all of them are sorted.
const NEAR: usize = 8;

/// What of a list does not stand in the text behind a sign; `in_text` are signs and what stands behind them.
fn apart<'a>(in_text: &[(u8, &str)], sign: u8, listed: &'a [String]) -> impl Iterator<Item = (usize, &'a str)> {
    let mut folded = Folded::default();
    let mut sorted = None;
    let mut in_order = in_text.iter();
    let is_apart = move |(_, listed): &(usize, &str)| {
        folded = fold_in(listed.trim_start_matches(['#', '@']), std::mem::take(&mut folded));
        let wanted = (sign, folded.text.as_str());
        // Platforms list them in their order.
        if in_order.clone().take(NEAR).any(|written| *written == wanted) {
            in_order.find(|written| **written == wanted);
            return false;
        }
        let sorted = sorted.get_or_insert_with(|| {
            let mut sorted = in_text.to_vec();
            sorted.sort_unstable();
            sorted
        });
        sorted.binary_search(&wanted).is_err()
    };
    listed.iter().map(String::as_str).enumerate().filter(is_apart)
}

/// Whether the act passes the target on or approves of it without words.
pub(super) fn adopts_target(verb: Verb) -> bool {
    matches!(verb, Verb::Share | Verb::Like | Verb::Follow | Verb::Join)
}
