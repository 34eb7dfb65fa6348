//! Records the responses of a real broker.
//!
//! `KAFKA=127.0.0.1:9092 KAFKA_SASL=127.0.0.1:9093 cargo test -p kconnect-wire --test it record -- --ignored`
//! against a fresh broker of one node with an authorizer, its anonymous user a super user, SASL PLAIN for `alice`
//! with password `wonder` at the second address, and all `*.replication.factor` settings at 1.
//! Writes `tests/data`.

mod admin;
mod data;
mod groups;
mod transactions;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kconnect_wire::frame::{MAX_DATA, Split, Splitter};
use kconnect_wire::messages::*;
use kconnect_wire::{ErrorCode, Request, Uuid, encode_request};

use crate::recorded::{hex, path, rewrite};

/// The topic that everything is done to.
const TOPIC: &str = "rec";

/// A connection to a broker that keeps the last response of each request and version.
struct Recorder {
    address: String,
    stream: TcpStream,
    buf: BytesMut,
    saved: BTreeMap<&'static str, BTreeMap<i16, Bytes>>,
    topic_id: Uuid,
}

impl Recorder {
    fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let (buf, saved, topic_id) = (BytesMut::new(), BTreeMap::new(), Uuid::ZERO);
        Self { address: address.to_owned(), stream, buf, saved, topic_id }
    }

    /// Asks, records the answer, and returns it. The correlation id is the version.
    fn call<R: Request + std::fmt::Debug>(&mut self, version: i16, request: &R) -> R::Response {
        let bytes = encode_request(request, version, version.into(), Some("rec")).unwrap();
        self.stream.write_all(&bytes).unwrap();
        let frame = self.receive(&format!("{} v{version} {request:?}", R::KEY));
        let response = rewrite::<R>(&frame, version, version.into())
            .unwrap_or_else(|error| panic!("{} v{version}: {error}", R::KEY));
        self.saved.entry(R::KEY.name()).or_default().insert(version, frame);
        response
    }

    fn receive(&mut self, what: &str) -> Bytes {
        let splitter = Splitter::new(MAX_DATA);
        loop {
            if let Split::Frame(frame) = splitter.next(&mut self.buf).unwrap() {
                return frame;
            }
            let mut chunk = [0; 65536];
            match self.stream.read(&mut chunk) {
                Ok(size) if size > 0 => self.buf.extend_from_slice(&chunk[..size]),
                other => panic!("no answer from {} to {what}: {other:?}", self.address),
            }
        }
    }

    /// Repeats a call while its answer says that the broker is not ready.
    fn until<R: Request + std::fmt::Debug>(
        &mut self,
        version: i16,
        request: &R,
        error: impl Fn(&R::Response) -> ErrorCode,
    ) -> R::Response {
        for _ in 0..200 {
            let response = self.call(version, request);
            let code = error(&response);
            if !code.is_retriable() {
                assert!(code.is_ok(), "{} v{version}: {code}", R::KEY);
                return response;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{} v{version} is retriable for ever", R::KEY);
    }
}

fn d<T: Default>() -> T {
    T::default()
}

fn versions<R: Request>() -> std::ops::RangeInclusive<i16> {
    R::MIN..=R::MAX
}

/// The version of another request that goes with `version` of this one.
fn near<R: Request>(version: i16) -> i16 {
    version.clamp(R::MIN, R::MAX)
}

#[test]
#[ignore = "needs a real broker and writes tests/data"]
fn record() {
    let mut rec = Recorder::connect(&std::env::var("KAFKA").expect("KAFKA is the address of a broker"));
    let sasl = std::env::var("KAFKA_SASL").expect("KAFKA_SASL is the address of its SASL listener");
    data::topics(&mut rec);
    data::produce_and_fetch(&mut rec);
    groups::coordinators(&mut rec);
    groups::classic(&mut rec);
    groups::next_generation(&mut rec);
    groups::cleanup(&mut rec);
    transactions::transactions(&mut rec);
    transactions::markers(&mut rec);
    admin::configs(&mut rec);
    admin::cluster(&mut rec);
    admin::acls_quotas_users(&mut rec);
    admin::partitions(&mut rec);
    admin::telemetry(&mut rec);
    admin::deletions(&mut rec);
    admin::sasl(&mut rec, &sasl);
    for (api, frames) in &rec.saved {
        let lines: String =
            frames.iter().map(|(version, frame)| format!("{version} {}\n", hex(frame))).collect();
        std::fs::write(path(api), lines).unwrap();
    }
}
