//! What the operating system says: cores and pinning, CPU time and memory of a process, what others use. Linux only,
//! as the product.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// Clock ticks a second in `/proc`: 100 on every Linux that the product runs on.
const TICKS: f64 = 100.0;

/// Where the server and the driver run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    /// The server with everything it starts on core 0, the driver on core 1.
    Apart,
    /// Wherever the system puts them.
    Free,
}

impl Cores {
    /// Pins this process, before it has threads.
    pub fn take() -> Cores {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let own = std::process::id().to_string();
        let pinned = cores > 1
            && Command::new("taskset")
                .args(["-p", "-c", "1", &own])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|s| s.success());
        if pinned { Cores::Apart } else { Cores::Free }
    }

    /// A command on the server's core.
    pub fn command(self, program: &Path) -> Command {
        match self {
            Cores::Free => Command::new(program),
            // Replaces itself by the program: the process id is the program's.
            Cores::Apart => {
                let mut command = Command::new("taskset");
                command.args(["-c", "0"]).arg(program);
                command
            }
        }
    }
}

/// CPU seconds in programs and in the kernel.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cpu {
    pub user: f64,
    pub system: f64,
}

impl Cpu {
    pub fn since(self, before: Cpu) -> Cpu {
        Cpu {
            user: self.user - before.user,
            system: self.system - before.system,
        }
    }
    pub fn all(self) -> f64 {
        self.user + self.system
    }
}

fn ticks(word: Option<&&str>) -> f64 {
    word.and_then(|w| w.parse::<f64>().ok()).unwrap_or(0.0) / TICKS
}

/// What a process has used so far with all its threads.
pub fn cpu(pid: u32) -> Cpu {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in parentheses may hold spaces.
    let rest: Vec<&str> = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace()
        .collect();
    Cpu {
        user: ticks(rest.get(11)),
        system: ticks(rest.get(12)),
    }
}

/// What all processes have used so far on all cores: seconds.
pub fn busy() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let words: Vec<&str> = stat.lines().next().unwrap_or_default().split_whitespace().collect();
    // user nice system idle iowait irq softirq
    [1, 2, 3, 6, 7].iter().map(|i| ticks(words.get(*i))).sum()
}

/// Resident memory in MB of 2²⁰ bytes.
pub fn memory(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap_or_default();
    let kib = line.split_whitespace().nth(1).and_then(|w| w.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// One line about the machine.
pub fn describe() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .map_or("unbekannt", |l| l.trim_start_matches([':', ' ', '\t']));
    let cores = info.lines().filter(|l| l.starts_with("processor")).count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let total = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = total.split_whitespace().nth(1).and_then(|w| w.parse::<f64>().ok());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    let gib = total.unwrap_or(0.0) / 1024.0 / 1024.0;
    format!(
        "{cores} Kerne {model}, {gib:.0} GiB, Linux {}, Last am Anfang {load}",
        kernel.trim()
    )
}
