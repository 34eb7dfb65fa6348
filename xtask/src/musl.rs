//! The binary that is shipped: static, without a C compiler, and able to do the main job; its line tables beside it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::elf::{Elf, Function};
use crate::sh::{self, Done};

const TARGET: &str = "x86_64-unknown-linux-musl";
/// What `crates/rt` defines in place of the C library.
const MEMORY: [&str; 5] = ["memcpy", "memmove", "memset", "memcmp", "bcmp"];
/// On free ports, since a developer's machine may run a broker.
const QUICKSTART: [&str; 7] =
    ["quickstart", "--exit-when-idle", "--broker", "127.0.0.1:0", "--rest", "127.0.0.1:0", "--dir"];

/// Builds, checks that it is static, runs the quickstart with it.
pub fn run() -> Done {
    let binary = build()?;
    let elf = Elf::read(&binary)?;
    if !elf.is_static() {
        return Err(format!("{} is not static: it names an interpreter", binary.display()));
    }
    println!("{}: static, {:.1} MB", binary.display(), elf.len() as f64 / 1e6);
    calls_no_memory_function(&elf)?;
    quickstart(&binary)
}

fn build() -> Done<PathBuf> {
    let args = ["build", "--locked", "--profile", "dist", "--target", TARGET, "--package", "kconnect-server"];
    // A C compiler that does not exist proves that none is needed.
    let mut cargo = sh::cargo(&args);
    cargo.env("CC", "/nonexistent").env("TARGET_CC", "/nonexistent").env("CARGO_PROFILE_DIST_STRIP", "none");
    sh::run(&mut cargo)?;
    let binary = target_dir().join(TARGET).join("dist/kconnect");
    separate(&binary)?;
    Ok(binary)
}

/// Moves the line tables into `kconnect.debug` beside the binary, which names that file: debuggers find it, users need
/// not carry it.
fn separate(binary: &Path) -> Done {
    let (debug, stripped) = (binary.with_extension("debug"), binary.with_extension("stripped"));
    objcopy(&["--only-keep-debug"], binary, &debug)?;
    objcopy(&["--strip-debug", &format!("--add-gnu-debuglink={}", debug.display())], binary, &stripped)?;
    // In its place, not over it: the file is a hard link into cargo's own folder.
    std::fs::rename(&stripped, binary).map_err(|error| error.to_string())?;
    println!("{}: {:.1} MB of line tables", debug.display(), file_size(&debug)? / 1e6);
    Ok(())
}

/// The toolchain's own `objcopy`.
fn objcopy(args: &[&str], from: &Path, to: &Path) -> Done {
    let sysroot = PathBuf::from(sh::output(Command::new("rustc").args(["--print", "sysroot"]))?.trim());
    let host = sh::output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let program = sysroot.join("lib/rustlib").join(host.trim()).join("bin/rust-objcopy");
    sh::output(
        Command::new(program).env("LD_LIBRARY_PATH", sysroot.join("lib")).args(args).arg(from).arg(to),
    )?;
    Ok(())
}

fn file_size(path: &Path) -> Done<f64> {
    let read = std::fs::metadata(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(read.len() as f64)
}

fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| sh::root().join("target"), PathBuf::from)
}

/// The memory functions are ours, and none was compiled into a call of one of them: that would never return.
fn calls_no_memory_function(elf: &Elf) -> Done {
    let functions = elf.functions();
    let ours = |function: &&Function<'_>| function.name.contains("kconnect_rt");
    if !functions.iter().any(|function| ours(&function) && function.name.contains("longest")) {
        return Err("the memory functions of crates/rt are not in the binary".to_owned());
    }
    let named = |function: &&Function<'_>| MEMORY.contains(&function.name);
    let named: Vec<_> = functions.iter().filter(named).collect();
    for function in functions.iter().filter(ours).chain(named.iter().copied()) {
        let called = |target| named.iter().find(|other| other.address == target);
        if let Some(other) = function.targets().find_map(called) {
            return Err(format!("{} may call {}, which may lead back to it", function.name, other.name));
        }
    }
    println!("memory functions: ours, {} named", named.len());
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
