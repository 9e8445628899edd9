//! The head of an authority's log on one day, signed: as it is printed, mailed and read back. Whoever keeps one finds
//! every later change of what it stands for. Keys and signatures live in `store`.

use std::fmt;
use std::fmt::Write as _;

use jiff::civil::Date;

use crate::receipt::{hex, unhex};

/// First line of the signed text; another shape gets another number.
const FORMAT: &str = "kommunal-audit-head-1";

/// How many rows there were, and the hash of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    pub n: i64,
    pub hash: [u8; 32],
}

/// The same, for a day, with the authority's signature (Ed25519).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    pub authority: String,
    pub day: Date,
    pub head: AuditHead,
    pub signature: [u8; 64],
}

/// What is signed.
pub fn statement(authority: &str, day: Date, head: &AuditHead) -> String {
    format!("{FORMAT}\n{authority}\n{day}\n{}\n{}\n", head.n, hex(&head.hash))
}

/// Hex digits in groups of eight, so that people can compare and mails can break the line.
pub fn groups(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (i, part) in bytes.chunks(4).enumerate() {
        let _ = write!(out, "{}{}", if i > 0 { " " } else { "" }, hex(part));
    }
    out
}

impl AuditHead {
    /// From `HASH:N`.
    pub fn parse(text: &str) -> Option<AuditHead> {
        let (hash, n) = text.trim().split_once(':')?;
        let n = n.trim().parse().ok().filter(|n| *n >= 0)?;
        Some(AuditHead {
            n,
            hash: unhex(&hash.trim().to_ascii_lowercase())?,
        })
    }
}

impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", hex(&self.hash), self.n)
    }
}

impl SignedHead {
    /// As it stands in mails and on paper.
    pub fn to_text(&self) -> String {
        format!(
            "Amt: {}\nTag: {}\nZeilen: {}\nPrüfwert: {}\nUnterschrift: {}\n",
            self.authority,
            self.day.strftime("%d.%m.%Y"),
            self.head.n,
            groups(&self.head.hash),
            groups(&self.signature)
        )
    }

    /// Reads what `to_text` wrote, also out of a mail that says more and was quoted or broken anew.
    pub fn parse(text: &str) -> Option<SignedHead> {
        let plain: String = text
            .lines()
            .map(|line| format!("{}\n", line.trim_start_matches(['>', ' ', '\t']).trim_end()))
            .collect();
        let after = |label: &str| {
            let at = plain
                .match_indices(label)
                .find(|(i, _)| *i == 0 || plain.as_bytes()[i - 1] == b'\n')?
                .0;
            Some(&plain[at + label.len()..])
        };
        let line = |label: &str| Some(after(label)?.lines().next()?.trim().to_owned());
        let digits = |label: &str, n: usize| {
            let taken: String = after(label)?.chars().filter(|c| !c.is_whitespace()).take(n).collect();
            Some(taken.to_ascii_lowercase())
        };
        Some(SignedHead {
            authority: line("Amt:")?,
            day: Date::strptime("%d.%m.%Y", line("Tag:")?).ok()?,
            head: AuditHead {
                n: line("Zeilen:")?.parse().ok().filter(|n| *n >= 0)?,
                hash: unhex(&digits("Prüfwert:", 64)?)?,
            },
            signature: unhex(&digits("Unterschrift:", 128)?)?,
        })
    }

    /// What the signature is of.
    pub fn statement(&self) -> String {
        statement(&self.authority, self.day, &self.head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> SignedHead {
        SignedHead {
            authority: "nobitz".into(),
            day: Date::constant(2026, 11, 24),
            head: AuditHead {
                n: 1234,
                hash: [0xab; 32],
            },
            signature: [0x0f; 64],
        }
    }

    #[test]
    fn a_head_is_read_back_from_paper_and_from_a_quoted_mail() {
        let text = signed().to_text();
        assert_eq!(SignedHead::parse(&text), Some(signed()));
        let mail = format!(
            "Guten Tag,\nhier kommt der Prüfwert: bitte aufheben.\n\n{}\nFreundliche Grüße\n",
            text.replace(" 0f0f0f0f 0f", "\n  0f0f0f0f\n0f")
        );
        assert_eq!(SignedHead::parse(&mail), Some(signed()));
        let quoted: String = mail.lines().map(|l| format!("> {l}\r\n")).collect();
        assert_eq!(SignedHead::parse(&quoted), Some(signed()));
        for broken in [
            text.replace("Tag:", "Tage:"),
            text.replace("abababab ", ""),
            text.replace("1234", "-1"),
            String::new(),
        ] {
            assert_eq!(SignedHead::parse(&broken), None, "{broken}");
        }
        assert!(text.lines().all(|l| !l.contains("  ")));
    }

    #[test]
    fn the_short_form_is_hash_and_number() {
        let head = signed().head;
        assert_eq!(AuditHead::parse(&head.to_string()), Some(head));
        assert_eq!(AuditHead::parse(&head.to_string().to_uppercase()), Some(head));
        for wrong in [
            "",
            "ab:1",
            "1234",
            &format!("{}:x", "ab".repeat(32)),
            &format!("{}:-1", "ab".repeat(32)),
        ] {
            assert_eq!(AuditHead::parse(wrong), None, "{wrong}");
        }
    }
}
