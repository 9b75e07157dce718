//! The pages' words. Indonesian is the first language, English is complete; tests compare the keys of both.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid, static_loader};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::clock::{self, Zone};
use crate::model::{Answer, Kind, Language, Outcome, PersonStatus, ReasonCode, Role, Score, Stance, Verb, Verdict};

static_loader! {
    static LOCALES = {
        locales: "./src/web/locales",
        fallback_language: "id",
        // Values are isolated by the markup (`<bdi>`), not by invisible characters in the text.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static INDONESIAN: LanguageIdentifier = langid!("id");
static ENGLISH: LanguageIdentifier = langid!("en");

/// One language's words, numbers and times. Templates call it `t`.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    language: Language,
    zone: Zone,
}

impl Text {
    /// The words of a language, with times in a zone.
    #[must_use]
    pub fn new(language: Language, zone: Zone) -> Self {
        Self { language, zone }
    }

    /// Tag for the `lang` attribute.
    #[must_use]
    pub fn tag(&self) -> &'static str {
        self.language.as_str()
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self.language {
            Language::Indonesian => &INDONESIAN,
            Language::English => &ENGLISH,
        }
    }

    /// A message without arguments.
    #[must_use]
    pub fn s(&self, key: &str) -> String {
        LOCALES.lookup(self.id(), key)
    }

    /// A message if there is one of that name, for words that lists may add to (stages, platforms).
    #[must_use]
    pub fn maybe(&self, key: &str) -> Option<String> {
        LOCALES.try_lookup(self.id(), key)
    }

    /// A message with one argument, `x`.
    #[must_use]
    pub fn x(&self, key: &str, x: impl std::fmt::Display) -> String {
        self.with(key, &[("x", FluentValue::from(x.to_string()))])
    }

    /// A message with two arguments, `x` and `y`.
    #[must_use]
    pub fn xy(&self, key: &str, x: impl std::fmt::Display, y: impl std::fmt::Display) -> String {
        self.with(key, &[("x", FluentValue::from(x.to_string())), ("y", FluentValue::from(y.to_string()))])
    }

    /// A message with three counts: `x`, `y` and `z`.
    #[must_use]
    pub fn with_counts(&self, key: &str, x: i64, y: i64, z: i64) -> String {
        let number = |n| FluentValue::from(self.number(n));
        self.with(key, &[("x", number(x)), ("y", number(y)), ("z", number(z))])
    }

    /// A message with a count: `n` chooses the form, `x` is the number as written.
    #[must_use]
    pub fn n(&self, key: &str, n: i64) -> String {
        self.with(key, &[("n", FluentValue::from(n)), ("x", FluentValue::from(self.number(n)))])
    }

    fn with(self, key: &str, args: &[(&'static str, FluentValue<'static>)]) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue<'static>> =
            args.iter().map(|(k, v)| (Cow::Borrowed(*k), v.clone())).collect();
        LOCALES.lookup_with_args(self.id(), key, &args)
    }

    /// 1.234 or 1,234.
    #[must_use]
    pub fn number(&self, n: i64) -> String {
        let separator = if self.language == Language::Indonesian { '.' } else { ',' };
        let digits = n.unsigned_abs().to_string();
        let mut out = String::from(if n < 0 { "−" } else { "" });
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push(separator);
            }
            out.push(digit);
        }
        out
    }

    /// 0,83 or 0.83.
    #[must_use]
    pub fn score(&self, score: Score) -> String {
        let plain = score.to_string();
        if self.language == Language::Indonesian { plain.replace('.', ",") } else { plain }
    }

    /// A part of a score, always with its sign.
    #[must_use]
    pub fn signed(&self, score: Score) -> String {
        let plain = self.score(Score(score.0.saturating_abs()));
        format!("{}{plain}", if score.0 < 0 { "−" } else { "+" })
    }

    /// How strong the indication is, in words.
    #[must_use]
    pub fn strength(&self, score: Score) -> String {
        match score.0 {
            80.. => self.s("strength-high"),
            65..80 => self.s("strength-middle"),
            50..65 => self.s("strength-low"),
            _ => self.s("strength-background"),
        }
    }

    /// "6 Agustus 2024, pukul 10.15 WIB".
    #[must_use]
    pub fn time(&self, at: Timestamp) -> String {
        self.zone.words(at, self.language)
    }

    /// "6 Agustus 2024".
    #[must_use]
    pub fn day(&self, day: Date) -> String {
        clock::day_words(day, self.language)
    }

    /// Only "pukul 10.15 WIB".
    #[must_use]
    pub fn clock(&self, at: Timestamp) -> String {
        self.zone.clock(at, self.language)
    }

    /// How long ago, roughly.
    #[must_use]
    pub fn ago(&self, at: Timestamp, now: Timestamp) -> String {
        let gone = now.duration_since(at).max(SignedDuration::ZERO);
        match (gone.as_mins(), gone.as_hours()) {
            (0, _) => self.s("ago-now"),
            (minutes, 0) => self.n("ago-minutes", minutes),
            (_, hours @ 1..48) => self.n("ago-hours", hours),
            (_, hours) => self.n("ago-days", hours / 24),
        }
    }

    /// What was done.
    #[must_use]
    pub fn verb(&self, verb: Verb) -> String {
        self.s(match verb {
            Verb::Post => "verb-post",
            Verb::Comment => "verb-comment",
            Verb::Share => "verb-share",
            Verb::Like => "verb-like",
            Verb::Follow => "verb-follow",
            Verb::Join => "verb-join",
        })
    }

    /// The kind of a keyword.
    #[must_use]
    pub fn kind(&self, kind: Kind) -> String {
        self.s(&format!("kind-{kind}"))
    }

    /// For or against.
    #[must_use]
    pub fn stance(&self, stance: Stance) -> String {
        self.s(match stance {
            Stance::Support => "stance-support",
            Stance::Oppose => "stance-oppose",
            Stance::Neutral => "stance-neutral",
        })
    }

    /// What a reviewer says.
    #[must_use]
    pub fn outcome(&self, outcome: Outcome) -> String {
        self.s(&format!("outcome-{}", dashed(outcome.as_str())))
    }

    /// Why a reviewer says it.
    #[must_use]
    pub fn reason(&self, reason: ReasonCode) -> String {
        self.s(&format!("reason-{}", dashed(reason.as_str())))
    }

    /// How a hit ended.
    #[must_use]
    pub fn verdict(&self, verdict: Verdict) -> String {
        self.s(&format!("verdict-{}", dashed(verdict.as_str())))
    }

    /// What came of asking the person.
    #[must_use]
    pub fn answer(&self, answer: Answer) -> String {
        self.s(&format!("answer-{}", dashed(answer.as_str())))
    }

    /// A user's role.
    #[must_use]
    pub fn role(&self, role: Role) -> String {
        self.s(&format!("role-{}", dashed(role.as_str())))
    }

    /// A person's standing.
    #[must_use]
    pub fn status(&self, status: PersonStatus) -> String {
        match status {
            PersonStatus::Kades => self.s("status-kades"),
            PersonStatus::PerangkatDesa => self.s("status-perangkat-desa"),
            PersonStatus::Pns | PersonStatus::Pppk | PersonStatus::Ppnpn => status.as_str().to_owned(),
        }
    }

    /// A platform's name as its makers write it.
    #[must_use]
    pub fn platform(&self, platform: &str) -> String {
        match platform {
            "x" => "X".to_owned(),
            "bluesky" => "Bluesky".to_owned(),
            "mastodon" => "Mastodon".to_owned(),
            "youtube" => "YouTube".to_owned(),
            "facebook" => "Facebook".to_owned(),
            "instagram" => "Instagram".to_owned(),
            "tiktok" => "TikTok".to_owned(),
            "threads" => "Threads".to_owned(),
            "telegram" => "Telegram".to_owned(),
            "feed" => self.s("platform-feed"),
            "tip" => self.s("platform-tip"),
            other => other.to_owned(),
        }
    }
}

/// Words of the database as message names.
fn dashed(word: &str) -> String {
    word.replace('_', "-")
}

#[cfg(test)]
#[path = "i18n_tests.rs"]
mod tests;
