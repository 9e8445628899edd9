//! Bars as SVG, with what a table of the same numbers needs.

use domain::discreet::Shown;
use serde_json::{Value, json};

use crate::cockpit::words;

/// Inside of the axes: from here to there.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 516.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 170.0;

/// A bar: label below it, label in the table, number.
pub struct Bar {
    pub short: String,
    pub long: String,
    pub n: Shown,
}

/// The next round number that three steps reach.
fn step(most: i64) -> i64 {
    let mut step = 1;
    loop {
        for of in [1, 2, 5] {
            if step * of * 3 >= most {
                return step * of;
            }
        }
        step *= 10;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a picture")]
pub fn bars(bars: &[Bar], alt: &str) -> Value {
    let most = bars.iter().filter_map(|b| b.n.count()).max().unwrap_or(0).max(3);
    let step = step(most);
    let top = (step * 3) as f64;
    let y = |n: i64| BOTTOM - (BOTTOM - TOP) * n as f64 / top;
    let wide = (RIGHT - LEFT) / bars.len().max(1) as f64;
    let width = (wide * 0.68).min(60.0);
    let px = |v: f64| format!("{v:.1}");
    let lines: Vec<Value> = (0..=3)
        .map(|i| json!({ "y": px(y(step * i)), "text_y": px(y(step * i) + 4.0), "text": words::number(step * i) }))
        .collect();
    let last = bars.iter().rposition(|b| b.n.count().is_some());
    let shown: Vec<Value> = bars
        .iter()
        .enumerate()
        .map(|(i, b)| {
            let middle = LEFT + wide * (i as f64 + 0.5);
            let n = b.n.count().unwrap_or(0);
            json!({
                "x": px(middle - width / 2.0), "y": px(y(n)), "w": px(width), "h": px(BOTTOM - y(n)), "middle": px(middle),
                "short": b.short, "long": b.long, "text": words::shown(b.n), "there": b.n.count().is_some(),
                "above": px(y(n) - 6.0), "now": Some(i) == last,
            })
        })
        .collect();
    json!({ "lines": lines, "bars": shown, "alt": alt })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_steps_reach_the_highest_bar() {
        for (most, steps) in [(1, 1), (3, 1), (4, 2), (7, 5), (16, 10), (5610, 2000), (6001, 5000)] {
            assert_eq!(step(most), steps, "{most}");
        }
    }

    #[test]
    fn what_is_not_shown_has_no_bar() {
        let of = |n| Bar {
            short: "Jan".into(),
            long: "Januar".into(),
            n,
        };
        let chart = bars(&[of(Shown::Few), of(Shown::Count(30))], "");
        assert_eq!(
            (chart["bars"][0]["there"].as_bool(), chart["bars"][0]["text"].as_str()),
            (Some(false), Some("unter\u{a0}5"))
        );
        assert_eq!(
            (chart["bars"][1]["now"].as_bool(), chart["bars"][1]["y"].as_str()),
            (Some(true), Some("24.0"))
        );
    }
}
