//! The map of the state as SVG: outlines of the register, drawn once on a grid of a thousand steps, and put together by
//! classes for each page. Whoever does not see it finds the same numbers in the table beside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use exchange::Register;
use serde_json::{Value, json};

use crate::state::App;

/// Steps from west to east.
const WIDTH: f64 = 1000.0;

/// Outlines as paths: whole numbers, each step relative to the one before.
#[derive(Debug, Default)]
pub struct Outlines {
    places: BTreeMap<String, String>,
    districts: BTreeMap<String, (String, Frame)>,
    height: i64,
}

/// The box around an outline.
#[derive(Debug, Clone, Copy)]
struct Frame {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

impl Frame {
    const NONE: Frame = Frame {
        left: i64::MAX,
        top: i64::MAX,
        right: i64::MIN,
        bottom: i64::MIN,
    };

    fn with(self, (x, y): (i64, i64)) -> Frame {
        Frame {
            left: self.left.min(x),
            top: self.top.min(y),
            right: self.right.max(x),
            bottom: self.bottom.max(y),
        }
    }
}

/// From degrees to steps; a degree to the east is shorter than one to the north.
struct Scale {
    west: f64,
    north: f64,
    east_step: f64,
    north_step: f64,
}

impl Scale {
    fn at(&self, (lon, lat): (f64, f64)) -> (i64, i64) {
        let x = (lon - self.west) * self.east_step;
        let y = (self.north - lat) * self.north_step;
        #[expect(clippy::cast_possible_truncation, reason = "a thousand steps")]
        (x.round() as i64, y.round() as i64)
    }
}

fn path(rings: &[Vec<(f64, f64)>], scale: &Scale) -> (String, Frame) {
    let (mut d, mut frame) = (String::new(), Frame::NONE);
    for ring in rings {
        let mut points: Vec<(i64, i64)> = ring.iter().map(|p| scale.at(*p)).collect();
        points.dedup();
        if points.len() < 4 {
            continue;
        }
        points.pop();
        let mut before = points[0];
        let _ = write!(d, "M{} {}l", before.0, before.1);
        for p in &points[1..] {
            let _ = write!(d, "{} {} ", p.0 - before.0, p.1 - before.1);
            before = *p;
        }
        if d.ends_with(' ') {
            d.pop();
        }
        d.push('z');
        frame = points.iter().fold(frame, |f, p| f.with(*p));
    }
    (d, frame)
}

impl Outlines {
    fn draw(register: &Register) -> Outlines {
        let mut keys: Vec<&str> = register.places().iter().map(|p| p.district.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        let rings = |key: &str| {
            register
                .outline(key)
                .map(exchange::boundaries::Area::rings)
                .unwrap_or_default()
        };
        let all: Vec<(f64, f64)> = keys.iter().flat_map(|k| rings(k)).flatten().collect();
        let edge = |of: fn(&(f64, f64)) -> f64, most: fn(f64, f64) -> f64| all.iter().map(of).reduce(most);
        let (Some(west), Some(east)) = (edge(|p| p.0, f64::min), edge(|p| p.0, f64::max)) else {
            return Outlines::default();
        };
        let (Some(south), Some(north)) = (edge(|p| p.1, f64::min), edge(|p| p.1, f64::max)) else {
            return Outlines::default();
        };
        let east_step = WIDTH / (east - west);
        let north_step = east_step / f64::midpoint(south, north).to_radians().cos();
        let scale = Scale {
            west,
            north,
            east_step,
            north_step,
        };
        let places = register.places().iter().map(|p| {
            let (d, _) = path(&rings(p.ags.as_str()), &scale);
            (p.ags.0.clone(), d)
        });
        let districts = keys.iter().map(|k| ((*k).to_owned(), path(&rings(k), &scale)));
        Outlines {
            places: places.collect(),
            districts: districts.collect(),
            height: scale.at((west, south)).1,
        }
    }
}

/// A class of places on the map, the lightest first.
pub struct Class {
    pub label: String,
    pub places: Vec<String>,
}

/// The map as the template draws it. `district`: only this one.
pub fn map(app: &App, classes: &[Class], district: Option<&str>, alt: &str) -> Value {
    static DRAWN: OnceLock<Outlines> = OnceLock::new();
    let drawn = DRAWN.get_or_init(|| Outlines::draw(&app.register));
    let tone = |i: usize| match (i, classes.len()) {
        (0, _) => 0,
        // Two classes are as far apart as can be.
        (1, 2) => 3,
        (i, n) => (i + 4usize.saturating_sub(n)).min(3),
    };
    let shapes: Vec<Value> = classes
        .iter()
        .enumerate()
        .map(|(i, class)| {
            let d: String = class
                .places
                .iter()
                .filter_map(|p| drawn.places.get(p))
                .map(String::as_str)
                .collect();
            json!({ "d": d, "tone": tone(i), "label": class.label, "n": class.places.len() })
        })
        .collect();
    let (edges, frame) = match district.and_then(|key| drawn.districts.get(key)) {
        Some((d, frame)) => (d.clone(), *frame),
        None => {
            let all = drawn.districts.values().map(|(d, _)| d.as_str()).collect();
            let whole = Frame {
                left: 0,
                top: 0,
                right: 1000,
                bottom: drawn.height,
            };
            (all, whole)
        }
    };
    let (width, height) = ((frame.right - frame.left).max(1), (frame.bottom - frame.top).max(1));
    json!({
        "shapes": shapes, "edges": edges, "alt": alt,
        "box": format!("{} {} {} {}", frame.left - 4, frame.top - 4, width + 8, height + 8),
        // Lines as thick on the screen, however near.
        "line": if district.is_some() { "0.5" } else { "1" }, "edge": if district.is_some() { "1" } else { "2" },
        "credit": "© GeoBasis-DE / BKG 2021 (Daten verändert)",
    })
}
