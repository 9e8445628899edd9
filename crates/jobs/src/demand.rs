//! Once a month to whoever leads an authority: how many prepared an application on paper because a service is not online
//! there, and how to change that. By mail, or as a letter where nobody has an account. Numbers only; small ones are not
//! said.

use std::collections::BTreeMap;

use anyhow::Result;
use domain::routing::{AuthorityRef, route};
use domain::{Ags, TenantId};
use exchange::Register;
use jiff::ToSpan;
use jiff::civil::Date;
use schema::{Lang, Region};
use store::{DemandRow, Services, Store, TenantStore};

use crate::Worker;
use crate::mails::{filled, mail};

/// A worker that was away catches up until this day of the month.
pub(crate) const UNTIL: i8 = 10;
/// A smaller number could point to somebody.
const FEW: i64 = 5;

/// What is said of a month.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// In the year of the month, up to its end.
    pub(crate) year: i64,
    /// Services with their number, the most wanted first; `unter 5` where there are few.
    pub(crate) services: Vec<(String, String)>,
}

/// `None`: nobody asked in this month, or so few in the whole year that nothing can be said.
pub(crate) fn told(rows: &[DemandRow], month: &str, noun: impl Fn(&str) -> String) -> Option<Told> {
    let year: i64 = rows.iter().map(|r| r.n).sum();
    if year < FEW || !rows.iter().any(|r| r.month == month) {
        return None;
    }
    let mut by_service: Vec<(String, i64)> = Vec::new();
    for row in rows {
        match by_service.iter_mut().find(|(s, _)| *s == row.service) {
            Some((_, n)) => *n += row.n,
            None => by_service.push((row.service.clone(), row.n)),
        }
    }
    by_service.sort_by_key(|(_, n)| -n);
    let said = |n: i64| if n < FEW { format!("unter {FEW}") } else { n.to_string() };
    let services = by_service.into_iter().map(|(s, n)| (noun(&s), said(n))).collect();
    Some(Told { year, services })
}

/// First and last day of the year of the last month, as far as it, and the month itself: `2026-11`.
pub(crate) fn period(today: Date) -> (Date, Date, String) {
    let last = today.first_of_month().saturating_sub(1.day());
    (last.first_of_year(), last, last.strftime("%Y-%m").to_string())
}

impl Worker {
    /// In the first days of a month; each mail has its month in its id and goes once.
    pub(crate) async fn tell_demand(&self, tenant: &TenantStore, today: Date) -> Result<()> {
        let clerks = tenant.read(|t| t.clerks()).await?;
        let wants =
            |c: &&store::Clerk| c.active && store::leads(c) && c.prefs["demand"] != serde_json::Value::Bool(false);
        let leads: Vec<_> = clerks.iter().filter(wants).collect();
        if leads.is_empty() {
            return Ok(());
        }
        let (from, to, month) = period(today);
        let rows = self.unmet(tenant, from, to).await?;
        let noun = |id: &str| noun(&self.services, id);
        let Some(told) = told(&rows, &month, noun) else {
            return Ok(());
        };
        let width = told.services.iter().map(|(s, _)| s.chars().count()).max().unwrap_or(0);
        let lines = told.services.iter().map(|(s, n)| format!("  {s:<width$}  {n}"));
        let list = lines.collect::<Vec<_>>().join("\n");
        let place = place_name(&self.register, &rows, &tenant.authority().name);
        let until = schema::show::format::date(to, Lang::De);
        for clerk in leads {
            let with = [
                ("n", told.year.to_string()),
                ("place", place.clone()),
                ("year", from.year().to_string()),
                ("until", until.clone()),
                ("list", list.clone()),
                ("store", format!("{}/amt/store", self.base_url)),
            ];
            let with: Vec<(&str, &str)> = with.iter().map(|(k, v)| (*k, v.as_str())).collect();
            let mail = mail("demand", &clerk.email, &with)?;
            self.queue(tenant, format!("demand:{}:{month}", clerk.id), mail).await?;
        }
        Ok(())
    }

    /// Demand for what this authority decides and has not online now.
    async fn unmet(&self, tenant: &TenantStore, from: Date, to: Date) -> Result<Vec<DemandRow>> {
        let mut names = self.store.predecessors(tenant.id());
        names.push(tenant.id().clone());
        let places: Vec<Ags> = names
            .iter()
            .flat_map(|id| self.register.places_of(id.as_str()))
            .map(|m| m.ags.clone())
            .collect();
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = self.store.demand(&places, from, to).await?;
        let online = tenant.read(|t| t.opt_ins(None)).await?;
        rows.retain(|r| {
            let is_online = online
                .iter()
                .any(|o| o.active && o.place == r.place && o.service == r.service);
            !is_online
                && names.contains(
                    &self
                        .decider(&r.place, &r.service, to)
                        .unwrap_or_else(|| TenantId::from("")),
                )
        });
        Ok(rows)
    }

    fn decider(&self, place: &Ags, service: &str, day: Date) -> Option<TenantId> {
        let service = self.services.latest(service)?;
        let place = self.register.today(place.as_str())?;
        let found = route(&service.responsibility, place, &self.region, day).ok()?;
        Some(found.authority.id)
    }
}

/// A letter to an authority that nobody there has an account of.
#[derive(Debug)]
pub struct DemandLetter {
    pub authority: AuthorityRef,
    /// Name, postcode and town, as far as the register of municipalities says.
    pub recipient: Vec<String>,
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// Services with their number.
    pub services: Vec<(String, String)>,
    pub year: i64,
}

/// What letters are made from.
pub struct LetterSources<'a> {
    pub store: &'a Store,
    pub services: &'a Services,
    pub register: &'a Register,
    pub region: &'a Region,
    /// Where an authority begins.
    pub start: &'a str,
}

impl LetterSources<'_> {
    /// One for each authority without a lead's account, by its id, if there is anything to say of the last month.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn letters(&self, today: Date) -> Result<Vec<DemandLetter>> {
        let (from, to, month) = period(today);
        let offered = self.store.offered().await?;
        let mut by_authority: BTreeMap<TenantId, (AuthorityRef, Vec<DemandRow>)> = BTreeMap::new();
        for row in self.store.demand(&[], from, to).await? {
            let online = |o: &store::Offered| o.online && o.place == row.place && o.service == row.service;
            let (Some(place), Some(service)) = (
                self.register.today(row.place.as_str()),
                self.services.latest(&row.service),
            ) else {
                continue;
            };
            let Ok(found) = route(&service.responsibility, place, self.region, to) else {
                continue;
            };
            if !offered.iter().any(online) {
                let entry = by_authority.entry(found.authority.id.clone());
                entry.or_insert_with(|| (found.authority, Vec::new())).1.push(row);
            }
        }
        let mut out = Vec::new();
        for (id, (authority, rows)) in by_authority {
            if self.has_lead(&id).await? {
                continue;
            }
            let noun = |service: &str| noun(self.services, service);
            if let Some(told) = told(&rows, &month, noun) {
                out.push(self.letter(authority, &rows, told, to)?);
            }
        }
        Ok(out)
    }

    async fn has_lead(&self, id: &TenantId) -> Result<bool> {
        match self.store.tenant(id).await {
            Ok(tenant) => Ok(tenant.read(|t| t.clerks()).await?.iter().any(store::leads)),
            Err(store::Error::Missing(_)) => Ok(false),
            Err(other) => Err(other.into()),
        }
    }

    fn letter(&self, authority: AuthorityRef, rows: &[DemandRow], told: Told, to: Date) -> Result<DemandLetter> {
        let place = rows.first().and_then(|r| self.register.today(r.place.as_str()));
        let seat = place.and_then(|p| self.register.seat(&authority, p));
        let mut recipient = vec![authority.name.clone()];
        recipient.extend(seat.map(|s| format!("{} {}", s.postcode, s.town).trim().to_owned()));
        let (n, year) = (told.year.to_string(), to.year().to_string());
        let until = schema::show::format::date(to, Lang::De);
        let name = place_name(self.register, rows, &authority.name);
        let with = [
            ("n", n.as_str()),
            ("place", &name),
            ("year", &year),
            ("until", &until),
            ("store", self.start),
        ];
        let (subject, text) = filled("demand_letter", &with)?;
        let paragraphs = text
            .split("\n\n")
            .map(|p| p.trim().to_owned())
            .filter(|p| !p.is_empty());
        Ok(DemandLetter {
            authority,
            recipient,
            subject,
            paragraphs: paragraphs.collect(),
            services: told.services,
            year: told.year,
        })
    }
}

/// The one place that is meant, or who works for all of them.
fn place_name(register: &Register, rows: &[DemandRow], authority: &str) -> String {
    let mut names: Vec<&str> = rows
        .iter()
        .filter_map(|r| Some(register.today(r.place.as_str())?.name.as_str()))
        .collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [one] => (*one).to_owned(),
        _ => authority.to_owned(),
    }
}

fn noun(services: &Services, service: &str) -> String {
    services
        .latest(service)
        .map_or_else(|| service.to_owned(), |s| s.noun().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(service: &str, month: &str, n: i64) -> DemandRow {
        DemandRow {
            place: "1".into(),
            service: service.into(),
            month: month.into(),
            n,
        }
    }

    #[test]
    fn small_numbers_are_not_said() {
        let said = |rows: &[DemandRow]| told(rows, "2026-11", str::to_owned);
        assert_eq!(said(&[row("a", "2026-11", 4)]), None);
        assert_eq!(said(&[row("a", "2026-10", 9)]), None, "nothing new");
        let told = said(&[row("a", "2026-10", 2), row("b", "2026-10", 9), row("a", "2026-11", 1)]).expect("a mail");
        assert_eq!(told.year, 12);
        assert_eq!(
            told.services,
            [("b".into(), "9".into()), ("a".into(), "unter 5".into())]
        );
    }

    #[test]
    fn in_january_the_old_year_is_told() {
        let day = |text: &str| text.parse::<Date>().expect("a day");
        assert_eq!(
            period(day("2027-01-02")),
            (day("2026-01-01"), day("2026-12-31"), "2026-12".into())
        );
        assert_eq!(
            period(day("2026-12-01")),
            (day("2026-01-01"), day("2026-11-30"), "2026-11".into())
        );
    }
}
