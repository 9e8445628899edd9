//! One kept-alive HTTP/1.1 connection to the server under test, without a library: the driver has one core and must
//! not be what is measured. It knows what our server sends (`Content-Length`, no compression unless asked for) and
//! refuses the rest.

use std::net::Ipv4Addr;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What came back, without the body: that is in [`Http::body`].
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    pub location: String,
    /// `name=value` of each cookie that was set.
    pub cookies: Vec<String>,
    length: usize,
}

pub struct Http {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
    start: usize,
}

impl Http {
    pub async fn connect(port: u16) -> Result<Http> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.set_nodelay(true)?;
        Ok(Http {
            stream,
            host: format!("localhost:{port}"),
            buffer: Vec::with_capacity(64 * 1024),
            start: 0,
        })
    }

    /// The body of the last answer.
    pub fn body(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    pub async fn get(&mut self, path: &str, cookies: &str) -> Result<Head> {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{cookies}\r\n", self.host);
        self.send(request.as_bytes()).await.with_context(|| path.to_owned())
    }

    /// `more`: further header lines, each with its end.
    pub async fn post(&mut self, path: &str, kind: &str, more: &str, body: &[u8]) -> Result<Head> {
        let host = &self.host;
        let length = body.len();
        // As a browser says it: posts from other sites are refused.
        let mut request = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\nsec-fetch-site: same-origin\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{more}\r\n").into_bytes();
        request.extend_from_slice(body);
        self.send(&request).await.with_context(|| path.to_owned())
    }

    async fn send(&mut self, request: &[u8]) -> Result<Head> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("Der Server hat die Verbindung geschlossen.");
            }
            if let Some(end) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") {
                let head = read(&self.buffer[..end])?;
                self.start = end + 4;
                let whole = self.start + head.length;
                while self.buffer.len() < whole {
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        bail!("Der Server hat mitten in der Antwort geschlossen.");
                    }
                }
                return Ok(head);
            }
        }
    }
}

/// The header line for cookies; empty without any.
pub fn cookie_line(cookies: &[String]) -> String {
    match cookies {
        [] => String::new(),
        some => format!("cookie: {}\r\n", some.join("; ")),
    }
}

fn read(head: &[u8]) -> Result<Head> {
    let head = std::str::from_utf8(head).context("ein Kopf, der kein Text ist")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).unwrap_or_default();
    let mut out = Head {
        status: status.parse().context("keine Antwort von HTTP/1.1")?,
        ..Head::default()
    };
    let mut known = matches!(out.status, 204 | 304);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        match name.len() {
            14 if name.eq_ignore_ascii_case("content-length") => {
                out.length = value.parse().context("eine Länge, die keine Zahl ist")?;
                known = true;
            }
            8 if name.eq_ignore_ascii_case("location") => value.clone_into(&mut out.location),
            10 if name.eq_ignore_ascii_case("set-cookie") => {
                out.cookies.push(value.split(';').next().unwrap_or_default().to_owned());
            }
            _ => {}
        }
    }
    if !known {
        bail!("Eine Antwort ohne Content-Length.");
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_and_one_without_length_refused() {
        let head = read(b"HTTP/1.1 303 See Other\r\nLocation: /a\r\nset-cookie: x=1; Path=/\r\ncontent-length: 0")
            .expect("a head");
        assert_eq!((head.status, head.location.as_str()), (303, "/a"));
        assert_eq!(cookie_line(&head.cookies), "cookie: x=1\r\n");
        assert!(read(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked").is_err());
        assert!(read(b"SSH-2.0").is_err());
    }
}
