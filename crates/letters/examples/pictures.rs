//! Sets every sample letter as PDF and, where poppler's `pdftoppm` is there, each page as PNG:
//! `cargo run -p letters --example pictures -- OUTDIR`.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

#[path = "../../../tests/letters/samples.rs"]
mod samples;

fn main() -> ExitCode {
    let Some(out) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("Nennen Sie einen Ordner für die Bilder: cargo run -p letters --example pictures -- ORDNER");
        return ExitCode::from(2);
    };
    match draw(&out) {
        Ok(count) => {
            println!("{count} Briefe in {}", out.display());
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn draw(out: &PathBuf) -> Result<usize, String> {
    std::fs::create_dir_all(out).map_err(|e| format!("Der Ordner {} lässt sich nicht anlegen: {e}", out.display()))?;
    let letters = samples::all();
    let mut can_draw = true;
    for (service, kind) in &letters {
        let name = format!("{service}-{}", kind.as_str());
        let pdf = letters::compile(&samples::job(*kind, service), samples::NOW).map_err(|e| format!("{name}: {e}"))?;
        let path = out.join(&name).with_extension("pdf");
        std::fs::write(&path, pdf).map_err(|e| format!("{}: {e}", path.display()))?;
        if can_draw {
            let drawn = Command::new("pdftoppm")
                .args(["-r", "96", "-png"])
                .arg(&path)
                .arg(out.join(&name))
                .status();
            can_draw = drawn.is_ok_and(|status| status.success());
            if !can_draw {
                eprintln!("Ohne Bilder: pdftoppm aus poppler-utils fehlt oder scheitert.");
            }
        }
    }
    Ok(letters.len())
}
