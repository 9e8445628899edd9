//! How fast the competence centre's cockpit opens, with every municipality an authority and made-up counters that the
//! worker has carried. Nobody presses twice at once: one reader, one page after the other.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::http::{Http, cookie_line};
use crate::rounds::{Bench, Figures, add, number};

/// How long the worker may take to carry everything.
const PATIENCE: Duration = Duration::from_secs(300);

/// The demo's account at the competence centre.
const ACCOUNT: &[u8] = b"mail=l.hartung%40kompetenz.example&pass=Vorfuehrung-2026";

async fn page(http: &mut Http, path: &str, cookies: &str) -> Result<Duration> {
    let began = Instant::now();
    let head = http.get(path, cookies).await?;
    if head.status != 200 {
        bail!("{path} antwortet {}.", head.status);
    }
    Ok(began.elapsed())
}

impl Bench {
    /// Medians and 99th percentiles in milliseconds of the first page and of a district's.
    pub async fn cockpit(&self, figures: &mut Figures) -> Result<()> {
        let product = self.product("cockpit", Vec::new())?;
        // The demo is laid out first; then what is made up is counted beside it.
        product.start(false).await?.0.stop()?;
        let made = Command::new(&self.program)
            .arg("made-up")
            .arg("--data")
            .arg(&product.data)
            .args([
                "--authorities",
                &self.size.authorities.to_string(),
                "--cases",
                &self.size.cases.to_string(),
            ])
            .output()
            .context("made-up")?;
        if !made.status.success() {
            bail!("made-up: {}", String::from_utf8_lossy(&made.stderr));
        }
        let made: Value = serde_json::from_slice(&made.stdout)?;
        let this_year = made["this_year"].as_i64().context("keine Zahl")?;
        let (server, _) = product.start(true).await?;
        let began = Instant::now();
        let mut http = Http::connect(server.port).await?;
        let head = http
            .post("/amt/anmelden", "application/x-www-form-urlencoded", "", ACCOUNT)
            .await?;
        let cookies = cookie_line(&head.cookies);
        let whole = format!("<b>{}</b>", schema::show::format::number(this_year, schema::Lang::De));
        loop {
            page(&mut http, "/cockpit", &cookies).await?;
            if String::from_utf8_lossy(http.body()).contains(&whole) {
                break;
            }
            if began.elapsed() > PATIENCE {
                bail!("Nach fünf Minuten zeigt das Cockpit noch nicht {this_year} Vorgänge.");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        add(figures, "carried", number(began.elapsed().as_secs_f64()));
        add(figures, "cockpit_size", number(http.body().len() as f64 / 1000.0));
        for (path, median, worst) in [
            ("/cockpit", "cockpit", "cockpit99"),
            ("/cockpit?leistung=raumnutzung&karte=wuensche", "wishes", "wishes99"),
            ("/cockpit/kreis/16075", "district", "district99"),
        ] {
            let mut times = Vec::new();
            for _ in 0..self.size.pages {
                times.push(page(&mut http, path, &cookies).await?.as_secs_f64() * 1000.0);
            }
            times.sort_by(f64::total_cmp);
            let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
            add(figures, median, number(at(50)));
            add(figures, worst, number(at(99)));
        }
        server.stop()
    }
}
