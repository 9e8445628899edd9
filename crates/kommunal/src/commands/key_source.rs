//! Where the root key comes from: a file, the environment, or a command that prints it (a key service, a hardware
//! module). Whatever goes wrong, neither the key nor what the command said is shown or logged.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use kommunal::config::Config;
use store::{Error, Result, RootKey};

/// How long the command may take.
const LIMIT: Duration = Duration::from_secs(10);
/// More than this is no key.
const LARGEST: u64 = 4096;

/// A source of the root key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    File(PathBuf),
    Environment(kommunal::config::Secret),
    Command(String),
}

impl KeySource {
    /// By the settings; without any a file beside the data, never in them.
    pub fn of(config: &Config) -> KeySource {
        match (&config.root_key, &config.root_key_command) {
            (Some(key), _) => KeySource::Environment(key.clone()),
            (None, Some(command)) => KeySource::Command(command.clone()),
            (None, None) => KeySource::File(config.root_key_file.clone().unwrap_or_else(|| beside(&config.data))),
        }
    }

    /// One key, or while keys are changed two: the new one first.
    ///
    /// # Errors
    /// `Setup` with what to do.
    pub fn read(&self) -> Result<Vec<RootKey>> {
        match self {
            KeySource::File(path) => RootKey::load(path),
            KeySource::Environment(key) => RootKey::parse_all(&key.0),
            KeySource::Command(command) => run(command, LIMIT),
        }
    }

    /// In words.
    pub fn name(&self) -> String {
        match self {
            KeySource::File(path) => format!("Datei {}", path.display()),
            KeySource::Environment(_) => "Umgebung (KOMMUNAL_ROOT_KEY)".to_owned(),
            KeySource::Command(command) => format!("Befehl „{command}“"),
        }
    }
}

fn beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_os_string();
    name.push(".schluessel");
    data.with_file_name(name)
}

fn run(command: &str, limit: Duration) -> Result<Vec<RootKey>> {
    let failed = |why: String| {
        Error::Setup(format!(
            "Der Befehl aus root_key_command liefert keinen Hauptschlüssel: {why} Ohne ihn sind die Daten nicht zu öffnen."
        ))
    };
    // Its complaints go nowhere: they might quote what it was to keep.
    let child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.map_err(|e| failed(format!("Er lässt sich nicht starten ({e}).")))?;
    let (said, heard) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut text = String::new();
            let read = out.take(LARGEST).read_to_string(&mut text);
            drop(said.send(read.map(|_| text)));
        });
    }
    let answer = heard.recv_timeout(limit);
    if answer.is_err() {
        drop(child.kill());
    }
    let status = child.wait();
    let text = match answer {
        Err(_) => return Err(failed(format!("Er antwortet nicht in {} Sekunden.", limit.as_secs()))),
        Ok(Err(_)) => return Err(failed("Er gibt keinen Text aus.".into())),
        Ok(Ok(text)) => text,
    };
    match status {
        Ok(status) if status.success() => RootKey::parse_all(&text).map_err(|e| failed(e.to_string())),
        Ok(status) => Err(failed(format!("Er endet mit {}.", status.code().unwrap_or(-1)))),
        Err(e) => Err(failed(format!("Sein Ende bleibt unklar ({e})."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_prints_the_key_or_is_refused_without_a_word_of_its_own() {
        let key = "0f".repeat(32);
        let soon = Duration::from_millis(300);
        assert_eq!(run(&format!("echo {key}"), LIMIT).expect("a key").len(), 1);
        assert_eq!(
            run(&format!("printf '%s\\n' {key} {key}"), LIMIT).expect("two").len(),
            2
        );
        for (command, what) in [
            ("exec sleep 20".to_owned(), "antwortet nicht"),
            (format!("echo {key}; exit 3"), "endet mit 3"),
            ("true".to_owned(), "ist leer"),
            (format!("echo {key}0"), "64 Hexziffern"),
            ("gibt-es-nicht".to_owned(), "endet mit 127"),
        ] {
            let error = run(&command, soon).expect_err("refused").to_string();
            assert!(error.contains(what) && !error.contains(&key), "{command}: {error}");
        }
    }
}
