//! The operator's settings: a strict TOML file, over it the environment (`KOMMUNAL_…`), over both the command line.
//! Documented in docs/configuration.md. Belongs here: which settings there are, their values and mistakes. Not here:
//! what they open and start (`commands/serve.rs`).

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use domain::office::Office;
use schema::diagnostic::nearest;
use schema::load::{Leaf, leaves};
use schema::{Assurance, Diagnostic};
use serde_json::Value;

mod settings;

#[cfg(test)]
mod tests;

pub use settings::{Kind, SETTINGS, Setting};

/// The file that is read when none is named.
pub const FILE: &str = "kommunal.toml";

/// A word that never shows itself in logs or on the terminal.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// All settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: String,
    /// Folder of the data.
    pub data: PathBuf,
    /// PostgreSQL instead of files, as the role that serves.
    pub database: Option<Secret>,
    /// The same database as the role that owns the tables.
    pub database_migrate: Option<Secret>,
    /// Address in links of mails and letters, without a slash at the end; `None`: made from `listen`.
    pub base_url: Option<String>,
    /// `None`: beside the folder of the data.
    pub root_key_file: Option<PathBuf>,
    /// The root key itself, from the environment only.
    pub root_key: Option<Secret>,
    /// Prints the root key.
    pub root_key_command: Option<String>,
    /// `None`: mails stay in the outbox.
    pub smtp: Option<Smtp>,
    /// `None`: clerks log in with passkey or password only.
    pub oidc: Option<Oidc>,
    /// Who vouches for applicants; each at most once: for persons, for organisations.
    pub account_oidc: Vec<AccountOidc>,
    /// Who answers for the pages that belong to no place.
    pub operator: Office,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Folder for backups; `None`: the worker makes none.
    pub backup_dir: Option<PathBuf>,
    /// From how many hours on a backup is too old.
    pub backup_max_age_hours: u16,
    /// How many the worker leaves.
    pub backup_keep: u16,
    /// Scanner for known malware; `None`: files are not scanned, and the desk says so.
    pub clamd: Option<papers::Scanner>,
    /// Filter of the log, as `tracing_subscriber::EnvFilter` reads it.
    pub log: String,
    /// As it was written: for `lines`.
    clamd_address: Option<String>,
    origins: BTreeMap<&'static str, Origin>,
}

/// How mail leaves.
#[derive(Debug, Clone)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Secret>,
    pub from: String,
    /// `tls`, `starttls` or `none`.
    pub security: String,
}

/// The identity provider that vouches for clerks.
#[derive(Debug, Clone)]
pub struct Oidc {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub name: String,
    /// Levels of assurance that count; empty: any.
    pub acr: Vec<String>,
}

/// An identity provider that vouches for applicants.
#[derive(Debug, Clone)]
pub struct AccountOidc {
    /// `person`, `organisation`.
    pub id: &'static str,
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub name: String,
    pub scopes: Vec<String>,
    /// Its words and the levels that they stand for.
    pub levels: Vec<(String, Assurance)>,
    /// What we ask for, and where it says that.
    pub claims: Vec<(String, String)>,
}

/// Whom providers for applicants vouch for, and their settings.
const ACCOUNT_OIDC: [(&str, &str); 2] = [("person", "oidc_person"), ("organisation", "oidc_organisation")];

/// Every mistake found, one line each.
#[derive(Debug)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Mistakes {}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// File, line and column.
    File(String, usize, usize),
    /// Name of the variable.
    Env(String),
}

/// The program's own variables that are no settings: tests and the place of the file.
const OTHER_VARIABLES: &[&str] = &["KOMMUNAL_CONFIG", "KOMMUNAL_BIN", "KOMMUNAL_TWIN", "KOMMUNAL_SHARED"];
const OTHER_PREFIXES: &[&str] = &["KOMMUNAL_TEST_", "KOMMUNAL_EIO_", "KOMMUNAL_SABOTAGE"];

/// Settings as read, before they are one whole.
#[derive(Default)]
struct Reading {
    values: BTreeMap<&'static str, (String, Origin)>,
    mistakes: Vec<String>,
}

impl Config {
    /// Reads the file (if none is named: `kommunal.toml` of the working directory, if there is one) and the
    /// environment over it. An empty variable counts as not set.
    ///
    /// # Errors
    /// Every mistake of both at once, as `file:line:column: what` or `KOMMUNAL_…: what`.
    pub fn load(file: Option<&Path>, env: &BTreeMap<String, String>) -> Result<Config, Mistakes> {
        let mut reading = Reading::default();
        let named = file
            .map(Path::to_owned)
            .or_else(|| env.get("KOMMUNAL_CONFIG").filter(|v| !v.is_empty()).map(PathBuf::from));
        let path = named.clone().unwrap_or_else(|| PathBuf::from(FILE));
        match std::fs::read(&path) {
            Ok(bytes) => reading.file(&path.display().to_string(), &bytes),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && named.is_none() => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                reading
                    .mistakes
                    .push(format!("Die Datei {} gibt es nicht.", path.display()));
            }
            Err(e) => reading
                .mistakes
                .push(format!("Die Datei {} ist nicht lesbar ({e}).", path.display())),
        }
        reading.environment(env);
        reading.finish()
    }

    /// The variables of this process.
    pub fn environment() -> BTreeMap<String, String> {
        std::env::vars_os()
            .filter_map(|(k, v)| {
                let key = k.into_string().ok().filter(|k| k.starts_with("KOMMUNAL_"))?;
                Some((key, v.to_string_lossy().into_owned()))
            })
            .collect()
    }

    /// Where backups go and when they are too old. On a server also without a folder: there the drill says.
    pub fn backup(&self) -> Option<store::backup::BackupPlan> {
        (self.backup_dir.is_some() || self.database.is_some()).then(|| store::backup::BackupPlan {
            folder: self.backup_dir.clone(),
            max_age: jiff::SignedDuration::from_hours(self.backup_max_age_hours.into()),
            keep: self.backup_keep.into(),
        })
    }

    /// Each setting with its value and where it comes from; secrets only as set or not.
    pub fn lines(&self) -> Vec<String> {
        let smtp = self.smtp.as_ref();
        let path = |p: &PathBuf| p.display().to_string();
        let said = |text: &String| (!text.is_empty()).then(|| text.clone());
        let value = |key: &str| match key {
            "listen" => Some(self.listen.clone()),
            "data" => Some(path(&self.data)),
            "database" => self.database.as_ref().map(|_| String::new()),
            "database_migrate" => self.database_migrate.as_ref().map(|_| String::new()),
            "base_url" => self.base_url.clone(),
            "root_key_file" => self.root_key_file.as_ref().map(path),
            "root_key" => self.root_key.as_ref().map(|_| String::new()),
            "root_key_command" => self.root_key_command.clone(),
            "trusted_proxies" if self.trusted_proxies.is_empty() => None,
            "trusted_proxies" => Some(
                self.trusted_proxies
                    .iter()
                    .map(IpAddr::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
            "backup_dir" => self.backup_dir.as_ref().map(path),
            "backup_max_age_hours" => Some(self.backup_max_age_hours.to_string()),
            "backup_keep" => Some(self.backup_keep.to_string()),
            "clamd" => self.clamd_address.clone(),
            "log" => Some(self.log.clone()),
            "smtp.host" => smtp.map(|s| s.host.clone()),
            "smtp.port" => smtp.map(|s| s.port.to_string()),
            "smtp.user" => smtp.and_then(|s| s.user.clone()),
            "smtp.password" => smtp.and_then(|s| s.password.as_ref()).map(|_| String::new()),
            "smtp.from" => smtp.map(|s| s.from.clone()),
            "smtp.security" => smtp.map(|s| s.security.clone()),
            "oidc.issuer" => self.oidc.as_ref().map(|o| o.issuer.clone()),
            "oidc.client_id" => self.oidc.as_ref().map(|o| o.client_id.clone()),
            "oidc.client_secret" => self.oidc.as_ref().map(|_| String::new()),
            "oidc.name" => self.oidc.as_ref().map(|o| o.name.clone()),
            "oidc.acr" => self
                .oidc
                .as_ref()
                .filter(|o| !o.acr.is_empty())
                .map(|o| o.acr.join(" ")),
            key if let Some((id, rest)) = of_account(key) => {
                let found = self.account_oidc.iter().find(|o| o.id == id);
                found.and_then(|o| o.setting(rest))
            }
            "operator.name" => said(&self.operator.name),
            "operator.address" => said(&self.operator.street),
            "operator.phone" => said(&self.operator.phone),
            "operator.email" => said(&self.operator.email),
            "operator.data_officer" => said(&self.operator.data_officer),
            "operator.keeping" => said(&self.operator.keeping),
            _ => None,
        };
        SETTINGS
            .iter()
            .map(|s| {
                let shown = match value(s.key) {
                    Some(_) if s.secret => "gesetzt, wird nicht gezeigt".to_owned(),
                    Some(value) => value,
                    None => format!("nicht gesetzt: {}", s.unset),
                };
                let from = match self.origins.get(s.key) {
                    Some(Origin::File(file, line, _)) => format!("   ({file}, Zeile {line})"),
                    Some(Origin::Env(name)) => format!("   ({name})"),
                    None => String::new(),
                };
                format!("{:<16} {shown}{from}", s.key)
            })
            .collect()
    }
}

impl Reading {
    fn file(&mut self, path: &str, bytes: &[u8]) {
        let found = match leaves(path, bytes) {
            Ok(found) => found,
            Err(mistakes) => {
                self.mistakes.extend(mistakes.iter().map(Diagnostic::to_string));
                return;
            }
        };
        for leaf in found {
            let Some(setting) = settings::by_key(&leaf.path) else {
                let section = SETTINGS.iter().any(|s| s.key.starts_with(&format!("{}.", leaf.path)));
                if !(section && leaf.value.is_object()) {
                    let near = nearest(&leaf.path, SETTINGS.iter().map(|s| s.key));
                    self.at(
                        path,
                        leaf.key_at,
                        format!("Die Einstellung „{}“ gibt es nicht", leaf.path),
                        near,
                    );
                }
                continue;
            };
            match from_file(setting, &leaf).and_then(|raw| setting.kind.read(&raw)) {
                Ok(value) => {
                    let origin = Origin::File(path.to_owned(), leaf.value_at.0, leaf.value_at.1);
                    self.values.insert(setting.key, (value, origin));
                }
                Err(what) => self.at(path, leaf.value_at, format!("{}: {what}", leaf.path), None),
            }
        }
    }

    fn environment(&mut self, env: &BTreeMap<String, String>) {
        for (name, value) in env.iter().filter(|(_, v)| !v.is_empty()) {
            let other = OTHER_VARIABLES.contains(&name.as_str()) || OTHER_PREFIXES.iter().any(|p| name.starts_with(p));
            if other || !name.starts_with("KOMMUNAL_") {
                continue;
            }
            let Some(setting) = SETTINGS.iter().find(|s| s.env() == *name) else {
                let known: Vec<String> = SETTINGS.iter().map(Setting::env).collect();
                let near = nearest(name, known.iter().map(String::as_str))
                    .map_or_else(String::new, |n| format!("; gemeint ist vielleicht: „{n}“"));
                self.mistakes
                    .push(format!("{name}: Diese Einstellung gibt es nicht{near}"));
                continue;
            };
            match setting.kind.read(value) {
                Ok(value) => {
                    self.values.insert(setting.key, (value, Origin::Env(name.clone())));
                }
                Err(what) => self.mistakes.push(format!("{name}: {what}")),
            }
        }
    }

    fn at(&mut self, file: &str, (line, column): (usize, usize), what: String, nearest: Option<String>) {
        let diagnostic = Diagnostic {
            file: file.to_owned(),
            line,
            column,
            what,
            nearest,
            example: None,
        };
        self.mistakes.push(diagnostic.to_string());
    }

    /// A mistake about a value that is right in itself.
    fn about(&mut self, key: &str, what: &str) {
        match self.values.get(key).map(|(_, origin)| origin.clone()) {
            Some(Origin::File(file, line, column)) => self.at(&file, (line, column), format!("{key}: {what}"), None),
            Some(Origin::Env(name)) => self.mistakes.push(format!("{name}: {what}")),
            None => self.mistakes.push(format!("{key}: {what}")),
        }
    }

    /// A provider is set whole or not at all, and spoken to in the open only on this machine.
    fn provider_whole(&mut self, section: &str) {
        let key = |last: &str| format!("{section}.{last}");
        let own = key("");
        if let Some(set) = self.values.keys().copied().find(|k| k.starts_with(&own))
            && let Some(missing) = ["issuer", "client_id", "client_secret"]
                .map(key)
                .into_iter()
                .find(|k| !self.values.contains_key(k.as_str()))
            && self.mistakes.is_empty()
        {
            self.about(set, &format!("Dazu fehlt {missing}"));
        }
        let issuer = key("issuer");
        if let Some((address, _)) = self.values.get(issuer.as_str())
            && let Some(host) = address.strip_prefix("http://")
            && !["localhost", "127.0.0.1"].contains(&host.split(['/', ':']).next().unwrap_or_default())
        {
            self.about(
                &issuer,
                "Unverschlüsselt geht das nur zu diesem Rechner selbst; die Adresse beginnt mit https://",
            );
        }
    }

    /// What fits together, and the whole.
    fn finish(mut self) -> Result<Config, Mistakes> {
        let has = |r: &Reading, key: &str| r.values.contains_key(key);
        if has(&self, "smtp.host") {
            if !has(&self, "smtp.from") && self.mistakes.is_empty() {
                self.about("smtp.host", "Dazu fehlt smtp.from, die Anschrift, von der Mails kommen");
            }
            for (one, other) in [("smtp.user", "smtp.password"), ("smtp.password", "smtp.user")] {
                if has(&self, one) && !has(&self, other) && self.mistakes.is_empty() {
                    self.about(one, &format!("Dazu fehlt {other}"));
                }
            }
            let value = |key: &str| self.values.get(key).map_or("", |(v, _)| v.as_str());
            let loopback = ["127.0.0.1", "::1", "localhost"].contains(&value("smtp.host"));
            if value("smtp.security") == "none" && !loopback {
                self.about(
                    "smtp.security",
                    "Unverschlüsselt geht Mail nur zu diesem Rechner selbst; möglich sind starttls und tls",
                );
            }
        } else if let Some(key) = self.values.keys().copied().find(|k| k.starts_with("smtp."))
            && self.mistakes.is_empty()
        {
            self.about(key, "Dazu fehlt smtp.host, der Server für Mail");
        }
        for section in ["oidc", ACCOUNT_OIDC[0].1, ACCOUNT_OIDC[1].1] {
            self.provider_whole(section);
        }
        if matches!(self.values.get("root_key"), Some((_, Origin::File(..)))) {
            self.about(
                "root_key",
                "Der Hauptschlüssel steht nicht in dieser Datei; nennen Sie ihn als KOMMUNAL_ROOT_KEY oder mit root_key_file seinen Ort",
            );
        }
        let sources: Vec<&str> = ["root_key_file", "root_key", "root_key_command"]
            .into_iter()
            .filter(|key| has(&self, key))
            .collect();
        if let [first, second, ..] = sources[..]
            && self.mistakes.is_empty()
        {
            self.about(
                second,
                &format!("Der Hauptschlüssel hat eine Quelle; auch {first} ist gesetzt"),
            );
        }
        if !self.mistakes.is_empty() {
            return Err(Mistakes(self.mistakes));
        }
        let origins = self.values.iter().map(|(k, (_, o))| (*k, o.clone())).collect();
        let mut values: BTreeMap<&str, String> = self.values.into_iter().map(|(k, (v, _))| (k, v)).collect();
        let mut take = |key: &str| {
            let default = || settings::by_key(key).and_then(|s| s.default).map(str::to_owned);
            values.remove(key).or_else(default)
        };
        let need = |value: Option<String>| value.unwrap_or_default();
        let smtp = take("smtp.host").map(|host| Smtp {
            host,
            port: take("smtp.port").and_then(|p| p.parse().ok()).unwrap_or(587),
            user: take("smtp.user"),
            password: take("smtp.password").map(Secret),
            from: need(take("smtp.from")),
            security: need(take("smtp.security")),
        });
        let oidc = take("oidc.issuer").map(|issuer| Oidc {
            issuer,
            client_id: need(take("oidc.client_id")),
            client_secret: Secret(need(take("oidc.client_secret"))),
            name: need(take("oidc.name")),
            acr: need(take("oidc.acr")).split_whitespace().map(str::to_owned).collect(),
        });
        let mut account_oidc = Vec::new();
        for (id, section) in ACCOUNT_OIDC {
            let mut of = |key: &str| take(&format!("{section}.{key}"));
            if let Some(issuer) = of("issuer") {
                account_oidc.push(AccountOidc {
                    id,
                    issuer,
                    client_id: need(of("client_id")),
                    client_secret: Secret(need(of("client_secret"))),
                    name: need(of("name")),
                    scopes: need(of("scopes")).split_whitespace().map(str::to_owned).collect(),
                    levels: levels(&need(of("acr"))),
                    claims: claims(&need(of("claims"))),
                });
            }
        }
        let clamd_address = take("clamd");
        let operator = Office {
            name: need(take("operator.name")),
            street: need(take("operator.address")),
            phone: need(take("operator.phone")),
            email: need(take("operator.email")),
            data_officer: need(take("operator.data_officer")),
            keeping: need(take("operator.keeping")),
            ..Office::default()
        };
        Ok(Config {
            listen: need(take("listen")),
            data: need(take("data")).into(),
            database: take("database").map(Secret),
            database_migrate: take("database_migrate").map(Secret),
            base_url: take("base_url"),
            root_key_file: take("root_key_file").map(PathBuf::from),
            root_key: take("root_key").map(Secret),
            root_key_command: take("root_key_command"),
            smtp,
            oidc,
            account_oidc,
            operator,
            trusted_proxies: need(take("trusted_proxies"))
                .split(", ")
                .filter_map(|a| a.parse().ok())
                .collect(),
            backup_dir: take("backup_dir").map(PathBuf::from),
            backup_max_age_hours: need(take("backup_max_age_hours")).parse().unwrap_or(26),
            backup_keep: need(take("backup_keep")).parse().unwrap_or(14),
            clamd: clamd_address.as_deref().and_then(papers::Scanner::read),
            clamd_address,
            log: need(take("log")),
            origins,
        })
    }
}

/// `oidc_person.name` → `person` and `name`.
fn of_account(key: &str) -> Option<(&'static str, &str)> {
    let (section, rest) = key.split_once('.')?;
    let (id, _) = ACCOUNT_OIDC.into_iter().find(|(_, s)| *s == section)?;
    Some((id, rest))
}

impl AccountOidc {
    /// The value of its setting, as it is written.
    fn setting(&self, key: &str) -> Option<String> {
        let pairs = |list: Vec<String>| (!list.is_empty()).then(|| list.join(" "));
        match key {
            "issuer" => Some(self.issuer.clone()),
            "client_id" => Some(self.client_id.clone()),
            "client_secret" => Some(String::new()),
            "name" => Some(self.name.clone()),
            "scopes" => pairs(self.scopes.clone()),
            "acr" => pairs(
                self.levels
                    .iter()
                    .map(|(word, level)| format!("{word}={}", level.german()))
                    .collect(),
            ),
            "claims" => pairs(
                self.claims
                    .iter()
                    .map(|(ours, path)| format!("{ours}={path}"))
                    .collect(),
            ),
            _ => None,
        }
    }
}

fn levels(text: &str) -> Vec<(String, Assurance)> {
    let pairs = text.split_whitespace().filter_map(|pair| pair.rsplit_once('='));
    pairs
        .filter_map(|(word, level)| Some((word.to_owned(), Assurance::read_german(level)?)))
        .collect()
}

fn claims(text: &str) -> Vec<(String, String)> {
    let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
    pairs.map(|(ours, path)| (ours.to_owned(), path.to_owned())).collect()
}

/// A value of the file as the text that the environment would hold.
fn from_file(setting: &Setting, leaf: &Leaf) -> Result<String, String> {
    let wrong = |wanted: &str| Err(format!("Hier steht {}, erwartet wird {wanted}", leaf.noun));
    match (setting.kind, &leaf.value) {
        (Kind::Port | Kind::Count, Value::Number(n)) => Ok(n.to_string()),
        (Kind::Count, _) => wrong("eine ganze Zahl, zum Beispiel 26"),
        (Kind::Port, _) => wrong("eine ganze Zahl, zum Beispiel 587"),
        (Kind::Addresses, Value::Array(list)) => {
            let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
            texts.map_or_else(|| wrong("eine Liste aus Texten"), |t| Ok(t.join(",")))
        }
        (Kind::Addresses, _) => wrong("eine Liste, zum Beispiel [\"10.0.0.5\"]"),
        (_, Value::String(text)) => Ok(text.clone()),
        _ => wrong("ein Text in Anführungszeichen"),
    }
}
