//! What is written is read again, in every version.

use kconnect_wire::{DecodeErrorKind, EncodeError, Message, Reader, Request, Uuid, Writer, messages};

use crate::seed::{Sample, Seed};

const SEEDS: u64 = 60;

fn encode<M: Message>(message: &M, version: i16) -> bytes::Bytes {
    let mut w = Writer::new();
    message.encode(version, &mut w).unwrap();
    w.into_bytes()
}

fn values_come_back<M: Message + Sample + PartialEq + std::fmt::Debug>(name: &str, version: i16) {
    for seed in 0..SEEDS {
        let value = M::sample(&mut Seed::new(seed), version);
        let bytes = encode(&value, version);
        let mut r = Reader::new(&bytes);
        let back =
            M::decode(&mut r, version).unwrap_or_else(|e| panic!("{name} v{version} seed {seed}: {e}"));
        assert_eq!(back, value, "{name} v{version} seed {seed}");
        assert_eq!(r.remaining(), 0, "{name} v{version} seed {seed}");
        let copied = M::decode(&mut Reader::from_slice(&bytes), version).unwrap();
        assert_eq!(copied, value, "{name} v{version} seed {seed}, from a slice");
    }
}

fn cuts_are_errors<M: Message + Sample>(name: &str, version: i16) {
    for seed in 0..3 {
        let bytes = encode(&M::sample(&mut Seed::new(seed), version), version);
        for length in (0..bytes.len()).step_by(1 + bytes.len() / 500) {
            let cut = bytes.slice(..length);
            let outcome = M::decode(&mut Reader::new(&cut), version);
            assert!(outcome.is_err(), "{name} v{version} seed {seed}: {length} of {} bytes", bytes.len());
        }
    }
}

fn defaults_fit<M: Message + Default + PartialEq + std::fmt::Debug>(name: &str, version: i16) {
    let value = M::default();
    let bytes = encode(&value, version);
    assert_eq!(M::decode(&mut Reader::new(&bytes), version), Ok(value), "{name} v{version}");
}

/// The memory budget is for liars: a dense message of honest counts, larger than the budget's floor, passes.
fn large_values_fit<M: Message + Sample + PartialEq>(name: &str, version: i16) {
    for seed in 0..6 {
        let value = M::sample(&mut Seed::large(seed), version);
        let bytes = encode(&value, version);
        let back = M::decode(&mut Reader::new(&bytes), version);
        let back =
            back.unwrap_or_else(|e| panic!("{name} v{version} seed {seed}, {} bytes: {e}", bytes.len()));
        assert!(back == value, "{name} v{version} seed {seed}");
    }
}

fn versions_outside_the_range_are_refused<R: Request + Default>(name: &str) {
    for version in [R::MIN - 1, R::MAX + 1] {
        let outcome = R::default().encode(version, &mut Writer::new());
        assert!(matches!(outcome, Err(EncodeError::Version { .. })), "{name} v{version}");
        let kind = R::decode(&mut Reader::from_slice(&[0; 64]), version).err().map(|e| e.kind);
        assert_eq!(kind, Some(DecodeErrorKind::Version(version)), "{name} v{version}");
    }
}

macro_rules! tests {
    ($($key:ident $request:ident $response:ident,)*) => {
        #[test]
        fn every_value_of_every_version_comes_back() {
            $(for version in messages::$request::MIN..=messages::$request::MAX {
                values_come_back::<messages::$request>(stringify!($request), version);
                values_come_back::<messages::$response>(stringify!($response), version);
            })*
        }

        #[test]
        fn no_cut_message_passes_for_a_whole_one() {
            $(for version in messages::$request::MIN..=messages::$request::MAX {
                cuts_are_errors::<messages::$request>(stringify!($request), version);
                cuts_are_errors::<messages::$response>(stringify!($response), version);
            })*
        }

        #[test]
        fn w15_a_default_value_can_be_sent_in_every_version() {
            $(for version in messages::$request::MIN..=messages::$request::MAX {
                defaults_fit::<messages::$request>(stringify!($request), version);
                defaults_fit::<messages::$response>(stringify!($response), version);
            })*
        }

        #[test]
        fn w7_honest_large_messages_pass() {
            $(for version in [messages::$request::MIN, messages::$request::MAX] {
                large_values_fit::<messages::$request>(stringify!($request), version);
                large_values_fit::<messages::$response>(stringify!($response), version);
            })*
        }

        #[test]
        fn other_versions_are_refused() {
            $(versions_outside_the_range_are_refused::<messages::$request>(stringify!($request));)*
        }
    };
}

kconnect_wire::for_each_api!(tests);

#[test]
fn w15_a_field_that_would_be_lost_is_refused() {
    let metadata = messages::MetadataRequest { allow_auto_topic_creation: false, ..Default::default() };
    let outcome = metadata.encode(3, &mut Writer::new());
    assert_eq!(outcome, Err(EncodeError::Unsupported { field: "allow_auto_topic_creation", version: 3 }));
    metadata.encode(4, &mut Writer::new()).unwrap();

    let validate = messages::CreateTopicsRequest { validate_only: true, ..Default::default() };
    validate.encode(2, &mut Writer::new()).unwrap();

    let fetch = messages::FetchRequest {
        replica_state: messages::FetchReplicaState { replica_id: 3, ..Default::default() },
        ..Default::default()
    };
    for version in [11, 14] {
        let outcome = fetch.encode(version, &mut Writer::new());
        assert_eq!(outcome, Err(EncodeError::Unsupported { field: "replica_state", version }));
    }
    fetch.encode(15, &mut Writer::new()).unwrap();
}

#[test]
fn w15_an_ignorable_field_is_left_out() {
    let topic = messages::MetadataRequestTopic { topic_id: Uuid::from_bytes([1; 16]), ..Default::default() };
    let metadata = messages::MetadataRequest { topics: Some(vec![topic]), ..Default::default() };
    let bytes = encode(&metadata, 4);
    let back = messages::MetadataRequest::decode(&mut Reader::new(&bytes), 4).unwrap();
    assert_eq!(back.topics.unwrap()[0].topic_id, Uuid::ZERO);
}

#[test]
fn w8_null_is_refused_where_the_version_has_none() {
    let all = messages::MetadataRequest { topics: None, ..Default::default() };
    assert_eq!(all.encode(0, &mut Writer::new()), Err(EncodeError::Null { field: "topics", version: 0 }));
    let bytes = encode(&all, 1);
    let kind = messages::MetadataRequest::decode(&mut Reader::new(&bytes), 0).unwrap_err().kind;
    assert_eq!(kind, DecodeErrorKind::Null);
}

#[test]
fn w9_tagged_fields_are_refused_where_the_version_has_no_section() {
    let mut metadata = messages::MetadataRequest::default();
    metadata.unknown_tags.push(3, bytes::Bytes::new());
    assert!(metadata.encode(8, &mut Writer::new()).is_err());
    metadata.encode(9, &mut Writer::new()).unwrap();
}

#[test]
fn records_share_the_frame() {
    let data = messages::PartitionProduceData { records: Some(vec![7; 100].into()), ..Default::default() };
    let topic = messages::TopicProduceData { partition_data: vec![data], ..Default::default() };
    let bytes = encode(&messages::ProduceRequest { topic_data: vec![topic], ..Default::default() }, 9);
    let back = messages::ProduceRequest::decode(&mut Reader::new(&bytes), 9).unwrap();
    let records = back.topic_data[0].partition_data[0].records.clone().unwrap();
    assert!(bytes.as_ptr_range().contains(&records.as_ptr()));
}
