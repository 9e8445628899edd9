//! Every command line that documents, texts and messages name is one that this program understands.

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use crate::{Cli, usage};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Files below a folder whose names end so.
fn files(folder: &Path, end: &str, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, end, out);
        } else if path.to_string_lossy().ends_with(end) {
            out.push(path);
        }
    }
}

/// Lines of commands between fences: to their comment.
fn fenced(text: &str, out: &mut Vec<String>) {
    let mut inside = false;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("```") {
            inside = !inside;
        } else if inside && line.starts_with("kommunal ") {
            out.push(
                line.split("  ")
                    .next()
                    .unwrap_or(line)
                    .split(" #")
                    .next()
                    .unwrap_or(line)
                    .to_owned(),
            );
        }
    }
}

/// Commands within a sentence: between backticks or quotation marks, or after a colon to the end of the string.
fn within(text: &str, out: &mut Vec<String>) {
    for (before, end) in [
        ("`kommunal ", &['`'][..]),
        ("„kommunal ", &['“']),
        (": kommunal ", &['"', '\\', '\n', ',', ';', '.', '`']),
    ] {
        for (at, _) in text.match_indices(before) {
            let rest = &text[at + before.len()..];
            let line = rest.split(end).next().unwrap_or(rest).trim();
            // What may be left out stands in brackets.
            let line = line.split(" (").next().unwrap_or(line).replace(['[', ']'], "");
            out.push(format!("kommunal {line}"));
        }
    }
}

/// A word that stands for another.
fn stands_for(word: &str) -> bool {
    word.contains(['{', '…', '<', '|']) || word.chars().all(|c| c.is_uppercase() || "|-_".contains(c))
}

/// As a shell takes it apart, as far as documents need it.
fn words(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (n, part) in line.split('"').enumerate() {
        match n % 2 {
            1 => out.push(part.to_owned()),
            _ => out.extend(part.split_whitespace().map(str::to_owned)),
        }
    }
    out
}

/// What is wrong with a command line; whole: nothing may be left out.
fn wrong(line: &str, whole: bool) -> Option<String> {
    let words = words(line);
    let named: Vec<&str> = words.iter().map(String::as_str).collect();
    if let [_, "backup" | "restore" | "drill", folder, ..] = named[..]
        && !folder.starts_with('-')
        && !folder.contains('/')
        && !stands_for(folder)
    {
        return Some(format!("{line}: „{folder}“ is taken for a folder"));
    }
    let error = usage::german(Cli::command()).try_get_matches_from(&words).err()?;
    let left_out = [
        ErrorKind::MissingRequiredArgument,
        ErrorKind::MissingSubcommand,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
    ];
    let fine = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => true,
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => named.iter().any(|w| stands_for(w)),
        kind => !whole && left_out.contains(&kind),
    };
    (!fine).then(|| format!("{line}: {:?}", error.kind()))
}

#[test]
fn every_command_that_is_named_is_understood() {
    let root = root();
    let (mut documents, mut sentences) = (vec![root.join("README.md"), root.join("CONTRIBUTING.md")], Vec::new());
    files(&root.join("docs"), ".md", &mut documents);
    files(&root.join("texts"), ".toml", &mut sentences);
    files(&root.join("crates"), ".rs", &mut sentences);
    sentences.retain(|path| !path.to_string_lossy().contains("/tests/") && !path.ends_with("src/documented.rs"));
    assert!(wrong("kommunal backup create --data data", true).is_some());
    let (mut whole, mut parts) = (Vec::new(), Vec::new());
    for path in documents.iter().chain(&sentences) {
        let text = std::fs::read_to_string(path).expect("a text");
        fenced(&text, &mut whole);
        within(&text, &mut parts);
    }
    assert!(
        whole.len() > 10 && parts.len() > 50,
        "{} and {} are looked at",
        whole.len(),
        parts.len()
    );
    let wrong: Vec<_> = whole
        .iter()
        .filter_map(|line| wrong(line, true))
        .chain(parts.iter().filter_map(|line| wrong(line, false)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
