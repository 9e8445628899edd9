//! Maps without scripts and without tiles: SVG from the register's outlines. Zoom is a grid cell of the
//! place's own frame, so that an address never holds a coordinate of somebody's event.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::Ags;
use domain::routing::Municipality;
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::offer::{district_title, outline};
use crate::req::Req;
use crate::state::App;

pub const WIDTH: f64 = 800.0;
/// Widths at which the picture is shown where a tap sets a point, in CSS pixels (product.css, `.kc-map--tap`).
pub const WIDTHS: [u16; 4] = [270, 310, 340, 500];
const HEIGHT: f64 = 592.0;
const MAX_ZOOM: u32 = 4;

type Rings = [Vec<(f64, f64)>];

/// Zoom level and cell: level 0 shows the whole place; level z has 2^z cells each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct View {
    zoom: u32,
    x: u32,
    y: u32,
}

impl View {
    /// `z-x-y`; anything else is the whole place.
    pub fn parse(text: &str) -> View {
        let mut parts = text.split('-').map(|p| p.parse::<u32>().ok());
        if let (Some(Some(zoom)), Some(Some(x)), Some(Some(y)), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
            && zoom <= MAX_ZOOM
            && x <= View::last(zoom)
            && y <= View::last(zoom)
        {
            return View { zoom, x, y };
        }
        View { zoom: 0, x: 0, y: 0 }
    }

    /// Highest index of a cell: cells move by half their width.
    fn last(zoom: u32) -> u32 {
        (2 << zoom) - 2
    }

    pub fn name(self) -> String {
        format!("{}-{}-{}", self.zoom, self.x, self.y)
    }

    /// The cell of another level whose middle is nearest to `(x, y)` of the whole frame (0..1).
    fn around(zoom: u32, x: f64, y: f64) -> View {
        let half = f64::from(2u32 << zoom);
        let cell = |c: f64| ((c * half - 1.0).round().max(0.0) as u32).min(View::last(zoom));
        View {
            zoom,
            x: cell(x),
            y: cell(y),
        }
    }

    /// Middle of the cell in the whole frame (0..1).
    fn middle(self) -> (f64, f64) {
        let half = f64::from(2u32 << self.zoom);
        ((f64::from(self.x) + 1.0) / half, (f64::from(self.y) + 1.0) / half)
    }

    /// One level closer: to the point if there is one, else to the middle.
    pub fn closer(self, outline: &Rings, point: Option<(f64, f64)>) -> View {
        if self.zoom == MAX_ZOOM {
            return self;
        }
        let (x, y) = point
            .and_then(|(lat, lon)| Frame::of(outline).map(|f| f.share(lon, lat)))
            .unwrap_or_else(|| self.middle());
        View::around(self.zoom + 1, x, y)
    }

    pub fn farther(self) -> View {
        if self.zoom == 0 {
            return self;
        }
        let (x, y) = self.middle();
        View::around(self.zoom - 1, x, y)
    }

    /// Where a pixel of the picture lies: latitude and longitude.
    pub fn at_pixel(self, outline: &Rings, x: f64, y: f64) -> Option<(f64, f64)> {
        Some(Frame::of(outline)?.cell(self).at(x, y))
    }

    /// Where a place on earth lies in the picture, if it is in it.
    pub fn pixel_of(self, outline: &Rings, lat: f64, lon: f64) -> Option<(f64, f64)> {
        let (x, y) = Frame::of(outline)?.cell(self).pixel(lon, lat, HEIGHT);
        ((0.0..=WIDTH).contains(&x) && (0.0..=HEIGHT).contains(&y)).then_some((x, y))
    }
}

/// Part of the earth shown: west, south, east, north.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Frame {
    /// Around the rings with a margin, widened to the picture's shape.
    pub fn of(rings: &Rings) -> Option<Frame> {
        Self::around(rings, WIDTH, HEIGHT)
    }

    fn around(rings: &Rings, width: f64, height: f64) -> Option<Frame> {
        let points = || rings.iter().flatten();
        points().next()?;
        let fold = |f: fn(f64, f64) -> f64, start: f64, pick: fn(&(f64, f64)) -> f64| points().map(pick).fold(start, f);
        let (mut west, mut east) = (fold(f64::min, f64::MAX, |p| p.0), fold(f64::max, f64::MIN, |p| p.0));
        let (mut south, mut north) = (fold(f64::min, f64::MAX, |p| p.1), fold(f64::max, f64::MIN, |p| p.1));
        let squeeze = f64::midpoint(south, north).to_radians().cos();
        let (w, h) = ((east - west) * squeeze * 1.08, (north - south) * 1.08);
        let (w, h) = if w / h < width / height {
            (h * width / height, h)
        } else {
            (w, w * height / width)
        };
        let (cx, cy) = (f64::midpoint(west, east), f64::midpoint(south, north));
        west = cx - w / squeeze / 2.0;
        east = cx + w / squeeze / 2.0;
        south = cy - h / 2.0;
        north = cy + h / 2.0;
        Some(Frame {
            west,
            south,
            east,
            north,
        })
    }

    fn cell(self, view: View) -> Frame {
        let n = f64::from(1u32 << view.zoom);
        let (w, h) = ((self.east - self.west) / n, (self.north - self.south) / n);
        let west = self.west + f64::from(view.x) * w / 2.0;
        let north = self.north - f64::from(view.y) * h / 2.0;
        Frame {
            west,
            south: north - h,
            east: west + w,
            north,
        }
    }

    fn at(self, x: f64, y: f64) -> (f64, f64) {
        let lon = self.west + (self.east - self.west) * x / WIDTH;
        let lat = self.north - (self.north - self.south) * y / HEIGHT;
        (lat, lon)
    }

    fn pixel(self, lon: f64, lat: f64, height: f64) -> (f64, f64) {
        (
            (lon - self.west) / (self.east - self.west) * WIDTH,
            (self.north - lat) / (self.north - self.south) * height,
        )
    }

    /// Position in the frame, 0..1.
    fn share(self, lon: f64, lat: f64) -> (f64, f64) {
        (
            (lon - self.west) / (self.east - self.west),
            (self.north - lat) / (self.north - self.south),
        )
    }

    /// SVG path of rings.
    fn path(self, rings: &Rings, height: f64) -> String {
        let mut d = String::new();
        for ring in rings {
            for (i, (lon, lat)) in ring.iter().enumerate() {
                let (x, y) = self.pixel(*lon, *lat, height);
                d.push_str(&format!("{}{x:.1} {y:.1}", if i == 0 { "M" } else { "L" }));
            }
            d.push('Z');
        }
        d
    }
}

/// The picture of a place with its neighbours.
pub async fn picture(State(app): State<App>, Path((ags, view)): Path<(String, String)>) -> Result<Response> {
    let ags = Ags(ags);
    app.place_by_ags(&ags)?;
    let view = View::parse(view.trim_end_matches(".svg"));
    let outline = outline(&app, ags.as_str());
    let frame = Frame::of(&outline).ok_or(Failure::Page)?.cell(view);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\"><rect width=\"800\" height=\"592\" fill=\"#f3f1ea\"/>"
    );
    for neighbour in app.register.neighbours(ags.as_str()) {
        let rings = outline_of(&app, neighbour);
        svg.push_str(&format!(
            "<path d=\"{}\" fill=\"#f3f1ea\" stroke=\"#9aa0b5\" stroke-width=\"1.5\"/>",
            frame.path(&rings, HEIGHT)
        ));
    }
    svg.push_str(&format!(
        "<path d=\"{}\" fill=\"#fdfbf6\" stroke=\"#6e7597\" stroke-width=\"3\"/>",
        frame.path(&outline, HEIGHT)
    ));
    svg.push_str("</svg>");
    Ok((
        [
            (header::CONTENT_TYPE, "image/svg+xml"),
            (header::CACHE_CONTROL, "public, max-age=86400"),
        ],
        svg,
    )
        .into_response())
}

/// Names over the picture: of the place and of those around it. They stand in the page, for a picture has no letters of
/// its own.
pub fn names(app: &App, ags: &str, view: View) -> Vec<Value> {
    let own = outline(app, ags);
    let Some(frame) = Frame::of(&own).map(|f| f.cell(view)) else {
        return Vec::new();
    };
    let neighbours = app.register.neighbours(ags);
    let near = neighbours
        .into_iter()
        .map(|m| (outline_of(app, m), m.name.as_str(), false));
    let own = app.register.today(ags).map(|m| (own, m.name.as_str(), true));
    near.chain(own)
        .filter_map(|(rings, name, own)| label(frame, Frame::of(&rings)?, name, own))
        .collect()
}

/// In the middle of what it names; none if that is not in the picture.
fn label(frame: Frame, of: Frame, name: &str, own: bool) -> Option<Value> {
    let (lon, lat) = (f64::midpoint(of.west, of.east), f64::midpoint(of.south, of.north));
    let (x, y) = frame.pixel(lon, lat, HEIGHT);
    let inside = (20.0..780.0).contains(&x) && (20.0..570.0).contains(&y);
    inside.then(|| json!({ "x": x.round(), "y": y.round(), "name": name, "own": own }))
}

fn outline_of(app: &App, m: &Municipality) -> Vec<Vec<(f64, f64)>> {
    outline(app, m.ags.as_str())
}

/// Thuringia with its districts.
pub async fn state(State(app): State<App>, req: Req) -> Result<Response> {
    let mut seen = std::collections::BTreeMap::new();
    for m in app.register.places() {
        seen.entry(m.district.key.clone()).or_insert(m);
    }
    let shapes: Vec<Shape> = seen
        .values()
        .map(|m| {
            // A kreisfreie Stadt is one place: straight to its page.
            let href = if m.is_district_free() {
                place_href(&app, &req, m)
            } else {
                with_service(&req, &format!("/karte/{}", m.district.key))
            };
            (href, district_title(m), outline(&app, &m.district.key))
        })
        .collect();
    let t = |key: &str| app.texts.text(req.lang, key);
    page(
        &app,
        &req,
        shapes,
        &t("map.title"),
        &t("map.alt_state"),
        &t("map.list"),
        ("/".into(), t("map.back_start")),
    )
}

/// A district with its municipalities.
pub async fn district(State(app): State<App>, Path(key): Path<String>, req: Req) -> Result<Response> {
    let places: Vec<&Municipality> = app.register.places().iter().filter(|m| m.district.key == key).collect();
    let name = district_title(places.first().ok_or(Failure::Page)?);
    let shapes = places
        .iter()
        .map(|m| (place_href(&app, &req, m), m.name.clone(), outline_of(&app, m)))
        .collect();
    let fill = |key: &str| app.texts.fill(req.lang, key, &[("district", &name)]);
    let back = (with_service(&req, "/karte"), app.texts.text(req.lang, "map.back_map"));
    page(
        &app,
        &req,
        shapes,
        &fill("map.district_title"),
        &fill("map.alt_district"),
        &fill("map.list_places"),
        back,
    )
}

fn place_href(app: &App, req: &Req, m: &Municipality) -> String {
    match req.param("leistung").filter(|s| app.services.latest(s).is_some()) {
        Some(service) => format!("/{}/{service}", m.slug),
        None => format!("/{}", m.slug),
    }
}

fn with_service(req: &Req, path: &str) -> String {
    match req
        .param("leistung")
        .filter(|s| s.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'))
    {
        Some(service) => format!("{path}?leistung={service}"),
        None => path.to_owned(),
    }
}

type Shape = (String, String, Vec<Vec<(f64, f64)>>);

fn page(
    app: &App,
    req: &Req,
    shapes: Vec<Shape>,
    title: &str,
    alt: &str,
    list: &str,
    back: (String, String),
) -> Result<Response> {
    let height = 700.0;
    let all: Vec<Vec<(f64, f64)>> = shapes.iter().flat_map(|s| s.2.clone()).collect();
    let frame = Frame::around(&all, WIDTH, height).ok_or(Failure::Page)?;
    let mut names: Vec<Value> = shapes.iter().map(|s| json!({ "href": s.0, "name": s.1 })).collect();
    names.sort_by_key(|n| exchange::places::slugify(n["name"].as_str().unwrap_or_default()));
    let drawn: Vec<Value> = shapes
        .iter()
        .map(|s| json!({ "href": s.0, "name": s.1, "d": frame.path(&s.2, height) }))
        .collect();
    let ctx = json!({ "m": {
        "title": title, "alt": alt, "height": height, "shapes": drawn, "names": names, "list_label": list, "back": back.0, "back_text": back.1,
    } });
    app.ok("map.html", app.ui(req), ctx)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_a_cell_and_never_a_coordinate() {
        assert_eq!(View::parse("2-3-1").name(), "2-3-1");
        assert_eq!(View::parse("2-7-1").name(), "0-0-0");
        assert_eq!(View::parse("50.9,12.4").name(), "0-0-0");
        // Closer to the middle and back shows the whole place again.
        let square = vec![vec![(12.0, 50.0), (12.4, 50.0), (12.4, 50.2), (12.0, 50.2)]];
        let closer = View::parse("0-0-0").closer(&square, None);
        assert_eq!(
            (closer.name().as_str(), closer.farther().name().as_str()),
            ("1-1-1", "0-0-0")
        );
        // With a point the picture goes to it.
        let corner = closer.closer(&square, Some((50.19, 12.01)));
        assert!(corner.pixel_of(&square, 50.19, 12.01).is_some());
    }

    #[test]
    fn the_pixel_of_a_corner_is_the_corner_of_the_cell() {
        let square = vec![vec![(12.0, 50.0), (12.4, 50.0), (12.4, 50.2), (12.0, 50.2)]];
        let frame = Frame::of(&square).expect("frame");
        let (lat, lon) = frame.at(0.0, 0.0);
        assert!(lat > 50.2 && lon < 12.0);
        let (x, y) = frame.pixel(12.2, 50.1, HEIGHT);
        assert!((x - 400.0).abs() < 1.0 && (y - 296.0).abs() < 1.0);
    }
}
