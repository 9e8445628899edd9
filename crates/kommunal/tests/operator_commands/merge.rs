//! `kommunal authority merge`, as an operator runs it: what it says first, what it refuses, and that nothing is left.

use crate::carry::{ADD, ok, refused};
use crate::{Folder, database};

const INTO: [&str; 7] = ["authority", "add", "16077001", "--lead", "c@d.example", "--name", "C D"];
const MERGE: [&str; 4] = ["authority", "merge", "nobitz", "altenburg"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&MERGE, more].concat()
}

fn merges(folder: &Folder, env: &[(&str, &str)]) {
    ok(folder, &ADD, env);
    refused(folder, &MERGE, env, "Ein Amt „altenburg“ gibt es hier nicht");
    ok(folder, &INTO, env);
    let (code, _, err) = folder.run(&["authority", "merge", "nobitz"], env);
    assert_eq!(code, 2, "a missing name is a wrong call: {err}");
    let (code, _, err) = folder.run(&with(&["--dry-run", "--yes", "nobitz"]), env);
    assert_eq!(code, 2, "{err}");
    refused(
        folder,
        &["authority", "merge", "nobitz", "nobitz"],
        env,
        "zweimal dasselbe Amt",
    );
    refused(
        folder,
        &["authority", "merge", "gibts-nicht", "nobitz"],
        env,
        "gibt es hier nicht",
    );
    let district = ["authority", "add", "16077", "--lead", "e@f.example", "--name", "E F"];
    ok(folder, &district, env);
    refused(
        folder,
        &["authority", "merge", "nobitz", "lk-altenburger-land", "--dry-run"],
        env,
        "entscheiden über Verschiedenes",
    );
    let hand_over = |rest: &[&'static str]| [&["authority", "hand-over"], rest].concat();
    let (code, _, err) = folder.run(&hand_over(&["16077036", "altenburg"]), env);
    assert_eq!(code, 2, "{err}");
    refused(
        folder,
        &hand_over(&["16077036", "altenburg", "nobitz"]),
        env,
        "liegt kein laufender Vorgang aus Gemeinde Nobitz",
    );
    refused(
        folder,
        &hand_over(&["16077036", "gibts-nicht", "nobitz"]),
        env,
        "Ein Amt „gibts-nicht“ gibt es hier nicht",
    );
    refused(
        folder,
        &hand_over(&["99999999", "altenburg", "nobitz"]),
        env,
        "steht nicht im Verzeichnis",
    );
    let shown = ok(folder, &with(&["--dry-run"]), env);
    assert!(
        shown.contains("geht auf in: Stadt Altenburg")
            && shown.contains("A B")
            && shown.contains("Nichts wurde geändert."),
        "{shown}"
    );
    refused(folder, &with(&["--yes", "altenburg"]), env, "Nichts wurde geändert");
    let done = ok(folder, &with(&["--yes", "nobitz"]), env);
    assert!(
        done.contains("ist in Stadt Altenburg aufgegangen") && done.contains("Gesperrt") && !done.contains("OFFEN"),
        "{done}"
    );
    refused(
        folder,
        &with(&["--yes", "nobitz"]),
        env,
        "schon in „altenburg“ aufgegangen",
    );
    refused(folder, &ADD, env, "aufgegangen");
    refused(
        folder,
        &["authority", "export", "nobitz", "x.age"],
        env,
        "gibt es hier nicht",
    );
    let verified = ok(folder, &["audit", "verify"], env);
    assert!(verified.contains("früher Gemeinde Nobitz (nobitz)"), "{verified}");
    let alone = ok(folder, &["audit", "verify", "--authority", "nobitz"], env);
    let head = alone.trim().rsplit_once(' ').expect("a head").1.to_owned();
    let kept = ["audit", "verify", "--authority", "nobitz", "--head", &head];
    assert!(ok(folder, &kept, env).contains("jetzt Stadt Altenburg"), "{head}");
    let other = head.replace(':', "1:").split_off(1);
    let kept = ["audit", "verify", "--authority", "nobitz", "--head", &other];
    refused(folder, &kept, env, "neu geschrieben");
}

#[test]
fn an_authority_goes_up_in_another_on_files() {
    let folder = Folder::new("merge");
    merges(&folder, &[]);
    assert!(!folder.0.join("data/tenants/nobitz.db").exists());
    let (code, out, err) = folder.run(&["doctor"], &[]);
    assert!(code == 0 && out.contains("keines auf halbem Weg"), "{out}{err}");
}

#[test]
fn an_authority_goes_up_in_another_on_a_server() {
    let Some((server, host, name)) = database("merge") else {
        return;
    };
    let folder = Folder::new("merge-server");
    let address = |role: &str| format!("postgres://{role}@{}/{name}", host.replace('/', "%2F"));
    let [app, owner] = ["kommunal_app", "kommunal_owner"].map(address);
    let env = [
        ("KOMMUNAL_DATABASE", app.as_str()),
        ("KOMMUNAL_DATABASE_MIGRATE", &owner),
    ];
    merges(&folder, &env);
    let (code, out, err) = folder.run(&["doctor"], &env);
    assert!(code == 0 && out.contains("keines auf halbem Weg"), "{out}{err}");
    crate::sql(&server, &[&format!("drop database {name} with (force)")]);
}
