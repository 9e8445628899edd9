//! Starts the product itself on loopback, waits until it is ready and stops it by its process id. Also the small
//! processes of this program that measure the raw limits on the server's core.

use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::http::Http;
use crate::machine::Cores;

/// Longest wait for a first start, which lays out the demo.
const START: Duration = Duration::from_secs(120);

/// A process that ends with its handle.
pub struct Running {
    child: Child,
    pub port: u16,
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// As an operator would, and the hard way after ten seconds.
    pub fn stop(mut self) -> Result<()> {
        let pid = self.pid().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().context("kill")?;
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How to start the product.
#[derive(Debug, Clone)]
pub struct Product {
    pub program: PathBuf,
    pub data: PathBuf,
    pub log: PathBuf,
    pub cores: Cores,
    /// `--database` and `--database-migrate` for PostgreSQL.
    pub database: Vec<String>,
}

impl Product {
    /// Starts it and waits for the first 200 of `/health`; returns how long that took.
    pub async fn start(&self, worker: bool) -> Result<(Running, Duration)> {
        let port = free_port()?;
        let mut command = self.cores.command(&self.program);
        command
            .arg("serve")
            .arg("--data")
            .arg(&self.data)
            .args(["--listen", &format!("127.0.0.1:{port}"), "--demo", "--limits", "off"])
            .args(&self.database);
        if !worker {
            command.arg("--no-worker");
        }
        let log = append(&self.log)?;
        let began = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} lässt sich nicht starten", self.program.display()))?;
        let mut running = Running { child, port };
        while !ready(port).await {
            if running.child.try_wait()?.is_some() || began.elapsed() > START {
                bail!(
                    "Der Server ist nicht bereit geworden; was er sagt, steht in {}.",
                    self.log.display()
                );
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok((running, began.elapsed()))
    }
}

async fn ready(port: u16) -> bool {
    let Ok(mut http) = Http::connect(port).await else {
        return false;
    };
    http.get("/health", "").await.is_ok_and(|head| head.status == 200)
}

pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn append(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| path.display().to_string())
}

/// This program as a raw limit that runs until stopped: `bench empty SIZE PORT`.
pub async fn empty(cores: Cores, size: usize) -> Result<Running> {
    let port = free_port()?;
    let child = cores
        .command(&std::env::current_exe()?)
        .args(["empty", &size.to_string(), &port.to_string()])
        .spawn()
        .context("die leere Antwort")?;
    let running = Running { child, port };
    let began = Instant::now();
    while Http::connect(port).await.is_err() {
        if began.elapsed() > Duration::from_secs(10) {
            bail!("Die leere Antwort lauscht nicht.");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(running)
}

/// This program as a raw limit that prints one number: `bench commits FILE SECONDS`, `bench letter SECONDS`.
pub fn number(cores: Cores, args: &[&str]) -> Result<f64> {
    let out = cores
        .command(&std::env::current_exe()?)
        .args(args)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| args.join(" "))?;
    String::from_utf8_lossy(&out.stdout)
        .trim()
        .parse()
        .with_context(|| format!("bench {} nennt keine Zahl", args.join(" ")))
}
