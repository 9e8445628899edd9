//! What a receipt attests: which answers and papers came in, where and when. The signed text and the
//! digest are made here; keys and signatures live in `store`, the file around them in `letters`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Case, PaperRef};

/// Name of the format in the signed text; another shape gets another number.
pub const FORMAT: &str = "kommunal-receipt-1";
/// Name of the file that lies in the receipt's PDF.
pub const FILE_NAME: &str = "quittung.json";

/// The signed text, as JSON. Times are UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    pub format: String,
    pub reference: String,
    /// Id of the authority whose key signs.
    pub authority: String,
    pub authority_name: String,
    /// AGS of the place applied for.
    pub place: String,
    pub service: String,
    /// Hash of the service's version that was filled in.
    pub service_version: String,
    pub received_at: Timestamp,
    /// Of `answers` and `papers`, see [`digest`]; lower-case hex.
    pub sha256: String,
    pub answers: Value,
    pub papers: Value,
}

/// What lies in the PDF: the statement as it was signed, byte by byte, and what is needed to check it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedReceipt {
    pub statement: String,
    /// `Ed25519` (RFC 8032).
    pub algorithm: String,
    /// Lower-case hex, 32 bytes.
    pub public_key: String,
    /// Lower-case hex, 64 bytes.
    pub signature: String,
}

/// Answers and papers as they count for the digest: maps keep the order of the questions, papers carry
/// their own digest and no random id.
fn sent(answers: &Value, papers: &[PaperRef]) -> (Value, Value) {
    let papers = papers.iter().map(|p| json!([p.question, p.name, p.sha256])).collect();
    (without_paper_ids(answers), papers)
}

fn digest_of(answers: &Value, papers: &Value) -> [u8; 32] {
    let text = json!({ "answers": answers, "papers": papers }).to_string();
    Sha256::digest(text.as_bytes()).into()
}

/// SHA-256 over the canonical answers and the papers' digests: what was sent.
pub fn digest(answers: &Value, papers: &[PaperRef]) -> [u8; 32] {
    let (answers, papers) = sent(answers, papers);
    digest_of(&answers, &papers)
}

/// Paper ids are drawn anew at each try: they are no part of what was sent.
fn without_paper_ids(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(key, v)| !(key.as_str() == "paper" && v.is_string()))
            .map(|(key, v)| (key.clone(), without_paper_ids(v)))
            .collect(),
        Value::Array(list) => list.iter().map(without_paper_ids).collect(),
        other => other.clone(),
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// From hex of exactly `N` bytes.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(out)
}

/// What people compare of a key: the first 16 bytes of its SHA-256, upper-case, in groups of four.
pub fn fingerprint(public_key: &[u8]) -> String {
    let digits = hex(&Sha256::digest(public_key)[..16]).to_uppercase();
    let groups: Vec<&str> = (0..8).filter_map(|i| digits.get(4 * i..4 * i + 4)).collect();
    groups.join(" ")
}

impl Statement {
    /// Of a case as it was sent. None when its answers have changed since: then nothing can be attested.
    pub fn of(case: &Case, authority_name: &str) -> Option<Statement> {
        let (answers, papers) = sent(&case.answers, &case.papers);
        let sha256 = hex(&digest_of(&answers, &papers));
        (sha256 == case.digest).then(|| Statement {
            format: FORMAT.to_owned(),
            reference: case.reference.clone(),
            authority: case.tenant.0.clone(),
            authority_name: authority_name.to_owned(),
            place: case.place.as_str().to_owned(),
            service: case.service.clone(),
            service_version: case.service_hash.clone(),
            received_at: case.received_at,
            sha256,
            answers,
            papers,
        })
    }

    /// Whether the digest is that of the answers and papers in it.
    pub fn is_whole(&self) -> bool {
        self.format == FORMAT && self.sha256 == hex(&digest_of(&self.answers, &self.papers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PaperId;

    fn paper(id: &str) -> PaperRef {
        PaperRef {
            id: PaperId(id.to_owned()),
            question: "plan".into(),
            name: "plan.pdf".into(),
            media_type: "application/pdf".into(),
            size: 3,
            sha256: "ab".repeat(32),
            scanned: false,
        }
    }

    #[test]
    fn the_digest_sees_answers_and_papers_but_no_drawn_ids() {
        let with = |id: &str, people: u32| json!({ "people": people, "plan": { "paper": id, "name": "plan.pdf" } });
        let one = digest(&with("p1", 40), &[paper("p1")]);
        assert_eq!(one, digest(&with("p2", 40), &[paper("p2")]));
        assert_ne!(one, digest(&with("p1", 41), &[paper("p1")]));
        assert_ne!(one, digest(&with("p1", 40), &[]));
    }

    #[test]
    fn hex_and_fingerprint_are_read_back_and_short() {
        assert_eq!(unhex::<2>("0aff"), Some([10, 255]));
        for wrong in ["0af", "0afff0", "zz00", "ä1"] {
            assert_eq!(unhex::<2>(wrong), None, "{wrong}");
        }
        let print = fingerprint(&[7; 32]);
        assert_eq!((print.len(), print.split(' ').count()), (39, 8));
    }
}
