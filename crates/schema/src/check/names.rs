//! What a service declares, and whether the names in its files point to something declared.
//!
//! Where a file does not parse, what it declares is unknown: then nothing is said about names that may stand in it.

use crate::diagnostic::nearest;
use crate::load::form::is_of_unknown_type;
use crate::load::keys::Ref;
use crate::load::source::Report;
use crate::load::view::File;
use crate::load::{Draft, World};
use crate::{Computed, Kind, Options, ParamType, Parameter, Question, Region};

/// The declared names of one service, or of the reusable fields alone.
pub(crate) struct Names<'a> {
    pub draft: Option<&'a Draft>,
    pub world: &'a World,
}

/// What a path of answers points to.
pub(crate) enum Answer<'a> {
    /// A question; true if the path goes on into its value.
    Question(&'a Question, bool),
    /// Unknown, and the path probably meant.
    Unknown(Option<String>),
    /// It may stand in a file that does not parse.
    Unreadable,
}

impl<'a> Names<'a> {
    pub fn of(draft: &'a Draft, world: &'a World) -> Names<'a> {
        Names {
            draft: Some(draft),
            world,
        }
    }

    /// For mistakes in fields/: no parameters, no other questions.
    pub fn fields(world: &'a World) -> Names<'a> {
        Names { draft: None, world }
    }

    pub fn region(&self) -> &'a Region {
        &self.world.region.region
    }

    pub fn form_known(&self) -> bool {
        self.draft.is_some_and(|d| d.form_file.parsed())
    }

    pub fn service_known(&self) -> bool {
        self.draft.is_some_and(|d| d.service_file.parsed())
    }

    /// Every question with its page, in the order of the form.
    pub fn questions(&self) -> impl Iterator<Item = (usize, &'a Question)> + use<'a> {
        let pages = self.draft.map_or(&[][..], |d| d.service.form.pages.as_slice());
        pages
            .iter()
            .enumerate()
            .flat_map(|(i, page)| page.questions.iter().map(move |q| (i, q)))
    }

    /// Whether something of this kind (a group of texts: `page`, `question`, …) is declared under an unknown name:
    /// in a file that does not parse, or in a table whose id is missing or wrong.
    pub fn has_nameless(&self, group: &str) -> bool {
        let Some(service) = self.draft.map(|d| &d.service) else {
            return false;
        };
        let form = &service.form;
        let known = match group {
            "page" | "question" | "option" | "rule" | "exit" | "check" => self.form_known(),
            _ => self.service_known(),
        };
        let mut ids: Box<dyn Iterator<Item = &str>> = match group {
            "page" => Box::new(form.pages.iter().map(|x| x.id.as_str())),
            "question" | "option" => Box::new(self.questions().map(|(_, q)| q.id.as_str())),
            "rule" => Box::new(form.rules.iter().map(|x| x.id.as_str())),
            "exit" => Box::new(form.exits.iter().map(|x| x.id.as_str())),
            "check" => Box::new(form.checks.iter().map(|x| x.id.as_str())),
            "parameter" | "parameter_option" => Box::new(service.parameters.iter().map(|x| x.id.as_str())),
            "fee" => Box::new(service.fees.iter().map(|x| x.id.as_str())),
            "condition" => Box::new(service.conditions.iter().map(|x| x.id.as_str())),
            "shown_rule" => Box::new(service.shown_rules.iter().map(|x| x.id.as_str())),
            "paper" => Box::new(service.papers.iter().map(|x| x.question.as_str())),
            "legal_basis" => Box::new(service.legal_basis.iter().map(|x| x.id.as_str())),
            _ => return false,
        };
        !known || ids.any(str::is_empty)
    }

    pub fn params(&self) -> &'a [Parameter] {
        self.draft.map_or(&[], |d| &d.service.parameters)
    }

    pub fn param(&self, id: &str) -> Option<&'a Parameter> {
        self.params().iter().find(|p| p.id == id)
    }

    /// Finds the question that `path` reads; it may go on into the value (`event.days.from`, `helpers.name`).
    pub fn answer(&self, path: &str) -> Answer<'a> {
        if !self.form_known() || self.world.fields.is_unreadable(path) {
            return Answer::Unreadable;
        }
        for (_, question) in self.questions().filter(|(_, q)| !q.id.is_empty()) {
            let Some(rest) = path.strip_prefix(question.id.as_str()) else {
                continue;
            };
            if rest.is_empty() {
                return Answer::Question(question, false);
            }
            let Some(rest) = rest.strip_prefix('.') else { continue };
            if is_part(question, rest) {
                return Answer::Question(question, true);
            }
            let whole: Vec<String> = parts(question)
                .iter()
                .map(|part| format!("{}.{part}", question.id))
                .collect();
            return Answer::Unknown(nearest(path, whole.iter().map(String::as_str)));
        }
        if self.has_nameless("question") {
            return Answer::Unreadable;
        }
        Answer::Unknown(nearest(path, self.questions().map(|(_, q)| q.id.as_str())))
    }
}

/// Names inside a value: `from` of a date range, the parts of a group.
fn parts(question: &Question) -> Vec<&str> {
    match &question.kind {
        Kind::DateRange { .. } => vec!["from", "to"],
        Kind::Address => vec!["street", "house_number", "postcode", "town"],
        Kind::MapPoint => vec!["lat", "lon"],
        Kind::File { .. } => vec!["name", "media_type", "size", "sha256", "paper"],
        Kind::Group { parts, .. } => parts.iter().map(|p| p.id.as_str()).collect(),
        _ => Vec::new(),
    }
}

fn is_part(question: &Question, rest: &str) -> bool {
    if is_of_unknown_type(question) {
        return true;
    }
    let rest = match (&question.kind, rest.split_once('.')) {
        // One entry of a group by its number.
        (Kind::Group { .. }, Some((index, part))) if index.parse::<usize>().is_ok() => part,
        _ => rest,
    };
    let lists = matches!(question.kind, Kind::Group { .. } | Kind::ManyOf { .. });
    (lists && rest.parse::<usize>().is_ok()) || parts(question).contains(&rest)
}

/// Reports every name in service.toml and form.toml that points to nothing, or to something of another type.
pub(crate) fn resolve(names: &Names<'_>, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    for file in [&draft.service_file, &draft.form_file] {
        for name in &file.walked.names {
            one(names, file, name.to, &name.word, name.at, report);
        }
    }
}

fn one(names: &Names<'_>, file: &File, to: Ref, word: &str, at: usize, report: &mut Report) {
    let Some(draft) = names.draft else { return };
    let service = &draft.service;
    let world = names.world;
    let (declared, ids, noun): (bool, Vec<&str>, &str) = match to {
        Ref::LegalBasis => {
            let ids = service.legal_basis.iter().map(|b| b.id.as_str()).collect();
            (
                !names.has_nameless("legal_basis"),
                ids,
                "keine Rechtsgrundlage aus service.toml",
            )
        }
        Ref::Page => (
            !names.has_nameless("page"),
            service.form.pages.iter().map(|p| p.id.as_str()).collect(),
            "keine Seite des Formulars",
        ),
        Ref::Law => (
            world.region.law_known,
            names.region().law.keys().map(String::as_str).collect(),
            "keine Zahl aus law.toml",
        ),
        Ref::Service => {
            // A package holds one service and cannot know its neighbours.
            (
                world.services.len() > 1,
                world.services.iter().map(String::as_str).collect(),
                "keine Leistung",
            )
        }
        Ref::Responsibility => {
            let ids = names.region().responsibilities.keys().map(String::as_str).collect();
            (
                world.region.responsibilities_known,
                ids,
                "keine Zuständigkeit aus responsibilities.toml",
            )
        }
        Ref::Field => {
            let ids = world.fields.all().map(|q| q.id.as_str()).collect();
            (!world.fields.is_unreadable(word), ids, "kein Feld aus fields/")
        }
        Ref::NumberParam | Ref::RegimeParam => return param(names, file, to, word, at, report),
        Ref::Answer | Ref::DateAnswer | Ref::TimeAnswer | Ref::FileAnswer | Ref::RoomAnswer => {
            return answer(names, file, to, word, at, report);
        }
    };
    if declared && !ids.contains(&word) {
        let near = nearest(word, ids);
        let (word, near) = match to {
            Ref::Law => (format!("law.{word}"), near.map(|id| format!("law.{id}"))),
            _ => (word.to_owned(), near),
        };
        report.at(&file.source, at, format!("„{word}“ ist {noun}")).near(near);
    }
}

fn param(names: &Names<'_>, file: &File, to: Ref, word: &str, at: usize, report: &mut Report) {
    if names.has_nameless("parameter") {
        return;
    }
    let prefixed = to == Ref::NumberParam;
    let id = if prefixed {
        word.strip_prefix("params.").unwrap_or("")
    } else {
        word
    };
    let fits = |p: &&Parameter| match to {
        Ref::RegimeParam => p.kind == ParamType::OneOf,
        _ => matches!(p.kind, ParamType::Number | ParamType::Money),
    };
    match names.param(id) {
        Some(p) if fits(&p) => {}
        Some(_) => {
            let type_name = if prefixed { "number oder money" } else { "one_of" };
            report.at(
                &file.source,
                at,
                format!("Der Parameter „{id}“ muss vom Typ {type_name} sein"),
            );
        }
        None => {
            let ids = names.params().iter().filter(fits).map(|p| p.id.as_str());
            let near = nearest(if id.is_empty() { word } else { id }, ids);
            let near = if prefixed {
                near.map(|id| format!("params.{id}"))
            } else {
                near
            };
            report
                .at(
                    &file.source,
                    at,
                    format!("„{word}“ ist kein Parameter aus service.toml"),
                )
                .near(near);
        }
    }
}

fn answer(names: &Names<'_>, file: &File, to: Ref, word: &str, at: usize, report: &mut Report) {
    let question = match names.answer(word) {
        Answer::Unreadable => return,
        Answer::Unknown(near) => {
            report
                .at(&file.source, at, format!("„{word}“ ist keine Frage des Formulars"))
                .near(near);
            return;
        }
        Answer::Question(question, _) if is_of_unknown_type(question) => return,
        Answer::Question(question, _) => question,
    };
    let computed = |wanted| matches!(&question.kind, Kind::Computed { result, .. } if *result == wanted);
    let (fits, noun) = match to {
        Ref::DateAnswer => {
            let day = matches!(question.kind, Kind::Date { .. } | Kind::DateRange { .. });
            (day || computed(Computed::Date), "einem Tag")
        }
        Ref::TimeAnswer => (
            matches!(question.kind, Kind::Time { .. }) || computed(Computed::Text),
            "einer Uhrzeit",
        ),
        Ref::FileAnswer => (matches!(question.kind, Kind::File { .. }), "einer Datei"),
        Ref::RoomAnswer => (
            matches!(
                question.kind,
                Kind::OneOf {
                    options: Options::Rooms
                }
            ),
            "einem Raum",
        ),
        _ => (true, ""),
    };
    if !fits {
        report.at(&file.source, at, format!("Die Frage „{word}“ fragt nicht nach {noun}"));
    }
}
