//! Settings from file and environment, and every kind of mistake at its place.

use super::*;

/// A file of its own for one test; removed at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> File {
        let path = std::env::temp_dir().join(format!("kommunal-config-{}-{name}.toml", std::process::id()));
        std::fs::write(&path, text).expect("temporary file");
        File(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// Mistakes with the file's own name cut to `f`.
fn mistakes(name: &str, text: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    let file = File::new(name, text);
    let shown = file.0.display().to_string();
    let Mistakes(lines) = Config::load(Some(&file.0), &env(pairs)).expect_err("has mistakes");
    lines.iter().map(|l| l.replace(&shown, "f")).collect()
}

#[test]
fn the_environment_lies_over_the_file_and_both_over_the_defaults() {
    let file = File::new(
        "over",
        "data = \"/var/lib/kommunal\"\nbase_url = \"https://antrag.example.de/\"\ntrusted_proxies = [\"10.0.0.5\", \"::1\"]\n[smtp]\nhost = \"mail.example.de\"\nport = 465\nfrom = \"Rathaus <post@example.de>\"\nsecurity = \"tls\"\n",
    );
    let set = env(&[
        ("KOMMUNAL_SMTP_PORT", "2525"),
        ("KOMMUNAL_LISTEN", "[::]:80"),
        ("KOMMUNAL_LOG", ""),
    ]);
    let config = Config::load(Some(&file.0), &set).expect("right");
    assert_eq!(config.listen, "[::]:80");
    assert_eq!(config.data, PathBuf::from("/var/lib/kommunal"));
    assert_eq!(config.base_url.as_deref(), Some("https://antrag.example.de"));
    assert_eq!(config.trusted_proxies.len(), 2);
    assert_eq!(
        config.log,
        settings::by_key("log").and_then(|s| s.default).expect("default")
    );
    let smtp = config.smtp.expect("smtp");
    assert_eq!(
        (smtp.host.as_str(), smtp.port, smtp.security.as_str()),
        ("mail.example.de", 2525, "tls")
    );
    let bare = Config::load(None, &env(&[("KOMMUNAL_TEST_PG", "x")])).expect("nothing set is right");
    assert_eq!((bare.listen.as_str(), bare.smtp.is_none()), ("127.0.0.1:8080", true));
}

#[test]
fn every_mistake_of_the_file_is_told_at_its_place_with_the_word_that_was_meant() {
    let text = "listen = \"8080\"\nbase_ulr = \"x\"\nlog = 3\n\n[smtp]\nhost = \"mail.example.de\"\nport = \"587\"\nsecurty = \"tls\"\n";
    assert_eq!(
        mistakes("places", text, &[]),
        [
            "f:1:10: listen: „8080“ ist keine Adresse mit Anschluss; Beispiel: 127.0.0.1:8080",
            "f:2:1: Die Einstellung „base_ulr“ gibt es nicht; gemeint ist vielleicht: „base_url“",
            "f:3:7: log: Hier steht eine ganze Zahl, erwartet wird ein Text in Anführungszeichen",
            "f:7:8: smtp.port: Hier steht ein Text, erwartet wird eine ganze Zahl, zum Beispiel 587",
            "f:8:1: Die Einstellung „smtp.securty“ gibt es nicht; gemeint ist vielleicht: „smtp.security“",
        ]
    );
    assert_eq!(
        mistakes("syntax", "listen = \n", &[])[0],
        "f:1:10: Schreibfehler in TOML: Ein Text steht in Anführungszeichen"
    );
}

#[test]
fn a_mistake_of_the_environment_names_its_variable() {
    let found = mistakes(
        "env",
        "",
        &[
            ("KOMMUNAL_LISTN", "x"),
            ("KOMMUNAL_SMTP_PORT", "70000"),
            ("KOMMUNAL_TRUSTED_PROXIES", "10.0.0.5, mein-proxy"),
        ],
    );
    assert_eq!(
        found,
        [
            "KOMMUNAL_LISTN: Diese Einstellung gibt es nicht; gemeint ist vielleicht: „KOMMUNAL_LISTEN“",
            "KOMMUNAL_SMTP_PORT: „70000“ ist kein Anschluss von 1 bis 65535; Beispiel: 587",
            "KOMMUNAL_TRUSTED_PROXIES: „mein-proxy“ ist keine Netzadresse; Beispiel: 10.0.0.5",
        ]
    );
}

#[test]
fn settings_that_need_each_other_are_asked_for() {
    let half = "[smtp]\nhost = \"mail.example.de\"\n";
    assert_eq!(
        mistakes("from", half, &[]),
        ["f:2:8: smtp.host: Dazu fehlt smtp.from, die Anschrift, von der Mails kommen"]
    );
    let open = "[smtp]\nhost = \"mail.example.de\"\nfrom = \"a@example.de\"\nsecurity = \"none\"\n";
    assert_eq!(mistakes("open", open, &[]).len(), 1);
    let alone = mistakes("alone", "", &[("KOMMUNAL_SMTP_FROM", "a@example.de")]);
    assert_eq!(alone, ["KOMMUNAL_SMTP_FROM: Dazu fehlt smtp.host, der Server für Mail"]);
    let user = mistakes("user", &format!("{half}from = \"a@example.de\"\nuser = \"u\"\n"), &[]);
    assert_eq!(user, ["f:4:8: smtp.user: Dazu fehlt smtp.password"]);
}

#[test]
fn the_root_key_has_one_source_and_stands_in_no_settings_file() {
    let key = "0f".repeat(32);
    let load = |pairs: &[(&str, &str)]| Config::load(None, &env(pairs));
    let config = load(&[("KOMMUNAL_ROOT_KEY", &key)]).expect("right");
    assert!(config.root_key.is_some() && !format!("{config:?}{:?}", config.lines()).contains(&key));
    let Mistakes(two) = load(&[("KOMMUNAL_ROOT_KEY", &key), ("KOMMUNAL_ROOT_KEY_COMMAND", "cat x")]).expect_err("two");
    assert_eq!(
        two,
        ["KOMMUNAL_ROOT_KEY_COMMAND: Der Hauptschlüssel hat eine Quelle; auch root_key ist gesetzt"]
    );
    let Mistakes(short) = load(&[("KOMMUNAL_ROOT_KEY", &key[1..])]).expect_err("short");
    assert!(
        short[0].contains("weder 64 Hexziffern") && !short[0].contains(&key[1..]),
        "{short:?}"
    );
    let file = mistakes("key", &format!("root_key = \"{key}\"\n"), &[]);
    assert!(
        file[0].contains("steht nicht in dieser Datei") && !file[0].contains(&key),
        "{file:?}"
    );
}

#[test]
fn secrets_are_never_shown() {
    let set = env(&[
        ("KOMMUNAL_DATABASE", "postgres://kommunal:geheim1@db/kommunal"),
        ("KOMMUNAL_DATABASE_MIGRATE", "postgres://owner:geheim4@db/kommunal"),
        ("KOMMUNAL_SMTP_HOST", "mail.example.de"),
        ("KOMMUNAL_SMTP_FROM", "a@example.de"),
        ("KOMMUNAL_SMTP_USER", "u"),
        ("KOMMUNAL_SMTP_PASSWORD", "geheim2"),
    ]);
    let config = Config::load(None, &set).expect("right");
    let shown = format!("{}\n{config:?}", config.lines().join("\n"));
    assert!(
        !["geheim1", "geheim2", "geheim4"]
            .iter()
            .any(|secret| shown.contains(secret)),
        "{shown}"
    );
    assert!(shown.contains("KOMMUNAL_DATABASE"), "{shown}");
    let Mistakes(wrong) = Config::load(None, &env(&[("KOMMUNAL_DATABASE", "mysql://geheim3")])).expect_err("wrong");
    assert!(!wrong[0].contains("geheim3"), "{wrong:?}");
}

#[test]
fn providers_for_applicants_are_whole_and_name_known_levels() {
    let whole = [
        ("KOMMUNAL_OIDC_PERSON_ISSUER", "https://id.example.de/realms/bund"),
        ("KOMMUNAL_OIDC_PERSON_CLIENT_ID", "kommunal"),
        ("KOMMUNAL_OIDC_PERSON_CLIENT_SECRET", "geheim5"),
        ("KOMMUNAL_OIDC_PERSON_ACR", "https://a=b/2=substanziell loa-3=hoch"),
        ("KOMMUNAL_OIDC_PERSON_CLAIMS", "name=display_name town=address.locality"),
    ];
    let config = Config::load(None, &env(&whole)).expect("right");
    let [person] = &config.account_oidc[..] else {
        panic!("{:?}", config.account_oidc)
    };
    assert_eq!((person.id, person.name.as_str()), ("person", "BundID"));
    assert_eq!(person.levels[0], ("https://a=b/2".to_owned(), Assurance::Substantial));
    assert_eq!(person.claims[1], ("town".to_owned(), "address.locality".to_owned()));
    assert_eq!(person.scopes, ["profile", "email", "address"]);
    let shown = format!("{}\n{config:?}", config.lines().join("\n"));
    assert!(shown.contains("loa-3=hoch") && !shown.contains("geheim5"), "{shown}");

    let wrong = |key: &str, value: &str| {
        let mut set = env(&whole);
        set.insert(key.to_owned(), value.to_owned());
        let Mistakes(lines) = Config::load(None, &set).expect_err(value);
        lines.join("\n")
    };
    for (key, value, says) in [
        (
            "KOMMUNAL_OIDC_PERSON_ACR",
            "loa-2=mittel",
            "„loa-2=mittel“ nennt kein Vertrauensniveau",
        ),
        ("KOMMUNAL_OIDC_PERSON_ACR", "=hoch", "nennt kein Vertrauensniveau"),
        (
            "KOMMUNAL_OIDC_PERSON_CLAIMS",
            "shoe=size",
            "„shoe=size“ ist keine Angabe",
        ),
        ("KOMMUNAL_OIDC_PERSON_CLIENT_ID", "", "Dazu fehlt oidc_person.client_id"),
        (
            "KOMMUNAL_OIDC_PERSON_ISSUER",
            "http://id.example.de",
            "die Adresse beginnt mit https://",
        ),
        (
            "KOMMUNAL_OIDC_ORGANISATION_NAME",
            "ELSTER",
            "Dazu fehlt oidc_organisation.issuer",
        ),
    ] {
        let said = wrong(key, value);
        assert!(said.contains(says), "{key}={value}: {said}");
    }
}

#[test]
fn the_documentation_names_every_setting_with_its_variable_and_default() {
    let docs = include_str!("../../../../docs/configuration.md");
    for setting in SETTINGS {
        let row = docs
            .lines()
            .find(|l| l.starts_with(&format!("| `{}` |", setting.key)))
            .unwrap_or_else(|| panic!("docs/configuration.md lacks {}", setting.key));
        assert!(row.contains(&setting.env()), "{row}");
        assert!(setting.default.is_none_or(|d| row.contains(&format!("`{d}`"))), "{row}");
    }
}
