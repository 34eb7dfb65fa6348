//! The bytes of a Java-serialised `HashMap<byte[], byte[]>`: what the JVM worker keeps in its offset file.
//!
//! Written exactly as `ObjectOutputStream` writes such a map (formats §6.1), so a JVM worker can take the file over;
//! read from any such stream, whatever capacity or handles it uses. Lengths are believed only up to the bytes left.

use std::fmt;

/// Pairs as they lie in the file; Java allows null for both.
pub(crate) type Pairs = Vec<(Option<Vec<u8>>, Option<Vec<u8>>)>;

/// Why bytes are not such a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The bytes end inside the map, at this offset.
    Truncated(usize),
    /// Another object, with the name of its class.
    OtherClass(String),
    /// Not what the format has at this offset.
    Unexpected(usize),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated(at) => write!(f, "the file ends too early, after {at} bytes"),
            Self::OtherClass(class) => write!(f, "Expected HashMap but found class {class}"),
            Self::Unexpected(at) => {
                write!(f, "the bytes at offset {at} are not those of a serialised Java map")
            }
        }
    }
}

const STREAM: [u8; 4] = [0xAC, 0xED, 0x00, 0x05];
const NULL: u8 = 0x70;
const REFERENCE: u8 = 0x71;
const CLASS_DESC: u8 = 0x72;
const OBJECT: u8 = 0x73;
const ARRAY: u8 = 0x75;
const BLOCK_DATA: u8 = 0x77;
const END_BLOCK: u8 = 0x78;
/// First handle of a stream; the map's descriptor and the map itself take it and the next.
const HANDLE: u32 = 0x007E_0000;
const ARRAY_CLASS: &[u8] =
    &[0x00, 0x02, b'[', b'B', 0xAC, 0xF3, 0x17, 0xF8, 0x06, 0x08, 0x54, 0xE0, 0x02, 0x00, 0x00];
/// `java.util.HashMap`: name, serial version, flags, fields loadFactor and threshold.
const MAP_CLASS: &[u8] = b"\x00\x11java.util.HashMap\x05\x07\xDA\xC1\xC3\x16\x60\xD1\x03\x00\x02F\x00\x0AloadFactorI\x00\x09threshold";

/// Serialises pairs. Keys must differ, since Java keeps an unspecified one of equal keys.
pub(crate) fn write<'a>(
    pairs: impl ExactSizeIterator<Item = (Option<&'a [u8]>, Option<&'a [u8]>)>,
) -> Vec<u8> {
    let count = pairs.len();
    let mut capacity = 16usize;
    while capacity / 4 * 3 < count {
        capacity *= 2;
    }
    let threshold = if count == 0 { 0 } else { capacity / 4 * 3 };
    let mut out = Vec::with_capacity(128 + count * 96);
    out.extend(STREAM);
    out.extend([OBJECT, CLASS_DESC]);
    out.extend(MAP_CLASS);
    out.extend([END_BLOCK, NULL]);
    out.extend(0.75f32.to_be_bytes());
    out.extend((threshold as u32).to_be_bytes());
    out.extend([BLOCK_DATA, 8]);
    out.extend((capacity as u32).to_be_bytes());
    out.extend((count as u32).to_be_bytes());
    let mut described = false;
    for (key, value) in pairs {
        write_array(&mut out, key, &mut described);
        write_array(&mut out, value, &mut described);
    }
    out.push(END_BLOCK);
    out
}

fn write_array(out: &mut Vec<u8>, bytes: Option<&[u8]>, described: &mut bool) {
    let Some(bytes) = bytes else { return out.push(NULL) };
    out.push(ARRAY);
    if *described {
        out.push(REFERENCE);
        out.extend((HANDLE + 2).to_be_bytes());
    } else {
        out.push(CLASS_DESC);
        out.extend(ARRAY_CLASS);
        out.extend([END_BLOCK, NULL]);
        *described = true;
    }
    out.extend((bytes.len() as u32).to_be_bytes());
    out.extend(bytes);
}

/// Reads a serialised map.
pub(crate) fn read(bytes: &[u8]) -> Result<Pairs, Malformed> {
    let mut input = Input { bytes, at: 0, handles: Vec::new() };
    input.expect(&STREAM)?;
    input.expect(&[OBJECT, CLASS_DESC])?;
    input.map_class()?;
    input.take(4)?; // loadFactor
    input.take(4)?; // threshold
    input.expect(&[BLOCK_DATA, 8])?;
    input.take(4)?; // buckets
    let count = input.u32()? as usize;
    // A pair has two bytes at least.
    let mut pairs = Pairs::with_capacity(count.min(input.left() / 2));
    for _ in 0..count {
        let key = input.object()?;
        pairs.push((key, input.object()?));
    }
    input.expect(&[END_BLOCK])?;
    Ok(pairs)
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Objects after the map itself; `None` for a class descriptor.
    handles: Vec<Option<&'a [u8]>>,
}

impl<'a> Input<'a> {
    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        if self.left() < count {
            return Err(Malformed::Truncated(self.bytes.len()));
        }
        let taken = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    fn expect(&mut self, expected: &[u8]) -> Result<(), Malformed> {
        let start = self.at;
        let available = &self.bytes[start..self.bytes.len().min(start + expected.len())];
        if let Some(wrong) = available.iter().zip(expected).position(|(a, b)| a != b) {
            return Err(Malformed::Unexpected(start + wrong));
        }
        self.take(expected.len()).map(|_| ())
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        let bytes = self.take(4)?;
        Ok(u32::from_be_bytes(bytes.try_into().expect("four bytes were taken")))
    }

    fn map_class(&mut self) -> Result<(), Malformed> {
        let mut ahead = Input { bytes: self.bytes, at: self.at, handles: Vec::new() };
        let length = ahead.take(2)?;
        let name = ahead.take(usize::from(u16::from_be_bytes([length[0], length[1]])))?;
        if name != b"java.util.HashMap" {
            return Err(Malformed::OtherClass(String::from_utf8_lossy(name).into_owned()));
        }
        self.expect(MAP_CLASS)?;
        self.expect(&[END_BLOCK, NULL])
    }

    fn object(&mut self) -> Result<Option<Vec<u8>>, Malformed> {
        let start = self.at;
        match self.take(1)?[0] {
            NULL => Ok(None),
            REFERENCE => {
                let index = self.u32()?.checked_sub(HANDLE + 2).and_then(|i| usize::try_from(i).ok());
                match index.and_then(|i| self.handles.get(i)) {
                    Some(Some(bytes)) => Ok(Some(bytes.to_vec())),
                    _ => Err(Malformed::Unexpected(start)),
                }
            }
            ARRAY => {
                self.array_class()?;
                let length = self.u32()? as usize;
                let bytes = self.take(length)?;
                self.handles.push(Some(bytes));
                Ok(Some(bytes.to_vec()))
            }
            _ => Err(Malformed::Unexpected(start)),
        }
    }

    fn array_class(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        match self.take(1)?[0] {
            CLASS_DESC => {
                self.expect(ARRAY_CLASS)?;
                self.expect(&[END_BLOCK, NULL])?;
                self.handles.push(None);
                Ok(())
            }
            REFERENCE => {
                let index = self.u32()?.checked_sub(HANDLE + 2).and_then(|i| usize::try_from(i).ok());
                match index.and_then(|i| self.handles.get(i)) {
                    Some(None) => Ok(()),
                    _ => Err(Malformed::Unexpected(start)),
                }
            }
            _ => Err(Malformed::Unexpected(start)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        digits.chunks(2).map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()).collect()
    }

    fn borrowed(pairs: &Pairs) -> Vec<(Option<&[u8]>, Option<&[u8]>)> {
        pairs.iter().map(|(k, v)| (k.as_deref(), v.as_deref())).collect()
    }

    const HEAD: &str = "aced0005 73 72 0011 6a6176612e7574696c2e486173684d6170 0507dac1c31660d1 03 0002 \
                        46 000a 6c6f6164466163746f72 49 0009 7468726573686f6c64 78 70 3f400000";

    #[test]
    fn an_empty_map_has_the_bytes_of_java() {
        let bytes = hex(&format!("{HEAD} 00000000 77 08 00000010 00000000 78"));
        assert_eq!(write([].into_iter()), bytes);
        assert_eq!(read(&bytes).unwrap(), Vec::new());
    }

    #[test]
    fn one_pair_has_the_bytes_of_java() {
        let key = br#"["local-file-source",{"filename":"test.txt"}]"#.as_slice();
        let value = br#"{"position":42}"#.as_slice();
        let mut bytes = hex(&format!(
            "{HEAD} 0000000c 77 08 00000010 00000001 75 72 0002 5b42 acf317f8060854e0 02 0000 78 70 0000002d"
        ));
        bytes.extend(key);
        bytes.extend(hex("75 71 007e0002 0000000f"));
        bytes.extend(value);
        bytes.push(0x78);
        assert_eq!(write([(Some(key), Some(value))].into_iter()), bytes);
        assert_eq!(read(&bytes).unwrap(), [(Some(key.to_vec()), Some(value.to_vec()))]);
    }

    #[test]
    fn nulls_and_many_pairs_come_back() {
        for count in [0usize, 1, 12, 13, 100] {
            let pairs: Pairs = (0..count)
                .map(|i| (Some(format!("key {i}").into_bytes()), (i % 3 != 0).then(|| vec![i as u8; i])))
                .chain([(None, None)])
                .collect();
            assert_eq!(read(&write(borrowed(&pairs).into_iter())).unwrap(), pairs);
        }
    }

    #[test]
    fn an_array_stored_twice_is_a_reference() {
        let mut bytes = hex(&format!(
            "{HEAD} 0000000c 77 08 00000010 00000001 75 72 0002 5b42 acf317f8060854e0 02 0000 78 70"
        ));
        bytes.extend(hex("00000001 61 71 007e0003 78"));
        assert_eq!(read(&bytes).unwrap(), [(Some(b"a".to_vec()), Some(b"a".to_vec()))]);
    }

    #[test]
    fn every_truncation_is_an_error_and_never_a_panic() {
        let whole = write(
            [(Some(b"a".as_slice()), Some(b"b".as_slice())), (Some(b"c".as_slice()), None)].into_iter(),
        );
        for length in 0..whole.len() {
            assert!(matches!(read(&whole[..length]), Err(Malformed::Truncated(_))), "cut at {length}");
        }
    }

    #[test]
    fn other_bytes_are_named() {
        assert_eq!(read(b"not java"), Err(Malformed::Unexpected(0)));
        let other = hex("aced0005 73 72 0013 6a6176612e7574696c2e41727261794c697374");
        assert_eq!(read(&other), Err(Malformed::OtherClass("java.util.ArrayList".into())));
        let mut huge = hex(&format!(
            "{HEAD} 00000000 77 08 7fffffff ffffffff 75 72 0002 5b42 acf317f8060854e0 02 0000 78 70"
        ));
        huge.extend(hex("ffffffff 61"));
        assert!(matches!(read(&huge), Err(Malformed::Truncated(_))));
    }
}
