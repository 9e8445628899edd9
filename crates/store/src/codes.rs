//! Codes and tokens that people carry: symbols without look-alikes, forgiving when typed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Entropy;

/// Crockford's 32 symbols: no I, L, O, U.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols of a typed code: 60 bits.
pub(crate) const CODE_LENGTH: usize = 12;

/// 128 bits for a link.
pub(crate) fn link_token(entropy: &Entropy) -> String {
    URL_SAFE_NO_PAD.encode(entropy.bytes::<16>())
}

/// 256 bits for a session's cookie.
pub(crate) fn session_token(entropy: &Entropy) -> String {
    URL_SAFE_NO_PAD.encode(entropy.bytes::<32>())
}

/// `7K3M-Q2XA-9FTR`.
pub(crate) fn typed_code(entropy: &Entropy) -> String {
    let bytes: [u8; CODE_LENGTH] = entropy.bytes();
    let symbols: Vec<char> = bytes.iter().map(|b| char::from(SYMBOLS[usize::from(b % 32)])).collect();
    symbols
        .chunks(4)
        .map(|c| c.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

/// The first password of an account, shown once: a word of 16 letters and digits in fours, without look-alikes: about 79 bits.
pub fn first_password(entropy: &Entropy) -> String {
    in_fours(entropy, 16)
}

/// So many letters and digits in fours, without look-alikes.
pub(crate) fn in_fours(entropy: &Entropy, symbols: usize) -> String {
    const SYMBOLS: &[u8; 31] = b"23456789abcdefghjkmnpqrstuvwxyz";
    let bytes: [u8; 64] = entropy.bytes();
    // 248 = 8 × 31: bytes above would make the first letters likelier.
    let symbols: Vec<char> = bytes
        .iter()
        .filter(|b| **b < 248)
        .take(symbols)
        .map(|b| char::from(SYMBOLS[usize::from(b % 31)]))
        .collect();
    symbols
        .chunks(4)
        .map(|c| c.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-")
}

/// As typed → as made: capitals, O is 0, I and L are 1, everything else but symbols left out.
pub(crate) fn normal(code: &str) -> String {
    let symbol = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        c => c,
    };
    code.chars()
        .map(symbol)
        .filter(|c| c.is_ascii() && SYMBOLS.contains(&(*c as u8)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_being_written_down() {
        let code = typed_code(&Entropy::seeded(1));
        assert_eq!(code.len(), 14);
        let sloppy = format!(
            " {} ",
            code.to_lowercase()
                .replace('-', " ")
                .replace('0', "o")
                .replace('1', "l")
        );
        assert_eq!(normal(&sloppy), code.replace('-', ""));
        assert_ne!(typed_code(&Entropy::seeded(2)), code);
    }

    #[test]
    fn tokens_have_as_many_bits_as_they_say() {
        let bytes = |token: &str| URL_SAFE_NO_PAD.decode(token).unwrap().len();
        let session = session_token(&Entropy::seeded(1));
        assert_eq!((bytes(&session), bytes(&link_token(&Entropy::seeded(1)))), (32, 16));
        assert_ne!(session, session_token(&Entropy::seeded(2)));
    }

    #[test]
    fn a_first_password_is_long_and_never_the_same() {
        let one = first_password(&Entropy::seeded(1));
        assert_eq!(one.len(), 19);
        assert!(
            one.chars()
                .all(|c| c == '-' || (c.is_ascii_alphanumeric() && !"01lio".contains(c)))
        );
        assert_ne!(one, first_password(&Entropy::seeded(2)));
    }
}
