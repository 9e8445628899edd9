//! Limits per network, kept in this process: a bucket of attempts that refills. Limits that several hosts must share
//! (log-in, codes) are in the store; what the whole server takes on is in `guard`.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use store::Hourly;

use crate::failure::Failure;

/// What is limited, with burst and refill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Submissions through pages or API.
    Submit,
    /// Wrong codes and links. Right ones use none up.
    Code,
    /// Log-ins and changes of a password, right or wrong: each costs a slow hash.
    LogIn,
    /// Ways to the identity provider: a link that any page can make a browser open.
    Provider,
    /// Posts with files.
    Upload,
    /// Megabytes of those files: what is kept for weeks must not fill the disk of all.
    Megabyte,
    /// Applications printed: typesetting takes the turns that receipts and decisions need.
    Print,
    /// Applications begun.
    Draft,
    /// Messages and answers to the office.
    Message,
    /// Everything of a case in one file.
    Data,
    /// Forms of the desk that are shown again after their log-in has ended.
    Unsent,
}

impl Limit {
    /// (burst, seconds for one more)
    fn shape(self) -> (f64, f64) {
        match self {
            Limit::Submit => (60.0, 5.0),
            Limit::Code | Limit::LogIn | Limit::Provider => (30.0, 20.0),
            Limit::Upload => (60.0, 10.0),
            Limit::Megabyte => (500.0, 20.0),
            Limit::Print => (20.0, 10.0),
            Limit::Draft => (60.0, 10.0),
            Limit::Message => (20.0, 30.0),
            Limit::Data => (10.0, 60.0),
            Limit::Unsent => (30.0, 10.0),
        }
    }
}

/// How much wider a limit is for this machine itself: behind a proxy that `trusted_proxies` does not name, everybody
/// seems to come from here, and one bucket for all would lock all of them out.
const OWN: f64 = 100.0;

/// Whom a limit counts: this machine, an IPv4 address, the /64 of an IPv6 one (what one subscriber has), or, when too many are
/// remembered, one of a few shared buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Network {
    Own,
    V4(Ipv4Addr),
    V6([u16; 4]),
    Shared(u64),
}

impl Network {
    pub fn of(address: IpAddr) -> Network {
        match address.to_canonical() {
            own if own.is_loopback() => Network::Own,
            IpAddr::V4(v4) => Network::V4(v4),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                Network::V6([a, b, c, d])
            }
        }
    }

    /// (burst, seconds for one more). A log-in costs a slow hash, wherever it comes from.
    fn shape(self, limit: Limit) -> (f64, f64) {
        let (burst, refill) = limit.shape();
        match self {
            Network::Own if limit != Limit::LogIn => (burst * OWN, refill / OWN),
            _ => (burst, refill),
        }
    }

    fn shared(self) -> Network {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        Network::Shared(hasher.finish() % SHARED)
    }
}

/// Buckets remembered at most. Nobody's is thrown away to make room: newcomers share some until others have refilled.
const KEPT: usize = 20_000;
/// Shared buckets.
const SHARED: u64 = 1024;

#[derive(Debug, Default)]
struct Buckets {
    /// (attempts left, second of the last change)
    map: HashMap<(Network, Limit), (f64, i64)>,
    swept: i64,
}

impl Buckets {
    /// Forgets buckets that are full again, at most once a second: they are as if never used.
    fn sweep(&mut self, now: i64) {
        if self.swept == now {
            return;
        }
        self.swept = now;
        self.map.retain(|(network, limit), (left, at)| {
            let (burst, refill) = network.shape(*limit);
            *left + (now - *at).max(0) as f64 / refill < burst
        });
    }
}

#[derive(Debug, Default)]
pub struct Limits {
    off: bool,
    buckets: Mutex<Buckets>,
    turns: Turns,
    /// Where no more was taken in, and since when that is known: see [`store::Hourly`].
    full: Mutex<HashMap<(String, Hourly), Timestamp>>,
}

/// Places in which tries of the same thing come one after the other.
#[derive(Debug)]
struct Turns(Vec<tokio::sync::Mutex<()>>);

impl Default for Turns {
    fn default() -> Self {
        Turns((0..256).map(|_| tokio::sync::Mutex::default()).collect())
    }
}

impl Limits {
    /// For load tests on loopback.
    pub fn off() -> Self {
        Limits {
            off: true,
            ..Limits::default()
        }
    }

    /// An authority or a place is full; true: for the first time within an hour.
    pub fn crowded(&self, at: &str, what: Hourly, now: Timestamp) -> bool {
        let mut full = self.full.lock().unwrap_or_else(|e| e.into_inner());
        full.retain(|_, since| *since + SignedDuration::from_hours(1) > now);
        let new = !full.contains_key(&(at.to_owned(), what));
        full.entry((at.to_owned(), what)).or_insert(now);
        new
    }

    /// How many authorities and places were full within the last hour.
    pub fn full(&self, now: Timestamp) -> usize {
        let mut full = self.full.lock().unwrap_or_else(|e| e.into_inner());
        full.retain(|_, since| *since + SignedDuration::from_hours(1) > now);
        full.len()
    }

    /// Is nothing limited here?
    pub fn are_off(&self) -> bool {
        self.off
    }

    /// Says whether there is an attempt left, without taking it: where only misses count.
    pub fn check(&self, address: IpAddr, limit: Limit, now: Timestamp) -> Result<(), u32> {
        let network = Network::of(address);
        let (burst, refill) = network.shape(limit);
        let buckets = self.buckets.lock().unwrap_or_else(|e| e.into_inner());
        let mut map = buckets.map.get(&(network, limit));
        if map.is_none() && buckets.map.len() >= KEPT {
            map = buckets.map.get(&(network.shared(), limit));
        }
        let Some((left, since)) = map else {
            return Ok(());
        };
        let left = (left + (now.as_second() - since).max(0) as f64 / refill).min(burst);
        if self.off || left >= 1.0 {
            return Ok(());
        }
        Err(((1.0 - left) * refill).ceil() as u32)
    }

    /// Looks something up that a visitor may be guessing, as long as the network has misses left; only what `missed`
    /// says uses one up.
    ///
    /// # Errors
    /// `TooMany` without looking, or what `look` says.
    pub async fn guess<T>(
        &self,
        address: IpAddr,
        now: Timestamp,
        missed: fn(&Result<T, Failure>) -> bool,
        look: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        self.check(address, Limit::Code, now).map_err(Failure::TooMany)?;
        let found = look.await;
        if missed(&found) {
            self.take(address, Limit::Code, now).map_err(Failure::TooMany)?;
        }
        found
    }

    /// Waits until nobody else tries this: asking whether it is locked, trying, and counting the miss are one step, so
    /// that guesses sent at the same time do not all pass before the first is counted.
    pub async fn turn(&self, what: &str) -> tokio::sync::MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        let at = hasher.finish() as usize % self.turns.0.len();
        self.turns.0[at].lock().await
    }

    /// Takes one attempt, or says after how many seconds there is one again.
    pub fn take(&self, address: IpAddr, limit: Limit, now: Timestamp) -> Result<(), u32> {
        self.take_many(address, limit, 1, now)
    }

    /// Files of a post: one attempt, and their megabytes, each one begun counting whole.
    pub fn upload(&self, address: IpAddr, bytes: usize, now: Timestamp) -> Result<(), Failure> {
        let megabytes = u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(u32::MAX);
        self.take(address, Limit::Upload, now)
            .and_then(|()| self.take_many(address, Limit::Megabyte, megabytes, now))
            .map_err(Failure::TooMany)
    }

    /// Takes several at once: all or none.
    fn take_many(&self, address: IpAddr, limit: Limit, n: u32, now: Timestamp) -> Result<(), u32> {
        if self.off {
            return Ok(());
        }
        let now = now.as_second();
        let mut buckets = self.buckets.lock().unwrap_or_else(|e| e.into_inner());
        let mut network = Network::of(address);
        if buckets.map.len() >= KEPT && !buckets.map.contains_key(&(network, limit)) {
            buckets.sweep(now);
            if buckets.map.len() >= KEPT {
                network = network.shared();
            }
        }
        let (burst, refill) = network.shape(limit);
        let bucket = buckets.map.entry((network, limit)).or_insert((burst, now));
        let gained = (now - bucket.1).max(0) as f64 / refill;
        *bucket = ((bucket.0 + gained).min(burst), now);
        let n = f64::from(n);
        if bucket.0 < n {
            return Err(((n - bucket.0) * refill).ceil() as u32);
        }
        bucket.0 -= n;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("time")
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    fn use_up(limits: &Limits, address: IpAddr, now: Timestamp) {
        for _ in 0..30 {
            assert_eq!(limits.take(address, Limit::Code, now), Ok(()));
        }
        assert!(limits.take(address, Limit::Code, now).is_err());
    }

    #[test]
    fn a_burst_passes_then_waits_and_refills() {
        let limits = Limits::default();
        let address = ip("192.0.2.1");
        use_up(&limits, address, at(1_000));
        assert_eq!(limits.take(address, Limit::Code, at(1_000)), Err(20));
        assert_eq!(limits.take(ip("192.0.2.2"), Limit::Code, at(1_000)), Ok(()));
        assert_eq!(limits.take(address, Limit::Code, at(1_020)), Ok(()));
        assert!(limits.take(address, Limit::Code, at(1_020)).is_err());
        assert!(limits.check(address, Limit::Code, at(1_020)).is_err());
        assert_eq!(limits.check(ip("192.0.2.2"), Limit::Code, at(1_020)), Ok(()));
        assert_eq!(
            limits.check(address, Limit::Upload, at(1_020)),
            Ok(()),
            "limits do not touch each other"
        );
    }

    #[test]
    fn megabytes_count_beside_the_posts() {
        let limits = Limits::default();
        let address = ip("192.0.2.1");
        for _ in 0..50 {
            assert!(limits.upload(address, 10 << 20, at(1_000)).is_ok());
        }
        assert!(
            limits.upload(address, 1, at(1_000)).is_err(),
            "half a gigabyte is enough"
        );
        assert!(
            limits.upload(address, 1, at(1_020)).is_ok(),
            "a megabyte in twenty seconds"
        );
        assert!(limits.upload(ip("192.0.2.2"), 10 << 20, at(1_000)).is_ok());
    }

    #[test]
    fn one_subscriber_is_one_network() {
        let limits = Limits::default();
        use_up(&limits, ip("2001:db8:1:2::1"), at(1_000));
        assert!(limits.take(ip("2001:db8:1:2:ffff::9"), Limit::Code, at(1_000)).is_err());
        assert!(limits.take(ip("2001:db8:1:3::1"), Limit::Code, at(1_000)).is_ok());
        use_up(&limits, ip("192.0.2.1"), at(1_000));
        assert!(limits.take(ip("::ffff:192.0.2.1"), Limit::Code, at(1_000)).is_err());
    }

    /// A proxy that nobody named makes everybody one: then the limit is as wide as many.
    #[test]
    fn this_machine_has_a_wide_limit_but_for_log_ins() {
        let limits = Limits::default();
        for _ in 0..3_000 {
            assert_eq!(limits.take(ip("127.0.0.1"), Limit::Code, at(1_000)), Ok(()));
        }
        assert!(limits.take(ip("::1"), Limit::Code, at(1_000)).is_err());
        assert!(
            limits.take(ip("::1"), Limit::Code, at(1_001)).is_ok(),
            "five a second come back"
        );
        for _ in 0..30 {
            assert_eq!(limits.take(ip("::1"), Limit::LogIn, at(1_000)), Ok(()));
        }
        assert!(limits.take(ip("::1"), Limit::LogIn, at(1_000)).is_err());
    }

    #[test]
    fn a_flood_of_addresses_frees_nobody_and_does_not_grow() {
        let limits = Limits::default();
        let address = ip("192.0.2.1");
        use_up(&limits, address, at(1_000));
        for n in 0..60_000u32 {
            let _ = limits.take(IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + n)), Limit::Code, at(1_000));
        }
        assert!(limits.take(address, Limit::Code, at(1_000)).is_err(), "still limited");
        let size = || limits.buckets.lock().expect("lock").map.len();
        assert!(size() <= KEPT + SHARED as usize, "{}", size());
        // Once the flood is over there is room again.
        assert!(limits.take(ip("198.51.100.7"), Limit::Code, at(2_000)).is_ok());
        assert!(size() < 10, "{}", size());
    }
}
