//! A mail server for the stories: takes mail, refuses some of it, or says nothing at all.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What came in: recipient and Message-ID.
pub type Taken = Arc<Mutex<Vec<(String, String)>>>;

/// Takes mail for everybody but addresses that begin with `kaputt`; its refusal quotes the address.
pub async fn server() -> (u16, Taken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let taken = Taken::default();
    let kept = taken.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, kept.clone()));
        }
    });
    (port, taken)
}

/// Accepts connections and never answers.
pub async fn silent() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(stream);
        }
    });
    port
}

async fn serve(stream: TcpStream, taken: Taken) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 stories\r\n").await?;
    let (mut to, mut id, mut data) = (String::new(), String::new(), false);
    while let Some(line) = lines.next_line().await? {
        if data {
            if let Some(value) = line.strip_prefix("Message-ID: ") {
                value.clone_into(&mut id);
            }
            if line == "." {
                data = false;
                taken.lock().expect("a list").push((to.clone(), id.clone()));
                write.write_all(b"250 taken\r\n").await?;
            }
            continue;
        }
        let word = line.to_ascii_uppercase();
        let answer = if word.starts_with("RCPT TO:<KAPUTT") {
            format!("550 no such mailbox {line}\r\n")
        } else if word.starts_with("RCPT TO:") {
            line[9..].trim_end_matches('>').clone_into(&mut to);
            "250 ok\r\n".into()
        } else if word.starts_with("DATA") {
            data = true;
            "354 go on\r\n".into()
        } else if word.starts_with("QUIT") {
            write.write_all(b"221 bye\r\n").await?;
            return Ok(());
        } else {
            "250 ok\r\n".into()
        };
        write.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}
