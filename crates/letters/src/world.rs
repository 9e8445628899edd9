//! The world that a template sees: its own text, the shared files of templates/letters, the letter's
//! data and our fonts. No files, no network, no packages, no clock of its own.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Dict, Duration, IntoValue};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt, World};

use crate::LetterError;
use crate::fonts::FONTS;
use crate::view::View;

/// Ids are interned for ever and there are 65,535: fixed paths, never one per letter.
static MAIN: LazyLock<Option<FileId>> = LazyLock::new(|| id("/main.typ"));
/// What a template may import.
static SHARED: LazyLock<Vec<Source>> = LazyLock::new(|| {
    [
        (
            "/letterhead.typ",
            include_str!("../../../templates/letters/letterhead.typ"),
        ),
        ("/parts.typ", include_str!("../../../templates/letters/parts.typ")),
        ("/style.typ", include_str!("../../../templates/letters/style.typ")),
        ("/words.typ", include_str!("../../../templates/letters/words.typ")),
    ]
    .into_iter()
    .filter_map(|(path, text)| Some(Source::new(id(path)?, text.to_owned())))
    .collect()
});

fn id(path: &str) -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).ok()?).intern())
}

pub(crate) struct LetterWorld {
    library: LazyHash<Library>,
    main: Source,
    today: Datetime,
}

impl LetterWorld {
    /// `today` is what `datetime.today()` says in a template and the PDF's date.
    pub(crate) fn new(template: &str, view: View, today: Datetime) -> Result<LetterWorld, LetterError> {
        let inner = |e: String| LetterError::Data(e);
        let mut letter: Dict = serde_json::from_value(view.letter).map_err(|e| inner(e.to_string()))?;
        let drawing = |svg: Option<String>| svg.map(Bytes::from_string).into_value();
        letter.insert("crest".into(), drawing(view.crest));
        letter.insert(
            "qr_border".into(),
            view.qr.as_ref().map(|code| code.border).into_value(),
        );
        letter.insert("attachment".into(), drawing(view.attachment));
        letter.insert("qr".into(), drawing(view.qr.map(|code| code.svg)));
        let inputs = Dict::from_iter([("letter".into(), letter.into_value())]);
        // Row headers (`pdf.header-cell`) stand behind this feature in Typst 0.15.
        let features = [Feature::A11yExtras].into_iter().collect();
        let library = Library::builder().with_inputs(inputs).with_features(features).build();
        let main = MAIN.ok_or_else(|| inner("/main.typ".to_owned()))?;
        Ok(LetterWorld {
            library: LazyHash::new(library),
            main: Source::new(main, template.to_owned()),
            today,
        })
    }
}

impl World for LetterWorld {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            return Ok(self.main.clone());
        }
        SHARED
            .iter()
            .find(|source| source.id() == id)
            .cloned()
            .ok_or(FileError::AccessDenied)
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        Some(self.today)
    }
}
