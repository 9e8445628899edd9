//! `kommunal serve` and `kommunal worker`: opens the data, wires the parts, listens until told to stop.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use exchange::Register;
use jobs::Mailer;
use kommunal::wiring::{Plan, Town, wire};
use kommunal::{demo, shipped};
use letters::Press;
use store::{Entropy, RootKey, Store, StoreConfig};
use web::limits::Limits;
use web::state::Clock;

/// Where the data are and how they are opened.
#[derive(Debug, Clone, clap::Args)]
pub struct Data {
    /// Ordner der Daten
    #[arg(long, value_name = "ORDNER", env = "KOMMUNAL_DATA", default_value = "data")]
    pub data: PathBuf,
    /// PostgreSQL statt Dateien: postgres://…
    #[arg(long, value_name = "ADRESSE", env = "KOMMUNAL_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
    /// Datei mit dem Hauptschlüssel; ohne Angabe neben dem Ordner der Daten: ORDNER.schluessel
    #[arg(long, value_name = "DATEI", env = "KOMMUNAL_ROOT_KEY_FILE")]
    pub root_key_file: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct Serve {
    #[command(flatten)]
    data: Data,
    /// Adresse, an der die Seiten erreichbar sind
    #[arg(long, value_name = "ADRESSE", env = "KOMMUNAL_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Adresse für Links in Mails und Briefen; ohne Angabe http://LISTEN
    #[arg(long, value_name = "URL", env = "KOMMUNAL_BASE_URL")]
    base_url: Option<String>,
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
    /// Adresse für Links in Mails und Briefen
    #[arg(long, value_name = "URL", env = "KOMMUNAL_BASE_URL", default_value = "http://localhost:8080")]
    base_url: String,
}

/// The root key: beside the data, never in it.
fn root_key(data: &Data, entropy: &Entropy) -> Result<RootKey> {
    let path = data.root_key_file.clone().unwrap_or_else(|| beside(&data.data));
    // A new key for old data would lock everything away.
    let fresh = !data.data.join("shared.db").exists() && data.database.is_none();
    if fresh { Ok(RootKey::load_or_create(&path, entropy)?) } else { Ok(RootKey::load(&path)?) }
}

fn beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_os_string();
    name.push(".schluessel");
    data.with_file_name(name)
}

async fn open(data: &Data) -> Result<Store> {
    let entropy = Entropy::System;
    let root = match &data.database {
        // The first start with a new database makes the key as well.
        Some(_) => RootKey::load_or_create(&data.root_key_file.clone().unwrap_or_else(|| beside(&data.data)), &entropy)?,
        None => root_key(data, &entropy)?,
    };
    Ok(Store::open(StoreConfig { data: data.data.clone(), database: data.database.clone(), root, entropy }).await?)
}

async fn town(data: &Data, base_url: &str, demo: bool, limits: Limits) -> Result<Town> {
    let files = shipped::files();
    let register = Register::open(Some(&data.data), &files)?;
    let exe = std::env::current_exe().context("Der Pfad des Programms ist unbekannt.")?;
    let plan = Plan {
        store: open(data).await?,
        register,
        press: Press::child(exe),
        mailer: mailer()?,
        clock: Clock::System,
        demo,
        base_url: base_url.trim_end_matches('/').to_owned(),
        secure_cookies: base_url.starts_with("https://"),
        limits,
    };
    wire(plan, &files).await
}

/// SMTP from the environment; without it mails stay in the outbox.
fn mailer() -> Result<Mailer> {
    let get = |name: &str| std::env::var(format!("KOMMUNAL_SMTP_{name}")).ok().filter(|v| !v.is_empty());
    let Some(host) = get("HOST") else { return Ok(Mailer::outbox_only()) };
    let port = get("PORT").map_or(Ok(587), |p| p.parse()).context("KOMMUNAL_SMTP_PORT ist keine Zahl.")?;
    Mailer::smtp(&jobs::SmtpConfig {
        host,
        port,
        user: get("USER"),
        password: get("PASSWORD"),
        from: get("FROM").context("KOMMUNAL_SMTP_FROM fehlt: die Anschrift, von der Mails kommen.")?,
        security: get("SECURITY").unwrap_or_else(|| "starttls".into()),
    })
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("KOMMUNAL_LOG").unwrap_or_else(|_| "warn,kommunal=info,web=info,jobs=info,store=info".into());
    drop(tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init());
}

impl Serve {
    pub fn run(self) -> Result<()> {
        logging();
        runtime()?.block_on(self.serve())
    }

    async fn serve(self) -> Result<()> {
        let listener = tokio::net::TcpListener::bind(&self.listen)
            .await
            .with_context(|| format!("An {} kann das Programm nicht lauschen. Ist die Adresse frei und gültig?", self.listen))?;
        let address = listener.local_addr()?;
        let limits = match self.limits.as_str() {
            "on" => Limits::default(),
            "off" if address.ip().is_loopback() => Limits::off(),
            "off" => bail!("--limits off geht nur an einer Adresse dieses Rechners, zum Beispiel 127.0.0.1:8080."),
            other => bail!("--limits kennt on und off, nicht „{other}“."),
        };
        let base_url = self.base_url.clone().unwrap_or_else(|| format!("http://{}", if address.ip().is_loopback() { format!("localhost:{}", address.port()) } else { address.to_string() }));
        let Town { app, worker } = town(&self.data, &base_url, self.demo, limits).await?;
        if self.demo {
            demo::seed(&app).await?;
            announce(&base_url)?;
        }
        let work = (!self.no_worker).then(|| tokio::spawn(worker.run()));
        listen(listener, web::router(app)).await;
        if let Some(work) = work {
            work.abort();
        }
        Ok(())
    }
}

impl WorkerCommand {
    pub fn run(self) -> Result<()> {
        logging();
        runtime()?.block_on(async move {
            let Town { worker, .. } = town(&self.data, &self.base_url, false, Limits::default()).await?;
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
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(10));
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(Duration::from_secs(30)));
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
        let service = router.clone().layer(axum::Extension(axum::extract::ConnectInfo::<SocketAddr>(peer)));
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned();
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
    let mut text = format!("\nKommunal-Cloud läuft.\n\n  Startseite        {base_url}/\n  Nobitz            {base_url}/nobitz\n  Sachbearbeitung   {base_url}/amt/anmelden\n  Gesendete Mails   {base_url}/vorfuehrung/post\n\nKonten der Vorführung\n");
    for login in demo::logins()? {
        text.push_str(&format!("  {:<34} {:<36} {}\n", format!("{} ({})", login.name, login.office.replace("Landratsamt", "LRA")), login.email, login.password));
    }
    text.push_str("\nBeenden mit Strg+C.\n");
    super::print_bytes(text.as_bytes())
}
