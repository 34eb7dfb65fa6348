//! One file that grows, is truncated, rotated, missing. Blocking; what may last long runs in the blocking pool.
//!
//! ```text
//! closed ──open──► reading ──end──► nothing new ──another file has the name, twice seen──► reading the new one
//!    ▲ missing        ▲────────────────┘ └──shorter than the position──► from the start
//! ```
//! Reads name their position, so nothing is shared with other users of the descriptor. What is no regular file (a pipe,
//! a device) is read as it comes, without positions.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file behind one path.
pub(crate) struct Tail {
    path: PathBuf,
    open: Option<Open>,
    position: u64,
    /// Another file was seen under the path; it is turned to when the old one has nothing new at the next look either,
    /// since its writer may still hold it.
    rotated: bool,
}

struct Open {
    file: File,
    id: (u64, u64),
    regular: bool,
}

/// What a look at the file found.
#[derive(Debug, PartialEq)]
pub(crate) enum Look {
    /// So many bytes were read.
    Read(usize),
    /// Nothing new.
    Nothing,
    /// The file was just opened.
    Opened,
    /// There is no such file (or, after a rotation, none that may be opened).
    Missing,
    /// The file is open; reading starts at a position that is not the start of a line.
    MidLine(u64),
    /// The file is shorter than the position; reading goes on from its start.
    Truncated {
        /// The position.
        position: u64,
        /// The length found.
        length: u64,
    },
    /// The old file is finished; a new one is read from its start.
    Rotated,
}

impl Tail {
    /// Follows the file at `path` from `position` on.
    pub(crate) fn new(path: &Path, position: u64) -> Self {
        Self { path: path.to_owned(), open: None, position, rotated: false }
    }

    /// Whether positions mean something; known once the file is open.
    pub(crate) fn has_positions(&self) -> bool {
        self.open.as_ref().is_none_or(|open| open.regular)
    }

    /// Whether a look reads a file on a disk that is open already, and so does not wait for anybody.
    pub(crate) fn is_quick(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.regular)
    }

    /// Reads what is new into `into`, or says what else happened.
    pub(crate) fn look(&mut self, into: &mut [u8]) -> io::Result<Look> {
        let Some(open) = &mut self.open else {
            return self.open();
        };
        if !open.regular {
            return match open.file.read(into) {
                Ok(0) => Ok(Look::Nothing),
                Ok(read) => Ok(Look::Read(read)),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                    Ok(Look::Nothing)
                }
                Err(error) => Err(error),
            };
        }
        let length = open.file.metadata()?.len();
        if length < self.position {
            let position = std::mem::take(&mut self.position);
            return Ok(Look::Truncated { position, length });
        }
        if length > self.position {
            let read = read_full(&open.file, into, self.position)?;
            self.position += read as u64;
            self.rotated = false;
            return Ok(if read > 0 { Look::Read(read) } else { Look::Nothing });
        }
        self.at_the_end()
    }

    fn open(&mut self) -> io::Result<Look> {
        let (open, metadata) = match open(&self.path) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Look::Missing),
            Err(error) => return Err(error),
        };
        let open = self.open.insert(open);
        if !open.regular {
            self.position = 0;
        } else if metadata.len() < self.position {
            let position = std::mem::take(&mut self.position);
            return Ok(Look::Truncated { position, length: metadata.len() });
        } else if let Some(before) = self.position.checked_sub(1) {
            let mut byte = [0];
            open.file.read_exact_at(&mut byte, before)?;
            if !matches!(byte, [b'\n' | b'\r']) {
                return Ok(Look::MidLine(self.position));
            }
        }
        Ok(Look::Opened)
    }

    fn at_the_end(&mut self) -> io::Result<Look> {
        let metadata = match std::fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Look::Missing),
            Err(error) => return Err(error),
        };
        if self.open.as_ref().is_some_and(|open| open.id == id(&metadata)) {
            self.rotated = false;
            return Ok(Look::Nothing);
        }
        if !std::mem::replace(&mut self.rotated, true) {
            return Ok(Look::Nothing);
        }
        match open(&self.path) {
            Ok((open, _)) => {
                (self.open, self.position, self.rotated) = (Some(open), 0, false);
                Ok(Look::Rotated)
            }
            // The rotation goes on: a file that has just been made gets its rights a moment later.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {
                Ok(Look::Missing)
            }
            Err(error) => Err(error),
        }
    }
}

fn open(path: &Path) -> io::Result<(Open, Metadata)> {
    // Without waiting: a pipe that nobody writes to must not hold a thread.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() || metadata.file_type().is_block_device() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is a folder or a block device"));
    }
    let open = Open { id: id(&metadata), regular: metadata.is_file(), file };
    Ok((open, metadata))
}

fn id(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// Reads until `into` is full or the file ends.
fn read_full(file: &File, into: &mut [u8], position: u64) -> io::Result<usize> {
    let mut read = 0;
    while let Some(room) = into.get_mut(read..).filter(|room| !room.is_empty()) {
        match file.read_at(room, position + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // What was read is given out first; the error comes back at the next look if it stays.
            Err(_) if read > 0 => break,
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
