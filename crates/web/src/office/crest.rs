//! Coats of arms: the authority's own and, where it works for several places, one of each. An SVG or PNG, known
//! by its content, at most 200 KB. A place without one shows the authority's.

use axum::extract::{Multipart, State};
use axum::response::Response;
use serde_json::json;
use store::Image;

use crate::apply::upload;
use crate::desk::session::Lead;
use crate::failure::Result;
use crate::offer::Place;
use crate::office::fields::Faults;
use crate::office::{frame, scope, svg};
use crate::reply::redirect;
use crate::req::Req;
use crate::state::App;

const MAX_BYTES: usize = 200 * 1024;
/// Pixels on a side at most.
const MAX_SIDE: u32 = 4000;

/// What kind of picture it is, or why it is not taken.
pub fn picture(bytes: &[u8]) -> Result<&'static str, String> {
    if bytes.is_empty() {
        return Err("Wählen Sie eine Datei aus.".into());
    }
    if bytes.len() > MAX_BYTES {
        return Err(format!(
            "Die Datei ist mit {} zu groß. Erlaubt sind 200 KB.",
            crate::format::size(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
        ));
    }
    match papers::kind(bytes) {
        Some(papers::Kind::Png) => {
            // IHDR is the first chunk: width and height stand at fixed places.
            let side = |at: usize| {
                bytes
                    .get(at..at + 4)
                    .and_then(|b| b.try_into().ok())
                    .map_or(0, u32::from_be_bytes)
            };
            let right = |n: u32| (1..=MAX_SIDE).contains(&n);
            if bytes.get(12..16) != Some(b"IHDR") || !right(side(16)) || !right(side(20)) {
                return Err(format!(
                    "Die PNG ist beschädigt oder größer als {MAX_SIDE} Pixel. Speichern Sie sie neu."
                ));
            }
            Ok("image/png")
        }
        Some(_) => Err("Das ist weder SVG noch PNG. Speichern Sie das Wappen in einer dieser Arten.".into()),
        None if looks_like_markup(bytes) => svg::check(bytes).map(|()| "image/svg+xml"),
        None => Err("Das ist weder SVG noch PNG. Speichern Sie das Wappen in einer dieser Arten.".into()),
    }
}

fn looks_like_markup(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
}

pub async fn page(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    render(&app, &lead, &req, &Faults::default()).await
}

/// The places that may have one of their own: those that the authority works for, beside its own municipality.
fn members(app: &App, lead: &Lead) -> Vec<Place> {
    let id = lead.0.tenant.id();
    let mut own = scope::places(scope::decided(app, id).iter(), id);
    own.retain(|p| p.municipality.association.authority.id == *id && p.slug != id.as_str());
    own
}

/// The place that `?ort=` names; none: the authority as a whole.
fn of(members: &[Place], req: &Req) -> Option<Place> {
    let asked = req.param("ort")?;
    members.iter().find(|p| p.ags().as_str() == asked).cloned()
}

/// As the store and the address name it.
fn key(place: Option<&Place>) -> String {
    place.map(|p| p.ags().0.clone()).unwrap_or_default()
}

/// The page's address for a place.
fn address(place: Option<&Place>) -> String {
    match place {
        Some(p) => format!("/amt/einstellungen/wappen?ort={}", p.ags()),
        None => "/amt/einstellungen/wappen".to_owned(),
    }
}

async fn render(app: &App, lead: &Lead, req: &Req, faults: &Faults) -> Result<Response> {
    let members = members(app, lead);
    let place = of(&members, req);
    let ags = key(place.as_ref());
    let asked = ags.clone();
    let kind = lead
        .0
        .tenant
        .read(move |t| t.crest(&asked))
        .await?
        .map(|c| c.media_type);
    let (errors, errors_title) = faults.summary(app, &["wappen"]);
    let whole = json!({ "name": lead.0.authority(), "href": address(None), "here": place.is_none() });
    let switch: Vec<_> = members
        .iter()
        .map(|p| json!({ "name": p.name, "href": address(Some(p)), "here": p.ags().0 == ags }))
        .collect();
    let ctx = json!({
        "errors": errors, "errors_title": errors_title, "error": faults.of("wappen"),
        "places": if switch.is_empty() { Vec::new() } else { [vec![whole], switch].concat() },
        "place": place.as_ref().map(|p| p.name.clone()), "authority": lead.0.authority(),
        "save": address(place.as_ref()), "remove": address(place.as_ref()).replace("/wappen", "/wappen/entfernen"),
        "svg": kind.as_deref() == Some("image/svg+xml"),
        "crest": if kind.is_some() { format!("/wappen/{}?ort={ags}&{}", lead.0.tenant.id(), app.now().as_second()) } else { String::new() },
        "notice": match req.param("stand").as_deref() {
            Some("gespeichert") => "Gespeichert. Ab jetzt steht dieses Wappen auf den Seiten.",
            Some("entfernt") if place.is_some() => "Das Wappen ist entfernt. Der Ort zeigt wieder das der Behörde.",
            Some("entfernt") => "Das Wappen ist entfernt. Wir zeigen wieder das neutrale Schild.",
            _ => "",
        },
    });
    frame::page(app, faults.status(), "office/crest.html", req, lead, "wappen", ctx)
}

pub async fn save(State(app): State<App>, lead: Lead, req: Req, multipart: Multipart) -> Result<Response> {
    let posted = upload::read(multipart, 2 * upload::MAX_FILE).await?;
    let bytes = posted
        .files
        .into_iter()
        .find(|f| f.field == "wappen")
        .map(|f| f.bytes)
        .unwrap_or_default();
    let checked = match picture(&bytes) {
        // A drawing that the letters cannot set would stop every letter.
        Ok(media_type) if media_type == "image/svg+xml" => letter_takes(&app, &bytes).await.map(|()| media_type),
        other => other,
    };
    let media_type = match checked {
        Ok(media_type) => media_type,
        Err(sentence) => {
            let mut faults = Faults::default();
            faults.add("wappen", sentence);
            return render(&app, &lead, &req, &faults).await;
        }
    };
    let image = Image {
        media_type: media_type.to_owned(),
        bytes,
    };
    set(&app, &lead, &req, Some(image), "gespeichert").await
}

/// Sets a small letter with the drawing.
async fn letter_takes(app: &App, bytes: &[u8]) -> Result<(), String> {
    let job = json!({
        "template": "#import \"/letterhead.typ\": *\n#show: letter",
        "data": {
            "kind": "receipt", "recipient": ["Probe"], "date": app.today().to_string(), "subject": ["Probe"],
            "authority": { "name": "Wappen", "address": [], "crest_svg": String::from_utf8_lossy(bytes) },
        },
    });
    match app.press.print(job).await {
        Ok(_) => Ok(()),
        Err(cause) => {
            tracing::info!(cause = %cause, "a coat of arms does not fit into letters");
            Err("Mit dieser SVG lässt sich kein Brief setzen. Speichern Sie sie als „einfaches SVG“.".into())
        }
    }
}

pub async fn remove(State(app): State<App>, lead: Lead, req: Req) -> Result<Response> {
    set(&app, &lead, &req, None, "entfernt").await
}

async fn set(app: &App, lead: &Lead, req: &Req, image: Option<Image>, done: &str) -> Result<Response> {
    let place = of(&members(app, lead), req);
    let (actor, now, ags) = (lead.0.clerk.id.0.clone(), app.now(), key(place.as_ref()));
    lead.0
        .tenant
        .write(move |t| t.set_crest(&ags, image.as_ref(), &actor, now))
        .await?;
    let to = address(place.as_ref());
    Ok(redirect(&crate::reply::with(&to, &format!("stand={done}"))))
}

#[cfg(test)]
mod tests {
    use super::picture;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        out.extend(width.to_be_bytes());
        out.extend(height.to_be_bytes());
        out.extend([8, 6, 0, 0, 0]);
        out
    }

    #[test]
    fn a_picture_is_known_by_its_content() {
        assert_eq!(picture(&png(200, 240)), Ok("image/png"));
        assert_eq!(
            picture(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
            Ok("image/svg+xml")
        );
        for wrong in [
            png(0, 10),
            png(5000, 10),
            Vec::new(),
            b"GIF89a".to_vec(),
            b"%PDF-1.7".to_vec(),
            b"<html>".to_vec(),
        ] {
            assert!(picture(&wrong).is_err(), "{:?}", &wrong[..wrong.len().min(8)]);
        }
        let mut large = png(10, 10);
        large.resize(201 * 1024, 0);
        assert!(picture(&large).is_err_and(|e| e.contains("200 KB")));
    }
}
