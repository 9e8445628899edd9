//! Pages in Leichte Sprache: the marks of its texts (`schema::leicht`) become lines and bold words. The finished HTML is
//! read by a parser, so that nothing but text between tags is touched: no attribute, title, script or field. What people
//! typed carries no marks and stays as it is. Also the pictures beside questions and sentences.

use std::cell::Cell;
use std::rc::Rc;

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::Response;
use lol_html::html_content::{ContentType, Element, TextChunk, TextType};
use lol_html::{RewriteStrSettings, doc_text, element, end_tag, rewrite_str};
use schema::leicht::{BOLD, LINE, plain};
use schema::{Kind, Question};

/// A break that leaves a little room before the next sentence; without styles still a break.
const BREAK: &str = "<span class=\"kc-ls__line\"><br /></span>";

/// The page with lines and bold words. A page that cannot be read goes out without either.
pub fn lines(html: String) -> String {
    if !html.contains([BOLD, LINE]) {
        return html;
    }
    // Where no other element may stand inside.
    let closed = Rc::new(Cell::new(0_u32));
    let inside = closed.clone();
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(element!("*", attributes))
        .append_element_content_handler(element!("svg, option", move |el| {
            if !el.can_have_content() {
                return Ok(());
            }
            let (opened, closed) = (closed.clone(), closed.clone());
            opened.set(opened.get() + 1);
            el.on_end_tag(end_tag!(move |_| {
                closed.set(closed.get().saturating_sub(1));
                Ok(())
            }))
        }))
        .append_document_content_handler(doc_text!(move |chunk| {
            text(chunk, inside.get() == 0);
            Ok(())
        }));
    match rewrite_str(&html, settings) {
        Ok(page) => page,
        Err(error) => {
            tracing::error!(%error, "page in Leichte Sprache without its lines");
            plain(&html)
        }
    }
}

/// Everything but pages goes out without marks: what scripts, calendars and other programs read.
pub async fn without_marks(response: Response) -> Response {
    let typed = response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let is_text =
        typed.is_some_and(|t| t.contains("json") || t.starts_with("text/calendar") || t.starts_with("text/plain"));
    if !is_text {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // The answer is complete in memory already.
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Some(text) = std::str::from_utf8(&bytes).ok().filter(|t| t.contains([BOLD, LINE])) else {
        return Response::from_parts(parts, bytes.into());
    };
    let text = on_one_line(text);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, text.into())
}

fn attributes(el: &mut Element<'_, '_>) -> lol_html::HandlerResult {
    let marked: Vec<(String, String)> = el
        .attributes()
        .iter()
        .map(|a| (a.name(), a.value()))
        .filter(|(_, value)| value.contains([BOLD, LINE]))
        .collect();
    for (name, value) in marked {
        el.set_attribute(&name, &on_one_line(&value))?;
    }
    Ok(())
}

fn text(chunk: &mut TextChunk<'_>, open: bool) {
    if !chunk.as_str().contains([BOLD, LINE]) {
        return;
    }
    if open && chunk.text_type() == TextType::Data {
        let html = drawn(chunk.as_str());
        chunk.replace(&html, ContentType::Html);
    } else {
        let text = on_one_line(chunk.as_str());
        chunk.set_str(text);
    }
}

fn on_one_line(text: &str) -> String {
    text.replace(BOLD, "").replace(LINE, " ")
}

/// Text of a page, escaped already, with its lines and bold words. A line without words is none.
fn drawn(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut lines = text.split(LINE).peekable();
    let mut first = true;
    while let Some(line) = lines.next() {
        if !first && (lines.peek().is_none() || !line.trim().is_empty()) {
            out.push_str(BREAK);
        }
        let mut parts = line.split(BOLD);
        out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let end = part.find(|c: char| !c.is_alphabetic()).unwrap_or(part.len());
            let (word, rest) = part.split_at(end);
            out.push_str(&format!("<b>{word}</b>{rest}"));
        }
        first = false;
    }
    out
}

/// Picture beside a question: what it asks for.
pub fn picture(question: &Question) -> &'static str {
    let named = |word: &str| question.id.split(['.', '_']).any(|part| part == word);
    match &question.kind {
        Kind::Date { .. } | Kind::DateRange { .. } => "calendar",
        Kind::Time { .. } => "clock",
        Kind::MapPoint | Kind::Address => "place",
        Kind::Phone => "phone",
        Kind::Email => "letter",
        Kind::Money { .. } | Kind::Iban => "money",
        Kind::File { .. } => "file",
        Kind::Number { unit: Some(unit), .. } if ["m", "cm", "m²"].contains(&unit.as_str()) => "distance",
        Kind::Group { .. } => "people",
        _ if named("club") || named("contact") || named("guests") || named("supervisors") => "people",
        Kind::YesNo => "yes_no",
        Kind::OneOf { .. } | Kind::ManyOf { .. } => "choice",
        Kind::Computed { .. } => "",
        _ => "pencil",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::leicht::mark;

    fn page(html: &str) -> String {
        lines(html.replace("T", &mark("Das ist nicht gut.\nJa.")))
    }

    #[test]
    fn sentences_get_lines_and_denials_stand_out() {
        assert_eq!(page("<p>T</p>"), format!("<p>Das ist <b>nicht</b> gut.{BREAK}Ja.</p>"));
        // Parts of pages that scripts put in have no root.
        assert_eq!(page("T"), format!("Das ist <b>nicht</b> gut.{BREAK}Ja."));
    }

    #[test]
    fn only_text_between_tags_is_touched() {
        let flat = "Das ist nicht gut. Ja.";
        for html in [
            "<input value=\"T\" />",
            "<title>T</title>",
            "<textarea>\nT</textarea>",
            "<script>T</script>",
            "<svg><text>T</text></svg>",
            "<select><option value=\"1\">T</option></select>",
            "<img alt='T'>",
        ] {
            assert_eq!(
                page(html).replace('\'', "\""),
                html.replace('T', flat).replace('\'', "\"")
            );
        }
        // And after those, text again.
        assert!(page("<svg><text>a</text></svg><p>T</p>").contains("<b>nicht</b>"));
        assert!(page("<select><option>a</option></select><p>T</p>").contains("<b>nicht</b>"));
    }

    #[test]
    fn what_people_typed_and_what_is_escaped_stay() {
        let typed = "<dd>Kein Stress e. V.\nist nicht &lt;b&gt; hier</dd>";
        assert_eq!(
            lines(format!("{typed}<p>\u{2063}nicht</p>")),
            format!("{typed}<p><b>nicht</b></p>")
        );
        // Somebody may type the marks: that makes a word bold, never a tag.
        assert_eq!(lines("<p>\u{2063}&lt;i&gt;</p>".into()), "<p><b></b>&lt;i&gt;</p>");
    }
}
