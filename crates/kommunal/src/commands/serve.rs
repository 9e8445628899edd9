//! `kommunal serve` and `kommunal worker`: opens the data, wires the parts, listens until told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use exchange::Register;
use jobs::Mailer;
use kommunal::config::{AccountOidc, Config};
use kommunal::demo;
use kommunal::shipped::Shipped;
use kommunal::wiring::{Plan, Town, wire};
use letters::Press;
use web::account::vouch::Voucher;
use web::identity::{Provider, ProviderConfig};
use web::limits::Limits;
use web::state::Clock;

use super::data::{Data, open, open_existing};

#[derive(clap::Args)]
pub struct Serve {
    #[command(flatten)]
    data: Data,
    /// Adresse, an der die Seiten erreichbar sind
    #[arg(long, value_name = "ADRESSE")]
    listen: Option<String>,
    /// Vorführung mit etwa dreißig Orten und Beispielwerten
    #[arg(long)]
    demo: bool,
    /// Ohne Arbeiter; dann läuft `kommunal worker` daneben
    #[arg(long)]
    no_worker: bool,
    /// `off` schaltet Grenzen für Lasttests ab; nur auf diesem Rechner selbst
    #[arg(long, value_name = "on|off", default_value = "on")]
    limits: String,
}

#[derive(clap::Args)]
pub struct WorkerCommand {
    #[command(flatten)]
    data: Data,
}

async fn town(config: &Config, base_url: &str, demo: bool, limits: Limits) -> Result<Town> {
    let shipped = Shipped::read();
    let register = Register::open(Some(&config.data), &shipped.files)?;
    let exe = std::env::current_exe().context("Der Pfad des Programms ist unbekannt.")?;
    let plan = Plan {
        store: open(config).await?,
        register,
        inspector: papers::Inspector::child(exe.clone()).with(config.clamd.clone()),
        press: Press::child(exe),
        mailer: mailer(config)?,
        clock: Clock::System,
        demo,
        base_url: base_url.to_owned(),
        secure_cookies: base_url.starts_with("https://"),
        trusted_proxies: config.trusted_proxies.clone(),
        operator: config.operator.clone(),
        limits,
        backup: config.backup(),
        provider: provider(config)?,
        vouchers: vouchers(config)?,
    };
    wire(plan, &shipped).await
}

/// Who vouches for clerks, by the settings.
fn provider(config: &Config) -> Result<Option<Provider>> {
    let provider = config.oidc.as_ref().map(|oidc| {
        Provider::new(ProviderConfig {
            name: oidc.name.clone(),
            issuer: oidc.issuer.clone(),
            client_id: oidc.client_id.clone(),
            client_secret: oidc.client_secret.0.clone(),
            acr: oidc.acr.clone(),
            scopes: Vec::new(),
            claims: false,
        })
    });
    provider.transpose().map_err(|e| anyhow::anyhow!("oidc: {e}"))
}

/// Who vouch for applicants, by the settings.
fn vouchers(config: &Config) -> Result<Vec<Voucher>> {
    let voucher = |oidc: &AccountOidc| {
        let provider = Provider::new(ProviderConfig {
            name: oidc.name.clone(),
            issuer: oidc.issuer.clone(),
            client_id: oidc.client_id.clone(),
            client_secret: oidc.client_secret.0.clone(),
            acr: Vec::new(),
            scopes: oidc.scopes.clone(),
            claims: !oidc.claims.is_empty(),
        });
        Ok(Voucher {
            id: oidc.id,
            organisation: oidc.id == "organisation",
            provider: provider.map_err(|e| anyhow::anyhow!("oidc_{}: {e}", oidc.id))?,
            levels: oidc.levels.clone(),
            claims: oidc.claims.clone(),
        })
    };
    config.account_oidc.iter().map(voucher).collect()
}

/// SMTP by the settings; without them mails stay in the outbox.
fn mailer(config: &Config) -> Result<Mailer> {
    let Some(smtp) = &config.smtp else {
        return Ok(Mailer::outbox_only());
    };
    Mailer::smtp(&jobs::SmtpConfig {
        host: smtp.host.clone(),
        port: smtp.port,
        user: smtp.user.clone(),
        password: smtp.password.as_ref().map(|p| p.0.clone()),
        from: smtp.from.clone(),
        security: smtp.security.clone(),
        time: jobs::SMTP_TIME,
    })
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn logging(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log).unwrap_or_else(|_| "warn".into());
    drop(
        tracing_subscriber::fmt()
            .json()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .try_init(),
    );
}

impl Serve {
    pub fn run(self) -> Result<()> {
        let config = self.data.config()?;
        logging(&config);
        runtime()?.block_on(self.serve(&config))
    }

    async fn serve(self, config: &Config) -> Result<()> {
        let listen_at = self.listen.clone().unwrap_or_else(|| config.listen.clone());
        let listener = tokio::net::TcpListener::bind(&listen_at).await.with_context(|| {
            format!("An {listen_at} kann das Programm nicht lauschen. Ist die Adresse frei und gültig?")
        })?;
        let address = listener.local_addr()?;
        let limits = match self.limits.as_str() {
            "on" => Limits::default(),
            "off" if address.ip().is_loopback() => Limits::off(),
            "off" => bail!("--limits off geht nur an einer Adresse dieses Rechners, zum Beispiel 127.0.0.1:8080."),
            other => bail!("--limits kennt on und off, nicht „{other}“."),
        };
        let host = if address.ip().is_loopback() {
            format!("localhost:{}", address.port())
        } else {
            address.to_string()
        };
        let base_url = config.base_url.clone().unwrap_or_else(|| format!("http://{host}"));
        let Town { app, worker } = town(config, &base_url, self.demo, limits).await?;
        if self.demo {
            demo::may_seed(&app).await?;
            demo::seed(&app).await?;
            announce(&base_url)?;
        }
        let no_worker = self.no_worker;
        let work = async move {
            if no_worker {
                std::future::pending::<()>().await;
            }
            tokio::spawn(worker.run()).await
        };
        tokio::select! {
            () = listen(listener, web::router(app)) => Ok(()),
            // Its parts are started again when they break off; this is the last resort.
            _ = work => bail!("Der Arbeiter ist stehen geblieben, Briefe und Mails gehen nicht mehr hinaus. Starten Sie den Dienst neu."),
        }
    }
}

impl WorkerCommand {
    pub fn run(self) -> Result<()> {
        let config = self.data.config()?;
        logging(&config);
        runtime()?.block_on(async move {
            let base_url = config
                .base_url
                .clone()
                .unwrap_or_else(|| format!("http://{}", config.listen));
            // On a server the hosts may start in any order; whether its tables are there is told by opening it.
            if config.database.is_none() {
                open_existing(&config).await?;
            }
            let Town { worker, .. } = town(&config, &base_url, false, Limits::default()).await?;
            tokio::select! {
                () = worker.run() => {}
                () = stop_signal() => {}
            }
            Ok(())
        })
    }
}

/// Accepts until a signal; begun answers are finished, at most for ten seconds. Half-sent headers are
/// dropped after ten, so that slow clients hold no place.
async fn listen(listener: tokio::net::TcpListener, router: axum::Router) {
    use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
    use hyper_util::server::conn::auto::Builder;
    use hyper_util::server::graceful::GracefulShutdown;
    use hyper_util::service::TowerToHyperService;

    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(10));
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(Duration::from_secs(30)));
    let builder = Arc::new(builder);
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop_signal());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        drop(stream.set_nodelay(true));
        let service = router
            .clone()
            .layer(axum::Extension(axum::extract::ConnectInfo::<SocketAddr>(peer)));
        let connection = builder
            .serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service))
            .into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            drop(connection.await);
        });
    }
    drop(tokio::time::timeout(Duration::from_secs(10), graceful.shutdown()).await);
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
}

/// What a person needs to try the demo.
fn announce(base_url: &str) -> Result<()> {
    let mut text = format!(
        "\nKommunal-Cloud läuft.\n\n  Startseite        {base_url}/\n  Nobitz            {base_url}/nobitz\n  Sachbearbeitung   {base_url}/amt/anmelden\n  Gesendete Mails   {base_url}/vorfuehrung/post\n\nKonten der Vorführung\n"
    );
    for login in demo::logins()? {
        text.push_str(&format!(
            "  {:<34} {:<36} {}\n",
            format!("{} ({})", login.name, login.office.replace("Landratsamt", "LRA")),
            login.email,
            login.password
        ));
    }
    text.push_str("\nBeenden mit Strg+C.\n");
    super::print_bytes(text.as_bytes())
}
