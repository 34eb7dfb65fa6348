//! What lies on disk: whole lines, also after a write that failed in the middle. Blocking.
//!
//! A disk that gets full takes a part of a write. That part is cut off again, so that the same lines can be written
//! once more. When it cannot be cut off (another process has appended behind it, the target is no regular file), the
//! torn line is ended with a newline before the next write: a fragment and repeated lines, never a lost one.
//!
//! Tasks of this process that append to one file take turns, so nobody appends between a torn write and its removal.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Seek, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use super::TARGET;

/// An open target of lines.
pub(crate) struct Appender {
    target: Target,
    /// The last write ended inside a line that could not be cut off.
    torn: bool,
}

enum Target {
    Stdout,
    /// A pipe or a device: no lengths, no sync.
    Stream(File),
    Regular {
        file: File,
        turn: Arc<Mutex<()>>,
    },
}

impl Appender {
    /// Standard output of the process.
    pub(crate) fn stdout() -> Self {
        Self { target: Target::Stdout, torn: false }
    }

    /// Opens the file at `path` for appending and creates it if need be; ends a line torn by an earlier crash.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let is_new = !path.exists();
        let file = OpenOptions::new().append(true).create(true).mode(0o640).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(Self { target: Target::Stream(file), torn: false });
        }
        if is_new {
            sync_folder(path);
        }
        let turn = turn_for((metadata.dev(), metadata.ino()));
        let torn = end_torn_line(&file, &turn, path)?;
        Ok(Self { target: Target::Regular { file, turn }, torn })
    }

    /// Whether the target is a file on a disk, which nobody has to read for a write to end.
    pub(crate) fn is_regular(&self) -> bool {
        matches!(self.target, Target::Regular { .. })
    }

    /// Appends `lines`, which are whole, or nothing of them.
    pub(crate) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let Self { target, torn } = self;
        match target {
            Target::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(lines)?;
                stdout.flush()
            }
            Target::Stream(file) => stream(file, lines, torn),
            Target::Regular { file, turn } => {
                let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
                if *torn {
                    write(file, b"\n").map_err(|(_, error)| error)?;
                    *torn = false;
                }
                write(file, lines).map_err(|(written, error)| {
                    *torn = written > 0 && !cut_off(file, written) && lines.get(written - 1) != Some(&b'\n');
                    error
                })
            }
        }
    }

    /// Makes everything appended durable.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        match &self.target {
            Target::Stdout | Target::Stream(_) => Ok(()),
            Target::Regular { file, .. } => file.sync_data(),
        }
    }
}

/// Ends a last line without terminator; says whether that is still to be done because the disk is full.
fn end_torn_line(mut file: &File, turn: &Mutex<()>, path: &Path) -> io::Result<bool> {
    let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
    let length = file.metadata()?.len();
    let Some(last) = length.checked_sub(1) else {
        return Ok(false);
    };
    let mut byte = [b'\n'];
    // `file` can only append.
    match File::open(path) {
        Ok(reader) => reader.read_exact_at(&mut byte, last)?,
        Err(error) => {
            tracing::warn!(target: TARGET, file = %path.display(), %error,
                "cannot read the file to see whether its last line is whole");
        }
    }
    if byte == [b'\n'] {
        return Ok(false);
    }
    tracing::warn!(target: TARGET, file = %path.display(), length,
        "the file ended inside a line; the line is ended before new ones are appended");
    Ok(file.write_all(b"\n").is_err())
}

fn stream(file: &mut File, lines: &[u8], torn: &mut bool) -> io::Result<()> {
    if *torn {
        write(file, b"\n").map_err(|(_, error)| error)?;
        *torn = false;
    }
    write(file, lines).map_err(|(written, error)| {
        *torn = written > 0 && lines.get(written - 1) != Some(&b'\n');
        error
    })
}

/// Writes all of `data`; on failure says how much was written.
fn write(file: &mut File, data: &[u8]) -> Result<(), (usize, io::Error)> {
    let mut written = 0;
    while let Some(rest) = data.get(written..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => return Err((written, ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err((written, error)),
        }
    }
    Ok(())
}

/// Cuts the last `written` bytes off again, if they are the end of the file.
fn cut_off(file: &mut File, written: usize) -> bool {
    // After an appending write the position is the end of what it wrote.
    let (Ok(end), Ok(metadata)) = (file.stream_position(), file.metadata()) else {
        return false;
    };
    let start = end.checked_sub(written as u64).filter(|_| metadata.len() == end);
    let done = start.is_some_and(|start| file.set_len(start).is_ok());
    if !done {
        tracing::warn!(target: TARGET, written,
            "a part of a write stays in the file since somebody else has appended behind it; lines may be repeated");
    }
    done
}

/// A new file exists for sure once its folder is synced; not all file systems can.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Err(error) = File::open(folder).and_then(|folder| folder.sync_all()) {
        tracing::debug!(target: TARGET, folder = %folder.display(), %error, "cannot sync the folder");
    }
}

/// The lock that appenders of one file in this process share.
fn turn_for(file: (u64, u64)) -> Arc<Mutex<()>> {
    static TURNS: LazyLock<Mutex<HashMap<(u64, u64), Weak<Mutex<()>>>>> = LazyLock::new(Mutex::default);
    let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    turns.retain(|_, turn| turn.strong_count() > 0);
    if let Some(turn) = turns.get(&file).and_then(Weak::upgrade) {
        return turn;
    }
    let turn = Arc::default();
    turns.insert(file, Arc::downgrade(&turn));
    turn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_write_is_cut_off_only_while_it_is_the_end_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let mut file = OpenOptions::new().append(true).create(true).open(&path).unwrap();
        write(&mut file, b"kept\n").unwrap();
        write(&mut file, b"par").unwrap();
        assert!(cut_off(&mut file, 3));
        assert_eq!(std::fs::read(&path).unwrap(), b"kept\n");
        write(&mut file, b"par").unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"other\n").unwrap();
        assert!(!cut_off(&mut file, 3));
        assert_eq!(std::fs::read(&path).unwrap(), b"kept\nparother\n");
    }

    #[test]
    fn a_torn_line_that_stays_is_ended_before_the_next_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let mut appender = Appender::open(&path).unwrap();
        appender.append(b"par").unwrap();
        appender.torn = true;
        appender.append(b"whole\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"par\nwhole\n");
    }
}
