//! More than three hundred hostile files, made from a seed, and a hundred honest ones. None of the first is taken, each for
//! a reason that is known beforehand; none of the second is refused.

mod honest;
mod hostile;
mod pdf;
mod scanned;

use papers::{Kind, Refusal, look};

/// Another number makes other files of the same kinds.
const SEED: u64 = 20_261_130;

/// A file and what is to be said of it.
struct Sample {
    name: String,
    bytes: Vec<u8>,
    says: Result<Kind, Refusal>,
}

fn wrong(samples: &[Sample]) -> Vec<String> {
    let told = |s: &Sample| (look(&s.bytes), s.says);
    samples
        .iter()
        .filter(|s| told(s).0 != told(s).1)
        .map(|s| format!("{}: {:?} instead of {:?}", s.name, told(s).0, s.says))
        .collect()
}

#[test]
fn no_hostile_file_is_taken() {
    let samples = hostile::all(SEED);
    assert!(samples.len() >= 300, "{}", samples.len());
    assert!(samples.iter().all(|s| s.says.is_err()));
    let wrong = wrong(&samples);
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        samples.len(),
        wrong.join("\n")
    );
    println!("{} feindliche Dateien, keine angenommen", samples.len());
}

#[test]
fn no_honest_file_is_refused() {
    let samples = honest::all(SEED);
    assert!(samples.len() >= 100, "{}", samples.len());
    let wrong = wrong(&samples);
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        samples.len(),
        wrong.join("\n")
    );
    println!("{} ehrliche Dateien, keine abgelehnt", samples.len());
}
