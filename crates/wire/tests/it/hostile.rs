//! Bytes of an enemy: errors and bounded memory, never a panic.

use bytes::Bytes;
use kconnect_wire::{Message, Reader, Request, Writer, check_request, messages};

use crate::counting::peak;
use crate::seed::{Sample, Seed};

/// What decoding may hold at once.
fn bound(length: usize) -> usize {
    8 * length + 64 * 1024
}

fn decode_within_bounds<M: Message>(bytes: &[u8], version: i16, what: &str) {
    let frame = Bytes::copy_from_slice(bytes);
    let held = peak(|| drop(M::decode(&mut Reader::new(&frame), version)));
    assert!(held <= bound(bytes.len()), "{what}: {held} bytes held for {} bytes", bytes.len());
}

/// Announces huge lengths at every place of real messages, in both encodings of a length.
fn huge_counts<M: Message + Sample>(name: &str, version: i16) {
    let lies: [&[u8]; 5] = [
        &[0x7f, 0xff, 0xff, 0xff],
        &[0xff, 0xff, 0xff, 0xff, 0x0f],
        &[0xff, 0xff, 0xff, 0xff, 0x07],
        &[0x00, 0x00, 0xff, 0xff],
        &[0x80, 0x00, 0x00, 0x00],
    ];
    for seed in 0..2 {
        let mut w = Writer::new();
        M::sample(&mut Seed::new(seed), version).encode(version, &mut w).unwrap();
        let bytes = w.into_bytes();
        for at in (0..bytes.len()).step_by(1 + bytes.len() / 200) {
            for lie in lies {
                let mut hostile = bytes.to_vec();
                hostile.splice(at..(at + lie.len()).min(bytes.len()), lie.iter().copied());
                decode_within_bounds::<M>(&hostile, version, &format!("{name} v{version} {lie:x?} at {at}"));
            }
        }
    }
}

/// Long runs of one byte: many elements that are small on the wire and large in memory.
fn runs<M: Message>(name: &str, version: i16) {
    for byte in [0, 1, 2, 3, 0x0f, 0x7f, 0x80, 0xff] {
        let mut frame = vec![byte; 40_000];
        for head in [&[][..], &[0, 0, 0x40, 0], &[0x80, 0x80, 1]] {
            frame[..head.len()].copy_from_slice(head);
            decode_within_bounds::<M>(
                &frame,
                version,
                &format!("{name} v{version} run of {byte:#x} {head:?}"),
            );
        }
    }
}

fn noise<M: Message>(name: &str, version: i16) {
    let mut seed = Seed::new(version as u64);
    for round in 0..50 {
        let length = seed.below(400) as usize;
        let bytes: Vec<u8> =
            (0..length).map(|_| if seed.bool() { 0 } else { seed.below(256) as u8 }).collect();
        decode_within_bounds::<M>(&bytes, version, &format!("{name} v{version} round {round}"));
    }
}

macro_rules! tests {
    ($($key:ident $request:ident $response:ident,)*) => {
        #[test]
        fn w7_huge_counts_reserve_little() {
            $(for version in messages::$request::MIN..=messages::$request::MAX {
                huge_counts::<messages::$request>(stringify!($request), version);
                huge_counts::<messages::$response>(stringify!($response), version);
            })*
        }

        #[test]
        fn w7_long_runs_hold_little() {
            $(for version in messages::$request::MIN..=messages::$request::MAX {
                runs::<messages::$request>(stringify!($request), version);
                runs::<messages::$response>(stringify!($response), version);
            })*
        }

        #[test]
        fn noise_never_panics() {
            $(for version in messages::$request::MIN..=messages::$request::MAX {
                noise::<messages::$request>(stringify!($request), version);
                noise::<messages::$response>(stringify!($response), version);
            })*
        }
    };
}

kconnect_wire::for_each_api!(tests);

/// Many structures with few unknown tagged fields each.
#[test]
fn w7_unknown_tagged_fields_of_many_structures_hold_little() {
    for fields in 1..12u32 {
        let mut one = Writer::new();
        one.put(&[0; 16]);
        one.uvarint(1);
        one.uvarint(fields);
        for tag in 0..fields {
            one.uvarint(tag);
            one.uvarint(0);
        }
        // Metadata v12 asks for as many topics.
        let count = 20_000;
        let mut w = Writer::new();
        w.uvarint(count + 1);
        for _ in 0..count {
            w.put(one.as_slice());
        }
        w.put(&[0, 0, 0, 0]);
        let what = format!("{fields} fields in each structure");
        decode_within_bounds::<messages::MetadataRequest>(w.as_slice(), 12, &what);
    }
}

#[test]
fn w7_many_unknown_tagged_fields_hold_little() {
    // Header of Heartbeat v4, its body, then as many empty tagged fields as fit.
    let mut w = Writer::new();
    let body = messages::HeartbeatRequest::default();
    kconnect_wire::frame::encode_request_header::<messages::HeartbeatRequest>(4, 1, None, &mut w).unwrap();
    body.encode(4, &mut w).unwrap();
    let mut frame = w.into_buf().to_vec();
    frame.pop();
    let mut tags = Writer::new();
    tags.uvarint(100_000);
    for tag in 0..100_000 {
        tags.uvarint(tag);
        tags.uvarint(0);
    }
    frame.extend_from_slice(tags.as_slice());
    let frame = Bytes::from(frame);
    let held = peak(|| drop(check_request(&frame)));
    assert!(held <= bound(frame.len()), "{held} bytes held for {}", frame.len());
}
