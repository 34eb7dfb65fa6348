//! JSON as upstream writes it: compact, in field order, with control characters and everything beyond the basic plane
//! as upper-case `\u` escapes.

use std::io;

use serde::Serialize;
use serde_json::Value as Json;
use serde_json::ser::{CharEscape, Formatter, Serializer};

/// The bytes of `json`.
pub(crate) fn to_bytes(json: &Json) -> Vec<u8> {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, Jackson);
    json.serialize(&mut serializer).expect("a tree of JSON values can be written into memory");
    out
}

struct Jackson;

impl Formatter for Jackson {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| u32::from(c) > 0xFFFF) {
            let (plain, wide) = rest.split_at(at);
            writer.write_all(plain.as_bytes())?;
            let mut chars = wide.chars();
            if let Some(c) = chars.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04X}")?;
                }
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        let text: &[u8] = match escape {
            CharEscape::Quote => b"\\\"",
            CharEscape::ReverseSolidus => b"\\\\",
            CharEscape::Solidus => b"/",
            CharEscape::Backspace => b"\\b",
            CharEscape::FormFeed => b"\\f",
            CharEscape::LineFeed => b"\\n",
            CharEscape::CarriageReturn => b"\\r",
            CharEscape::Tab => b"\\t",
            CharEscape::AsciiControl(byte) => return write!(writer, "\\u{byte:04X}"),
        };
        writer.write_all(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_upstreams() {
        let json = serde_json::json!({"z": "a\u{1f}\n\"\\/é\u{7f}😀", "a": [1, null, true]});
        let expect = "{\"z\":\"a\\u001F\\n\\\"\\\\/é\u{7f}\\uD83D\\uDE00\",\"a\":[1,null,true]}";
        assert_eq!(String::from_utf8(to_bytes(&json)).unwrap(), expect);
    }
}
