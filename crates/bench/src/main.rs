//! `make bench`: how fast the product is, beside what the same machine could do at most. Starts the release binary on
//! loopback, drives it from the other core and prints one table; docs/performance.md says how to read it.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};

mod cockpit;
mod form;
mod http;
mod load;
mod machine;
mod postgres;
mod raw;
mod report;
mod rounds;
mod server;
mod visitor;

use machine::Cores;
use rounds::{Bench, Size};

#[derive(Parser)]
#[command(about = "Misst, wie schnell das Programm ist, neben dem, was die Maschine höchstens kann.")]
struct Args {
    #[command(subcommand)]
    part: Option<Part>,
    /// Nur kurz, ohne PostgreSQL: zeigt, dass die Messung noch läuft
    #[arg(long)]
    quick: bool,
    /// Ordner für alles, was die Messung schreibt; auf einer echten Platte
    #[arg(long, value_name = "ORDNER")]
    folder: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Part {
    /// Treibt einen Server, der schon läuft, mit einem Teil allein: um ihn dabei zu untersuchen (perf)
    Drive {
        /// page, save, journey, short oder api
        act: visitor::Act,
        port: u16,
        #[arg(long, default_value_t = 8)]
        visitors: usize,
        #[arg(long, default_value_t = 10.0)]
        seconds: f64,
    },
    // Raw limits, each in a process of its own.
    #[command(hide = true)]
    Empty { size: usize, port: u16 },
    #[command(hide = true)]
    Commits { file: PathBuf, seconds: f64 },
    #[command(hide = true)]
    Letter { seconds: f64 },
}

fn main() -> Result<()> {
    let args = Args::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    match args.part {
        Some(Part::Empty { size, port }) => raw::empty(size, port),
        Some(Part::Commits { file, seconds }) => {
            print(&raw::commits(&file, Duration::from_secs_f64(seconds))?.to_string())
        }
        Some(Part::Letter { seconds }) => print(&raw::letters(&root, Duration::from_secs_f64(seconds))?.to_string()),
        Some(Part::Drive {
            act,
            port,
            visitors,
            seconds,
        }) => drive(&root, act, port, visitors, Duration::from_secs_f64(seconds)),
        None => measure(&root, args.quick, args.folder),
    }
}

fn print(text: &str) -> Result<()> {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{text}").context("Ausgabe")
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing is decided here: the form's day has to be one to come"
)]
fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date()
}

fn local<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, work)
}

fn drive(root: &Path, act: visitor::Act, port: u16, visitors: usize, time: Duration) -> Result<()> {
    let measure = local(async {
        let form = Rc::new(form::Form::walk(root, port, today()).await?);
        load::load(act, visitors, time, (0, port), &form).await
    })?;
    print(&format!(
        "{:.0} je Sekunde, p50 {:.2} ms, p99 {:.2} ms",
        measure.rate, measure.p50, measure.p99
    ))
}

fn measure(root: &Path, quick: bool, folder: Option<PathBuf>) -> Result<()> {
    let own = std::env::current_exe()?;
    let program = own.with_file_name("kommunal");
    if !program.exists() {
        bail!(
            "{} fehlt. Bauen Sie beides: cargo build --release --locked -p kommunal -p bench",
            program.display()
        );
    }
    let folder = folder.unwrap_or_else(|| own.with_file_name("../bench"));
    rounds::clear(&folder)?;
    let machine = machine::describe();
    let mut notes = Vec::new();
    let cores = if quick { Cores::Free } else { Cores::take() };
    if cores == Cores::Free {
        notes.push("Server und Treiber teilen sich die Kerne: taskset fehlt, oder es gibt nur einen Kern.".to_owned());
    }
    if cfg!(debug_assertions) {
        notes.push("Das ist die Fassung für die Entwicklung: Die Zahlen sagen nichts.".to_owned());
    }
    let bench = Bench {
        root: root.to_owned(),
        program,
        folder: folder.canonicalize()?,
        cores,
        size: if quick { Size::quick() } else { Size::whole() },
        today: today(),
    };
    local(async {
        let (mut sqlite, form) = bench.sqlite().await?;
        bench.cockpit(&mut sqlite).await?;
        let postgres = if quick { None } else { bench.postgres(&form).await? };
        if postgres.is_none() {
            notes.push("PostgreSQL ist nicht gemessen.".to_owned());
        }
        print(&report::report(
            &machine,
            &notes,
            &form,
            &sqlite,
            postgres.as_ref(),
            &bench.size,
        ))
    })
}
