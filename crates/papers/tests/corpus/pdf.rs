//! Writes PDF files by hand, so that they can be wrong in each way wanted.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Objects 1 (catalogue), 2 (pages), 3 (page) and 4 (content) are there; what is added begins with 5.
#[derive(Clone)]
pub struct Pdf {
    /// Inside of the catalogue's dictionary.
    pub catalogue: String,
    /// Inside of the page's dictionary.
    pub page: String,
    /// Inside of the trailer's dictionary.
    pub trailer: String,
    pub more: Vec<Vec<u8>>,
    text: String,
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).expect("memory");
    out.finish().expect("memory")
}

/// An object that is a stream, compressed if wanted.
pub fn stream(dict: &str, bytes: &[u8], compressed: bool) -> Vec<u8> {
    let (filter, bytes) = match compressed {
        true => ("/Filter /FlateDecode", deflate(bytes)),
        false => ("", bytes.to_vec()),
    };
    let mut out = format!("<< {dict} {filter} /Length {} >>\nstream\n", bytes.len()).into_bytes();
    out.extend(&bytes);
    out.extend(b"\nendstream");
    out
}

impl Pdf {
    pub fn new(text: &str) -> Pdf {
        Pdf {
            catalogue: String::new(),
            page: String::new(),
            trailer: String::new(),
            more: Vec::new(),
            text: text.to_owned(),
        }
    }

    pub fn object(mut self, object: impl Into<Vec<u8>>) -> Pdf {
        self.more.push(object.into());
        self
    }

    pub fn catalogue(mut self, entries: &str) -> Pdf {
        self.catalogue.push_str(entries);
        self
    }

    pub fn page(mut self, entries: &str) -> Pdf {
        self.page.push_str(entries);
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let content = format!("BT /F1 12 Tf 72 720 Td ({}) Tj ET", self.text);
        let mut objects: Vec<Vec<u8>> = vec![
            format!("<< /Type /Catalog /Pages 2 0 R {} >>", self.catalogue).into_bytes(),
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
            format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> {} >>", self.page).into_bytes(),
            stream("", content.as_bytes(), true),
        ];
        objects.extend(self.more.iter().cloned());
        let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let mut at = Vec::new();
        for (n, object) in objects.iter().enumerate() {
            at.push(out.len());
            out.extend(format!("{} 0 obj\n", n + 1).bytes());
            out.extend(object);
            out.extend(b"\nendobj\n");
        }
        let start = out.len();
        out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
        at.iter()
            .for_each(|n| out.extend(format!("{n:010} 00000 n \n").bytes()));
        let size = objects.len() + 1;
        out.extend(
            format!(
                "trailer\n<< /Size {size} /Root 1 0 R {} >>\nstartxref\n{start}\n%%EOF\n",
                self.trailer
            )
            .bytes(),
        );
        out
    }

    /// The same with objects from 5 on in a compressed object stream and a cross-reference stream (ISO 32000-2, 7.5.7
    /// and 7.5.8).
    pub fn compressed(&self) -> Vec<u8> {
        let plain = Pdf {
            more: Vec::new(),
            ..self.clone()
        };
        let mut out = plain.bytes();
        let cut = out.windows(5).position(|w| w == b"xref\n").expect("a table");
        out.truncate(cut);
        let place = |n: usize| {
            let mark = format!("{n} 0 obj\n");
            out.windows(mark.len())
                .position(|w| w == mark.as_bytes())
                .expect("an object")
        };
        let places: Vec<usize> = (1..=4).map(place).collect();
        let (mut heads, mut bodies) = (String::new(), Vec::new());
        for (n, object) in self.more.iter().enumerate() {
            heads += &format!("{} {} ", n + 5, bodies.len());
            bodies.extend(object);
            bodies.push(b' ');
        }
        let first = heads.len();
        let mut packed = heads.into_bytes();
        packed.extend(&bodies);
        let (pack_no, table_no) = (self.more.len() + 5, self.more.len() + 6);
        let pack_at = out.len();
        out.extend(format!("{pack_no} 0 obj\n").bytes());
        let dict = format!("/Type /ObjStm /N {} /First {first}", self.more.len());
        out.extend(stream(&dict, &packed, true));
        out.extend(b"\nendobj\n");
        let table_at = out.len();
        let mut table = vec![0, 0, 0, 0, 0, 0];
        let mut line = |kind: u8, at: usize, rest: u8| {
            table.push(kind);
            table.extend(u32::try_from(at).expect("small").to_be_bytes());
            table.push(rest);
        };
        places.iter().for_each(|at| line(1, *at, 0));
        (0..self.more.len()).for_each(|n| line(2, pack_no, u8::try_from(n).expect("few")));
        line(1, pack_at, 0);
        line(1, table_at, 0);
        out.extend(format!("{table_no} 0 obj\n").bytes());
        out.extend(stream(
            &format!("/Type /XRef /W [1 4 1] /Size {} /Root 1 0 R", table_no + 1),
            &table,
            true,
        ));
        out.extend(format!("\nendobj\nstartxref\n{table_at}\n%%EOF\n").bytes());
        out
    }
}
