//! `kommunal authority export`, `import` and `erase`, as an operator runs them: from files to PostgreSQL and back, where
//! a server is named.

use std::fs;

use crate::{Folder, database};

/// The value of a line that begins so.
fn line<'a>(out: &'a str, begins: &str) -> &'a str {
    let found = out.lines().find_map(|l| l.strip_prefix(begins));
    found.unwrap_or_else(|| panic!("no {begins} in {out}")).trim()
}

pub(crate) fn ok(folder: &Folder, args: &[&str], env: &[(&str, &str)]) -> String {
    let (code, out, err) = folder.run(args, env);
    assert!((code, err.as_str()) == (0, ""), "{args:?}: {out}{err}");
    out
}

pub(crate) fn refused(folder: &Folder, args: &[&str], env: &[(&str, &str)], what: &str) {
    let (code, _, err) = folder.run(args, env);
    assert!(
        code == 1 && err.lines().count() == 1 && err.contains(what),
        "{args:?}: {err}"
    );
}

/// Exports into a file; its digest. The code lies in a file beside it.
fn export(folder: &Folder, file: &str, env: &[(&str, &str)]) -> String {
    let out = ok(folder, &["authority", "export", "nobitz", file], env);
    fs::write(folder.0.join(format!("{file}.code")), line(&out, "Code der Datei:")).expect("the code");
    line(&out, "Prüfwert:").to_owned()
}

fn import(folder: &Folder, file: &str, env: &[(&str, &str)]) -> String {
    let code = format!("{file}.code");
    let out = ok(folder, &["authority", "import", file, "--passphrase-file", &code], env);
    line(&out, "Prüfwert:").to_owned()
}

pub(crate) const ADD: [&str; 7] = ["authority", "add", "16077036", "--lead", "a@b.example", "--name", "A B"];

#[test]
fn an_authority_moves_between_engines_with_the_same_digest_and_is_erased() {
    let (here, there) = (Folder::new("carry-here"), Folder::new("carry-there"));
    ok(&here, &ADD, &[]);
    let digest = export(&here, "amt.age", &[]);
    refused(
        &here,
        &["authority", "export", "nobitz", "amt.age"],
        &[],
        "lässt sich nicht anlegen",
    );
    refused(
        &here,
        &["authority", "export", "gibts-nicht", "x.age"],
        &[],
        "gibt es hier nicht",
    );
    assert!(!here.0.join("x.age").exists(), "nothing half is left");
    let import_here = ["authority", "import", "amt.age", "--passphrase-file", "amt.age.code"];
    refused(&here, &import_here, &[], "gibt es hier schon");
    for file in ["amt.age", "amt.age.code"] {
        fs::copy(here.0.join(file), there.0.join(file)).expect("carried");
    }
    fs::write(there.0.join("falsch"), "falsches Kennwort").expect("a file");
    refused(
        &there,
        &["authority", "import", "amt.age", "--passphrase-file", "falsch"],
        &[],
        "nicht öffnen",
    );
    assert_eq!(import(&there, "amt.age", &[]), digest);
    assert_eq!(export(&there, "zurueck.age", &[]), digest);

    if let Some((server, host, name)) = database("carry") {
        let address = |role: &str| format!("postgres://{role}@{}/{name}", host.replace('/', "%2F"));
        let [app, owner] = ["kommunal_app", "kommunal_owner"].map(address);
        let env = [
            ("KOMMUNAL_DATABASE", app.as_str()),
            ("KOMMUNAL_DATABASE_MIGRATE", &owner),
            ("KOMMUNAL_ROOT_KEY_FILE", "pg.schluessel"),
        ];
        assert_eq!(import(&there, "amt.age", &env), digest, "SQLite → PostgreSQL");
        assert_eq!(export(&there, "pg.age", &env), digest, "and out again");
        let erase = ["authority", "erase", "nobitz", "--yes", "nobitz"];
        refused(&there, &erase, &env[..1], "passt nicht zu diesen Daten");
        refused(&there, &erase, &[env[0], env[2]], "database_migrate");
        let out = ok(&there, &erase, &env);
        assert!(out.contains("Tabellen: keine Zeile") && !out.contains("OFFEN"), "{out}");
        assert_eq!(import(&there, "pg.age", &env), digest, "back from its own file");
        crate::sql(&server, &[&format!("drop database {name} with (force)")]);
    }

    refused(
        &here,
        &["authority", "erase", "nobitz", "--yes", "noblitz"],
        &[],
        "Nichts wurde gelöscht",
    );
    ok(&here, &[&ADD[..4], &["c@d.example"], &ADD[5..]].concat(), &[]);
    let erase = ["authority", "erase", "nobitz", "--yes", "nobitz", "--exported", &digest];
    refused(&here, &erase, &[], "kam etwas hinzu");
    let digest = export(&here, "neu.age", &[]);
    let out = ok(
        &here,
        &["authority", "erase", "nobitz", "--yes", "nobitz", "--exported", &digest],
        &[],
    );
    assert!(
        out.contains("seine Bytes stehen weder in") && !out.contains("OFFEN"),
        "{out}"
    );
    assert!(!here.0.join("data/tenants/nobitz.db").exists());
    refused(&here, &erase, &[], "gibt es hier nicht");
    ok(&here, &["doctor"], &[]);
}

#[test]
fn a_key_of_age_or_own_words_seal_it_too() {
    let folder = Folder::new("carry-keys");
    ok(&folder, &ADD, &[]);
    fs::write(folder.0.join("kurz"), "zu kurz\n").expect("a file");
    fs::write(folder.0.join("worte"), "vier Worte und ein Löffel\n").expect("a file");
    let export = ["authority", "export", "nobitz", "a.age"];
    refused(
        &folder,
        &[&export[..], &["--passphrase-file", "kurz"]].concat(),
        &[],
        "weniger als 12",
    );
    refused(
        &folder,
        &[&export[..], &["--recipient", "age1falsch"]].concat(),
        &[],
        "age1",
    );
    // From the documentation of age: a key pair for examples.
    let (public, secret) = (
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
    );
    fs::write(folder.0.join("key"), format!("# created\n{secret}\n")).expect("a key");
    ok(&folder, &[&export[..], &["--recipient", public]].concat(), &[]);
    ok(
        &folder,
        &["authority", "export", "nobitz", "b.age", "--passphrase-file", "worte"],
        &[],
    );
    ok(&folder, &["authority", "erase", "nobitz", "--yes", "nobitz"], &[]);
    ok(&folder, &["authority", "import", "a.age", "--identity", "key"], &[]);
    ok(&folder, &["authority", "erase", "nobitz", "--yes", "nobitz"], &[]);
    ok(
        &folder,
        &["authority", "import", "b.age", "--passphrase-file", "worte"],
        &[],
    );
}
