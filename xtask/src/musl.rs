//! The binary that is shipped: static, without a C compiler, and able to do the main job.

use std::path::PathBuf;
use std::process::Command;

use crate::sh::{self, Done};

const TARGET: &str = "x86_64-unknown-linux-musl";
/// On free ports, since a developer's machine may run a broker.
const QUICKSTART: [&str; 7] =
    ["quickstart", "--exit-when-idle", "--broker", "127.0.0.1:0", "--rest", "127.0.0.1:0", "--dir"];

/// Builds, checks that it is static, runs the quickstart with it.
pub fn run() -> Done {
    let binary = build()?;
    is_static(&binary)?;
    quickstart(&binary)
}

fn build() -> Done<PathBuf> {
    let args = ["build", "--locked", "--profile", "dist", "--target", TARGET, "--package", "kconnect-server"];
    // A C compiler that does not exist proves that none is needed.
    sh::run(sh::cargo(&args).env("CC", "/nonexistent").env("TARGET_CC", "/nonexistent"))?;
    Ok(target_dir().join(TARGET).join("dist/kconnect"))
}

fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| sh::root().join("target"), PathBuf::from)
}

/// A static ELF file names no interpreter and needs no library: its program headers hold no PT_INTERP.
fn is_static(binary: &PathBuf) -> Done {
    let bytes =
        std::fs::read(binary).map_err(|error| format!("cannot read {}: {error}", binary.display()))?;
    let word = |at: usize, len: usize| {
        bytes.get(at..at + len).map(|b| b.iter().rev().fold(0_u64, |sum, &byte| (sum << 8) | u64::from(byte)))
    };
    let table = word(32, 8).ok_or("not an ELF file")? as usize;
    let (size, count) = (word(54, 2).ok_or("not an ELF file")? as usize, word(56, 2).unwrap_or(0) as usize);
    const PT_INTERP: u64 = 3;
    if (0..count).any(|i| word(table + i * size, 4) == Some(PT_INTERP)) {
        return Err(format!("{} is not static: it names an interpreter", binary.display()));
    }
    println!("{}: static, {:.1} MB", binary.display(), bytes.len() as f64 / 1e6);
    Ok(())
}

fn quickstart(binary: &PathBuf) -> Done {
    let dir = target_dir().join("musl-quickstart");
    let _ = std::fs::remove_dir_all(&dir);
    sh::run(Command::new(binary).args(QUICKSTART).arg(&dir))?;
    let (source, sink) = (read(dir.join("test.txt"))?, read(dir.join("test.sink.txt"))?);
    if source.is_empty() || !sink.contains(source.lines().next().unwrap_or_default()) {
        return Err("the quickstart ended well but its lines did not arrive".to_owned());
    }
    Ok(())
}

fn read(path: PathBuf) -> Done<String> {
    std::fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}
