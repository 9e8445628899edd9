//! Made-up counters for `make bench` and for looking at the cockpit: as if so many cases had come in over the last twelve
//! months. They go the way of real ones: counted by each authority, carried by its job. No case is made.

use anyhow::{Context as _, Result};
use domain::counted;
use domain::routing::Municipality;
use exchange::Register;
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use store::{Authority, Store, TenantStore, TenantTx};

/// Who wrote it, in histories.
const ACTOR: &str = "Vorführung";
/// Months that are filled, this one included.
const MONTHS: usize = 12;

/// What was made.
#[derive(Debug, Default, Clone, Copy, serde::Serialize)]
pub struct Made {
    pub authorities: usize,
    pub cases: i64,
    /// Of them in this calendar year.
    pub this_year: i64,
}

/// Numbers that look drawn and are the same each time (splitmix64).
struct Draw(u64);

impl Draw {
    fn next(&mut self, below: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let z = (z ^ (z >> 31)) >> 1;
        i64::try_from(z).unwrap_or(0) % below.max(1)
    }
}

/// A place with the authority that counts for it, and the services that it has online.
struct Counting<'a> {
    tenant: TenantStore,
    place: &'a Municipality,
    services: Vec<String>,
}

/// As many places of the register, each an authority of its own, with some services online.
async fn new<'a>(
    store: &Store,
    register: &'a Register,
    services: &[String],
    n: usize,
    now: Timestamp,
) -> Result<Vec<Counting<'a>>> {
    let all = register.places();
    let mut out = Vec::with_capacity(n);
    for i in 0..n.min(all.len()) {
        let place = &all[i * all.len() / n.min(all.len())];
        let made = store.create_tenant(Authority {
            id: place.slug.as_str().into(),
            name: place.title(),
            level: "municipality".to_owned(),
            codes: vec![("key".into(), place.ags.0.clone())],
            created_at: now,
        });
        let tenant = made.await?;
        let mut draw = Draw(place.population ^ i as u64);
        let mine: Vec<String> = services.iter().filter(|_| draw.next(100) < 60).cloned().collect();
        let (ags, opted) = (place.ags.clone(), mine.clone());
        let write = move |t: &mut TenantTx<'_>| {
            for service in &opted {
                if t.opted_in(&ags, service)?.is_none() {
                    t.opt_in(&ags, service, true, ACTOR, now)?;
                }
            }
            Ok::<_, store::Error>(())
        };
        tenant.write(write).await?;
        store.list_offered(&tenant, now).await?;
        out.push(Counting {
            tenant,
            place,
            services: mine,
        });
    }
    Ok(out)
}

/// Whoever takes part already, with what is online there.
async fn existing<'a>(store: &Store, register: &'a Register, now: Timestamp) -> Result<Vec<Counting<'a>>> {
    let mut out = Vec::new();
    for authority in store.shared().authorities().await? {
        let tenant = store.tenant(&authority.id).await?;
        store.list_offered(&tenant, now).await?;
        let opted = tenant.read(|t| t.opt_ins(None)).await?;
        for place in register.places_of(authority.id.as_str()) {
            let mine = opted.iter().filter(|o| o.active && o.place == place.ags);
            let services: Vec<String> = mine.map(|o| o.service.clone()).collect();
            if !services.is_empty() {
                out.push(Counting {
                    tenant: tenant.clone(),
                    place,
                    services,
                });
            }
        }
    }
    Ok(out)
}

/// Counts of one month of a service: the kinds that so many applications leave, decided after `slow` days and more.
fn kinds(draw: &mut Draw, slow: i64, n: i64) -> Vec<(&'static str, i64)> {
    // Small numbers are as often rounded up as they should be: of one application a year, most are decided.
    let mut part = |of: i64, percent: i64| (of * percent + draw.next(100)) / 100;
    let by_hand = part(n, 20).min(n);
    let decided = part(n, 93).min(n);
    let mut out = vec![
        (counted::BEGUN, n + part(n, 27)),
        (counted::SUBMITTED, n),
        (counted::ONLINE, n - by_hand),
        (counted::BY_HAND, by_hand),
        (counted::DECIDED, decided),
        (counted::IN_TIME, part(decided, 90).min(decided)),
        (counted::WITHDRAWN, part(n, 3)),
        (counted::ANSWERED, part(n, 18)),
        (counted::FETCHED, part(decided, 60).min(decided)),
        (counted::POSTED, part(decided, 30).min(decided)),
    ];
    // Most within a few days, some later.
    let mut left = decided;
    for (days, percent) in [(0, 25), (1, 30), (2, 20), (3, 15)] {
        let some = part(decided, percent).min(left);
        out.push((counted::took(slow + days), some));
        left -= some;
    }
    out.push((counted::took(slow + 8), left));
    out.retain(|(_, n)| *n > 0);
    out
}

/// Fills the store. `authorities`: so many new ones, or `None`: those that are there.
///
/// # Errors
/// Those of the store.
pub async fn fill(
    store: &Store,
    register: &Register,
    services: &[String],
    authorities: Option<usize>,
    cases: i64,
    now: Timestamp,
) -> Result<Made> {
    let all = match authorities {
        Some(n) => new(store, register, services, n, now).await?,
        None => existing(store, register, now).await?,
    };
    let today = domain::date_of(now);
    let slots = all.iter().map(|c| c.services.len()).sum::<usize>() * MONTHS;
    anyhow::ensure!(slots > 0, "Kein Amt hat eine Leistung freigeschaltet.");
    let mut made = Made::default();
    let mut slot = 0_i64;
    // Each slot gets its share; what is left over by rounding goes along, so that the sum is exact.
    let share = |slot: i64| cases * (slot + 1) / slots as i64 - cases * slot / slots as i64;
    for (i, counting) in all.iter().enumerate() {
        let mut draw = Draw(counting.place.population.wrapping_mul(31) ^ i as u64);
        let (mut rows, slow) = (Vec::new(), 1 + draw.next(6));
        for service in &counting.services {
            for back in 0..MONTHS {
                let first = today
                    .first_of_month()
                    .checked_sub((back as i64).months())
                    .context("a month")?;
                let n = share(slot);
                slot += 1;
                made.cases += n;
                if first.year() == today.year() {
                    made.this_year += n;
                }
                rows.extend(
                    kinds(&mut draw, slow, n)
                        .into_iter()
                        .map(|(kind, n)| (service.clone(), first, kind, n)),
                );
            }
        }
        let ags = counting.place.ags.clone();
        let write = move |t: &mut TenantTx<'_>| {
            for (service, day, kind, n) in &rows {
                t.count_past(&ags, service, *day, kind, *n)?;
            }
            t.add_job("figures", &json!({}), now, Some("figures:")).map(drop)
        };
        counting.tenant.write(write).await?;
    }
    // Wishes where a service is not online.
    for place in register.places().iter().step_by(7) {
        let mut draw = Draw(place.population);
        for service in services.iter().take(2) {
            for _ in 0..draw.next(12) {
                store.add_demand(&place.ags, service, today).await?;
            }
        }
    }
    let mut ids: Vec<&str> = all.iter().map(|c| c.tenant.id().as_str()).collect();
    ids.dedup();
    made.authorities = ids.len();
    Ok(made)
}
