//! Pictures: decoded to their last line within bounds, so that what is kept is a picture and not much more of one than the
//! file lets expect.

use std::io::Cursor;

use image::{ImageError, ImageFormat, ImageReader, Limits};

use crate::{Refusal, begins_another, find};

/// Pixels of one side at most; a telephone's panorama has 16,000.
const SIDE: u32 = 20_000;
/// Pixels at most. Telephones make 12 to 50 million; what has more weighs more than a file may.
const PIXELS: u64 = 64_000_000;
/// Bytes that decoding may take.
const MEMORY: u64 = 256 * 1024 * 1024;

pub(crate) fn look_at_jpeg(bytes: &[u8]) -> Result<(), Refusal> {
    let frame = walk(bytes).ok_or(Refusal::Broken)?;
    fits(frame.width, frame.height)?;
    // Arithmetic coding (SOF9 and on) is in the standard, and not in this decoder: whole in its parts is enough then.
    if frame.marker < 0xc9 {
        decode(bytes, ImageFormat::Jpeg)?;
    }
    // Cameras put films and further pictures behind the end; archives, pages and programs they do not.
    if begins_another(bytes.get(frame.end..).unwrap_or_default()) {
        return Err(Refusal::Mixed);
    }
    Ok(())
}

/// What a JPEG says of itself.
struct Frame {
    /// Which coding: `0xc0` to `0xcf`.
    marker: u8,
    width: u32,
    height: u32,
    /// Behind the end of the picture.
    end: usize,
}

/// Goes from marker to marker (ITU-T T.81, B.1.1) to the end of the picture, past the smaller pictures inside of it.
fn walk(bytes: &[u8]) -> Option<Frame> {
    let two = |at: usize| Some(u32::from(*bytes.get(at)?) << 8 | u32::from(*bytes.get(at + 1)?));
    let (mut at, mut frame) = (2, None);
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Filled up.
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            0xd9 => {
                let (marker, width, height) = frame?;
                let end = at + 2;
                return Some(Frame {
                    marker,
                    width,
                    height,
                    end,
                });
            }
            _ => {
                if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                    frame = Some((marker, two(at + 7)?, two(at + 5)?));
                }
                at += 2 + two(at + 2)? as usize;
                if marker == 0xda {
                    // Coded data: a marker is what is neither stuffed nor a restart.
                    let is_marker = |w: &[u8]| w[0] == 0xff && !matches!(w[1], 0 | 0xd0..=0xd7 | 0xff);
                    at += bytes.get(at..)?.windows(2).position(is_marker)?;
                }
            }
        }
    }
}

pub(crate) fn look_at_png(bytes: &[u8]) -> Result<(), Refusal> {
    decode(bytes, ImageFormat::Png)?;
    // The last chunk: no length, its name, its sum (ISO 15948, 11.2.5).
    const END: &[u8] = b"\0\0\0\0IEND\xaeB`\x82";
    let end = find(bytes, END).ok_or(Refusal::Broken)?;
    if bytes.len() > end + END.len() {
        return Err(Refusal::Mixed);
    }
    Ok(())
}

fn fits(width: u32, height: u32) -> Result<(), Refusal> {
    if width > SIDE || height > SIDE || u64::from(width) * u64::from(height) > PIXELS {
        return Err(Refusal::Huge);
    }
    Ok(())
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<(), Refusal> {
    let size = ImageReader::with_format(Cursor::new(bytes), format).into_dimensions();
    let (width, height) = size.map_err(|_| Refusal::Broken)?;
    fits(width, height)?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE), Some(SIDE));
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    match reader.decode() {
        Ok(_) => Ok(()),
        Err(ImageError::Limits(_)) => Err(Refusal::Huge),
        Err(_) => Err(Refusal::Broken),
    }
}
