//! The figures of a year as they may be shown: read from the sums of all authorities, with nothing below five
//! (`domain::discreet`). What pages, file and report show comes from here and from nowhere else.

use std::collections::BTreeMap;

use domain::counted::{self, Middle};
use domain::discreet::{self, SHOWN_FROM, Shown, Table, Withheld};
use jiff::Timestamp;
use store::Figure;

use crate::failure::Result;
use crate::state::App;

/// Numbers of one area by service and kind.
#[derive(Debug, Clone, Default)]
pub struct Counts(BTreeMap<(String, String), i64>);

impl Counts {
    pub fn add(&mut self, service: &str, kind: &str, n: i64) {
        *self.0.entry((service.to_owned(), kind.to_owned())).or_default() += n;
    }

    /// How many of a kind, of one service or of all.
    pub fn of(&self, service: Option<&str>, kind: &str) -> i64 {
        match service {
            Some(service) => self.0.get(&(service.to_owned(), kind.to_owned())).copied().unwrap_or(0),
            None => self.0.iter().filter(|((_, k), _)| k == kind).map(|(_, n)| n).sum(),
        }
    }

    /// Days to the decision in the middle, where at least five were decided.
    pub fn days(&self, service: Option<&str>) -> Option<Middle> {
        let decided = self.of(service, counted::DECIDED);
        (decided >= SHOWN_FROM)
            .then(|| counted::middle(|kind| self.of(service, kind)))
            .flatten()
    }
}

/// Figures by area.
fn by_area(figures: Vec<Figure>) -> BTreeMap<String, Counts> {
    let mut out: BTreeMap<String, Counts> = BTreeMap::new();
    for f in figures {
        out.entry(f.area).or_default().add(&f.service, &f.kind, f.n);
    }
    out
}

/// A service that is online at a place.
#[derive(Debug, Clone)]
pub struct Online {
    pub place: String,
    pub service: String,
    pub since: Timestamp,
    /// By the authority that administers the place; else by another that decides for it, its Landkreis say.
    pub own: bool,
}

/// What is shown of all districts and services, for one kind of number.
pub struct Grid {
    table: Table,
    districts: Vec<String>,
    services: Vec<String>,
}

impl Grid {
    fn of(
        kind: &str,
        districts: &[String],
        services: &[String],
        counts: &BTreeMap<String, Counts>,
        withheld: &Withheld,
    ) -> Grid {
        let none = Counts::default();
        let row = |d: &String| {
            let counts = counts.get(d).unwrap_or(&none);
            services
                .iter()
                .map(|s| counts.of(Some(s), kind).max(0))
                .collect::<Vec<_>>()
        };
        let numbers: Vec<Vec<i64>> = districts.iter().map(row).collect();
        Grid {
            table: discreet::table(&numbers, withheld),
            districts: districts.to_vec(),
            services: services.to_vec(),
        }
    }

    fn column(&self, service: &str) -> Option<usize> {
        self.services.iter().position(|s| s == service)
    }

    /// Of the whole state.
    pub fn state(&self, service: Option<&str>) -> Shown {
        match service {
            None => self.table.total,
            Some(s) => self.column(s).map_or(Shown::Few, |c| self.table.columns[c]),
        }
    }

    pub fn district(&self, key: &str, service: Option<&str>) -> Shown {
        let Some(row) = self.districts.iter().position(|d| d == key) else {
            return Shown::Few;
        };
        match service {
            None => self.table.rows[row],
            Some(s) => self.column(s).map_or(Shown::Few, |c| self.table.cells[row][c]),
        }
    }
}

/// A year of the whole state.
pub struct Year {
    pub year: i16,
    pub services: Vec<String>,
    pub state: Counts,
    pub districts: BTreeMap<String, Counts>,
    pub submitted: Grid,
    pub wishes: Grid,
    /// Applications by month, as far as the year has come.
    pub months: Vec<Shown>,
    pub online: Vec<Online>,
    /// Wishes of every place.
    wishes_at: BTreeMap<String, Counts>,
}

/// Keys of the districts, in order.
pub fn districts(app: &App) -> Vec<String> {
    let mut keys: Vec<String> = app.register.places().iter().map(|p| p.district.key.clone()).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// The key of the state whose places these are.
pub fn state_key(app: &App) -> String {
    app.register.centre().map(|c| c.key.clone()).unwrap_or_default()
}

/// The services that the product has, and those that it had while these were counted; by id.
fn services(app: &App, counts: &Counts) -> Vec<String> {
    let now = app.services.all().into_iter().map(|s| s.id.clone());
    let mut ids: Vec<String> = now.chain(counts.0.keys().map(|(service, _)| service.clone())).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// What is online where.
pub async fn online(app: &App) -> Result<Vec<Online>> {
    let mut out = Vec::new();
    for o in app.store.offered().await?.into_iter().filter(|o| o.online) {
        // A place that was merged is counted as what it is today.
        if let Some(today) = app.register.today(o.place.as_str()) {
            out.push(Online {
                place: today.ags.0.clone(),
                service: o.service,
                since: o.since,
                own: o.tenant == today.association.authority.id || o.tenant.as_str() == today.slug,
            });
        }
    }
    Ok(out)
}

/// Everything of a year that the state's pages show.
pub async fn year(app: &App, year: i16) -> Result<Year> {
    let shared = app.store.shared();
    let (period, key) = (year.to_string(), state_key(app));
    let state = by_area(shared.figures(&period, 2, &key).await?)
        .remove(&key)
        .unwrap_or_default();
    let by_district = by_area(shared.figures(&period, 5, &key).await?);
    let districts = districts(app);
    let services = services(app, &state);
    let submitted_at = by_area(shared.figures_of(&period, counted::SUBMITTED, 8).await?);
    let wishes_at = by_area(shared.figures_of(&period, counted::PRINTED, 8).await?);
    let months = months(app, year).await?;
    let within = |at: &BTreeMap<String, Counts>, kind: &str, total: bool| {
        let kept = |d: &String| discreet::can_part(&numbers(&places_in(app, d), at, kind));
        let rows = districts.iter().enumerate().filter(|(_, d)| !kept(d)).map(|(i, _)| i);
        let withheld = Withheld {
            rows: rows.collect(),
            total,
        };
        Grid::of(kind, &districts, &services, &by_district, &withheld)
    };
    let submitted = within(&submitted_at, counted::SUBMITTED, !discreet::can_part(&months));
    Ok(Year {
        year,
        months: discreet::parts(&months, submitted.state(None)),
        wishes: within(&wishes_at, counted::PRINTED, false),
        submitted,
        state,
        districts: by_district,
        services,
        online: online(app).await?,
        wishes_at,
    })
}

/// Days to the decision in the middle of a year, of all services.
pub async fn middle_of(app: &App, year: i16) -> Result<Option<Middle>> {
    let key = state_key(app);
    let found = app.store.shared().figures(&year.to_string(), 2, &key).await?;
    Ok(by_area(found).get(&key).and_then(|c| c.days(None)))
}

/// Applications by month of a year, as far as it has come.
async fn months(app: &App, of: i16) -> Result<Vec<i64>> {
    let today = app.today();
    let begun = if of < today.year() { 12 } else { today.month() };
    let (key, months) = (
        state_key(app),
        (1..=begun).map(|m| format!("{of}-{m:02}")).collect::<Vec<_>>(),
    );
    let found = app.store.shared().figures_over(&months, 2, &key).await?;
    let n = |figures: Vec<Figure>| {
        let counts = by_area(figures).remove(&key).unwrap_or_default();
        counts.of(None, counted::SUBMITTED).max(0)
    };
    Ok(found.into_iter().map(n).collect())
}

/// The places of a district: their numbers, and how those of two kinds are shown beside the district's.
pub struct Places {
    pub counts: BTreeMap<String, Counts>,
    pub submitted: BTreeMap<String, Shown>,
    pub wishes: BTreeMap<String, Shown>,
}

/// Keys of a district's places, in order.
fn places_in(app: &App, district: &str) -> Vec<String> {
    let all = app.register.places().iter().filter(|p| p.district.key == district);
    all.map(|p| p.ags.0.clone()).collect()
}

fn numbers(places: &[String], counts: &BTreeMap<String, Counts>, kind: &str) -> Vec<i64> {
    let n = |p: &String| counts.get(p).map_or(0, |c| c.of(None, kind).max(0));
    places.iter().map(n).collect()
}

/// What places that are no more counted is in the district's number and in none of theirs: it hides like a part.
fn shown(places: &[String], counts: &BTreeMap<String, Counts>, kind: &str, whole: Shown) -> BTreeMap<String, Shown> {
    let shown = discreet::parts(&numbers(places, counts, kind), whole);
    places.iter().cloned().zip(shown).collect()
}

pub async fn places(app: &App, year: &Year, district: &str) -> Result<Places> {
    let found = app.store.shared().figures(&year.year.to_string(), 8, district).await?;
    let (counts, places) = (by_area(found), places_in(app, district));
    let (submitted, wishes) = (
        year.submitted.district(district, None),
        year.wishes.district(district, None),
    );
    Ok(Places {
        submitted: shown(&places, &counts, counted::SUBMITTED, submitted),
        wishes: shown(&places, &counts, counted::PRINTED, wishes),
        counts,
    })
}

/// Wishes of every place, for the map.
pub fn wishes_of_places(app: &App, year: &Year) -> BTreeMap<String, Shown> {
    let mut out = BTreeMap::new();
    for district in districts(app) {
        let whole = year.wishes.district(&district, None);
        out.extend(shown(
            &places_in(app, &district),
            &year.wishes_at,
            counted::PRINTED,
            whole,
        ));
    }
    out
}
