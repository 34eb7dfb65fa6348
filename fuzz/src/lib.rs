//! What the fuzz targets do with their input, and what must hold.

mod connect;
mod records;
mod registry;
mod texts;
mod transforms;

pub use connect::{converters, file_lines, offset_file, rest_request};
pub use records::{decompress, fetch_records_aborts, legacy_sets, record_batches};
pub use registry::registry;
pub use texts::texts;

use bytes::{Bytes, BytesMut};
use kconnect_wire::consumer_protocol::{Assignment, NEWEST, Subscription};
use kconnect_wire::frame::{Split, Splitter};
use kconnect_wire::messages;
use kconnect_wire::{ApiKey, Message, Reader, TaggedFields, Writer, check_request, decode_response};

/// The first byte is the size of the pieces, the second the limit of a frame in units of 16 bytes.
pub fn frame_splitter(data: &[u8]) {
    let [piece, max, stream @ ..] = data else { return };
    let splitter = Splitter::new(usize::from(*max) * 16);
    let whole = split(&splitter, stream, stream.len().max(1));
    assert_eq!(whole, split(&splitter, stream, usize::from(*piece).max(1)));
}

/// All frames of a stream that arrives in pieces, and whether the stream was refused after them.
fn split(splitter: &Splitter, stream: &[u8], piece: usize) -> (Vec<Bytes>, bool) {
    let (mut buf, mut frames) = (BytesMut::new(), Vec::new());
    for chunk in stream.chunks(piece) {
        buf.extend_from_slice(chunk);
        loop {
            match splitter.next(&mut buf) {
                Ok(Split::Frame(frame)) => frames.push(frame),
                Ok(Split::Missing(missing)) => {
                    assert!(missing > 0);
                    break;
                }
                Err(_) => return (frames, true),
            }
        }
    }
    (frames, false)
}

/// What was decoded can be encoded, and that is decoded and encoded to the same bytes.
///
/// Bytes are compared, not values: a float that is not a number differs from itself.
fn stable<M: Message>(message: &M, version: i16) {
    let first = encode(message, version);
    let again = M::decode(&mut Reader::new(&first), version).expect("what was written can be read");
    assert_eq!(first, encode(&again, version));
}

fn encode<M: Message>(message: &M, version: i16) -> Bytes {
    let mut w = Writer::new();
    message.encode(version, &mut w).expect("what was read can be written");
    w.into_bytes()
}

macro_rules! dispatch {
    ($($key:ident $request:ident $response:ident,)*) => {
        fn stable_request(key: ApiKey, version: i16, body: &Bytes) {
            match key {
                $(ApiKey::$key => {
                    let mut r = Reader::new(body);
                    let request = messages::$request::decode(&mut r, version).expect("the check passed it");
                    stable(&request, version);
                })*
                _ => unreachable!("the check refuses keys without messages"),
            }
        }

        fn stable_response(key: ApiKey, version: i16, frame: &Bytes) {
            match key {
                $(ApiKey::$key => {
                    if let Ok(response) = decode_response::<messages::$request>(frame, version, 0) {
                        stable(&response.body, version);
                    }
                })*
                _ => {}
            }
        }
    };
}

kconnect_wire::for_each_api!(dispatch);

/// A request frame; what the check passes is then read by another decoder, which trusts lengths. It may refuse what it
/// does not know, but must neither panic nor ask for much memory; runs by hand have `-malloc_limit_mb=16`.
pub fn request_decode(data: &[u8]) {
    let frame = Bytes::copy_from_slice(data);
    let Ok(head) = check_request(&frame) else { return };
    stable_request(head.key, head.version, &frame.slice(head.body..));
    let Ok(key) = kafka_protocol::messages::ApiKey::try_from(i16::from(head.key)) else { return };
    let mut body = frame.slice(head.body..);
    drop(kafka_protocol::messages::RequestKind::decode(key, &mut body, head.version));
}

/// Key and version, two bytes each, then a response frame with correlation id 0.
pub fn response_decode(data: &[u8]) {
    let [k0, k1, v0, v1, frame @ ..] = data else { return };
    let Ok(key) = ApiKey::try_from(i16::from_be_bytes([*k0, *k1])) else { return };
    let version = i16::from_be_bytes([*v0, *v1]);
    let frame = Bytes::copy_from_slice(frame);
    stable_response(key, version, &frame);
}

/// Commands of one byte choose what is read next; and the whole as a blob of the consumer protocol.
pub fn primitives(data: &[u8]) {
    consumer_protocol(data);
    let mut r = Reader::from_slice(data);
    while let Ok(command) = r.i8("command") {
        let flexible = command & 16 != 0;
        let outcome = match command & 15 {
            0 => r.uvarint("x").map(|value| again(|w| w.uvarint(value), |r| r.uvarint("x"), value)),
            1 => r.uvarlong("x").map(|value| again(|w| w.uvarlong(value), |r| r.uvarlong("x"), value)),
            2 => r.varint("x").map(|value| again(|w| w.varint(value), |r| r.varint("x"), value)),
            3 => r.varlong("x").map(|value| again(|w| w.varlong(value), |r| r.varlong("x"), value)),
            4 => r.nullable_str(flexible, "x").map(|text| {
                let mut w = Writer::new();
                w.nullable_string(flexible, text, "x").expect("short enough");
                assert_eq!(Reader::from_slice(w.as_slice()).nullable_str(flexible, "x"), Ok(text));
            }),
            5 => r.nullable_bytes(flexible, "x").map(drop),
            6 => r.nullable_list(flexible, 4, "x", |r| r.i32("x")).map(drop),
            7 => r.nullable_list(flexible, 1, "x", |r| r.string(flexible, "x")).map(drop),
            8 => TaggedFields::decode(true, &mut r).map(|tags| {
                let mut w = Writer::new();
                tags.encode(true, 0, &mut w).expect("the numbers ascend");
                assert_eq!(TaggedFields::decode(true, &mut Reader::from_slice(w.as_slice())), Ok(tags));
            }),
            9 => r.uuid("x").map(|id| assert_eq!(id.to_string().parse(), Ok(id))),
            _ => r.f64("x").map(drop),
        };
        if outcome.is_err() {
            return;
        }
    }
}

fn again<T: PartialEq + std::fmt::Debug>(
    write: impl Fn(&mut Writer),
    read: impl Fn(&mut Reader<'_>) -> Result<T, kconnect_wire::DecodeError>,
    value: T,
) {
    let mut w = Writer::new();
    write(&mut w);
    assert_eq!(read(&mut Reader::from_slice(w.as_slice())), Ok(value));
}

/// A blob, read as both kinds.
fn consumer_protocol(data: &[u8]) {
    let blob = Bytes::copy_from_slice(data);
    if let Ok(subscription) = Subscription::decode(&blob) {
        let written = subscription.encode(NEWEST).expect("what was read can be written");
        assert_eq!(Subscription::decode(&written), Ok(subscription));
    }
    if let Ok(assignment) = Assignment::decode(&blob) {
        let written = assignment.encode(NEWEST).expect("what was read can be written");
        assert_eq!(Assignment::decode(&written), Ok(assignment));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the committed seeds of a target, without a fuzzer.
    fn seeds(target: &str, run: fn(&[u8])) {
        let folder = format!("{}/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
        let mut count = 0;
        for entry in std::fs::read_dir(folder).expect("each target has seeds") {
            run(&std::fs::read(entry.expect("readable").path()).expect("readable"));
            count += 1;
        }
        assert!(count > 0, "{target} has no seeds");
    }

    #[test]
    fn seeds_pass() {
        seeds("frame_splitter", frame_splitter);
        seeds("request_decode", request_decode);
        seeds("response_decode", response_decode);
        seeds("primitives", primitives);
        seeds("record_batches", record_batches);
        seeds("legacy_sets", legacy_sets);
        seeds("decompress", decompress);
        seeds("fetch_records_aborts", fetch_records_aborts);
        seeds("converters", converters);
        seeds("offset_file", offset_file);
        seeds("registry", registry);
        seeds("rest_request", rest_request);
        seeds("file_lines", file_lines);
        seeds("texts", texts);
    }
}
