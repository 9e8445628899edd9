//! fields/*.toml and their texts: the reusable questions, defined once for all services.

use std::collections::{BTreeMap, BTreeSet};

use super::form;
use super::heal;
use super::keys_form::FIELDS;
use super::node::{Entry, steps};
use super::source::Report;
use super::texts::TextFile;
use super::view::File;
use crate::diagnostic::nearest;
use crate::{FileMap, Lang, Question};

/// Reusable fields, and what is known to be broken among them.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    questions: BTreeMap<String, Question>,
    pub texts: BTreeMap<Lang, TextFile>,
    /// Files that do not parse: `club` stands for every `club.…`.
    unreadable: BTreeSet<String>,
    files: Vec<(String, File)>,
}

impl Fields {
    /// Reads all of `fields/`.
    pub fn read(files: &FileMap, report: &mut Report) -> Fields {
        let mut fields = Fields::default();
        for (path, bytes) in files
            .range("fields/".to_owned()..)
            .take_while(|(p, _)| p.starts_with("fields/"))
        {
            let name = &path["fields/".len()..];
            let Some(stem) = name.strip_suffix(".toml").filter(|s| !s.contains('/')) else {
                continue;
            };
            if let Some(code) = stem.strip_prefix("texts.") {
                if let Some(lang) = Lang::of(code) {
                    fields.texts.insert(lang, TextFile::read(path, bytes, report));
                }
                continue;
            }
            let file = File::read(path, bytes, &FIELDS, report);
            if !file.parsed() {
                fields.unreadable.insert(stem.to_owned());
            }
            let root = file.root();
            for entry in root.entries() {
                let id = format!("{stem}.{}", entry.key);
                fields.questions.insert(id.clone(), form::question(root.of(entry), id));
            }
            fields.files.push((stem.to_owned(), file));
        }
        fields.heal(files, report);
        fields
    }

    /// Mends a slip in the name of a field that has texts and users under the right one.
    fn heal(&mut self, files: &FileMap, report: &mut Report) {
        let Some(keys) = heal::text_keys(&self.texts) else {
            return;
        };
        let forms: Vec<_> = files.iter().filter(|(path, _)| path.ends_with("/form.toml")).collect();
        let used = |id: &str| {
            forms
                .iter()
                .any(|(_, form)| heal::occurrences(&String::from_utf8_lossy(form), id) > 0)
        };
        let ids: Vec<String> = self.questions.keys().cloned().collect();
        for id in ids.iter().filter(|id| !used(id)) {
            let declared = |id: &str| self.questions.contains_key(id);
            let (Some(meant), Some((stem, name))) = (heal::meant("question", id, declared, &keys), id.split_once('.'))
            else {
                continue;
            };
            let right = meant
                .strip_prefix(stem)
                .and_then(|m| m.strip_prefix('.'))
                .map(str::to_owned);
            let file = self.files.iter_mut().find(|(s, _)| s == stem).map(|(_, file)| file);
            if let (Some(right), Some(file), Some(mut question)) = (right, file, self.questions.remove(id)) {
                let at = file.source.key_at(steps![name]);
                report
                    .at(&file.source, at, heal::slip(name, &right))
                    .near(Some(right.clone()));
                file.source.rename(name, right);
                question.id.clone_from(&meant);
                self.questions.insert(meant, question);
            }
        }
    }

    pub fn get(&self, id: &str) -> Option<&Question> {
        self.questions.get(id)
    }

    /// The field of this name, or the one that was probably meant.
    pub fn find(&self, word: &str) -> Option<&Question> {
        self.get(word).or_else(|| self.get(&self.nearest(word)?))
    }

    pub fn nearest(&self, word: &str) -> Option<String> {
        nearest(word, self.questions.keys().map(String::as_str))
    }

    pub fn all(&self) -> impl Iterator<Item = &Question> {
        self.questions.values()
    }

    /// Whether `path` belongs to a field file with syntax errors, so that nothing is known about it.
    pub fn is_unreadable(&self, path: &str) -> bool {
        path.split_once('.')
            .is_some_and(|(stem, _)| self.unreadable.contains(stem))
    }

    /// Where a field is defined: its file, and its table there.
    pub fn place(&self, id: &str) -> Option<(&File, &str)> {
        let (stem, name) = id.split_once('.')?;
        let (_, file) = self.files.iter().find(|(s, _)| s == stem)?;
        let entry = file.root().entries().iter().find(|e| e.key == name)?;
        Some((file, &entry.key))
    }

    /// Ids of fields that the mistakes reported so far make unusable: those in whose lines one lies.
    pub fn broken(&self, report: &Report) -> BTreeSet<String> {
        let mut broken = BTreeSet::new();
        for mistake in &report.items {
            let stem = mistake
                .file
                .strip_prefix("fields/")
                .and_then(|name| name.strip_suffix(".toml"));
            let Some((stem, file)) = self.files.iter().find(|(s, _)| Some(s.as_str()) == stem) else {
                continue;
            };
            let above = |e: &&Entry| file.source.position(e.node.span.start).0 <= mistake.line;
            if let Some(entry) = file.root().entries().iter().rfind(above) {
                broken.insert(format!("{stem}.{}", entry.key));
            }
        }
        broken
    }
}
