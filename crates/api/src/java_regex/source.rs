//! A pattern's characters under a cursor.
//!
//! Where the cursor stands when an error is found is what Java's error tells, so its moves are observable: each has the
//! effect of the one of the same purpose in Java, also at the end of a pattern and among comments.

use super::RegexError;

/// Flags in force.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) any_case: bool,
    pub(super) multi_line: bool,
    pub(super) dot_all: bool,
    pub(super) unix_lines: bool,
    pub(super) unicode_case: bool,
    pub(super) comments: bool,
    pub(super) unicode_classes: bool,
}

/// The pattern after quotes were resolved.
pub(super) struct Source<'p> {
    pattern: &'p str,
    /// With two zeros behind the last.
    chars: Vec<u32>,
    pub(super) len: usize,
    pub(super) cursor: usize,
    pub(super) flags: Flags,
}

pub(super) fn is(c: u32, what: char) -> bool {
    c == what as u32
}

/// The character as ASCII, 0 when it is none.
pub(super) fn ascii(c: u32) -> u8 {
    u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(0)
}

fn is_space(c: u32) -> bool {
    matches!(c, 0x09..=0x0D | 0x20)
}

impl<'p> Source<'p> {
    pub(super) fn new(pattern: &'p str) -> Self {
        let mut chars = without_quotes(pattern);
        let len = chars.len();
        chars.extend([0, 0]);
        Self { pattern, chars, len, cursor: 0, flags: Flags::default() }
    }

    /// An error in Java's form: text, position, the pattern and a mark below it.
    pub(super) fn error(&self, what: &str) -> RegexError {
        let Some(index) = self.cursor.checked_sub(1) else {
            return RegexError { message: format!("{what}\n{}", self.pattern) };
        };
        let mut message = format!("{what} near index {index}\n{}", self.pattern);
        let units: Vec<u16> = self.pattern.encode_utf16().collect();
        if let Some(before) = units.get(..index).filter(|_| index < units.len()) {
            message.push('\n');
            let tab = u16::from(b'\t');
            message.extend(before.iter().map(|unit| if *unit == tab { '\t' } else { ' ' }));
            message.push('^');
        }
        RegexError { message }
    }

    /// What Java takes and this does not.
    pub(super) fn unsupported(&self, what: &str) -> RegexError {
        RegexError {
            message: format!("{what} is not supported in regular expressions here\n{}", self.pattern),
        }
    }

    pub(super) fn at(&self, at: usize) -> u32 {
        self.chars.get(at).copied().unwrap_or(0)
    }

    pub(super) fn back(&mut self) {
        self.cursor = self.cursor.saturating_sub(1);
    }

    pub(super) fn peek(&mut self) -> u32 {
        let c = self.at(self.cursor);
        if self.flags.comments { self.peek_past(c) } else { c }
    }

    pub(super) fn read(&mut self) -> u32 {
        let c = self.take();
        if self.flags.comments { self.read_past(c) } else { c }
    }

    pub(super) fn next(&mut self) -> u32 {
        let c = self.next_escaped();
        if self.flags.comments { self.peek_past(c) } else { c }
    }

    pub(super) fn next_escaped(&mut self) -> u32 {
        self.cursor += 1;
        self.at(self.cursor)
    }

    /// The character behind the one at the cursor; the cursor is then behind both.
    pub(super) fn skip(&mut self) -> u32 {
        let c = self.at(self.cursor + 1);
        self.cursor += 2;
        c
    }

    pub(super) fn expect(&mut self, wanted: char, or: &str) -> Result<(), RegexError> {
        if is(self.read(), wanted) { Ok(()) } else { Err(self.error(or)) }
    }

    /// The text up to the next `}`, which is passed; `None` when there is none.
    pub(super) fn until_brace(&mut self) -> Option<String> {
        let from = self.cursor;
        if let Some(end) = self.chars.get_mut(self.len) {
            *end = u32::from(b'}');
        }
        while !is(self.read(), '}') && self.cursor <= self.len {}
        if let Some(end) = self.chars.get_mut(self.len) {
            *end = 0;
        }
        (self.cursor <= self.len).then(|| self.text(from, self.cursor - 1))
    }

    pub(super) fn text(&self, from: usize, to: usize) -> String {
        let chars = self.chars.get(from..to).unwrap_or_default();
        chars.iter().map(|c| char::from_u32(*c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }

    fn take(&mut self) -> u32 {
        let c = self.at(self.cursor);
        self.cursor += 1;
        c
    }

    fn peek_past(&mut self, mut c: u32) -> u32 {
        while is_space(c) || is(c, '#') {
            while is_space(c) {
                c = self.next_escaped();
            }
            if is(c, '#') {
                c = self.next_escaped();
                while c != 0 && !self.ends_line(c) {
                    c = self.next_escaped();
                }
                if c == 0 && self.cursor > self.len {
                    self.cursor = self.len;
                    c = self.at(self.cursor);
                }
            }
        }
        c
    }

    fn read_past(&mut self, mut c: u32) -> u32 {
        while is_space(c) || is(c, '#') {
            while is_space(c) {
                c = self.take();
            }
            if is(c, '#') {
                c = self.take();
                while c != 0 && !self.ends_line(c) {
                    c = self.take();
                }
                if c == 0 && self.cursor > self.len {
                    self.cursor = self.len;
                    c = self.take();
                }
            }
        }
        c
    }

    fn ends_line(&self, c: u32) -> bool {
        match self.flags.unix_lines {
            true => c == 0x0A,
            false => matches!(c, 0x0A | 0x0D | 0x85 | 0x2028 | 0x2029),
        }
    }
}

/// The characters of a pattern in which those between `\Q` and `\E` are escaped one by one.
fn without_quotes(pattern: &str) -> Vec<u32> {
    let mut out = Vec::with_capacity(pattern.len() + 2);
    let mut chars = pattern.chars().peekable();
    let mut quoted = false;
    // A digit there must not lengthen the number of a group before it.
    let mut begins = false;
    while let Some(c) = chars.next() {
        let first = std::mem::take(&mut begins);
        match (c, quoted, chars.peek()) {
            ('\\', false, Some('Q')) => {
                chars.next();
                (quoted, begins) = (true, true);
                continue;
            }
            ('\\', true, Some('E')) => {
                chars.next();
                quoted = false;
            }
            ('\\', false, next) => {
                out.push(c as u32);
                out.extend(next.map(|c| *c as u32));
                chars.next();
            }
            ('\\', true, _) => out.extend([c as u32, c as u32]),
            ('0'..='9', _, _) if first => out.extend(r"\x3".chars().map(|c| c as u32).chain([c as u32])),
            (_, true, _) if c.is_ascii() && !c.is_ascii_alphanumeric() => {
                out.extend(['\\' as u32, c as u32]);
            }
            _ => out.push(c as u32),
        }
    }
    out
}
