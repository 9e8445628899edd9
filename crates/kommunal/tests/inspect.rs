//! Files that are small outside and endless inside, looked at as the server does it: in a process of its own that ends by
//! its bounds while the server goes on. What is in files otherwise: the corpus of `papers`.

use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use papers::{Inspector, Kind, Refusal};

/// A right PDF of one page, whose last object lies in a stream that unpacks to so many megabytes of blanks.
fn bomb(megabytes: usize) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(b"5 0 << /A 1 >>").expect("memory");
    let blanks = vec![b' '; 1 << 20];
    (0..megabytes).for_each(|_| packed.write_all(&blanks).expect("memory"));
    let packed = packed.finish().expect("memory");
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut at = Vec::new();
    for object in [
        "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
        "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
        "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\n",
    ] {
        at.push(out.len());
        out.extend(object.bytes());
    }
    at.push(out.len());
    let length = packed.len();
    out.extend(
        format!("4 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length {length} >>\nstream\n").bytes(),
    );
    out.extend(packed);
    out.extend(b"\nendstream\nendobj\n");
    let table = out.len();
    let mut rows = vec![0; 6];
    let mut row = |kind: u8, number: usize| {
        rows.push(kind);
        rows.extend(u32::try_from(number).expect("small").to_be_bytes());
        rows.push(0);
    };
    at.iter().for_each(|at| row(1, *at));
    row(2, 4);
    row(1, table);
    let length = rows.len();
    out.extend(format!("6 0 obj\n<< /Type /XRef /W [1 4 1] /Size 7 /Root 1 0 R /Length {length} >>\nstream\n").bytes());
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
    assert_eq!(
        inspector.look(bomb(1)).await,
        Ok(Kind::Pdf),
        "the same, small, is taken"
    );
    let bomb = bomb(900);
    assert!(bomb.len() < 10 << 20, "{}", bomb.len());
    assert_eq!(inspector.look(bomb).await, Err(Refusal::TooMuch));
    // It goes on.
    assert_eq!(inspector.look(b"MZ".to_vec()).await, Err(Refusal::Unknown));
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
    assert_eq!(nowhere.look(png).await, Err(Refusal::NotNow));
}
