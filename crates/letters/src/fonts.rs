//! The fonts of all letters, carried by the binary: Fira Sans (OFL), and DejaVu Sans (free, after
//! Bitstream Vera) for the letters of names that Fira lacks. Together they cover every Latin letter
//! of DIN 91379, Greek and Cyrillic.

use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

static FILES: [&[u8]; 3] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/regular.ttf")),
    include_bytes!(concat!(env!("OUT_DIR"), "/semibold.ttf")),
    include_bytes!(concat!(env!("OUT_DIR"), "/fallback.ttf")),
];

pub(crate) struct Fonts {
    pub(crate) book: LazyHash<FontBook>,
    pub(crate) fonts: Vec<Font>,
}

/// Read once per process.
pub(crate) static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let fonts: Vec<Font> = FILES.iter().flat_map(|file| Font::iter(Bytes::new(*file))).collect();
    Fonts {
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
    }
});

/// Whether a letter has a picture in our fonts.
pub(crate) fn covers(c: char) -> bool {
    // Regular and fallback: what only the bold face had would vanish in the text.
    [0, 2]
        .into_iter()
        .filter_map(|i| FONTS.fonts.get(i))
        .any(|font| font.info().coverage.contains(u32::from(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_files_are_fonts() {
        let families: Vec<_> = FONTS.fonts.iter().map(|f| f.info().family.clone()).collect();
        assert_eq!(families, ["Fira Sans", "Fira Sans", "DejaVu Sans"]);
    }

    #[test]
    fn latin_names_of_europe_have_their_letters() {
        for c in "ÄÖÜäöüßẞąćęłńśźżčďěňřšťůžșțğışøåæþðŁĐḌḥṣṭẒβДж€§„“–□".chars()
        {
            assert!(covers(c), "{c}");
        }
        assert!(!covers('🔥'));
    }
}
