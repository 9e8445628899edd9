//! The demo: about thirty authorities with sample values from `demo/demo.toml`, Nobitz first. Made at the
//! first start with `--demo`, marked as samples wherever they show.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use domain::office::Office;
use domain::routing::{AuthorityRef, Municipality};
use domain::{Ags, TenantId};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use store::{Authority, OnRequest, RoomRow, TenantStore};
use web::state::{App, DemoLogin};

const SOURCE: &str = include_str!("../../../demo/demo.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Demo {
    password: String,
    places: Vec<String>,
    districts: Vec<String>,
    nobitz: Showcase,
    hall: DemoRoom,
    district_clerks: Vec<DistrictClerk>,
    centre: Vec<DemoClerk>,
    newcomer: Newcomer,
}

/// A lead of a town that offers nothing yet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Newcomer {
    ags: String,
    name: String,
    email: String,
    roles: Vec<String>,
}

/// The municipality that the demo shows in full.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Showcase {
    ags: String,
    department: String,
    street: String,
    postcode: String,
    town: String,
    phone: String,
    email: String,
    note: String,
    hours: [String; 7],
    bank_holder: String,
    iban: String,
    params: BTreeMap<String, BTreeMap<String, Value>>,
    clerks: Vec<DemoClerk>,
    rooms: Vec<DemoRoom>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoClerk {
    name: String,
    email: String,
    roles: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DistrictClerk {
    district: String,
    name: String,
    email: String,
    roles: Vec<String>,
    department: String,
    street: String,
    postcode: String,
    town: String,
    phone: String,
    contact: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoRoom {
    id: String,
    name: String,
    description: String,
    #[serde(default)]
    parent: Option<String>,
    #[serde(default)]
    on_request: OnRequest,
    persons: i64,
    seats: i64,
    kitchen: bool,
    #[serde(default)]
    heating_day: i64,
    #[serde(default)]
    heating_months: Vec<i64>,
    #[serde(default)]
    cleaning: i64,
    equipment: Vec<String>,
    tariff: BTreeMap<String, schema::RoomTariff>,
}

impl DemoRoom {
    fn row(&self, place: &Ags, position: i64) -> RoomRow {
        RoomRow {
            place: place.clone(),
            parent: self.parent.clone(),
            on_request: self.on_request,
            active: true,
            position,
            room: schema::Room {
                id: self.id.clone(),
                name: self.name.clone(),
                persons: self.persons,
                seats: self.seats,
                kitchen: self.kitchen,
                statute: false,
                tariff: self.tariff.clone(),
                heating_day: self.heating_day,
                heating_months: self.heating_months.clone(),
                cleaning: self.cleaning,
                description: self.description.clone(),
                equipment: self.equipment.clone(),
            },
        }
    }
}

fn read() -> Result<Demo> {
    toml::from_str(SOURCE).context("demo/demo.toml")
}

/// The competence centre, as the list of accounts calls it.
const CENTRE: &str = "Kompetenzzentrum des Landes";

/// Accounts of the demo, for its overview page and the terminal.
pub fn logins() -> Result<Vec<DemoLogin>> {
    let demo = read()?;
    let nobitz = demo
        .nobitz
        .clerks
        .iter()
        .map(|c| ("Gemeinde Nobitz", &c.name, &c.email));
    let districts = demo
        .district_clerks
        .iter()
        .map(|c| ("Landratsamt Altenburger Land", &c.name, &c.email));
    let centre = demo.centre.iter().map(|c| (CENTRE, &c.name, &c.email));
    let n = &demo.newcomer;
    let newcomer = std::iter::once(("Stadt, die noch nicht dabei ist", &n.name, &n.email));
    Ok(nobitz
        .chain(districts)
        .chain(centre)
        .chain(newcomer)
        .map(|(office, name, email)| DemoLogin {
            name: name.clone(),
            office: office.to_owned(),
            email: email.clone(),
            password: demo.password.clone(),
        })
        .collect())
}

/// Rooms of a place in the demo; a place that takes no part in it has the hall that every place has.
pub fn rooms(place: &Municipality) -> Result<Vec<schema::Room>> {
    let demo = read()?;
    let rooms = if place.ags.0 == demo.nobitz.ags {
        demo.nobitz.rooms
    } else {
        vec![unique(&demo.hall, place)]
    };
    Ok(rooms.iter().map(|r| r.row(&place.ags, 0).room).collect())
}

/// What a place has set for a service in the demo; nothing: the defaults hold.
pub fn params(place: &Municipality, service: &str) -> Result<BTreeMap<String, Value>> {
    let demo = read()?;
    let set = demo.nobitz.params.get(service).cloned();
    Ok(set.filter(|_| place.ags.0 == demo.nobitz.ags).unwrap_or_default())
}

const ACTOR: &str = "Vorführung";

/// What an authority of the demo is marked with.
const MARK: (&str, &str) = ("demo", "1");

/// Its accounts have passwords that everybody knows: it is not put into an installation where others work.
///
/// # Errors
/// There are authorities, and none of them is the demo's.
pub async fn may_seed(app: &App) -> Result<()> {
    let here = app.store.shared().authorities().await?;
    let marked = |a: &Authority| {
        a.codes
            .iter()
            .any(|(kind, code)| (kind.as_str(), code.as_str()) == MARK)
    };
    if here.is_empty() || here.iter().any(marked) {
        return Ok(());
    }
    anyhow::bail!(
        "Hier arbeiten schon Ämter, und die Konten der Vorführung haben ein Passwort, das alle kennen. Nehmen Sie für die Vorführung einen eigenen Ordner: --data data-demo"
    )
}

/// The register's key, and that it is the demo's.
fn codes(authority: &AuthorityRef) -> Vec<(String, String)> {
    vec![("key".into(), authority.key.clone()), (MARK.0.into(), MARK.1.into())]
}

/// Makes what is not there yet. Running it again changes nothing.
pub async fn seed(app: &App) -> Result<()> {
    let demo = read()?;
    let now = app.now();
    let trade: Vec<String> = app
        .services
        .all()
        .iter()
        .filter(|s| s.responsibility == "trade")
        .map(|s| s.id.clone())
        .collect();
    let municipal: Vec<String> = app
        .services
        .all()
        .iter()
        .filter(|s| s.responsibility != "trade")
        .map(|s| s.id.clone())
        .collect();
    for ags in &demo.places {
        let place = app
            .register
            .by_ags(ags)
            .with_context(|| format!("demo/demo.toml: den Ort {ags} gibt es nicht"))?;
        let (tenant, _) = tenant(app, &place.association.authority, &office_of(place), now).await?;
        let rooms = if *ags == demo.nobitz.ags {
            demo.nobitz.rooms.clone()
        } else {
            vec![unique(&demo.hall, place)]
        };
        opt_in(&tenant, place, &municipal, &rooms, now).await?;
        // A town with a trade office of its own, kreisfreie included, decides on the Sperrzeit itself.
        for id in &trade {
            if let Some(service) = app.services.latest(id) {
                let route = app
                    .route(&service, &app.place_of(place))
                    .map_err(|_| anyhow::anyhow!("route"))?;
                if route.authority.id == *tenant.id() {
                    opt_in(&tenant, place, std::slice::from_ref(id), &[], now).await?;
                }
            }
        }
    }
    for district in &demo.districts {
        districts(app, &demo, district, &trade, now).await?;
    }
    centre(app, &demo, now).await?;
    showcase(app, &demo, now).await?;
    newcomer(app, &demo, now).await?;
    for authority in app.store.shared().authorities().await? {
        let tenant = app.store.tenant(&authority.id).await?;
        app.store.list_offered(&tenant, now).await?;
    }
    Ok(())
}

/// Takes the town in, without anything that it would have to say itself.
async fn newcomer(app: &App, demo: &Demo, now: Timestamp) -> Result<()> {
    let n = &demo.newcomer;
    let place = app.register.by_ags(&n.ags).context("demo/demo.toml: newcomer")?;
    let authority = &place.association.authority;
    let tenant = match app.store.tenant(&authority.id).await {
        Ok(found) => found,
        Err(store::Error::Missing(_)) => made(app, authority, now).await?,
        Err(other) => return Err(other.into()),
    };
    account(app, &tenant, &n.email, &n.name, &demo.password, &n.roles, now).await
}

/// The competence centre of the state. What it says about itself on public pages stays the operator's.
async fn centre(app: &App, demo: &Demo, now: Timestamp) -> Result<()> {
    let Some(authority) = app.register.centre() else {
        return Ok(());
    };
    if app.store.shared().authority(&authority.id).await?.is_some() {
        return Ok(());
    }
    let made = app.store.create_tenant(Authority {
        id: authority.id.clone(),
        name: authority.name.clone(),
        level: authority.level.as_str().to_owned(),
        codes: codes(authority),
        created_at: now,
    });
    let tenant = made.await?;
    for c in &demo.centre {
        account(app, &tenant, &c.email, &c.name, &demo.password, &c.roles, now).await?;
    }
    Ok(())
}

/// The room's id is unique in a tenant, which may serve several places.
fn unique(hall: &DemoRoom, place: &Municipality) -> DemoRoom {
    DemoRoom {
        id: format!("{}-{}", hall.id, place.slug),
        name: format!("{} {}", hall.name, place.name),
        ..hall.clone()
    }
}

/// The authority's data; true if it was made just now.
async fn tenant(app: &App, authority: &AuthorityRef, office: &Office, now: Timestamp) -> Result<(TenantStore, bool)> {
    match app.store.tenant(&authority.id).await {
        Ok(found) => return Ok((found, false)),
        Err(store::Error::Missing(_)) => {}
        Err(other) => return Err(other.into()),
    }
    let made = made(app, authority, now).await?;
    let office = serde_json::to_value(Office {
        name: authority.name.clone(),
        ..office.clone()
    })?;
    made.write(move |t| t.set_office("", &office, ACTOR, now)).await?;
    Ok((made, true))
}

async fn made(app: &App, authority: &AuthorityRef, now: Timestamp) -> Result<TenantStore> {
    let new = Authority {
        id: authority.id.clone(),
        name: authority.name.clone(),
        level: serde_json::to_value(authority.level)?
            .as_str()
            .unwrap_or("municipality")
            .to_owned(),
        codes: codes(authority),
        created_at: now,
    };
    Ok(app.store.create_tenant(new).await?)
}

/// Sample office of a town hall.
fn office_of(place: &Municipality) -> Office {
    Office {
        department: "Ordnungsamt".into(),
        street: "Markt 1".into(),
        postcode: place.postcode.clone(),
        town: place
            .association
            .seat
            .clone()
            .filter(|s| !s.is_empty())
            .unwrap_or_else(|| place.name.clone()),
        phone: "0361 1234-0".into(),
        email: format!("rathaus@{}.example", place.slug),
        hours: [
            "9–12 Uhr",
            "9–12 und 13–18 Uhr",
            "",
            "9–12 und 13–16 Uhr",
            "9–12 Uhr",
            "",
            "",
        ]
        .map(str::to_owned),
        bank_holder: place.association.authority.name.clone(),
        iban: "DE02120300000000202051".into(),
        signature: "Im Auftrag".into(),
        sample: true,
        ..Office::default()
    }
}

async fn opt_in(
    tenant: &TenantStore,
    place: &Municipality,
    services: &[String],
    rooms: &[DemoRoom],
    now: Timestamp,
) -> Result<()> {
    let (ags, services) = (place.ags.clone(), services.to_vec());
    let rows: Vec<RoomRow> = rooms
        .iter()
        .enumerate()
        .map(|(i, r)| r.row(&place.ags, i as i64))
        .collect();
    tenant
        .write(move |t| -> Result<(), store::Error> {
            for service in &services {
                if t.opted_in(&ags, service)?.is_none() {
                    t.opt_in(&ags, service, true, ACTOR, now)?;
                }
            }
            for row in &rows {
                if t.room(&row.room.id)?.is_none() {
                    t.put_room(row, ACTOR, now)?;
                }
            }
            Ok(())
        })
        .await?;
    Ok(())
}

async fn districts(app: &App, demo: &Demo, district: &str, trade: &[String], now: Timestamp) -> Result<()> {
    let places: Vec<Municipality> = app
        .register
        .places()
        .iter()
        .filter(|m| m.district.key == district)
        .cloned()
        .collect();
    let first = places
        .first()
        .with_context(|| format!("demo/demo.toml: den Landkreis {district} gibt es nicht"))?;
    let authority = first.district.authority.clone();
    let clerk = demo.district_clerks.iter().find(|c| c.district == district);
    let office = match clerk {
        Some(c) => Office {
            department: c.department.clone(),
            street: c.street.clone(),
            postcode: c.postcode.clone(),
            town: c.town.clone(),
            phone: c.phone.clone(),
            email: c.contact.clone(),
            ..office_of(first)
        },
        None => Office {
            department: "Untere Gewerbebehörde".into(),
            town: first.district.seat.clone(),
            email: "gewerbe@kreis.example".into(),
            postcode: String::new(),
            ..office_of(first)
        },
    };
    let office = Office {
        bank_holder: authority.name.clone(),
        ..office
    };
    let (tenant, _) = tenant(app, &authority, &office, now).await?;
    let ids: Vec<Ags> = places
        .iter()
        .filter(|m| decides(app, trade, m, &authority.id))
        .map(|m| m.ags.clone())
        .collect();
    let services = trade.to_vec();
    tenant
        .write(move |t| -> Result<(), store::Error> {
            for ags in &ids {
                for service in &services {
                    if t.opted_in(ags, service)?.is_none() {
                        t.opt_in(ags, service, true, ACTOR, now)?;
                    }
                }
            }
            Ok(())
        })
        .await?;
    if let Some(c) = clerk {
        account(app, &tenant, &c.email, &c.name, &demo.password, &c.roles, now).await?;
    }
    Ok(())
}

fn decides(app: &App, trade: &[String], place: &Municipality, authority: &TenantId) -> bool {
    trade.iter().filter_map(|id| app.services.latest(id)).all(|s| {
        app.route(&s, &app.place_of(place))
            .is_ok_and(|r| r.authority.id == *authority)
    })
}

async fn account(
    app: &App,
    tenant: &TenantStore,
    email: &str,
    name: &str,
    password: &str,
    roles: &[String],
    now: Timestamp,
) -> Result<()> {
    match app
        .store
        .add_clerk(tenant.id(), email, name, password, roles, "system", now)
        .await
    {
        Ok(_) | Err(store::Error::Conflict(_)) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

async fn showcase(app: &App, demo: &Demo, now: Timestamp) -> Result<()> {
    let n = &demo.nobitz;
    let place = app.register.by_ags(&n.ags).context("Nobitz")?;
    let tenant = app.store.tenant(&place.association.authority.id).await?;
    let clerks = tenant.read(|t| t.clerks()).await?;
    for c in &n.clerks {
        if !clerks.iter().any(|k| k.email == c.email) {
            account(app, &tenant, &c.email, &c.name, &demo.password, &c.roles, now).await?;
        }
    }
    if !clerks.is_empty() {
        return Ok(());
    }
    let office = serde_json::to_value(Office {
        name: place.association.authority.name.clone(),
        department: n.department.clone(),
        street: n.street.clone(),
        postcode: n.postcode.clone(),
        town: n.town.clone(),
        phone: n.phone.clone(),
        email: n.email.clone(),
        note: n.note.clone(),
        hours: n.hours.clone(),
        bank_holder: n.bank_holder.clone(),
        iban: n.iban.clone(),
        signature: "Im Auftrag".into(),
        sample: true,
        ..Office::default()
    })?;
    let (ags, params) = (place.ags.clone(), n.params.clone());
    tenant
        .write(move |t| -> Result<(), store::Error> {
            t.set_office("", &office, ACTOR, now)?;
            for (service, set) in params {
                t.set_params(&ags, &service, set, ACTOR, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(())
}
