//! An independent codec reads what this one writes, and this one reads what it writes.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestKind, ResponseKind};
use kconnect_wire::{Message, Reader, Request, Writer, messages};

use crate::seed::{Sample, Seed};

const SEEDS: u64 = 40;

/// Versions that the other codec claims to speak but refuses.
const REFUSED: [(kconnect_wire::ApiKey, i16); 2] =
    [(kconnect_wire::ApiKey::OffsetCommit, 10), (kconnect_wire::ApiKey::OffsetFetch, 10)];

/// The versions that both codecs speak.
fn common<R: Request>() -> Vec<i16> {
    let Ok(key) = ApiKey::try_from(i16::from(R::KEY)) else { return Vec::new() };
    let other = key.valid_versions();
    let versions = R::MIN.max(other.min)..=R::MAX.min(other.max);
    versions.filter(|version| !REFUSED.contains(&(R::KEY, *version))).collect()
}

fn agrees<M: Message + Sample + PartialEq + std::fmt::Debug>(
    name: &str,
    version: i16,
    through: impl Fn(&mut Bytes) -> Result<BytesMut, String>,
) {
    for seed in 0..SEEDS {
        let value = M::sample(&mut Seed::new(seed), version);
        let mut w = Writer::new();
        value.encode(version, &mut w).unwrap();
        let bytes = w.into_bytes();
        let mut rest = bytes.clone();
        let other = through(&mut rest)
            .unwrap_or_else(|e| panic!("{name} v{version} seed {seed}: {e}\n{value:#?}\n{bytes:?}"))
            .freeze();
        assert!(rest.is_empty(), "{name} v{version} seed {seed}: the other codec left {} bytes", rest.len());
        let back = M::decode(&mut Reader::new(&other), version);
        assert_eq!(back.as_ref(), Ok(&value), "{name} v{version} seed {seed}");
    }
}

fn request(key: i16, version: i16, bytes: &mut Bytes) -> Result<BytesMut, String> {
    let key = ApiKey::try_from(key).map_err(|()| "unknown key")?;
    let value = RequestKind::decode(key, bytes, version).map_err(|e| format!("decode: {e:#}"))?;
    let mut out = BytesMut::new();
    value.encode(&mut out, version).map_err(|e| format!("encode: {e:#}"))?;
    Ok(out)
}

fn response(key: i16, version: i16, bytes: &mut Bytes) -> Result<BytesMut, String> {
    let key = ApiKey::try_from(key).map_err(|()| "unknown key")?;
    let value = ResponseKind::decode(key, bytes, version).map_err(|e| format!("decode: {e:#}"))?;
    let mut out = BytesMut::new();
    value.encode(&mut out, version).map_err(|e| format!("encode: {e:#}"))?;
    Ok(out)
}

macro_rules! tests {
    ($($key:ident $request:ident $response:ident,)*) => {
        #[test]
        fn both_codecs_agree_on_requests() {
            $({
                let key = i16::from(messages::$request::KEY);
                for version in common::<messages::$request>() {
                    agrees::<messages::$request>(stringify!($request), version, |b| request(key, version, b));
                }
            })*
        }

        #[test]
        fn both_codecs_agree_on_responses() {
            $({
                let key = i16::from(messages::$request::KEY);
                for version in common::<messages::$request>() {
                    agrees::<messages::$response>(stringify!($response), version, |b| response(key, version, b));
                }
            })*
        }

        #[test]
        fn nearly_every_version_has_been_compared() {
            let (mut ours, mut both) = (0, 0);
            $(
                ours += (messages::$request::MIN..=messages::$request::MAX).count();
                both += common::<messages::$request>().len();
            )*
            assert!(both * 100 >= ours * 90, "only {both} of {ours} versions have an oracle");
        }
    };
}

kconnect_wire::for_each_api!(tests);
