//! The lock file beside an offset file: two workers on one file would overwrite each other's offsets.
//!
//! The lock is the system's advisory lock on `<file>.lock`, beside the file that links lead to; it goes away with the process however that ends, so a
//! killed worker never blocks its successor. The file itself stays, since removing it would let a third worker lock
//! another file of the same name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Held while a worker owns an offset file.
#[derive(Debug)]
pub(crate) struct FileLock(#[allow(dead_code, reason = "dropping it releases the lock")] File);

/// Why the lock was not taken.
#[derive(Debug)]
pub(crate) enum LockError {
    /// Another process holds it; what it wrote about itself.
    Held(String),
    /// The lock file cannot be made.
    Io(io::Error),
}

pub(crate) fn lock_path(file: &Path) -> PathBuf {
    let mut name = linked(file).into_os_string();
    name.push(".lock");
    name.into()
}

/// The file that is read and written, which need not exist.
fn linked(file: &Path) -> PathBuf {
    let mut path = file.to_owned();
    for _ in 0..LINKS_MAX {
        let Ok(target) = std::fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    path
}

/// As many as the system follows.
const LINKS_MAX: usize = 40;

impl FileLock {
    pub(crate) fn take(file: &Path) -> Result<Self, LockError> {
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(lock_path(file))
            .map_err(LockError::Io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let _ = lock.take(64).read_to_string(&mut owner);
                return Err(LockError::Held(owner.trim().to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        // Who holds it is only for messages; a full disk must not stop the worker here.
        let _ = lock
            .set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| write!(lock, "process {}", std::process::id()));
        Ok(Self(lock))
    }
}
