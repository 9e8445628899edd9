//! One mail through a real SMTP client, and why it did not go. Without SMTP settings mails stay readable in the
//! outbox, which the demo shows. When a mail is sent and sent again is `post`'s.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use store::MailRow;

/// How mails leave.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<String>,
    /// Sender, e.g. `Kommunal-Cloud <post@kommunal.example>`.
    pub from: String,
    /// `tls`, `starttls` or `none` (loopback only).
    pub security: String,
    /// Longest time for one mail, from the connection to the server's answer: [`SMTP_TIME`].
    pub time: Duration,
}

/// Time for one mail. A server that needs longer is away.
pub const SMTP_TIME: Duration = Duration::from_secs(20);

/// SMTP, or nothing.
#[derive(Clone)]
pub struct Mailer(Option<Arc<Smtp>>);

struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    time: Duration,
}

/// Why a mail did not go. Words without an address: server answers often quote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotSent {
    pub(crate) cause: String,
    /// No other try can help.
    pub(crate) hopeless: bool,
    /// The server is away: no other mail will go either.
    pub(crate) outage: bool,
}

impl NotSent {
    fn hopeless(cause: &str) -> NotSent {
        NotSent {
            cause: cause.to_owned(),
            hopeless: true,
            outage: false,
        }
    }

    fn outage(cause: &str) -> NotSent {
        NotSent {
            cause: cause.to_owned(),
            hopeless: false,
            outage: true,
        }
    }

    fn from_smtp(error: &lettre::transport::smtp::Error) -> NotSent {
        match error.status() {
            Some(code) => NotSent {
                cause: format!("Der Mailserver nimmt die Mail nicht an (Antwort {code})."),
                hopeless: false,
                outage: false,
            },
            None if error.is_client() => NotSent::hopeless("Die Mail lässt sich so nicht versenden."),
            None if error.is_tls() => NotSent::outage("Der Mailserver weist sich nicht richtig aus (TLS)."),
            None => NotSent::outage("Der Mailserver ist nicht erreichbar."),
        }
    }
}

impl Mailer {
    /// Mails stay in the outbox.
    pub fn outbox_only() -> Mailer {
        Mailer(None)
    }

    /// # Errors
    /// The settings do not fit: one German sentence.
    pub fn smtp(config: &SmtpConfig) -> Result<Mailer> {
        let builder = match config.security.as_str() {
            "tls" => AsyncSmtpTransport::<Tokio1Executor>::relay(&config.host)?,
            "starttls" => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&config.host)?,
            "none" if ["127.0.0.1", "::1", "localhost"].contains(&config.host.as_str()) => {
                AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            }
            _ => anyhow::bail!(
                "Mail ohne Verschlüsselung geht nur zu diesem Rechner selbst. Setzen Sie smtp.security auf tls oder starttls."
            ),
        };
        let mut builder = builder.port(config.port).timeout(Some(config.time));
        if let (Some(user), Some(password)) = (&config.user, &config.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        let from = config
            .from
            .parse()
            .context("smtp.from ist keine Mail-Anschrift. Beispiel: Kommunal-Cloud <post@kommunal.example>")?;
        Ok(Mailer(Some(Arc::new(Smtp {
            transport: builder.build(),
            from,
            time: config.time,
        }))))
    }

    /// Does mail leave at all?
    pub(crate) fn sends(&self) -> bool {
        self.0.is_some()
    }

    /// Sends one mail, in limited time.
    pub(crate) async fn send(&self, row: &MailRow, tenant: &str, reply_to: Option<&str>) -> Result<(), NotSent> {
        let Some(smtp) = &self.0 else { return Ok(()) };
        let reply_to = reply_to.and_then(|e| e.parse().ok());
        let message = message(smtp, row, tenant, reply_to)
            .map_err(|_| NotSent::hopeless("Die Anschrift ist keine gültige E-Mail-Anschrift."))?;
        match tokio::time::timeout(smtp.time, smtp.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(NotSent::from_smtp(&error)),
            Err(_) => Err(NotSent::outage("Der Mailserver antwortet nicht.")),
        }
    }
}

#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn message(smtp: &Smtp, row: &MailRow, tenant: &str, reply_to: Option<Mailbox>) -> Result<Message> {
    let date =
        std::time::UNIX_EPOCH + std::time::Duration::from_secs(u64::try_from(row.created_at.as_second()).unwrap_or(0));
    // The id is the outbox row's: a repeated sending is the same message.
    let id = format!("<{}.{tenant}@kommunal-cloud>", row.id.replace([':', ' '], "."));
    let mut builder: MessageBuilder = Message::builder()
        .from(smtp.from.clone())
        .to(row.mail.to.parse().context("address")?)
        .subject(row.mail.subject.clone())
        .date(date)
        .message_id(Some(id))
        .header(AutoSubmitted)
        .header(ContentType::TEXT_PLAIN);
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(reply_to);
    }
    Ok(builder.body(row.mail.text.clone())?)
}
