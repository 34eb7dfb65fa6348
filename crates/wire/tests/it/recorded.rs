//! Responses of a real broker, read and written again byte for byte.
//!
//! `tests/data/<api>.hex` has a line `version hex` for each response of Apache Kafka 4.3.1, from the
//! correlation id on; the correlation id is the version. The `record` module made them.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use kconnect_wire::{Message, Reader, Request, Writer, frame, messages};

pub(crate) fn path(api: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(format!("{api}.hex"))
}

/// The recorded frames of an API by version.
fn frames(api: &str) -> Vec<(i16, Bytes)> {
    let text = std::fs::read_to_string(path(api)).unwrap_or_else(|e| panic!("no recording of {api}: {e}"));
    text.lines()
        .map(|line| {
            let (version, hex) = line.split_once(' ').unwrap();
            (version.parse().unwrap(), unhex(hex))
        })
        .collect()
}

fn unhex(text: &str) -> Bytes {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Decodes and encodes a frame; says what is wrong with the outcome.
pub(crate) fn rewrite<R: Request>(frame: &Bytes, version: i16, id: i32) -> Result<R::Response, String> {
    let mut r = Reader::new(frame);
    frame::decode_response_header::<R>(&mut r, version, id).map_err(|e| e.to_string())?;
    let body = frame.slice(r.position()..);
    let mut r = Reader::new(&body);
    let response = R::Response::decode(&mut r, version).map_err(|e| e.to_string())?;
    r.finish().map_err(|e| e.to_string())?;
    let mut w = Writer::new();
    response.encode(version, &mut w).map_err(|e| e.to_string())?;
    if w.as_slice() != body {
        return Err(format!("read  {}\nwrote {}", hex(&body), hex(w.as_slice())));
    }
    Ok(response)
}

fn check<R: Request>(name: &str) {
    let frames = frames(name);
    for version in R::MIN..=R::MAX {
        assert!(
            frames.iter().any(|(recorded, _)| *recorded == version),
            "{name} v{version} was not recorded"
        );
    }
    for (version, frame) in frames {
        if let Err(error) = rewrite::<R>(&frame, version, i32::from(version)) {
            panic!("{name} v{version}: {error}");
        }
    }
}

macro_rules! tests {
    ($($key:ident $request:ident $response:ident,)*) => {
        #[test]
        fn responses_of_a_real_broker_come_back_byte_for_byte() {
            $(check::<messages::$request>(stringify!($key));)*
        }
    };
}

kconnect_wire::for_each_api!(tests);
