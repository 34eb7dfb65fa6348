//! Separators as people type them: `\n`, `\t`, `\x1f`.

/// Replaces `\n \r \t \0 \\ \xHH`; an unknown escape stays as typed.
pub fn unescape(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let (piece, length) = if byte == b'\\' { escape(&bytes[at + 1..]) } else { (None, 0) };
        out.push(piece.unwrap_or(byte));
        at += 1 + piece.map_or(0, |_| length);
    }
    out
}

/// The byte that an escape stands for, and how many characters follow the backslash.
fn escape(rest: &[u8]) -> (Option<u8>, usize) {
    match rest {
        [b'n', ..] => (Some(b'\n'), 1),
        [b'r', ..] => (Some(b'\r'), 1),
        [b't', ..] => (Some(b'\t'), 1),
        [b'0', ..] => (Some(0), 1),
        [b'\\', ..] => (Some(b'\\'), 1),
        [b'x', high, low, ..] => {
            let digit = |byte: &u8| char::from(*byte).to_digit(16);
            let value =
                digit(high).zip(digit(low)).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
            (value, 3)
        }
        _ => (None, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes() {
        for (typed, meant) in [
            ("a\\nb", &b"a\nb"[..]),
            ("\\x1f", b"\x1f"),
            ("\\xzz", b"\\xzz"),
            ("\\", b"\\"),
            ("\\\\n", b"\\n"),
            ("\\q", b"\\q"),
        ] {
            assert_eq!(unescape(typed), meant, "{typed}");
        }
    }
}
