//! What the sources may not contain, where a look at them decides more than a run: rows of docs/security/asvs.md.

use crate::{files, read};

/// (path, text) of every Rust source that goes into the program; tests in files of their own are left out.
/// What runs as the product; the bench drives it from outside.
fn program() -> Vec<(String, String)> {
    let all = files("crates", ".rs").into_iter();
    let own = all.filter(|p| p.contains("/src/") && !p.ends_with("/tests.rs") && !p.starts_with("crates/bench/"));
    own.map(|p| (p.clone(), read(&p))).collect()
}

fn templates() -> Vec<(String, String)> {
    let pages = files("templates", ".html").into_iter();
    pages.map(|p| (p.clone(), read(&p))).collect()
}

fn scripts() -> Vec<(String, String)> {
    files("assets", ".js")
        .into_iter()
        .map(|p| (p.clone(), read(&p)))
        .collect()
}

/// Names of the crates that a crate is built with, without those of its tests.
fn dependencies(manifest: &str) -> Vec<String> {
    let text = read(manifest);
    let lines = text.lines().skip_while(|l| *l != "[dependencies]").skip(1);
    let lines = lines.take_while(|l| !l.starts_with('['));
    let name = |l: &str| l.split(['.', ' ', '=']).next().unwrap_or_default().to_owned();
    lines
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(name)
        .collect()
}

fn manifests() -> Vec<String> {
    let found = files("crates", "/Cargo.toml");
    assert!(found.len() > 6, "{found:?}");
    found
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    assert!(read("Cargo.toml").contains("[workspace.lints.rust]\nunsafe_code = \"forbid\"\n"));
    for manifest in manifests() {
        assert!(read(&manifest).contains("[lints]\nworkspace = true"), "{manifest}");
    }
}

#[test]
fn only_itself_and_the_operators_command_are_started() {
    let mut started = 0;
    for (path, text) in program() {
        for (_, after) in text
            .match_indices("Command::new(")
            .map(|(at, word)| text.split_at(at + word.len()))
        {
            let itself = ["&self.exe)", "exe)"].iter().any(|w| after.starts_with(w));
            let operators = path == "crates/kommunal/src/commands/key_source.rs" && after.starts_with("\"/bin/sh\")");
            assert!(
                itself || operators,
                "{path} starts {}",
                after.lines().next().unwrap_or_default()
            );
            started += 1;
        }
    }
    assert!(started >= 2, "{started}");
}

#[test]
fn nothing_calls_other_servers() {
    // Mail goes by lettre and rows by tokio-postgres, to what the operator has set; so does the question to the identity
    // provider, in one file, which follows nobody elsewhere, and files to ClamAV's daemon.
    const PROVIDER: &str = "crates/web/src/identity.rs";
    const CLIENTS: [&str; 10] = [
        "clamav-client",
        "reqwest",
        "ureq",
        "isahc",
        "curl",
        "surf",
        "awc",
        "minreq",
        "attohttpc",
        "hyper-rustls",
    ];
    for manifest in manifests() {
        let named = dependencies(&manifest);
        assert!(!named.is_empty(), "{manifest}");
        for client in CLIENTS {
            let known = [
                ("reqwest", "crates/web/Cargo.toml"),
                ("clamav-client", "crates/papers/Cargo.toml"),
            ];
            let built = named.iter().any(|n| n == client);
            assert!(
                !built || known.contains(&(client, manifest.as_str())),
                "{manifest} is built with {client}"
            );
        }
    }
    for (path, text) in program() {
        for word in ["TcpStream::connect", "UdpSocket", "UnixStream::connect"] {
            assert!(!text.contains(word), "{path}: {word}");
        }
        if path == PROVIDER {
            assert!(text.contains(".redirect(reqwest::redirect::Policy::none())"));
        } else {
            assert!(!text.contains("reqwest"), "{path} calls others");
        }
    }
}

#[test]
fn randomness_has_one_source() {
    for manifest in manifests() {
        for name in dependencies(&manifest) {
            let draws = ["rand", "fastrand", "getrandom", "oorandom", "nanorand", "uuid"].contains(&name.as_str());
            assert!(!draws, "{manifest} is built with {name}");
        }
    }
    let drawn: Vec<_> = program()
        .into_iter()
        .filter(|(_, text)| text.contains("rand::fill(") || text.contains("SystemRandom"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(drawn, ["crates/store/src/entropy.rs"]);
}

#[test]
fn cookies_are_set_in_one_place() {
    let set: Vec<_> = program()
        .into_iter()
        .filter(|(_, text)| text.contains("SET_COOKIE") || text.contains("\"set-cookie\""))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(set, ["crates/web/src/req.rs"]);
}

#[test]
fn no_answer_is_opened_to_other_sites() {
    for (path, text) in program() {
        for word in ["access-control-allow", "ACCESS_CONTROL_ALLOW", "CorsLayer"] {
            assert!(!text.contains(word), "{path}: {word}");
        }
    }
}

#[test]
fn pages_and_scripts_build_no_code_from_text() {
    const WORDS: [&str; 15] = [
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "createContextualFragment",
        "srcdoc",
        "eval(",
        "new Function",
        "setTimeout(\"",
        "setTimeout('",
        "import(",
        "postMessage",
        "\"message\"",
        "__proto__",
        "Object.assign(",
        ".prototype",
    ];
    let scripts = scripts();
    assert!(scripts.len() >= 2);
    for (path, text) in scripts {
        for word in WORDS {
            assert!(!text.contains(word), "{path}: {word}");
        }
        // Only words of our own, written there as one text.
        for (at, word) in text.match_indices("innerHTML") {
            let line = text[at + word.len()..].lines().next().unwrap_or_default();
            let fixed = line.strip_prefix(" = '").and_then(|l| l.strip_suffix("';"));
            assert!(fixed.is_some_and(|l| !l.contains('\'')), "{path}: {word}{line}");
        }
    }
    let templates = templates();
    assert!(templates.len() > 50, "{}", templates.len());
    let mut as_it_is = Vec::new();
    for (path, text) in templates {
        for (at, _) in text.match_indices("<script") {
            let wanted = text[at..].starts_with("<script src=\"/assets/");
            assert!(wanted, "{path}: a script within the page");
        }
        assert!(!text.contains("javascript:"), "{path}");
        for word in [
            " onclick=",
            " onload=",
            " onsubmit=",
            " oninput=",
            " onchange=",
            " onerror=",
        ] {
            assert!(!text.contains(word), "{path}: {word}");
        }
        // Drawings of codes, made by the program.
        let raw = text.replace("| safe", "|safe");
        as_it_is.extend(raw.match_indices("|safe").map(|_| path.clone()));
    }
    assert_eq!(
        as_it_is,
        ["templates/desk/second_factor_new.html", "templates/parts/letter.html"]
    );
    // JSON is made by serde, never put together.
    for (path, text) in program().into_iter().filter(|(p, _)| p.starts_with("crates/web/")) {
        assert!(
            !text.contains("format!(\"{{\\\"") && !text.contains("format!(r#\"{{\""),
            "{path}"
        );
    }
}

#[test]
fn scripts_keep_nothing_but_a_cell() {
    for (path, text) in scripts() {
        for word in ["localStorage", "indexedDB", "document.cookie", "caches."] {
            assert!(!text.contains(word), "{path}: {word}");
        }
        for (_, after) in text
            .match_indices("sessionStorage.")
            .map(|(at, word)| text.split_at(at + word.len()))
        {
            // The cell of the calendar where the keys were, two numbers.
            let key = after.split_once('(').map_or("", |(_, key)| key);
            assert!(
                key.starts_with("\"kc-cal\""),
                "{path}: {}",
                after.lines().next().unwrap_or_default()
            );
        }
    }
}

#[test]
fn passwords_are_masked_and_may_be_pasted() {
    let mut fields = 0;
    for (path, text) in templates() {
        for input in text.split("<input").skip(1) {
            let input = input.split("/>").next().unwrap_or_default();
            let password = input.contains("-password\"") || input.contains("type=\"password\"");
            if password {
                assert!(
                    input.contains("type=\"password\"") && input.contains("autocomplete=\""),
                    "{path}: {input}"
                );
                fields += 1;
            }
        }
        assert!(
            !text.contains("onpaste") && !text.contains("autocomplete=\"off\" type=\"password\""),
            "{path}"
        );
    }
    assert!(fields >= 5, "{fields}");
    for (path, text) in scripts() {
        assert!(!text.contains("paste"), "{path} looks at what is pasted");
    }
}

/// docs/security/rules.md tells the limits of a network as the code has them.
#[test]
fn the_limits_are_those_of_the_document() {
    let (code, document) = (read("crates/web/src/limits.rs"), read("docs/security/rules.md"));
    let mut told = 0;
    for line in code.lines().map(str::trim) {
        let Some((names, shape)) = line.split_once(" => (") else {
            continue;
        };
        if !names.starts_with("Limit::") {
            continue;
        }
        let shape: Vec<&str> = shape.trim_end_matches("),").split(", ").collect();
        let [at_once, seconds] = shape[..] else {
            panic!("{line}")
        };
        let numbers = format!(
            "| {} | {} s |",
            at_once.trim_end_matches(".0"),
            seconds.trim_end_matches(".0")
        );
        for name in names.split(" | ") {
            let name = name.trim_start_matches("Limit::");
            let row = document.lines().find(|l| l.starts_with(&format!("| `{name}`: ")));
            let row = row.unwrap_or_else(|| panic!("rules.md lacks {name}"));
            assert!(row.ends_with(&numbers), "{row}: {numbers}");
            told += 1;
        }
    }
    assert!(told >= 8, "{told}");
}

/// So it does the limits of an authority and of accounts, whatever network somebody comes from.
#[test]
fn the_limits_by_the_hour_are_those_of_the_document() {
    let (code, document) = (read("crates/store/src/intake.rs"), read("docs/security/rules.md"));
    let mut told = 0;
    for line in code.lines().map(str::trim).filter(|l| l.starts_with("Hourly::")) {
        let Some((name, most)) = line.trim_end_matches(',').split_once(" => ") else {
            continue;
        };
        if !most.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let name = name.trim_start_matches("Hourly::");
        let row = document.lines().find(|l| l.starts_with(&format!("| `{name}`: ")));
        let row = row.unwrap_or_else(|| panic!("rules.md lacks {name}"));
        assert!(row.ends_with(&format!("| {most} |")), "{row}: {most}");
        told += 1;
    }
    assert_eq!(told, 4, "{told}");
    let people = read("crates/store/src/people.rs");
    for (name, words) in [
        ("NEW_OF_NETWORK", "one network makes {} accounts an hour"),
        ("NEW_AT_ALL", "all of them together {}"),
        ("INVITATIONS", "a club invites {} an hour"),
        ("ACCOUNTS_AT_MOST", "one address is in {} accounts at most"),
    ] {
        let line = people.lines().find_map(|l| l.strip_prefix(&format!("const {name}: ")));
        let number = line
            .and_then(|l| l.split(" = ").nth(1))
            .expect("a number")
            .trim_end_matches(';');
        let words = words.replace("{}", number);
        assert!(document.contains(&words), "rules.md: {words}");
    }
}
