//! The blobs of the `consumer` group protocol: what a member subscribes to, and what it is assigned.
//!
//! Brokers pass them on without reading them. A blob starts with its version; one of a newer version is read by
//! the newest layout known here. What follows the layout is ignored, as Kafka's own clients do (G12). A short or
//! malformed blob is an error, never a part of its content.

use bytes::Bytes;

use crate::codec::{DecodeError, EncodeError, Reader, Writer};

/// The newest version of both blobs.
pub const NEWEST: i16 = 3;

/// Partitions of one topic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicPartitions {
    /// The topic.
    pub topic: String,
    /// Its partitions.
    pub partitions: Vec<i32>,
}

/// What a member tells the leader of the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The topics it wants.
    pub topics: Vec<String>,
    /// Bytes of the assignor.
    pub user_data: Option<Bytes>,
    /// What it owns; from version 1 on.
    pub owned_partitions: Vec<TopicPartitions>,
    /// The generation in which it got them, −1 for none; from version 2 on.
    pub generation_id: i32,
    /// Where it runs; from version 3 on.
    pub rack_id: Option<String>,
}

/// What the leader of the group gives to a member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The partitions.
    pub partitions: Vec<TopicPartitions>,
    /// Bytes of the assignor.
    pub user_data: Option<Bytes>,
}

impl Default for Subscription {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            user_data: None,
            owned_partitions: Vec::new(),
            generation_id: -1,
            rack_id: None,
        }
    }
}

impl Subscription {
    /// Writes the blob. What `version` lacks is left out: each of those fields only improves an assignment.
    pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {
        let mut w = start(version, "Subscription")?;
        w.nullable_list(false, Some(&self.topics), "topics", |w, topic| w.string(false, topic, "topics"))?;
        w.nullable_bytes(false, self.user_data.as_deref(), "user_data")?;
        if version >= 1 {
            write_partitions(&mut w, &self.owned_partitions)?;
        }
        if version >= 2 {
            w.i32(self.generation_id);
        }
        if version >= 3 {
            w.nullable_string(false, self.rack_id.as_deref(), "rack_id")?;
        }
        Ok(w.into_bytes())
    }

    /// Reads the blob of any version.
    pub fn decode(blob: &Bytes) -> Result<Self, DecodeError> {
        let mut r = Reader::new(blob);
        let version = version(&mut r)?;
        Ok(Self {
            topics: r.list(false, 2, "topics", |r| r.string(false, "topics"))?,
            user_data: r.nullable_bytes(false, "user_data")?,
            owned_partitions: if version >= 1 { read_partitions(&mut r)? } else { Vec::new() },
            generation_id: if version >= 2 { r.i32("generation_id")? } else { -1 },
            rack_id: if version >= 3 { r.nullable_string(false, "rack_id")? } else { None },
        })
    }
}

impl Assignment {
    /// Writes the blob.
    pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {
        let mut w = start(version, "Assignment")?;
        write_partitions(&mut w, &self.partitions)?;
        w.nullable_bytes(false, self.user_data.as_deref(), "user_data")?;
        Ok(w.into_bytes())
    }

    /// Reads the blob of any version. No bytes at all are an empty assignment: the answer for a member that
    /// the leader left out.
    pub fn decode(blob: &Bytes) -> Result<Self, DecodeError> {
        if blob.is_empty() {
            return Ok(Self::default());
        }
        let mut r = Reader::new(blob);
        version(&mut r)?;
        let partitions = read_partitions(&mut r)?;
        let user_data = r.nullable_bytes(false, "user_data")?;
        Ok(Self { partitions, user_data })
    }
}

fn start(version: i16, message: &'static str) -> Result<Writer, EncodeError> {
    if !(0..=NEWEST).contains(&version) {
        return Err(EncodeError::Version { message, version });
    }
    let mut w = Writer::new();
    w.i16(version);
    Ok(w)
}

fn version(r: &mut Reader<'_>) -> Result<i16, DecodeError> {
    match r.i16("version")? {
        version @ 0.. => Ok(version),
        version => Err(r.version(version)),
    }
}

fn write_partitions(w: &mut Writer, topics: &[TopicPartitions]) -> Result<(), EncodeError> {
    w.nullable_list(false, Some(topics), "partitions", |w, topic| {
        w.string(false, &topic.topic, "topic")?;
        w.nullable_list(false, Some(&topic.partitions), "partitions", |w, partition| {
            w.i32(*partition);
            Ok(())
        })
    })
}

fn read_partitions(r: &mut Reader<'_>) -> Result<Vec<TopicPartitions>, DecodeError> {
    r.list(false, 6, "partitions", |r| {
        let topic = r.string(false, "topic")?;
        let partitions = r.list(false, 4, "partitions", |r| r.i32("partitions"))?;
        Ok(TopicPartitions { topic, partitions })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned() -> Vec<TopicPartitions> {
        vec![TopicPartitions { topic: "a".to_owned(), partitions: vec![0, 2] }]
    }

    fn full() -> Subscription {
        Subscription {
            topics: vec!["a".to_owned(), "b".to_owned()],
            user_data: Some(Bytes::from_static(b"x")),
            owned_partitions: owned(),
            generation_id: 4,
            rack_id: Some("r".to_owned()),
        }
    }

    #[test]
    fn each_version_keeps_what_it_can() {
        let expected = |version| Subscription {
            owned_partitions: if version >= 1 { owned() } else { Vec::new() },
            generation_id: if version >= 2 { 4 } else { -1 },
            rack_id: if version >= 3 { full().rack_id } else { None },
            ..full()
        };
        for version in 0..=NEWEST {
            let blob = full().encode(version).unwrap();
            assert_eq!(Subscription::decode(&blob), Ok(expected(version)));
            let assignment = Assignment { partitions: owned(), user_data: None };
            assert_eq!(Assignment::decode(&assignment.encode(version).unwrap()), Ok(assignment));
        }
        assert!(full().encode(NEWEST + 1).is_err());
    }

    #[test]
    fn the_bytes_are_those_of_kafka() {
        let assignment = Assignment { partitions: owned(), user_data: None };
        let bytes = [0, 1, 0, 0, 0, 1, 0, 1, b'a', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 255, 255, 255, 255];
        assert_eq!(assignment.encode(1).unwrap(), &bytes[..]);
    }

    #[test]
    fn g12_newer_versions_are_read_by_the_newest_layout() {
        let mut blob = full().encode(NEWEST).unwrap().to_vec();
        blob[1] = 9;
        blob.extend_from_slice(b"whatever comes next");
        assert_eq!(Subscription::decode(&Bytes::from(blob)), Ok(full()));
    }

    #[test]
    fn g12_a_cut_blob_is_never_a_partial_result() {
        for version in 0..=NEWEST {
            let blob = full().encode(version).unwrap();
            for length in 0..blob.len() {
                assert!(Subscription::decode(&blob.slice(..length)).is_err(), "v{version}, {length} bytes");
            }
        }
    }

    #[test]
    fn an_empty_assignment_may_be_no_bytes() {
        assert_eq!(Assignment::decode(&Bytes::new()), Ok(Assignment::default()));
        assert!(Subscription::decode(&Bytes::new()).is_err());
        assert!(Assignment::decode(&Bytes::from_static(&[0xff, 0xff, 0, 0])).is_err());
    }
}
