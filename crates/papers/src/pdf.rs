//! PDF: every object is looked at, those in compressed object streams too. Nothing is run, no page is drawn.

use hayro_syntax::object::{Array, Dict, MaybeRef, Object, Stream};
use hayro_syntax::{LoadPdfError, Pdf};

use crate::{Refusal, begins_another};

/// How deep arrays and dictionaries may lie in each other.
const DEPTH: u8 = 32;
/// Objects of one file at most.
const OBJECTS: usize = 500_000;

/// Keys behind which a viewer finds a program, a form of another technology or a film (ISO 32000-2, 12.6 and 12.7).
const ACTIVE_KEYS: [&str; 4] = ["JS", "JavaScript", "XFA", "RichMediaContent"];
/// Kinds of actions and annotations that run something, send something or open another file.
const ACTIVE_KINDS: [&str; 11] = [
    "JavaScript",
    "Launch",
    "SubmitForm",
    "ImportData",
    "GoToE",
    "GoToR",
    "Rendition",
    "Movie",
    "Sound",
    "RichMedia",
    "3D",
];
/// Those of them whose name is too long to stand by chance in the bytes of a picture.
const ACTIVE_NAMES: [&str; 6] = [
    "JavaScript",
    "Launch",
    "SubmitForm",
    "ImportData",
    "Rendition",
    "RichMedia",
];

pub(crate) fn look(bytes: &[u8]) -> Result<(), Refusal> {
    look_behind(bytes)?;
    if plain_names(bytes).any(|name| ACTIVE_NAMES.contains(&name.as_str())) {
        return Err(Refusal::Active);
    }
    let pdf = Pdf::new(bytes.to_vec()).map_err(|e| match e {
        LoadPdfError::Decryption(_) => Refusal::Locked,
        LoadPdfError::Invalid => Refusal::Broken,
    })?;
    // The reader mends a broken table when it meets an object that is not where it should be: then again, all of them.
    for _ in 0..2 {
        let named = pdf.len();
        if named > OBJECTS {
            return Err(Refusal::TooMuch);
        }
        let mut read = 0;
        for object in pdf.objects() {
            look_at(&object, DEPTH)?;
            read += 1;
        }
        if pdf.len() == named {
            // What this reader does not understand, a viewer may.
            return if read == named { Ok(()) } else { Err(Refusal::Broken) };
        }
    }
    Err(Refusal::Broken)
}

/// A file may have been added to: each part ends with its mark and is followed by the next part or by nothing.
fn look_behind(bytes: &[u8]) -> Result<(), Refusal> {
    const END: &[u8] = b"%%EOF";
    let mut last = None;
    for (at, _) in bytes.windows(END.len()).enumerate().filter(|(_, w)| *w == END) {
        let rest = bytes.get(at + END.len()..).unwrap_or_default();
        if rest.trim_ascii_start().starts_with(b"<") {
            return Err(Refusal::Mixed);
        }
        last = Some(rest);
    }
    let after = last.ok_or(Refusal::Broken)?;
    if begins_another(after) || after.iter().filter(|b| !b.is_ascii_whitespace() && **b != 0).count() > 1024 {
        return Err(Refusal::Mixed);
    }
    Ok(())
}

/// Names as they stand in the file, uncompressed, with `#4A` read as `J` (ISO 32000-2, 7.3.5): those too that belong to no
/// object which the table names.
fn plain_names(bytes: &[u8]) -> impl Iterator<Item = String> {
    let inner = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'#';
    let starts = bytes.iter().enumerate().filter(|(_, b)| **b == b'/');
    starts.map(move |(at, _)| {
        let name: Vec<u8> = bytes[at + 1..].iter().take(64).take_while(inner).copied().collect();
        unescaped(&name)
    })
}

fn unescaped(name: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|_| *first == b'#');
        let byte = digits.and_then(|d| u8::from_str_radix(std::str::from_utf8(d).ok()?, 16).ok());
        out.push(char::from(byte.unwrap_or(*first)));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    out
}

fn look_at(object: &Object<'_>, depth: u8) -> Result<(), Refusal> {
    let depth = depth.checked_sub(1).ok_or(Refusal::TooMuch)?;
    match object {
        Object::Dict(dict) => look_into(dict, depth),
        Object::Stream(stream) => {
            look_into(stream.dict(), depth)?;
            if is(stream.dict(), "Type", "EmbeddedFile") {
                harmless(stream)
            } else {
                Ok(())
            }
        }
        Object::Array(array) => in_array(array, depth),
        _ => Ok(()),
    }
}

fn in_array(array: &Array<'_>, depth: u8) -> Result<(), Refusal> {
    array.raw_iter().try_for_each(|item| inline(item, depth))
}

/// What a reference points to is an object of its own and comes by itself.
fn inline(value: MaybeRef<Object<'_>>, depth: u8) -> Result<(), Refusal> {
    match value {
        MaybeRef::Ref(_) => Ok(()),
        MaybeRef::NotRef(object) => look_at(&object, depth),
    }
}

fn is(dict: &Dict<'_>, key: &str, word: &str) -> bool {
    dict.get::<hayro_syntax::object::Name<'_>>(key)
        .is_some_and(|name| name.as_str() == word)
}

fn look_into(dict: &Dict<'_>, depth: u8) -> Result<(), Refusal> {
    let active = ACTIVE_KEYS.iter().any(|key| dict.contains_key(key))
        || ACTIVE_KINDS
            .iter()
            .any(|kind| is(dict, "S", kind) || is(dict, "Subtype", kind));
    // What happens by itself when the file or a page is opened may show a place in it, not fetch one from outside.
    let by_itself = ["OpenAction", "AA"]
        .into_iter()
        .filter_map(|key| dict.get::<Dict<'_>>(key));
    let calls = by_itself.into_iter().any(|deed| {
        let inner = deed.entries().filter_map(|(key, _)| deed.get::<Dict<'_>>(key.as_str()));
        is(&deed, "S", "URI") || inner.into_iter().any(|deed| is(&deed, "S", "URI"))
    });
    if active || calls {
        return Err(Refusal::Active);
    }
    // What a file specification points to is a file, whether the stream says so or not.
    if let Some(files) = dict.get::<Dict<'_>>("EF") {
        let files: Vec<Stream<'_>> = files.entries().filter_map(|(key, _)| files.get(key.as_str())).collect();
        files.iter().try_for_each(harmless)?;
    }
    dict.entries().try_for_each(|(_, value)| inline(value, depth))
}

/// A file in a PDF may be the data of an invoice or of a receipt: text in XML or JSON, which no program runs.
fn harmless(stream: &Stream<'_>) -> Result<(), Refusal> {
    let bytes = stream.decoded().map_err(|_| Refusal::Broken)?;
    let text = bytes.trim_ascii_start();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let data = text.starts_with(b"<?xml") || text.starts_with(b"{") || text.starts_with(b"[");
    if data && !begins_another(&bytes) {
        Ok(())
    } else {
        Err(Refusal::Active)
    }
}
