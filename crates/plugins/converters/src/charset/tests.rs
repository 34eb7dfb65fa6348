//! Each charset against digests of what the JVM writes and reads, as `tests/differential/java/Charsets.java` computes them.

use kconnect_api::Text;

use super::Charset;
use super::names::{PLAIN, TABLES};

/// Name, digest of what is written, of what is read, by JDK 25.
const DIGESTS: &str = include_str!("digests.txt");

#[test]
fn charsets_write_and_read_what_the_jvm_s_do() {
    let names = PLAIN.iter().map(|row| row.0).chain(TABLES.iter().map(|row| row.0));
    let ours: Vec<String> = names
        .map(|name| {
            let charset = Charset::of_java_name(name).expect("a known name");
            format!("{name} {:016x} {:016x}", written(charset), read(charset))
        })
        .collect();
    let theirs: Vec<&str> = DIGESTS.lines().collect();
    let wrong: Vec<_> = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != *theirs).collect();
    assert!(wrong.is_empty() && ours.len() == theirs.len(), "{wrong:#?}");
}

#[test]
fn every_alias_is_a_charset_in_any_case() {
    for alias in PLAIN.iter().flat_map(|row| row.2).chain(TABLES.iter().flat_map(|row| row.3)) {
        assert!(Charset::of_java_name(&alias.to_uppercase()).is_some(), "{alias}");
    }
    assert!(Charset::of_java_name("bogus").is_none());
}

/// FNV-1a.
struct Digest(u64);

impl Digest {
    fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    fn add(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.add(*byte));
        self.add(bytes.len() as u8);
    }

    fn text(&mut self, text: &str) {
        let mut length = 0u8;
        for unit in text.encode_utf16() {
            unit.to_be_bytes().into_iter().for_each(|byte| self.add(byte));
            length = length.wrapping_add(1);
        }
        self.add(length);
    }
}

fn next(state: &mut u64) -> u32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 40) as u32
}

fn written(charset: Charset) -> u64 {
    let mut digest = Digest::new();
    let mut out = Vec::new();
    let mut add = |text: &Text| {
        out.clear();
        charset.encode(text, &mut out);
        digest.bytes(&out);
    };
    let astral = (0x1_0000..0x11_0000).step_by(61);
    for c in (0..0x1_0000).chain(astral).filter_map(char::from_u32) {
        add(&Text::from(c.encode_utf8(&mut [0; 4]) as &str));
    }
    let mut state = 1;
    for _ in 0..20_000 {
        let units: Vec<u16> = (0..6).map(|_| unit(next(&mut state))).collect();
        let mut wtf8 = Vec::new();
        for c in char::decode_utf16(units) {
            match c {
                Ok(c) => wtf8.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                Err(half) => wtf8.extend_from_slice(&Text::wtf8_unit(half.unpaired_surrogate())),
            }
        }
        add(&Text::from_wtf8(wtf8));
    }
    digest.0
}

fn unit(random: u32) -> u16 {
    let unit = match random & 3 {
        0 => random >> 2 & 0x7F,
        1 if random & 4 == 0 => 0xD83D + (random >> 3 & 0x200),
        1 => 0xA0 + (random >> 3 & 0x3FF),
        2 => 0x3000 + (random >> 2) % 0x7000,
        _ => random >> 2 & 0xFFFF,
    };
    unit as u16
}

fn read(charset: Charset) -> u64 {
    let mut digest = Digest::new();
    (0..=0xFF_u8).for_each(|byte| digest.text(&charset.decode(&[byte])));
    (0..=0xFFFF_u16).for_each(|pair| digest.text(&charset.decode(&pair.to_be_bytes())));
    let mut state = 1;
    for _ in 0..60_000 {
        next(&mut state);
        let length = 3 + (state >> 61) as usize;
        let bytes: Vec<u8> = (0..length).map(|_| byte(next(&mut state))).collect();
        digest.text(&charset.decode(&bytes));
    }
    digest.0
}

fn byte(random: u32) -> u8 {
    const SPECIAL: [u8; 13] = *b"\x1B$B(JI@\x0E\x0F\x8E\x8F\x81\xA1";
    match random & 7 {
        0 | 1 => (random >> 3) as u8,
        2 => SPECIAL[(random >> 3) as usize % 13],
        3 => 0x30 + ((random >> 3) % 10) as u8,
        4 => 0x21 + ((random >> 3) % 94) as u8,
        _ => 0x81 + ((random >> 3) % 126) as u8,
    }
}
