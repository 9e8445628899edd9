//! Copies the letters' fonts from node_modules (exact versions in package-lock.json) to where
//! `fonts.rs` includes them, so that the binary carries them and needs no installed font.

use std::path::Path;
use std::{env, fs};

/// (file in node_modules, name in OUT_DIR)
const FONTS: [(&str, &str); 3] = [
    (
        "@expo-google-fonts/fira-sans/400Regular/FiraSans_400Regular.ttf",
        "regular.ttf",
    ),
    (
        "@expo-google-fonts/fira-sans/600SemiBold/FiraSans_600SemiBold.ttf",
        "semibold.ttf",
    ),
    ("dejavu-fonts-ttf/ttf/DejaVuSans.ttf", "fallback.ttf"),
];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    for (from, to) in FONTS {
        let from = root.join("node_modules").join(from);
        println!("cargo::rerun-if-changed={}", from.display());
        if let Err(error) = fs::copy(&from, Path::new(&out).join(to)) {
            println!(
                "cargo::error=the letters' fonts are missing: run `npm ci --ignore-scripts` in the repository's root, then build again ({}: {error})",
                from.display()
            );
            return;
        }
    }
}
