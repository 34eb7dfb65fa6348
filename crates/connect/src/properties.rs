//! Java `.properties` files, read as `java.util.Properties.load(InputStream)` reads them: bytes are ISO-8859-1,
//! anything else is written as `\uXXXX`.
//!
//! One logical line is one pair. A line ending in an odd number of backslashes goes on in the next one, whose leading
//! blanks are dropped. The key ends at the first unescaped `=`, `:` or blank. Of equal keys the last one wins.

use std::fmt;
use std::io::{self, Read};
use std::path::Path;

use kconnect_api::Props;

/// Why a properties file could not be read.
#[derive(Debug)]
pub enum PropertiesError {
    /// The file could not be read.
    Io {
        /// The file as named by the user.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// A `\u` that is not followed by four hexadecimal digits.
    Escape {
        /// The file as named by the user, empty for text from memory.
        file: String,
        /// Line number from 1.
        line: usize,
    },
}

impl fmt::Display for PropertiesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { file, source } => write!(f, "cannot read properties file '{file}': {source}"),
            Self::Escape { file, line } => write!(
                f,
                "properties file '{file}', line {line}: malformed \\uxxxx encoding; write four hexadecimal digits after \\u, or double the backslash"
            ),
        }
    }
}

impl std::error::Error for PropertiesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Escape { .. } => None,
        }
    }
}

/// Reads a properties file.
pub fn load(path: &Path) -> Result<Props, PropertiesError> {
    let file = path.display().to_string();
    let bytes = read(path).map_err(|source| PropertiesError::Io { file: file.clone(), source })?;
    parse(&bytes).map_err(|line| PropertiesError::Escape { file, line })
}

/// More than any configuration has.
const FILE_MAX: u64 = 16 << 20;

/// The bytes of a configuration file, which may be a pipe, but not one without an end.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(FILE_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(io::Error::other(format!(
            "it is larger than {FILE_MAX} bytes, which no configuration is"
        )));
    }
    Ok(bytes)
}

/// Parses the bytes of a properties file; `Err` is the number of the line with a malformed `\u` escape.
pub fn parse(bytes: &[u8]) -> Result<Props, usize> {
    let mut props = Props::new();
    for (number, line) in logical_lines(bytes) {
        let (key, value) = split(&line);
        let (Some(key), Some(value)) = (unescape(key), unescape(value)) else { return Err(number) };
        props.insert(key, value);
    }
    Ok(props)
}

/// Parses a text, as Java does when it reads characters and not bytes; errors as [`parse`].
pub fn parse_text(text: &str) -> Result<Props, usize> {
    if text.is_ascii() {
        return parse(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            bytes.push(character as u8);
            continue;
        }
        // A backslash that escapes this character becomes that of its escape, which means the same.
        let escaped = bytes.iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1;
        for (index, unit) in character.encode_utf16(&mut [0; 2]).iter().enumerate() {
            let backslash = if escaped && index == 0 { "" } else { "\\" };
            bytes.extend_from_slice(format!("{backslash}u{unit:04x}").as_bytes());
        }
    }
    parse(&bytes)
}

/// Lines after joining continuations, with the number of their first natural line; comments and blank lines are gone.
fn logical_lines(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, Vec<u8>)> = None;
    for (index, natural) in natural_lines(bytes).into_iter().enumerate() {
        let text = natural.trim_start_blank();
        let (number, mut line) = match open.take() {
            Some(open) => open,
            None if text.is_empty() || matches!(text[0], b'#' | b'!') => continue,
            None => (index + 1, Vec::new()),
        };
        let continues = text.iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1;
        line.extend_from_slice(if continues { &text[..text.len() - 1] } else { text });
        if continues {
            open = Some((number, line));
        } else {
            lines.push((number, line));
        }
    }
    lines.extend(open.filter(|(_, line)| !line.is_empty()));
    lines
}

fn natural_lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|b| matches!(b, b'\n' | b'\r')) {
        lines.push(&rest[..end]);
        let width = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = &rest[end + width..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

trait Blank {
    fn trim_start_blank(&self) -> &[u8];
}

impl Blank for [u8] {
    fn trim_start_blank(&self) -> &[u8] {
        let start = self.iter().position(|b| !is_blank(*b)).unwrap_or(self.len());
        &self[start..]
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0c)
}

fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let mut escaped = false;
    let end = line.iter().position(|byte| {
        let ends = !escaped && (is_blank(*byte) || matches!(byte, b'=' | b':'));
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    let Some(end) = end else { return (line, b"") };
    let mut value = line[end..].trim_start_blank();
    if matches!(value.first(), Some(b'=' | b':')) {
        value = value[1..].trim_start_blank();
    }
    (&line[..end], value)
}

/// `None` for a malformed `\u`. Code units are collected, since a character beyond the BMP is two escapes.
fn unescape(raw: &[u8]) -> Option<String> {
    let mut units: Vec<u16> = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        at += 1;
        if *byte != b'\\' {
            units.push(u16::from(*byte));
            continue;
        }
        let Some(escape) = raw.get(at) else { break };
        at += 1;
        units.push(match escape {
            b'u' => {
                let digits = std::str::from_utf8(raw.get(at..at + 4)?).ok()?;
                at += 4;
                if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return None;
                }
                u16::from_str_radix(digits, 16).ok()?
            }
            b't' => 0x09,
            b'n' => 0x0a,
            b'f' => 0x0c,
            b'r' => 0x0d,
            other => u16::from(*other),
        });
    }
    Some(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, &str)]) {
        let expect: Props = expect.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!(parse(text.as_bytes()).unwrap(), expect, "{text:?}");
    }

    #[test]
    fn pairs_are_read_as_java_reads_them() {
        check("a=b", &[("a", "b")]);
        check("a = b ", &[("a", "b ")]);
        check("a:b=c", &[("a", "b=c")]);
        check("a b", &[("a", "b")]);
        check("a", &[("a", "")]);
        check("=b", &[("", "b")]);
        check("  a\t=\tb\r\n\r\nc==d\rd=e", &[("a", "b"), ("c", "=d"), ("d", "e")]);
        check("a=1\na=2", &[("a", "2")]);
        check("a\\=b=c\\:d", &[("a=b", "c:d")]);
        check("a\\ b=c", &[("a b", "c")]);
    }

    #[test]
    fn comments_are_whole_lines_and_never_go_on() {
        check("# x=y\\\na=b\n ! c=d", &[("a", "b")]);
        check("a=b\\\n#c", &[("a", "b#c")]);
    }

    #[test]
    fn a_line_goes_on_after_an_odd_number_of_backslashes() {
        check("a=b,\\\n   c", &[("a", "b,c")]);
        check("a=b\\\\\nc=d", &[("a", "b\\"), ("c", "d")]);
        check("a=b\\\n\nc=d", &[("a", "b"), ("c", "d")]);
        check("a=b\\", &[("a", "b")]);
        check("a=C:\\\\tmp\\tx\\q", &[("a", "C:\\tmp\txq")]);
    }

    #[test]
    fn text_is_latin1_with_unicode_escapes() {
        assert_eq!(parse(b"a=\xe9").unwrap()["a"], "\u{e9}");
        check("a=\\u00e9\\uD83D\\uDE00", &[("a", "\u{e9}\u{1F600}")]);
        assert_eq!(parse(b"a=b\nc=\\u00g1"), Err(2));
        assert_eq!(parse(b"c=\\u00"), Err(1));
    }

    #[test]
    fn characters_beyond_ascii_are_read_from_a_text() {
        let check =
            |text: &str, key: &str, value: &str| assert_eq!(parse_text(text).unwrap()[key], value, "{text}");
        check("u\u{e9}=\u{e9}\u{1F600}", "u\u{e9}", "\u{e9}\u{1F600}");
        check("q=\\\u{e9}", "q", "\u{e9}");
        check("q=\\\\\u{e9}", "q", "\\\u{e9}");
        check("q=\\\u{1F600}", "q", "\u{1F600}");
        assert_eq!(parse_text("\u{e9}=\\u12g4"), Err(1));
    }
}
