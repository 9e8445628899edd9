//! Sending mail through a real SMTP client. Without SMTP settings mails stay readable in the outbox,
//! which the demo shows.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use store::{MailRow, TenantStore};

use crate::Worker;

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
}

/// SMTP, or nothing.
#[derive(Clone)]
pub struct Mailer(Option<Arc<Smtp>>);

struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
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
        let mut builder = builder.port(config.port);
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
        }))))
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

impl Worker {
    /// Sends what waits. One that fails does not hold up the others.
    pub(crate) async fn send_mails(&self, tenant: &TenantStore) -> Result<()> {
        let Some(smtp) = self.mailer.0.clone() else {
            return Ok(());
        };
        let (rows, office) = tenant
            .read(|t| Ok::<_, store::Error>((t.mails_to_send(100)?, t.office("")?)))
            .await?;
        let reply_to = office.and_then(|o| o["email"].as_str().and_then(|e| e.parse().ok()));
        let mut failed = 0;
        for row in rows {
            let id = row.id.clone();
            let sent = match message(&smtp, &row, tenant.id().as_str(), reply_to.clone()) {
                Ok(message) => smtp
                    .transport
                    .send(message)
                    .await
                    .map(|_| ())
                    .map_err(anyhow::Error::from),
                Err(e) => Err(e),
            };
            let now = (self.clock)();
            match sent {
                Ok(()) => tenant.write(move |t| t.mail_sent(&id, now)).await?,
                Err(_) => {
                    failed += 1;
                    tenant.write(move |t| t.mail_failed(&id)).await?;
                }
            }
        }
        if failed > 0 {
            anyhow::bail!("{failed} mails could not be sent");
        }
        Ok(())
    }
}
