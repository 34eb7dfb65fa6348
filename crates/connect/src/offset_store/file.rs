//! The standalone worker's offset file, interchangeable with the JVM's.
//!
//! ```text
//! write: <file>.tmp ─ fsync ─► rename over <file> ─► fsync of the folder         (a crash leaves old or new, whole)
//!        cannot rename (symlink, bind mount): copy to <file>.bak ─ fsync ─► truncate and write in place ─ fsync
//! ```
//! A sibling lock file is held while the store lives, beside the file that links lead to. A character device
//! (`/dev/null`) keeps nothing and needs no lock; folders and pipes are refused. Every write rewrites the whole file, as upstream's does. A write
//! error fails that flush only; the changes stay with the caller, who tries again.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use kconnect_api::{BoxFuture, Exception, ObjectMap};

use super::lock::{FileLock, LockError, lock_path};
use super::{OffsetStore, OffsetWrite, Table, java};

const TARGET: &str = "org.apache.kafka.connect.storage.FileOffsetBackingStore";

/// Why an offset file cannot be used. Prints the file, what is wrong and what to do.
#[derive(Debug)]
pub enum OpenError {
    /// Another worker has it.
    InUse {
        /// The file.
        file: PathBuf,
        /// What the owner wrote about itself.
        owner: String,
    },
    /// The content is not a Java-serialised map.
    Corrupt {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// What has the name cannot be an offset file.
    Unusable {
        /// The file.
        file: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The system refuses.
    Io {
        /// The file.
        file: PathBuf,
        /// What was being done.
        attempted: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse { file, owner } => {
                let owner = if owner.is_empty() { "another process" } else { owner };
                write!(
                    f,
                    "offset file '{}' is in use by {owner} (lock '{}'); stop that worker, or set another offset.storage.file.filename",
                    file.display(),
                    lock_path(file).display()
                )
            }
            Self::Unusable { file, what } => write!(
                f,
                "offset file '{}' is {what}; set offset.storage.file.filename to a file, which need not exist yet",
                file.display()
            ),
            Self::Corrupt { file, detail } => write!(
                f,
                "offset file '{}' cannot be read: {detail}; restore it from a backup, or move it away to let all source connectors start from the beginning",
                file.display()
            ),
            Self::Io { file, attempted, source } => write!(
                f,
                "cannot {attempted} offset file '{}': {source}; check offset.storage.file.filename and the permissions of its folder",
                file.display()
            ),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Source offsets in a file.
pub struct FileOffsetStore {
    path: PathBuf,
    table: Mutex<Table>,
    /// One write at a time; held across the blocking write, not across the table.
    writing: tokio::sync::Mutex<()>,
    _lock: Option<FileLock>,
}

/// Larger than any offset file; what is larger is another file.
const FILE_MAX: u64 = 1 << 30;

impl FileOffsetStore {
    /// Opens or starts an offset file. Blocks on the file system.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let file = || path.to_owned();
        let io = |attempted| move |source| OpenError::Io { file: path.to_owned(), attempted, source };
        let is_device = is_device(path)?;
        let lock = (!is_device).then(|| {
            FileLock::take(path).map_err(|error| match error {
                LockError::Held(owner) => OpenError::InUse { file: file(), owner },
                LockError::Io(source) => OpenError::Io { file: file(), attempted: "lock", source },
            })
        });
        let lock = lock.transpose()?;
        let bytes = match if is_device { Ok(Vec::new()) } else { fs::read(path) } {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(io("read")(error)),
        };
        // An empty file is what `touch` or a crash of a JVM worker between truncate and write leaves; upstream starts
        // empty on any early end. Bytes that stop inside a map are refused: going on would silently read all again.
        let pairs = match bytes.is_empty() {
            true => Vec::new(),
            false => java::read(&bytes)
                .map_err(|error| OpenError::Corrupt { file: file(), detail: error.to_string() })?,
        };
        tracing::info!(target: TARGET, file = %path.display(), partitions = pairs.len(), "offset file read");
        Ok(Self {
            path: path.to_owned(),
            table: Mutex::new(Table::from_pairs(pairs)),
            writing: tokio::sync::Mutex::new(()),
            _lock: lock,
        })
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OffsetStore for FileOffsetStore {
    fn read<'a>(
        &'a self,
        connector: &'a str,
        partitions: &'a [Arc<ObjectMap>],
    ) -> BoxFuture<'a, Result<Vec<Option<ObjectMap>>, Exception>> {
        let table = self.table();
        let found = partitions.iter().map(|partition| table.read(connector, partition)).collect();
        drop(table);
        Box::pin(async move { Ok(found) })
    }

    fn write(&self, changes: Vec<OffsetWrite>) -> BoxFuture<'_, Result<(), Exception>> {
        Box::pin(async move {
            let _one = self.writing.lock().await;
            let mut next = self.table().clone();
            next.apply(&changes);
            let bytes = java::write(next.pairs().into_iter());
            let path = self.path.clone();
            let written = tokio::task::spawn_blocking(move || replace(&path, &bytes)).await;
            let written = written.unwrap_or_else(|error| Err(io::Error::other(error)));
            written.map_err(|error| {
                let text = format!("Failed to write offsets to file '{}'", self.path.display());
                Exception::connect(text).caused_by(error)
            })?;
            *self.table() = next;
            Ok(())
        })
    }

    fn all<'a>(
        &'a self,
        connector: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(ObjectMap, ObjectMap)>, Exception>> {
        let all = self.table().all(connector);
        Box::pin(async move { Ok(all) })
    }
}

/// Whether it is a device, which keeps nothing; an error if it is neither that nor a file.
fn is_device(path: &Path) -> Result<bool, OpenError> {
    let unusable = |what| Err(OpenError::Unusable { file: path.to_owned(), what });
    if path.as_os_str().is_empty() {
        return unusable("not named");
    }
    let Ok(metadata) = fs::metadata(path) else { return Ok(false) };
    let kind = metadata.file_type();
    if kind.is_char_device() {
        tracing::warn!(
            target: TARGET, file = %path.display(),
            "the offset file is a device and keeps nothing: source connectors start from the beginning with each start"
        );
        return Ok(true);
    }
    match () {
        () if kind.is_dir() => unusable("a folder"),
        () if !kind.is_file() => unusable("no regular file"),
        () if metadata.len() > FILE_MAX => unusable("larger than 1 GiB, which no offset file is"),
        () => Ok(false),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if renamable(path) {
        match replace_by_rename(path, bytes) {
            // A bind-mounted file or a folder without write permission: the file itself may still be written.
            Err(error) if cannot_rename(&error) => {}
            done => return done,
        }
    }
    replace_in_place(path, bytes)
}

/// A link is written through, so that it goes on pointing where the user pointed it; so is anything but a plain file.
fn renamable(path: &Path) -> bool {
    match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.is_file(),
        Err(_) => true,
    }
}

fn cannot_rename(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    matches!(error.kind(), ResourceBusy | CrossesDevices | PermissionDenied | ReadOnlyFilesystem)
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn replace_by_rename(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = suffixed(path, ".tmp");
    let written = write_synced(&temporary, bytes).and_then(|()| {
        if let Ok(metadata) = fs::metadata(path) {
            fs::set_permissions(&temporary, metadata.permissions())?;
        }
        fs::rename(&temporary, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn replace_in_place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let plain = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    if plain {
        let content = fs::read(path)?;
        match write_synced(&suffixed(path, ".bak"), &content) {
            // Without a place for the backup (read-only folder around a bind mount) the file is written all the same.
            Err(error) if cannot_rename(&error) => {}
            done => done?,
        }
    }
    write_synced(path, bytes)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    match file.sync_all() {
        // Devices and pipes cannot be synced and need not be.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kconnect_api::Value;

    fn change(file: &str, position: i64) -> Vec<OffsetWrite> {
        let partition = Some(Arc::new(ObjectMap::new([("filename", Value::string(file))])));
        let offset = Some(ObjectMap::new([("position", Value::Int64(position))]));
        vec![OffsetWrite { connector: "local-file-source".into(), partition, offset }]
    }

    async fn position(store: &FileOffsetStore, file: &str) -> Option<Value> {
        let partition = Arc::new(ObjectMap::new([("filename", Value::string(file))]));
        let found = store.read("local-file-source", &[partition]).await.unwrap();
        found[0].as_ref().and_then(|offset| offset.get("position").cloned())
    }

    /// The byte for byte form of a file that a JVM worker wrote.
    const JVM: &[u8] = include_bytes!("../../testdata/jvm-one.offsets");

    #[tokio::test]
    async fn a_file_of_the_jvm_is_taken_over_and_written_back_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("connect.offsets");
        fs::write(&path, JVM).unwrap();
        let store = FileOffsetStore::open(&path).unwrap();
        assert_eq!(position(&store, "test.txt").await, Some(Value::Int64(42)));
        store.write(change("test.txt", 42)).await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), JVM);
    }

    #[test]
    fn many_pairs_of_the_jvm_come_back_and_are_written_as_many_bytes() {
        let jvm = include_bytes!("../../testdata/jvm-many.offsets").as_slice();
        let pairs = java::read(jvm).unwrap();
        assert_eq!(pairs.len(), 41);
        assert_eq!(
            pairs.iter().filter(|(_, value)| value.is_none()).count(),
            14,
            "reset partitions are null"
        );
        // The order is that of Java's identity hashes and means nothing; all else is the same.
        let written = java::write(pairs.iter().map(|(key, value)| (key.as_deref(), value.as_deref())));
        assert_eq!(written, jvm);
        let table = Table::from_pairs(pairs);
        assert_eq!(table.pairs().len(), 41);
        assert_eq!(table.all("c1").len(), 1);
    }

    #[tokio::test]
    async fn offsets_survive_a_restart_and_no_temporary_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("connect.offsets");
        let store = FileOffsetStore::open(&path).unwrap();
        store.write(change("a", 1)).await.unwrap();
        store.write(change("b", 2)).await.unwrap();
        drop(store);
        let store = FileOffsetStore::open(&path).unwrap();
        assert_eq!(position(&store, "a").await, Some(Value::Int64(1)));
        assert_eq!(position(&store, "b").await, Some(Value::Int64(2)));
        assert_eq!(store.all("local-file-source").await.unwrap().len(), 2);
        assert!(!suffixed(&path, ".tmp").exists());
    }

    #[tokio::test]
    async fn a_link_is_written_through_after_a_backup() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, JVM).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let store = FileOffsetStore::open(&link).unwrap();
        store.write(change("test.txt", 43)).await.unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(suffixed(&link, ".bak")).unwrap(), JVM);
        drop(store);
        let store = FileOffsetStore::open(&real).unwrap();
        assert_eq!(position(&store, "test.txt").await, Some(Value::Int64(43)));
    }

    #[test]
    fn two_workers_on_one_file_are_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("connect.offsets");
        let first = FileOffsetStore::open(&path).unwrap();
        let error = FileOffsetStore::open(&path).err().expect("the lock is held").to_string();
        assert!(error.contains(&format!("is in use by process {}", std::process::id())), "{error}");
        assert!(error.contains("stop that worker"), "{error}");
        // A link is another name of the same file, whether the file exists yet or not.
        let (link, again) = (folder.path().join("link"), folder.path().join("again"));
        std::os::unix::fs::symlink("connect.offsets", &link).unwrap();
        std::os::unix::fs::symlink(&link, &again).unwrap();
        for name in [&link, &again] {
            let error = FileOffsetStore::open(name).err().expect("the same file").to_string();
            assert!(
                error.contains("is in use by process") && error.contains("connect.offsets.lock"),
                "{error}"
            );
        }
        drop(first);
        let second = FileOffsetStore::open(&again).expect("the lock went with its owner");
        assert!(FileOffsetStore::open(&path).is_err());
        drop(second);
    }

    #[tokio::test]
    async fn a_device_keeps_nothing_and_what_is_no_file_is_refused() {
        // Without an end: reading it would take all memory.
        let store = FileOffsetStore::open(Path::new("/dev/full")).unwrap();
        let error = store.write(change("a", 1)).await.unwrap_err();
        assert!(error.trace().contains("No space left"), "{}", error.trace());
        assert!(!Path::new("/dev/full.lock").exists());
        FileOffsetStore::open(Path::new("/dev/null")).unwrap().write(change("a", 1)).await.unwrap();

        let folder = tempfile::tempdir().unwrap();
        // Not a pipe, for which a process had to be started: until it is another program it shares the locks of this one.
        let socket = folder.path().join("socket");
        let _listens = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let huge = folder.path().join("huge");
        File::create(&huge).unwrap().set_len(FILE_MAX + 1).unwrap();
        for (path, what) in [
            (folder.path(), "is a folder"),
            (&socket, "is no regular file"),
            (Path::new(""), "is not named"),
            (&huge, "1 GiB"),
        ] {
            let error = FileOffsetStore::open(path).err().expect(what).to_string();
            assert!(error.contains(what) && error.contains("offset.storage.file.filename"), "{error}");
        }
    }

    #[test]
    fn a_damaged_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("connect.offsets");
        for damaged in [b"not java".as_slice(), &JVM[..JVM.len() - 5], &JVM[..3]] {
            fs::write(&path, damaged).unwrap();
            let error = FileOffsetStore::open(&path).err().expect("damaged").to_string();
            assert!(
                error.contains(&path.display().to_string()) && error.contains("restore it from a backup"),
                "{error}"
            );
            assert_eq!(fs::read(&path).unwrap(), damaged);
        }
        fs::write(&path, b"").unwrap();
        FileOffsetStore::open(&path).expect("an empty file is a fresh start");
    }

    #[tokio::test]
    async fn a_full_disk_fails_the_flush_and_keeps_what_was_stored() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("connect.offsets");
        let store = FileOffsetStore::open(&link).unwrap();
        store.write(change("a", 1)).await.unwrap();
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink("/dev/full", &link).unwrap();
        let error = store.write(change("a", 2)).await.unwrap_err();
        assert!(error.trace().contains("Failed to write offsets to file"), "{}", error.trace());
        assert!(error.trace().contains("No space left"), "{}", error.trace());
        assert_eq!(position(&store, "a").await, Some(Value::Int64(1)), "a failed write changes nothing");
    }
}
