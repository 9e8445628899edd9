//! Right values for each question: its samples, its bounds, and the values around which some rule turns.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::index::Index;
use super::pattern;
use super::rng::Rng;
use crate::answers::place;
use crate::answers::value::Reader;
use crate::rules::Literals;
use crate::{DateBound, Kind, Options, Question, at, days};

/// Numbers, dates and times are also drawn at random between their bounds.
const RANDOM: usize = 6;
/// Days ahead that dates without an upper bound are drawn from.
const HORIZON: i32 = 365;
/// Largest list of values kept for one question.
const MOST: usize = 90;

/// Values of one question, each right in itself. `None`: not answered.
pub(super) struct Pool {
    /// Declared samples: what people would really write. First choice.
    pub samples: Vec<Value>,
    /// Everything else, samples included.
    pub all: Vec<Option<Value>>,
}

/// The pools of all questions, in their order.
pub(super) fn pools(index: &Index<'_>, rng: &mut Rng) -> Vec<Pool> {
    let literals = index.literals();
    let maker = Maker {
        reader: Reader {
            service: index.service,
            cx: index.cx,
        },
    };
    index
        .questions
        .iter()
        .zip(&literals)
        .map(|(question, literals)| maker.pool(question, literals, rng))
        .collect()
}

/// Values that depend on other answers: the same day as another date and the days after, times around another time.
pub(super) fn relative(index: &Index<'_>, question: &Question, answers: &Value) -> Vec<Value> {
    let reader = Reader {
        service: index.service,
        cx: index.cx,
    };
    let others = index.questions.iter().filter(|other| other.id != question.id);
    let mut found = Vec::new();
    for other in others {
        let Some(text) = at(answers, &other.id).and_then(Value::as_str) else {
            continue;
        };
        match (&question.kind, &other.kind) {
            (Kind::Date { .. }, Kind::Date { .. }) => {
                let Ok(day) = text.parse::<Date>() else { continue };
                found.extend([0, 1, 2, 13, 14, -1].map(|n| Value::from(days::add(day, n).to_string())));
            }
            (Kind::DateRange { .. }, Kind::Date { .. }) => {
                let Ok(day) = text.parse::<Date>() else { continue };
                found.extend([0, 1, 2, 4, 7, 14].map(|length| range(day, length)));
            }
            (Kind::Time { .. }, Kind::Time { .. }) => {
                let Some(minutes) = crate::answers::time::minutes(text) else {
                    continue;
                };
                found.extend([60, -60, 0, 120, 240, -120].map(|n| Value::from(clock(minutes + n))));
            }
            _ => {}
        }
    }
    found.retain(|value| matches!(reader.read(question, &question.id, value), Ok(Some(_))));
    found
}

fn range(from: Date, length: i64) -> Value {
    let to = days::add(from, i32::try_from(length).unwrap_or(0));
    json!({ "from": from.to_string(), "to": to.to_string() })
}

fn clock(minutes: i64) -> String {
    let minutes = minutes.rem_euclid(24 * 60);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

struct Maker<'a> {
    reader: Reader<'a>,
}

impl Maker<'_> {
    fn pool(&self, question: &Question, literals: &Literals, rng: &mut Rng) -> Pool {
        let samples: Vec<Value> = question
            .sample
            .iter()
            .filter_map(|raw| self.right(question, &self.dated(raw)))
            .collect();
        let mut all: Vec<Option<Value>> = Vec::new();
        let made = self.made(question, literals, samples.is_empty(), rng);
        let made = made.iter().filter_map(|raw| self.right(question, raw));
        for value in samples.iter().cloned().chain(made) {
            if !all.contains(&Some(value.clone())) && all.len() < MOST {
                all.push(Some(value));
            }
        }
        if question.optional {
            all.push(None);
        }
        if question.may_stay_open {
            all.push(Some(json!("?")));
        }
        Pool { samples, all }
    }

    /// The canonical value, if the raw one is right.
    fn right(&self, question: &Question, raw: &Value) -> Option<Value> {
        self.reader.read(question, &question.id, raw).ok().flatten()
    }

    /// `"today+45d"` in a sample → the day.
    fn dated(&self, raw: &Value) -> Value {
        let day = raw
            .as_str()
            .and_then(crate::load::scalar::date_bound)
            .filter(|b| matches!(b, DateBound::Today(_)));
        self.reader
            .day(day.as_ref())
            .map_or_else(|| raw.clone(), |day| day.to_string().into())
    }

    fn made(&self, question: &Question, literals: &Literals, no_samples: bool, rng: &mut Rng) -> Vec<Value> {
        match &question.kind {
            Kind::Text {
                min_length,
                max_length,
                pattern,
            } => {
                let own = pattern.as_deref().map(pattern::matching).unwrap_or_default();
                self.texts(own, (*min_length, *max_length), literals, no_samples)
            }
            Kind::LongText { min_length, max_length } => {
                self.texts(Vec::new(), (*min_length, *max_length), literals, no_samples)
            }
            Kind::Number { min, max, .. } | Kind::Money { min, max } => {
                let low = self.reader.limit(min.as_ref()).map(|l| l.n);
                let high = self.reader.limit(max.as_ref()).map(|l| l.n);
                let mut numbers: Vec<i64> = literals.numbers.iter().flat_map(|n| [*n, n - 1, n + 1]).collect();
                numbers.extend([low, high].into_iter().flatten());
                let (from, to) = (low.unwrap_or(0), high.unwrap_or(low.unwrap_or(0) + 100));
                numbers.extend((0..RANDOM).map(|_| rng.between(from, to)));
                numbers.into_iter().map(Value::from).collect()
            }
            Kind::Date { min, max } => self
                .days(min.as_ref(), max.as_ref(), literals, rng)
                .into_iter()
                .map(day)
                .collect(),
            Kind::DateRange { min, max } => {
                let mut all = self.days(min.as_ref(), max.as_ref(), literals, rng);
                rng.shuffle(&mut all);
                let near = literals
                    .numbers
                    .iter()
                    .filter(|n| (0..60).contains(*n))
                    .flat_map(|n| [*n, n + 1]);
                let lengths: Vec<i64> = [0, 1, 2].into_iter().chain(near).collect();
                all.iter()
                    .zip(lengths.iter().cycle())
                    .map(|(from, length)| range(*from, *length))
                    .collect()
            }
            Kind::Time { .. } => {
                let mut times: Vec<String> = [
                    "10:00", "14:00", "17:00", "19:30", "22:00", "23:30", "01:00", "06:00", "00:00",
                ]
                .map(str::to_owned)
                .to_vec();
                let near = literals
                    .texts
                    .iter()
                    .filter_map(|text| crate::answers::time::minutes(text));
                times.extend(near.flat_map(|m| [m, m - 1, m + 1, m + 60].map(clock)));
                times.extend((0..RANDOM).map(|_| clock(15 * rng.between(0, 95))));
                times.into_iter().map(Value::from).collect()
            }
            Kind::YesNo => vec![true.into(), false.into()],
            Kind::OneOf { options } => self.reader.options(options).into_iter().map(Value::from).collect(),
            Kind::ManyOf {
                options,
                min_items,
                max_items,
            } => self.choices(options, *min_items, *max_items, rng),
            Kind::Address if no_samples => vec![
                json!({ "street": "Lindenhof", "house_number": "3", "postcode": "04603", "town": "Nobitz" }),
                json!({ "street": "Am Anger", "house_number": "4a", "postcode": "04617", "town": "Treben" }),
            ],
            Kind::MapPoint => {
                let outline = &self.reader.cx.place.outline;
                let inner = (1..8).filter_map(|n| place::inner(outline, f64::from(n) / 8.0));
                let mut points: Vec<Value> = inner.map(|(lon, lat)| json!({ "lat": lat, "lon": lon })).collect();
                if points.is_empty() {
                    points.extend([
                        json!({ "lat": 50.9312, "lon": 12.5023 }),
                        json!({ "lat": 50.9448, "lon": 12.4871 }),
                    ]);
                }
                points
            }
            // Published test numbers with right check digits.
            Kind::Iban if no_samples => vec!["DE02120300000000202051".into(), "DE02500105170137075030".into()],
            Kind::Email if no_samples => vec!["vorstand@lindenhof.example".into(), "post@sonnental.example".into()],
            Kind::Phone if no_samples => vec!["0151 23456789".into(), "03447 1234-56".into()],
            Kind::File { accept, .. } => accept.iter().filter_map(|kind| file(kind)).collect(),
            Kind::Group {
                parts,
                min_items,
                max_items,
            } => self.groups(parts, (*min_items, *max_items), literals, rng),
            Kind::Address | Kind::Iban | Kind::Email | Kind::Phone | Kind::Computed { .. } => Vec::new(),
        }
    }

    fn texts(
        &self,
        own: Vec<String>,
        (min, max): (Option<usize>, usize),
        literals: &Literals,
        made_up: bool,
    ) -> Vec<Value> {
        let mut texts = own;
        if made_up {
            let words = ["Beispiel", "für", "eine", "Angabe", "im", "Formular"];
            let long: String = words
                .iter()
                .cycle()
                .take(min.unwrap_or(0) + 2)
                .copied()
                .collect::<Vec<_>>()
                .join(" ");
            let least = min.unwrap_or(0).max(8);
            texts.push(long.chars().take(least.min(max)).collect::<String>().trim().to_owned());
            texts.push(
                long.chars()
                    .take((least + 12).min(max))
                    .collect::<String>()
                    .trim()
                    .to_owned(),
            );
        }
        texts.extend(literals.texts.iter().cloned());
        let asked = literals.patterns.iter().flat_map(|pattern| pattern::matching(pattern));
        // Padded, so that a short word is long enough for the question.
        texts.extend(asked.flat_map(|text| {
            [
                format!("Beispiel für Formular {text}"),
                format!("{text} Beispiel für Formular"),
                text,
            ]
        }));
        texts.into_iter().map(Value::from).collect()
    }

    fn days(&self, min: Option<&DateBound>, max: Option<&DateBound>, literals: &Literals, rng: &mut Rng) -> Vec<Date> {
        let today = self.reader.cx.today;
        let low = self.reader.day(min).unwrap_or(today);
        let high = self.reader.day(max).unwrap_or_else(|| days::add(low, HORIZON));
        let span = i64::from((high - low).get_days()).max(0);
        let mut found = vec![low, high];
        // Around each number that a rule counts days with, and a week of days of which each has another name.
        let near = literals.numbers.iter().filter(|n| (-1000..1000).contains(*n));
        found.extend(
            near.flat_map(|n| [*n, n - 1, n + 1])
                .map(|n| days::add(today, i32::try_from(n).unwrap_or(0))),
        );
        found.extend((0..7).map(|n| days::add(low, 40 + n)));
        found.extend(literals.texts.iter().filter_map(|text| text.parse::<Date>().ok()));
        let region = &self.reader.cx.region;
        for rule in region
            .holidays
            .iter()
            .chain(&region.quiet_days)
            .filter(|r| days::holds_in(r, &self.reader.cx.place.ags))
        {
            let years = [low.year(), low.year().saturating_add(1)];
            let dates = years.into_iter().filter_map(|year| days::in_year(rule, year));
            found.extend(dates.flat_map(|date| [date, days::add(date, -1)]));
        }
        found.extend((0..RANDOM).map(|_| days::add(low, i32::try_from(rng.between(0, span)).unwrap_or(0))));
        found
    }

    fn choices(&self, options: &Options, min: usize, max: usize, rng: &mut Rng) -> Vec<Value> {
        let ids = self.reader.options(options);
        let mut sets: Vec<Vec<&str>> = ids.iter().map(|id| vec![*id]).collect();
        sets.extend((1..ids.len()).map(|n| vec![ids[n - 1], ids[n]]));
        // All, all but one each, and as many as needed at least and allowed at most.
        sets.push(ids.clone());
        sets.extend((0..ids.len()).map(|n| {
            ids.iter()
                .enumerate()
                .filter(|(i, _)| *i != n)
                .map(|(_, id)| *id)
                .collect()
        }));
        for size in [min.max(1), max.min(ids.len())] {
            let mut mixed = ids.clone();
            rng.shuffle(&mut mixed);
            mixed.truncate(size);
            sets.push(mixed);
        }
        sets.into_iter().map(Value::from).collect()
    }

    fn groups(&self, parts: &[Question], (min, max): (usize, usize), literals: &Literals, rng: &mut Rng) -> Vec<Value> {
        let mut sizes = vec![min.max(1), max.min(min.max(1) + 1), max.min(20)];
        sizes.extend(literals.numbers.iter().filter_map(|n| usize::try_from(*n).ok()));
        sizes.extend(literals.numbers.iter().filter_map(|n| usize::try_from(n - 1).ok()));
        sizes.retain(|size| (min.max(1)..=max).contains(size) && *size <= 50);
        sizes.sort_unstable();
        sizes.dedup();
        let pools: Vec<(&Question, Pool)> = parts
            .iter()
            .map(|part| (part, self.pool(part, literals, rng)))
            .collect();
        let mut groups = Vec::new();
        for size in sizes {
            // Each size with optional parts and without.
            for full in [true, false] {
                let from = rng.below(20);
                let items: Vec<Value> = (0..size)
                    .map(|index| {
                        let given = pools.iter().filter_map(|(part, pool)| {
                            if part.optional && !full {
                                return None;
                            }
                            let given: Vec<&Value> = pool.all.iter().flatten().collect();
                            let chosen = if pool.samples.is_empty() {
                                given
                            } else {
                                pool.samples.iter().collect()
                            };
                            Some((
                                part.id.clone(),
                                (*chosen.get((index + from) % chosen.len().max(1))?).clone(),
                            ))
                        });
                        Value::Object(given.collect())
                    })
                    .collect();
                groups.push(items.into());
            }
        }
        groups
    }
}

fn day(date: Date) -> Value {
    date.to_string().into()
}

/// The smallest file of a kind.
fn file(kind: &str) -> Option<Value> {
    let (name, media_type, content) = match kind {
        "pdf" => ("lageplan.pdf", "application/pdf", PDF),
        "png" => ("lageplan.png", "image/png", PNG),
        "jpg" => ("lageplan.jpg", "image/jpeg", JPG),
        _ => return None,
    };
    Some(json!({ "name": name, "media_type": media_type, "content_base64": content }))
}

/// An empty page.
const PDF: &str = "JVBERi0xLjQKMSAwIG9iago8PC9UeXBlL0NhdGFsb2cvUGFnZXMgMiAwIFI+PgplbmRvYmoKMiAwIG9iago8PC9UeXBlL1BhZ2VzL0tpZHNbMyAwIFJdL0NvdW50IDE+PgplbmRvYmoKMyAwIG9iago8PC9UeXBlL1BhZ2UvUGFyZW50IDIgMCBSL01lZGlhQm94WzAgMCA1OTUgODQyXT4+CmVuZG9iagp0cmFpbGVyCjw8L1Jvb3QgMSAwIFI+PgolJUVPRgo=";
/// One white pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC";
/// One white pixel.
const JPG: &str = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/yQALCAABAAEBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k=";
