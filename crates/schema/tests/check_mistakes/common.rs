//! What the tests of the checker share: the small valid set of files, and mistakes planted into it.

use std::path::Path;

use schema::{Diagnostic, FileMap, load};

/// Reads all files of `folder` under their paths from `root`; a folder that is not there has none.
pub fn read(root: &Path, folder: &Path, files: &mut FileMap) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

/// The small valid set of files.
pub fn fixture() -> FileMap {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check_mistakes/fixture");
    let mut files = FileMap::new();
    read(&root, &root, &mut files);
    files
}

/// Replaces `old`, which must stand exactly once in the file, by `new`.
pub fn plant(files: &mut FileMap, path: &str, old: &str, new: &str) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert_eq!(text.matches(old).count(), 1, "„{old}“ must stand once in {path}");
    files.insert(path.to_owned(), text.replace(old, new).into_bytes());
}

/// Line and column (from 1) of the text `needle` in the planted file.
pub fn spot(files: &FileMap, path: &str, needle: &str) -> (usize, usize) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    let at = text
        .find(needle)
        .unwrap_or_else(|| panic!("„{needle}“ is not in {path}"));
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (line, column)
}

/// All diagnostics, one a line, for messages of failed tests.
pub fn all(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|d| format!("{d}\n")).collect()
}

/// Plants one mistake and asserts that it alone is found: at `needle` (in the planted file), with this nearest word
/// and these words in the message.
pub fn one(path: &str, old: &str, new: &str, needle: &str, nearest: Option<&str>, says: &str) {
    let mut files = fixture();
    plant(&mut files, path, old, new);
    only(&files, path, needle, nearest, says);
}

/// Asserts that the files have exactly this one mistake.
pub fn only(files: &FileMap, path: &str, needle: &str, nearest: Option<&str>, says: &str) {
    let found = load(files).diagnostics;
    assert_eq!(found.len(), 1, "expected one mistake at „{needle}“:\n{}", all(&found));
    let d = &found[0];
    let (line, column) = spot(files, path, needle);
    assert_eq!((d.file.as_str(), d.line, d.column), (path, line, column), "{d}");
    assert_eq!(d.nearest.as_deref(), nearest, "{d}");
    assert!(d.what.contains(says), "„{says}“ is not in: {d}");
}
