//! Puts the parts together: store, services, register, press, worker and router. The only place that
//! knows all of them. No behaviour of its own.

use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use exchange::Register;
use jobs::{Mailer, Worker};
use letters::{LetterJob, Press};
use store::{Services, Store};
use web::limits::Limits;
use web::page::{InfoTexts, UiTexts};
use web::state::{App, Clock, Inner, WebConfig};

use crate::shipped::Shipped;

/// What has to be decided before the parts fit together.
pub struct Plan {
    pub store: Store,
    pub register: Register,
    pub press: Press,
    pub inspector: papers::Inspector,
    pub mailer: Mailer,
    pub clock: Clock,
    pub demo: bool,
    pub base_url: String,
    pub secure_cookies: bool,
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Who answers for the pages that belong to no place.
    pub operator: domain::office::Office,
    pub limits: Limits,
    pub backup: Option<store::backup::BackupPlan>,
    /// Vouches for clerks.
    pub provider: Option<web::identity::Provider>,
    /// Vouch for applicants.
    pub vouchers: Vec<web::account::vouch::Voucher>,
}

/// The running parts.
pub struct Town {
    pub app: App,
    pub worker: Worker,
}

/// Mark of this build, in the addresses of styles and scripts.
const BUILD: &str = env!("CARGO_PKG_VERSION");

/// Publishes the shipped services and wires everything.
///
/// # Errors
/// Shipped files that do not fit: one sentence with file and place.
pub async fn wire(plan: Plan, shipped: &Shipped) -> Result<Town> {
    let now = plan.clock.now();
    let Shipped { files, loaded } = shipped;
    let region = loaded.catalog.region.clone();
    let services = Services::publish(plan.store.shared(), files, loaded, now).await?;
    let texts = UiTexts::load(files).map_err(|e| anyhow!(e))?;
    let pages = web::page::environment(files, &texts).map_err(|e| anyhow!(e))?;
    let template = files
        .get("templates/letters/application.typ")
        .and_then(|b| String::from_utf8(b.clone()).ok())
        .context("templates/letters/application.typ fehlt.")?;
    let register = Arc::new(plan.register);
    let press = plan.press.clone();
    let clock = plan.clock.clone();
    let condition = jobs::Condition::default();
    let reported = condition.clone();
    let app = App {
        inner: Arc::new(Inner {
            config: WebConfig {
                demo: plan.demo,
                base_url: plan.base_url.clone(),
                secure_cookies: plan.secure_cookies,
                // Whoever tries the demo out has no telephone at hand that knows its accounts.
                second_factor: !plan.demo,
                trusted_proxies: plan.trusted_proxies,
                operator: plan.operator,
                build: BUILD,
                demo_logins: if plan.demo { crate::demo::logins()? } else { Vec::new() },
                application_template: template,
                backup: plan.backup.clone(),
            },
            clock: plan.clock.clone(),
            info: InfoTexts::load(files).map_err(|e| anyhow!(e))?,
            texts,
            press: handle(plan.press, plan.clock.clone()),
            inspector: plan.inspector,
            provider: plan.provider,
            passkeys: web::passkey::checker(&plan.base_url),
            limits: plan.limits,
            condition: web::state::Condition(Arc::new(move || {
                let report = reported.report();
                (report.worker != "stopped", serde_json::json!(report))
            })),
            work: web::work::Work::default(),
            schemas: web::api::SchemaCache::default(),
        }),
        store: plan.store.clone(),
        services: services.clone(),
        register: register.clone(),
        region: region.clone(),
        bundle: Arc::new(schema::bundle::Offers::load(files).map_err(|e| anyhow!(e))?),
        savings: Arc::new(web::cockpit::savings::Savings::load(files).map_err(|e| anyhow!(e))?),
        bundles: Arc::new(schema::bundle::Bundle::load(files).map_err(|e| anyhow!(e))?),
        vouchers: Arc::new(plan.vouchers),
        pages: Arc::new(pages),
    };
    let worker = Worker {
        store: plan.store,
        services,
        register,
        region,
        press,
        mailer: plan.mailer,
        clock: Arc::new(move || clock.now()),
        base_url: plan.base_url,
        backup: plan.backup,
        condition,
    };
    Ok(Town { app, worker })
}

/// The press as the pages see it: JSON in, PDF or SVG out.
fn handle(press: Press, clock: Clock) -> web::state::Press {
    let code = |payment| letters::payment_code(&serde_json::from_value(payment).ok()?).ok();
    let print = move |job| {
        let (press, clock) = (press.clone(), clock.clone());
        Box::pin(async move {
            let job: LetterJob = serde_json::from_value(job).map_err(|e| e.to_string())?;
            press
                .print(job, clock.now().as_second())
                .await
                .map_err(|e| e.to_string())
        }) as std::pin::Pin<Box<dyn Future<Output = _> + Send>>
    };
    web::state::Press {
        print: Arc::new(print),
        code: Arc::new(code),
        picture: |text| letters::code_picture(text).ok(),
    }
}
