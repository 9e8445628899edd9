//! Running cases that lie with an authority which is no longer in charge of their place, and how they get to the one that
//! is. Which they are is decided in `domain::moved`; single cases go by the same job as those that a clerk hands over.

use anyhow::Result;
use domain::moved::goes_to;
use domain::routing::{AuthorityRef, Municipality};
use domain::{Action, Actor, CaseId, TenantId};
use exchange::Register;
use jiff::Timestamp;
use jiff::civil::Date;
use schema::Catalog;
use store::{ActError, Authority, Store};

/// What lies with one authority for one place and goes to one other.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    pub from: Authority,
    pub place: Municipality,
    pub to: AuthorityRef,
    /// It has a desk in this installation.
    pub here: bool,
    pub cases: Vec<CaseId>,
}

/// An authority that works for no place any more.
#[derive(Debug, Clone)]
pub struct Dissolved {
    pub who: Authority,
    /// The one that has its place now.
    pub into: AuthorityRef,
    pub here: bool,
}

/// What the register says of the authorities here.
#[derive(Debug, Clone, Default)]
pub struct Found {
    pub elsewhere: Vec<Elsewhere>,
    pub dissolved: Vec<Dissolved>,
}

/// The register may name an authority that was merged into another one.
fn now(store: &Store, mut authority: AuthorityRef) -> AuthorityRef {
    if let Some((id, name)) = store.successor(&authority.id) {
        (authority.id, authority.name) = (id, name);
    }
    authority
}

fn today_of(store: &Store, register: &Register, ags: &str) -> Option<Municipality> {
    let mut place = register.today(ags)?.clone();
    place.association.authority = now(store, place.association.authority);
    place.district.authority = now(store, place.district.authority);
    Some(place)
}

/// Looks through the running cases of every authority here. Those that cannot be opened are another check's matter.
///
/// # Errors
/// The list of authorities cannot be read.
pub async fn look(store: &Store, register: &Register, catalog: &Catalog, today: Date) -> Result<Found> {
    let mut found = Found::default();
    let authorities = store.shared().authorities().await?;
    let here = |id: &TenantId| authorities.iter().any(|a| a.id == *id);
    for from in &authorities {
        // Its own key is a municipality's that is no more.
        let key = from
            .codes
            .iter()
            .find(|(kind, _)| kind == "key")
            .map(|(_, code)| code.as_str());
        let gone = key.filter(|key| register.by_ags(key).is_none());
        let place = gone
            .and_then(|key| register.former(key))
            .and_then(|(_, p)| today_of(store, register, &p.ags.0));
        if let Some(into) = place.map(|p| p.association.authority).filter(|into| into.id != from.id) {
            found.dissolved.push(Dissolved {
                who: from.clone(),
                here: here(&into.id),
                into,
            });
            continue;
        }
        let Ok(tenant) = store.tenant(&from.id).await else {
            continue;
        };
        let Ok(open) = tenant.read(|t| t.open_places()).await else {
            continue;
        };
        for (id, ags, service) in open {
            let Some(place) = today_of(store, register, ags.as_str()) else {
                continue;
            };
            let Some(service) = catalog.services.get(&service) else {
                continue;
            };
            let to = goes_to(&from.id, &place, &service.responsibility, &catalog.region, today);
            let Some(to) = to.map(|to| now(store, to)).filter(|to| to.id != from.id) else {
                continue;
            };
            let same = |e: &&mut Elsewhere| e.from.id == from.id && e.place.ags == place.ags && e.to.id == to.id;
            match found.elsewhere.iter_mut().find(same) {
                Some(known) => known.cases.push(id),
                None => found.elsewhere.push(Elsewhere {
                    from: from.clone(),
                    here: here(&to.id),
                    place,
                    to,
                    cases: vec![id],
                }),
            }
        }
    }
    Ok(found)
}

impl Found {
    /// A sentence each: what is, and what to run.
    pub fn sentences(&self) -> Vec<String> {
        let missing = |to: &AuthorityRef, here: bool| match here {
            true => String::new(),
            false => format!(
                " {} ({}) macht hier noch nicht mit; nehmen Sie es zuerst auf.",
                to.name, to.id
            ),
        };
        let dissolved = self.dissolved.iter().map(|d| {
            format!(
                "{} ({}) gibt es nach dem Verzeichnis nicht mehr; zuständig ist jetzt {}.{} Legen Sie beide zusammen: kommunal authority merge {} {}",
                d.who.name, d.who.id, d.into.name, missing(&d.into, d.here), d.who.id, d.into.id
            )
        });
        let elsewhere = self.elsewhere.iter().map(|e| {
            let n = match e.cases.len() {
                1 => "1 laufender Vorgang".to_owned(),
                n => format!("{n} laufende Vorgänge"),
            };
            format!(
                "{n} aus {}: liegt bei {} ({}), zuständig ist jetzt {}.{} Geben Sie ab: kommunal authority hand-over {} {} {}",
                e.place.title(), e.from.name, e.from.id, e.to.name, missing(&e.to, e.here), e.place.ags, e.from.id, e.to.id
            )
        });
        dissolved.chain(elsewhere).collect()
    }
}

/// What became of cases that were to be handed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Handed {
    pub on_their_way: usize,
    /// Decided or closed meanwhile.
    pub stay: usize,
}

/// Hands these cases over. Each is a step of its own: what is on its way stays so, and the next run takes the rest.
///
/// # Errors
/// Those of the store.
pub async fn hand_over(store: &Store, what: &Elsewhere, now: Timestamp) -> Result<Handed> {
    let tenant = store.tenant(&what.from.id).await?;
    let mut handed = Handed::default();
    for id in what.cases.clone() {
        let action = Action::Transfer {
            to: what.to.id.clone(),
            to_name: what.to.name.clone(),
            reason: format!("Für {} ist jetzt ein anderes Amt zuständig.", what.place.title()),
        };
        match tenant.write(move |t| t.act(&id, action, &Actor::System, now)).await {
            Ok(_) => handed.on_their_way += 1,
            Err(ActError::Refused(_) | ActError::NotFound) => handed.stay += 1,
            Err(other) => return Err(other.into()),
        }
    }
    Ok(handed)
}
