//! What `kommunal inspect` runs: reads one file from standard input, writes the finding to standard output, under limits
//! that the operating system holds. It keeps nothing, has no secrets and writes no file.

use std::io::{self, Read as _, Write as _};
use std::panic::catch_unwind;

use rlimit::Resource;

use crate::{Refusal, look};

/// Memory in bytes: the largest picture takes 256 MB.
const MEMORY: u64 = 400 * 1024 * 1024;
/// Seconds of the processor.
const SECONDS: u64 = 10;

/// Looks at one file. Errors: input or output broke, or limits cannot be set.
pub fn child_main() -> io::Result<()> {
    Resource::DATA.set(MEMORY, MEMORY)?;
    Resource::CPU.set(SECONDS, SECONDS)?;
    Resource::CORE.set(0, 0)?;
    Resource::FSIZE.set(0, 0)?;
    // A panic's message may quote the file: it goes nowhere.
    std::panic::set_hook(Box::new(|_| {}));
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let found = catch_unwind(|| look(&bytes)).unwrap_or(Err(Refusal::Broken));
    io::stdout().lock().write_all(&serde_json::to_vec(&found)?)
}
