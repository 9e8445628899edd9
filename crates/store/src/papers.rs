//! Papers and letters: sealed in chunks under the case's key, so that no file lies beside the database and
//! a large one needs no row of its size.

use domain::{CaseId, LetterId, PaperId, PaperRef};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::{Row, values};
use crate::seal::{Key, Place, hex, sha256};
use crate::sql::{Sql, statements};
use crate::tenant::TenantTx;
use crate::{Error, LetterInfo, PaperInfo, Result};

/// Bytes of content in one chunk.
pub(crate) const CHUNK: usize = 256 * 1024;

statements! { Tenant "papers";
    PUT_PAPER = "insert into paper (tenant, id, case_id, created_at, size, chunks, meta) \
        values ($1, $2, $3, $4, $5, $6, $7)";
    GET_PAPER = "select meta, chunks from paper where tenant = $1 and case_id = $2 and id = $3";
    PUT_PAPER_CHUNK = "insert into paper_chunk (tenant, paper, n, body) values ($1, $2, $3, $4)";
    PAPER_CHUNKS = "select n, body from paper_chunk where tenant = $1 and paper = $2 order by n";
    PUT_LETTER = "insert into letter (tenant, id, case_id, created_at, size, chunks, meta, kind) \
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    GET_LETTER = "select id, kind, created_at, size, meta, chunks from letter \
        where tenant = $1 and case_id = $2 and id = $3";
    LETTERS = "select id, kind, created_at, size, meta, chunks from letter \
        where tenant = $1 and case_id = $2 and kind <> 'text' order by created_at, id";
    PUT_LETTER_CHUNK = "insert into letter_chunk (tenant, letter, n, body) values ($1, $2, $3, $4)";
    LETTER_CHUNKS = "select n, body from letter_chunk where tenant = $1 and letter = $2 order by n";
}

#[derive(Serialize, Deserialize)]
struct LetterMeta {
    sha256: String,
}

/// Kind of what is no letter itself but the data of one.
const TEXT: &str = "text";

fn text_of(letter: &LetterId) -> LetterId {
    LetterId(format!("{letter}-text"))
}

/// How many chunks the bytes need.
pub(crate) fn chunks(bytes: &[u8]) -> i64 {
    bytes.len().div_ceil(CHUNK) as i64
}

/// Checks that size and digest say the truth about the bytes.
pub(crate) fn check_digest(size: i64, digest: &str, bytes: &[u8]) -> Result<()> {
    if size == bytes.len() as i64 && digest == hex(&sha256(&[bytes])) {
        return Ok(());
    }
    Err(Error::Database("Größe oder Prüfsumme einer Datei stimmt nicht".into()))
}

impl TenantTx<'_> {
    fn chunk_place<'b>(&'b self, table: &'static str, id: &'b str, n: i64) -> Place<'b> {
        Place {
            tenant: self.tenant().as_str(),
            table,
            row: id,
            column: "body",
            version: n,
        }
    }

    fn put_chunks(&mut self, sql: &Sql, table: &'static str, id: &str, key: &Key, bytes: &[u8]) -> Result<()> {
        for (n, part) in bytes.chunks(CHUNK).enumerate() {
            let n = n as i64;
            let sealed = key.seal(self.chunk_place(table, id, n), part, self.entropy())?;
            self.execute(sql, values![id, n, sealed])?;
        }
        Ok(())
    }

    fn get_chunks(&self, sql: &Sql, table: &'static str, id: &str, key: &Key, count: i64) -> Result<Vec<u8>> {
        let rows = self.rows(sql, values![id])?;
        if rows.len() as i64 != count {
            return Err(Error::Sealed(table.into()));
        }
        let mut out = Vec::new();
        for (n, row) in rows.iter().enumerate() {
            out.extend(key.open(self.chunk_place(table, id, n as i64), row.bytes(1)?)?);
        }
        Ok(out)
    }

    fn key_of(&self, case: &CaseId) -> Result<Key> {
        self.case_key(case)?.ok_or(Error::Missing("case"))
    }

    /// Stores a paper of a case.
    ///
    /// # Errors
    /// `Missing` if there is no such case, `Database` if size or digest do not fit the bytes.
    pub fn put_paper(&mut self, case: &CaseId, paper: &PaperRef, bytes: &[u8], now: Timestamp) -> Result<()> {
        check_digest(paper.size, &paper.sha256, bytes)?;
        let key = self.key_of(case)?;
        let id = paper.id.as_str();
        let meta = serde_json::to_vec(&PaperInfo::from(paper))?;
        let meta = key.seal(self.place("paper", id, "meta"), &meta, self.entropy())?;
        self.execute(
            &PUT_PAPER,
            values![id, case.as_str(), now, paper.size, chunks(bytes), meta],
        )?;
        self.put_chunks(&PUT_PAPER_CHUNK, "paper_chunk", id, &key, bytes)
    }

    /// A paper, if it belongs to this case.
    pub fn paper(&self, case: &CaseId, id: &PaperId) -> Result<Option<(PaperInfo, Vec<u8>)>> {
        let Some(row) = self.row(&GET_PAPER, values![case.as_str(), id.as_str()])? else {
            return Ok(None);
        };
        let key = self.key_of(case)?;
        let meta = key.open(self.place("paper", id.as_str(), "meta"), row.bytes(0)?)?;
        let bytes = self.get_chunks(&PAPER_CHUNKS, "paper_chunk", id.as_str(), &key, row.int(1)?)?;
        Ok(Some((serde_json::from_slice(&meta)?, bytes)))
    }

    /// Stores a letter. The same id again is refused (`Conflict`): a job that runs twice sees that it has
    /// been there with `letter`.
    pub fn put_letter(&mut self, case: &CaseId, id: &LetterId, kind: &str, pdf: &[u8], now: Timestamp) -> Result<()> {
        let key = self.key_of(case)?;
        let meta = serde_json::to_vec(&LetterMeta {
            sha256: hex(&sha256(&[pdf])),
        })?;
        let meta = key.seal(self.place("letter", id.as_str(), "meta"), &meta, self.entropy())?;
        let size = pdf.len() as i64;
        self.execute(
            &PUT_LETTER,
            values![id.as_str(), case.as_str(), now, size, chunks(pdf), meta, kind],
        )?;
        self.put_chunks(&PUT_LETTER_CHUNK, "letter_chunk", id.as_str(), &key, pdf)
    }

    /// What a letter says, as the data it was typeset from: kept beside it, so that a page can show the same to the word.
    pub fn put_letter_text(&mut self, case: &CaseId, letter: &LetterId, data: &[u8], now: Timestamp) -> Result<()> {
        self.put_letter(case, &text_of(letter), TEXT, data, now)
    }

    /// The data of a letter; `None` for one that was kept without.
    pub fn letter_text(&self, case: &CaseId, letter: &LetterId) -> Result<Option<Vec<u8>>> {
        Ok(self.letter(case, &text_of(letter))?.map(|(_, data)| data))
    }

    fn letter_info(&self, case: &CaseId, key: &Key, row: &Row) -> Result<LetterInfo> {
        let id = row.text(0)?;
        let meta: LetterMeta = serde_json::from_slice(&key.open(self.place("letter", id, "meta"), row.bytes(4)?)?)?;
        Ok(LetterInfo {
            id: LetterId::from(id),
            case: case.clone(),
            kind: row.text(1)?.to_owned(),
            created_at: row.time(2)?,
            size: row.int(3)?,
            sha256: meta.sha256,
        })
    }

    /// A letter, if it belongs to this case.
    pub fn letter(&self, case: &CaseId, id: &LetterId) -> Result<Option<(LetterInfo, Vec<u8>)>> {
        let Some(row) = self.row(&GET_LETTER, values![case.as_str(), id.as_str()])? else {
            return Ok(None);
        };
        let key = self.key_of(case)?;
        let pdf = self.get_chunks(&LETTER_CHUNKS, "letter_chunk", id.as_str(), &key, row.int(5)?)?;
        Ok(Some((self.letter_info(case, &key, &row)?, pdf)))
    }

    /// A case's letters, oldest first.
    pub fn letters(&self, case: &CaseId) -> Result<Vec<LetterInfo>> {
        let rows = self.rows(&LETTERS, values![case.as_str()])?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.key_of(case)?;
        rows.iter().map(|row| self.letter_info(case, &key, row)).collect()
    }
}
