//! Outlines of municipalities and districts: reading GeoJSON, rounding to 4 decimals (about 10 m),
//! writing it compactly, and questions about points. Coordinates are WGS84, longitude first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use geo::{BoundingRect, Contains, Coord, LineString, MultiPolygon, Polygon, Rect};
use geojson::{FeatureCollection, GeometryValue, Position};

use crate::register::RegisterError;

/// Outlines by key: AGS (8 digits) or district (5 digits).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Boundaries {
    areas: BTreeMap<String, Area>,
    /// Who made them, as must be shown beside a map.
    credit: String,
}

/// One outline with its bounding box.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    pub shape: MultiPolygon<f64>,
    pub bounds: Rect<f64>,
}

impl Area {
    pub fn contains(&self, lat: f64, lon: f64) -> bool {
        let point = Coord { x: lon, y: lat };
        let (min, max) = (self.bounds.min(), self.bounds.max());
        (min.x..=max.x).contains(&lon) && (min.y..=max.y).contains(&lat) && self.shape.contains(&point)
    }

    /// Metres from a point to the outline; 0 inside.
    pub fn distance(&self, lat: f64, lon: f64) -> f64 {
        if self.contains(lat, lon) {
            return 0.0;
        }
        let here = Local::at(lat, lon);
        let lines = self
            .shape
            .0
            .iter()
            .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
        lines
            .flat_map(LineString::lines)
            .map(|l| here.distance_to(l.start, l.end))
            .fold(f64::INFINITY, f64::min)
    }

    /// Every ring, outer and inner, as (longitude, latitude).
    pub fn rings(&self) -> Vec<Vec<(f64, f64)>> {
        let polygons = self.shape.0.iter();
        polygons
            .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
            .map(|ring| ring.0.iter().map(|c| (c.x, c.y)).collect())
            .collect()
    }
}

/// A flat piece of the earth around a point; true to 1 ‰ over the size of a municipality.
struct Local {
    lat: f64,
    lon: f64,
    metres_east: f64,
}

impl Local {
    const METRES_NORTH: f64 = 111_320.0;

    fn at(lat: f64, lon: f64) -> Local {
        Local {
            lat,
            lon,
            metres_east: Self::METRES_NORTH * lat.to_radians().cos(),
        }
    }
    fn flat(&self, c: Coord<f64>) -> (f64, f64) {
        (
            (c.x - self.lon) * self.metres_east,
            (c.y - self.lat) * Self::METRES_NORTH,
        )
    }
    /// From the origin to a segment.
    fn distance_to(&self, a: Coord<f64>, b: Coord<f64>) -> f64 {
        let ((ax, ay), (bx, by)) = (self.flat(a), self.flat(b));
        let (dx, dy) = (bx - ax, by - ay);
        let length = dx * dx + dy * dy;
        let t = if length == 0.0 {
            0.0
        } else {
            (-(ax * dx + ay * dy) / length).clamp(0.0, 1.0)
        };
        (ax + t * dx).hypot(ay + t * dy)
    }
}

impl Boundaries {
    /// Reads a FeatureCollection. Each feature names itself by the property `ags` (municipality) or
    /// `kreis` (district), also in capitals. A member `credit` of the collection says who made it.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Boundaries, RegisterError> {
        let wrong = |reason: String| RegisterError::new(file, None, reason);
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let collection: FeatureCollection = serde_json::from_slice(bytes)
            .map_err(|e| RegisterError::new(file, e.line(), format!("Die Datei ist keine GeoJSON-Sammlung ({e})")))?;
        let members = collection.foreign_members.unwrap_or_default();
        let credit = members
            .get("credit")
            .and_then(|c| c.as_str())
            .unwrap_or_default()
            .to_owned();
        let mut areas = BTreeMap::new();
        for (index, feature) in collection.features.into_iter().enumerate() {
            let number = index + 1;
            let properties = feature.properties.unwrap_or_default();
            let key = key(&properties)
                .ok_or_else(|| wrong(format!("Umriss {number} nennt keinen Schlüssel (ags oder kreis)")))?;
            let polygons = match feature.geometry.map(|g| g.value) {
                Some(GeometryValue::Polygon { coordinates }) => vec![coordinates],
                Some(GeometryValue::MultiPolygon { coordinates }) => coordinates,
                _ => {
                    return Err(wrong(format!(
                        "Umriss {number} ({key}) ist weder Polygon noch MultiPolygon"
                    )));
                }
            };
            let area = area(&polygons).map_err(|reason| wrong(format!("Umriss {number} ({key}): {reason}")))?;
            if areas.insert(key.clone(), area).is_some() {
                return Err(wrong(format!("Der Umriss {key} kommt zweimal vor")));
            }
        }
        Ok(Boundaries { areas, credit })
    }

    /// Adds what another file holds; the other wins.
    pub fn extend(&mut self, other: Boundaries) {
        let replaced = self.areas.keys().all(|key| other.areas.contains_key(key));
        let credits = [
            if replaced {
                String::new()
            } else {
                std::mem::take(&mut self.credit)
            },
            other.credit,
        ];
        self.areas.extend(other.areas);
        let [old, new] = &credits;
        self.credit = match (old.is_empty() || old == new, new.is_empty()) {
            (true, _) => new.clone(),
            (false, true) => old.clone(),
            (false, false) => format!("{old}; {new}"),
        };
    }

    /// Who made the outlines.
    pub fn credit(&self) -> &str {
        &self.credit
    }

    /// The same outlines with the credit that their maker asks for.
    pub fn credited(self, credit: &str) -> Boundaries {
        Boundaries {
            credit: credit.to_owned(),
            ..self
        }
    }

    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.areas.keys().map(String::as_str)
    }

    /// The outline of a municipality (AGS) or district (five digits).
    pub fn get(&self, key: &str) -> Option<&Area> {
        self.areas.get(key)
    }

    /// Only keys that pass.
    pub fn filter(&self, keep: impl Fn(&str) -> bool) -> Boundaries {
        let areas = self
            .areas
            .iter()
            .filter(|(k, _)| keep(k))
            .map(|(k, a)| (k.clone(), a.clone()));
        Boundaries {
            areas: areas.collect(),
            credit: self.credit.clone(),
        }
    }

    /// The municipality that a point lies in.
    pub fn municipality_at(&self, lat: f64, lon: f64) -> Option<&str> {
        self.areas
            .iter()
            .find(|(key, area)| key.len() == 8 && area.contains(lat, lon))
            .map(|(key, _)| key.as_str())
    }

    /// For every municipality those that share a piece of border with it.
    pub fn neighbours(&self) -> BTreeMap<String, BTreeSet<String>> {
        type Point = (i64, i64);
        let mut owners: HashMap<(Point, Point), Vec<&str>> = HashMap::new();
        for (key, area) in self.areas.iter().filter(|(key, _)| key.len() == 8) {
            for ring in area.rings() {
                for pair in ring.windows(2) {
                    let (a, b) = (grid(pair[0]), grid(pair[1]));
                    owners.entry((a.min(b), a.max(b))).or_default().push(key);
                }
            }
        }
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for keys in owners.values() {
            for a in keys {
                for b in keys.iter().filter(|b| *b != a) {
                    found.entry((*a).to_owned()).or_default().insert((*b).to_owned());
                }
            }
        }
        found
    }

    /// GeoJSON with one feature a line, keys as `ags` or `kreis`.
    pub fn write(&self, name: &str) -> String {
        let quote = |s: &str| serde_json::Value::from(s).to_string();
        let mut out = format!(
            "{{\"type\":\"FeatureCollection\",\"name\":{},\"credit\":{},\"features\":[\n",
            quote(name),
            quote(&self.credit)
        );
        for (index, (key, area)) in self.areas.iter().enumerate() {
            let property = if key.len() == 8 { "ags" } else { "kreis" };
            let comma = if index + 1 < self.areas.len() { "," } else { "" };
            let polygons: Vec<String> = area.shape.0.iter().map(polygon_text).collect();
            let (kind, coordinates) = match polygons.as_slice() {
                [one] => ("Polygon", one.clone()),
                many => ("MultiPolygon", format!("[{}]", many.join(","))),
            };
            let _ = writeln!(
                out,
                "{{\"type\":\"Feature\",\"properties\":{{\"{property}\":\"{key}\"}},\"geometry\":{{\"type\":\"{kind}\",\"coordinates\":{coordinates}}}}}{comma}"
            );
        }
        out.push_str("]}\n");
        out
    }
}

/// The key of a feature: 8 digits of a municipality, else 5 of a district.
fn key(properties: &geojson::JsonObject) -> Option<String> {
    let text = |name: &str| properties.get(name).and_then(|v| v.as_str()).map(str::to_owned);
    let digits = |s: &String, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
    let ags = text("ags").or_else(|| text("AGS"));
    ags.filter(|s| digits(s, 8) || digits(s, 5))
        .or_else(|| text("kreis").or_else(|| text("KREIS")).filter(|s| digits(s, 5)))
}

/// Rounded shape; rings that vanish by rounding are dropped.
fn area(polygons: &[Vec<Vec<Position>>]) -> Result<Area, String> {
    let mut shape = Vec::new();
    for rings in polygons {
        let mut rounded = rings.iter().map(|r| ring(r));
        let Some(outer) = rounded.next() else { continue };
        let Some(outer) = outer? else { continue };
        let inner: Result<Vec<Option<LineString>>, String> = rounded.collect();
        shape.push(Polygon::new(outer, inner?.into_iter().flatten().collect()));
    }
    let shape = MultiPolygon(shape);
    let bounds = shape.bounding_rect().ok_or("Der Umriss ist leer")?;
    Ok(Area { shape, bounds })
}

/// A closed ring rounded to 4 decimals; none if fewer than three corners remain.
fn ring(points: &[Position]) -> Result<Option<LineString>, String> {
    let mut coords: Vec<Coord> = Vec::with_capacity(points.len());
    for point in points {
        let [lon, lat, ..] = point.as_slice() else {
            return Err("Ein Punkt hat keine zwei Koordinaten".to_owned());
        };
        if !(5.0..=16.0).contains(lon) || !(47.0..=56.0).contains(lat) {
            let hint = "erwartet werden Länge und Breite in Grad (WGS84)";
            return Err(format!("Der Punkt {lon}, {lat} liegt nicht in Deutschland; {hint}"));
        }
        let at = Coord {
            x: round(*lon),
            y: round(*lat),
        };
        if coords.last() != Some(&at) {
            coords.push(at);
        }
    }
    if coords.len() > 1 && coords.first() != coords.last() {
        coords.push(coords[0]);
    }
    Ok((coords.len() >= 4).then_some(LineString(coords)))
}

fn round(degrees: f64) -> f64 {
    (degrees * 10_000.0).round() / 10_000.0
}

fn grid((lon, lat): (f64, f64)) -> (i64, i64) {
    ((lon * 10_000.0).round() as i64, (lat * 10_000.0).round() as i64)
}

fn polygon_text(polygon: &Polygon) -> String {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let text = rings.map(|ring| {
        let points: Vec<String> = ring.0.iter().map(|c| format!("[{},{}]", c.x, c.y)).collect();
        format!("[{}]", points.join(","))
    });
    format!("[{}]", text.collect::<Vec<_>>().join(","))
}
