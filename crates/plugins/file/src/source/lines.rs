//! Cutting bytes into lines, without I/O.
//!
//! Terminators are `\n`, `\r` and `\r\n`. A `\r` at the end of what was read is none yet: one more byte decides whether
//! it is half of `\r\n`. The text behind the last terminator is no line. A block is checked for UTF-8 once; only when
//! that fails is each of its lines looked at, and only lines with wrong bytes are copied, with U+FFFD where Java's
//! decoder puts it.

use std::ops::Range;

use kconnect_api::{Buf, Text};

/// The end of the last complete line in `data`, 0 when there is none. The first `scanned` bytes are known to hold no
/// terminator, except that the last of them may be a `\r`.
pub(crate) fn complete(data: &[u8], scanned: usize) -> usize {
    let from = scanned.saturating_sub(1).min(data.len());
    let (_, fresh) = data.split_at(from);
    let end = match memchr::memrchr2(b'\n', b'\r', fresh) {
        // The one that cannot be judged yet: look at what is before it.
        Some(at) if at + 1 == fresh.len() && fresh.get(at) == Some(&b'\r') => {
            memchr::memrchr2(b'\n', b'\r', fresh.get(..at).unwrap_or_default())
        }
        found => found,
    };
    end.map_or(0, |at| from + at + 1)
}

/// The first line of `data` from `at` on: its text and where the next one starts. `None` when it has no terminator;
/// a `\r` at the very end counts as one, so `data` must end where [`complete`] says.
fn first(data: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let end = at + memchr::memchr2(b'\n', b'\r', data.get(at..)?)?;
    let pair = data.get(end..end + 2) == Some(b"\r\n");
    Some((at..end, end + if pair { 2 } else { 1 }))
}

/// Where the first line of `data` ends, if that can be said yet.
pub(crate) fn first_end(data: &[u8]) -> Option<usize> {
    let (_, next) = first(data, 0)?;
    let undecided = next == data.len() && data.last() == Some(&b'\r');
    (!undecided).then_some(next)
}

/// The complete lines of one block, cut off one after the other.
pub(crate) struct Lines {
    block: Buf,
    /// The same bytes, when all of them are UTF-8.
    text: Option<Text>,
    at: usize,
    /// Where the block starts in the file.
    base: u64,
}

/// One line.
pub(crate) struct Line {
    /// Its text without terminator.
    pub(crate) text: Text,
    /// Where it starts in the file.
    pub(crate) start: u64,
    /// Where the next line starts.
    pub(crate) next: u64,
}

impl Lines {
    /// The lines of `block`, which ends with a terminator and starts at `base`.
    pub(crate) fn new(block: Buf, base: u64) -> Self {
        let text = Text::from_utf8(block.clone()).ok();
        Self { block, text, at: 0, base }
    }

    /// Bytes that were not cut off yet.
    pub(crate) fn rest(&self) -> &[u8] {
        self.block.as_slice().get(self.at..).unwrap_or_default()
    }
}

impl Iterator for Lines {
    type Item = Line;

    #[inline]
    fn next(&mut self) -> Option<Line> {
        let (range, next) = first(self.block.as_slice(), self.at)?;
        let start = self.base + self.at as u64;
        self.at = next;
        let text = match &self.text {
            Some(text) => text.slice(range),
            None => decode(self.block.slice(range)),
        };
        Some(Line { text, start, next: self.base + next as u64 })
    }
}

/// One line of a block that is not UTF-8 as a whole.
fn decode(line: Buf) -> Text {
    Text::from_utf8(line).unwrap_or_else(|line| Text::from(replace_malformed(&line)))
}

/// `bytes` with U+FFFD for each malformed sequence, as long as Java's decoder takes them: an encoded surrogate counts
/// as one (most decoders say three).
fn replace_malformed(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 8);
    let mut rest = bytes;
    while !rest.is_empty() {
        let valid = match std::str::from_utf8(rest) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let (text, bad) = rest.split_at(valid);
        out.push_str(std::str::from_utf8(text).unwrap_or_default());
        if bad.is_empty() {
            break;
        }
        out.push('\u{FFFD}');
        rest = bad.get(malformed_length(bad)..).unwrap_or_default();
    }
    out
}

/// How many bytes of `bad`, which starts with a malformed sequence, Java's UTF-8 decoder replaces at once. The line is
/// followed by its terminator, so a sequence cut off by the end is malformed, not incomplete.
fn malformed_length(bad: &[u8]) -> usize {
    let byte = |at: usize| bad.get(at).copied().unwrap_or(b'\n');
    let continues = |at: usize| byte(at) & 0xC0 == 0x80;
    match byte(0) {
        lead @ 0xE0..=0xEF => {
            if (lead == 0xE0 && byte(1) & 0xE0 == 0x80) || !continues(1) {
                1
            } else if continues(2) {
                3 // A surrogate.
            } else {
                2
            }
        }
        lead @ 0xF0..=0xF4 => {
            let second = byte(1);
            let impossible =
                (lead == 0xF0 && !(0x90..=0xBF).contains(&second)) || (lead == 0xF4 && second & 0xF0 != 0x80);
            match (impossible || !continues(1), continues(2)) {
                (true, _) => 1,
                (false, false) => 2,
                (false, true) => 3,
            }
        }
        _ => 1,
    }
}

/// All lines of `data` as the task finds them when it reads `chunk` bytes at a time, starting at `from`.
#[cfg(any(test, feature = "fuzzing"))]
pub fn chunked(data: &[u8], from: usize, chunk: usize) -> Vec<(Vec<u8>, u64)> {
    let mut out = Vec::new();
    let (mut carry, mut base) = (Vec::new(), from as u64);
    for piece in data.get(from..).unwrap_or_default().chunks(chunk) {
        let scanned = carry.len();
        carry.extend_from_slice(piece);
        let end = complete(&carry, scanned);
        let whole: Vec<u8> = carry.drain(..end).collect();
        out.extend(Lines::new(Buf::from(whole), base).map(|l| (l.text.as_bytes().to_vec(), l.next)));
        base += end as u64;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(data: &[u8]) -> Vec<(String, u64)> {
        let end = complete(data, 0);
        let lines = Lines::new(Buf::from(&data[..end]), 0);
        lines.map(|line| (line.text.as_str().to_owned(), line.next)).collect()
    }

    #[test]
    fn terminators() {
        for (data, expect) in [
            ("foo\nbar\n", vec![("foo", 4), ("bar", 8)]),
            ("a\r", vec![]),
            ("a\rb\n", vec![("a", 2), ("b", 4)]),
            ("a\r\nb\n", vec![("a", 3), ("b", 5)]),
            ("a\r\r", vec![("a", 2)]),
            ("a\r\n\r\n", vec![("a", 3), ("", 5)]),
            ("a\n\r", vec![("a", 2)]),
            ("\n\r\nx", vec![("", 1), ("", 3)]),
            ("x", vec![]),
            ("", vec![]),
            ("\r", vec![]),
            ("é\n", vec![("é", 3)]),
        ] {
            let expect: Vec<(String, u64)> = expect.into_iter().map(|(t, p)| (t.to_owned(), p)).collect();
            assert_eq!(lines(data.as_bytes()), expect, "{data:?}");
        }
    }

    #[test]
    fn malformed_bytes_are_replaced_as_java_does() {
        // The right side was printed by java.io.InputStreamReader of Java 17.
        for (bytes, expect) in [
            (&b"a\xFFb"[..], "a\u{FFFD}b"),
            (b"\xC0\x80", "\u{FFFD}\u{FFFD}"),
            (b"\xE2\x82", "\u{FFFD}"),
            (b"\xE2\x82x", "\u{FFFD}x"),
            (b"\xE2x", "\u{FFFD}x"),
            (b"\xE0\x80\x80", "\u{FFFD}\u{FFFD}\u{FFFD}"),
            (b"\xED\xA0\x80", "\u{FFFD}"),
            (b"\xED\xA0x", "\u{FFFD}x"),
            (b"\xF0\x9F\x98", "\u{FFFD}"),
            (b"\xF0\x9F", "\u{FFFD}"),
            (b"\xF0\x80\x80\x80", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            (b"\xF4\x90\x80\x80", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            (b"\xF5\x80\x80\x80", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            (b"\x80\xC3\xA9", "\u{FFFD}é"),
        ] {
            assert_eq!(replace_malformed(bytes), expect, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn only_lines_with_wrong_bytes_are_copied() {
        let block = Buf::from(&b"good\nb\xFFd\nfine\n"[..]);
        let texts: Vec<Text> = Lines::new(block.clone(), 0).map(|line| line.text).collect();
        let inside = |text: &Text| block.as_slice().as_ptr_range().contains(&text.as_bytes().as_ptr());
        assert_eq!(texts.iter().map(inside).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(texts[1].as_str(), "b\u{FFFD}d");
    }

    proptest! {
        #[test]
        fn resuming_anywhere_gives_the_same_suffix(
            data in proptest::collection::vec(
                prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'a'), Just(0xC3), Just(0xA9), any::<u8>()], 0..60),
            chunk in 1usize..20,
        ) {
            let all = chunked(&data, 0, data.len().max(1));
            prop_assert_eq!(&chunked(&data, 0, chunk), &all);
            for (at, (_, position)) in all.iter().enumerate() {
                prop_assert_eq!(&chunked(&data, *position as usize, chunk)[..], &all[at + 1..]);
            }
        }

        #[test]
        fn the_first_end_agrees_with_the_lines(data in "[a\r\n]{0,12}") {
            let expect = lines(data.as_bytes()).first().map(|(_, next)| *next as usize);
            prop_assert_eq!(first_end(data.as_bytes()), expect);
        }
    }
}
