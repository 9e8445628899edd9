//! The shipped files as tests see them, read from the checkout.
#![allow(dead_code)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use schema::FileMap;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Everything below `regions/`.
pub fn regions() -> FileMap {
    let mut files = FileMap::new();
    add(&root(), Path::new("regions"), &mut files);
    files
}

fn add(root: &Path, folder: &Path, files: &mut FileMap) {
    for entry in std::fs::read_dir(root.join(folder)).expect("folder") {
        let name = entry.expect("entry").file_name();
        let path = folder.join(name);
        if root.join(&path).is_dir() {
            add(root, &path, files);
        } else {
            let bytes = std::fs::read(root.join(&path)).expect("file");
            files.insert(path.to_str().expect("path").to_owned(), bytes);
        }
    }
}

/// A file of the data that lie beside a checkout for development; None with a note if it is not there.
pub fn outside(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/data").join(name);
    let found = path.exists().then_some(path);
    let found = found.or_else(|| {
        let path = std::env::var_os("KOMMUNAL_SHARED").map(|dir| PathBuf::from(dir).join("data").join(name))?;
        path.exists().then_some(path)
    });
    if found.is_none() {
        // Straight to stderr: a skipped comparison must be seen, also where the test harness keeps output back.
        let _ = writeln!(
            std::io::stderr(),
            "übersprungen: ../shared/data/{name} liegt nicht neben dieser Arbeitskopie"
        );
    }
    found
}

/// A folder of its own that is removed at the end.
pub struct TempDir(pub PathBuf);

impl TempDir {
    pub fn new(name: &str) -> TempDir {
        let path = std::env::temp_dir().join(format!("kommunal-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("temp dir");
        TempDir(path)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A record of the register file: fields at their places, blanks between, 220 characters.
pub fn record(fields: &[(usize, &str)]) -> String {
    let mut line: Vec<char> = vec![' '; 220];
    for (at, text) in fields {
        for (offset, c) in text.chars().enumerate() {
            line[at + offset] = c;
        }
    }
    line.into_iter().collect()
}

/// A small register: one Land, one Kreis, a Verwaltungsgemeinschaft of two, a free-standing town.
pub fn small_register() -> Vec<String> {
    let municipality = |key: &str, association: &str, name: &str, kind: &str, people: &str, postcode: &str| {
        record(&[
            (0, "60"),
            (2, "20251130"),
            (10, key),
            (18, association),
            (22, name),
            (122, kind),
            (128, "00000001000"),
            (139, people),
            (150, "00000000100"),
            (165, postcode),
            (177, "4166"),
        ])
    };
    let district = [
        (0, "40"),
        (2, "20251130"),
        (10, "16077"),
        (22, "Altenburger Land"),
        (72, "Altenburg"),
        (122, "44"),
    ];
    let vg = [
        (0, "50"),
        (2, "20251130"),
        (10, "16077"),
        (18, "5004"),
        (22, "Pleißenaue"),
        (72, "Treben"),
        (122, "54"),
    ];
    let free = [
        (0, "50"),
        (2, "20251130"),
        (10, "16077"),
        (18, "0001"),
        (22, "Altenburg, Stadt"),
        (122, "50"),
    ];
    vec![
        record(&[
            (0, "10"),
            (2, "20251130"),
            (10, "16"),
            (22, "Thüringen"),
            (72, "Erfurt"),
        ]),
        record(&[(0, "20"), (2, "20251130"), (10, "160"), (22, "Thüringen")]),
        record(&district),
        record(&free),
        municipality("16077001", "0001", "Altenburg, Stadt", "63", "00000031093", "04600"),
        record(&vg),
        municipality("16077015", "5004", "Haselbach", "64", "00000000800", "04617"),
        municipality("16077048", "5004", "Treben", "64", "00000001114", "04617"),
    ]
}
