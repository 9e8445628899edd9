//! The address of a PostgreSQL server and how the way there is protected. Belongs here: reading the address, TLS and
//! whose certificates count. Not here: connections (`postgres.rs`).
//!
//! Over a network TLS is always used and the server's certificate always checked, with its name; only an address that
//! says `sslmode=disable` goes without. On the machine itself (socket, loopback) nothing is encrypted unless the
//! address asks for it.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// libpq's name for the file (PEM) of the authorities whose certificates count; without it those that browsers know.
const AUTHORITIES: &str = "sslrootcert";

/// Where the server is, and how to get there.
pub(super) struct Address {
    pub config: Config,
    pub tls: MakeRustlsConnect,
}

/// Reads `postgres://user:password@host/database?sslmode=require&sslrootcert=/etc/kommunal/ca.pem` or the same as
/// `host=… user=…`.
///
/// # Errors
/// What is wrong, in German, as part of a sentence and without the password.
pub(super) fn read(dsn: &str) -> Result<Address, String> {
    let (dsn, authorities) = split(dsn);
    let mut config: Config = dsn.parse().map_err(|_| "die Adresse ist falsch".to_owned())?;
    if config.get_ssl_mode() == SslMode::Prefer {
        // Where the driver goes is the number, if there is one.
        let away = config.get_hosts().iter().any(|host| !is_here(host))
            || config.get_hostaddrs().iter().any(|ip| !ip.is_loopback());
        config.ssl_mode(if away { SslMode::Require } else { SslMode::Disable });
    }
    let tls = MakeRustlsConnect::new(client(authorities.as_deref())?);
    Ok(Address { config, tls })
}

/// The same machine: nobody else can listen.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// The address as the driver reads it: without `sslrootcert`, which it does not know (its value comes back), and with
/// `require` for libpq's words for „check everything“, because that is what it means here.
fn split(dsn: &str) -> (String, Option<String>) {
    let mut file = None;
    if !dsn.starts_with("postgres://") && !dsn.starts_with("postgresql://") {
        let Some(parts) = parts(dsn) else {
            return (dsn.to_owned(), None);
        };
        let mut out = Vec::new();
        for (key, value) in parts {
            match key.as_str() {
                AUTHORITIES => file = Some(value),
                "sslmode" => out.push(format!("sslmode={}", driver_mode(&value))),
                _ => out.push(format!("{key}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))),
            }
        }
        return (out.join(" "), file);
    }
    let Some((base, query)) = dsn.split_once('?') else {
        return (dsn.to_owned(), None);
    };
    let mut out = Vec::new();
    for part in query.split('&') {
        match part.split_once('=') {
            Some((AUTHORITIES, value)) => file = Some(percent_decode_str(value).decode_utf8_lossy().into_owned()),
            Some(("sslmode", value)) => out.push(format!("sslmode={}", driver_mode(value))),
            _ => out.push(part.to_owned()),
        }
    }
    (format!("{base}?{}", out.join("&")), file)
}

fn driver_mode(mode: &str) -> &str {
    match mode {
        "verify-full" | "verify-ca" => "require",
        other => other,
    }
}

/// `key = value` pairs as libpq reads them: a value in quotes may hold blanks, and a backslash takes the next character
/// as it is. `None`: that is no such address.
fn parts(dsn: &str) -> Option<Vec<(String, String)>> {
    let mut out = Vec::new();
    let mut rest = dsn.trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        let mut chars = after.trim_start().chars();
        let mut value = String::new();
        let quoted = chars.as_str().starts_with('\'');
        if quoted {
            chars.next();
        }
        loop {
            match chars.next() {
                Some('\\') => value.push(chars.next()?),
                Some('\'') if quoted => break,
                Some(c) if !quoted && c.is_whitespace() => break,
                Some(c) => value.push(c),
                None if quoted => return None,
                None => break,
            }
        }
        out.push((key.trim().to_owned(), value));
        rest = chars.as_str().trim_start();
    }
    Some(out)
}

fn client(authorities: Option<&str>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let unreadable = |e: &dyn std::fmt::Display| format!("{AUTHORITIES}: {file} ist nicht lesbar ({e})");
            for certificate in CertificateDer::pem_file_iter(file).map_err(|e| unreadable(&e))? {
                let certificate = certificate.map_err(|e| unreadable(&e))?;
                roots.add(certificate).map_err(|e| unreadable(&e))?;
            }
            if roots.is_empty() {
                return Err(format!("{AUTHORITIES}: in {file} steht kein Zertifikat"));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Why there is no protected way to the server, in German, if that is the reason.
pub(super) fn why_not(error: &tokio_postgres::Error) -> Option<String> {
    let mut cause = std::error::Error::source(error);
    while let Some(e) = cause {
        if e.to_string().contains("server does not support TLS") {
            return Some("der Server bietet kein TLS an".into());
        }
        let io = e.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(rustls::Error::InvalidCertificate(why)) = io.and_then(|e| e.downcast_ref()).or(e.downcast_ref()) {
            let why = format!("{why:?}");
            return Some(format!(
                "das Zertifikat des Servers gilt nicht ({}); die Stelle, die es ausgestellt hat, nennt {AUTHORITIES}",
                why.split([' ', '(']).next().unwrap_or_default()
            ));
        }
        cause = e.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(dsn: &str) -> SslMode {
        read(dsn)
            .map_err(|e| panic!("{dsn}: {e}"))
            .map(|a| a.config.get_ssl_mode())
            .unwrap()
    }

    #[test]
    fn over_a_network_nothing_goes_without_tls_unless_the_address_says_so() {
        for (dsn, expected) in [
            ("postgres://app@db.example.de/kommunal", SslMode::Require),
            ("host=10.0.0.7 user=app", SslMode::Require),
            ("host=127.0.0.1,db.example.de user=app", SslMode::Require),
            ("postgres://app@db.example.de/kommunal?sslmode=prefer", SslMode::Require),
            (
                "postgres://app@db.example.de/kommunal?sslmode=verify-full",
                SslMode::Require,
            ),
            (
                "postgres://app@db.example.de/kommunal?sslmode=disable",
                SslMode::Disable,
            ),
            ("postgres://app@localhost/kommunal?hostaddr=10.0.0.7", SslMode::Require),
            ("host=localhost hostaddr=10.0.0.7 user=app", SslMode::Require),
            ("postgres://app@localhost/kommunal", SslMode::Disable),
            ("host=/var/run/postgresql user=app", SslMode::Disable),
            ("postgres://app@127.0.0.1/kommunal?sslmode=require", SslMode::Require),
        ] {
            assert_eq!(mode(dsn), expected, "{dsn}");
        }
    }

    #[test]
    fn a_password_stays_as_it_is_whatever_it_looks_like() {
        for (dsn, password) in [
            ("host=/run user=app password='two  blanks'", "two  blanks"),
            ("host = /run user=app password = plain", "plain"),
            (r"host=/run user=app password='it\'s a \\'", r"it's a \"),
            (r"host=/run user=app password=a\ b", "a b"),
            (
                "host=/run user=app password='sslmode=verify-full'",
                "sslmode=verify-full",
            ),
            ("postgres://app:sslmode=verify-ca@localhost/k", "sslmode=verify-ca"),
            ("postgres://app:x%3Fy@localhost/k?sslmode=verify-full", "x?y"),
        ] {
            let config = read(dsn).map_err(|e| panic!("{dsn}: {e}")).map(|a| a.config).unwrap();
            assert_eq!(config.get_password(), Some(password.as_bytes()), "{dsn}");
        }
        assert!(read("host=/run password='open").is_err());
        assert!(read("host").is_err());
    }

    #[test]
    fn the_file_of_authorities_is_named_in_both_kinds_of_address() {
        for dsn in [
            "postgres://a@b/c?sslrootcert=%2Fnirgends%2Fca.pem&sslmode=require",
            "host=b sslrootcert=/nirgends/ca.pem",
            "host=b sslrootcert='/nirgends/ca.pem' sslmode=verify-full",
        ] {
            let error = read(dsn).err().expect("no such file");
            assert!(
                error.starts_with("sslrootcert: /nirgends/ca.pem ist nicht lesbar"),
                "{error}"
            );
        }
    }
}
