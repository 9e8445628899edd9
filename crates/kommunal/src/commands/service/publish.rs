//! `kommunal service publish`: the folder is checked as by `kommunal check`, its examples are run, what changes is
//! printed, and the new version waits for a second person.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use jiff::civil::Date;
use schema::{FileMap, Service, diff, package};
use store::{ByCentre, Origin, Proposal, Version};

use super::super::check::{self, Checked, count};
use super::super::data::Data;
use super::{Published, published, shown, told};

/// Reicht eine neue Version ein; eine zweite Person gibt sie im Cockpit frei
#[derive(clap::Args)]
pub struct Publish {
    /// Ordner einer Leistung, oder einer, der wie das Repository aufgebaut ist (services, fields, regions …)
    #[arg(value_name = "ORDNER")]
    dir: PathBuf,
    /// Ab wann die Version gelten soll; die zweite Person bestätigt den Tag oder nimmt einen anderen
    #[arg(long, value_name = "TAG", value_parser = crate::commands::day)]
    from: Date,
    /// E-Mail des Kontos im Kompetenzzentrum, das einreicht; es kann nicht selbst freigeben
    #[arg(long, value_name = "E-MAIL")]
    by: String,
    /// Was die zweite Person wissen soll
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    #[command(flatten)]
    data: Data,
}

impl Publish {
    pub async fn run(self) -> Result<()> {
        let now = crate::commands::now();
        if self.from < domain::date_of(now) {
            bail!(
                "Der {} ist schon vorbei. Nehmen Sie heute oder einen späteren Tag.",
                shown(self.from)
            );
        }
        let all = published(&self.data).await?;
        let (tenant, clerk) = all.account(&self.by).await?;
        let mut files = all.files().await?;
        let own = lay_over(&mut files, &self.dir)?;
        let Checked { loaded, found, .. } = check::check(&files, None)?;
        if !found.is_empty() {
            bail!(
                "{}. Nichts ist eingereicht. Berichtigen Sie alle und reichen Sie dann neu ein.",
                count(found.len(), "Fehler", "Fehler")
            );
        }
        let register = check::register(&files)?;
        let region = &loaded.catalog.region;
        let chosen = |s: &Service| own.is_empty() || own.contains(&s.id);
        let mut changed = Vec::new();
        for service in loaded.catalog.services.values().filter(|s| chosen(s)) {
            let live = all.services.latest(&service.id);
            if live.as_ref().is_some_and(|l| l.hash == service.hash) {
                continue;
            }
            let ran = web::version::run_examples(service, region, &register);
            if !web::version::all_pass(&ran) {
                let lines = ran.iter().filter(|r| !r.ok);
                let lines: String = lines
                    .map(|r| format!("\n  {}: erwartet {}, heraus kam: {}", r.title, r.expected, r.got))
                    .collect();
                match ran.is_empty() {
                    true => bail!(
                        "„{}“ hat keine Beispiele. Ohne Beispiele wird keine Version veröffentlicht.",
                        service.noun()
                    ),
                    false => bail!(
                        "„{}“: Beispiele weichen ab, nichts ist eingereicht.{lines}",
                        service.noun()
                    ),
                }
            }
            changed.push((service, live, ran.len()));
        }
        if changed.is_empty() {
            bail!(
                "In {} ist nichts anders als das, was schon gilt. Es gibt nichts einzureichen.",
                self.dir.display()
            );
        }
        let by = ByCentre {
            tenant: &tenant,
            clerk: Some(&clerk),
        };
        for (service, live, examples) in changed {
            let pack = |files: &FileMap| package::pack(files).map_err(anyhow::Error::msg);
            let proposal = Proposal {
                service: service.id.clone(),
                hash: service.hash.clone(),
                bytes: pack(&package::files_of(&files, &service.id))?,
                examples: pack(&package::examples_of(&files, &service.id))?,
                valid_from: self.from,
                by: String::new(),
                note: self.note.trim().to_owned(),
            };
            let version = all.store.propose_version(by, proposal, now).await;
            let version =
                version.map_err(|why| anyhow::anyhow!("„{}“ ist nicht eingereicht. {why}", service.noun()))?;
            let what = match &live {
                Some(live) => told(&diff::diff(live, service)),
                None => "eine neue Leistung\n".to_owned(),
            };
            let text = format!(
                "{}, Version {}: {what}\n{} bestanden. Die Version soll ab {} gelten und wartet auf die Freigabe durch eine zweite Person:\n/cockpit/versionen/{}\n",
                service.noun(),
                version.version,
                count(examples, "Beispiel", "Beispiele"),
                shown(version.valid_from),
                version.id,
            );
            crate::commands::print_bytes(text.as_bytes())?;
        }
        Ok(())
    }
}

/// Puts the files of the folder in their place; the services that it names. Empty: all, because what they share is
/// changed.
fn lay_over(files: &mut FileMap, dir: &Path) -> Result<Vec<String>> {
    if !dir.is_dir() {
        bail!("Den Ordner {} gibt es nicht.", dir.display());
    }
    let mut own = Vec::new();
    if dir.join("service.toml").is_file() {
        let whole = dir
            .canonicalize()
            .with_context(|| format!("Der Ordner {} ist nicht lesbar.", dir.display()))?;
        let id = whole
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        take(files, dir, &format!("services/{id}"))?;
        return Ok(vec![id]);
    }
    let there: Vec<&str> = check::FOLDERS
        .iter()
        .copied()
        .filter(|f| dir.join(f).is_dir())
        .collect();
    if there.is_empty() {
        bail!(
            "In {} liegt keine Leistung. Erwartet wird ein Ordner mit service.toml oder einer der Ordner {}.",
            dir.display(),
            check::FOLDERS.join(", ")
        );
    }
    for folder in &there {
        if *folder != "services" {
            take(files, &dir.join(folder), folder)?;
            continue;
        }
        // Each service on its own: those that are not there stay as they are.
        let unreadable = || format!("Der Ordner {} ist nicht lesbar.", dir.join(folder).display());
        for entry in std::fs::read_dir(dir.join(folder)).with_context(unreadable)? {
            let path = entry.with_context(unreadable)?.path();
            let id = path
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default();
            if path.is_dir() && !id.starts_with('.') {
                take(files, &path, &format!("services/{id}"))?;
                own.push(id);
            }
        }
    }
    let shared = there.iter().any(|f| ["fields", "regions"].contains(f));
    Ok(if shared { Vec::new() } else { own })
}

/// Everything below `name` comes from the folder.
fn take(files: &mut FileMap, folder: &Path, name: &str) -> Result<()> {
    drop_below(files, name);
    check::read(folder, name, files)
}

fn drop_below(files: &mut FileMap, name: &str) {
    files.retain(|path, _| path.strip_prefix(name).is_none_or(|rest| !rest.starts_with('/')));
}

impl Published {
    /// The shipped files, and over them what the competence centre has published since: a folder changes only what it
    /// holds.
    async fn files(&self) -> Result<FileMap> {
        let mut files = self.shipped.files.clone();
        let live = self.services.all();
        let live = live.iter().filter_map(|s| self.services.record(&s.id, &s.hash));
        let mut live: Vec<Version> = live.filter(|v| v.origin == Origin::Centre).collect();
        live.sort_by_key(|v| (v.valid_from, v.decided_at));
        for version in live {
            let package = self.store.shared().package(&version.hash).await?;
            let package = package.context("Das Paket einer geltenden Version fehlt.")?;
            let examples = self.store.shared().version_examples(&version.id).await?;
            drop_below(&mut files, &format!("services/{}", version.service));
            for bytes in [&package.bytes, &examples] {
                let known = package::unpack(bytes).map_err(anyhow::Error::msg)?;
                let own = |path: &str| !path.starts_with("regions/") || path.ends_with("/law.toml");
                files.extend(known.into_iter().filter(|(path, _)| own(path)));
            }
        }
        Ok(files)
    }
}
