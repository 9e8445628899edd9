//! The commands, one file each, and what they share: reading a date, writing to the terminal.

mod audit;
mod authority;
mod backup;
mod carry;
mod check;
mod config;
mod data;
mod deadline;
mod demand;
mod doctor;
mod hand_over;
mod key_source;
mod keys;
mod made_up;
mod merge;
mod migrate;
mod privacy;
mod receipt;
mod register;
mod route;
mod sample;
mod serve;
mod service;

use std::io::Write as _;

use anyhow::Context as _;
use jiff::civil::Date;

/// What the program can do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Verzeichnis der Gemeinden: einlesen, ausgeben, nachschlagen
    #[command(subcommand)]
    Register(register::Command),
    /// Zeigt, welches Amt für einen Dienst an einem Ort entscheidet
    Route(route::Route),
    /// Rechnet eine Frist aus
    Deadline(deadline::Deadline),
    /// Ämter: aufnehmen, mitnehmen, zusammenlegen, löschen
    #[command(subcommand)]
    Authority(authority::Command),
    /// Briefe an Ämter ohne Konto: wie viele Anträge dort noch auf Papier gehen
    Demand(demand::Demand),
    /// Hauptschlüssel: anlegen, wechseln, ansehen
    #[command(subcommand)]
    Keys(keys::Command),
    /// Protokoll prüfen
    #[command(subcommand)]
    Audit(audit::Command),
    /// Quittungen prüfen
    #[command(subcommand)]
    Receipt(receipt::Command),
    /// Datenschutz: Verzeichnis der Verarbeitungstätigkeiten
    #[command(subcommand)]
    Privacy(privacy::Command),
    /// Prüft alle Leistungen, Felder, Regionen und Texte
    Check(check::Check),
    /// Versionen der Leistungen: einreichen, vergleichen, zurückziehen
    #[command(subcommand)]
    Service(service::Command),
    /// Erzeugt Beispielantworten aus Formular, Regeln und Werten
    Sample(sample::Sample),
    /// Einstellungen des Betreibers
    #[command(subcommand)]
    Config(config::Command),
    /// Startet die Seiten und den Arbeiter
    Serve(serve::Serve),
    /// Startet nur den Arbeiter: Briefe, Mails, Weitergaben
    Worker(serve::WorkerCommand),
    /// Sieht nach, ob eine Einrichtung ist, wie sie sein soll; ändert nichts
    Doctor(doctor::Doctor),
    /// Sichert alles, während der Dienst läuft (Dateien; PostgreSQL siehe docs/operation.md)
    Backup(backup::Backup),
    /// Spielt eine Sicherung zurück: alles in einen leeren Ordner, oder ein Amt, während die anderen arbeiten
    Restore(backup::Restore),
    /// Spielt die neueste Sicherung zur Probe zurück und prüft sie
    Drill(backup::Drill),
    /// Bringt die Tabellen auf den Stand dieses Programms
    Migrate(migrate::Migrate),
    /// Zählt ausgedachte Vorgänge: nur für Messungen und Vorführungen
    #[command(hide = true)]
    MadeUp(made_up::MadeUp),
    /// Setzt Briefe; wird vom Dienst selbst gestartet
    #[command(hide = true)]
    Letters,
    /// Sieht eine Datei durch; wird vom Dienst selbst gestartet
    #[command(hide = true)]
    Inspect,
}

impl Command {
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Command::Register(command) => command.run(),
            Command::Route(command) => command.run(),
            Command::Deadline(command) => command.run(),
            Command::Authority(command) => command.run(),
            Command::Demand(command) => serve::runtime()?.block_on(command.run()),
            Command::Keys(command) => command.run(),
            Command::Audit(command) => command.run(),
            Command::Receipt(command) => command.run(),
            Command::Privacy(command) => command.run(),
            Command::Check(command) => command.run(),
            Command::Service(command) => serve::runtime()?.block_on(command.run()),
            Command::Sample(command) => command.run(),
            Command::Config(command) => command.run(),
            Command::Serve(command) => command.run(),
            Command::Worker(command) => command.run(),
            Command::Doctor(command) => command.run(),
            Command::Backup(command) => serve::runtime()?.block_on(command.run()),
            Command::Restore(command) => serve::runtime()?.block_on(command.run()),
            Command::Drill(command) => serve::runtime()?.block_on(command.run()),
            Command::Migrate(command) => command.run(),
            Command::MadeUp(command) => command.run(),
            Command::Letters => Ok(letters::child_main()?),
            Command::Inspect => Ok(papers::child_main()?),
        }
    }
}

/// A day as people type it: `2026-11-24` or `24.11.2026`.
fn day(text: &str) -> Result<Date, String> {
    let german = || {
        let mut parts = text.split('.').map(|p| p.trim().parse::<i16>().ok());
        let (d, m, y) = (parts.next()??, parts.next()??, parts.next()??);
        (parts.next().is_none() && y >= 1000).then_some(())?;
        Date::new(y, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()
    };
    text.parse()
        .ok()
        .or_else(german)
        .ok_or_else(|| format!("„{text}“ ist kein Datum. Beispiel: 2026-11-24"))
}

/// The moment, for commands that run once.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of the commands that reads the clock"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Today in Germany.
fn today() -> Date {
    domain::date_of(now())
}

/// Writes JSON for people and programs to stdout.
fn print_json(value: &serde_json::Value) -> anyhow::Result<()> {
    print_bytes(format!("{value:#}\n").as_bytes())
}

/// Writes to stdout; a reader that closes early (`| head`) is no failure.
fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    match std::io::stdout().write_all(bytes) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("Die Ausgabe ließ sich nicht schreiben."),
    }
}
