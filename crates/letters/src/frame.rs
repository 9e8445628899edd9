//! How parent and child talk: frames of four bytes length (big endian) and content. A request is a
//! JSON job; an answer starts with one byte, 0 = PDF follows, 1 = a `LetterError` as JSON follows.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::{LetterError, LetterJob};

/// No letter and no job is bigger; a wrong length must not fetch gigabytes.
pub(crate) const MAX_FRAME: usize = 32 * 1024 * 1024;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) job: LetterJob,
    pub(crate) now_utc: i64,
}

/// The length of a frame as it is sent.
pub(crate) fn header(len: usize) -> io::Result<[u8; 4]> {
    u32::try_from(len)
        .ok()
        .filter(|_| len <= MAX_FRAME)
        .map(u32::to_be_bytes)
        .ok_or_else(too_big)
}

/// The length of a frame as it was received.
pub(crate) fn length(header: [u8; 4]) -> io::Result<usize> {
    usize::try_from(u32::from_be_bytes(header))
        .ok()
        .filter(|n| *n <= MAX_FRAME)
        .ok_or_else(too_big)
}

fn too_big() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "frame too big")
}

pub(crate) fn pack(result: &Result<Vec<u8>, LetterError>) -> Vec<u8> {
    match result {
        Ok(pdf) => [&[0][..], pdf].concat(),
        // An error of plain texts always serialises; empty content reads as a crash.
        Err(e) => [vec![1], serde_json::to_vec(e).unwrap_or_default()].concat(),
    }
}

pub(crate) fn unpack(mut frame: Vec<u8>) -> Result<Vec<u8>, LetterError> {
    match frame.first() {
        Some(0) => {
            frame.remove(0);
            Ok(frame)
        }
        Some(1) => Err(serde_json::from_slice(&frame[1..]).unwrap_or(LetterError::Crashed)),
        _ => Err(LetterError::Crashed),
    }
}

/// The next frame, or none at the end of input.
pub(crate) fn read(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut head = [0; 4];
    match from.read_exact(&mut head) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut content = vec![0; length(head)?];
    from.read_exact(&mut content)?;
    Ok(Some(content))
}

pub(crate) fn write(to: &mut impl Write, content: &[u8]) -> io::Result<()> {
    to.write_all(&header(content.len())?)?;
    to.write_all(content)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_as_they_went() {
        let mut wire = Vec::new();
        write(&mut wire, b"eins").unwrap();
        write(&mut wire, b"").unwrap();
        let mut from = wire.as_slice();
        assert_eq!(read(&mut from).unwrap().unwrap(), b"eins");
        assert_eq!(read(&mut from).unwrap().unwrap(), b"");
        assert!(read(&mut from).unwrap().is_none());
        assert!(read(&mut &[0xff, 0xff, 0xff, 0xff, 1][..]).is_err());
    }

    #[test]
    fn answers_keep_their_kind() {
        assert_eq!(unpack(pack(&Ok(b"%PDF".to_vec()))).unwrap(), b"%PDF");
        assert_eq!(
            unpack(pack(&Err(LetterError::TooLong(10)))),
            Err(LetterError::TooLong(10))
        );
        assert_eq!(unpack(Vec::new()), Err(LetterError::Crashed));
    }
}
