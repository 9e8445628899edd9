//! Files → [`Catalog`] and every mistake in them at once. Belongs here: which files make a service, and which
//! services are whole. How single files are read is in the modules below, what fits together in `check`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::nearest;
use crate::region::{self, RegionFiles};
use crate::{Catalog, Diagnostic, Example, FileMap, Lang, Region, Service, Texts, check, leicht, package};

pub(crate) mod example;
pub(crate) mod fields;
pub(crate) mod form;
pub(crate) mod heal;
pub(crate) mod keys;
pub(crate) mod keys_data;
pub(crate) mod keys_form;
pub(crate) mod keys_service;
mod leaves;
pub(crate) mod node;
mod plain;
pub(crate) mod scalar;
pub(crate) mod service;
pub(crate) mod source;
pub(crate) mod texts;
pub(crate) mod view;
pub(crate) mod walk;

pub use leaves::{Leaf, leaves};

use fields::Fields;
use source::Report;
use texts::TextFile;
use view::File;

/// Letters that every service has.
pub(crate) const LETTERS: &[&str] = &["receipt", "approval", "refusal", "question"];

/// What came out of the files.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The services without mistakes, and the region.
    pub catalog: Catalog,
    /// The services with mistakes as far as they can be read: for whoever looks for more of them. No new application
    /// is made with one.
    pub broken: Vec<Arc<Service>>,
    /// Every mistake, by file and line.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// The service of a published package. It was without mistakes when it was published; what a newer checker finds
    /// in it must not take the rules away from the cases that were made under them.
    pub fn published(&self, id: &str) -> Option<&Arc<Service>> {
        let readable = |service: &&Arc<Service>| service.id == id && !service.form.pages.is_empty();
        self.catalog
            .services
            .get(id)
            .or_else(|| self.broken.iter().find(readable))
    }
}

/// What all services share.
#[derive(Debug)]
pub(crate) struct World {
    pub fields: Fields,
    pub region: RegionFiles,
    /// Folders under `services/`.
    pub services: Vec<String>,
}

/// One service folder as read, before it is known to be whole.
#[derive(Debug)]
pub(crate) struct Draft {
    pub folder: String,
    pub service: Service,
    pub service_file: File,
    pub form_file: File,
    pub texts: BTreeMap<Lang, TextFile>,
    pub examples: Vec<(Example, File)>,
}

/// Loads `fields/`, `services/` and the region; paths count from the repository root. A service with a mistake, in
/// its own files or in a field it uses, is left out of the catalog; all others load.
pub fn load(files: &FileMap) -> Loaded {
    let mut report = Report::default();
    let region = region::read(files, &mut report);
    let fields = Fields::read(files, &mut report);
    let services: BTreeSet<&str> = files
        .keys()
        .filter_map(|p| p.strip_prefix("services/")?.split_once('/').map(|(id, _)| id))
        .collect();
    let services = services.into_iter().map(str::to_owned).collect();
    let world = World {
        fields,
        region,
        services,
    };
    let broken_fields = check::fields(&world, &mut report);
    let drafts: Vec<Draft> = world
        .services
        .iter()
        .map(|id| read(id, files, &world, &mut report))
        .collect();
    check::services(&drafts, &world, &mut report);
    let mut catalog = Catalog {
        services: BTreeMap::new(),
        region: Arc::new(world.region.region.clone()),
    };
    let mut broken = Vec::new();
    for draft in drafts {
        let whole = is_whole(&draft, &world, &broken_fields, &report);
        let service = Arc::new(finish(draft, files, &world, catalog.region.clone()));
        if whole {
            catalog.services.insert(service.id.clone(), service);
        } else {
            broken.push(service);
        }
    }
    let mut diagnostics = report.items;
    diagnostics.sort();
    diagnostics.dedup();
    Loaded {
        catalog,
        broken,
        diagnostics,
    }
}

fn read(id: &str, files: &FileMap, world: &World, report: &mut Report) -> Draft {
    let folder = format!("services/{id}/");
    let file = |name: &str, keys, report: &mut Report| {
        let path = format!("{folder}{name}");
        match files.get(&path) {
            Some(bytes) => File::read(&path, bytes, keys, report),
            None => {
                report.file(&path, "Die Datei fehlt");
                File::absent(&path)
            }
        }
    };
    let service_file = file("service.toml", &keys_service::SERVICE, report);
    let form_file = file("form.toml", &keys_form::FORM, report);
    let mut service = service::read(id, &service_file);
    service.form = form::read(&form_file, &world.fields);
    let mut draft = Draft {
        folder,
        service,
        service_file,
        form_file,
        texts: BTreeMap::new(),
        examples: Vec::new(),
    };
    let mut strangers = Vec::new();
    for (path, bytes) in files
        .range(draft.folder.clone()..)
        .take_while(|(p, _)| p.starts_with(&draft.folder))
    {
        let name = &path[draft.folder.len()..];
        let code = name.strip_prefix("texts.").and_then(|n| n.strip_suffix(".toml"));
        if let Some(lang) = code.and_then(Lang::of) {
            draft.texts.insert(lang, TextFile::read(path, bytes, report));
        } else if let Some(stem) = name.strip_prefix("examples/").and_then(|n| n.strip_suffix(".toml")) {
            let file = File::read(path, bytes, &keys_data::EXAMPLE, report);
            draft.examples.push((example::read(stem, &file), file));
        } else if let Some(letter) = LETTERS.iter().find(|l| name == format!("letters/{l}.typ")) {
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    draft.service.letters.insert((*letter).to_owned(), text.to_owned());
                }
                Err(_) => {
                    report.file(path, "Die Datei ist nicht in UTF-8 gespeichert");
                }
            }
        } else if !["service.toml", "form.toml"].contains(&name) && (name.ends_with(".toml") || name.ends_with(".typ"))
        {
            strangers.push(path.clone());
        }
    }
    absent_files(&draft, strangers, report);
    heal::heal(&mut draft, report);
    let letters = std::mem::take(&mut draft.service.letters);
    draft.service = service::read(id, &draft.service_file);
    draft.service.form = form::read(&draft.form_file, &world.fields);
    draft.service.letters = letters;
    draft
}

/// Reports files that are missing, and files that nobody reads. A file with a slip in its name is both, once.
fn absent_files(draft: &Draft, strangers: Vec<String>, report: &mut Report) {
    let texts = Lang::ALL
        .into_iter()
        .filter(|l| !l.may_lack() && !draft.texts.contains_key(l));
    let letters = LETTERS.iter().filter(|l| !draft.service.letters.contains_key(**l));
    let mut absent: Vec<String> = texts
        .map(|l| format!("{}texts.{}.toml", draft.folder, l.code()))
        .chain(letters.map(|l| format!("{}letters/{l}.typ", draft.folder)))
        .collect();
    for stranger in strangers {
        let name = stranger.rsplit('/').next().unwrap_or(&stranger);
        let may = Lang::ALL
            .into_iter()
            .filter(|l| l.may_lack() && !draft.texts.contains_key(l));
        let may: Vec<String> = may.map(|l| format!("texts.{}.toml", l.code())).collect();
        let lacking = absent.iter().filter_map(|p| p.rsplit('/').next());
        let near = nearest(name, lacking.chain(may.iter().map(String::as_str)));
        report
            .file(
                &stranger,
                format!("Die Datei „{name}“ gehört nicht in einen Leistungsordner"),
            )
            .near(near.clone());
        if let Some(near) = near {
            absent.retain(|path| path.rsplit('/').next() != Some(near.as_str()));
        }
    }
    for path in absent {
        report.file(&path, "Die Datei fehlt");
    }
}

/// Whether nothing that was reported touches the service.
fn is_whole(draft: &Draft, world: &World, broken_fields: &BTreeSet<String>, report: &Report) -> bool {
    let own = report.items.iter().any(|d| d.file.starts_with(&draft.folder));
    let questions = || draft.service.form.pages.iter().flat_map(|p| &p.questions);
    let field = questions().any(|q| broken_fields.contains(&q.id) || world.fields.is_unreadable(&q.id));
    let law = !world.region.law_known && draft.uses_law();
    !own && !field && !law
}

impl Draft {
    /// Whether a rule or bound reads a number of state law.
    fn uses_law(&self) -> bool {
        [&self.service_file, &self.form_file].into_iter().any(|file| {
            file.walked.names.iter().any(|n| n.to == keys::Ref::Law)
                || file
                    .walked
                    .rules
                    .iter()
                    .any(|r| !crate::rules::references(&r.expr).law.is_empty())
        })
    }
}

/// Puts texts and examples in: the fields' own texts first, the service's over them.
fn finish(draft: Draft, files: &FileMap, world: &World, region: Arc<Region>) -> Service {
    let hash = package::hash(&package::files_of(files, &draft.service.id));
    let mut service = draft.service;
    for lang in Lang::ALL {
        if let Some(texts) = texts_in(&draft.texts, world, lang) {
            service.texts.insert(lang, texts);
        }
    }
    service.examples = draft.examples.into_iter().map(|(example, _)| example).collect();
    service.region = region;
    service.hash = hash;
    service
}

/// A service's texts in a language. In Leichte Sprache the German ones stand in where it has none; what the service says
/// of a field itself goes before what the field says of itself, in German too: it was meant for this service.
fn texts_in(own: &BTreeMap<Lang, TextFile>, world: &World, lang: Lang) -> Option<Texts> {
    let fields = |lang| world.fields.texts.get(&lang).map(TextFile::texts).unwrap_or_default();
    let service = |lang| own.get(&lang).map(TextFile::texts);
    if lang != Lang::Leicht {
        let mut texts = fields(lang);
        let own = service(lang)?;
        texts.strings.extend(own.strings);
        texts.lists.extend(own.lists);
        return Some(texts);
    }
    let easy = |texts: Option<Texts>| leicht::marked(texts.unwrap_or_default());
    let shared = leicht::over(fields(Lang::De), easy(Some(fields(lang))));
    let german = leicht::over(shared, service(Lang::De)?);
    Some(leicht::over(german, easy(service(lang))))
}
