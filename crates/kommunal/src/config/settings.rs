//! Which settings there are and what values they take.

use std::net::IpAddr;

use lettre::message::Mailbox;
use schema::Assurance;
use tracing_subscriber::EnvFilter;

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Key in the file: `smtp.host`.
    pub key: &'static str,
    pub kind: Kind,
    /// Never shown.
    pub secret: bool,
    pub default: Option<&'static str>,
    /// What holds when it is not set and has no default.
    pub unset: &'static str,
}

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Host and port.
    Listen,
    Path,
    /// The key itself.
    RootKey,
    Database,
    Url,
    /// Kept as it is written: the provider compares it letter by letter.
    Issuer,
    Addresses,
    Log,
    Host,
    Port,
    /// A whole number from 1 on.
    Count,
    Text,
    /// Words with blanks between them.
    Words,
    /// Words of a provider, each with the level of assurance that it stands for: `loa-2=substanziell`.
    Levels,
    /// What we ask for, each with where a provider says it: `town=address.locality`.
    Claims,
    Mail,
    Security,
    /// Where a scanner listens.
    Scanner,
}

const fn setting(key: &'static str, kind: Kind, default: Option<&'static str>, unset: &'static str) -> Setting {
    Setting {
        key,
        kind,
        secret: matches!(kind, Kind::Database | Kind::RootKey),
        default,
        unset,
    }
}

const UNUSED_PERSON: &str = "ohne oidc_person.issuer unbenutzt";
const UNUSED_ORGANISATION: &str = "ohne oidc_organisation.issuer unbenutzt";
const NO_LEVEL: &str = "kein Vertrauensniveau gilt als bestätigt";
const SCOPES: &str = "profile email address";
/// Where the standard (OpenID Connect Core, 5.1) puts them.
const CLAIMS: &str = "name=name given_name=given_name family_name=family_name email=email street=address.street_address postal_code=address.postal_code town=address.locality organisation=organization";
/// What a provider may be asked for.
const CLAIM_NAMES: [&str; 8] = [
    "name",
    "given_name",
    "family_name",
    "email",
    "street",
    "postal_code",
    "town",
    "organisation",
];

/// Every setting, in the order of the documentation.
pub const SETTINGS: &[Setting] = &[
    setting("listen", Kind::Listen, Some("127.0.0.1:8080"), ""),
    setting("data", Kind::Path, Some("data"), ""),
    setting("root_key_file", Kind::Path, None, "neben dem Ordner der Daten"),
    setting("root_key", Kind::RootKey, None, "aus der Datei"),
    setting("root_key_command", Kind::Text, None, "aus der Datei"),
    setting("database", Kind::Database, None, "Dateien im Ordner der Daten"),
    setting(
        "database_migrate",
        Kind::Database,
        None,
        "die Rolle aus database, wenn sie Tabellen anlegen darf",
    ),
    setting("base_url", Kind::Url, None, "http:// und listen"),
    setting(
        "trusted_proxies",
        Kind::Addresses,
        None,
        "keinem Vermittler wird geglaubt",
    ),
    setting("backup_dir", Kind::Path, None, "der Arbeiter sichert nicht"),
    setting("backup_max_age_hours", Kind::Count, Some("26"), ""),
    setting("backup_keep", Kind::Count, Some("14"), ""),
    setting(
        "clamd",
        Kind::Scanner,
        None,
        "Dateien werden nicht auf Schadprogramme geprüft",
    ),
    setting(
        "log",
        Kind::Log,
        Some("warn,kommunal=info,web=info,jobs=info,store=info"),
        "",
    ),
    setting("smtp.host", Kind::Host, None, "Mails bleiben im Postausgang"),
    setting("smtp.port", Kind::Port, Some("587"), "ohne smtp.host unbenutzt"),
    setting("smtp.user", Kind::Text, None, "ohne Anmeldung"),
    Setting {
        secret: true,
        ..setting("smtp.password", Kind::Text, None, "ohne Anmeldung")
    },
    setting("smtp.from", Kind::Mail, None, "ohne smtp.host unbenutzt"),
    setting(
        "smtp.security",
        Kind::Security,
        Some("starttls"),
        "ohne smtp.host unbenutzt",
    ),
    setting("oidc.issuer", Kind::Issuer, None, "Anmelden mit Passkey oder Passwort"),
    setting("oidc.client_id", Kind::Text, None, "ohne oidc.issuer unbenutzt"),
    Setting {
        secret: true,
        ..setting("oidc.client_secret", Kind::Text, None, "ohne oidc.issuer unbenutzt")
    },
    setting(
        "oidc.name",
        Kind::Text,
        Some("Landeskonto"),
        "ohne oidc.issuer unbenutzt",
    ),
    setting("oidc.acr", Kind::Text, None, "danach ist es wie nach dem Passwort"),
    setting(
        "oidc_person.issuer",
        Kind::Issuer,
        None,
        "Personen melden sich mit einem Link per E-Mail an",
    ),
    setting("oidc_person.client_id", Kind::Text, None, UNUSED_PERSON),
    Setting {
        secret: true,
        ..setting("oidc_person.client_secret", Kind::Text, None, UNUSED_PERSON)
    },
    setting("oidc_person.name", Kind::Text, Some("BundID"), UNUSED_PERSON),
    setting("oidc_person.scopes", Kind::Words, Some(SCOPES), UNUSED_PERSON),
    setting("oidc_person.acr", Kind::Levels, None, NO_LEVEL),
    setting("oidc_person.claims", Kind::Claims, Some(CLAIMS), UNUSED_PERSON),
    setting(
        "oidc_organisation.issuer",
        Kind::Issuer,
        None,
        "Vereine und Betriebe melden sich mit einem Link per E-Mail an",
    ),
    setting("oidc_organisation.client_id", Kind::Text, None, UNUSED_ORGANISATION),
    Setting {
        secret: true,
        ..setting("oidc_organisation.client_secret", Kind::Text, None, UNUSED_ORGANISATION)
    },
    setting(
        "oidc_organisation.name",
        Kind::Text,
        Some("Mein Unternehmenskonto"),
        UNUSED_ORGANISATION,
    ),
    setting(
        "oidc_organisation.scopes",
        Kind::Words,
        Some(SCOPES),
        UNUSED_ORGANISATION,
    ),
    setting("oidc_organisation.acr", Kind::Levels, None, NO_LEVEL),
    setting(
        "oidc_organisation.claims",
        Kind::Claims,
        Some(CLAIMS),
        UNUSED_ORGANISATION,
    ),
    setting(
        "operator.name",
        Kind::Text,
        None,
        "ein Amt des Landes, wenn es eines gibt",
    ),
    setting(
        "operator.address",
        Kind::Text,
        None,
        "auf den Seiten steht, dass sie fehlt",
    ),
    setting("operator.phone", Kind::Text, None, "steht nicht auf den Seiten"),
    setting("operator.email", Kind::Mail, None, "steht nicht auf den Seiten"),
    setting(
        "operator.data_officer",
        Kind::Text,
        None,
        "auf den Seiten steht, dass es fehlt",
    ),
    setting(
        "operator.keeping",
        Kind::Text,
        None,
        "auf den Seiten steht, dass es fehlt",
    ),
];

/// The setting with this key.
pub fn by_key(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|s| s.key == key)
}

impl Setting {
    /// Its variable: `KOMMUNAL_SMTP_HOST`.
    pub fn env(&self) -> String {
        format!("KOMMUNAL_{}", self.key.replace('.', "_").to_uppercase())
    }
}

impl Kind {
    /// The value in its one form, or what is wrong with it. A wrong secret is not repeated.
    ///
    /// # Errors
    /// One German sentence with an example.
    pub fn read(self, raw: &str) -> Result<String, String> {
        let text = raw.trim();
        if text.is_empty() {
            return Err("Der Wert ist leer".to_owned());
        }
        let ok = || Ok(text.to_owned());
        match self {
            Kind::Listen => match text.rsplit_once(':') {
                Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => ok(),
                _ => Err(format!(
                    "„{text}“ ist keine Adresse mit Anschluss; Beispiel: 127.0.0.1:8080"
                )),
            },
            Kind::Database if text.starts_with("postgres://") || text.starts_with("postgresql://") => ok(),
            Kind::Database => {
                Err("Die Adresse beginnt mit postgres://; Beispiel: postgres://kommunal@db/kommunal".to_owned())
            }
            Kind::Issuer => match Kind::Url.read(text) {
                Ok(_) => ok(),
                Err(_) => Err(format!(
                    "„{text}“ ist keine Adresse eines Anbieters; Beispiel: https://konto.example.de"
                )),
            },
            Kind::Url => {
                let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
                let bare = |rest: &str| !rest.is_empty() && !rest.contains(['?', '#', ' ', '@']);
                match rest.map(|r| r.trim_end_matches('/')) {
                    Some(rest) if bare(rest) => Ok(text.trim_end_matches('/').to_owned()),
                    _ => Err(format!(
                        "„{text}“ ist keine Adresse von Seiten; Beispiel: https://antrag.example.de"
                    )),
                }
            }
            Kind::Addresses => {
                let list: Vec<&str> = text.split(',').map(str::trim).filter(|a| !a.is_empty()).collect();
                match list.iter().find(|a| a.parse::<IpAddr>().is_err()) {
                    Some(wrong) => Err(format!("„{wrong}“ ist keine Netzadresse; Beispiel: 10.0.0.5")),
                    None => Ok(list.join(", ")),
                }
            }
            Kind::Log => match EnvFilter::try_new(text) {
                Ok(_) => ok(),
                Err(_) => Err(format!(
                    "„{text}“ ist kein Maß für das Protokoll; Beispiel: info oder warn,web=debug"
                )),
            },
            Kind::Host if text.contains([':', '/', '@', ' ']) && text.parse::<IpAddr>().is_err() => Err(format!(
                "„{text}“ ist kein Name eines Servers; Beispiel: mail.example.de"
            )),
            Kind::Port => match text.parse::<u16>() {
                Ok(port) if port > 0 => Ok(port.to_string()),
                _ => Err(format!("„{text}“ ist kein Anschluss von 1 bis 65535; Beispiel: 587")),
            },
            Kind::Count => match text.parse::<u16>() {
                Ok(n) if n > 0 => Ok(n.to_string()),
                _ => Err(format!("„{text}“ ist keine ganze Zahl von 1 bis 65535; Beispiel: 26")),
            },
            Kind::Mail => match text.parse::<Mailbox>() {
                Ok(_) => ok(),
                Err(_) => Err(format!(
                    "„{text}“ ist keine Anschrift für Mail; Beispiel: Rathaus <post@example.de>"
                )),
            },
            Kind::Security => match text {
                "tls" | "starttls" | "none" => ok(),
                _ => Err(format!("„{text}“ gibt es nicht; möglich sind starttls, tls und none")),
            },
            Kind::Words => Ok(text.split_whitespace().collect::<Vec<_>>().join(" ")),
            Kind::Levels => {
                for pair in text.split_whitespace() {
                    let level = pair.rsplit_once('=').filter(|(word, _)| !word.is_empty());
                    if level.is_none_or(|(_, level)| Assurance::read_german(level).is_none()) {
                        return Err(format!(
                            "„{pair}“ nennt kein Vertrauensniveau; möglich sind basis, niedrig, substanziell und hoch, Beispiel: loa-2=substanziell"
                        ));
                    }
                }
                Kind::Words.read(text)
            }
            Kind::Claims => {
                for pair in text.split_whitespace() {
                    let known = pair.split_once('=').filter(|(_, path)| !path.is_empty());
                    if !known.is_some_and(|(ours, _)| CLAIM_NAMES.contains(&ours)) {
                        return Err(format!(
                            "„{pair}“ ist keine Angabe, nach der gefragt wird; möglich sind {}, Beispiel: town=address.locality",
                            CLAIM_NAMES.join(", ")
                        ));
                    }
                }
                Kind::Words.read(text)
            }
            Kind::RootKey => match store::RootKey::parse_all(text) {
                Ok(_) => ok(),
                Err(what) => Err(what.to_string().trim_end_matches('.').to_owned()),
            },
            Kind::Scanner => match papers::Scanner::read(text) {
                Some(_) => ok(),
                None => Err(format!(
                    "„{text}“ ist kein Ort von clamd auf diesem Rechner; Beispiel: unix:/run/clamav/clamd.ctl oder tcp:127.0.0.1:3310"
                )),
            },
            Kind::Path | Kind::Host => ok(),
            // A password may begin or end with a blank.
            Kind::Text => Ok(raw.to_owned()),
        }
    }
}
