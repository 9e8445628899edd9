//! Files that are small outside and endless inside, looked at as the server does it: in a process of its own that ends by
//! its bounds while the server goes on. What is in files otherwise: the corpus of `papers`.

use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use papers::{Inspector, Kind, Refusal};

fn zeros(megabytes: usize) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::best());
    let block = vec![b' '; 1 << 20];
    (0..megabytes).for_each(|_| out.write_all(&block).expect("memory"));
    out.finish().expect("memory")
}

/// A PDF whose objects lie in a stream that unpacks to so many megabytes.
fn bomb(megabytes: usize) -> Vec<u8> {
    let packed = zeros(megabytes);
    let mut out = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n".to_vec();
    let pack = out.len();
    out.extend(
        format!(
            "3 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length {} >>\nstream\n",
            packed.len()
        )
        .bytes(),
    );
    out.extend(packed);
    out.extend(b"\nendstream\nendobj\n");
    let table = out.len();
    let mut rows = vec![0, 0, 0, 0, 0, 0, 1];
    rows.extend(u32::try_from(9).expect("small").to_be_bytes());
    rows.extend([0, 2, 0, 0, 0, 3, 0, 1]);
    rows.extend(u32::try_from(pack).expect("small").to_be_bytes());
    rows.push(0);
    out.extend(
        format!(
            "4 0 obj\n<< /Type /XRef /W [1 4 1] /Size 4 /Root 1 0 R /Length {} >>\nstream\n",
            rows.len()
        )
        .bytes(),
    );
    out.extend(rows);
    out.extend(format!("\nendstream\nendobj\nstartxref\n{table}\n%%EOF\n").bytes());
    out
}

fn inspector() -> Inspector {
    Inspector::child(PathBuf::from(env!("CARGO_BIN_EXE_kommunal")))
}

#[tokio::test]
async fn a_bomb_ends_its_own_process_only() {
    let inspector = inspector();
    // Two thousand megabytes in two.
    let bomb = bomb(2_000);
    assert!(bomb.len() < 4 << 20, "{}", bomb.len());
    let found = inspector.look(bomb).await;
    assert!(matches!(found, Err(Refusal::TooMuch | Refusal::Broken)), "{found:?}");
    let deep = [
        b"%PDF-1.7\n1 0 obj\n".to_vec(),
        b"[".repeat(3 << 20),
        b"\nendobj\n%%EOF\n".to_vec(),
    ]
    .concat();
    let found = inspector.look(deep).await;
    assert!(matches!(found, Err(Refusal::TooMuch | Refusal::Broken)), "{found:?}");
    // It goes on.
    assert_eq!(inspector.look(b"MZ".to_vec()).await, Err(Refusal::Unknown));
    let small = self::bomb(1);
    assert!(inspector.look(small).await.is_err(), "no page, no catalogue's pages");
    assert_eq!(
        inspector
            .look(include_bytes!("../../../docs/pictures/start-phone.png").to_vec())
            .await,
        Ok(Kind::Png)
    );
}

#[tokio::test]
async fn without_the_program_nothing_is_taken() {
    let nowhere = Inspector::child(PathBuf::from("/nowhere/kommunal"));
    let png = include_bytes!("../../../docs/pictures/start-phone.png").to_vec();
    assert_eq!(nowhere.look(png).await, Err(Refusal::TooMuch));
}
