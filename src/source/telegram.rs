//! Public channels of Telegram, through the preview that `t.me/s/<channel>` shows to everybody: posts, forwards, answers
//! within the channel. Members, joins and who reacts are not shown.
//!
//! The account's `external_id` is the channel's name or its number, its handle the name. A name can go to another channel, but
//! every message holds its channel's number: one that changes is reported, not followed. A channel without a preview leads
//! elsewhere, so no redirect is followed. Edits keep the number and the date of a message; they are seen while the message is
//! on the newest page. Numbers leave holes (albums, notes of the service), which say nothing of deletions.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use url::Url;

use self::message::{Message, is_name};
use super::http::{Request, Response};
use super::{
    AccountState, Cursor, Http, Item, Limit, Page, Per, RejectedItem, Source, SourceError, answer, fixed, handle_today,
    not_before, own_name, sha256_hex,
};
use crate::model::{Account, Activity};

mod message;
mod page;

/// How Telegram is read; `[source.telegram]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelegramConfig {
    /// Whether it is read at all.
    pub enabled: bool,
    /// Where the previews are.
    pub base_url: Url,
    /// Most pages of one channel in one pass; a page has some 20 messages.
    pub max_pages: u32,
    /// Pages a minute. Telegram publishes no limit; this one is moderate.
    pub pages_per_minute: u32,
}

impl Default for TelegramConfig {
    fn default() -> Self {
        Self { enabled: true, base_url: fixed("https://t.me"), max_pages: 200, pages_per_minute: 20 }
    }
}

/// Reads channels. Holds no state between two calls: all of it is in the cursor.
#[derive(Debug)]
pub struct TelegramSource {
    config: TelegramConfig,
    http: Http,
}

const PAGES: &str = "pages";

/// What the cursor of a channel holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Position {
    /// The channel's name, as the register has it.
    name: String,
    /// The channel's own number.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<i64>,
    /// Highest number of the passes that are done.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
    /// What the messages of the newest page said, by number.
    marks: BTreeMap<u64, String>,
    /// A walk from the newest page towards `last`.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Open>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Open {
    before: u64,
    highest: u64,
    pages: u32,
}

impl TelegramSource {
    /// A source with its own settings and the shared client.
    #[must_use]
    pub fn new(config: TelegramConfig, http: Http) -> Self {
        Self { config, http }
    }

    async fn ask(&self, name: &str, before: Option<u64>) -> Result<Response, SourceError> {
        let mut url = self.config.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| SourceError::Permanent {
                cause: "`base_url` of [source.telegram] is no base for requests".into(),
            })?
            .pop_if_empty()
            .extend(["s", name]);
        url.set_query(before.map(|before| format!("before={before}")).as_deref());
        let answer = self.http.send(Request::get(url, "text/html").staying().charged(PAGES, 1)).await?;
        match answer.status.as_u16() {
            200 => Ok(answer),
            301 | 302 | 303 | 307 | 308 | 404 => Err(no_preview(&answer)),
            _ => Err(answer::failure(&answer, "")),
        }
    }

    fn read(&self, answer: &Response, account: &Account, position: &mut Position) -> Result<Page, SourceError> {
        let sliced = page::slice(&answer.body);
        if !sliced.is_channel {
            let is_telegrams = answer.body.windows(5).any(|window| window == b"tgme_");
            let other = || SourceError::malformed(answer.host(), "it is no page of Telegram's preview");
            return Err(if is_telegrams { no_preview(answer) } else { other() });
        }
        let mut page = Page { wait: answer.retry_after(), ..Page::default() };
        let mut read: Vec<(Message, &[u8])> = Vec::new();
        for raw in sliced.messages {
            match message::parse(raw, &position.name) {
                Ok(Some(message)) => read.push((message, raw)),
                Ok(None) => {}
                Err(reason) => page.rejected.push(RejectedItem::new(raw, reason)),
            }
        }
        for raw in sliced.broken {
            page.rejected.push(RejectedItem { raw: raw.to_vec(), reason: "its end is missing".to_owned() });
        }
        position.recognise(&read, account)?;
        page.handle = read.first().map(|(message, _)| handle_today(message.channel.clone(), account));
        let oldest = read.iter().filter_map(|(message, _)| message.activity.posted_at).min();
        let too_old = oldest.is_some_and(|oldest| oldest < not_before(account));
        let numbers: Vec<u64> = read.iter().map(|(message, _)| message.number).collect();
        let is_newest = position.open.is_none();
        let marks: BTreeMap<u64, String> =
            read.iter().map(|(message, _)| (message.number, mark(&message.activity))).collect();
        for (message, raw) in read {
            let is_new = position.last.is_none_or(|last| message.number > last);
            let known = position.marks.get(&message.number);
            let is_edited = is_newest && known.is_some() && known != marks.get(&message.number);
            if is_new || is_edited {
                let activity = Activity { account: Some(own_name(account)), ..message.activity };
                page.items.push(Item { activity, raw: raw.to_vec() });
            }
        }
        if is_newest {
            position.marks = marks;
        }
        let more = sliced.has_older && !too_old;
        let step = position.advance(&numbers, more, self.config.max_pages.max(1));
        let (more, gap) = step.ok_or_else(|| SourceError::malformed(answer.host(), "its pages do not advance"))?;
        if gap {
            let reason = "more messages since the last pass than are read of one channel; the oldest of them are left";
            page.rejected.push(RejectedItem { raw: Vec::new(), reason: reason.to_owned() });
        }
        page.more = more;
        Ok(page)
    }
}

impl Position {
    /// Checks that the messages are of the channel that was read before, and of the number that the register holds.
    fn recognise(&mut self, read: &[(Message, &[u8])], account: &Account) -> Result<(), SourceError> {
        let Some(number) = read.iter().find_map(|(message, _)| message.channel_number) else { return Ok(()) };
        let registered = channel_number(&account.external_id);
        if registered.is_some_and(|registered| registered != number.unsigned_abs())
            || self.channel.is_some_and(|known| known != number)
        {
            let cause = "its name leads to another channel than before".into();
            return Err(SourceError::Unavailable { state: AccountState::Moved, cause });
        }
        self.channel = Some(number);
        Ok(())
    }

    /// Takes note of a page's numbers. Says whether the walk goes on, and whether it ends with messages that nobody read;
    /// `None` where the pages do not lead anywhere.
    fn advance(&mut self, numbers: &[u64], has_older: bool, max_pages: u32) -> Option<(bool, bool)> {
        let previous = self.open.take();
        let (highest, lowest) = (numbers.iter().max().copied(), numbers.iter().min().copied());
        if let Some(previous) = &previous
            && highest.is_some_and(|highest| highest >= previous.before)
        {
            return None;
        }
        let previous = previous.unwrap_or_default();
        let (pages, top) = (previous.pages + 1, previous.highest.max(highest.unwrap_or(0)));
        // Numbers below are known where the walk has come down to the last pass; what lies between may be holes.
        let older = lowest.filter(|lowest| has_older && self.last.is_none_or(|last| *lowest > last + 1));
        if let Some(before) = older
            && pages < max_pages
        {
            self.open = Some(Open { before, highest: top, pages });
            return Some((true, false));
        }
        let gap = older.is_some() && self.last.is_some();
        self.last = self.last.max(Some(top).filter(|top| *top > 0));
        Some((false, gap))
    }
}

/// What a message says, as short as the cursor can hold: views and reactions change all the time and count for nothing.
fn mark(activity: &Activity) -> String {
    let target = activity.target.as_ref().and_then(|target| target.text.as_deref()).unwrap_or_default();
    let alts: Vec<&str> = activity.media.iter().filter_map(|medium| medium.alt.as_deref()).collect();
    sha256_hex(format!("{}\n{target}\n{}", activity.text, alts.join("\n")).as_bytes()).chars().take(16).collect()
}

/// A channel that is missing and one that is private look the same.
fn no_preview(answer: &Response) -> SourceError {
    let cause = format!("{} shows no preview of it: it is private, renamed, restricted, or not there", answer.host());
    SourceError::Unavailable { state: AccountState::NotFound, cause: cause.into() }
}

/// The channel's name in the register: its id, an address of it, else its handle.
fn name(account: &Account) -> Result<&str, SourceError> {
    let named = [account.external_id.as_str(), account.handle.as_str()].into_iter().find_map(|text| {
        let text = text.trim().trim_start_matches('@');
        let path = text.strip_prefix("https://t.me/").map(|path| path.strip_prefix("s/").unwrap_or(path));
        Some(path.unwrap_or(text).trim_end_matches('/')).filter(|name| is_name(name))
    });
    named.ok_or_else(|| SourceError::Permanent {
        cause: "its name is none that Telegram allows: correct the register".into(),
    })
}

/// A channel's number as tools write it: `1186921499`, `-1186921499`, or `-1001186921499`.
fn channel_number(id: &str) -> Option<u64> {
    let id = id.trim();
    id.strip_prefix("-100").filter(|digits| digits.len() >= 10).or(id.strip_prefix('-')).unwrap_or(id).parse().ok()
}

#[async_trait]
impl Source for TelegramSource {
    fn platform(&self) -> &'static str {
        "telegram"
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Result<Page, SourceError> {
        let name = name(account)?;
        let mut position: Position = cursor.decode();
        if !position.name.eq_ignore_ascii_case(name) {
            // Another channel is registered now, or this one under its new name, where all ids are new, too.
            position = Position { name: name.to_owned(), ..Position::default() };
        }
        let answer = self.ask(name, position.open.as_ref().map(|open| open.before)).await?;
        let mut page = self.read(&answer, account, &mut position)?;
        page.cursor = Cursor::encode(&position);
        Ok(page)
    }

    fn limits(&self) -> Vec<Limit> {
        let per = Per::Window(Duration::from_secs(60));
        vec![Limit { bucket: PAGES, units: self.config.pages_per_minute, per }]
    }
}
