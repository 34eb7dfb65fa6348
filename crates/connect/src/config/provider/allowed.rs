//! Which files a provider may read, and reading one of them.
//!
//! A path is refused by its text first, as upstream does (`..` removed, compared component by component), then by where
//! it really is: symbolic links are followed and the place of the *opened* file is checked, so there is no gap between
//! the check and the reading. Only regular files are read, and not more than [`FILE_MAX`] bytes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use kconnect_api::{Exception, Props, classes};

use super::{FILE_MAX, TARGET};

/// `allowed.paths` of a provider.
#[derive(Debug)]
pub(super) struct AllowedPaths(Option<Vec<PathBuf>>);

impl AllowedPaths {
    pub(super) fn configure(params: &Props) -> Result<Self, Exception> {
        let Some(list) = params.get("allowed.paths").filter(|list| !list.is_empty()) else {
            return Ok(Self(None));
        };
        let paths = list.split(',').map(|path| {
            let normal = normalize(Path::new(path));
            let refused =
                |why| Err(Exception::new(classes::CONFIG, format!("Path {} {why}", normal.display())));
            match normal {
                _ if !normal.is_absolute() => refused("is not absolute"),
                _ if !normal.exists() => refused("does not exist"),
                _ => Ok(normal),
            }
        });
        Ok(Self(Some(paths.collect::<Result<_, _>>()?)))
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.is_none()
    }

    /// The path to use for an untrusted `path`; `None`, with a WARN, when it is not allowed.
    pub(super) fn permit(&self, path: &str) -> Option<PathBuf> {
        let Some(allowed) = &self.0 else { return Some(path.into()) };
        let path = normalize(Path::new(path));
        let inside = allowed.iter().any(|allowed| path.starts_with(allowed));
        let really_inside = || fs::canonicalize(&path).map_or(true, |real| self.holds(&real));
        if inside && really_inside() {
            return Some(path);
        }
        tracing::warn!(target: TARGET, "The path {} is not allowed to be accessed", path.display());
        None
    }

    /// Whether `real`, which holds no links, lies in what is allowed.
    fn holds(&self, real: &Path) -> bool {
        let Some(allowed) = &self.0 else { return true };
        allowed.iter().filter_map(|path| fs::canonicalize(path).ok()).any(|allowed| real.starts_with(allowed))
    }

    /// The content of a permitted file.
    pub(super) fn read(&self, path: &Path) -> io::Result<String> {
        let refused = |text: &str| io::Error::new(io::ErrorKind::PermissionDenied, text);
        if !fs::metadata(path)?.is_file() {
            return Err(refused("it is not a regular file"));
        }
        // Without waiting, should the file have become a pipe meanwhile.
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(refused("it is not a regular file"));
        }
        if self.0.is_some() && !self.holds(&real_path(&file, path)?) {
            return Err(refused("it lies outside of allowed.paths"));
        }
        let mut text = String::new();
        file.take(FILE_MAX + 1).read_to_string(&mut text)?;
        if text.len() as u64 > FILE_MAX {
            return Err(refused("it is larger than 1 MiB, the most that a config provider reads"));
        }
        Ok(text)
    }
}

/// Where an opened file is: the kernel's answer, else where `path` leads if that is the same file.
fn real_path(file: &File, path: &Path) -> io::Result<PathBuf> {
    if let Ok(real) = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())) {
        return Ok(real);
    }
    let real = fs::canonicalize(path)?;
    let (there, opened) = (fs::symlink_metadata(&real)?, file.metadata()?);
    match (there.dev(), there.ino()) == (opened.dev(), opened.ino()) {
        true => Ok(real),
        false => Err(io::Error::other("it was replaced while it was being opened")),
    }
}

/// Without `.` and `..`, by the text alone.
fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            Component::ParentDir if normal.has_root() => {}
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn allowing(paths: &str) -> Result<AllowedPaths, String> {
        let params = [("allowed.paths".to_owned(), paths.to_owned())].into();
        AllowedPaths::configure(&params).map_err(|error| error.message().unwrap_or_default().to_owned())
    }

    #[test]
    fn allowed_paths_must_be_absolute_and_there() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().display().to_string();
        assert!(allowing(&there).is_ok() && allowing("").unwrap().is_open());
        assert_eq!(allowing("rel").unwrap_err(), "Path rel is not absolute");
        assert_eq!(allowing("/no/such").unwrap_err(), "Path /no/such does not exist");
        assert_eq!(
            allowing(&format!("{there}, {there}")).unwrap_err(),
            format!("Path  {there} is not absolute")
        );
        assert_eq!(allowing(&format!("{there},,{there}")).unwrap_err(), "Path  is not absolute");
    }

    #[test]
    fn a_way_out_of_the_allowed_folder_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, outside) = (folder.path().join("in"), folder.path().join("out"));
        fs::create_dir_all(inside.join("sub")).unwrap();
        fs::create_dir(&outside).unwrap();
        fs::write(inside.join("good"), "good").unwrap();
        fs::write(outside.join("bad"), "bad").unwrap();
        symlink(outside.join("bad"), inside.join("leak")).unwrap();
        symlink(&outside, inside.join("door")).unwrap();
        symlink("good", inside.join("alias")).unwrap();
        let allowed = allowing(&inside.display().to_string()).unwrap();
        let read = |path: &str| {
            let path = allowed.permit(&inside.join(path).display().to_string())?;
            allowed.read(&path).ok()
        };
        for (path, expect) in [
            ("good", Some("good")),
            ("sub/../good", Some("good")),
            ("alias", Some("good")),
            ("leak", None),
            ("door/bad", None),
            ("../out/bad", None),
            ("sub/../../out/bad", None),
        ] {
            assert_eq!(read(path).as_deref(), expect, "{path}");
        }
        assert_eq!(allowed.permit(&format!("{}side/x", inside.display())), None, "a name that begins alike");
        // The link appears between permission and reading: the opened file counts.
        fs::remove_file(inside.join("good")).unwrap();
        let permitted = inside.join("good");
        symlink(outside.join("bad"), &permitted).unwrap();
        assert!(allowed.read(&permitted).unwrap_err().to_string().contains("outside of allowed.paths"));
    }

    #[test]
    fn an_allowed_folder_that_is_a_link_itself_is_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::create_dir(&real).unwrap();
        fs::write(real.join("x"), "x").unwrap();
        symlink(&real, &link).unwrap();
        let allowed = allowing(&link.display().to_string()).unwrap();
        let path = allowed.permit(&link.join("x").display().to_string()).unwrap();
        assert_eq!(allowed.read(&path).unwrap(), "x");
    }

    #[test]
    fn devices_pipes_and_large_files_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (large, limit) = (folder.path().join("large"), folder.path().join("limit"));
        fs::write(&large, vec![b'x'; FILE_MAX as usize + 1]).unwrap();
        fs::write(&limit, vec![b'x'; FILE_MAX as usize]).unwrap();
        let allowed = allowing("").unwrap();
        let refusal = |path: &Path| allowed.read(path).unwrap_err().to_string();
        assert!(refusal(&large).contains("larger than 1 MiB"));
        assert!(refusal(Path::new("/dev/zero")).contains("not a regular file"));
        assert!(refusal(folder.path()).contains("not a regular file"));
        assert_eq!(allowed.read(&limit).unwrap().len() as u64, FILE_MAX);
    }
}
