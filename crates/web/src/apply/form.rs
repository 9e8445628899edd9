//! The form, one topic a page, saved with every step. A page that has errors comes back with what was
//! typed; nothing typed is ever lost.

use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use schema::{Context, FieldError, Kind, RawAnswers};
use serde_json::{Value, json};

use crate::account::keep::{self, Known};
use crate::alarm;
use crate::apply::draft::{self, Begun};
use crate::apply::upload::{self, Posted};
use crate::apply::view::{FormView, html_id};
use crate::apply::{carry, elsewhere, late, pages, price, sent, tools};
use crate::failure::{Failure, Result};
use crate::format;
use crate::limits::Limit;
use crate::offer::Offer;
use crate::reach::office_ctx;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;
use crate::taken;

/// Tries of a save that others are faster with.
const TRIES: usize = 5;

/// Ids of the pages that apply now.
fn page_ids(offer: &Offer, answers: &Value, cx: &Context) -> Vec<String> {
    schema::visible_pages(&offer.service, answers, cx)
        .iter()
        .map(|p| {
            alarm::failed(&offer.service.id, &p.failures);
            p.page.id.clone()
        })
        .collect()
}

/// To the first page that is not complete, or to the check page.
pub async fn first(
    State(app): State<App>,
    Path((slug, service)): Path<(String, String)>,
    req: Req,
) -> Result<Response> {
    let (offer, begun) = match draft::load_with_offer(&app, &req, &slug, &service).await {
        // An account's, and nobody is logged in: this browser begins anew, the account keeps it.
        Err(Failure::Account(_)) => return draft::restart(State(app), Path((slug, service))).await,
        found => found?,
    };
    if let Some(arrived) = elsewhere::arrive(&app, &req, &offer, begun.as_ref()).await? {
        return Ok(arrived);
    }
    if let Some(page) = sent::instead(&app, &req, &offer, begun.as_ref()) {
        return page;
    }
    let cx = offer.context(&app, req.lang);
    let raw = begun.as_ref().map(Begun::answers).unwrap_or_default();
    let settled = schema::settle(&offer.service, &raw, &cx);
    let ids = page_ids(&offer, &settled, &cx);
    let open = ids
        .iter()
        .find(|id| begun.is_none() || schema::check_page(&offer.service, id, &raw, &cx).is_err());
    let to = open.map_or("pruefen", String::as_str);
    Ok(redirect(&format!("{}/antrag/{to}", offer.path())))
}

/// What a page shows after a post that did not go on.
#[derive(Default)]
struct Shown {
    errors: Vec<FieldError>,
    items: Vec<(String, usize)>,
    view: Option<String>,
    /// Days on which a room that is taken would be free.
    days: Vec<Date>,
}

/// What a page stands on: what is begun, or what the account knows before anything is.
#[derive(Clone, Copy)]
struct Base<'a> {
    begun: Option<&'a Begun>,
    known: &'a Known,
}

impl Base<'_> {
    /// Where an answer came from, in words; empty: it was typed here.
    fn source(&self, app: &App, lang: schema::Lang, path: &str) -> String {
        let Some(b) = self.begun else {
            return self.known.source(app, lang, path);
        };
        b.source(app, lang, path)
    }
}

fn render(
    app: &App,
    req: &Req,
    offer: &Offer,
    base: Base<'_>,
    (cx, raw): (&Context, &RawAnswers),
    page_id: &str,
    shown: &Shown,
) -> Result<Response> {
    let (lang, begun) = (req.lang, base.begun);
    let settled = schema::settle(&offer.service, raw, cx);
    let pages = schema::visible_pages(&offer.service, &settled, cx);
    let at = pages.iter().position(|p| p.page.id == page_id).ok_or(Failure::Page)?;
    let page = &pages[at];
    let mut faults = shown.errors.clone();
    elsewhere::name_places(app, lang, offer, &raw.0, &mut faults);
    let view = FormView {
        service: &offer.service,
        cx,
        texts: &app.texts,
        answers: &raw.0,
        errors: &faults,
        items: &shown.items,
        map: tools::map_view(app, offer, shown.view.as_deref()),
        class: price::class(&offer.service, &settled).filter(|_| offer.local.open),
    };
    let questions: Vec<Value> = page
        .questions
        .iter()
        .filter(|q| q.shown || q.question.reveal)
        .map(|q| {
            let source = if matches!(q.question.kind, Kind::Computed { .. }) {
                &settled
            } else {
                &raw.0
            };
            let view = FormView {
                answers: source,
                ..view.clone()
            };
            let mut out = view.question(q.question, &q.question.id, &q.question.id);
            out["shown"] = q.shown.into();
            if matches!(q.question.kind, Kind::MapPoint) {
                out["map"]["other"] = elsewhere::beside_map(app, lang, offer, &raw.0, &q.question.id);
            }
            out["from"] = base.source(app, lang, &q.question.id).into();
            out
        })
        .collect();
    // Said at the day itself, and on the page after it to whoever has no scripts.
    let day = late::day_path(&offer.service, &settled, cx).unwrap_or_default();
    let asks_day = |p: &schema::VisiblePage<'_>| p.questions.iter().any(|q| q.shown && q.question.id == day);
    let late = match asks_day(page) || at > 0 && asks_day(&pages[at - 1]) {
        true => late::already(app, offer, cx, &settled),
        false => Value::Null,
    };
    let has_map = questions.iter().any(|q| q["kind"] == "map_point");
    let errors: Vec<Value> = faults
        .iter()
        .map(|e| json!({ "href": html_id(&e.field), "text": e.message }))
        .collect();
    let text = |key: &str| offer.text(cx, &settled, &format!("page.{page_id}.{key}"));
    let back = if at == 0 {
        offer.path()
    } else {
        format!("{}/antrag/{}", offer.path(), pages[at - 1].page.id)
    };
    let changing = req.param("aendern").is_some();
    // Where a room or its day is asked for, one may look what is free.
    let books = |id: &str| {
        offer
            .service
            .booking
            .as_ref()
            .is_some_and(|b| b.room == id || id == "event.date")
    };
    let free = if page.questions.iter().any(|q| books(&q.question.id)) {
        crate::calendar::public::href(offer)
    } else {
        String::new()
    };
    let own = format!("{}/antrag/{page_id}", offer.path());
    let ctx = json!({
        "service_name": offer.text(cx, &settled, "name"),
        "errors": errors, "errors_title": errors_title(app, req, errors.len()),
        "page": {
            "title": text("title"), "lead": text("lead"), "step": text("step"), "n": at + 1, "of": pages.len() + 1,
            "back": if changing { format!("{}/antrag/pruefen", offer.path()) } else { back },
            "action": if changing { format!("{own}?aendern=1") } else { own },
            "saved": begun.map(|b| format::clock(b.updated_at)).unwrap_or_default(), "map": has_map,
            "free": free, "priced": price::spoken_of(offer), "price": price::so_far(app, offer, cx, &settled),
            "seen": pages::seen(page.page, begun.map_or(&base.known.answers.0, |b| &b.kept.answers)),
        },
        "newer": begun.map(|b| &b.newer), "questions": questions, "late": late, "late_at": if asks_day(page) { day.as_str() } else { "" },
        "free_days": taken::offered(app, lang, &shown.days), "office": office_ctx(app, lang, offer),
    });
    let name = offer.text(cx, &settled, "name");
    let status = if shown.errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    app.page(status, "form.html", app.ui_form(req, offer, &name), ctx)
}

pub fn errors_title(app: &App, req: &Req, n: usize) -> String {
    if n == 1 {
        app.texts.text(req.lang, "form.errors_one")
    } else {
        app.texts
            .fill(req.lang, "form.errors_many", &[("n", &number_word(n, req.lang))])
    }
}

/// Small numbers as words, as people read them.
fn number_word(n: usize, lang: schema::Lang) -> String {
    const DE: [&str; 11] = [
        "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
    ];
    const EN: [&str; 11] = [
        "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    ];
    let words = match lang {
        schema::Lang::De => DE,
        schema::Lang::En => EN,
        // Digits are read more easily.
        schema::Lang::Leicht => return n.to_string(),
    };
    n.checked_sub(2)
        .and_then(|i| words.get(i))
        .map_or_else(|| n.to_string(), |w| (*w).to_owned())
}

pub async fn page(
    State(app): State<App>,
    Path((slug, service, page)): Path<(String, String, String)>,
    req: Req,
) -> Result<Response> {
    let (offer, begun) = draft::load_with_offer(&app, &req, &slug, &service).await?;
    if let Some(page) = sent::instead(&app, &req, &offer, begun.as_ref()) {
        return page;
    }
    let known = keep::known(&app, &req, &offer, begun.as_ref()).await?;
    let raw = begun.as_ref().map_or_else(|| known.answers.clone(), Begun::answers);
    let cx = offer.context(&app, req.lang);
    let settled = schema::settle(&offer.service, &raw, &cx);
    let ids = page_ids(&offer, &settled, &cx);
    // A page that does not apply (any more), or one far ahead without a draft: back to where one is.
    if !ids.contains(&page) {
        // One that only an older version had, too.
        let newer = begun.as_ref().is_some_and(|b| b.kept.newer.is_some());
        if newer || offer.service.form.pages.iter().any(|p| p.id == page) {
            return Ok(redirect(&format!("{}/antrag", offer.path())));
        }
        return Err(Failure::Page);
    }
    if begun.is_none() && ids.first() != Some(&page) {
        return Ok(redirect(&format!("{}/antrag", offer.path())));
    }
    let base = Base {
        begun: begun.as_ref(),
        known: &known,
    };
    render(&app, &req, &offer, base, (&cx, &raw), &page, &Shown::default())
}

pub async fn save(
    State(app): State<App>,
    Path((slug, service, page)): Path<(String, String, String)>,
    req: Req,
    multipart: Multipart,
) -> Result<Response> {
    let loaded = draft::load_with_offer(&app, &req, &slug, &service).await?;
    let asked = loaded.0.service.form.pages.iter().find(|p| p.id == page);
    let posted = upload::read(multipart, upload::most(asked)).await?;
    if !posted.files.is_empty() {
        app.limits.upload(req.address, posted.weight(), app.now())?;
        upload::fits(&app, loaded.0.place.ags(), posted.weight()).await?;
    }
    // Loaded anew with each further try: a second click or another device may save in between, and the store tells.
    let mut loaded = Some(loaded);
    for _ in 0..TRIES {
        let found = match loaded.take() {
            Some(found) => found,
            None => draft::load_with_offer(&app, &req, &slug, &service).await?,
        };
        if let Some(response) = save_once(&app, &req, found, &page, &posted).await? {
            return Ok(response);
        }
    }
    Err(Failure::Busy)
}

/// `None`: the draft was saved by somebody else in the meantime.
async fn save_once(
    app: &App,
    req: &Req,
    (offer, found): (Offer, Option<Begun>),
    page: &str,
    posted: &Posted,
) -> Result<Option<Response>> {
    let asked = offer.service.form.pages.iter().find(|p| p.id == page);
    // A page that only an older version had: on to where one is now.
    if asked.is_none() && found.as_ref().is_some_and(|b| b.kept.newer.is_some()) {
        return Ok(Some(redirect(&format!("{}/antrag", offer.path()))));
    }
    let asked = asked.ok_or(Failure::Page)?;
    if found.as_ref().is_some_and(|b| b.kept.sent.is_some()) {
        return Ok(Some(redirect(&format!("{}/antrag", offer.path()))));
    }
    let cx = offer.context(app, req.lang);
    let known = keep::known(app, req, &offer, found.as_ref()).await?;
    let before = found.as_ref().map_or_else(|| known.answers.clone(), Begun::answers);
    let mut raw = before.clone();
    // A free day taken from the check page comes alone: what is not on that page stays.
    let typed = tools::as_pairs(posted);
    if !(typed.is_empty() && posted.has(taken::DAY)) {
        schema::merge(&mut raw, &schema::from_html(&offer.service, page, &typed));
    }
    if let Some(day) = posted
        .value(taken::DAY)
        .and_then(schema::typed::date)
        .filter(|d| *d >= cx.today)
    {
        let settled = schema::settle(&offer.service, &raw, &cx);
        taken::move_to(&offer.service, &mut raw, &settled, day);
    }
    if posted.has("_zeigen") {
        // Scripts ask which questions apply to what is ticked now. Nothing is saved.
        let settled = schema::settle(&offer.service, &raw, &cx);
        let shown: Vec<String> = schema::visible_pages(&offer.service, &settled, &cx)
            .into_iter()
            .filter(|p| p.page.id == page)
            .flat_map(|p| p.questions)
            .filter(|q| q.shown)
            .map(|q| q.question.id.clone())
            .collect();
        let price = price::so_far(app, &offer, &cx, &settled);
        let late = late::already_drawn(app, app.ui(req), &offer, &cx, &settled)?;
        return Ok(Some(
            axum::Json(json!({ "shown": shown, "price": price, "late": late })).into_response(),
        ));
    }
    let stop = if posted.is_spam() {
        // A machine, or a browser that fills in everything: the person is told, and keeps what was typed.
        vec![FieldError {
            field: "inhalt".to_owned(),
            kind: schema::ErrorKind::Form,
            message: app.texts.text(req.lang, "form.trap_filled"),
        }]
    } else {
        pages::changed_elsewhere(app, &offer, &cx, asked, posted.value(pages::SEEN), &before, &raw)
    };
    if !stop.is_empty() {
        let shown = Shown {
            errors: stop,
            view: tools::posted_view(posted),
            ..Shown::default()
        };
        let base = Base {
            begun: found.as_ref(),
            known: &known,
        };
        return render(app, req, &offer, base, (&cx, &raw), page, &shown).map(Some);
    }
    let mut begun = match found {
        Some(mut b) => {
            keep::adopt(app, req, &offer, &mut b).await?;
            b
        }
        None => {
            app.limits
                .take(req.address, Limit::Draft, app.now())
                .map_err(Failure::TooMany)?;
            let answers = known.answers.0.clone();
            let mut b = draft::create(app, req, &offer, answers, known.paths.clone()).await?;
            b.kept.known.clone_from(&known.paths);
            b
        }
    };
    let mut file_errors = Vec::new();
    take_files(app, req, asked, &begun, &mut raw, posted, &mut file_errors).await?;
    let questions = asked.questions.iter();
    let points: Vec<&str> = questions
        .filter(|q| matches!(q.kind, Kind::MapPoint))
        .map(|q| q.id.as_str())
        .collect();
    let stay = tools::edit_on_page(&points, &cx.place.outline, &mut raw, posted).map(|edited| Shown {
        // A file that is not taken is said, whatever was pressed.
        errors: file_errors.clone(),
        items: edited.items,
        view: edited.view,
        ..Shown::default()
    });
    let goes = posted.has("_spaeter") || posted.has(elsewhere::GO);
    let checked = if stay.is_some() || goes {
        Ok(())
    } else {
        match schema::check_page(&offer.service, page, &raw, &cx) {
            Ok(answers) if file_errors.is_empty() => {
                schema::merge(&mut raw, &answers);
                Ok(())
            }
            Ok(_) => Err(file_errors),
            Err(mut errors) => {
                // The file's own error says more than "missing".
                errors.retain(|e| !file_errors.iter().any(|f| f.field == e.field));
                errors.extend(file_errors);
                Err(errors)
            }
        }
    };
    // What somebody changed is no longer what was taken over.
    let same = |path: &String| schema::at(&before.0, path) == schema::at(&raw.0, path);
    begun.kept.carried.retain(same);
    begun.kept.known.retain(same);
    begun.kept.answers = raw.0.clone();
    if !begun.save(app).await? {
        return Ok(None);
    }
    if posted.has(elsewhere::GO)
        && let Some(mut response) = elsewhere::begin(app, req, &offer, &raw).await?
    {
        draft::remember(&mut response, app, req, &offer, &begun.kept.link);
        return Ok(Some(response));
    }
    let shown = match (stay, checked) {
        (Some(stay), _) => Some(stay),
        (None, Err(errors)) => Some(Shown {
            errors,
            view: tools::posted_view(posted),
            ..Shown::default()
        }),
        (None, Ok(())) if goes => None,
        (None, Ok(())) => {
            let settled = schema::settle(&offer.service, &raw, &cx);
            let leaves = schema::exit(&offer.service, &settled, &cx, Some(page)).is_some();
            let taken = match leaves {
                true => None,
                false => taken::on_page(app, &offer, &cx, &settled, asked).await?,
            };
            taken.map(|met| Shown {
                errors: vec![met.error],
                view: tools::posted_view(posted),
                days: met.days,
                ..Shown::default()
            })
        }
    };
    let mut response = match shown {
        Some(shown) => {
            let base = Base {
                begun: Some(&begun),
                known: &known,
            };
            render(app, req, &offer, base, (&cx, &raw), page, &shown)?
        }
        None if posted.has("_spaeter") => redirect(&format!("{}/antrag/spaeter", offer.path())),
        None => redirect(&next_path(req, &offer, &begun, page, &cx)),
    };
    draft::remember(&mut response, app, req, &offer, &begun.kept.link);
    Ok(Some(response))
}

/// The exit that now holds, the check page after "Ändern", or the next page that asks something new.
fn next_path(req: &Req, offer: &Offer, begun: &Begun, page: &str, cx: &Context) -> String {
    let raw = begun.answers();
    let settled = schema::settle(&offer.service, &raw, cx);
    if let Some(exit) = schema::exit(&offer.service, &settled, cx, Some(page)) {
        return format!("{}/antrag/ende/{}", offer.path(), exit.id);
    }
    if req.param("aendern").is_some() {
        let ids = page_ids(offer, &settled, cx);
        // Back to the summary, unless the change opened a question that has no answer yet.
        let open = ids
            .iter()
            .find(|id| schema::check_page(&offer.service, id, &raw, cx).is_err());
        return format!(
            "{}/antrag/{}",
            offer.path(),
            open.map_or("pruefen".to_owned(), |id| format!("{id}?aendern=1"))
        );
    }
    let pages = schema::visible_pages(&offer.service, &settled, cx);
    let next = pages
        .iter()
        .skip_while(|p| p.page.id != page)
        .skip(1)
        .find(|p| !carry::knows_all(&offer.service, p, &begun.kept.carried, &raw, cx));
    let next = next.map_or("pruefen", |p| p.page.id.as_str());
    format!("{}/antrag/{next}", offer.path())
}

/// Files of the page: checked, kept with the draft, named in the answers. One that is replaced goes with the save.
async fn take_files(
    app: &App,
    req: &Req,
    page: &schema::Page,
    begun: &Begun,
    raw: &mut RawAnswers,
    posted: &Posted,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    for file in &posted.files {
        let Some(question) = page.questions.iter().find(|q| q.id == file.field) else {
            continue;
        };
        let checked = upload::check(app, question, &file.name, &file.bytes, req.lang).await;
        let taken = checked.and_then(|media_type| {
            let old = schema::at(&raw.0, &question.id).map(upload::stored).unwrap_or_default();
            let others = upload::stored(&raw.0).into_iter().filter(|f| !old.contains(f));
            match upload::room_for(others, file.bytes.len()) {
                true => Ok(media_type),
                false => Err(upload::no_room(&app.texts, &file.name, req.lang)),
            }
        });
        match taken {
            Ok(media_type) => {
                let info = upload::info(app, &question.id, &file.name, media_type, &file.bytes);
                app.store
                    .drafts()
                    .put_paper(&begun.draft, info.clone(), file.bytes.clone())
                    .await?;
                let value = info.answer();
                tools::remove(&mut raw.0, &question.id);
                schema::merge(raw, &schema::nested(&question.id, value));
            }
            Err(message) => errors.push(FieldError {
                field: question.id.clone(),
                kind: schema::ErrorKind::Paper,
                message,
            }),
        }
    }
    Ok(())
}

/// Nothing needed, not entitled, or somewhere else: the reason and the way on.
pub async fn exit_page(
    State(app): State<App>,
    Path((slug, service, exit)): Path<(String, String, String)>,
    req: Req,
) -> Result<Response> {
    let (offer, begun) = draft::load_with_offer(&app, &req, &slug, &service).await?;
    if let Some(page) = sent::instead(&app, &req, &offer, begun.as_ref()) {
        return page;
    }
    let exit = offer
        .service
        .form
        .exits
        .iter()
        .find(|e| e.id == exit)
        .ok_or(Failure::Page)?;
    let cx = offer.context(&app, req.lang);
    let raw = begun.as_ref().map(Begun::answers).unwrap_or_default();
    let answers = schema::settle(&offer.service, &raw, &cx);
    let text = offer.text(&cx, &answers, &format!("exit.{}.text", exit.id));
    let law: Vec<&str> = exit
        .legal_basis
        .iter()
        .filter_map(|id| {
            offer
                .service
                .legal_basis
                .iter()
                .find(|l| l.id == *id && l.confirmed)
                .map(|l| l.title.as_str())
        })
        .collect();
    let to = exit.to.as_deref().and_then(|id| app.services.latest(id)).map(|s| {
        let name = crate::offer::service_text(&s, &cx, &json!({}), "name");
        json!({ "href": format!("/{}/{}", offer.place.slug, s.id), "name": name })
    });
    let name = offer.text(&cx, &answers, "name");
    let ctx = json!({
        "service_name": name, "place": offer.place.ctx(), "office": office_ctx(&app, req.lang, &offer),
        "exit": {
            "title": offer.text(&cx, &answers, &format!("exit.{}.title", exit.id)),
            "text": text.split("\n\n").collect::<Vec<_>>(), "law": law.join(", "), "to": to,
            "back": format!("{}/antrag/{}", offer.path(), exit.after),
        },
    });
    app.ok("exit.html", app.ui_form(&req, &offer, &name), ctx)
}
