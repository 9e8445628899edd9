//! Pictures: decoded to their last line within bounds, so that what is kept is a picture and not much more of one than the
//! file lets expect.

use std::io::Cursor;

use image::{ImageError, ImageFormat, ImageReader, Limits};

use crate::{Refusal, begins_another};

/// Pixels of one side at most; a telephone's panorama has 16,000.
const SIDE: u32 = 20_000;
/// Pixels at most: the largest sensors of telephones have 200 million, their usual pictures 12 to 50.
const PIXELS: u64 = 120_000_000;
/// Bytes that decoding may take.
const MEMORY: u64 = 400 * 1024 * 1024;

pub(crate) fn look_at_jpeg(bytes: &[u8]) -> Result<(), Refusal> {
    // Frames in arithmetic coding (ITU-T T.81, table B.1: SOF9 and SOF10), which this decoder lacks and others have.
    let rare = bytes.windows(2).any(|w| w == [0xff, 0xc9] || w == [0xff, 0xca]);
    if !rare {
        decode(bytes, ImageFormat::Jpeg)?;
    }
    // Cameras put films and further pictures behind the end; archives, pages and programs they do not.
    let end = bytes
        .windows(2)
        .rposition(|w| w == [0xff, 0xd9])
        .ok_or(Refusal::Broken)?;
    let first = bytes.windows(2).position(|w| w == [0xff, 0xd9]).unwrap_or(end);
    if begins_another(bytes.get(first.min(end) + 2..).unwrap_or_default()) {
        return Err(Refusal::Mixed);
    }
    Ok(())
}

pub(crate) fn look_at_png(bytes: &[u8]) -> Result<(), Refusal> {
    decode(bytes, ImageFormat::Png)?;
    // The last chunk: no length, its name, its sum (ISO 15948, 11.2.5).
    const END: &[u8] = b"\0\0\0\0IEND\xaeB`\x82";
    let end = bytes.windows(END.len()).position(|w| w == END).ok_or(Refusal::Broken)?;
    if bytes.len() > end + END.len() {
        return Err(Refusal::Mixed);
    }
    Ok(())
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<(), Refusal> {
    let size = ImageReader::with_format(Cursor::new(bytes), format).into_dimensions();
    let (width, height) = size.map_err(|_| Refusal::Broken)?;
    if width > SIDE || height > SIDE || u64::from(width) * u64::from(height) > PIXELS {
        return Err(Refusal::Huge);
    }
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
