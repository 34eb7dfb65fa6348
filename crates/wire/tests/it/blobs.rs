//! Blobs of the `consumer` group protocol against an independent codec.

use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::messages::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use kafka_protocol::protocol::{Decodable, Encodable};
use kconnect_wire::consumer_protocol::{Assignment, NEWEST, Subscription, TopicPartitions};

use crate::seed::Seed;

/// Sends a blob through the other codec, which reads the version apart from the rest.
fn through<T: Decodable + Encodable>(blob: &Bytes) -> Bytes {
    let mut rest = blob.clone();
    let version = rest.get_i16();
    let value = T::decode(&mut rest, version).unwrap();
    assert!(rest.is_empty(), "the other codec left {} bytes", rest.len());
    let mut out = BytesMut::new();
    out.extend_from_slice(&version.to_be_bytes());
    value.encode(&mut out, version).unwrap();
    out.freeze()
}

/// Topics that differ: the other codec may key them by name.
fn partitions(s: &mut Seed) -> Vec<TopicPartitions> {
    let mut topics =
        s.list(|s| TopicPartitions { topic: s.string(), partitions: s.list(|s| s.int() as i32) });
    topics.sort_by(|a, b| a.topic.cmp(&b.topic));
    topics.dedup_by(|a, b| a.topic == b.topic);
    topics
}

#[test]
fn g12_subscriptions_are_those_of_the_independent_codec() {
    for version in 0..=NEWEST {
        for seed in 0..200 {
            let s = &mut Seed::new(seed);
            let value = Subscription {
                topics: s.list(Seed::string),
                user_data: s.option(true, Seed::bytes),
                owned_partitions: if version >= 1 { partitions(s) } else { Vec::new() },
                generation_id: if version >= 2 { s.int() as i32 } else { -1 },
                rack_id: if version >= 3 { s.option(true, Seed::string) } else { None },
            };
            let blob = value.encode(version).unwrap();
            assert_eq!(through::<ConsumerProtocolSubscription>(&blob), blob, "v{version} seed {seed}");
            assert_eq!(Subscription::decode(&blob), Ok(value), "v{version} seed {seed}");
        }
    }
}

#[test]
fn assignments_are_those_of_the_independent_codec() {
    for version in 0..=NEWEST {
        for seed in 0..200 {
            let s = &mut Seed::new(seed);
            let value = Assignment { partitions: partitions(s), user_data: s.option(true, Seed::bytes) };
            let blob = value.encode(version).unwrap();
            assert_eq!(through::<ConsumerProtocolAssignment>(&blob), blob, "v{version} seed {seed}");
            assert_eq!(Assignment::decode(&blob), Ok(value), "v{version} seed {seed}");
        }
    }
}
