//! Asking back: the clerk ticks answers, gives each a reason, names papers and a day. The applicant sees
//! only these; the authority's own period rests meanwhile (`domain`).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Action, Question};
use jiff::civil::Date;
use schema::{Context, Kind, Lang};
use serde_json::{Value, json};
use store::TextBlock;

use crate::desk::asked::{Asked, days_on, working_days};
use crate::desk::file::{self, Acted, File};
use crate::desk::session::Desk;
use crate::desk::{case, frame, steps};
use crate::failure::Result;
use crate::format;
use crate::req::{Req, form_pairs};
use crate::state::App;

/// An answer that may be asked about.
#[derive(Debug, Clone)]
struct Field {
    path: String,
    label: String,
    value: String,
    /// Title of its page in the form.
    page: String,
    /// A file: asked for as a paper.
    file: bool,
    /// An automatic check says "look".
    odd: bool,
}

/// Answers that can be asked about, page by page as in the form.
fn fields(file: &File, cx: &Context) -> Vec<Field> {
    let case = &file.case;
    let odd = |path: &str| {
        let found = case
            .findings
            .iter()
            .filter(|f| !f.ok)
            .filter_map(|f| f.field.as_deref());
        found
            .into_iter()
            .any(|f| f == path || f.starts_with(&format!("{path}.")))
    };
    let title = |page: &str| file.text(cx, &format!("page.{page}.step"));
    schema::visible_pages(&file.service, &case.answers, cx)
        .iter()
        .flat_map(|p| {
            let shown = p.questions.iter().filter(|q| q.shown || q.question.reveal);
            shown.map(|q| (title(&p.page.id), q))
        })
        .filter(|(_, q)| !matches!(q.question.kind, Kind::Computed { .. }))
        .map(|(page, q)| Field {
            page,
            path: q.question.id.clone(),
            label: schema::short_label(&file.service, &q.question.id, cx),
            value: case::shown(file, cx, &q.question.id),
            file: matches!(q.question.kind, Kind::File { .. }),
            odd: odd(&q.question.id),
        })
        .collect()
}

/// The rows of each page of the form under its title. Where an automatic check says "look", or something is
/// ticked, the page is open; with nothing odd at all, the first is.
fn groups(all: &[Field], row: impl Fn(&Field) -> Value) -> Vec<Value> {
    let asked: Vec<&Field> = all.iter().filter(|f| !f.file).collect();
    let calm = !asked.iter().any(|f| f.odd);
    asked
        .chunk_by(|a, b| a.page == b.page)
        .enumerate()
        .map(|(i, part)| {
            let rows: Vec<Value> = part.iter().map(|f| row(f)).collect();
            let open = (calm && i == 0) || rows.iter().any(|r| r["odd"] == true || r["on"] == true);
            json!({ "id": i, "title": part[0].page, "n": rows.len(), "rows": rows, "open": open })
        })
        .collect()
}

/// What is wrong, at which field.
#[derive(Default)]
struct Errors(Vec<(String, String)>);

impl Errors {
    fn at(&self, id: &str) -> &str {
        self.0.iter().find(|(i, _)| i == id).map_or("", |(_, text)| text)
    }
}

/// Characters of one's own words or a reason at most, and of the name of a paper.
const WORDS: usize = 1000;
const PAPER: usize = 200;

/// What is longer than its field: said there, and kept as it was typed.
fn too_long(asked: &Asked) -> Errors {
    let reasons = asked
        .fields
        .iter()
        .map(|(path, reason)| (format!("grund-{}", html_id(path)), reason, WORDS));
    let rest = [
        ("andere".to_owned(), &asked.other, PAPER),
        ("text".to_owned(), &asked.text, WORDS),
    ];
    let long = |(id, text, most): (String, &String, usize)| Some((id, steps::too_long(text, most)?));
    Errors(reasons.chain(rest).filter_map(long).collect())
}

/// `grund.fire.height` → `grund-fire-height`
fn html_id(path: &str) -> String {
    path.replace('.', "-")
}

/// Ready sentences of the authority for questions about this service.
fn ready(file: &File) -> Vec<TextBlock> {
    file.blocks.iter().filter(|b| b.kind == "question").cloned().collect()
}

/// The ticked sentences, then the clerk's own words.
fn with_blocks(asked: &Asked, ready: &[TextBlock]) -> Asked {
    let chosen = ready.iter().filter(|b| asked.blocks.contains(&b.id));
    let text: Vec<&str> = chosen
        .map(|b| b.text.trim())
        .chain([asked.text.as_str()])
        .filter(|t| !t.is_empty())
        .collect();
    Asked {
        text: text.join("\n"),
        ..asked.clone()
    }
}

/// The days that are proposed for this case.
fn weeks(app: &App, file: &File, cx: &Context) -> [Date; 2] {
    let holiday = domain::calendar::holidays(&cx.region, &cx.place.ags);
    working_days(app.today(), file.case.event_day, &holiday)
}

/// Checks what was ticked and makes the question of it.
fn question(asked: &Asked, fields: &[Field], weeks: [Date; 2], desk: &Desk, app: &App) -> Result<Question, Errors> {
    let mut errors = Vec::new();
    let mut out: Vec<(String, String)> = Vec::new();
    for (path, reason) in &asked.fields {
        let Some(field) = fields.iter().find(|f| f.path == *path && !f.file) else {
            continue;
        };
        if reason.is_empty() {
            let text = format!("Schreiben Sie zu „{}“ einen Grund.", field.label);
            errors.push((format!("grund-{}", html_id(path)), text));
        }
        out.push((path.clone(), reason.clone()));
    }
    for path in &asked.files {
        if let Some(field) = fields.iter().find(|f| f.path == *path && f.file) {
            out.push((field.path.clone(), format!("Bitte laden Sie hoch: {}.", field.label)));
        }
    }
    let mut papers = Vec::new();
    if asked.other_on || !asked.other.is_empty() {
        if asked.other.is_empty() {
            errors.push(("andere".into(), "Nennen Sie die andere Unterlage.".into()));
        }
        papers.push(asked.other.clone());
    }
    if out.is_empty() && papers.is_empty() && asked.text.is_empty() {
        // One that is not folded away.
        let shown = fields.iter().filter(|f| !f.file);
        let first = shown.clone().find(|f| f.odd).or(shown.clone().next());
        let first = first.map_or("text".into(), |f| format!("w-{}", html_id(&f.path)));
        errors.push((
            first,
            "Wählen Sie mindestens eine Angabe oder schreiben Sie eine Frage.".into(),
        ));
    }
    let today = app.today();
    let Some(answer_by) = asked.day(today, weeks) else {
        let soon = format::date(days_on(today, 21));
        errors.push((
            "bis_tag".into(),
            format!("Schreiben Sie einen Tag nach heute, höchstens drei Monate weit, so: {soon}."),
        ));
        return Err(Errors(errors));
    };
    if !errors.is_empty() {
        return Err(Errors(errors));
    }
    Ok(Question {
        asked_at: app.now(),
        by: desk.clerk.name.clone(),
        answer_by,
        text: words(asked, &out, &papers, fields),
        own: asked.text.clone(),
        fields: out,
        papers,
        reminded: false,
    })
}

/// The question in words, for the history and the status page: what is asked, then the clerk's own words.
fn words(asked: &Asked, out: &[(String, String)], papers: &[String], fields: &[Field]) -> String {
    let mut parts: Vec<String> = out
        .iter()
        .filter_map(|(path, reason)| {
            let field = fields.iter().find(|f| f.path == *path)?;
            Some(if field.file {
                field.label.clone()
            } else {
                format!("{}: {reason}", field.label)
            })
        })
        .collect();
    parts.extend(papers.iter().cloned());
    if !asked.text.is_empty() {
        parts.push(asked.text.clone());
    }
    parts.join("\n")
}

pub async fn page(State(app): State<App>, Path(id): Path<String>, desk: Desk, req: Req) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    if !file.is_open() || file.case.question.is_some() {
        let why = "Eine Rückfrage ist nur möglich, solange der Vorgang in Prüfung ist.";
        return file::refused(&app, &desk, &req, &file.case.id, why).await;
    }
    let asked = Asked {
        until: "2".into(),
        ..Asked::parse(&form_pairs(req.query.as_bytes()))
    };
    render(&app, &desk, &req, &file, &asked, &Errors::default(), "").await
}

async fn render(
    app: &App,
    desk: &Desk,
    req: &Req,
    file: &File,
    asked: &Asked,
    errors: &Errors,
    why: &str,
) -> Result<Response> {
    file::seen(app, desk, &file.case.id, "case.read").await?;
    let cx = file.context(app);
    let all = fields(file, &cx);
    let blocks: Vec<Value> = ready(file)
        .iter()
        .map(|b| json!({ "id": b.id, "text": b.text, "on": asked.blocks.contains(&b.id) }))
        .collect();
    let row = |f: &Field| {
        let ticked = asked.fields.iter().find(|(p, _)| *p == f.path);
        let id = html_id(&f.path);
        json!({
            "id": id, "path": f.path, "label": f.label, "value": if f.value.is_empty() { "keine Angabe" } else { &f.value }, "on": ticked.is_some(),
            "reason": ticked.map(|(_, r)| r.as_str()).unwrap_or_default(), "error": errors.at(&format!("grund-{id}")), "odd": f.odd,
        })
    };
    let files: Vec<Value> = all
        .iter()
        .filter(|f| f.file)
        .map(|f| json!({ "id": html_id(&f.path), "path": f.path, "label": f.label, "on": asked.files.contains(&f.path) }))
        .collect();
    let until = match asked.until.as_str() {
        known @ ("1" | "tag") => known,
        _ => "2",
    };
    let [one, two] = weeks(app, file, &cx);
    // Short to choose from, long in the letter's sentence.
    let week = |key: &str, day: Date, on: bool| json!({ "key": key, "label": format::short_date(day), "long": format::long_date(day, Lang::De), "on": on });
    // Both cut short by the event are the same day: then there is one to choose.
    let mut weeks = vec![week("2", two, until == "2" || (until == "1" && one == two))];
    if one != two {
        weeks.insert(0, week("1", one, until == "1"));
    }
    let list: Vec<Value> = errors
        .0
        .iter()
        .map(|(id, text)| json!({ "href": id, "text": text }))
        .collect();
    let title = frame::errors_title(app, req, list.len());
    let status = if list.is_empty() && why.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let ctx = json!({
        "c": case::head(app, file), "kept": file::kept(req), "errors": list, "errors_title": title, "why": why,
        "groups": groups(&all, row), "files": files, "other": asked.other, "other_on": asked.other_on || !asked.other.is_empty(),
        "error_other": errors.at("andere"), "weeks": weeks,
        "other_day": until == "tag", "until_day": asked.until_day, "error_day": errors.at("bis_tag"), "text": asked.text, "error_text": errors.at("text"), "blocks": blocks,
        "salutation": domain::letter::salutation(&file.case.answers), "act_word": file.act_word(app), "n": asked.fields.len(), "clerk": desk.clerk.name,
    });
    app.desk_page(status, "desk/ask.html", req, desk, "eingang", ctx)
}

pub async fn send(
    State(app): State<App>,
    Path(id): Path<String>,
    desk: Desk,
    req: Req,
    body: Bytes,
) -> Result<Response> {
    let file = file::load(&app, &desk, &id).await?;
    let asked = Asked::parse(&form_pairs(&body));
    let cx = file.context(&app);
    let long = too_long(&asked);
    if !long.0.is_empty() {
        return render(&app, &desk, &req, &file, &asked, &long, "").await;
    }
    let whole = with_blocks(&asked, &ready(&file));
    let question = match question(&whole, &fields(&file, &cx), weeks(&app, &file, &cx), &desk, &app) {
        Ok(question) => question,
        Err(errors) => return render(&app, &desk, &req, &file, &asked, &errors, "").await,
    };
    let acted = file::act(&app, &desk, &file.case.id, vec![Action::Ask { question }]).await?;
    match acted {
        Acted::Refused(why) if file.is_open() => {
            render(&app, &desk, &req, &file, &asked, &Errors::default(), &why).await
        }
        acted => file::after(&app, &desk, &req, &file.case.id, acted, "rueckfrage").await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_under_the_page_of_the_form_that_asks_them() {
        let field = |page: &str, path: &str, odd: bool| Field {
            path: path.into(),
            label: path.into(),
            value: String::new(),
            page: page.into(),
            file: path == "plan",
            odd,
        };
        let all = [
            field("Ort", "place", false),
            field("Ort", "plan", false),
            field("Zeit", "date", true),
            field("Zeit", "start", false),
            field("Verein", "club", false),
        ];
        let row = |f: &Field| json!({ "path": f.path, "odd": f.odd, "on": f.path == "club" });
        let shown: Vec<_> = groups(&all, row)
            .iter()
            .map(|g| {
                (
                    g["title"].as_str().unwrap_or_default().to_owned(),
                    g["n"].clone(),
                    g["open"] == true,
                )
            })
            .collect();
        let want = [("Ort", 1, false), ("Zeit", 2, true), ("Verein", 1, true)];
        assert_eq!(shown, want.map(|(title, n, open)| (title.to_owned(), json!(n), open)));
        let calm: Vec<_> = groups(&[field("Ort", "place", false), field("Zeit", "start", false)], row)
            .iter()
            .map(|g| g["open"] == true)
            .collect();
        assert_eq!(calm, [true, false], "nothing odd: the first is open");
    }

    #[test]
    fn the_question_reads_as_a_list_of_what_is_asked() {
        let field = |path: &str, label: &str, file: bool| Field {
            path: path.into(),
            label: label.into(),
            value: String::new(),
            page: String::new(),
            file,
            odd: false,
        };
        let fields = [field("helpers", "Aufsicht", false), field("plan", "Lageplan", true)];
        let out = [
            ("helpers".to_owned(), "Bitte zwei Nummern.".to_owned()),
            ("plan".to_owned(), "Bitte laden Sie hoch: Lageplan.".to_owned()),
        ];
        let asked = Asked {
            text: "Danke.".into(),
            ..Asked::default()
        };
        assert_eq!(
            words(&asked, &out, &["Foto vom Platz".into()], &fields),
            "Aufsicht: Bitte zwei Nummern.\nLageplan\nFoto vom Platz\nDanke."
        );
    }
}
