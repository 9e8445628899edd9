//! The decision as a page to read, beside the PDF: the same words, from the data that the letter was typeset from. To
//! open it counts as retrieval, as to open the PDF does (§ 41 Abs. 2a VwVfG). Letters are German.

use axum::extract::{Path, State};
use axum::response::Response;
use domain::Action;
use jiff::civil::Date;
use schema::Lang;
use serde_json::{Value, json};

use crate::case::access;
use crate::case::status;
use crate::failure::{Failure, Result};
use crate::format;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

pub async fn page(State(app): State<App>, Path(reference): Path<String>, req: Req) -> Result<Response> {
    let seen = match access::see_or_ask(&app, &req, &reference).await {
        Ok(seen) => seen,
        Err(response) => return Ok(response),
    };
    let Some(letter) = seen.case.delivery.letter.clone() else {
        return Err(Failure::Page);
    };
    let pdf = format!("/v/{}/bescheid.pdf", seen.case.reference);
    let case = seen.case.id.clone();
    let Some(data) = seen.tenant.read(move |t| t.letter_text(&case, &letter)).await? else {
        // Made before letters were kept as data: the PDF is all there is.
        return Ok(redirect(&pdf));
    };
    let data: Value = serde_json::from_slice(&data).map_err(Failure::internal)?;
    if seen.case.delivery.retrieved_at.is_none() {
        status::act(&app, &seen, Action::Retrieved, req.lang).await?;
    }
    let ctx = json!({ "l": view(&app, &data), "pdf": pdf, "back": format!("/v/{}", seen.case.reference) });
    app.ok("case/letter.html", app.ui(&req), ctx)
}

/// Columns at the foot, as on the sheet: address, ways to reach the office, bank, its own words.
fn foot(authority: &Value) -> Vec<Vec<String>> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let list = |v: &Value| v.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    let phone = Some(text(&authority["phone"])).filter(|p| !p.is_empty());
    let bank = &authority["bank"];
    let mut columns = vec![
        vec![text(&authority["name"]), list(&authority["address"]).join(", ")],
        vec![
            phone.map(|p| format!("Telefon {p}")).unwrap_or_default(),
            text(&authority["email"]),
        ],
        vec![text(&bank["name"]), schema::show::format::iban(&text(&bank["iban"]))],
        list(&authority["footer"]),
    ];
    for column in &mut columns {
        column.retain(|line| !line.is_empty());
    }
    columns.retain(|column| !column.is_empty());
    columns
}

/// The letter's data as the template places it: amounts and days as people read them, empty parts left out.
pub fn view(app: &App, d: &Value) -> Value {
    let t = |key: &str, with: &[(&str, &str)]| app.texts.fill(Lang::De, &format!("letter.{key}"), with);
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let day = |v: &Value, how: fn(Date, Lang) -> String| {
        let day = v.as_str().and_then(|d| d.parse::<Date>().ok());
        day.map(|d| how(d, Lang::De)).unwrap_or_default()
    };
    let cents = |v: &Value| v.as_i64().unwrap_or_default();
    let euro = |v: &Value| format::euro(cents(v));
    let kind = text(&d["kind"]);
    let contract = kind == "contract";
    let due = day(&d["due"], format::long_date);
    let info = [
        (t("reference", &[]), text(&d["reference"])),
        (text(&d["your_label"]), day(&d["your_date"], format::date_in)),
        (t("clerk", &[]), text(&d["clerk"]["name"])),
        (t("phone", &[]), text(&d["authority"]["phone"])),
        (t("email", &[]), text(&d["authority"]["email"])),
        (t("date", &[]), day(&d["date"], format::date_in)),
    ];
    let rows = |rows: &[(String, String)]| -> Vec<Value> {
        let filled = rows.iter().filter(|(_, value)| !value.is_empty());
        filled
            .map(|(label, value)| json!({ "label": label, "value": value }))
            .collect()
    };
    let decided = d["decision"].as_array().is_some_and(|list| !list.is_empty());
    let introduction = match kind.as_str() {
        _ if !decided => String::new(),
        // A notice that is confirmed needs no decision; its points stand for themselves.
        "confirmation" => String::new(),
        "contract" => t("promise", &[]),
        _ => t("decision", &[]),
    };
    let costs: Vec<Value> = d["costs"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|c| json!({ "label": c["label"], "basis": c["basis"], "amount": euro(&c["cents"]) }))
        .collect();
    let to_pay = cents(&d["total_cents"]) + cents(&d["deposit_cents"]);
    let payment = &d["payment"];
    let payment = [
        (t("payee", &[]), text(&payment["payee"])),
        (t("iban", &[]), schema::show::format::iban(&text(&payment["iban"]))),
        (t("purpose", &[]), text(&payment["purpose"])),
        (
            t("amount", &[]),
            payment["cents"].as_i64().map(format::euro).unwrap_or_default(),
        ),
        (t("pay_by", &[]), due.clone()),
    ];
    // Labels stand in the letter's language, not in the page's.
    let words = [
        "item", "basis", "amount", "sum", "deposit", "payment", "reasons", "remedy", "help",
    ];
    let words: Value = words
        .iter()
        .map(|key| ((*key).to_owned(), t(key, &[]).into()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let back: Vec<String> = std::iter::once(&d["authority"]["name"])
        .chain(d["authority"]["address"].as_array().into_iter().flatten())
        .map(text)
        .collect();
    json!({
        "w": words, "back": back.join(", "), "foot": foot(&d["authority"]), "code": app.press.payment_code(&d["payment"]), "authority": d["authority"], "recipient": d["recipient"], "info": rows(&info), "subject": d["subject"], "salutation": d["salutation"],
        "result": text(&d["result"]).lines().collect::<Vec<_>>(), "introduction": introduction, "decision": d["decision"],
        "has_costs": !costs.is_empty() || cents(&d["deposit_cents"]) > 0, "costs": costs, "costs_title": t(if contract { "price" } else { "costs" }, &[]),
        "sum": euro(&d["total_cents"]), "deposit": if cents(&d["deposit_cents"]) > 0 { euro(&d["deposit_cents"]) } else { String::new() },
        "to_pay": format::euro(to_pay), "to_pay_label": if due.is_empty() { t("to_pay", &[]) } else { t("to_pay_by", &[("day", &due)]) },
        "payment": if d["payment"].is_null() { Vec::new() } else { rows(&payment) },
        "reasons": d["reasons"], "remedy": text(&d["remedy"]), "help": d["help"], "signature": d["signature"],
    })
}
