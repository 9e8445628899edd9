//! What is inside a file that somebody hands in: a PDF, JPEG or PNG that is whole, opens without a password and runs
//! nothing. Who may hand in what, sizes and names are the form's (`web::apply::upload`). Known malware
//! is found by ClamAV, where the operator runs it (`scanner.rs`); this crate itself knows none.

mod child;
mod inspector;
mod pdf;
mod picture;
mod scanner;

pub use child::child_main;
pub use inspector::Inspector;
pub use scanner::Scanner;

use serde::{Deserialize, Serialize};

/// What a file is, by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Pdf,
    Jpeg,
    Png,
}

impl Kind {
    /// Ending of its name, as services write it in `accept`.
    pub fn ending(self) -> &'static str {
        match self {
            Kind::Pdf => "pdf",
            Kind::Jpeg => "jpg",
            Kind::Png => "png",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Pdf => "application/pdf",
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
        }
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Of no kind that is taken.
    Unknown,
    /// Cannot be read to its end.
    Broken,
    /// Opens with a password only.
    Locked,
    /// Runs programs, opens other things or brings other files along.
    Active,
    /// Is another file at the same time.
    Mixed,
    /// A scanner knows it as malware.
    Malware,
    /// Far more picture than file.
    Huge,
    /// Could not be looked at in the time and memory that one file gets.
    TooMuch,
    /// Nobody could look at it just now; nothing is wrong with the file.
    NotNow,
}

/// The kind by the first bytes alone; unknown means refused.
pub fn kind(bytes: &[u8]) -> Option<Kind> {
    match infer::get(bytes)?.mime_type() {
        // Viewers look further in; what stands before it could be another file.
        "application/pdf" if bytes.starts_with(b"%PDF-") => Some(Kind::Pdf),
        "image/jpeg" => Some(Kind::Jpeg),
        "image/png" => Some(Kind::Png),
        _ => None,
    }
}

/// A photo as iPhones keep it (HEIC), by the first bytes alone: refused, but with a way on.
pub fn is_heic(bytes: &[u8]) -> bool {
    const BRANDS: [&[u8]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"];
    bytes.get(4..8) == Some(b"ftyp".as_slice()) && bytes.get(8..12).is_some_and(|brand| BRANDS.contains(&brand))
}

/// Looks through the whole file, in this process and without bounds of time: [`Inspector`] sets them.
///
/// # Errors
/// Why it is not taken.
pub fn look(bytes: &[u8]) -> Result<Kind, Refusal> {
    let kind = kind(bytes).ok_or(Refusal::Unknown)?;
    if is_archive(bytes) {
        return Err(Refusal::Mixed);
    }
    match kind {
        Kind::Pdf => pdf::look(bytes)?,
        Kind::Jpeg => picture::look_at_jpeg(bytes)?,
        Kind::Png => picture::look_at_png(bytes)?,
    }
    Ok(kind)
}

/// Does another kind of file begin here that programs look for inside of files?
fn begins_another(bytes: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 5] = [
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"%PDF-",
        b"Rar!\x1a",
        b"7z\xbc\xaf\x27\x1c",
    ];
    const WORDS: [&[u8]; 3] = [b"<script", b"<html", b"<?php"];
    let start = bytes.iter().position(|b| !b.is_ascii_whitespace() && *b != 0);
    let rest = bytes.get(start.unwrap_or(0)..).unwrap_or_default();
    rest.starts_with(b"MZ")
        || rest.starts_with(b"\x7fELF")
        || BEGINNINGS.iter().any(|b| find(bytes, b).is_some())
        || WORDS
            .iter()
            .any(|word| bytes.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word)))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|w| w == what)
}

/// Would a program for archives open this, whatever stands before? They look for the end of the directory in the last
/// 64 KB, and for the directory right before it (APPNOTE 4.3.16).
fn is_archive(bytes: &[u8]) -> bool {
    const END: usize = 22;
    let tail = bytes.len().saturating_sub(END + usize::from(u16::MAX));
    let number = |at: usize| {
        let four = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes(four.try_into().ok()?) as usize)
    };
    let ends = bytes.get(tail..).unwrap_or_default().windows(4).enumerate();
    ends.filter(|(_, w)| *w == b"PK\x05\x06").any(|(at, _)| {
        let at = tail + at;
        let directory = number(at + 12).and_then(|size| at.checked_sub(size));
        directory.is_some_and(|from| bytes.get(from..).is_some_and(|d| d.starts_with(b"PK\x01\x02")))
    })
}
