//! Writes the seeds of the fuzz targets: `cargo test -p kconnect-wire --test it write_seeds -- --ignored`.

use std::fs;
use std::path::{Path, PathBuf};

use kconnect_wire::consumer_protocol::{Subscription, TopicPartitions};
use kconnect_wire::{Request, Writer, encode_request, frame, messages};

use crate::seed::{Sample, Seed};

fn folder(target: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A request and a response of the lowest and the highest version.
fn message<R: Request + Sample>(name: &str)
where
    R::Response: Sample,
{
    for version in [R::MIN, R::MAX] {
        let request = encode_request(&R::sample(&mut Seed::new(1), version), version, 0, Some("me")).unwrap();
        fs::write(folder("request_decode").join(format!("{name}-{version}")), &request[4..]).unwrap();
        let mut w = Writer::new();
        w.i16(R::KEY.into());
        w.i16(version);
        let response = R::Response::sample(&mut Seed::new(2), version);
        w.put(&frame::encode_response::<R>(&response, version, 0).unwrap()[4..]);
        fs::write(folder("response_decode").join(format!("{name}-{version}")), w.as_slice()).unwrap();
    }
}

macro_rules! all {
    ($($key:ident $request:ident $response:ident,)*) => {
        fn messages() {
            $(message::<messages::$request>(stringify!($key));)*
        }
    };
}

kconnect_wire::for_each_api!(all);

#[test]
#[ignore = "writes fuzz/seeds"]
fn write_seeds() {
    messages();
    let streams: [(&str, &[u8]); 3] = [
        ("two", &[3, 4, 0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 5, 5, 6, 7, 8, 9]),
        ("cut", &[1, 255, 0, 0, 4, 0, 1, 2, 3]),
        ("refused", &[2, 1, 0, 0, 0, 4, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff]),
    ];
    for (name, stream) in streams {
        fs::write(folder("frame_splitter").join(name), stream).unwrap();
    }
    let commands: [(&str, &[u8]); 4] = [
        ("varints", &[0, 0x80, 1, 1, 0xff, 1, 2, 3, 3, 0x81, 0]),
        ("texts", &[4, 0, 1, b'a', 20, 2, b'a', 20, 0, 4, 0xff, 0xff, 5, 0, 0, 0, 1, 7]),
        ("lists", &[6, 0, 0, 0, 1, 1, 2, 3, 4, 23, 2, 2, b'a', 6, 0xff, 0xff, 0xff, 0xff]),
        ("tags", &[8, 2, 1, 2, 7, 8, 5, 0]),
    ];
    for (name, bytes) in commands {
        fs::write(folder("primitives").join(name), bytes).unwrap();
    }
    let subscription = Subscription {
        topics: vec!["a".to_owned()],
        owned_partitions: vec![TopicPartitions { topic: "a".to_owned(), partitions: vec![0, 1] }],
        generation_id: 3,
        rack_id: Some("r".to_owned()),
        ..Default::default()
    };
    for version in 0..=3 {
        let blob = subscription.encode(version).unwrap();
        fs::write(folder("primitives").join(format!("protocol-v{version}")), blob).unwrap();
    }
}
