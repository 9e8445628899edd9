//! `kommunal check` on a folder with planted mistakes, and `kommunal config check`, run as people run them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn kommunal(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kommunal"))
        .args(args)
        .output()
        .expect("runs")
}

struct TempDir(PathBuf);

impl TempDir {
    fn new(name: &str) -> TempDir {
        let path = std::env::temp_dir().join(format!("kommunal-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).expect("temp dir");
        TempDir(path)
    }

    /// Copies a folder of the repository.
    fn copy(&self, folder: &str) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
        let mut open = vec![(from, self.0.join(folder))];
        while let Some((from, to)) = open.pop() {
            std::fs::create_dir_all(&to).expect("folder");
            for entry in std::fs::read_dir(&from).expect("folder").flatten() {
                let target = to.join(entry.file_name());
                if entry.path().is_dir() {
                    open.push((entry.path(), target));
                } else {
                    std::fs::copy(entry.path(), target).expect("copy");
                }
            }
        }
    }

    /// Changes one line of a file; says which line it was.
    fn change(&self, file: &str, line: &str, to: &str) -> usize {
        let path = self.0.join(file);
        let text = std::fs::read_to_string(&path).expect("file");
        let at = text
            .lines()
            .position(|l| l.starts_with(line))
            .unwrap_or_else(|| panic!("{file} has no {line}"));
        let lines: Vec<&str> = text
            .lines()
            .enumerate()
            .map(|(i, l)| if i == at { to } else { l })
            .collect();
        std::fs::write(&path, lines.join("\n") + "\n").expect("write");
        at + 1
    }

    /// One service, and packages that name it alone; `offered` follows it.
    fn only_the_bonfire(&self, offered: &str) {
        self.copy("services/brauchtumsfeuer");
        self.copy("bundles");
        let offer =
            format!("[[offer]]\nafter = \"brauchtumsfeuer\"\nservice = \"{offered}\"\nde = \"A\"\nen = \"A\"\n");
        std::fs::write(self.0.join("bundles/event.toml"), offer).expect("write");
        std::fs::write(
            self.0.join("bundles/vereinspaket.toml"),
            "id = \"vereinspaket\"\nicon = \"bunting\"\nservices = [\"brauchtumsfeuer\"]\nname.de = \"A\"\nshort.de = \"A\"\n",
        )
        .expect("write");
    }

    /// Adds a word to a letter that there is not; says in which line.
    fn spoil(&self, letter: &str) -> usize {
        let path = self.0.join(letter);
        let text = std::fs::read_to_string(&path).expect("letter");
        std::fs::write(&path, format!("{text}#unknown-word\n")).expect("write");
        text.lines().count() + 1
    }

    /// What `kommunal check` says of the folder.
    fn check(&self) -> Vec<String> {
        let out = kommunal(&["check", &self.0.display().to_string()]);
        let text = String::from_utf8(out.stdout).expect("UTF-8");
        text.lines().map(str::to_owned).collect()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[test]
fn planted_mistakes_are_told_at_their_place_and_nothing_else() {
    let dir = TempDir::new("check");
    dir.copy("texts");
    dir.only_the_bonfire("brauchtumsfuer");
    let example = "services/brauchtumsfeuer/examples/01_weihnachtsbaeume_anzeige.toml";
    let late = dir.change(example, "late_by = 0", "late_by = 3");
    let label = dir.change("texts/ui.en.toml", "outbox = ", "outbocks = \"Read e-mails\"");
    let german = std::fs::read_to_string(dir.0.join("texts/ui.de.toml")).expect("file");
    let there = german.lines().position(|l| l.starts_with("outbox = ")).expect("outbox") + 1;
    let lines = dir.spoil("services/brauchtumsfeuer/letters/approval.typ");

    let out = kommunal(&["check", &dir.0.display().to_string()]);
    let text = String::from_utf8(out.stdout).expect("UTF-8");
    let found: Vec<&str> = text.lines().collect();
    let starts = [
        "bundles/event.toml:3:11: Die Leistung „brauchtumsfuer“ gibt es nicht; gemeint ist vielleicht: „brauchtumsfeuer“".to_owned(),
        format!("{example}:{late}:11: Heraus kam 0"),
        format!("services/brauchtumsfeuer/letters/approval.typ:{lines}:"),
        format!("texts/ui.de.toml:{there}:1: Der Schlüssel „demo_page.outbox“ fehlt in texts/ui.en.toml; gemeint ist vielleicht: „demo_page.outbocks“"),
        format!("texts/ui.en.toml:{label}:1: Der Schlüssel „demo_page.outbocks“ fehlt in texts/ui.de.toml; gemeint ist vielleicht: „demo_page.outbox“"),
    ];
    assert_eq!(found.len(), starts.len(), "{text}");
    for (line, start) in found.iter().zip(&starts) {
        assert!(line.starts_with(start), "{line}\n{start}");
    }
    assert_eq!(out.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(out.stderr).expect("UTF-8"),
        "5 Fehler in 5 Dateien.\n"
    );
}

const FORM: &str = "services/brauchtumsfeuer/form.toml";
const FOREST: &str = "must = \"answers.fire.forest_distance != null && answers.fire.forest_distance >= law";

#[test]
fn a_wrong_type_is_told_at_its_rule_and_hides_neither_other_mistakes_nor_letters() {
    let dir = TempDir::new("check-type");
    dir.only_the_bonfire("brauchtumsfeuer");
    let rule = dir.change(
        FORM,
        FOREST,
        "must = \"answers.fire.forest_distance != null && answers.fire.forest_distance >= 'abc'\"",
    );
    let found = dir.check();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(
        found[0],
        format!(
            "{FORM}:{rule}:81: „answers.fire.forest_distance“ ist eine Zahl und lässt sich so nicht mit einem Text \
             vergleichen; Beispiel: answers.fire.forest_distance >= 100"
        )
    );
    // The examples rest on the rule: said once that they were not run.
    assert!(
        found[1].starts_with("services/brauchtumsfeuer/examples: ") && found[1].contains("nicht ausgeführt"),
        "{}",
        found[1]
    );

    let bound = dir.change("services/brauchtumsfeuer/service.toml", "max = 28", "max = 0") - 1;
    let letter = dir.spoil("services/brauchtumsfeuer/letters/refusal.typ");
    dir.change(FORM, "field = \"contact.phone\"", "field = \"contact.phon\"");
    let found = dir.check();
    assert_eq!(found.len(), 5, "{found:#?}");
    for start in [
        format!("{FORM}:{rule}:81: "),
        format!("services/brauchtumsfeuer/service.toml:{bound}:"),
        format!("services/brauchtumsfeuer/letters/refusal.typ:{letter}:"),
    ] {
        assert!(found.iter().any(|line| line.starts_with(&start)), "{start}\n{found:#?}");
    }
    assert!(
        found
            .iter()
            .any(|line| line.contains("gemeint ist vielleicht: „contact.phone“")),
        "{found:#?}"
    );
}

#[test]
fn a_rule_that_fails_in_examples_is_told_once_and_at_the_rule() {
    let dir = TempDir::new("check-fails");
    dir.only_the_bonfire("brauchtumsfeuer");
    // Whoever does not know the distance yet has no answer to compare.
    let rule = dir.change(
        FORM,
        FOREST,
        "must = \"answers.fire.forest_distance >= law.forest_distance\"",
    );
    let found = dir.check();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].starts_with(&format!("{FORM}:{rule}:8: Die Regel scheitert im Beispiel ")),
        "{}",
        found[0]
    );
}

#[test]
fn a_folder_with_nothing_to_check_is_told_in_one_sentence() {
    let dir = TempDir::new("check-empty");
    let out = kommunal(&["check", &dir.0.display().to_string()]);
    assert_eq!(out.status.code(), Some(1));
    let said = String::from_utf8(out.stderr).expect("UTF-8");
    assert!(said.contains("liegt nichts zum Prüfen"), "{said}");
}

#[test]
fn settings_are_checked_without_starting_and_secrets_stay_hidden() {
    let dir = TempDir::new("config");
    let file = dir.0.join("kommunal.toml");
    std::fs::write(
        &file,
        "listen = \"127.0.0.1:9000\"\ndatabase = \"postgres://u:geheim@db/k\"\n",
    )
    .expect("write");
    let path = file.display().to_string();
    let out = kommunal(&["config", "check", "--config", &path]);
    let text = String::from_utf8(out.stdout).expect("UTF-8");
    assert!(
        out.status.success() && text.contains("127.0.0.1:9000") && !text.contains("geheim"),
        "{text}"
    );
    std::fs::write(&file, "lissten = \"x\"\n").expect("write");
    let out = kommunal(&["config", "check", "--config", &path]);
    let said = String::from_utf8(out.stderr).expect("UTF-8");
    assert_eq!(
        said,
        format!("{path}:1:1: Die Einstellung „lissten“ gibt es nicht; gemeint ist vielleicht: „listen“\n")
    );
    assert_eq!(out.status.code(), Some(1));
}
