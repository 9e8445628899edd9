//! Form posts with or without files: fields as pairs, files checked by content and kept with the draft.

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::Multipart;
use axum::extract::multipart::MultipartError;
use axum::http::StatusCode;
use domain::{Ags, PaperId};
use papers::Refusal;
use schema::{Kind, Page, Question};
use serde_json::Value;
use store::PaperInfo;

use crate::alarm;
use crate::failure::{Failure, Result};
use crate::page::UiTexts;
use crate::state::App;
use domain::receipt::hex;

/// One file of a post.
#[derive(Debug)]
pub struct Upload {
    pub field: String,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A post: text fields in order, files apart.
#[derive(Debug, Default)]
pub struct Posted {
    pub pairs: Vec<(String, String)>,
    pub files: Vec<Upload>,
}

impl Posted {
    pub fn value(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(n, _)| n == name)
    }
    /// Bytes of all files.
    pub fn weight(&self) -> usize {
        self.files.iter().map(|f| f.bytes.len()).sum()
    }
    /// Somebody filled the field that people do not see.
    pub fn is_spam(&self) -> bool {
        self.value("webseite").is_some_and(|v| !v.trim().is_empty())
    }
}

/// Fields of one post at most; text of one field at most.
const MAX_FIELDS: usize = 400;
const MAX_TEXT: usize = 64 * 1024;
/// Size of one file at most, whatever the service says.
pub const MAX_FILE: usize = 10 * 1024 * 1024;

/// Files of one application at most, and what they may weigh together.
pub const MAX_FILES: usize = 20;
pub const MAX_ALL: usize = 25 * MB;
const MB: usize = 1024 * 1024;

/// Bytes that a post of this page may have: its files, and text.
pub fn most(page: Option<&Page>) -> usize {
    let files = page.into_iter().flat_map(|p| &p.questions).map(|q| match q.kind {
        // Somewhat too large a file is answered in the form, not by breaking off.
        Kind::File { .. } => MAX_FILE + MB,
        _ => 0,
    });
    MB + files.sum::<usize>()
}

/// Reads a multipart post with its limits; `most` bytes at most.
pub async fn read(mut multipart: Multipart, most: usize) -> Result<Posted> {
    let mut posted = Posted::default();
    let mut all = 0;
    let bad = |e: MultipartError| match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge(megabytes(most)),
        _ => Failure::Incomplete,
    };
    while let Some(mut field) = multipart.next_field().await.map_err(bad)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(bad)? {
            if file.is_some() && bytes.len() > MAX_FILE {
                // Too large already: read to its end and answered in the form, where nothing else is lost.
                continue;
            }
            all += chunk.len();
            if file.is_none() && bytes.len() + chunk.len() > MAX_TEXT {
                return Err(Failure::TooLarge(1));
            }
            if all > most {
                return Err(Failure::TooLarge(megabytes(most)));
            }
            bytes.extend_from_slice(&chunk);
        }
        if posted.pairs.len() + posted.files.len() >= MAX_FIELDS || posted.files.len() > MAX_FILES {
            return Err(Failure::Incomplete);
        }
        match file {
            // One file a field: what else comes under its name was not asked for, and would be looked through all the same.
            Some(_) if posted.files.iter().any(|f| f.field == name) => {}
            Some(file) if !file.is_empty() || !bytes.is_empty() => posted.files.push(Upload {
                field: name,
                name: clean_name(&file),
                bytes,
            }),
            Some(_) => {}
            None => posted.pairs.push((name, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok(posted)
}

fn megabytes(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(MB)).unwrap_or(u32::MAX)
}

/// Whether files of this weight are still taken in for a place within this hour, from wherever.
///
/// # Errors
/// `Crowded` if not.
pub async fn fits(app: &App, place: &Ags, bytes: usize) -> Result<()> {
    if app.limits.are_off() {
        return Ok(());
    }
    match app.store.drafts().full(place, bytes.max(1), app.now()).await? {
        Some(full) => Err(alarm::crowded(app, place.as_str(), full)),
        None => Ok(()),
    }
}

/// Files that answers name and the draft keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub id: PaperId,
    pub size: u64,
}

/// All files named in the answers.
pub fn stored(answers: &Value) -> Vec<Stored> {
    fn collect(value: &Value, out: &mut Vec<Stored>) {
        match value {
            Value::Object(map) => {
                if let (Some(id), true) = (map.get("paper").and_then(Value::as_str), map.contains_key("sha256")) {
                    out.push(Stored {
                        id: PaperId(id.to_owned()),
                        size: map.get("size").and_then(Value::as_u64).unwrap_or(0),
                    });
                }
                map.values().for_each(|v| collect(v, out));
            }
            Value::Array(list) => list.iter().for_each(|v| collect(v, out)),
            _ => {}
        }
    }
    let mut out = Vec::new();
    collect(answers, &mut out);
    out
}

/// Whether a file of this size fits beside these.
pub fn room_for(others: impl Iterator<Item = Stored>, bytes: usize) -> bool {
    let (mut count, mut all) = (1, bytes as u64);
    for other in others {
        count += 1;
        all = all.saturating_add(other.size);
    }
    count <= MAX_FILES && all <= MAX_ALL as u64
}

/// Why one more is not taken.
pub fn no_room(texts: &UiTexts, name: &str, lang: schema::Lang) -> String {
    let (n, mb) = (MAX_FILES.to_string(), megabytes(MAX_ALL).to_string());
    let why = texts.fill(lang, "form.files_full", &[("n", &n), ("mb", &mb)]);
    texts.fill(lang, "form.file_named", &[("name", name), ("why", &why)])
}

/// A file name without path, control characters and tricks with the writing direction.
pub fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '"' | '<' | '>' | '|' | ':' | '*' | '?'))
        .take(120)
        .collect();
    let clean = clean.trim().trim_start_matches('.').to_owned();
    if clean.is_empty() { "datei".to_owned() } else { clean }
}

/// The media type of a file that is taken, or why it is not: a sentence for the person that names the file. It is looked
/// through to its end.
pub async fn check(
    app: &App,
    question: &Question,
    name: &str,
    bytes: &[u8],
    lang: schema::Lang,
) -> Result<&'static str, String> {
    let found = look(app, question, bytes, lang).await;
    found.map_err(|why| {
        app.texts
            .fill(lang, "form.file_named", &[("name", name), ("why", &why)])
    })
}

async fn look(app: &App, question: &Question, bytes: &[u8], lang: schema::Lang) -> Result<&'static str, String> {
    let texts = &app.texts;
    let Kind::File { accept, max_mb } = &question.kind else {
        return Err(String::new());
    };
    if bytes.is_empty() {
        return Err(texts.text(lang, "form.file_pages"));
    }
    if bytes.len() > *max_mb as usize * 1024 * 1024 {
        return Err(texts.fill(lang, "form.file_size", &[("mb", &max_mb.to_string())]));
    }
    let key = match app.inspector.look(bytes.to_vec()).await {
        Ok(kind) if accept.iter().any(|a| a == kind.ending()) => return Ok(kind.media_type()),
        Ok(_) | Err(Refusal::Unknown) => {
            let types = accept.iter().map(|a| a.to_uppercase()).collect::<Vec<_>>().join(", ");
            let key = match papers::is_heic(bytes) && accept.iter().any(|a| a == "jpg") {
                true => "form.file_heic",
                false => "form.file_type",
            };
            return Err(texts.fill(lang, key, &[("types", &types)]));
        }
        Err(Refusal::Broken) => "form.file_broken",
        Err(Refusal::Locked) => "form.file_locked",
        Err(Refusal::Active) => "form.file_active",
        Err(Refusal::Mixed) => "form.file_mixed",
        Err(Refusal::Malware) => "form.file_malware",
        Err(Refusal::Huge) => "form.file_huge",
        Err(Refusal::TooMuch) => "form.file_too_much",
        Err(Refusal::NotNow) => "form.file_not_now",
    };
    Err(texts.text(lang, key))
}

/// Facts of an accepted file under a new id.
pub fn info(app: &App, question: &str, name: &str, media_type: &str, bytes: &[u8]) -> PaperInfo {
    PaperInfo {
        id: domain::PaperId(app.store.entropy().id()),
        question: question.to_owned(),
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        sha256: hex(digest(&SHA256, bytes).as_ref()),
        scanned: app.inspector.scans(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_lose_paths_and_tricks() {
        assert_eq!(clean_name("C:\\Users\\x\\plan.pdf"), "plan.pdf");
        assert_eq!(clean_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_name("a\u{202e}fdp.exe\r\n"), "afdp.exe");
        assert_eq!(clean_name(".."), "datei");
    }

    #[test]
    fn stored_files_are_found_wherever_they_are() {
        let file = serde_json::json!({ "name": "a.pdf", "size": 7, "sha256": "00", "paper": "p1" });
        let answers = serde_json::json!({ "plan": file, "other": { "paper": "none" }, "list": [{ "x": file }] });
        let found: Vec<_> = stored(&answers).into_iter().map(|f| (f.id.0, f.size)).collect();
        assert_eq!(found, [("p1".to_owned(), 7), ("p1".to_owned(), 7)]);
    }

    #[test]
    fn files_of_one_application_have_a_number_and_a_weight() {
        let files = |n: usize, size: usize| {
            (0..n).map(move |i| Stored {
                id: PaperId(i.to_string()),
                size: size as u64,
            })
        };
        assert!(room_for(files(2, 10 * MB), 5 * MB));
        assert!(!room_for(files(2, 10 * MB), 5 * MB + 1));
        assert!(room_for(files(19, 1), 1));
        assert!(!room_for(files(20, 1), 1));
    }
}
