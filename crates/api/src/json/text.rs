//! JSON strings as Jackson writes them: control characters are escaped in upper-case hex, everything else is raw UTF-8,
//! except that its byte generator escapes what lies beyond 16 bits.

use crate::Text;

/// First byte of characters that take two UTF-16 units.
const BEYOND_16_BITS: u8 = 0xF0;

/// Appends `text` as a JSON string, as Jackson's byte generator writes it (payloads).
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    write(text, BEYOND_16_BITS, out);
}

/// Appends `text` as a JSON string, as Jackson's character generator writes it (schema texts): beyond 16 bits nothing
/// is escaped.
pub fn write_string_plain(text: &str, out: &mut Vec<u8>) {
    write(text, 0xFF, out);
}

/// First bytes from `escaped` on start a character that is escaped.
fn write(text: &str, escaped: u8, out: &mut Vec<u8>) {
    out.push(b'"');
    escape(text, escaped, out);
    out.push(b'"');
}

fn escape(text: &str, escaped: u8, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if (byte >= b' ' && byte != b'"' && byte != b'\\' && byte < escaped) || byte & 0xC0 == 0x80 {
            continue;
        }
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            8 => out.extend_from_slice(b"\\b"),
            12 => out.extend_from_slice(b"\\f"),
            0..=31 => unit(u16::from(byte), out),
            _ => {
                let mut units = [0; 2];
                if let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
                    c.encode_utf16(&mut units).iter().for_each(|&half| unit(half, out));
                    from = at + c.len_utf8();
                }
            }
        }
    }
    out.extend_from_slice(&bytes[from..]);
}

/// Appends a text that may hold surrogates without partner, which are escaped; otherwise as [`write_string`].
pub fn write_text(text: &Text, out: &mut Vec<u8>) {
    if !text.is_broken() {
        return write_string(text.as_str(), out);
    }
    out.push(b'"');
    text.wtf8_parts(|valid, lone| {
        escape(valid, BEYOND_16_BITS, out);
        if let Some(lone) = lone {
            unit(lone, out);
        }
    });
    out.push(b'"');
}

fn unit(unit: u16, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(b"\\u");
    out.extend([12, 8, 4, 0].map(|shift| HEX[usize::from(unit >> shift & 15)]));
}

#[cfg(test)]
mod tests {
    use super::{write_string, write_string_plain, write_text};
    use crate::Text;

    #[test]
    fn characters_beyond_16_bits_are_escaped_by_the_byte_generator_only() {
        let text = "a\"b\\c/d\n\t\u{1}\u{7f}é\u{2028} 😀";
        let (mut bytes, mut chars) = (Vec::new(), Vec::new());
        write_string(text, &mut bytes);
        write_string_plain(text, &mut chars);
        let start = "\"a\\\"b\\\\c/d\\n\\t\\u0001\u{7f}é\u{2028} ";
        assert_eq!(String::from_utf8(bytes).unwrap(), format!("{start}\\uD83D\\uDE00\""));
        assert_eq!(String::from_utf8(chars).unwrap(), format!("{start}😀\""));
    }
    #[test]
    fn surrogates_without_partner_are_escaped() {
        for (wtf8, expect) in [
            (&b"a\xED\xA0\xBD\xED\xB0\x80\n"[..], "\"a\\uD83D\\uDC00\\n\""),
            (b"\xED\xBF\xBF", "\"\\uDFFF\""),
            ("\u{e9}".as_bytes(), "\"\u{e9}\""),
        ] {
            let mut out = Vec::new();
            write_text(&Text::from_wtf8(wtf8.to_vec()), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expect);
        }
    }
}
