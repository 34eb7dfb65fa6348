//! The journal of the control state: what must survive the end of the process besides the batches.
//!
//! One file, `control.journal`: frames of `length u32 · CRC-32C u32 · change`, each change one `write`. Starting
//! replays it, then writes the resulting state as a new journal beside the old one and renames it over; the same
//! happens while running when the file has grown well beyond the state.
//!
//! **Crash in the middle of a change**: the last frame is cut or its checksum fails; it was never acknowledged and is
//! dropped by the next start, with everything after it (nothing follows, in a file that is only appended to).
//! **Crash while rewriting**: the old journal is untouched until the rename; the unfinished file is overwritten.
//! A frame that fails in the middle of the file is dropped with what follows as well, with a warning that says how
//! many bytes: there is no frame boundary left to trust.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::group::{Committed, StoredGroup, StoredMember};

/// Rewriting is not worth it below this size.
const REWRITE_FLOOR: u64 = 4 * 1024 * 1024;
const FRAME_HEADER: usize = 8;

/// One durable change of the control state. Each holds the whole new value of what it names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    ClusterId(String),
    Topic { id: Uuid, name: String, configs: BTreeMap<String, String>, partitions: Vec<StoredPartition> },
    TopicDeleted { id: Uuid },
    LogStart { id: Uuid, partition: i32, offset: i64 },
    NextProducerId(i64),
    Offset { group: String, topic: String, partition: i32, committed: Committed },
    OffsetDeleted { group: String, topic: String, partition: i32 },
    Group { id: String, group: StoredGroup },
    GroupDeleted { id: String },
    Configs { kind: i8, name: String, configs: BTreeMap<String, String> },
}

/// Placement of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredPartition {
    pub leader: i32,
    pub epoch: i32,
    pub replicas: Vec<i32>,
}

/// See the module's head.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    len: u64,
    rewritten: u64,
}

impl Journal {
    /// Replays the journal of a data folder; a missing file is an empty one. Call [`Journal::create`] next.
    pub(crate) fn replay(dir: &Path) -> io::Result<Vec<Change>> {
        let path = journal_path(dir);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut changes = Vec::new();
        let mut rest = bytes.as_slice();
        while let Some((payload, after)) = frame(rest) {
            let Some(change) = Change::decode(payload) else {
                let text = format!(
                    "{} holds an entry of another version at byte {}",
                    path.display(),
                    bytes.len() - rest.len()
                );
                return Err(io::Error::new(io::ErrorKind::InvalidData, text));
            };
            changes.push(change);
            rest = after;
        }
        if !rest.is_empty() {
            tracing::warn!(file = %path.display(), bytes = rest.len(), "dropped a torn tail of the journal");
        }
        Ok(changes)
    }

    /// Writes `state` as the new journal and keeps it open for more.
    pub(crate) fn create(dir: &Path, state: &[Change]) -> io::Result<Self> {
        let path = journal_path(dir);
        let (file, len) = write_whole(&path, state)?;
        Ok(Self { path, file, len, rewritten: len })
    }

    /// Appends changes in one write. On failure the file is as it was before.
    pub(crate) fn append(&mut self, changes: &[Change]) -> io::Result<()> {
        let bytes = encode(changes);
        if let Err(error) = self.file.write_all(&bytes) {
            self.file.set_len(self.len)?;
            return Err(error);
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Whether the file has grown enough to be worth a [`Journal::rewrite`].
    pub(crate) fn is_bloated(&self) -> bool {
        self.len > REWRITE_FLOOR && self.len > 4 * self.rewritten
    }

    /// Replaces the file by one that holds `state` only.
    pub(crate) fn rewrite(&mut self, state: &[Change]) -> io::Result<()> {
        let (file, len) = write_whole(&self.path, state)?;
        (self.file, self.len, self.rewritten) = (file, len, len);
        Ok(())
    }

    /// Makes everything durable against power loss.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn journal_path(dir: &Path) -> PathBuf {
    dir.join("control.journal")
}

fn write_whole(path: &Path, state: &[Change]) -> io::Result<(File, u64)> {
    let unfinished = path.with_extension("journal.new");
    let _ = std::fs::remove_file(&unfinished);
    let mut file = OpenOptions::new().append(true).create(true).open(&unfinished)?;
    let bytes = encode(state);
    file.write_all(&bytes)?;
    file.sync_data()?;
    std::fs::rename(&unfinished, path)?;
    if let Some(dir) = path.parent() {
        File::open(dir)?.sync_all()?;
    }
    Ok((file, bytes.len() as u64))
}

fn encode(changes: &[Change]) -> Vec<u8> {
    let mut out = Vec::new();
    for change in changes {
        let at = out.len();
        out.extend_from_slice(&[0; FRAME_HEADER]);
        change.encode(&mut out);
        let payload = &out[at + FRAME_HEADER..];
        let (length, crc) = (payload.len() as u32, crc32c::crc32c(payload));
        out[at..at + 4].copy_from_slice(&length.to_be_bytes());
        out[at + 4..at + 8].copy_from_slice(&crc.to_be_bytes());
    }
    out
}

fn frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut r = Reader(bytes);
    let length = r.u32()?;
    let crc = r.u32()?;
    let payload = r.take(length as usize)?;
    (crc32c::crc32c(payload) == crc).then_some((payload, r.0))
}

impl Change {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut w = Writer(out);
        match self {
            Self::ClusterId(id) => w.u8(1).str(id),
            Self::Topic { id, name, configs, partitions } => {
                w.u8(2).uuid(*id).str(name).map(configs).u32(partitions.len() as u32);
                for p in partitions {
                    w.i32(p.leader).i32(p.epoch).u32(p.replicas.len() as u32);
                    p.replicas.iter().for_each(|r| {
                        w.i32(*r);
                    });
                }
                &mut w
            }
            Self::TopicDeleted { id } => w.u8(3).uuid(*id),
            Self::LogStart { id, partition, offset } => w.u8(4).uuid(*id).i32(*partition).i64(*offset),
            Self::NextProducerId(next) => w.u8(5).i64(*next),
            Self::Offset { group, topic, partition, committed: c } => {
                w.u8(6).str(group).str(topic).i32(*partition);
                w.i64(c.offset).i32(c.leader_epoch).str(&c.metadata).i64(c.timestamp_ms)
            }
            Self::OffsetDeleted { group, topic, partition } => w.u8(7).str(group).str(topic).i32(*partition),
            Self::Group { id, group: g } => {
                w.u8(8).str(id).i32(g.generation).opt_str(g.protocol_type.as_deref());
                w.opt_str(g.protocol.as_deref()).opt_str(g.leader.as_deref()).u32(g.members.len() as u32);
                g.members.iter().for_each(|m| m.encode(&mut w));
                &mut w
            }
            Self::GroupDeleted { id } => w.u8(9).str(id),
            Self::Configs { kind, name, configs } => w.u8(10).u8(*kind as u8).str(name).map(configs),
        };
    }

    fn decode(payload: &[u8]) -> Option<Self> {
        let r = &mut Reader(payload);
        let change = match r.u8()? {
            1 => Self::ClusterId(r.str()?),
            2 => Self::Topic {
                id: r.uuid()?,
                name: r.str()?,
                configs: r.map()?,
                partitions: r.list(|r| {
                    let (leader, epoch) = (r.i32()?, r.i32()?);
                    Some(StoredPartition { leader, epoch, replicas: r.list(Reader::i32)? })
                })?,
            },
            3 => Self::TopicDeleted { id: r.uuid()? },
            4 => Self::LogStart { id: r.uuid()?, partition: r.i32()?, offset: r.i64()? },
            5 => Self::NextProducerId(r.i64()?),
            6 => {
                let (group, topic, partition) = (r.str()?, r.str()?, r.i32()?);
                let (offset, leader_epoch) = (r.i64()?, r.i32()?);
                let committed =
                    Committed { offset, leader_epoch, metadata: r.str()?, timestamp_ms: r.i64()? };
                Self::Offset { group, topic, partition, committed }
            }
            7 => Self::OffsetDeleted { group: r.str()?, topic: r.str()?, partition: r.i32()? },
            8 => {
                let id = r.str()?;
                let (generation, protocol_type) = (r.i32()?, r.opt_str()?);
                let (protocol, leader) = (r.opt_str()?, r.opt_str()?);
                let members = r.list(StoredMember::decode)?;
                Self::Group {
                    id,
                    group: StoredGroup { generation, protocol_type, protocol, leader, members },
                }
            }
            9 => Self::GroupDeleted { id: r.str()? },
            10 => Self::Configs { kind: r.u8()? as i8, name: r.str()?, configs: r.map()? },
            _ => return None,
        };
        r.0.is_empty().then_some(change)
    }
}

impl StoredMember {
    fn encode(&self, w: &mut Writer<'_>) {
        w.str(&self.id).opt_str(self.instance.as_deref()).str(&self.client_id).str(&self.client_host);
        w.i32(self.session_timeout_ms).i32(self.rebalance_timeout_ms).bytes(&self.assignment);
        w.u32(self.protocols.len() as u32);
        for (name, metadata) in &self.protocols {
            w.str(name).bytes(metadata);
        }
    }

    fn decode(r: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            id: r.str()?,
            instance: r.opt_str()?,
            client_id: r.str()?,
            client_host: r.str()?,
            session_timeout_ms: r.i32()?,
            rebalance_timeout_ms: r.i32()?,
            assignment: r.bytes()?.into(),
            protocols: r.list(|r| Some((r.str()?, r.bytes()?.into())))?,
        })
    }
}

struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn u8(&mut self, v: u8) -> &mut Self {
        self.0.push(v);
        self
    }
    fn u32(&mut self, v: u32) -> &mut Self {
        self.0.extend_from_slice(&v.to_be_bytes());
        self
    }
    fn i32(&mut self, v: i32) -> &mut Self {
        self.u32(v as u32)
    }
    fn i64(&mut self, v: i64) -> &mut Self {
        self.0.extend_from_slice(&v.to_be_bytes());
        self
    }
    fn uuid(&mut self, v: Uuid) -> &mut Self {
        self.0.extend_from_slice(v.as_bytes());
        self
    }
    fn bytes(&mut self, v: &[u8]) -> &mut Self {
        self.u32(v.len() as u32).0.extend_from_slice(v);
        self
    }
    fn str(&mut self, v: &str) -> &mut Self {
        self.bytes(v.as_bytes())
    }
    fn opt_str(&mut self, v: Option<&str>) -> &mut Self {
        match v {
            Some(v) => self.u8(1).str(v),
            None => self.u8(0),
        }
    }
    fn map(&mut self, v: &BTreeMap<String, String>) -> &mut Self {
        self.u32(v.len() as u32);
        for (key, value) in v {
            self.str(key).str(value);
        }
        self
    }
}

/// Bounded: every length is compared with the bytes left.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }
    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }
    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }
    fn i32(&mut self) -> Option<i32> {
        Some(self.u32()? as i32)
    }
    fn i64(&mut self) -> Option<i64> {
        Some(i64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }
    fn uuid(&mut self) -> Option<Uuid> {
        Uuid::from_slice(self.take(16)?).ok()
    }
    fn bytes(&mut self) -> Option<Vec<u8>> {
        let n = self.u32()? as usize;
        Some(self.take(n)?.to_vec())
    }
    fn str(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?).ok()
    }
    fn opt_str(&mut self) -> Option<Option<String>> {
        match self.u8()? {
            0 => Some(None),
            _ => self.str().map(Some),
        }
    }
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let n = self.u32()? as usize;
        let mut out = Vec::with_capacity(n.min(self.0.len()));
        for _ in 0..n {
            out.push(item(self)?);
        }
        Some(out)
    }
    fn map(&mut self) -> Option<BTreeMap<String, String>> {
        Some(self.list(|r| Some((r.str()?, r.str()?)))?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Change> {
        let configs = BTreeMap::from([("cleanup.policy".to_owned(), "compact".to_owned())]);
        let partitions = vec![StoredPartition { leader: 1, epoch: 7, replicas: vec![1, 0] }];
        let id = Uuid::from_u128(7);
        let committed = Committed { offset: 9, leader_epoch: -1, metadata: "m".into(), timestamp_ms: 5 };
        let member = StoredMember {
            id: "m-1".into(),
            instance: Some("i".into()),
            client_id: "c".into(),
            client_host: "/127.0.0.1".into(),
            session_timeout_ms: 1,
            rebalance_timeout_ms: 2,
            assignment: vec![1, 2].into(),
            protocols: vec![("range".into(), vec![3].into())],
        };
        let group = StoredGroup {
            generation: 3,
            protocol_type: Some("consumer".into()),
            protocol: Some("range".into()),
            leader: None,
            members: vec![member],
        };
        vec![
            Change::ClusterId("abc".into()),
            Change::Topic { id, name: "t".into(), configs: configs.clone(), partitions },
            Change::LogStart { id, partition: 0, offset: 3 },
            Change::NextProducerId(12),
            Change::Offset { group: "g".into(), topic: "t".into(), partition: 0, committed },
            Change::OffsetDeleted { group: "g".into(), topic: "t".into(), partition: 0 },
            Change::Group { id: "g".into(), group },
            Change::GroupDeleted { id: "g".into() },
            Change::Configs { kind: 4, name: String::new(), configs },
            Change::TopicDeleted { id },
        ]
    }

    #[test]
    fn every_change_survives_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(dir.path(), &samples()[..3]).unwrap();
        journal.append(&samples()[3..]).unwrap();
        assert_eq!(Journal::replay(dir.path()).unwrap(), samples());
        journal.rewrite(&samples()[1..2]).unwrap();
        journal.append(&samples()[..1]).unwrap();
        assert_eq!(Journal::replay(dir.path()).unwrap(), [samples()[1].clone(), samples()[0].clone()]);
    }

    #[test]
    fn a_journal_cut_at_any_byte_keeps_the_changes_before_the_cut() {
        let dir = tempfile::tempdir().unwrap();
        drop(Journal::create(dir.path(), &samples()).unwrap());
        let path = journal_path(dir.path());
        let whole = std::fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let kept = Journal::replay(dir.path()).unwrap();
            assert_eq!(kept, samples()[..kept.len()], "cut at {cut}");
            assert!(encode(&kept).len() <= cut, "cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_byte_never_yields_a_changed_entry() {
        let dir = tempfile::tempdir().unwrap();
        drop(Journal::create(dir.path(), &samples()).unwrap());
        let path = journal_path(dir.path());
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x20;
            std::fs::write(&path, &bytes).unwrap();
            let kept = Journal::replay(dir.path()).unwrap();
            assert_eq!(kept, samples()[..kept.len()], "flipped at {at}");
        }
    }
}
