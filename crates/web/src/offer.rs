//! A service at a place: who decides, whether it can be filed online, with which parameters, rooms and
//! office. The one way from a path (`/nobitz/brauchtumsfeuer`) to everything a handler needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::office::Office;
use domain::routing::{AuthorityRef, Municipality, Route, route};
use domain::{Ags, Channel, TenantId};
use jiff::civil::Date;
use schema::{Context, Lang, PlaceInfo, Room, Service};
use serde_json::{Value, json};
use store::{RoomRow, TenantStore};

use crate::failure::{Failure, Result};
use crate::offering::rules_form::ORDINANCE;
use crate::page::Ui;
use crate::req::Req;
use crate::state::App;

/// A municipality as the pages see it.
#[derive(Debug, Clone)]
pub struct Place {
    pub municipality: Municipality,
    pub slug: String,
    /// `Nobitz`
    pub name: String,
    /// `Gemeinde Nobitz`
    pub title: String,
}

impl Place {
    pub fn ags(&self) -> &Ags {
        &self.municipality.ags
    }
    pub fn ctx(&self) -> Value {
        // Only places that share their name have an address with more than it.
        let ambiguous = self.slug != exchange::places::slugify(&self.name);
        json!({ "slug": self.slug, "name": self.name, "title": self.title, "ags": self.ags().0, "ambiguous": ambiguous })
    }
}

/// `Landkreis Altenburger Land`, `Ilm-Kreis`, `Stadt Jena`.
pub fn district_title(m: &Municipality) -> String {
    let name = &m.district.name;
    if m.is_district_free() {
        m.title()
    } else if name.to_lowercase().ends_with("kreis") {
        name.clone()
    } else {
        format!("{} {name}", m.district.kind)
    }
}

/// Which of the places of a name it is: `Gemeinde, 04603, Landkreis Altenburger Land`.
pub fn whereabouts(app: &App, lang: Lang, m: &Municipality) -> String {
    let (kind, district) = (kind_word(app, lang, m), district_title(m));
    let with = [("kind", kind.as_str()), ("plz", &m.postcode), ("district", &district)];
    let key = if m.is_district_free() {
        "search.district_free"
    } else {
        "search.plain"
    };
    app.texts.fill(lang, key, &with)
}

/// `Stadt`, `Gemeinde` in the language of the page; the register's word where the texts have none.
pub fn kind_word(app: &App, lang: Lang, m: &Municipality) -> String {
    let title = m.kind.title();
    let key = format!("kind.{}", title.to_lowercase());
    app.texts.get(lang.code(), &key).unwrap_or(title).to_owned()
}

/// Rings of a place or district; empty if the register has none.
pub fn outline(app: &App, key: &str) -> Vec<Vec<(f64, f64)>> {
    app.register
        .outline(key)
        .map(exchange::boundaries::Area::rings)
        .unwrap_or_default()
}

/// What a tenant says about one service at one place.
#[derive(Debug, Clone, Default)]
pub struct Local {
    /// Opted in and not paused.
    pub open: bool,
    /// Nobody has set anything for this place here: the parameters are only proposals.
    pub unknown: bool,
    pub params: BTreeMap<String, Value>,
    /// Where the place's own ordinance or statute stands.
    pub ordinance: String,
    pub rooms: Vec<RoomRow>,
    pub office: Office,
    pub crest: bool,
}

/// A service at a place.
#[derive(Clone)]
pub struct Offer {
    pub place: Place,
    pub service: Arc<Service>,
    pub route: Route,
    /// The deciding authority's data; none if it does not take part at all.
    pub tenant: Option<TenantStore>,
    pub local: Local,
    /// A clerk is filling in the form for somebody else.
    pub by_hand: Option<ByHand>,
}

/// An application that came on paper or by phone and is being typed in.
#[derive(Debug, Clone)]
pub struct ByHand {
    pub channel: Channel,
    pub received: Date,
    /// As far as it has been typed in.
    pub applicant: String,
}

impl Offer {
    pub fn path(&self) -> String {
        format!("/{}/{}", self.place.slug, self.service.id)
    }

    /// Name with department: `Gemeinde Nobitz, Ordnungsamt`.
    pub fn authority(&self) -> String {
        let office = &self.local.office;
        if office.department.is_empty() {
            self.route.authority.name.clone()
        } else {
            format!("{}, {}", self.route.authority.name, office.department)
        }
    }

    /// Everything that answers are checked against now.
    pub fn context(&self, app: &App, lang: Lang) -> Context {
        let now = domain::berlin(app.now());
        Context {
            // Periods count from the day on which it came.
            today: self.by_hand.as_ref().map_or(now.date(), |by_hand| by_hand.received),
            now: format!("{:02}:{:02}", now.hour(), now.minute()),
            lang,
            params: self.local.params.clone(),
            local_unknown: self.local.unknown,
            place: PlaceInfo {
                ags: self.place.ags().0.clone(),
                name: self.place.name.clone(),
                kind: self.place.municipality.kind.title().to_owned(),
                authority: self.route.authority.name.clone(),
                on_paper: !self.local.open,
                outline: outline(app, self.place.ags().as_str()),
            },
            rooms: self.rooms(),
            region: self.service.region.clone(),
        }
    }

    pub fn rooms(&self) -> Vec<Room> {
        self.local
            .rooms
            .iter()
            .filter(|r| r.active)
            .map(|r| r.room.clone())
            .collect()
    }

    /// A text of the service in the regime that holds for these answers.
    pub fn text(&self, cx: &Context, answers: &Value, key: &str) -> String {
        service_text(&self.service, cx, answers, key)
    }
}

/// A text of a service, filled; empty if the service has none. Where the application is printed, its words for
/// paper come first.
pub fn service_text(service: &Service, cx: &Context, answers: &Value, key: &str) -> String {
    let regime = schema::regime(service, answers, cx);
    // Whether a notice will do is the municipality's to say: where it has not, a service goes by its plain name.
    let open = cx.local_unknown && service.regime.is_some();
    let key = if open && key == "name" { "noun" } else { key };
    let texts = service.texts.get(&cx.lang);
    let paper = match cx.place.on_paper {
        true => texts.and_then(|t| t.get(&format!("{key}_paper"), regime)),
        false => None,
    };
    paper
        .or_else(|| texts?.get(key, regime))
        .map(|t| schema::fill(t, answers, service, cx, &[]))
        .unwrap_or_default()
}

/// A list of texts of a service, filled.
pub fn service_list(service: &Service, cx: &Context, answers: &Value, key: &str) -> Vec<String> {
    let regime = schema::regime(service, answers, cx);
    service.texts.get(&cx.lang).map_or_else(Vec::new, |t| {
        t.list(key, regime)
            .iter()
            .map(|t| schema::fill(t, answers, service, cx, &[]))
            .collect()
    })
}

/// The declared parameters with the municipality's values over the defaults. A value that was set before the bounds
/// became narrower is brought within them; the lead is told (`jobs::versions`).
pub fn params_with(service: &Service, set: Option<BTreeMap<String, Value>>) -> BTreeMap<String, Value> {
    let set = set.unwrap_or_default();
    service
        .parameters
        .iter()
        .map(|p| {
            (
                p.id.clone(),
                set.get(&p.id)
                    .map_or_else(|| p.default.clone(), |value| schema::parameter::fitted(p, value)),
            )
        })
        .collect()
}

impl App {
    pub fn place(&self, slug: &str) -> Result<Place> {
        if let Some(municipality) = self.register.by_slug(slug) {
            return Ok(self.place_of(municipality));
        }
        Err(match self.register.former(slug) {
            Some((_, today)) => Failure::Moved {
                from: slug.to_owned(),
                to: today.slug.clone(),
            },
            None => Failure::Place(slug.replace('-', " ")),
        })
    }

    pub fn place_by_ags(&self, ags: &Ags) -> Result<Place> {
        let municipality = self
            .register
            .today(ags.as_str())
            .ok_or_else(|| Failure::Place(ags.0.clone()))?;
        Ok(self.place_of(municipality))
    }

    pub fn place_of(&self, municipality: &Municipality) -> Place {
        let mut municipality = municipality.clone();
        self.who_is_it_now(&mut municipality.association.authority);
        self.who_is_it_now(&mut municipality.district.authority);
        Place {
            slug: municipality.slug.clone(),
            name: municipality.name.clone(),
            title: municipality.title(),
            municipality,
        }
    }

    /// The places that an authority works for, those of authorities that were merged into it with them.
    pub fn places_of(&self, authority: &TenantId) -> Vec<&Municipality> {
        let mut names = self.store.predecessors(authority);
        names.push(authority.clone());
        let mut places: Vec<_> = names
            .iter()
            .flat_map(|id| self.register.places_of(id.as_str()))
            .collect();
        let mut seen = std::collections::BTreeSet::new();
        places.retain(|place| seen.insert(place.ags.clone()));
        places
    }

    /// The register may still name an authority that was merged into another one.
    fn who_is_it_now(&self, authority: &mut AuthorityRef) {
        if let Some((id, name)) = self.store.successor(&authority.id) {
            (authority.id, authority.name) = (id, name);
        }
    }

    /// Tenant handle of an authority, if it takes part.
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<TenantStore>> {
        match self.store.tenant(id).await {
            Ok(tenant) => Ok(Some(tenant)),
            Err(store::Error::Missing(_)) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    pub fn route(&self, service: &Service, place: &Place) -> Result<Route> {
        let found = route(&service.responsibility, &place.municipality, &self.region, self.today());
        let mut route = found.map_err(Failure::internal)?;
        self.who_is_it_now(&mut route.authority);
        Ok(route)
    }

    /// The latest version of a service at a place.
    pub async fn offer(&self, slug: &str, service: &str) -> Result<Offer> {
        let place = self.place(slug)?;
        let service = self.services.latest(service).ok_or(Failure::Page)?;
        self.offer_of(place, service).await
    }

    /// A given version of a service at a place.
    pub async fn offer_of(&self, place: Place, service: Arc<Service>) -> Result<Offer> {
        let mut route = self.route(&service, &place)?;
        let tenant = self.tenant(&route.authority.id).await?;
        // Merged by another process just now.
        if let Some(tenant) = tenant.as_ref().filter(|t| *t.id() != route.authority.id) {
            route.authority.id = tenant.id().clone();
            route.authority.name.clone_from(&tenant.authority().name);
        }
        self.offer_with(place, service, route, tenant).await
    }

    /// The same at a given authority, whoever would be responsible now: for cases that it has.
    pub async fn offer_at(&self, place: Place, service: Arc<Service>, tenant: TenantStore) -> Result<Offer> {
        let mut route = self.route(&service, &place)?;
        if route.authority.id != *tenant.id() {
            route.authority.id = tenant.id().clone();
            route.authority.name.clone_from(&tenant.authority().name);
        }
        self.offer_with(place, service, route, Some(tenant)).await
    }

    async fn offer_with(
        &self,
        place: Place,
        service: Arc<Service>,
        route: Route,
        tenant: Option<TenantStore>,
    ) -> Result<Offer> {
        let local = match &tenant {
            None => Local {
                params: params_with(&service, None),
                unknown: true,
                ..Local::default()
            },
            Some(tenant) => {
                let (ags, id, now) = (place.ags().clone(), service.id.clone(), self.now());
                let (opted_in, params, rooms, office, crest) = tenant
                    .read(move |t| {
                        Ok::<_, store::Error>((
                            t.opted_in(&ags, &id)?,
                            t.params(&ags, &id, now)?.map(|s| s.params),
                            t.rooms(Some(&ags))?,
                            match t.office(ags.as_str())? {
                                Some(own) => Some(own),
                                None => t.office("")?,
                            },
                            t.crest_for(ags.as_str())?.is_some(),
                        ))
                    })
                    .await?;
                let ordinance = params.as_ref().and_then(|p| p.get(ORDINANCE)).and_then(Value::as_str);
                Local {
                    ordinance: ordinance.unwrap_or_default().to_owned(),
                    open: opted_in.as_ref().is_some_and(|o| o.active),
                    unknown: opted_in.as_ref().is_none_or(|o| o.left),
                    params: params_with(&service, params),
                    rooms,
                    office: office.and_then(|o| serde_json::from_value(o).ok()).unwrap_or_default(),
                    crest,
                }
            }
        };
        Ok(Offer {
            place,
            service,
            route,
            tenant,
            local,
            by_hand: None,
        })
    }

    /// Frame of the pages of an authority.
    pub fn ui_for(&self, req: &Req, place: &Place, authority: &str, tenant: Option<&TenantStore>, crest: bool) -> Ui {
        let mut ui = self.ui(req);
        let official = tenant.is_some();
        ui.official = official;
        let key = if official {
            "frame.official_place"
        } else {
            "frame.unofficial_place"
        };
        ui.host_label = self.texts.fill(req.lang, key, &[("place", authority)]);
        ui.brand_href = format!("/{}", place.slug);
        ui.brand_name = authority.to_owned();
        ui.brand_sub = "Kommunal-Cloud".into();
        ui.crest = match tenant {
            Some(t) if crest => format!("/wappen/{}?ort={}", t.id(), place.ags()),
            _ => String::new(),
        };
        ui.base = format!("/{}", place.slug);
        ui.help_href = format!("/{}/hilfe", place.slug);
        ui
    }

    /// Frame of form pages: the service leads.
    pub fn ui_form(&self, req: &Req, offer: &Offer, name: &str) -> Ui {
        let mut ui = self.ui_for(
            req,
            &offer.place,
            &offer.route.authority.name,
            offer.tenant.as_ref(),
            offer.local.crest,
        );
        ui.brand_href = offer.path();
        ui.brand_name = name.to_owned();
        ui.brand_sub.clone_from(&offer.route.authority.name);
        ui.plain_footer = true;
        ui.by_hand = offer.by_hand.as_ref().map(|by_hand| self.by_hand(req.lang, by_hand));
        ui
    }

    /// Whose application it is, how it came and when: over each page of the form.
    fn by_hand(&self, lang: Lang, by_hand: &ByHand) -> Vec<String> {
        if by_hand.channel == Channel::Trial {
            return vec![
                self.texts.text(lang, "by_hand.trial"),
                self.texts.text(lang, "by_hand.trial_text"),
            ];
        }
        let way = match by_hand.channel {
            Channel::Phone => "phone",
            _ => "paper",
        };
        let day = crate::format::date_in(by_hand.received, lang);
        let whose = match by_hand.applicant.as_str() {
            "" => self.texts.text(lang, "by_hand.unknown"),
            name => self.texts.fill(lang, "by_hand.whose", &[("name", name)]),
        };
        let way = self.texts.text(lang, &format!("by_hand.{way}"));
        vec![
            way,
            format!("{whose} {}", self.texts.fill(lang, "by_hand.day", &[("day", &day)])),
        ]
    }
}
