//! A ZIP of files as they are, without compression: what goes in is mostly packed already, and any program opens it.

use jiff::civil::DateTime;

/// Files of one archive.
pub struct Zip {
    out: Vec<u8>,
    directory: Vec<u8>,
    files: u16,
    time: u16,
    date: u16,
}

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// Version needed: 1.0, stored.
const VERSION: u16 = 10;

fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0u32; 256];
        let mut n = 0;
        while n < 256 {
            let (mut c, mut k) = (n as u32, 0);
            while k < 8 {
                c = if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 };
                k += 1;
            }
            table[n] = c;
            n += 1;
        }
        table
    };
    !bytes.iter().fold(!0u32, |c, b| {
        let at = usize::try_from((c ^ u32::from(*b)) & 0xff).unwrap_or_default();
        TABLE[at] ^ (c >> 8)
    })
}

/// A name that stays in the folder that somebody unpacks into, on every system.
pub fn safe_name(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c if c.is_control() => '_',
            c => c,
        })
        .take(100)
        .collect();
    match plain.trim_matches(['.', ' ']) {
        "" => "datei".to_owned(),
        name => name.to_owned(),
    }
}

impl Zip {
    /// `at`: the local time that every file has.
    pub fn new(at: DateTime) -> Zip {
        let field = |n: i32| u16::try_from(n).unwrap_or_default();
        let year = field(i32::from(at.year()) - 1980);
        Zip {
            out: Vec::new(),
            directory: Vec::new(),
            files: 0,
            time: field(at.hour().into()) << 11 | field(at.minute().into()) << 5 | field(i32::from(at.second()) / 2),
            date: year << 9 | field(at.month().into()) << 5 | field(at.day().into()),
        }
    }

    /// Bytes so far.
    pub fn size(&self) -> usize {
        self.out.len()
    }

    /// `name`: parts joined by `/`, each made safe.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        let name = name.split('/').map(safe_name).collect::<Vec<_>>().join("/");
        let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (at, size) = (short(self.out.len()), short(bytes.len()));
        let mut head = Vec::new();
        for half in [VERSION, FLAGS, 0, self.time, self.date] {
            head.extend(half.to_le_bytes());
        }
        for word in [crc32(bytes), size, size] {
            head.extend(word.to_le_bytes());
        }
        head.extend(u16::try_from(name.len()).unwrap_or_default().to_le_bytes());
        head.extend(0u16.to_le_bytes());
        self.out.extend(LOCAL.to_le_bytes());
        self.out.extend(&head);
        self.out.extend(name.as_bytes());
        self.out.extend(bytes);
        self.directory.extend(CENTRAL.to_le_bytes());
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(&head);
        // No comment, disk 0, no attributes.
        self.directory.extend([0; 10]);
        self.directory.extend(at.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.files += 1;
    }

    pub fn finish(mut self) -> Vec<u8> {
        let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (at, size) = (short(self.out.len()), short(self.directory.len()));
        self.out.extend(&self.directory);
        self.out.extend(END.to_le_bytes());
        for half in [0, 0, self.files, self.files] {
            self.out.extend(half.to_le_bytes());
        }
        self.out.extend(size.to_le_bytes());
        self.out.extend(at.to_le_bytes());
        self.out.extend(0u16.to_le_bytes());
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(bytes: &[u8], at: usize, n: usize) -> usize {
        bytes[at..at + n].iter().rev().fold(0, |v, b| v << 8 | usize::from(*b))
    }

    /// Read back from the end, as programs do: each entry leads to its file, and its check value is that of the bytes.
    #[test]
    fn the_directory_leads_to_every_file() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let mut zip = Zip::new(jiff::civil::date(2026, 11, 24).at(22, 39, 5, 0));
        zip.add("lesen.html", "Ä".as_bytes());
        zip.add("unterlagen/../1-Größe?.pdf", b"%PDF");
        let size = zip.size();
        let bytes = zip.finish();
        let end = bytes.len() - 22;
        assert_eq!(
            (
                word(&bytes, end, 4),
                word(&bytes, end + 10, 2),
                word(&bytes, end + 16, 4)
            ),
            (END as usize, 2, size)
        );
        let mut at = size;
        let mut found = Vec::new();
        for _ in 0..2 {
            assert_eq!(word(&bytes, at, 4), CENTRAL as usize);
            let (crc, n, name, local) = (
                word(&bytes, at + 16, 4),
                word(&bytes, at + 24, 4),
                word(&bytes, at + 28, 2),
                word(&bytes, at + 42, 4),
            );
            assert_eq!(word(&bytes, local, 4), LOCAL as usize);
            // The entry repeats what stands before the file.
            assert_eq!(bytes[at + 6..at + 32], bytes[local + 4..local + 30]);
            let from = local + 30 + name;
            let content = &bytes[from..from + n];
            assert_eq!(crc, crc32(content) as usize);
            found.push((
                String::from_utf8_lossy(&bytes[at + 46..at + 46 + name]).into_owned(),
                content.to_vec(),
            ));
            at += 46 + name;
        }
        assert_eq!(at, end);
        assert_eq!(
            found,
            [
                ("lesen.html".to_owned(), "Ä".as_bytes().to_vec()),
                ("unterlagen/datei/1-Größe_.pdf".to_owned(), b"%PDF".to_vec())
            ]
        );
        // 24.11.2026, 22:39:04.
        assert_eq!(
            (word(&bytes, 10, 2), word(&bytes, 12, 2)),
            (22 << 11 | 39 << 5 | 2, 46 << 9 | 11 << 5 | 24)
        );
    }
}
