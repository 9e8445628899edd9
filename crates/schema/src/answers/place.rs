//! Whether a point lies in the place: even-odd rule over the outline's rings.

/// True without an outline: then nothing is known, and nobody is stopped.
pub(crate) fn contains(outline: &[Vec<(f64, f64)>], lon: f64, lat: f64) -> bool {
    if outline.iter().all(Vec::is_empty) {
        return true;
    }
    let crossings: usize = outline.iter().map(|ring| crossings(ring, lon, lat)).sum();
    crossings % 2 == 1
}

/// Edges of the ring that a ray to the east crosses.
fn crossings(ring: &[(f64, f64)], lon: f64, lat: f64) -> usize {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .filter(|((x1, y1), (x2, y2))| (*y1 > lat) != (*y2 > lat) && lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1)
        .count()
}

/// A point inside the outline: the middle of the widest stretch on a line through its height.
pub(crate) fn inner(outline: &[Vec<(f64, f64)>], share: f64) -> Option<(f64, f64)> {
    let points = || outline.iter().flatten();
    let (low, high) = points().fold((f64::MAX, f64::MIN), |(low, high), (_, y)| (low.min(*y), high.max(*y)));
    if low >= high {
        return None;
    }
    let lat = low + (high - low) * share;
    let mut hits: Vec<f64> = outline
        .iter()
        .flat_map(|ring| ring.iter().zip(ring.iter().cycle().skip(1)))
        .filter(|((_, y1), (_, y2))| (*y1 > lat) != (*y2 > lat))
        .map(|((x1, y1), (x2, y2))| (x2 - x1) * (lat - y1) / (y2 - y1) + x1)
        .collect();
    hits.sort_by(f64::total_cmp);
    let widest = hits
        .chunks_exact(2)
        .max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])))?;
    Some(((widest[0] + widest[1]) / 2.0, lat))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_and_out() {
        let square = vec![(12.0, 50.0), (13.0, 50.0), (13.0, 51.0), (12.0, 51.0)];
        let hole = vec![(12.4, 50.4), (12.6, 50.4), (12.6, 50.6), (12.4, 50.6)];
        let outline = [square, hole];
        assert!(contains(&outline, 12.2, 50.5));
        assert!(!contains(&outline, 12.5, 50.5), "in the hole");
        assert!(!contains(&outline, 13.2, 50.5));
        assert!(!contains(&outline, 12.2, 51.5));
        assert!(contains(&[], 0.0, 0.0));
        for share in [0.1, 0.5, 0.9] {
            let (lon, lat) = inner(&outline, share).expect("an inner point");
            assert!(contains(&outline, lon, lat), "{lon} {lat}");
        }
        assert_eq!(inner(&[], 0.5), None);
    }
}
