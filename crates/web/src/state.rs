//! What every handler works with, wired once by the binary. No logic.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use exchange::Register;
use jiff::Timestamp;
use schema::Region;
use store::{Services, Store};

use crate::api::SchemaCache;
use crate::limits::Limits;
use crate::page::{InfoTexts, UiTexts};
use crate::work::Work;

/// Where the time comes from: the system, or a test's own clock in epoch seconds.
#[derive(Debug, Clone)]
pub enum Clock {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of the web crate that reads the clock"
    )]
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Fixed(seconds) => {
                Timestamp::from_second(seconds.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
            }
        }
    }
}

type PressFn = dyn Fn(serde_json::Value) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>> + Send + Sync;

type CodeFn = dyn Fn(serde_json::Value) -> Option<String> + Send + Sync;

/// Makes a PDF from a letter job (JSON), and a payment's code (JSON) as SVG. The PDF engine lives in another crate and
/// process.
#[derive(Clone)]
pub struct Press {
    pub print: Arc<PressFn>,
    pub code: Arc<CodeFn>,
    /// Any text as a code.
    pub picture: fn(&str) -> Option<String>,
}

impl Press {
    pub async fn print(&self, job: serde_json::Value) -> Result<Vec<u8>, String> {
        (self.print)(job).await
    }

    /// A text to photograph, as SVG; none where it is too long.
    pub fn picture(&self, text: &str) -> Option<String> {
        (self.picture)(text)
    }

    /// The code that a banking app reads; none where the payment makes none.
    pub fn payment_code(&self, payment: &serde_json::Value) -> Option<String> {
        (self.code)(payment.clone())
    }
}

impl std::fmt::Debug for Press {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Press")
    }
}

type ConditionFn = dyn Fn() -> (bool, serde_json::Value) + Send + Sync;

/// How the worker fares: whether all is well, and numbers for `/health`. The worker is another crate's.
#[derive(Clone)]
pub struct Condition(pub Arc<ConditionFn>);

impl std::fmt::Debug for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Condition")
    }
}

/// What the operator sets.
#[derive(Debug, Clone)]
pub struct WebConfig {
    pub demo: bool,
    /// `https://kommunal.example`, without a slash at the end.
    pub base_url: String,
    pub secure_cookies: bool,
    /// Every account of every authority needs a second factor; else only where its lead says so.
    pub second_factor: bool,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    pub build: &'static str,
    /// Lines of the demo page: who may log in with which password.
    pub demo_logins: Vec<DemoLogin>,
    /// Typst source of the printable application.
    pub application_template: String,
    /// Who answers for the pages that belong to no place, unless an authority of the state does.
    pub operator: domain::office::Office,
    /// Where backups go and how old one may be; `None`: nobody said.
    pub backup: Option<store::backup::BackupPlan>,
}

#[derive(Debug, Clone, serde::Serialize)]
pub struct DemoLogin {
    pub name: String,
    pub office: String,
    pub email: String,
    pub password: String,
}

#[derive(Debug)]
pub struct Inner {
    pub config: WebConfig,
    pub clock: Clock,
    pub texts: UiTexts,
    pub info: InfoTexts,
    pub press: Press,
    /// Looks through files that people hand in.
    pub inspector: papers::Inspector,
    /// Vouches for clerks; `None`: there is none.
    pub provider: Option<crate::identity::Provider>,
    /// Checks passkeys; `None` where the address has no name.
    pub passkeys: Option<webauthn_rs::Webauthn>,
    pub limits: Limits,
    pub condition: Condition,
    pub work: Work,
    /// Schemas with examples, drawn once a day.
    pub schemas: SchemaCache,
}

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub inner: Arc<Inner>,
    pub store: Store,
    pub services: Services,
    pub register: Arc<Register>,
    pub region: Arc<Region>,
    pub bundle: Arc<schema::bundle::Offers>,
    /// What authorities take online together.
    pub bundles: Arc<Vec<schema::bundle::Bundle>>,
    /// What an online application saves, by assumption.
    pub savings: Arc<crate::cockpit::savings::Savings>,
    /// Vouch for applicants.
    pub vouchers: Arc<Vec<crate::account::vouch::Voucher>>,
    pub pages: Arc<minijinja::Environment<'static>>,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl App {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
    pub fn today(&self) -> jiff::civil::Date {
        domain::date_of(self.now())
    }
}
