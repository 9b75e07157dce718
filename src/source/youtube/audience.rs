//! Who comments on a campaign's channel and videos: threads, newest first, and the answers in them.
//!
//! A thread carries some of its answers; where there are more, they are asked for one thread a call. An answer to an old
//! thread does not bring that thread up again, so it is seen as long as the thread is on the newest page.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::api::Api;
use super::record::{self, words};
use super::{List, YoutubeConfig};
use crate::source::marks::{Order, Turned, Walk, mark};
use crate::source::{Campaign, Cursor, Item, Page, RejectedItem, SourceError, answer};

/// Position among one campaign's comments.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Position {
    channel: Option<String>,
    threads: Walk,
    /// Threads whose answers are still to be read.
    pending: Vec<Pending>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pending {
    parent: String,
    #[serde(default)]
    video: Option<String>,
    #[serde(default)]
    next: Option<String>,
    #[serde(default)]
    pages: u32,
}

/// Reads one page of threads, or one page of one thread's answers.
pub(super) async fn read(
    api: &Api,
    config: &YoutubeConfig,
    campaign: &Campaign,
    cursor: &Cursor,
) -> Result<Page, SourceError> {
    let mut position: Position = cursor.decode();
    let mut page = Page::default();
    let channel = match (campaign.id.as_deref().filter(|id| record::is_channel_id(id)), &position.channel) {
        (Some(id), _) => id.to_owned(),
        (None, Some(known)) => known.clone(),
        (None, None) => {
            let found = api.channel(None, &campaign.handle).await?;
            page.handle = found.handle;
            found.id
        }
    };
    if position.channel.as_ref().is_some_and(|known| *known != channel) {
        position = Position::default();
    }
    position.channel = Some(channel.clone());
    if position.pending.is_empty() {
        threads(api, config, &channel, &mut position, &mut page).await?;
    } else {
        answers(api, config, &channel, &mut position, &mut page).await?;
    }
    fill_targets(api, campaign, &channel, &mut page.items).await?;
    page.more = !position.pending.is_empty() || position.threads.next().is_some();
    page.cursor = Cursor::encode(&position);
    Ok(page)
}

#[derive(Deserialize)]
struct Thread<'a> {
    id: String,
    #[serde(borrow)]
    snippet: ThreadSnippet<'a>,
    #[serde(borrow, default)]
    replies: Replies<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ThreadSnippet<'a> {
    #[serde(default)]
    video_id: Option<String>,
    #[serde(borrow)]
    top_level_comment: &'a RawValue,
    #[serde(default)]
    total_reply_count: usize,
}

#[derive(Default, Deserialize)]
struct Replies<'a> {
    #[serde(borrow, default)]
    comments: Vec<&'a RawValue>,
}

async fn threads(
    api: &Api,
    config: &YoutubeConfig,
    channel: &str,
    position: &mut Position,
    page: &mut Page,
) -> Result<(), SourceError> {
    let size = config.comments_page_size.clamp(1, 100).to_string();
    let mut query = vec![
        ("part", "snippet,replies"),
        ("allThreadsRelatedToChannelId", channel),
        ("order", "time"),
        ("textFormat", "plainText"),
        ("maxResults", size.as_str()),
    ];
    query.extend(position.threads.next().map(|token| ("pageToken", token)));
    let answer = match api.get("commentThreads", &query).await {
        Ok(answer) => answer,
        Err(refused) if refused.reason == "commentsDisabled" => {
            position.threads.restart();
            return Ok(());
        }
        Err(refused) => return Err(refused.error),
    };
    let list: List<'_> = answer::read(&answer, "commentThreads")?;
    let mut marks = Vec::new();
    for raw in list.items {
        let thread: Thread<'_> = match serde_json::from_str(raw.get()) {
            Ok(thread) => thread,
            Err(error) => {
                // The bytes of a thread are many people's words: none of them is kept for a fault of its frame.
                let reason = answer::problem("comment thread", &error);
                page.rejected.push(RejectedItem { raw: Vec::new(), reason });
                continue;
            }
        };
        let count = thread.snippet.total_reply_count;
        let video = thread.snippet.video_id.as_deref();
        let top = record::comment(thread.snippet.top_level_comment.get(), channel, video);
        let said = top.ok().flatten().map(|top| top.text).unwrap_or_default();
        let mark = mark(&thread.id, &[&said, &count.to_string()]);
        let new = position.threads.is_new(&mark) && !marks.contains(&mark);
        marks.push(mark);
        if !new {
            continue;
        }
        let embedded = &thread.replies.comments;
        for raw in std::iter::once(&thread.snippet.top_level_comment).chain(embedded) {
            take(raw, channel, video, page);
        }
        if count > embedded.len() {
            position.pending.push(Pending {
                parent: thread.id,
                video: thread.snippet.video_id.clone(),
                next: None,
                pages: 0,
            });
        }
    }
    let turned = Turned { marks, next: list.next_page_token, too_old: false };
    position
        .threads
        .advance(turned, Order::Newest, config.max_comment_pages)
        .map_err(|stuck| SourceError::malformed(format!("commentThreads on {}", answer.host()), stuck))?;
    Ok(())
}

async fn answers(
    api: &Api,
    config: &YoutubeConfig,
    channel: &str,
    position: &mut Position,
    page: &mut Page,
) -> Result<(), SourceError> {
    let Some(mut pending) = position.pending.pop() else { return Ok(()) };
    let size = config.comments_page_size.clamp(1, 100).to_string();
    let mut query = vec![
        ("part", "snippet"),
        ("parentId", pending.parent.as_str()),
        ("textFormat", "plainText"),
        ("maxResults", size.as_str()),
    ];
    query.extend(pending.next.as_deref().map(|token| ("pageToken", token)));
    let answer = match api.get("comments", &query).await {
        Ok(answer) => answer,
        // The thread went between the two calls.
        Err(refused) if matches!(refused.reason.as_str(), "commentNotFound" | "notFound") => return Ok(()),
        Err(refused) => return Err(refused.error),
    };
    let list: List<'_> = answer::read(&answer, "comments")?;
    for raw in list.items {
        take(raw, channel, pending.video.as_deref(), page);
    }
    pending.pages += 1;
    if let Some(next) = list.next_page_token {
        if pending.next.as_ref() == Some(&next) {
            return Err(SourceError::malformed(format!("comments on {}", answer.host()), "its pages do not advance"));
        }
        if pending.pages < config.max_comment_pages {
            position.pending.push(Pending { next: Some(next), ..pending });
        }
    }
    Ok(())
}

fn take(raw: &RawValue, channel: &str, video: Option<&str>, page: &mut Page) {
    match record::comment(raw.get(), channel, video) {
        Ok(Some(activity)) => page.items.push(Item { activity, raw: raw.get().as_bytes().to_vec() }),
        Ok(None) => {}
        // Nobody knows whose words they are, so they are not kept.
        Err(reason) => page.rejected.push(RejectedItem { raw: Vec::new(), reason }),
    }
}

#[derive(Deserialize)]
struct Videos {
    #[serde(default)]
    items: Vec<Video>,
}

#[derive(Deserialize)]
struct Video {
    id: String,
    snippet: VideoSnippet,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VideoSnippet {
    channel_id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
}

/// Puts the words of the campaign's videos beside what was written below them. Strangers' videos get none.
async fn fill_targets(api: &Api, campaign: &Campaign, channel: &str, items: &mut [Item]) -> Result<(), SourceError> {
    let targets = || items.iter().filter_map(|item| item.activity.target.as_ref());
    let ids: BTreeSet<String> =
        targets().filter(|target| target.kind == "post").filter_map(|target| target.id.clone()).collect();
    let mut found = BTreeMap::new();
    for some in ids.into_iter().collect::<Vec<_>>().chunks(50) {
        let answer = api.get("videos", &[("part", "snippet"), ("id", &some.join(","))]).await?;
        let videos: Videos = answer::read(&answer, "videos")?;
        found.extend(videos.items.into_iter().map(|video| (video.id, video.snippet)));
    }
    for target in items.iter_mut().filter_map(|item| item.activity.target.as_mut()) {
        if target.kind == "account" {
            target.handle = Some(campaign.handle.clone());
            continue;
        }
        let Some(video) = target.id.as_ref().and_then(|id| found.get(id)) else { continue };
        target.account_id = Some(video.channel_id.clone());
        if video.channel_id == channel {
            target.handle = Some(campaign.handle.clone());
            target.text = Some(words(&video.title, &video.description));
        }
    }
    Ok(())
}
