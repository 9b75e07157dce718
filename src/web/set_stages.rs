//! A list's stages as a line with the day's stage marked, drawn on the server.

use jiff::Timestamp;
use jiff::civil::Date;

use super::clock::day_words;
use super::i18n::Text;
use crate::keyword::{KeywordSet, StageTarget};

/// Width of the drawing, in its own units.
pub const WIDTH: f64 = 1000.0;

/// One stretch of the calendar.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Title.
    pub title: String,
    /// Days in words.
    pub days: String,
    /// What contestants are called then.
    pub target: String,
    /// Left edge.
    pub x: String,
    /// Width.
    pub width: String,
    /// Today is in it.
    pub now: bool,
}

/// The whole calendar.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Stages in order.
    pub stages: Vec<Segment>,
    /// Where today is, if within the calendar.
    pub today: Option<String>,
    /// Today's stage in words.
    pub words: String,
}

/// The line; `None` for sets without dates.
pub fn timeline(set: &KeywordSet, now: Timestamp, t: Text) -> Option<Timeline> {
    let (from, to) = set.valid()?;
    let first = set.stages().first().map_or(from, |s| s.from.min(from));
    let last = set.stages().last().map_or(to, |s| s.to.max(to));
    let span = f64::from(days(first, last) + 1);
    let x = |day: Date| WIDTH * f64::from(days(first, day)) / span;
    let today = set.day(now);
    let stages = set.stages().iter().map(|stage| Segment {
        title: stage.title.clone(),
        days: format!("{} – {}", day_words(stage.from, t.language()), day_words(stage.to, t.language())),
        target: t.s(match stage.target {
            StageTarget::BakalCalon => "stage-target-bakal-calon",
            StageTarget::Calon => "stage-target-calon",
        }),
        x: format!("{:.1}", x(stage.from)),
        width: format!("{:.1}", WIDTH * f64::from(days(stage.from, stage.to) + 1) / span),
        now: (stage.from..=stage.to).contains(&today),
    });
    let words = match set.stage_at(now) {
        Some(stage) => t.x("stage-today", &stage.title),
        None if today < first => t.s("stage-before"),
        None if today > last => t.s("stage-after"),
        None => t.s("stage-between"),
    };
    Some(Timeline {
        stages: stages.collect(),
        today: (first..=last).contains(&today).then(|| format!("{:.1}", x(today) + WIDTH / span / 2.0)),
        words,
    })
}

/// Days from one date to another.
fn days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}
