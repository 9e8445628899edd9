//! Questions as the template shows them: typed text comes back as typed, canonical values as people
//! write them. Also the sections of check pages. No rules here.

use schema::{Context, ErrorKind, FieldError, Kind, Lang, Options, Question, Service};
use serde_json::{Value, json};

use crate::apply::map::View;
use crate::format;
use crate::page::UiTexts;

/// What a form page needs beside the questions.
#[derive(Clone)]
pub struct FormView<'a> {
    pub service: &'a Service,
    pub cx: &'a Context,
    pub texts: &'a UiTexts,
    /// Answers as typed or canonical.
    pub answers: &'a Value,
    pub errors: &'a [FieldError],
    /// Items shown of a group, when more than answered (after "Hinzufügen").
    pub items: &'a [(String, usize)],
    pub map: MapView,
    /// Class of tariff of who hires, once known: rooms then say what they cost.
    pub class: Option<&'a str>,
}

/// Where the map is and what it shows.
#[derive(Debug, Clone, Default)]
pub struct MapView {
    pub src: String,
    pub view: View,
    /// Names over the picture.
    pub names: Vec<Value>,
}

/// `fire.height` → `fire-height`: ids of fields, targets of the error summary.
pub fn html_id(path: &str) -> String {
    path.replace('.', "-")
}

impl FormView<'_> {
    fn t(&self, key: &str) -> String {
        self.texts.text(self.cx.lang, key)
    }

    fn error(&self, path: &str) -> String {
        self.errors
            .iter()
            .find(|e| e.field == path)
            .map(|e| e.message.clone())
            .unwrap_or_default()
    }

    fn service_text(&self, key: &str) -> String {
        crate::offer::service_text(self.service, self.cx, self.answers, key)
    }

    /// One question; `path` is its full path (`helpers.0.name` inside a group), `key` its text key.
    pub fn question(&self, q: &Question, path: &str, key: &str) -> Value {
        let value = schema::at(self.answers, path).cloned().unwrap_or(Value::Null);
        let open = value.as_str() == Some("?");
        let shown = if open { Value::Null } else { value };
        let label = self.service_text(&format!("question.{key}.label"));
        let mut out = json!({
            "kind": kind_name(&q.kind), "id": html_id(path), "name": path, "label": label,
            "hint": self.hint(q, key), "optional": q.optional, "error": self.error(path),
            "value": typed(&q.kind, &shown, self.cx.lang), "unit": unit(&q.kind, self), "options": [], "open_offered": q.may_stay_open,
            "open": open, "reveal": q.reveal, "parts": [], "items": [], "can_add": false, "add_label": "",
            "inputmode": inputmode(&q.kind), "autocomplete": autocomplete(path), "input_type": input_type(&q.kind),
            "accept": "", "file": Value::Null, "pic": crate::leicht::picture(q), "map": {}, "from": "",
        });
        match &q.kind {
            Kind::YesNo => out["options"] = self.yes_no(key, &shown),
            Kind::OneOf { options } | Kind::ManyOf { options, .. } => {
                out["options"] = self.options(options, key, &shown)
            }
            Kind::DateRange { .. } => out["parts"] = self.range(path, &shown),
            Kind::Address => out["parts"] = self.address(path, &shown),
            Kind::File { accept, .. } => {
                out["accept"] = accept
                    .iter()
                    .map(|a| format!(".{a}"))
                    .collect::<Vec<_>>()
                    .join(",")
                    .into();
                if let Some(name) = shown.get("name").and_then(Value::as_str) {
                    let size = shown.get("size").and_then(Value::as_u64).unwrap_or(0);
                    out["file"] =
                        json!({ "name": name, "size": format::size_in(size, self.cx.lang), "removable": true });
                }
            }
            Kind::Group {
                parts,
                min_items,
                max_items,
            } => self.group(&mut out, q, parts, (*min_items, *max_items), &shown),
            Kind::MapPoint => out["map"] = self.map_point(&shown),
            Kind::Computed { .. } => out["value"] = schema::show(q, &shown, self.service, self.cx).into(),
            _ => {}
        }
        out
    }

    fn hint(&self, q: &Question, key: &str) -> String {
        let mut hint = self.service_text(&format!("question.{key}.hint"));
        if let Kind::File { accept, max_mb } = &q.kind {
            let types = accept.iter().map(|a| a.to_uppercase()).collect::<Vec<_>>().join(", ");
            let files = self.texts.fill(
                self.cx.lang,
                "form.file_hint",
                &[("types", &types), ("mb", &max_mb.to_string())],
            );
            hint = [hint, files].join(self.cx.lang.gap()).trim().to_owned();
        }
        if hint.is_empty() && matches!(q.kind, Kind::Date { .. }) {
            let soon = self.cx.today.saturating_add(jiff::Span::new().days(45));
            hint = self
                .texts
                .fill(self.cx.lang, "form.date_hint", &[("day", &format::date(soon))]);
        }
        if hint.is_empty() && matches!(q.kind, Kind::Time { .. }) {
            hint = self.t("form.time_hint");
        }
        hint
    }

    /// Yes and no, in the question's own words where it has some.
    fn yes_no(&self, key: &str, value: &Value) -> Value {
        let label = |word: &str| {
            let own = self.service_text(&format!("option.{key}.{word}"));
            if own.is_empty() {
                self.t(&format!("form.{word}"))
            } else {
                own
            }
        };
        let chosen = match value {
            Value::Bool(b) => Some(*b),
            Value::String(s) => match s.to_lowercase().as_str() {
                "ja" | "yes" | "true" | "on" => Some(true),
                "nein" | "no" | "false" => Some(false),
                _ => None,
            },
            _ => None,
        };
        json!([
            { "value": "ja", "label": label("yes"), "text": "", "checked": chosen == Some(true) },
            { "value": "nein", "label": label("no"), "text": "", "checked": chosen == Some(false) },
        ])
    }

    fn options(&self, options: &Options, key: &str, value: &Value) -> Value {
        let chosen = |o: &str| match value {
            Value::String(s) => s == o,
            Value::Array(list) => list.iter().any(|v| v.as_str() == Some(o)),
            _ => false,
        };
        match options {
            Options::Fixed(list) => list
                .iter()
                .map(|o| {
                    let label = self.service_text(&format!("option.{key}.{o}"));
                    json!({ "value": o, "label": label, "text": self.service_text(&format!("option.{key}.{o}.text")), "checked": chosen(o) })
                })
                .collect(),
            Options::Rooms => self
                .cx
                .rooms
                .iter()
                .map(|r| {
                    let price = self.class.map(|class| crate::apply::price::of_room(self.texts, self.cx.lang, r, class));
                    json!({ "value": r.id, "label": r.name, "text": r.description, "price": price, "checked": chosen(&r.id) })
                })
                .collect(),
        }
    }

    fn part(&self, path: &str, name: &str, label: &str, value: &Value, more: Value) -> Value {
        let full = format!("{path}.{name}");
        let text = match value.get(name) {
            Some(Value::String(s)) => date_text(s),
            _ => String::new(),
        };
        let mut out = json!({
            "kind": "text", "id": html_id(&full), "name": full, "label": label, "hint": "", "optional": false,
            "error": self.error(&full), "value": text, "unit": "", "inputmode": "", "autocomplete": "", "input_type": "text", "from": "",
        });
        if let (Some(out), Some(more)) = (out.as_object_mut(), more.as_object()) {
            out.extend(more.clone());
        }
        out
    }

    fn range(&self, path: &str, value: &Value) -> Value {
        json!([
            self.part(
                path,
                "from",
                &self.t("form.from_date"),
                value,
                json!({ "inputmode": "numeric" })
            ),
            self.part(
                path,
                "to",
                &self.t("form.to_date"),
                value,
                json!({ "inputmode": "numeric" })
            ),
        ])
    }

    fn address(&self, path: &str, value: &Value) -> Value {
        json!([
            self.part(
                path,
                "street",
                &self.t("form.street"),
                value,
                json!({ "autocomplete": "address-line1" })
            ),
            self.part(path, "house_number", &self.t("form.house_number"), value, json!({})),
            self.part(
                path,
                "postcode",
                &self.t("form.postcode"),
                value,
                json!({ "autocomplete": "postal-code", "inputmode": "numeric" })
            ),
            self.part(
                path,
                "town",
                &self.t("form.town"),
                value,
                json!({ "autocomplete": "address-level2" })
            ),
        ])
    }

    fn group(&self, out: &mut Value, q: &Question, parts: &[Question], (min, max): (usize, usize), value: &Value) {
        let have = value.as_array().map_or(0, Vec::len);
        let asked = self.items.iter().find(|(path, _)| *path == q.id).map_or(0, |(_, n)| *n);
        // Told that there are too few, people want the next entry, not a button for it.
        let few = |e: &FieldError| e.field == q.id && e.kind != ErrorKind::Form;
        let wanting = if self.errors.iter().any(few) { have + 1 } else { have };
        let shown = wanting.max(asked).max(min).max(1).min(max.max(1));
        let label = self.service_text(&format!("question.{}.item", q.id));
        let label = if label.is_empty() {
            out["label"].as_str().unwrap_or_default().to_owned()
        } else {
            label
        };
        let items: Vec<Value> = (0..shown)
            .map(|i| {
                let title = self.texts.fill(
                    self.cx.lang,
                    "form.item",
                    &[("what", &label), ("n", &(i + 1).to_string())],
                );
                let parts: Vec<Value> = parts
                    .iter()
                    .map(|p| self.question(p, &format!("{}.{i}.{}", q.id, p.id), &format!("{}.{}", q.id, p.id)))
                    .collect();
                let remove = if shown > min.max(1) {
                    format!("{}.{i}", q.id)
                } else {
                    String::new()
                };
                json!({ "title": title, "parts": parts, "remove": remove })
            })
            .collect();
        out["items"] = items.into();
        out["can_add"] = (shown < max).into();
        let add = self.service_text(&format!("question.{}.add", q.id));
        out["add_label"] = if add.is_empty() { self.t("form.add") } else { add }.into();
    }

    fn map_point(&self, value: &Value) -> Value {
        let place = self.cx.place.name.as_str();
        let fill = |key: &str| self.texts.fill(self.cx.lang, key, &[("place", place)]);
        // A number where it was checked, text where it was only posted.
        let degrees = |key: &str| {
            let value = value.get(key)?;
            value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
        };
        let (lat, lon) = (degrees("lat"), degrees("lon"));
        let set = lat.is_some() && lon.is_some();
        let number = |n: Option<f64>| n.map(|n| format!("{n:.5}")).unwrap_or_default();
        let pin = lat
            .zip(lon)
            .and_then(|(lat, lon)| self.map.view.pixel_of(&self.cx.place.outline, lat, lon));
        json!({
            "pin": pin.map(|(x, y)| json!({ "x": x.round(), "y": y.round() })),
            "widths": crate::apply::map::WIDTHS, "src": self.map.src, "names": self.map.names, "view": self.map.view.name(), "alt": fill("map.alt"), "lat": number(lat), "lon": number(lon),
            "text": if set { fill("map.point") } else { fill("map.none") }, "other": Value::Null,
        })
    }
}

/// Sections of the check page: visible pages with shown questions and their answers.
pub fn sections(
    service: &Service,
    cx: &Context,
    answers: &Value,
    change: impl Fn(&str) -> String,
    from: impl Fn(&str) -> String,
) -> Vec<Value> {
    schema::visible_pages(service, answers, cx)
        .iter()
        .filter_map(|page| {
            let rows: Vec<Value> = page
                .questions
                .iter()
                .filter(|q| q.shown)
                .filter_map(|q| {
                    let value = schema::at(answers, &q.question.id).filter(|v| !v.is_null())?;
                    let text = schema::show(q.question, value, service, cx);
                    let from = from(&q.question.id);
                    (!text.is_empty()).then(|| json!({ "label": schema::short_label(service, &q.question.id, cx), "value": text, "from": from, "path": q.question.id }))
                })
                .collect();
            let title = crate::offer::service_text(service, cx, answers, &format!("page.{}.step", page.page.id));
            (!rows.is_empty()).then(|| json!({ "title": title, "href": change(&page.page.id), "answers": rows }))
        })
        .collect()
}

fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text { .. } => "text",
        Kind::LongText { .. } => "long_text",
        Kind::Number { .. } => "number",
        Kind::Money { .. } => "money",
        Kind::Date { .. } => "date",
        Kind::Time { .. } => "time",
        Kind::DateRange { .. } => "date_range",
        Kind::YesNo => "yes_no",
        Kind::OneOf { .. } => "one_of",
        Kind::ManyOf { .. } => "many_of",
        Kind::Address => "address",
        Kind::MapPoint => "map_point",
        Kind::Iban => "iban",
        Kind::Email => "email",
        Kind::Phone => "phone",
        Kind::File { .. } => "file",
        Kind::Group { .. } => "group",
        Kind::Computed { .. } => "computed",
    }
}

fn inputmode(kind: &Kind) -> &'static str {
    match kind {
        Kind::Number { .. } | Kind::Date { .. } => "numeric",
        Kind::Money { .. } => "decimal",
        Kind::Email => "email",
        Kind::Phone => "tel",
        _ => "",
    }
}

fn input_type(kind: &Kind) -> &'static str {
    match kind {
        Kind::Email => "email",
        Kind::Phone => "tel",
        _ => "text",
    }
}

fn autocomplete(path: &str) -> &'static str {
    match path {
        "contact.name" => "name",
        "contact.email" => "email",
        "contact.phone" => "tel",
        "club.name" => "organization",
        _ => "",
    }
}

fn unit(kind: &Kind, view: &FormView<'_>) -> String {
    match kind {
        Kind::Number { unit: Some(unit), .. } => {
            // The schema knows the words; of "0 days" only the word is wanted.
            let text = schema::show::format::with_unit(0, Some(unit), view.cx.lang);
            text.trim_start_matches(['0', schema::show::format::NBSP]).to_owned()
        }
        Kind::Money { .. } => "€".to_owned(),
        _ => String::new(),
    }
}

/// A value as it stands in the field.
fn typed(kind: &Kind, value: &Value, lang: Lang) -> String {
    match (kind, value) {
        (Kind::Money { .. }, Value::Number(n)) => {
            let cents = n.as_i64().unwrap_or(0);
            let point = if lang.is_german() { ',' } else { '.' };
            format!("{}{point}{:02}", cents / 100, cents.abs() % 100)
        }
        (Kind::Date { .. }, Value::String(s)) => date_text(s),
        (_, Value::String(s)) => s.clone(),
        (_, Value::Number(n)) => n.to_string(),
        _ => String::new(),
    }
}

/// An ISO day as people write it; anything else as typed.
fn date_text(s: &str) -> String {
    s.parse::<jiff::civil::Date>()
        .map_or_else(|_| s.to_owned(), format::date)
}
