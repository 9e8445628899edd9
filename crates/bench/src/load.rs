//! Closed-loop load: so many visitors, each with one connection, each beginning anew when its answer has come. Counts,
//! times, and what the server's process used meanwhile.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use crate::form::Form;
use crate::machine::{self, Cpu};
use crate::visitor::{Act, Visitor};

/// What one part of a round gave.
#[derive(Debug, Clone, Copy, Default)]
pub struct Measure {
    /// Acts a second.
    pub rate: f64,
    /// Milliseconds.
    pub p50: f64,
    pub p99: f64,
    /// Milliseconds of the server's CPU for one act.
    pub cpu: Cpu,
    /// Share of its core that the server's process used.
    pub busy: f64,
    /// What neither the server nor this driver used: cores. On PostgreSQL that is mostly PostgreSQL.
    pub others: f64,
}

/// Runs one part. The first tenth of the time is for warming up and not counted. Each visitor counts once at least,
/// however slow the machine.
pub async fn load(
    act: Act,
    visitors: usize,
    time: Duration,
    (pid, port): (u32, u16),
    form: &Rc<Form>,
) -> Result<Measure> {
    let mut come = Vec::with_capacity(visitors);
    for _ in 0..visitors {
        come.push(Visitor::come(act, port, form.clone()).await?);
    }
    let begin = Instant::now() + time / 10;
    let end = begin + time;
    let mut set: JoinSet<Result<Vec<Duration>>> = JoinSet::new();
    for mut visitor in come {
        set.spawn_local(async move {
            let mut times = Vec::new();
            loop {
                let at = Instant::now();
                if at >= end && !times.is_empty() {
                    return Ok(times);
                }
                visitor.once().await?;
                // What began in the warm-up or ended late is not counted.
                if at >= begin && (Instant::now() <= end || times.is_empty()) {
                    times.push(at.elapsed());
                }
            }
        });
    }
    tokio::time::sleep_until(begin.into()).await;
    let used = || (machine::cpu(pid), machine::cpu(std::process::id()), machine::busy());
    let before = used();
    tokio::time::sleep_until(end.into()).await;
    let after = used();
    let (cpu, own) = (after.0.since(before.0), after.1.since(before.1));
    let others = after.2 - before.2 - cpu.all() - own.all();
    let mut times = Vec::new();
    while let Some(one) = set.join_next().await {
        times.extend(one??);
    }
    times.sort_unstable();
    let seconds = time.as_secs_f64();
    let slowest = times.last().map_or(0.0, Duration::as_secs_f64);
    let each = 1000.0 / (times.len().max(1) as f64);
    let at = |share: f64| {
        let i = ((times.len() as f64) * share) as usize;
        times
            .get(i.min(times.len().saturating_sub(1)))
            .map_or(f64::NAN, |d| d.as_secs_f64() * 1000.0)
    };
    Ok(Measure {
        rate: times.len() as f64 / seconds.max(slowest),
        p50: at(0.50),
        p99: at(0.99),
        cpu: Cpu {
            user: cpu.user * each,
            system: cpu.system * each,
        },
        busy: cpu.all() / seconds,
        others: (others / seconds).max(0.0),
    })
}
