//! How what moves is written down: one JSON array a line, the same bytes for the same rows on every engine, and the
//! digest over these lines. Not here: how the whole is sealed (`envelope.rs`).

use std::io::{BufRead, Read as _, Write};

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value as Json, json};

use crate::engine::Value;
use crate::seal::hex;
use crate::{Error, Result};

/// A line holds one row; the largest column is a piece of 256 KiB.
const LONGEST: u64 = 64 * 1024 * 1024;

fn cell(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(n) => json!(n),
        Value::Text(text) => json!(text),
        Value::Bytes(bytes) => json!({"b": STANDARD_NO_PAD.encode(bytes)}),
    }
}

/// A row as one line.
pub(super) fn row(values: &[Value]) -> Json {
    Json::Array(values.iter().map(cell).collect())
}

fn value(cell: &Json) -> Option<Value> {
    Some(match cell {
        Json::Null => Value::Null,
        Json::Number(n) => Value::Int(n.as_i64()?),
        Json::String(text) => Value::Text(text.clone()),
        Json::Object(_) => Value::Bytes(STANDARD_NO_PAD.decode(cell["b"].as_str()?).ok()?),
        _ => return None,
    })
}

/// The other way round; `None`: not a row.
pub(super) fn values(row: &Json) -> Option<Vec<Value>> {
    row.as_array()?.iter().map(value).collect()
}

/// The file cannot be written or read.
pub(super) fn broken(e: &std::io::Error) -> Error {
    match e.kind() {
        std::io::ErrorKind::StorageFull => Error::Full,
        _ => Error::Setup(format!(
            "Die Datei lässt sich nicht lesen oder schreiben: {e}. Nichts wurde geändert."
        )),
    }
}

/// Digests of parts: who it is, the authority's own tables, what the installation knows of it.
pub(super) struct Parts {
    context: Context,
    done: Vec<String>,
}

impl Parts {
    pub(super) fn new() -> Parts {
        Parts {
            context: Context::new(&SHA256),
            done: Vec::new(),
        }
    }

    fn line(&mut self, line: &[u8]) {
        self.context.update(line);
    }

    /// Ends a part; its digest.
    pub(super) fn end(&mut self) -> String {
        let part = std::mem::replace(&mut self.context, Context::new(&SHA256));
        let digest = hex(part.finish().as_ref());
        self.done.push(digest.clone());
        digest
    }

    /// Over the digests of all parts.
    pub(super) fn whole(&self) -> String {
        hex(&crate::seal::sha256(&[self.done.join("\n").as_bytes()]))
    }
}

/// Lines out, counted into the digest.
pub(super) struct Out<W> {
    pub(super) to: W,
    pub(super) parts: Parts,
}

impl<W: Write> Out<W> {
    pub(super) fn new(to: W) -> Out<W> {
        Out {
            to,
            parts: Parts::new(),
        }
    }

    /// A line beside the digest: what may differ from one export to the next.
    pub(super) fn aside(&mut self, line: &Json) -> Result<()> {
        writeln!(self.to, "{line}").map_err(|e| broken(&e))
    }

    pub(super) fn line(&mut self, line: &Json) -> Result<()> {
        let text = format!("{line}\n");
        self.parts.line(text.as_bytes());
        self.to.write_all(text.as_bytes()).map_err(|e| broken(&e))
    }
}

/// Lines in. What ends too early or is no line is a file that was cut or altered.
pub(super) struct In<R> {
    from: R,
    pub(super) parts: Parts,
    /// Read, but not taken yet.
    ahead: Option<Json>,
}

pub(super) fn damaged() -> Error {
    Error::Setup(
        "Die Datei ist unvollständig oder verändert. Nehmen Sie eine unversehrte Kopie; hier wurde nichts geändert."
            .into(),
    )
}

impl<R: BufRead> In<R> {
    pub(super) fn new(from: R) -> In<R> {
        In {
            from,
            parts: Parts::new(),
            ahead: None,
        }
    }

    fn read(&mut self) -> Result<Vec<u8>> {
        let mut line = Vec::new();
        // A wrong tag of the seal shows as an error of reading.
        let read = (&mut self.from).take(LONGEST).read_until(b'\n', &mut line);
        match read {
            Ok(_) if line.ends_with(b"\n") => Ok(line),
            _ => Err(damaged()),
        }
    }

    pub(super) fn aside(&mut self) -> Result<Json> {
        serde_json::from_slice(&self.read()?).map_err(|_| damaged())
    }

    pub(super) fn line(&mut self) -> Result<Json> {
        if let Some(line) = self.ahead.take() {
            return Ok(line);
        }
        let text = self.read()?;
        self.parts.line(&text);
        serde_json::from_slice(&text).map_err(|_| damaged())
    }

    /// The next row of a table; `None`: something else comes, and stays.
    pub(super) fn row(&mut self) -> Result<Option<Vec<Value>>> {
        let line = self.line()?;
        if is_mark(&line) {
            self.ahead = Some(line);
            return Ok(None);
        }
        values(&line).map(Some).ok_or_else(damaged)
    }

    /// Nothing comes after this: the seal is whole up to its end.
    pub(super) fn end(&mut self) -> Result<()> {
        let mut rest = Vec::new();
        match (&mut self.from).take(1).read_to_end(&mut rest) {
            Ok(0) => Ok(()),
            _ => Err(damaged()),
        }
    }
}

/// Marks are objects, rows are arrays.
fn is_mark(line: &Json) -> bool {
    line.is_object()
}
