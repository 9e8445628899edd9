//! Payments: what is open, what is overdue, deposits to return, what goes back, what was paid. All of them, a page at a time.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::{Case, Payment, date_of};
use jiff::civil::Date;
use serde_json::{Value, json};
use store::{PaymentCounts, PaymentTab};

use crate::desk::badges::{Badge, between, days};
use crate::desk::lists::{basics, done};
use crate::desk::session::Desk;
use crate::failure::Result;
use crate::format;
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

/// Rows of a page.
const SIZE: u32 = 25;

/// Key in the address, name, tab.
const TABS: [(&str, &str, PaymentTab); 5] = [
    ("offen", "Offen", PaymentTab::Open),
    ("ueberfaellig", "Überfällig", PaymentTab::Overdue),
    ("kautionen", "Kautionen", PaymentTab::Deposits),
    ("zurueckzahlen", "Zurückzahlen", PaymentTab::Refunds),
    ("bezahlt", "Bezahlt", PaymentTab::Paid),
];

fn count(counts: PaymentCounts, tab: PaymentTab) -> i64 {
    match tab {
        PaymentTab::Open => counts.open,
        PaymentTab::Overdue => counts.overdue,
        PaymentTab::Deposits => counts.deposits,
        PaymentTab::Refunds => counts.refunds,
        PaymentTab::Paid => counts.paid,
    }
}

fn address(tab: PaymentTab, page: u32) -> String {
    let key = TABS.iter().find(|t| t.2 == tab).map_or("offen", |t| t.0);
    match (tab, page) {
        (PaymentTab::Open, 1) => "/amt/zahlungen".to_owned(),
        (_, 1) => format!("/amt/zahlungen?ansicht={key}"),
        _ => format!("/amt/zahlungen?ansicht={key}&seite={page}"),
    }
}

fn badge(kind: &'static str, text: String, sub: String) -> Value {
    json!(Badge { kind, text, sub })
}

/// When it falls due, or has.
fn due(case: &Case, today: Date) -> Value {
    let Some(day) = case.fee.due else {
        return badge("neutral", "ohne Frist".into(), String::new());
    };
    let (kind, text) = match between(today, day) {
        n if n < 0 => ("danger", format!("{} überfällig", days(-n))),
        0 => ("danger", "heute".to_owned()),
        n if n <= 5 => ("warning", format!("noch {}", days(n))),
        n => ("neutral", format!("noch {}", days(n))),
    };
    badge(kind, text, format::date(day))
}

/// The event is over, or does not take place.
pub(super) fn may_go_back(case: &Case, today: Date) -> bool {
    case.called_off.is_some() || case.event_day.is_none_or(|d| d < today)
}

/// Taking the last entry back; empty: there is none.
pub(super) fn undo_label(case: &Case) -> &'static str {
    match case.last_payment() {
        Some(Payment::Paid) => "Doch nicht bezahlt",
        Some(Payment::DepositReturned) => "Kaution doch nicht zurückgezahlt",
        Some(Payment::Refunded) => "Doch nicht zurückgezahlt",
        None => "",
    }
}

/// Whether the deposit may go back.
fn deposit(case: &Case, today: Date) -> Value {
    let after = may_go_back(case, today);
    let (kind, text) = if after {
        ("warning", "zurückzahlen")
    } else {
        ("neutral", "nach dem Termin")
    };
    badge(kind, text.into(), case.event_day.map(format::date).unwrap_or_default())
}

fn row(app: &App, case: &Case, tab: PaymentTab, today: Date) -> Value {
    let fee = &case.fee;
    let on = |t: jiff::Timestamp| format::date(date_of(t));
    let open = fee.paid_at.is_none();
    let mut row = basics(app, case);
    row["badge"] = match tab {
        PaymentTab::Open | PaymentTab::Overdue => due(case, today),
        PaymentTab::Deposits => deposit(case, today),
        PaymentTab::Refunds => {
            let since = case.called_off.as_ref().map(|off| on(off.at)).unwrap_or_default();
            badge("warning", "zurückzahlen".into(), since)
        }
        PaymentTab::Paid => badge("success", "bezahlt".into(), fee.paid_at.map(on).unwrap_or_default()),
    };
    row["sum"] = tab.cents(case).into();
    let part = match tab {
        PaymentTab::Deposits => 0,
        // Returned before, it is no part of what goes back.
        PaymentTab::Refunds if !fee.holds_deposit() => 0,
        _ => fee.deposit_cents,
    };
    row["deposit"] = part.into();
    row["reminded"] = fee.reminded_at.filter(|_| open).map(on).into();
    row["returned"] = fee.deposit_returned_at.map(on).into();
    row["refunded"] = fee.refunded_at.map(on).into();
    row["refund"] = case.refund().into();
    row["can_refund"] = (tab == PaymentTab::Refunds && case.owes_refund()).into();
    row["undo"] = match tab {
        PaymentTab::Paid => undo_label(case),
        _ => "",
    }
    .into();
    row["can_pay"] = open.into();
    row["can_remind"] = (open && fee.due.is_some_and(|due| due < today)).into();
    row["can_return"] = (tab == PaymentTab::Deposits && may_go_back(case, today)).into();
    row
}

/// Why the list is empty.
fn empty(tab: PaymentTab) -> &'static str {
    match tab {
        PaymentTab::Open => "Alles bezahlt. Neue Beträge stehen hier, sobald ein Bescheid hinausgeht.",
        PaymentTab::Overdue => "Keine Zahlung ist überfällig.",
        PaymentTab::Deposits => "Keine Kaution liegt bei Ihnen.",
        PaymentTab::Refunds => "Nichts ist zurückzuzahlen.",
        PaymentTab::Paid => "Noch keine Zahlung ist eingetragen.",
    }
}

pub async fn page(State(app): State<App>, desk: Desk, req: Req) -> Result<Response> {
    let asked = req.param("ansicht").unwrap_or_default();
    let tab = TABS.iter().find(|t| t.0 == asked).map_or(PaymentTab::Open, |t| t.2);
    let page: u32 = req.param("seite").and_then(|p| p.parse().ok()).unwrap_or(1).max(1);
    let today = app.today();
    let (counts, found) = desk
        .tenant
        .read(move |t| {
            let found = t.payments(tab, today, page - 1, SIZE)?;
            Ok::<_, store::Error>((t.payment_counts(today)?, found))
        })
        .await?;
    let total = count(counts, tab);
    let pages = u32::try_from(total).unwrap_or(u32::MAX).div_ceil(SIZE).max(1);
    if page > pages {
        // Paid meanwhile: the last page that there is.
        return Ok(redirect(&address(tab, pages)));
    }
    let views: Vec<Value> = TABS
        .iter()
        .map(|(_, label, t)| json!({ "label": label, "n": count(counts, *t), "href": address(*t, 1), "here": *t == tab }))
        .collect();
    let sum = match tab {
        _ if found.cents == 0 => String::new(),
        PaymentTab::Open => format!("{} offen", format::euro(found.cents)),
        PaymentTab::Overdue => format!("{} überfällig", format::euro(found.cents)),
        PaymentTab::Refunds => format!("{} zurückzuzahlen", format::euro(found.cents)),
        _ => format!("{} Kaution", format::euro(found.cents)),
    };
    let rows: Vec<Value> = found.cases.iter().map(|c| row(&app, c, tab, today)).collect();
    let to = |n: u32| address(tab, n);
    let ctx = json!({
        "views": views, "rows": rows, "sum": sum, "empty": empty(tab), "done": done(&req), "here": to(page),
        "heading": TABS.iter().find(|t| t.2 == tab).map_or("", |t| t.1), "deposits": tab == PaymentTab::Deposits,
        "refunds": tab == PaymentTab::Refunds,
        "pages": { "now": page, "of": pages, "before": if page > 1 { to(page - 1) } else { String::new() },
            "after": if page < pages { to(page + 1) } else { String::new() } },
    });
    app.desk_page(StatusCode::OK, "desk/payments.html", &req, &desk, "zahlungen", ctx)
}
