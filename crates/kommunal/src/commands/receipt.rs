//! `kommunal receipt verify`: checks a receipt's signature and digest without any data of ours. Reads the
//! PDF as it was sent, or the file that lies in it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use domain::receipt::{FILE_NAME, SignedReceipt, Statement, fingerprint, unhex};
use hayro_syntax::Pdf;
use hayro_syntax::object::Object;

/// Quittungen
#[derive(clap::Subcommand)]
pub enum Command {
    /// Prüft, ob eine Quittung echt und unverändert ist
    Verify(Verify),
}

impl Command {
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Command::Verify(verify) => verify.run(),
        }
    }
}

/// Prüft, ob eine Quittung echt und unverändert ist
#[derive(clap::Args)]
pub struct Verify {
    /// Quittung als PDF, oder die Datei quittung.json daraus
    #[arg(value_name = "DATEI")]
    file: PathBuf,
    /// Schlüssel, den das Amt nennt: als Kennung in Vierergruppen oder als 64 Hexziffern
    #[arg(long, value_name = "SCHLÜSSEL")]
    key: Option<String>,
}

/// Larger files are no receipts.
const LARGEST: u64 = 20 << 20;

impl Verify {
    fn run(self) -> anyhow::Result<()> {
        let receipt = read(&self.file)?;
        let (statement, print) = check(&receipt, self.key.as_deref())?;
        let at = domain::berlin(statement.received_at).strftime("%d.%m.%Y, %H:%M Uhr");
        let mut lines = vec![
            "Die unterschriebene Quittung ist echt: Unterschrift und Prüfsumme passen.".to_owned(),
            format!("Geprüft ist, was unterschrieben ist ({FILE_NAME}), nicht das Bild der Seiten."),
            format!("Aktenzeichen: {}", statement.reference),
            format!("Amt:          {} ({})", statement.authority_name, statement.authority),
            format!("Eingang:      {at}"),
            format!("Prüfsumme:    {}", statement.sha256),
            format!("Schlüssel:    {print}"),
        ];
        lines.push(match self.key {
            Some(_) => "Der Schlüssel ist der, den Sie genannt haben.".to_owned(),
            None => format!(
                "Vergleichen Sie den Schlüssel mit dem des Amts: im Impressum des Amts oder unter /api/v1/keys/{}.",
                statement.authority
            ),
        });
        super::print_bytes(format!("{}\n", lines.join("\n")).as_bytes())
    }
}

/// Signature, digest and, where one is given, the key.
fn check(receipt: &SignedReceipt, wanted: Option<&str>) -> anyhow::Result<(Statement, String)> {
    let broken = "Die Quittung wurde verändert";
    let key = unhex::<{ store::sign::PUBLIC_KEY_LEN }>(&receipt.public_key);
    let signature = unhex::<{ store::sign::SIGNATURE_LEN }>(&receipt.signature);
    let (Some(key), Some(signature)) = (key, signature) else {
        bail!("{broken}: Schlüssel oder Unterschrift sind unvollständig. Fordern Sie die Quittung neu an.");
    };
    if receipt.algorithm != "Ed25519" || !store::sign::verify(&key, receipt.statement.as_bytes(), &signature) {
        bail!("{broken}: Die Unterschrift passt nicht zum Inhalt. Fordern Sie die Quittung neu an.");
    }
    let statement: Statement = serde_json::from_str(&receipt.statement).with_context(
        || "Diese Quittung hat eine andere Form. Prüfen Sie sie mit einer neueren Fassung von kommunal.",
    )?;
    if !statement.is_whole() {
        bail!("{broken}: Die Prüfsumme passt nicht zu den Angaben. Fordern Sie die Quittung neu an.");
    }
    let print = fingerprint(&key);
    if let Some(wanted) = wanted {
        let plain = |t: &str| t.replace([' ', ':'], "").to_lowercase();
        if ![plain(&print), receipt.public_key.to_lowercase()].contains(&plain(wanted)) {
            bail!("Die Quittung ist mit einem anderen Schlüssel unterschrieben: {print}. Fragen Sie beim Amt nach.");
        }
    }
    Ok((statement, print))
}

fn read(path: &Path) -> anyhow::Result<SignedReceipt> {
    let name = path.display();
    let size = std::fs::metadata(path)
        .with_context(|| format!("{name} lässt sich nicht lesen. Prüfen Sie den Pfad."))?
        .len();
    if size > LARGEST {
        bail!("{name} ist zu groß für eine Quittung. Nennen Sie das PDF der Quittung.");
    }
    let bytes = std::fs::read(path).with_context(|| format!("{name} lässt sich nicht lesen. Prüfen Sie den Pfad."))?;
    let none = || {
        format!(
            "In {name} liegt keine unterschriebene Quittung ({FILE_NAME}). Nennen Sie das PDF, das Sie beim Absenden bekommen haben."
        )
    };
    if bytes.starts_with(b"%PDF") {
        let Ok(pdf) = Pdf::new(bytes) else {
            bail!("{name} ist kein lesbares PDF. Laden Sie die Quittung neu herunter.");
        };
        return attached(&pdf).with_context(none);
    }
    serde_json::from_slice(&bytes).ok().with_context(none)
}

/// The first file in the PDF that is a signed receipt.
fn attached(pdf: &Pdf) -> Option<SignedReceipt> {
    pdf.objects().into_iter().find_map(|object| {
        let Object::Stream(stream) = object else { return None };
        serde_json::from_slice(&stream.decoded().ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    use domain::receipt::{FORMAT, digest, hex};
    use serde_json::json;

    fn receipt() -> SignedReceipt {
        let answers = json!({ "people": 40 });
        let statement = Statement {
            format: FORMAT.into(),
            reference: "NOB-FEUER-26-7K3M-Q".into(),
            authority: "nobitz".into(),
            authority_name: "Gemeinde Nobitz".into(),
            place: "16077036".into(),
            service: "brauchtumsfeuer".into(),
            service_version: "00".into(),
            received_at: jiff::Timestamp::UNIX_EPOCH,
            sha256: hex(&digest(&answers, &[])),
            answers,
            papers: json!([]),
        };
        sign(&serde_json::to_string(&statement).expect("json"), 7)
    }

    fn sign(statement: &str, seed: u8) -> SignedReceipt {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("key");
        SignedReceipt {
            statement: statement.to_owned(),
            algorithm: "Ed25519".into(),
            public_key: hex(pair.public_key().as_ref()),
            signature: hex(pair.sign(statement.as_bytes()).as_ref()),
        }
    }

    fn why(receipt: &SignedReceipt, key: Option<&str>) -> String {
        check(receipt, key)
            .map(|_| String::new())
            .unwrap_or_else(|e| e.to_string())
    }

    #[test]
    fn any_change_is_found_and_a_foreign_key_is_named() {
        let good = receipt();
        let (statement, print) = check(&good, None).expect("good");
        assert_eq!(statement.reference, "NOB-FEUER-26-7K3M-Q");
        assert_eq!(why(&good, Some(&print.to_lowercase().replace(' ', ""))), "");
        assert_eq!(why(&good, Some(&good.public_key)), "");
        let other = sign(&good.statement, 8);
        assert!(why(&other, Some(&print)).contains("anderen Schlüssel"));

        for at in 0..good.statement.len() {
            let mut bytes = good.statement.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(statement) = String::from_utf8(bytes) else {
                continue;
            };
            let changed = SignedReceipt {
                statement,
                ..good.clone()
            };
            assert!(why(&changed, None).contains("verändert"), "byte {at}");
        }
        // Signed, but not with the digest of its answers.
        let lying = good.statement.replace("\"people\":40", "\"people\":41");
        assert!(why(&sign(&lying, 7), None).contains("Prüfsumme"));
        let short = SignedReceipt {
            signature: "00".into(),
            ..good
        };
        assert!(why(&short, None).contains("unvollständig"));
    }
}
