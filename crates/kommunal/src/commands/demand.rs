//! `kommunal demand`: once a month, for the competence centre: letters to the authorities that nobody there has an account
//! of, with how many prepared an application on paper. Who has an account gets a mail instead (`jobs::demand`).

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use exchange::Register;
use jiff::civil::Date;
use jobs::{DemandLetter, LetterSources};
use kommunal::shipped::Shipped;
use letters::{Authority, Kind, LetterData, LetterJob, Press, Row, Section};
use store::Services;

use super::data::{Data, open_existing};

/// Briefe an Ämter ohne Konto: wie viele Anträge dort noch auf Papier gehen
#[derive(clap::Args)]
pub struct Demand {
    /// Ordner für die Briefe, je Amt eine PDF; wird angelegt
    #[arg(long, value_name = "ORDNER")]
    out: PathBuf,
    /// Tag, an dem die Briefe geschrieben sind; sie erzählen vom Monat davor
    #[arg(long, value_name = "DATUM", value_parser = super::day)]
    day: Option<Date>,
    #[command(flatten)]
    data: Data,
}

impl Demand {
    pub async fn run(self) -> Result<()> {
        let config = self.data.config()?;
        let Shipped { files, loaded } = &Shipped::read();
        let register = Register::open(Some(&config.data), files)?;
        let store = open_existing(&config).await?;
        let services = Services::publish(store.shared(), files, loaded, super::now()).await?;
        let day = self.day.unwrap_or_else(super::today);
        let start = config
            .base_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", config.listen));
        let sources = LetterSources {
            store: &store,
            services: &services,
            register: &register,
            region: &loaded.catalog.region,
            start: &start,
        };
        let all = sources.letters(day).await?;
        let template = files.get("templates/letters/demand.typ");
        let template = String::from_utf8(template.context("templates/letters/demand.typ fehlt.")?.clone())?;
        std::fs::create_dir_all(&self.out)
            .with_context(|| format!("{} lässt sich nicht anlegen.", self.out.display()))?;
        let press = Press::in_process();
        let mut list = String::from("Amt;Anschrift;Anträge\n");
        for letter in &all {
            let job = job(letter, &template, &config.operator, day);
            let pdf = press.print(job, super::now().as_second()).await?;
            let path = self.out.join(format!("{}.pdf", letter.authority.id));
            std::fs::write(&path, pdf).with_context(|| format!("{} lässt sich nicht schreiben.", path.display()))?;
            list += &format!(
                "{};{};{}\n",
                letter.authority.name,
                letter.recipient[1..].join(", "),
                letter.year
            );
        }
        let path = self.out.join("liste.csv");
        std::fs::write(&path, list).with_context(|| format!("{} lässt sich nicht schreiben.", path.display()))?;
        let said = match all.len() {
            0 => "Kein Brief: Über jedes Amt ohne Konto gibt es nichts zu sagen.\n".to_owned(),
            1 => format!("Ein Brief liegt in {}.\n", self.out.display()),
            n => format!("{n} Briefe liegen in {}.\n", self.out.display()),
        };
        super::print_bytes(said.as_bytes())
    }
}

fn job(letter: &DemandLetter, template: &str, sender: &domain::office::Office, day: Date) -> LetterJob {
    let name = match sender.name.is_empty() {
        true => "Kommunal-Cloud".to_owned(),
        false => sender.name.clone(),
    };
    let filled = |text: &String| (!text.is_empty()).then(|| text.clone());
    let authority = Authority {
        name,
        address: filled(&sender.street).into_iter().collect(),
        phone: filled(&sender.phone),
        email: filled(&sender.email),
        ..Authority::default()
    };
    let rows = letter.services.iter().map(|(label, value)| Row {
        label: label.clone(),
        value: value.clone(),
    });
    let (first, rest) = letter
        .paragraphs
        .split_first()
        .map_or((String::new(), &[][..]), |(f, r)| (f.clone(), r));
    LetterJob {
        template: template.to_owned(),
        data: LetterData {
            salutation: "Guten Tag".to_owned(),
            result: first,
            reasons: rest.to_vec(),
            answers: vec![Section {
                title: "Anträge auf Papier".to_owned(),
                rows: rows.collect(),
            }],
            ..LetterData::new(
                Kind::Question,
                authority,
                letter.recipient.clone(),
                day,
                &letter.subject,
            )
        },
    }
}
