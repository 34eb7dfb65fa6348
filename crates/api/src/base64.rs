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

/// The bytes of `text`; what is wrong with it otherwise, in Jackson's words.
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
        let Some((group, tail)) = rest.split_first_chunk::<4>() else { return Err(fault(text)) };
        let (letters, keep) = match group {
            [_, _, b'=', b'='] => (2, 1),
            [_, _, _, b'='] => (3, 2),
            _ => (4, 3),
        };
        let mut bits = 0u32;
        for &byte in &group[..letters] {
            let Some(value) = value(byte) else { return Err(fault(text)) };
            bits = bits << 6 | value;
        }
        bits <<= 6 * (4 - letters);
        out.extend_from_slice(&bits.to_be_bytes()[1..=keep]);
        rest = tail;
    }
}

fn value(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

const CUT: &str = "Unexpected end of base64-encoded String: base64 variant 'MIME-NO-LINEFEEDS' expects padding (one or more \
                   '=' characters) at the end. This Base64Variant might have been incorrectly configured";

/// The first thing that is wrong with `text`: of each group four characters are looked at in turn.
fn fault(text: &str) -> String {
    let text = text.trim_matches(|c| c <= ' ');
    let (mut place, mut padded) = (0, false);
    for c in text.chars() {
        if place == 0 && c <= ' ' {
            continue;
        }
        let is_letter = u8::try_from(c).is_ok_and(|byte| value(byte).is_some());
        match (place, c) {
            (3, '=') => {}
            (3, _) if padded => return illegal(c, place) + ": expected padding character '='",
            (2, '=') => padded = true,
            _ if is_letter => {}
            _ => return illegal(c, place),
        }
        place = (place + 1) % 4;
        padded &= place != 0;
    }
    CUT.to_owned()
}

fn illegal(c: char, place: usize) -> String {
    let (number, unit) = (place + 1, c.encode_utf16(&mut [0; 2])[0]);
    match c {
        ..=' ' => format!(
            "Illegal white space character (code 0x{unit:x}) as character #{number} of 4-char base64 unit: can only used \
             between units"
        ),
        '=' => format!(
            "Unexpected padding character ('=') as character #{number} of 4-char base64 unit: padding only legal as 3rd \
             or 4th character"
        ),
        c if c.is_control() => format!("Illegal character (code 0x{unit:x}) in base64 content"),
        // Jackson has half of what is not in the first plane.
        c => {
            let shown = if c.len_utf16() == 1 { c } else { '?' };
            format!("Illegal character '{shown}' (code 0x{unit:x}) in base64 content")
        }
    }
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

    /// What Jackson 2.19 says of the same texts.
    #[test]
    fn faults_are_told_in_the_words_of_jackson() {
        let padding = |n: usize| {
            format!(
                "Unexpected padding character ('=') as character #{n} of 4-char base64 unit: padding only legal as 3rd or 4th character"
            )
        };
        let space = |code: &str, n: usize| {
            format!(
                "Illegal white space character (code 0x{code}) as character #{n} of 4-char base64 unit: can only used between units"
            )
        };
        let other = |c: &str, code: &str| format!("Illegal character{c} (code 0x{code}) in base64 content");
        for (text, fault) in [
            ("=", padding(1)),
            ("a=", padding(2)),
            ("abcda=b", padding(2)),
            ("abc==", padding(1)),
            ("abcd====", padding(1)),
            ("ab=", super::CUT.to_owned()),
            ("ab= ", super::CUT.to_owned()),
            ("ab==x", super::CUT.to_owned()),
            ("a\u{1}", super::CUT.to_owned()),
            ("abcde", super::CUT.to_owned()),
            ("ab=x", other(" 'x'", "78") + ": expected padding character '='"),
            ("a b", space("20", 2)),
            ("ab\ncd", space("a", 3)),
            ("abc d", space("20", 4)),
            ("\u{e9}", other(" '\u{e9}'", "e9")),
            ("a\u{85}", other("", "85")),
            ("a-_b", other(" '-'", "2d")),
            ("\u{1F600}", other(" '?'", "d83d")),
        ] {
            assert_eq!(decode(text), Err(fault), "{text}");
        }
    }
}
