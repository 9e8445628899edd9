//! The press holds whatever a template does: out of memory, out of time, out of stack, killed. This
//! program plays both sides: called with `letters` it is the child, otherwise it runs the tests.

use std::future::Future;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use letters::{Kind, LetterError, LetterJob, Press};

mod samples;

const LIMIT: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("letters") {
        return if letters::child_main().is_ok() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    }
    let mut run = Run { passed: 0, failed: 0 };
    run.test("same_letter_as_in_process", same_letter_as_in_process);
    run.test("a_letter_that_takes_all_memory", a_letter_that_takes_all_memory);
    run.test("a_letter_that_never_ends", a_letter_that_never_ends);
    run.test("a_letter_that_calls_itself", a_letter_that_calls_itself);
    run.test("a_wrong_template_names_its_place", a_wrong_template_names_its_place);
    run.test("one_hangs_the_other_prints", one_hangs_the_other_prints);
    run.test(
        "a_caller_that_goes_away_leaves_nothing_running",
        a_caller_that_goes_away_leaves_nothing_running,
    );
    run.test(
        "a_child_that_was_killed_is_replaced",
        a_child_that_was_killed_is_replaced,
    );
    run.test("a_child_gets_no_environment", a_child_gets_no_environment);
    run.test("a_program_that_is_not_there", a_program_that_is_not_there);
    let word = if run.failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {} passed; {} failed; 0 ignored; 0 measured; 0 filtered out\n",
        run.passed, run.failed
    );
    if run.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

struct Run {
    passed: u32,
    failed: u32,
}

impl Run {
    fn test<F: Future<Output = ()>>(&mut self, name: &str, test: impl Fn(Press) -> F) {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(test(Press::child_with(std::env::current_exe().unwrap(), LIMIT)));
        }));
        println!("test {name} ... {}", if outcome.is_ok() { "ok" } else { "FAILED" });
        if outcome.is_ok() {
            self.passed += 1
        } else {
            self.failed += 1
        }
    }
}

fn evil(template: &str) -> LetterJob {
    LetterJob {
        template: template.to_owned(),
        data: samples::data(Kind::Receipt, "sperrzeit"),
    }
}

/// Typst bounds `while` loops; nested `for` loops run for hours.
const ENDLESS: &str = "#for a in range(100000) { for b in range(100000) { for c in range(100000) {} } }";

/// A good letter prints. On a crowded machine a debug build may miss our short limit: then once more.
async fn works(press: &Press) {
    let job = samples::job(Kind::Receipt, "brauchtumsfeuer");
    for _ in 0..10 {
        match press.print(job.clone(), samples::NOW).await {
            Err(LetterError::TooLong(_)) => {}
            other => return assert!(other.expect("a good letter prints").starts_with(b"%PDF-1.7")),
        }
    }
    panic!("a good letter never prints in time");
}

/// With the time that a crowded machine may need.
fn patient() -> Press {
    Press::child_with(std::env::current_exe().unwrap(), LIMIT * 20)
}

async fn same_letter_as_in_process(_: Press) {
    let press = patient();
    let job = samples::job(Kind::Approval, "sperrzeit");
    let here = Press::in_process().print(job.clone(), samples::NOW).await.unwrap();
    assert!(press.print(job.clone(), samples::NOW).await.unwrap() == here);
    assert!(press.print(job, samples::NOW).await.unwrap() == here, "a warm child");
}

async fn a_letter_that_takes_all_memory(press: Press) {
    let result = press
        .print(evil("#let all = range(100000000)\n#all.len()"), samples::NOW)
        .await;
    assert!(
        matches!(result, Err(LetterError::Crashed | LetterError::TooLong(_))),
        "{result:?}"
    );
    works(&press).await;

    // Grows by doubling: with enough time it is the memory limit that ends it.
    let patient = patient();
    let growing = tokio::spawn({
        let patient = patient.clone();
        async move {
            patient
                .print(
                    evil("#let a = (0,) * 1000\n#for i in range(40) { a = a + a }"),
                    samples::NOW,
                )
                .await
        }
    });
    let mut peak = 0;
    while !growing.is_finished() {
        peak = peak.max(children().iter().map(|pid| resident_megabytes(pid)).max().unwrap_or(0));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let result = growing.await.unwrap();
    assert_eq!(result.map(|pdf| pdf.len()), Err(LetterError::Crashed));
    assert!((100..700).contains(&peak), "the child took {peak} MB");
    works(&patient).await;
}

fn resident_megabytes(pid: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) / 1024
}

async fn a_letter_that_never_ends(press: Press) {
    let result = press.print(evil(ENDLESS), samples::NOW).await;
    assert_eq!(result, Err(LetterError::TooLong(LIMIT.as_secs())));
    works(&press).await;
}

async fn a_letter_that_calls_itself(press: Press) {
    let deep = format!("#{}1{}", "(".repeat(50_000), ")".repeat(50_000));
    for template in ["#let f(n) = f(n + 1)\n#f(0)", "#let f(n) = box(f(n + 1))\n#f(0)", &deep] {
        let result = press.print(evil(template), samples::NOW).await;
        assert!(
            matches!(result, Err(LetterError::Template(_) | LetterError::Crashed)),
            "{result:?}"
        );
        works(&press).await;
    }
}

async fn a_wrong_template_names_its_place(press: Press) {
    let Err(LetterError::Template(why)) = patient().print(evil("= Titel\n\n#nix"), samples::NOW).await else {
        panic!("a template error");
    };
    assert!(why.starts_with("Vorlage:3:2: unknown variable: nix"), "{why}");
    works(&press).await;
}

async fn one_hangs_the_other_prints(_: Press) {
    let press = patient();
    works(&press).await;
    let hanging = tokio::spawn({
        let press = press.clone();
        async move { press.print(evil(ENDLESS), samples::NOW).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    works(&press).await;
    assert!(!hanging.is_finished(), "the other letter still hangs");
    hanging.abort();
}

async fn a_caller_that_goes_away_leaves_nothing_running(press: Press) {
    assert!(
        tokio::time::timeout(Duration::from_millis(500), press.print(evil(ENDLESS), samples::NOW))
            .await
            .is_err()
    );
    let start = Instant::now();
    while !children().is_empty() {
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "a child still runs: {:?}",
            children()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    works(&press).await;
}

async fn a_child_that_was_killed_is_replaced(press: Press) {
    works(&press).await;
    for pid in children() {
        assert!(
            std::process::Command::new("kill")
                .args(["-9", &pid])
                .status()
                .unwrap()
                .success()
        );
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    works(&press).await;
}

async fn a_child_gets_no_environment(press: Press) {
    works(&press).await;
    let pids = children();
    assert!(!pids.is_empty());
    for pid in pids {
        let environment = std::fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
        assert!(!environment.contains("PATH="), "{environment}");
    }
}

async fn a_program_that_is_not_there(_: Press) {
    let press = Press::child("/nowhere/kommunal".into());
    let result = press
        .print(samples::job(Kind::Receipt, "sperrzeit"), samples::NOW)
        .await;
    assert!(matches!(result, Err(LetterError::Unreachable(_))), "{result:?}");
}

/// Our children that have not ended, as Linux knows them.
fn children() -> Vec<String> {
    let mut pids = Vec::new();
    for task in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let list = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        pids.extend(list.split_whitespace().map(str::to_owned));
    }
    pids.retain(|pid| std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| !s.contains(") Z ")));
    pids
}
