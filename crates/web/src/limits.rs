//! Limits per network address, kept in this process: a bucket of attempts that refills. Limits that
//! several hosts must share (log-in, codes) are in the store.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use jiff::Timestamp;

/// What is limited, with burst and refill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Submissions through pages or API.
    Submit,
    /// Typed codes and log-ins.
    Code,
    /// Uploads.
    Upload,
}

impl Limit {
    /// (burst, seconds for one more)
    fn shape(self) -> (f64, f64) {
        match self {
            Limit::Submit => (60.0, 5.0),
            Limit::Code => (30.0, 20.0),
            Limit::Upload => (60.0, 10.0),
        }
    }
}

/// Addresses remembered at most; beyond that the stalest half goes.
const KEPT: usize = 20_000;

#[derive(Debug, Default)]
pub struct Limits {
    off: bool,
    buckets: Mutex<HashMap<(IpAddr, Limit), (f64, i64)>>,
}

impl Limits {
    /// For load tests on loopback.
    pub fn off() -> Self {
        Limits {
            off: true,
            buckets: Mutex::default(),
        }
    }

    /// Says whether there is an attempt left, without taking it: where only misses count.
    pub fn check(&self, address: IpAddr, limit: Limit, now: Timestamp) -> Result<(), u32> {
        let (burst, refill) = limit.shape();
        let buckets = self.buckets.lock().unwrap_or_else(|e| e.into_inner());
        let Some((left, since)) = buckets.get(&(address, limit)) else {
            return Ok(());
        };
        let left = (left + (now.as_second() - since).max(0) as f64 / refill).min(burst);
        if self.off || left >= 1.0 {
            return Ok(());
        }
        Err(((1.0 - left) * refill).ceil() as u32)
    }

    /// Takes one attempt, or says after how many seconds there is one again.
    pub fn take(&self, address: IpAddr, limit: Limit, now: Timestamp) -> Result<(), u32> {
        if self.off {
            return Ok(());
        }
        let (burst, refill) = limit.shape();
        let now = now.as_second();
        let mut buckets = self.buckets.lock().unwrap_or_else(|e| e.into_inner());
        if buckets.len() > KEPT {
            let mut times: Vec<i64> = buckets.values().map(|b| b.1).collect();
            times.sort_unstable();
            let middle = times[times.len() / 2];
            buckets.retain(|_, b| b.1 > middle);
        }
        let bucket = buckets.entry((address, limit)).or_insert((burst, now));
        let gained = (now - bucket.1).max(0) as f64 / refill;
        *bucket = ((bucket.0 + gained).min(burst), now);
        if bucket.0 < 1.0 {
            return Err(((1.0 - bucket.0) * refill).ceil() as u32);
        }
        bucket.0 -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_waits_and_refills() {
        let limits = Limits::default();
        let address: IpAddr = "192.0.2.1".parse().expect("address");
        let t = Timestamp::from_second(1_000).expect("time");
        for _ in 0..30 {
            assert_eq!(limits.take(address, Limit::Code, t), Ok(()));
        }
        assert_eq!(limits.take(address, Limit::Code, t), Err(20));
        assert_eq!(
            limits.take("192.0.2.2".parse().expect("address"), Limit::Code, t),
            Ok(())
        );
        let later = Timestamp::from_second(1_020).expect("time");
        assert_eq!(limits.take(address, Limit::Code, later), Ok(()));
        assert!(limits.take(address, Limit::Code, later).is_err());
        let other: IpAddr = "192.0.2.2".parse().expect("address");
        assert!(limits.check(address, Limit::Code, later).is_err());
        assert_eq!(limits.check(other, Limit::Code, later), Ok(()));
        assert_eq!(
            limits.check(address, Limit::Upload, later),
            Ok(()),
            "limits do not touch each other"
        );
    }
}
