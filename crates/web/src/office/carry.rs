//! Carrying home: the lead takes everything the authority owns along, in one sealed file (`kommunal authority import`
//! takes it in elsewhere). The code that opens it stands on the page from the start and stays there while the file is
//! loaded; the password is asked again, for the file is worth all there is.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;

use axum::body::Body;
use axum::extract::{Form, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use domain::receipt::fingerprint;
use serde_json::{Value, json};
use store::SealFor;
use tokio_util::io::ReaderStream;

use crate::desk::account::password_error;
use crate::desk::session::Lead;
use crate::failure::{Failure, Result};
use crate::format;
use crate::limits::Limit;
use crate::office::fields::{Faults, Field, Typed};
use crate::office::frame;
use crate::req::Req;
use crate::state::App;

/// Authorities that were merged into this one, with what came: the latest first.
async fn came(lead: &Lead) -> Result<Vec<Value>> {
    let merged = lead.0.tenant.read(|t| t.merged()).await?;
    let one = |m: &store::MergedAuthority| {
        json!({
            "name": m.name, "since": format::long_date(domain::date_of(m.at), schema::Lang::De), "cases": m.came.cases,
            "open": m.came.open, "clerks": m.came.clerks, "notes": m.came.notes, "rows": m.head.n,
            "key": fingerprint(&m.public_key),
        })
    };
    Ok(merged.iter().rev().map(one).collect())
}

async fn render(app: &App, lead: &Lead, req: &Req, code: &str, f: &Faults) -> Result<Response> {
    let merged = came(lead).await?;
    let (errors, errors_title) = f.summary(app, &["passwort"]);
    // Never shown again, right or wrong.
    let password = Field::text("passwort", "Ihr Passwort", &Typed::default(), f)
        .input("password")
        .auto("current-password")
        .hint("Zur Sicherheit noch einmal, weil die Datei alles enthält.");
    let ctx = json!({
        "code": code, "id": lead.0.tenant.id().as_str(), "errors": errors, "errors_title": errors_title,
        "merged": merged, "f": { "passwort": password },
    });
    frame::page(app, f.status(), "office/carry.html", req, lead, "mitnehmen", ctx)
}

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    let (_, code) = SealFor::code(app.store.entropy());
    render(&app, &lead, &req, &code, &Faults::default()).await
}

/// A file that has no name: it is gone when the last who has it open is, also after a crash.
fn nameless(app: &App) -> std::io::Result<File> {
    let path = std::env::temp_dir().join(format!("kommunal-{}.age", app.store.entropy().id()));
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

pub async fn download(
    State(app): State<App>,
    lead: Lead,
    req: Req,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed(pairs);
    // Only a code that was made here is strong enough without further work.
    let Some(seal) = SealFor::made_code(typed.get("code")) else {
        return page(State(app), lead, req).await;
    };
    app.limits
        .take(req.address, Limit::LogIn, app.now())
        .map_err(Failure::TooMany)?;
    if let Some(wrong) = password_error(&app, &lead.0, typed.get("passwort")).await? {
        let mut f = Faults::default();
        f.add("passwort", wrong);
        return render(&app, &lead, &req, typed.get("code"), &f).await;
    }
    let _turn = app.work.carry().await?;
    let (actor, now, tenant) = (lead.0.clerk.id.clone(), app.now(), &lead.0.tenant);
    let noted = tenant.write(move |t| {
        t.audit(actor.as_str(), "authority.exported", None, now);
        Ok::<_, store::Error>(())
    });
    noted.await?;
    let to = BufWriter::new(nameless(&app).map_err(Failure::internal)?);
    let (carried, to) = app.store.export(tenant.id(), to, &seal, now).await?;
    let mut file = to.into_inner().map_err(Failure::internal)?;
    let length = file.seek(SeekFrom::End(0)).map_err(Failure::internal)?;
    file.seek(SeekFrom::Start(0)).map_err(Failure::internal)?;
    // The beginning of the digest, to compare with what the other installation prints.
    let digest = carried.digest.get(..16).unwrap_or_default();
    let name = format!("{}-{}-{digest}.age", carried.id, app.today());
    let body = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file)));
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, body).into_response())
}
