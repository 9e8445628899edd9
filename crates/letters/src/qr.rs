//! The payment code: EPC069-12 version 002 (SEPA credit transfer, "GiroCode") as text and as a
//! drawing. Banking apps read it; the letter says the same in words beside it.

use fast_qr::qr::QRBuilder;
use fast_qr::{ECL, Version};
use iban::Iban;

use crate::LetterError;
use crate::data::Payment;

/// White modules around the code that readers need (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// The code's text. A payee of more than 70 characters is cut: the text beside the code has it in
/// full. Refused: a wrong IBAN, an amount outside 0,01 € to 999.999.999,99 €, no payee, a purpose of
/// more than 140 characters, more than 331 bytes in all (EPC069-12).
pub fn epc_payload(payment: &Payment) -> Result<String, LetterError> {
    let wrong = |why: &str| Err(LetterError::Data(why.to_owned()));
    let Ok(iban) = payment.iban.replace([' ', '\u{a0}'], "").parse::<Iban>() else {
        return wrong("Die IBAN des Amtes stimmt nicht.");
    };
    if !(1..=99_999_999_999).contains(&payment.cents) {
        return wrong("Ein Zahlungscode braucht einen Betrag von 0,01 € bis 999.999.999,99 €.");
    }
    let payee: String = one_line(&payment.payee).chars().take(70).collect();
    let purpose = one_line(&payment.purpose);
    if payee.is_empty() {
        return wrong("Der Name des Zahlungsempfängers fehlt.");
    }
    if purpose.chars().count() > 140 {
        return wrong("Der Verwendungszweck darf höchstens 140 Zeichen haben.");
    }
    let amount = format!("EUR{}.{:02}", payment.cents / 100, payment.cents % 100);
    // Lines: service tag, version, character set (1 = UTF-8), identification, BIC (not needed in
    // version 002), name, IBAN, amount, purpose code, structured reference, free remittance text.
    let iban = iban.to_string().replace(' ', "");
    let payload = ["BCD", "002", "1", "SCT", "", &payee, &iban, &amount, "", "", &purpose].join("\n");
    if payload.len() > 331 {
        return wrong("Empfänger und Verwendungszweck sind zusammen zu lang für einen Zahlungscode.");
    }
    Ok(payload)
}

/// A line break would shift every following line of the code.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The payment's code as an SVG image, for the page that shows the letter's words. Errors as in [`epc_payload`].
pub fn payment_code(payment: &Payment) -> Result<String, LetterError> {
    Ok(draw(&epc_payload(payment)?)?.svg)
}

/// Any text as an SVG image.
pub fn code_picture(text: &str) -> Result<String, LetterError> {
    Ok(draw(text)?.svg)
}

/// A code as SVG text, and the share of its width that is the white border on one side.
#[derive(Debug)]
pub(crate) struct Drawing {
    pub(crate) svg: String,
    pub(crate) border: f64,
}

/// Draws any text as a QR code, error correction M as EPC asks, at most version 13.
pub(crate) fn draw(payload: &str) -> Result<Drawing, LetterError> {
    let code = QRBuilder::new(payload)
        .ecl(ECL::M)
        .build()
        .ok()
        .filter(|code| code.version.is_none_or(|v| v as usize <= Version::V13 as usize))
        .ok_or_else(|| LetterError::Data("Der Text ist für einen Code zu lang.".to_owned()))?;
    let side = code.size + 2 * QUIET_ZONE;
    let mut path = String::new();
    for y in 0..code.size {
        let mut x = 0;
        while x < code.size {
            let start = x;
            while x < code.size && code[y][x].value() {
                x += 1;
            }
            // One rectangle per run, all in one path: no hairlines between modules in any viewer.
            if x > start {
                path.push_str(&format!(
                    "M{} {}h{}v1h-{}z",
                    start + QUIET_ZONE,
                    y + QUIET_ZONE,
                    x - start,
                    x - start
                ));
            }
            x += 1;
        }
    }
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"{side}\" height=\"{side}\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    );
    Ok(Drawing {
        svg,
        border: QUIET_ZONE as f64 / side as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment() -> Payment {
        Payment {
            payee: "Landratsamt Altenburger Land".into(),
            iban: "DE02 1203 0000 0000 2020 51".into(),
            purpose: "ABG-SPERR-26-0388-C".into(),
            cents: 7500,
        }
    }

    #[test]
    fn the_code_says_what_the_letter_says() {
        assert_eq!(
            epc_payload(&payment()).unwrap(),
            "BCD\n002\n1\nSCT\n\nLandratsamt Altenburger Land\nDE02120300000000202051\nEUR75.00\n\n\nABG-SPERR-26-0388-C"
        );
        let odd = Payment {
            cents: 123_405,
            payee: "Gemeinde\nNöbitz".into(),
            ..payment()
        };
        assert!(epc_payload(&odd).unwrap().contains("\nGemeinde Nöbitz\n"));
        assert!(epc_payload(&odd).unwrap().contains("\nEUR1234.05\n"));
        let long = Payment {
            payee: "x".repeat(90),
            ..payment()
        };
        assert_eq!(epc_payload(&long).unwrap().lines().nth(5).unwrap().len(), 70);
    }

    #[test]
    fn wrong_payments_make_no_code() {
        let wrong = [
            Payment {
                iban: "DE02 1203 0000 0000 2020 52".into(),
                ..payment()
            },
            Payment { cents: 0, ..payment() },
            Payment { cents: -5, ..payment() },
            Payment {
                payee: String::new(),
                ..payment()
            },
            Payment {
                purpose: "x".repeat(141),
                ..payment()
            },
            Payment {
                payee: "ä".repeat(70),
                purpose: "ü".repeat(140),
                ..payment()
            },
        ];
        for p in wrong {
            assert!(matches!(epc_payload(&p), Err(LetterError::Data(_))), "{p:?}");
        }
    }

    #[test]
    fn the_drawing_has_the_code_and_its_quiet_zone() {
        let Drawing { svg, border } = draw(&epc_payload(&payment()).unwrap()).unwrap();
        assert!((0.05..0.2).contains(&border));
        // The first row of a code is the top edge of two finder patterns: seven dark modules each.
        assert!(svg.contains("M4 4h7v1h-7z"));
        assert!(svg.contains("viewBox=\"0 0 "));
    }
}
