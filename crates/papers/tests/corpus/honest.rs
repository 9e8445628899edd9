//! What clubs hand in: scans, photographs, plans, invoices, forms without programs.

use std::io::Cursor;

use fastrand::Rng;
use image::{DynamicImage, ImageFormat};
use papers::Kind;

use crate::Sample;
use crate::pdf::{Pdf, stream};

fn picture(rng: &mut Rng, format: ImageFormat, n: usize) -> Vec<u8> {
    let (width, height) = (rng.u32(1..600), rng.u32(1..600));
    let noise: Vec<u8> = (0..width * height * 3).map(|_| rng.u8(..)).collect();
    let rgb = image::RgbImage::from_raw(width, height, noise).expect("the right size");
    let picture = DynamicImage::ImageRgb8(rgb);
    let picture = match (n % 4, format) {
        (1, _) => picture.grayscale(),
        (2, ImageFormat::Png) => DynamicImage::ImageRgba8(picture.to_rgba8()),
        (3, ImageFormat::Png) => DynamicImage::ImageRgb16(picture.to_rgb16()),
        _ => picture,
    };
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).expect("memory");
    out.into_inner()
}

fn thumbnail() -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgb8(image::RgbImage::new(32, 24));
    picture.write_to(&mut out, ImageFormat::Jpeg).expect("memory");
    out.into_inner()
}

/// What telephones put behind a photograph: a short film, a smaller picture.
fn behind(rng: &mut Rng, n: usize) -> Vec<u8> {
    match n % 3 {
        0 => Vec::new(),
        1 => [
            b"\0\0\0\x18ftypmp42".to_vec(),
            (0..500).map(|_| rng.u8(..0x3c)).collect(),
        ]
        .concat(),
        _ => picture(rng, ImageFormat::Jpeg, 0),
    }
}

fn document(n: usize) -> Vec<u8> {
    let text = format!("Lageplan Nr. {n} des Sommerfests, Gr\\374ne Wiese");
    let pdf = Pdf::new(&text);
    let link = "/Annots [5 0 R]";
    let uri = "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://example.org/) >> >>";
    match n % 8 {
        0 => pdf.bytes(),
        1 => pdf.page(link).object(uri).bytes(),
        2 => pdf.page(link).object(uri).compressed(),
        // A form to be filled in, without a program.
        3 => pdf
            .catalogue("/AcroForm << /Fields [5 0 R] >>")
            .object("<< /FT /Tx /T (Verein) /V (SV Nobitz) /Subtype /Widget /Rect [0 0 99 20] >>")
            .bytes(),
        // Opens at a place of its own.
        4 => pdf.catalogue("/OpenAction [3 0 R /Fit] /PageMode /UseOutlines").bytes(),
        5 => pdf
            .catalogue("/OpenAction << /S /GoTo /D [3 0 R /Fit] >>")
            .compressed_or_plain(n),
        // An invoice with its data (EN 16931 in PDF/A-3), a receipt of ours with its.
        6 => pdf
            .catalogue("/Names << /EmbeddedFiles << /Names [(factur-x.xml) 5 0 R] >> >>")
            .object("<< /Type /Filespec /F (factur-x.xml) /EF << /F 6 0 R >> >>")
            .object(stream(
                "/Type /EmbeddedFile",
                b"<?xml version=\"1.0\"?><Invoice/>",
                n % 16 == 6,
            ))
            .bytes(),
        _ => {
            let mut bytes = pdf
                .object(stream("/Type /XObject /Subtype /Image", &[7; 4000], true))
                .bytes();
            bytes.extend(b"\r\n\r\n");
            bytes
        }
    }
}

impl Pdf {
    fn compressed_or_plain(self, n: usize) -> Vec<u8> {
        let with = self.object("<< /Producer (Scanner) >>");
        if n % 16 < 8 { with.compressed() } else { with.bytes() }
    }
}

pub fn all(seed: u64) -> Vec<Sample> {
    let mut rng = Rng::with_seed(seed);
    let mut out = Vec::new();
    for n in 0..30 {
        let mut bytes = picture(&mut rng, ImageFormat::Jpeg, n);
        bytes.extend(behind(&mut rng, n));
        out.push(Sample {
            name: format!("jpeg {n}"),
            bytes,
            says: Ok(Kind::Jpeg),
        });
        // A small picture in the data of the camera, as in a photograph, and bytes as they come in large ones.
        let small = [b"Exif\0\0".to_vec(), thumbnail(), b"pk\x03\x04".to_vec()].concat();
        let length = u16::try_from(small.len() + 2).expect("short").to_be_bytes();
        let whole = picture(&mut rng, ImageFormat::Jpeg, n);
        out.push(Sample {
            name: format!("photograph {n}"),
            bytes: [&whole[..2], &[0xff, 0xe1], &length, &small, &whole[2..]].concat(),
            says: Ok(Kind::Jpeg),
        });
        let bytes = picture(&mut rng, ImageFormat::Png, n);
        out.push(Sample {
            name: format!("png {n}"),
            bytes,
            says: Ok(Kind::Png),
        });
    }
    out.extend((0..48).map(|n| Sample {
        name: format!("pdf {n}"),
        bytes: document(n),
        says: Ok(Kind::Pdf),
    }));
    out
}
