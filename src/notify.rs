//! What netral tells to the outside: a signed webhook for what cannot wait, and once a day a digest by mail and Telegram. Counts
//! and ids, never names or texts.
//!
//! Whatever happens is noticed in the database and written into its outbox in one transaction; whichever worker is free sends
//! it, under the same id on every try, for a day.

mod config;
mod digest;
mod email;
mod telegram;
mod webhook;

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::model::NoticeChannel;
use crate::source::http::HttpError;
use crate::source::{Http, HttpConfig};
use crate::store::{OutgoingNotice, Store, StoreError, Watch};
use crate::web::{Text, Zone};

pub use config::{DigestConfig, EmailConfig, NotifyConfig, TelegramConfig, Tls, WebhookConfig};
use email::Mailer;
use telegram::Bot;
use webhook::Webhook;

/// How often a worker looks whether something is to be sent.
const IDLE: Duration = Duration::from_secs(2);
/// For how long one sender holds a notice; longer than any try lasts.
const LEASE: Duration = Duration::from_secs(120);
/// The pause after the first failed try; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(10);
/// The longest pause.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// After that a notice is given up.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// Why a notice did not go out, or notices cannot go out at all. No text holds an address's path, a secret or a recipient.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotifyError {
    /// The settings cannot work.
    #[error("notify.{0}")]
    Config(String),
    /// No answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// An answer that is no success.
    #[error("{host} answered with status {status}")]
    Refused {
        /// Host and port.
        host: String,
        /// The status.
        status: u16,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// The mail server did not take it.
    #[error("the mail server did not take it: {0}")]
    Mail(String),
    /// What is in the outbox cannot be put into words.
    #[error("the notice cannot be read")]
    Body,
}

/// The ways out that the configuration names.
struct Outlets {
    webhook: Option<Webhook>,
    mailer: Option<Mailer>,
    bot: Option<Bot>,
}

impl Outlets {
    fn new(config: &NotifyConfig, http: &HttpConfig) -> Result<Self, NotifyError> {
        let guarded = |allow: &[String]| Http::new(&HttpConfig { allow_private: allow.to_vec(), ..http.clone() });
        let webhook = match &config.webhook {
            Some(webhook) => Some(Webhook::new(webhook, guarded(&webhook.allow_private)?)?),
            None => None,
        };
        let bot = match &config.telegram {
            Some(telegram) => Some(Bot::new(telegram, guarded(&telegram.allow_private)?)?),
            None => None,
        };
        Ok(Self { webhook, bot, mailer: config.email.as_ref().map(Mailer::new).transpose()? })
    }
}

/// Which ways out the configuration names, once all of them can work.
///
/// # Errors
/// [`NotifyError::Config`] names the setting that cannot work.
pub fn check(config: &NotifyConfig, http: &HttpConfig) -> Result<Vec<NoticeChannel>, NotifyError> {
    let outlets = Outlets::new(config, http)?;
    let named = [
        (outlets.webhook.is_some(), NoticeChannel::Webhook),
        (outlets.mailer.is_some(), NoticeChannel::Email),
        (outlets.bot.is_some(), NoticeChannel::Telegram),
    ];
    Ok(named.into_iter().filter_map(|(on, channel)| on.then_some(channel)).collect())
}

/// Looks for what is to be told, and sends it.
#[derive(Debug)]
pub struct Notifier {
    store: Store,
    webhook: Option<Webhook>,
    mailer: Option<Mailer>,
    bot: Option<Bot>,
    digest: DigestConfig,
    watch: Watch,
    look: Duration,
    zone: Zone,
    deadline_days: u16,
    /// Where people reach the pages, for the digest's link.
    link: Option<String>,
}

impl Notifier {
    /// A notifier, or `None` where nothing is to be told to anybody. Opens no socket.
    ///
    /// # Errors
    /// [`NotifyError::Config`] names the setting that cannot work.
    pub fn new(
        store: Store,
        config: &NotifyConfig,
        http: &HttpConfig,
        (zone, link): (Zone, Option<String>),
        deadline_days: u16,
    ) -> Result<Option<Self>, NotifyError> {
        let Outlets { webhook, mailer, bot } = Outlets::new(config, http)?;
        if webhook.is_none() && mailer.is_none() && bot.is_none() {
            return Ok(None);
        }
        let look = Duration::from_secs(config.look_seconds.max(1).into());
        Ok(Some(Self {
            store,
            webhook,
            mailer,
            bot,
            digest: config.digest.clone(),
            watch: Watch { urgent_hours: config.urgent_hours, settle: look, zone: zone.name() },
            look,
            zone,
            deadline_days,
            link,
        }))
    }

    /// Looks and sends until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut looked: Option<Instant> = None;
        while !shutdown.is_cancelled() {
            if looked.is_none_or(|at| at.elapsed() >= self.look) {
                looked = Some(Instant::now());
                if let Err(error) = self.look(Timestamp::now()).await {
                    tracing::warn!(error = %error, "nothing could be looked up to tell; tried again");
                }
            }
            let sent = self.send_next().await.unwrap_or_else(|error| {
                tracing::warn!(error = %error, "the outbox could not be read; tried again");
                false
            });
            if !sent {
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = tokio::time::sleep(IDLE) => {}
                }
            }
        }
    }

    /// Writes into the outbox what happened since the last look, and the day's digest once its time has come.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then the next look finds the same.
    pub async fn look(&self, now: Timestamp) -> Result<(), StoreError> {
        if self.webhook.is_some() {
            self.store.notice_events(NoticeChannel::Webhook, &self.watch).await?;
        }
        let channels = self.digest_channels();
        let local = now.to_zoned(self.zone.tz());
        if channels.is_empty() || local.time() < self.digest.at {
            return Ok(());
        }
        let day = local.date();
        if !self.store.has_digest(day).await? && self.store.write_digest(day, &channels, self.deadline_days).await? {
            tracing::info!(day = %day, "the day's digest is written");
        }
        Ok(())
    }

    fn digest_channels(&self) -> Vec<NoticeChannel> {
        let mail = self.mailer.is_some().then_some(NoticeChannel::Email);
        let bot = self.bot.is_some().then_some(NoticeChannel::Telegram);
        mail.into_iter().chain(bot).collect()
    }

    /// Sends the notice that is due for longest; false where none is.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn send_next(&self) -> Result<bool, StoreError> {
        let mut channels = self.digest_channels();
        channels.extend(self.webhook.is_some().then_some(NoticeChannel::Webhook));
        let Some(notice) = self.store.claim_notice(&channels, LEASE).await? else { return Ok(false) };
        match self.send(&notice).await {
            Ok(()) => self.store.notice_sent(notice.notice_id).await?,
            Err(error) => {
                let wait = wait_after(notice.tries, &error);
                let dead = self.store.notice_failed(notice.notice_id, &error.to_string(), wait, LIFETIME).await?;
                let (id, channel, tries) = (notice.notice_id, notice.channel, notice.tries);
                if dead {
                    tracing::error!(notice.id = %id, channel = %channel, tries, error = %error, "a notice was given up");
                } else {
                    tracing::warn!(notice.id = %id, channel = %channel, tries, error = %error, "a notice did not go out; tried again");
                }
            }
        }
        Ok(true)
    }

    async fn send(&self, notice: &OutgoingNotice) -> Result<(), NotifyError> {
        match (notice.channel, &self.webhook, &self.mailer, &self.bot) {
            (NoticeChannel::Webhook, Some(webhook), ..) => webhook.send(notice, Timestamp::now()).await,
            (NoticeChannel::Email, _, Some(mailer), _) => {
                let (subject, text) = self.words(notice)?;
                mailer.send(notice.notice_id, &subject, text).await
            }
            (NoticeChannel::Telegram, _, _, Some(bot)) => {
                let (subject, text) = self.words(notice)?;
                bot.send(&format!("{subject}\n\n{text}")).await
            }
            // Only channels that are on are claimed.
            _ => Err(NotifyError::Body),
        }
    }

    fn words(&self, notice: &OutgoingNotice) -> Result<(String, String), NotifyError> {
        let figures = serde_json::from_value(notice.body.clone()).map_err(|_| NotifyError::Body)?;
        let t = Text::new(self.digest.language, self.zone);
        Ok(digest::words(&figures, notice.made_at, self.link.as_deref(), t))
    }
}

/// The pause after a failed try: what the receiver asks for, else twice the one before, within bounds.
fn wait_after(tries: i32, error: &NotifyError) -> Duration {
    let doublings = u32::try_from(tries.saturating_sub(1)).unwrap_or(0).min(12);
    let own = FIRST_WAIT * 2_u32.pow(doublings);
    let asked = match error {
        NotifyError::Refused { retry_after, .. } => retry_after.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    own.max(asked).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_within_bounds_and_what_is_asked_for_counts() {
        let of = |tries| wait_after(tries, &NotifyError::Body).as_secs();
        assert_eq!([of(1), of(2), of(3), of(9), of(30)], [10, 20, 40, 2560, 3600]);
        let asked = |seconds| NotifyError::Refused {
            host: "a".into(),
            status: 429,
            retry_after: Some(Duration::from_secs(seconds)),
        };
        assert_eq!(wait_after(1, &asked(90)).as_secs(), 90);
        assert_eq!(wait_after(1, &asked(90_000)).as_secs(), 3600);
    }
}
