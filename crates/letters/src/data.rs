//! What a letter says, as plain data: names, sentences, amounts in cents, days. No layout, no
//! wording of our own and no law: sentences come ready from the case and the service's texts.
//! The same types travel as JSON to the child process and from callers that only know JSON.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One letter to typeset: the service's template and what it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterJob {
    /// Typst source of the service's letter, e.g. `services/sperrzeit/letters/approval.typ`.
    /// It may import `/letterhead.typ` and nothing else.
    pub template: String,
    pub data: LetterData,
}

/// What kind of letter this is. Templates may vary by it; the checks on remedies rest on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Received, nothing decided: no administrative act, no notice on remedies.
    Receipt,
    /// Permit granted by administrative act.
    Approval,
    /// A notice confirmed. With conditions or a fee it is an administrative act (§ 35 VwVfG).
    Confirmation,
    /// A promise by private contract, such as the hire of a hall: no remedies.
    Contract,
    /// Refused or forbidden.
    Refusal,
    /// Something is asked back.
    Question,
    /// The applicant's own letter to an authority that takes no application online.
    Application,
}

impl Kind {
    /// The word used in JSON and in templates (`data.kind`).
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Receipt => "receipt",
            Kind::Approval => "approval",
            Kind::Confirmation => "confirmation",
            Kind::Contract => "contract",
            Kind::Refusal => "refusal",
            Kind::Question => "question",
            Kind::Application => "application",
        }
    }
}

/// Everything a letter can say. A part that is empty is not printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterData {
    pub kind: Kind,
    /// `de`, `de-leicht` or `en`: the language of the labels and of the PDF.
    #[serde(default = "german")]
    pub lang: String,
    /// Who writes; in an application, who is written to.
    pub authority: Authority,
    /// Only in an application: the applicant, who writes.
    #[serde(default)]
    pub sender: Option<Sender>,
    /// Address field, at most six lines: name, person, street, postcode and town.
    pub recipient: Vec<String>,
    /// Aktenzeichen.
    #[serde(default)]
    pub reference: String,
    /// "Ihr Antrag" or "Ihre Anzeige"; stands before `your_date`.
    #[serde(default)]
    pub your_label: Option<String>,
    #[serde(default)]
    pub your_date: Option<Date>,
    #[serde(default)]
    pub clerk: Option<Clerk>,
    /// Day of the letter.
    pub date: Date,
    /// One or two lines, without the word "Betreff".
    pub subject: Vec<String>,
    #[serde(default)]
    pub salutation: String,
    /// The result in one plain sentence; in an application the opening paragraph.
    #[serde(default)]
    pub result: String,
    /// The operative part, numbered 1, 2, 3.
    #[serde(default)]
    pub decision: Vec<Item>,
    #[serde(default)]
    pub costs: Vec<Cost>,
    /// Sum of `costs`, without the deposit. Refused when it is not the sum.
    #[serde(default)]
    pub total_cents: i64,
    /// Kaution, listed apart because it comes back.
    #[serde(default)]
    pub deposit_cents: i64,
    #[serde(default)]
    pub due: Option<Date>,
    #[serde(default)]
    pub payment: Option<Payment>,
    /// Begründung, one text per paragraph.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// Titles of the laws that the decision rests on.
    #[serde(default)]
    pub legal_bases: Vec<String>,
    /// Rechtsbehelfsbelehrung, or none when the letter is no administrative act.
    #[serde(default)]
    pub remedy: Option<String>,
    /// What else helps: whom to ask, the way on. One text per paragraph.
    #[serde(default)]
    pub help: Vec<String>,
    #[serde(default)]
    pub signature: Option<Signature>,
    /// What was asked and answered, as on the check page.
    #[serde(default)]
    pub answers: Vec<Section>,
    /// Digest of what was sent, as hexadecimal text.
    #[serde(default)]
    pub digest: Option<String>,
    /// Only in a receipt: the signed statement that lies in the PDF as a file.
    #[serde(default)]
    pub proof: Option<Proof>,
    #[serde(default)]
    pub access_code: Option<String>,
    /// Address of the status page, without the access code.
    #[serde(default)]
    pub link: Option<String>,
    /// What happens next, in order.
    #[serde(default)]
    pub next: Vec<String>,
    /// What is asked back.
    #[serde(default)]
    pub asked: Vec<Asked>,
    #[serde(default)]
    pub answer_by: Option<Date>,
    /// Papers that lie beside the application; in an application a box to tick for each.
    #[serde(default)]
    pub papers: Vec<Paper>,
    /// Only in an application: what the applicant declares, one text per paragraph.
    #[serde(default)]
    pub declaration: Vec<String>,
    /// Only in an application: who signs, e.g. "Unterschrift, wer den Verein vertritt" and the name.
    #[serde(default)]
    pub signatory: Vec<String>,
}

impl LetterData {
    /// A letter with only what each one needs; fill the rest by field or with `..LetterData::new(…)`.
    pub fn new(kind: Kind, authority: Authority, recipient: Vec<String>, date: Date, subject: &str) -> LetterData {
        LetterData {
            kind,
            lang: german(),
            authority,
            sender: None,
            recipient,
            reference: String::new(),
            your_label: None,
            your_date: None,
            clerk: None,
            date,
            subject: vec![subject.to_owned()],
            salutation: String::new(),
            result: String::new(),
            decision: Vec::new(),
            costs: Vec::new(),
            total_cents: 0,
            deposit_cents: 0,
            due: None,
            payment: None,
            reasons: Vec::new(),
            legal_bases: Vec::new(),
            remedy: None,
            help: Vec::new(),
            signature: None,
            answers: Vec::new(),
            digest: None,
            proof: None,
            access_code: None,
            link: None,
            next: Vec::new(),
            asked: Vec::new(),
            answer_by: None,
            papers: Vec::new(),
            declaration: Vec::new(),
            signatory: Vec::new(),
        }
    }
}

fn german() -> String {
    "de".to_owned()
}

/// The authority as its letterhead shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    pub name: String,
    /// Department, e.g. "Ordnungsamt".
    #[serde(default)]
    pub office: Option<String>,
    /// Street, then postcode and town.
    pub address: Vec<String>,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub bank: Option<Bank>,
    /// Coat of arms as SVG text. Check it with [`crate::crest_job`] before it is kept.
    #[serde(default)]
    pub crest_svg: Option<String>,
    /// Further lines at the foot, e.g. opening hours.
    #[serde(default)]
    pub footer: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    pub name: String,
    pub iban: String,
}

/// The applicant as the sender of a printable application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    pub name: String,
    /// Street, then postcode and town.
    pub address: Vec<String>,
    /// Lines of the reference block, e.g. "Verantwortlich", "Telefon", "E-Mail".
    #[serde(default)]
    pub contact: Vec<Row>,
    /// Small print at the foot: what made this paper and who is answerable for it.
    #[serde(default)]
    pub footer: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clerk {
    pub name: String,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
}

/// One numbered sentence of the decision with its conditions a, b, c.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub text: String,
    #[serde(default)]
    pub conditions: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    pub label: String,
    /// Legal basis or tariff, in words.
    #[serde(default)]
    pub basis: String,
    pub cents: i64,
}

/// Where the money goes; becomes text and an EPC-QR code that says the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    pub payee: String,
    pub iban: String,
    /// Remittance text, usually the reference.
    pub purpose: String,
    /// Total and deposit together. Refused when it is not.
    pub cents: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// "Mit freundlichen Grüßen".
    pub closing: String,
    /// "Im Auftrag".
    #[serde(default)]
    pub by: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    /// "Elektronisch erstellt und ohne Unterschrift gültig."
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub title: String,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub label: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    pub label: String,
    /// Why it is asked.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    pub name: String,
    /// Kind, size, checksum: anything that helps to recognise it.
    #[serde(default)]
    pub note: Option<String>,
}

/// A file that lies in the PDF, and the fingerprint of the key that signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// File name, e.g. `quittung.json`.
    pub name: String,
    /// The file's text.
    pub text: String,
    pub fingerprint: String,
}
