//! Append-only segment files of one partition.
//!
//! A segment is named by its first offset and holds whole batches one after another, nothing else. One `write` per
//! batch; what a crash can leave is a cut batch at the end of the *last* segment, which [`Segments::open`] removes
//! after checking length and checksum of every batch. A batch that does not hold anywhere else was not cut by a
//! crash: opening fails and names file and position, because going on would lose acknowledged records silently.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::batch::{self, BatchHeader};

/// A new segment begins when the last one has reached this size.
const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Segments {
    dir: PathBuf,
    files: VecDeque<Segment>,
}

#[derive(Debug)]
struct Segment {
    base: i64,
    file: File,
    len: u64,
}

/// Where a batch lies: base offset of the segment and position in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub segment: i64,
    pub position: u64,
}

impl Segments {
    /// Opens or creates the folder and reports every batch in offset order; also returns the next offset.
    pub(crate) fn open(dir: &Path, mut found: impl FnMut(&BatchHeader, Place)) -> io::Result<(Self, i64)> {
        std::fs::create_dir_all(dir)?;
        let bases = segment_bases(dir)?;
        let mut files = VecDeque::new();
        let mut expected = bases.first().copied().unwrap_or(0);
        for (i, &base) in bases.iter().enumerate() {
            expected = expected.max(base);
            let path = segment_path(dir, base);
            let mut file = OpenOptions::new().read(true).append(true).open(&path)?;
            let size = file.metadata()?.len();
            let len = scan(&mut file, size, &mut expected, |header, position| {
                found(header, Place { segment: base, position });
            })?;
            if len < size {
                if i + 1 < bases.len() {
                    return Err(corrupt(&path, len));
                }
                tracing::warn!(file = %path.display(), kept = len, cut = size - len, "removed a torn tail");
                file.set_len(len)?;
            }
            files.push_back(Segment { base, file, len });
        }
        Ok((Self { dir: dir.to_owned(), files }, expected))
    }

    /// Appends one batch. On failure the file is as it was before.
    pub(crate) fn append(&mut self, base_offset: i64, bytes: &[u8]) -> io::Result<Place> {
        if self.files.back().is_none_or(|last| last.len >= SEGMENT_BYTES) {
            let path = segment_path(&self.dir, base_offset);
            let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
            file.set_len(0)?;
            self.files.push_back(Segment { base: base_offset, file, len: 0 });
        }
        let Some(last) = self.files.back_mut() else {
            return Err(io::Error::other("no segment to append to"));
        };
        if let Err(error) = last.file.write_all(bytes) {
            last.file.set_len(last.len)?;
            return Err(error);
        }
        let place = Place { segment: last.base, position: last.len };
        last.len += bytes.len() as u64;
        Ok(place)
    }

    /// Fills `out` from one segment, starting at `place`.
    pub(crate) fn read(&self, place: Place, out: &mut [u8]) -> io::Result<()> {
        let i = self.files.partition_point(|s| s.base < place.segment);
        match self.files.get(i) {
            Some(segment) if segment.base == place.segment => segment.file.read_exact_at(out, place.position),
            _ => Err(io::Error::other("the segment is gone")),
        }
    }

    /// Deletes segments that lie wholly below `offset`; the last one always stays.
    pub(crate) fn delete_below(&mut self, offset: i64) -> io::Result<()> {
        while self.files.get(1).is_some_and(|next| next.base <= offset) {
            if let Some(gone) = self.files.pop_front() {
                std::fs::remove_file(segment_path(&self.dir, gone.base))?;
            }
        }
        Ok(())
    }

    /// Makes everything written so far durable against power loss.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.files.back().map_or(Ok(()), |last| last.file.sync_data())
    }
}

/// Reads batches until the end or the first that does not hold; returns the bytes that hold.
fn scan(
    file: &mut File,
    size: u64,
    expected: &mut i64,
    mut found: impl FnMut(&BatchHeader, u64),
) -> io::Result<u64> {
    let mut reader = io::BufReader::with_capacity(256 * 1024, file);
    let mut position = 0u64;
    let mut bytes = Vec::new();
    while size - position >= batch::HEADER as u64 {
        bytes.resize(batch::HEADER, 0);
        reader.read_exact(&mut bytes)?;
        let Some(header) = BatchHeader::parse(&bytes) else { break };
        if header.size as u64 > size - position
            || header.base_offset < *expected
            || header.last_offset_delta < 0
        {
            break;
        }
        bytes.resize(header.size, 0);
        reader.read_exact(&mut bytes[batch::HEADER..])?;
        if !batch::crc_holds(&bytes, &header) {
            break;
        }
        found(&header, position);
        *expected = header.base_offset + i64::from(header.last_offset_delta) + 1;
        position += header.size as u64;
    }
    Ok(position)
}

fn segment_bases(dir: &Path) -> io::Result<Vec<i64>> {
    let mut bases = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let base = name.to_str().and_then(|n| n.strip_suffix(".log")).and_then(|n| n.parse::<i64>().ok());
        bases.extend(base);
    }
    bases.sort_unstable();
    Ok(bases)
}

fn segment_path(dir: &Path, base: i64) -> PathBuf {
    dir.join(format!("{base:020}.log"))
}

fn corrupt(path: &Path, position: u64) -> io::Error {
    let text = format!(
        "{} is damaged at byte {position} and newer segments follow; restore the file or remove the partition folder",
        path.display()
    );
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::stamp;

    /// A batch of one record (whose bytes are padding) and `size` bytes.
    fn batch(base_offset: i64, size: usize) -> Vec<u8> {
        let mut bytes = vec![7; size];
        bytes[8..12].copy_from_slice(&((size - batch::PREFIX) as i32).to_be_bytes());
        bytes[16] = 2;
        bytes[23..27].copy_from_slice(&0i32.to_be_bytes());
        let crc = crc32c::crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        stamp(&mut bytes, base_offset, 0);
        bytes
    }

    /// Three segments: the size makes the third batch of each begin a new one.
    fn three_segments(dir: &Path) -> Vec<Place> {
        let (mut segments, next) = Segments::open(dir, |_, _| panic!("nothing is there")).unwrap();
        assert_eq!(next, 0);
        let size = SEGMENT_BYTES as usize / 2;
        (0..5).map(|offset| segments.append(offset, &batch(offset, size)).unwrap()).collect()
    }

    #[test]
    fn segments_begin_where_they_say_and_open_again() {
        let dir = tempfile::tempdir().unwrap();
        let places = three_segments(dir.path());
        assert_eq!(places.iter().map(|p| p.segment).collect::<Vec<_>>(), [0, 0, 2, 2, 4]);
        let mut found = Vec::new();
        let (mut segments, next) = Segments::open(dir.path(), |header, place| {
            assert_eq!(header.base_offset, found.len() as i64);
            found.push(place);
        })
        .unwrap();
        assert_eq!((next, &found), (5, &places));
        let mut head = [0; 8];
        segments.read(places[3], &mut head).unwrap();
        assert_eq!(i64::from_be_bytes(head), 3);

        segments.delete_below(3).unwrap();
        assert_eq!(segment_bases(dir.path()).unwrap(), [2, 4], "only what lies wholly below goes");
        assert!(segments.read(places[0], &mut head).is_err());
        segments.delete_below(100).unwrap();
        assert_eq!(segment_bases(dir.path()).unwrap(), [4], "the last one stays");
    }

    #[test]
    fn damage_before_the_last_segment_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        three_segments(dir.path());
        let path = segment_path(dir.path(), 2);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[1000] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = Segments::open(dir.path(), |_, _| {}).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(error.to_string().contains("00000000000000000002.log"), "{error}");
    }

    #[test]
    fn an_empty_last_segment_keeps_the_next_offset() {
        let dir = tempfile::tempdir().unwrap();
        three_segments(dir.path());
        let path = segment_path(dir.path(), 4);
        File::options().write(true).open(path).unwrap().set_len(30).unwrap();
        for base in [0, 2] {
            std::fs::remove_file(segment_path(dir.path(), base)).unwrap();
        }
        let (_, next) = Segments::open(dir.path(), |_, _| panic!("no whole batch is left")).unwrap();
        assert_eq!(next, 4);
    }
}
