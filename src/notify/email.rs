//! The digest by mail (SMTP).

use std::fmt;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{EmailConfig, NotifyError, Tls};

/// A try that lasts longer is given up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A mail server and the recipients.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("recipients", &self.to.len()).finish_non_exhaustive()
    }
}

impl Mailer {
    /// A mail server, not yet connected to.
    ///
    /// # Errors
    /// [`NotifyError::Config`] names the setting that cannot work.
    pub fn new(config: &EmailConfig) -> Result<Self, NotifyError> {
        let wrong = |why: String| NotifyError::Config(format!("email.{why}"));
        let mailbox = |text: &str, key: &str| text.parse().map_err(|_| wrong(format!("{key} is no mail address")));
        if config.host.is_empty() || config.to.is_empty() {
            return Err(wrong("host and email.to must be set".to_owned()));
        }
        let sealed = |e: lettre::transport::smtp::Error| wrong(format!("host: {e}"));
        let host = config.host.as_str();
        let (mut builder, port) = match config.tls {
            Tls::Tls => (AsyncSmtpTransport::<Tokio1Executor>::relay(host).map_err(sealed)?, 465),
            Tls::Starttls => (AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host).map_err(sealed)?, 587),
            Tls::None if is_local(host) && config.user.is_empty() => {
                (AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host), 25)
            }
            Tls::None => return Err(wrong("tls may be \"none\" only to this machine, and without a user".to_owned())),
        };
        builder = builder
            .port(if config.port == 0 { port } else { config.port })
            .timeout(Some(TIMEOUT))
            .hello_name(ClientId::Domain("netral".to_owned()));
        if !config.user.is_empty() {
            let password =
                config.password.as_ref().ok_or_else(|| wrong("user needs NETRAL_SMTP_PASSWORD".to_owned()))?;
            builder = builder.credentials(Credentials::new(config.user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self {
            transport: builder.build(),
            from: mailbox(&config.from, "from")?,
            to: config.to.iter().map(|to| mailbox(to, "to")).collect::<Result<_, _>>()?,
        })
    }

    /// Sends a text to everybody. The message's id is the notice's, so that a second try after a lost answer is told apart.
    ///
    /// # Errors
    /// [`NotifyError::Mail`] where it cannot be handed over.
    pub async fn send(&self, id: Uuid, subject: &str, text: String) -> Result<(), NotifyError> {
        let domain = self.from.email.domain().to_owned();
        let mut message = Message::builder()
            .from(self.from.clone())
            .message_id(Some(format!("<{id}@{domain}>")))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            message = message.to(to.clone());
        }
        let message = message.body(text).map_err(|e| NotifyError::Mail(e.to_string()))?;
        // A server's answer may repeat the recipients: only its code is kept.
        let failed = |e: lettre::transport::smtp::Error| {
            let code = e.status().map_or_else(|| "no connection".to_owned(), |code| format!("status {code}"));
            NotifyError::Mail(code)
        };
        self.transport.send(message).await.map(drop).map_err(failed)
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}
