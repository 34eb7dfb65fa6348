//! Base64 as JSON and text values use it: the standard alphabet, padded, without line breaks. Reading is as lenient as
//! Jackson's: white space before a group and several padded groups are allowed, missing padding is not.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends `bytes`.
pub fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    let letter = |bits: u32| ALPHABET[(bits & 63) as usize];
    out.reserve(bytes.len().div_ceil(3) * 4);
    let (groups, rest) = bytes.as_chunks::<3>();
    for &[a, b, c] in groups {
        let bits = u32::from_be_bytes([0, a, b, c]);
        out.extend_from_slice(&[letter(bits >> 18), letter(bits >> 12), letter(bits >> 6), letter(bits)]);
    }
    match *rest {
        [a] => {
            let bits = u32::from(a) << 16;
            out.extend_from_slice(&[letter(bits >> 18), letter(bits >> 12), b'=', b'=']);
        }
        [a, b] => {
            let bits = u32::from_be_bytes([0, a, b, 0]);
            out.extend_from_slice(&[letter(bits >> 18), letter(bits >> 12), letter(bits >> 6), b'=']);
        }
        _ => {}
    }
}

/// The bytes of `text`; what is wrong with it otherwise.
pub fn decode(text: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut rest = text.as_bytes();
    loop {
        while let [b'\0'..=b' ', tail @ ..] = rest {
            rest = tail;
        }
        if rest.is_empty() {
            return Ok(out);
        }
        let Some((group, tail)) = rest.split_first_chunk::<4>() else {
            for &byte in rest {
                value(byte)?;
            }
            return Err("Unexpected end of base64-encoded String: base64 variant 'MIME-NO-LINEFEEDS' expects padding \
                        (one or more '=' characters) at the end. This Base64Variant might have been incorrectly \
                        configured"
                .to_owned());
        };
        let (letters, keep) = match group {
            [_, _, b'=', b'='] => (2, 1),
            [_, _, _, b'='] => (3, 2),
            _ => (4, 3),
        };
        let mut bits = 0u32;
        for &byte in &group[..letters] {
            bits = bits << 6 | value(byte)?;
        }
        bits <<= 6 * (4 - letters);
        out.extend_from_slice(&bits.to_be_bytes()[1..=keep]);
        rest = tail;
    }
}

fn value(byte: u8) -> Result<u32, String> {
    Ok(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => {
            return Err(format!(
                "Illegal character '{}' (code 0x{byte:x}) in base64 content",
                byte.escape_ascii()
            ));
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn both_ways() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"\x00", "AA=="),
            (b"\x00\x9c", "AJw="),
            (b"\x00\x01\xff\xfe", "AAH//g=="),
            (b"\xfb\xff", "+/8="),
            (b"abc", "YWJj"),
        ] {
            let mut out = Vec::new();
            encode(bytes, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), text);
            assert_eq!(decode(text).unwrap(), bytes);
        }
    }

    #[test]
    fn lenient_and_strict_where_upstream_is() {
        assert_eq!(decode(" AA== AA==").unwrap(), [0, 0]);
        for wrong in ["AA", "A", "A===", "=AAA", "AA*=", "A A="] {
            assert!(decode(wrong).is_err(), "{wrong}");
        }
    }
}
