//! The way to PostgreSQL over a network: encrypted, and only to a server whose certificate counts.

use std::path::{Path, PathBuf};
use std::process::Command;

use store::*;

/// A server that is reached by TLS only.
struct Server {
    folder: PathBuf,
    port: u16,
}

fn script() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/pg.sh"))
}

impl Server {
    fn start() -> Option<Server> {
        if std::env::var_os("KOMMUNAL_TEST_PG").is_none() {
            eprintln!("KOMMUNAL_TEST_PG is not set: PostgreSQL is not tested");
            return None;
        }
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let folder = std::env::temp_dir().join(format!("kommunal-tls-{}", std::process::id()));
        let done = script()
            .arg("start")
            .arg(&folder)
            .env("PG_TLS_PORT", port.to_string())
            .output()
            .expect("tests/pg.sh");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Some(Server { folder, port })
    }

    /// What the store says to the server at this address; `None`: it opens.
    async fn refusal(&self, host: &str, more: &str) -> Option<String> {
        let config = StoreConfig {
            data: self.folder.with_extension("data"),
            database: Some(format!(
                "host={host} port={} user=kommunal dbname=postgres {more}",
                self.port
            )),
            database_migrate: None,
            root: RootKey::random(&Entropy::System).into(),
            entropy: Entropy::System,
        };
        Store::open(config).await.err().map(|e| e.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(script().arg("stop").arg(&self.folder).output());
        drop(std::fs::remove_dir_all(self.folder.with_extension("data")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_spoken_to_by_tls_and_only_with_a_certificate_that_counts() {
    let Some(server) = Server::start() else { return };
    let file = |name: &str| format!("sslmode=require sslrootcert={}", server.folder.join(name).display());
    let refused = server
        .refusal("localhost", &file("other.pem"))
        .await
        .expect("a stranger's certificate");
    assert!(
        refused.contains("das Zertifikat des Servers gilt nicht (UnknownIssuer)"),
        "{refused}"
    );
    let refused = server
        .refusal("localhost", "sslmode=require")
        .await
        .expect("not one that browsers know");
    assert!(refused.contains("das Zertifikat des Servers gilt nicht"), "{refused}");
    let refused = server
        .refusal("127.0.0.1", &file("ca.pem"))
        .await
        .expect("another name");
    assert!(refused.contains("(NotValidForName"), "{refused}");
    let refused = server.refusal("localhost", "sslmode=disable").await.expect("TLS only");
    assert!(refused.contains("pg_hba.conf"), "{refused}");
    assert_eq!(server.refusal("localhost", &file("ca.pem")).await, None);
}
