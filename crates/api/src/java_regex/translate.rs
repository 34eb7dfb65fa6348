//! Java's pattern syntax to that of `regex` and `fancy-regex`.

use std::iter::Peekable;
use std::str::CharIndices;

use super::RegexError;

/// What `$` and `\Z` become.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ends {
    /// The end of the text: exact for texts without line terminators.
    Text,
    /// The end, or the place before a final line terminator; needs look-ahead.
    FinalTerminator,
}

/// A translated pattern.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) text: String,
    /// Whether it needs an engine that backtracks.
    pub(super) backtracks: bool,
    /// Whether it contains `$` or `\Z`.
    pub(super) line_ends: bool,
}

const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r" \t\n\x0B\f\r";
const HORIZONTAL: &str = r" \t\u{A0}\u{1680}\u{180e}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}";
const VERTICAL: &str = r"\n\x0B\f\r\u{85}\u{2028}\u{2029}";
const ANY_BUT_TERMINATORS: &str = r"[^\n\r\u{85}\u{2028}\u{2029}]";
const FINAL_TERMINATOR: &str = r"(?=(?:\r\n|[\n\r\u{85}\u{2028}\u{2029}])?\z)";

pub(super) fn translate(pattern: &str, ends: Ends) -> Result<Translated, RegexError> {
    let mut translator = Translator {
        pattern,
        chars: pattern.char_indices().peekable(),
        ends,
        out: String::with_capacity(pattern.len() + 8),
        backtracks: false,
        line_ends: false,
        flags: vec![Flags::default()],
        names: Vec::new(),
    };
    translator.run()?;
    let Translator { out, backtracks, line_ends, .. } = translator;
    Ok(Translated { text: out, backtracks, line_ends })
}

/// Flags in force inside of a group.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    dot_all: bool,
    multi_line: bool,
    comments: bool,
}

struct Translator<'p> {
    pattern: &'p str,
    chars: Peekable<CharIndices<'p>>,
    ends: Ends,
    out: String,
    backtracks: bool,
    line_ends: bool,
    /// One entry an open group, and one for the whole.
    flags: Vec<Flags>,
    names: Vec<&'p str>,
}

impl<'p> Translator<'p> {
    fn run(&mut self) -> Result<(), RegexError> {
        // Whether there is something that a quantifier can follow.
        let mut atom = false;
        while let Some((at, c)) = self.chars.next() {
            atom = match c {
                '\\' => self.escape(at)?,
                '[' => {
                    self.class(at)?;
                    true
                }
                '(' => {
                    self.group()?;
                    false
                }
                ')' => {
                    if self.flags.len() == 1 {
                        return Err(self.error("Unmatched closing ')'", at.saturating_sub(1)));
                    }
                    self.flags.pop();
                    self.out.push(')');
                    true
                }
                '*' | '+' | '?' | '{' => {
                    self.quantifier(at, c, atom)?;
                    false
                }
                '.' => {
                    self.out.push_str(if self.flags().dot_all { r"(?s:.)" } else { ANY_BUT_TERMINATORS });
                    true
                }
                '$' => {
                    self.dollar();
                    false
                }
                '^' | '|' => {
                    self.out.push(c);
                    false
                }
                '#' if self.flags().comments => {
                    self.comment();
                    atom
                }
                c if self.flags().comments && c.is_ascii_whitespace() => atom,
                c => {
                    self.literal(c);
                    true
                }
            };
        }
        if self.flags.len() > 1 {
            return Err(self.error("Unclosed group", self.pattern.len()));
        }
        Ok(())
    }

    fn flags(&self) -> Flags {
        self.flags.last().copied().unwrap_or_default()
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    fn rest(&mut self) -> &'p str {
        match self.chars.peek() {
            Some((at, _)) => &self.pattern[*at..],
            None => "",
        }
    }

    /// Takes `text` if it comes next.
    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            text.chars().for_each(|_| {
                self.chars.next();
            });
        }
        found
    }

    /// A literal character, escaped wherever one of the engines or a class might read more into it.
    fn literal(&mut self, c: char) {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_' {
            use std::fmt::Write as _;
            let _ = write!(self.out, "\\x{{{:X}}}", c as u32);
        } else {
            self.out.push(c);
        }
    }

    fn dollar(&mut self) {
        self.line_ends = true;
        match (self.flags().multi_line, self.ends) {
            (true, _) => self.out.push_str("(?m:$)"),
            (false, Ends::Text) => self.out.push_str(r"\z"),
            (false, Ends::FinalTerminator) => self.out.push_str(FINAL_TERMINATOR),
        }
    }

    fn comment(&mut self) {
        while self.chars.next().is_some_and(|(_, c)| c != '\n') {}
    }

    fn quantifier(&mut self, at: usize, c: char, atom: bool) -> Result<(), RegexError> {
        if c == '{' {
            let rest = self.rest();
            let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b',').count();
            if !rest.starts_with(|c: char| c.is_ascii_digit()) {
                return Err(self.error("Illegal repetition", at + 1));
            }
            if !rest[digits..].starts_with('}') {
                return Err(self.error("Unclosed counted closure", at + 1 + digits));
            }
            if let Some(wrong) = wrong_range(&rest[..digits]) {
                return Err(self.error("Illegal repetition range", at + 1 + wrong));
            }
            // Of nothing too.
            self.out.push_str(if atom { "{" } else { "(?:){" });
            self.out.push_str(&rest[..=digits]);
            self.take(&rest[..=digits]);
        } else {
            if !atom {
                return Err(self.error(&format!("Dangling meta character '{c}'"), at));
            }
            self.out.push(c);
        }
        if self.take("+") {
            self.backtracks = true;
            self.out.push('+');
        } else if self.take("?") {
            self.out.push('?');
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), RegexError> {
        let mut flags = self.flags();
        self.out.push('(');
        if self.take("?") {
            for look in ["=", "!", "<=", "<!", ">"] {
                if self.take(look) {
                    self.backtracks = true;
                    self.out.push('?');
                    self.out.push_str(look);
                    self.flags.push(flags);
                    return Ok(());
                }
            }
            if self.take(":") {
                self.out.push_str("?:");
            } else if self.take("<") {
                self.name()?;
            } else if !self.set_flags(&mut flags)? {
                // `(?i)` goes on in the group around it.
                if let Some(current) = self.flags.last_mut() {
                    *current = flags;
                }
                return Ok(());
            }
        }
        self.flags.push(flags);
        Ok(())
    }

    fn name(&mut self) -> Result<(), RegexError> {
        let rest = self.rest();
        let at = self.pattern.len() - rest.len();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = &rest[..end];
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(self.error("capturing group name does not start with a Latin letter", at));
        }
        if !rest[end..].starts_with('>') {
            return Err(self.error("named capturing group is missing trailing '>'", at + end));
        }
        if self.names.contains(&name) {
            let message = format!("Named capturing group <{name}> is already defined");
            return Err(self.error(&message, at + end));
        }
        self.names.push(name);
        self.take(&rest[..=end]);
        self.out.push_str("?<");
        self.out.push_str(name);
        self.out.push('>');
        Ok(())
    }

    /// Flags after `(?`: whether a group follows them, `(?i:`, rather than `(?i)`.
    fn set_flags(&mut self, flags: &mut Flags) -> Result<bool, RegexError> {
        let mut on = true;
        let mut insensitive = None;
        loop {
            let Some((at, c)) = self.chars.next() else {
                return Err(self.error("Unknown inline modifier", self.pattern.len()));
            };
            match c {
                '-' => on = false,
                'i' => insensitive = Some(on),
                // Case is folded as in Unicode anyway.
                'u' | 'U' => {}
                's' => flags.dot_all = on,
                'm' => flags.multi_line = on,
                'x' => flags.comments = on,
                // Unix lines: only `\n` ends a line; the other terminators do not occur in what we match.
                'd' => {}
                ':' | ')' => {
                    let letters = |wanted| {
                        let mut letters = String::new();
                        if insensitive == Some(wanted) {
                            letters.push('i');
                        }
                        if flags.multi_line == wanted {
                            letters.push('m');
                        }
                        letters
                    };
                    let (set, cleared) = (letters(true), letters(false));
                    self.out.push('?');
                    self.out.push_str(&set);
                    if !cleared.is_empty() {
                        self.out.push('-');
                        self.out.push_str(&cleared);
                    }
                    self.out.push(c);
                    return Ok(c == ':');
                }
                _ => return Err(self.error("Unknown inline modifier", at)),
            }
        }
    }

    /// An escape outside of a class: whether a quantifier may follow.
    fn escape(&mut self, at: usize) -> Result<bool, RegexError> {
        let Some((_, c)) = self.chars.next() else {
            return Err(self.error("Unexpected internal error", at + 1));
        };
        match c {
            'b' => self.out.push_str(r"(?-u:\b)"),
            'B' => {
                self.out.push_str(r"(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_]))")
            }
            'A' => self.out.push_str(r"\A"),
            'z' => self.out.push_str(r"\z"),
            'Z' => {
                self.line_ends = true;
                self.out.push_str(if self.ends == Ends::Text { r"\z" } else { FINAL_TERMINATOR });
            }
            'R' => self.out.push_str(&format!(r"(?:\r\n|[{VERTICAL}])")),
            'Q' => self.quoted(),
            'k' => self.named_reference(at)?,
            '1'..='9' => self.reference(c),
            _ => {
                if let Some(class) = self.shared_escape(at, c)? {
                    self.out.push_str(&class);
                }
                return Ok(true);
            }
        }
        if c == 'B' {
            self.backtracks = true;
        }
        Ok(matches!(c, 'R' | 'Q' | 'k' | '1'..='9'))
    }

    fn quoted(&mut self) {
        while !self.rest().is_empty() && !self.take(r"\E") {
            if let Some((_, c)) = self.chars.next() {
                self.literal(c);
            }
        }
    }

    fn named_reference(&mut self, at: usize) -> Result<(), RegexError> {
        self.backtracks = true;
        let rest = self.rest();
        let name = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).map(|(name, _)| name);
        match name.filter(|name| self.names.contains(name)) {
            Some(name) => {
                self.take(&rest[..name.len() + 2]);
                self.out.push_str(&format!(r"(?:\k<{name}>)"));
                Ok(())
            }
            None => Err(self.error("named capturing group is missing", at + 2)),
        }
    }

    /// `\12` is group 12 when there are so many groups before it, else group 1 and the digit 2.
    fn reference(&mut self, first: char) {
        self.backtracks = true;
        let groups = self.opened_groups();
        let mut number = first as usize - '0' as usize;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let longer = number * 10 + digit as usize;
            if longer > groups {
                break;
            }
            number = longer;
            self.chars.next();
        }
        // A group that does not exist never matches.
        self.out.push_str(&if number <= groups { format!(r"(?:\{number})") } else { "(?!)".to_owned() });
    }

    /// Capturing groups written so far.
    fn opened_groups(&self) -> usize {
        let bytes = self.out.as_bytes();
        let opens =
            |at: usize| bytes[at] == b'(' && (bytes.get(at + 1) != Some(&b'?') || is_name(&bytes[at + 2..]));
        (0..bytes.len()).filter(|&at| opens(at)).count()
    }

    /// Escapes that mean the same inside and outside of a class. Writes characters; returns classes.
    fn shared_escape(&mut self, at: usize, c: char) -> Result<Option<String>, RegexError> {
        let class = match c {
            'w' => format!("[{WORD}]"),
            'W' => format!("[^{WORD}]"),
            'd' => "[0-9]".to_owned(),
            'D' => "[^0-9]".to_owned(),
            's' => format!("[{SPACE}]"),
            'S' => format!("[^{SPACE}]"),
            'h' => format!("[{HORIZONTAL}]"),
            'H' => format!("[^{HORIZONTAL}]"),
            'v' => format!("[{VERTICAL}]"),
            'V' => format!("[^{VERTICAL}]"),
            'p' | 'P' => self.property(c == 'P')?,
            _ => {
                let literal = self.character(at, c)?;
                self.literal(literal);
                return Ok(None);
            }
        };
        Ok(Some(class))
    }

    /// The character that an escape stands for.
    fn character(&mut self, at: usize, c: char) -> Result<char, RegexError> {
        Ok(match c {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\u{C}',
            'a' => '\u{7}',
            'e' => '\u{1B}',
            'c' => match self.chars.next() {
                Some((_, c)) => char::from_u32(c as u32 ^ 64).unwrap_or(c),
                None => return Err(self.error("Illegal control escape sequence", self.pattern.len())),
            },
            '0' => self.octal(at)?,
            'x' => self.hex(at)?,
            'u' => self.unicode(at)?,
            c if c.is_ascii_alphabetic() => {
                return Err(self.error("Illegal/unsupported escape sequence", at + 1));
            }
            c => c,
        })
    }

    fn octal(&mut self, at: usize) -> Result<char, RegexError> {
        let mut value = 0;
        let mut digits = 0;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(8)) {
            if digits == 3 || value * 8 + digit > 0o377 {
                break;
            }
            value = value * 8 + digit;
            digits += 1;
            self.chars.next();
        }
        if digits == 0 {
            return Err(self.error("Illegal octal escape sequence", at + 2));
        }
        char::from_u32(value).ok_or_else(|| self.error("Illegal octal escape sequence", at + 2))
    }

    fn hex(&mut self, at: usize) -> Result<char, RegexError> {
        let rest = self.rest();
        let (digits, taken) = match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some((digits, _)) => (digits, digits.len() + 2),
            None => (rest.get(..2).unwrap_or_default(), 2),
        };
        let value = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        let value = value.ok_or_else(|| self.error("Illegal hexadecimal escape sequence", at + 2))?;
        self.take(&rest[..taken]);
        Ok(value)
    }

    fn unicode(&mut self, at: usize) -> Result<char, RegexError> {
        let rest = self.rest();
        let unit = |text: &str| u16::from_str_radix(text.get(..4)?, 16).ok();
        let found = unit(rest).and_then(|high| {
            let low = rest[4..].strip_prefix(r"\u").and_then(unit);
            match (char::from_u32(u32::from(high)), low) {
                (Some(c), _) => Some((c, 4)),
                (None, Some(low)) => Some((char::decode_utf16([high, low]).next()?.ok()?, 10)),
                (None, None) => None,
            }
        });
        let (c, taken) = found.ok_or_else(|| self.error("Illegal Unicode escape sequence", at + 2))?;
        self.take(&rest[..taken]);
        Ok(c)
    }

    /// `\p{…}` or `\pL`.
    fn property(&mut self, negated: bool) -> Result<String, RegexError> {
        let rest = self.rest();
        let (name, taken) = match rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some((name, _)) => (name, name.len() + 2),
            None => (rest.get(..1).unwrap_or_default(), 1),
        };
        let end = self.pattern.len() - rest.len() + taken;
        let Some(class) = property_class(name) else {
            let message = format!("Unknown character property name {{{name}}}");
            return Err(self.error(&message, end.saturating_sub(1)));
        };
        self.take(&rest[..taken.min(rest.len())]);
        Ok(if negated { format!("[^{class}]") } else { format!("[{class}]") })
    }

    /// A class, after its `[`; classes inside of it are left to the engine, which nests them as Java does.
    fn class(&mut self, _at: usize) -> Result<(), RegexError> {
        let mut depth = 1;
        self.out.push('[');
        let mut first = self.class_start();
        // Whether `-` could make a range with what is before it.
        let mut ranges = false;
        while depth > 0 {
            let Some((at, c)) = self.chars.next() else {
                return Err(self.error("Unclosed character class", self.pattern.len().saturating_sub(1)));
            };
            match c {
                ']' if !first => {
                    self.out.push(']');
                    depth -= 1;
                    ranges = false;
                }
                '[' => {
                    self.out.push('[');
                    depth += 1;
                    first = self.class_start();
                    ranges = false;
                    continue;
                }
                '&' if self.peek() == Some('&') => {
                    while self.take("&") {}
                    self.out.push_str("&&");
                    ranges = false;
                }
                '-' if ranges && !matches!(self.peek(), Some(']' | '[') | None) => {
                    self.out.push('-');
                    ranges = false;
                }
                '\\' => {
                    let Some((_, c)) = self.chars.next() else {
                        return Err(
                            self.error("Unclosed character class", self.pattern.len().saturating_sub(1))
                        );
                    };
                    if c == 'Q' {
                        self.quoted();
                        ranges = true;
                    } else {
                        let class = self.shared_escape(at, c)?;
                        ranges = class.is_none();
                        self.out.push_str(&class.unwrap_or_default());
                    }
                }
                c => {
                    self.literal(c);
                    ranges = true;
                }
            }
            first = false;
        }
        Ok(())
    }

    /// A `^` after a class's bracket; the next character may then be a literal `]`.
    fn class_start(&mut self) -> bool {
        if self.take("^") {
            self.out.push('^');
        }
        true
    }

    /// An error in Java's form: text, position, the pattern and a mark below it.
    fn error(&self, message: &str, index: usize) -> RegexError {
        let mut message = format!("{message} near index {index}\n{}", self.pattern);
        if index < self.pattern.len() {
            message.push('\n');
            message.push_str(&" ".repeat(index));
            message.push('^');
        }
        RegexError { message }
    }
}

/// Whether a group's start is followed by a name rather than a look-behind.
fn is_name(after: &[u8]) -> bool {
    after.first() == Some(&b'<') && !matches!(after.get(1), Some(b'=' | b'!'))
}

/// The inside of a class for a property name of Java.
fn property_class(name: &str) -> Option<String> {
    let ascii = match name {
        "Lower" => "a-z",
        "Upper" => "A-Z",
        "ASCII" => r"\x00-\x7F",
        "Alpha" => "A-Za-z",
        "Digit" => "0-9",
        "Alnum" => "0-9A-Za-z",
        "Punct" => r"!-/:-@\[-`{-~",
        "Graph" => "!-~",
        "Print" => " -~",
        "Blank" => r" \t",
        "Cntrl" => r"\x00-\x1F\x7F",
        "XDigit" => "0-9A-Fa-f",
        "Space" => SPACE,
        "L1" => r"\x00-\x{FF}",
        "all" => r"\x00-\x{10FFFF}",
        _ => "",
    };
    if !ascii.is_empty() {
        return Some(ascii.to_owned());
    }
    let unicode = match name {
        "javaLowerCase" => "Lowercase",
        "javaUpperCase" => "Uppercase",
        "javaAlphabetic" => "Alphabetic",
        "javaDigit" => "Nd",
        "javaLetter" => "L",
        "javaTitleCase" => "Lt",
        "javaWhitespace" => "White_Space",
        "IsPunctuation" => "P",
        "IsDigit" => "Nd",
        "IsControl" => "Cc",
        "javaLetterOrDigit" => return Some(r"\p{L}\p{Nd}".to_owned()),
        "IsWord" => return Some(r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}".to_owned()),
        other => other.strip_prefix("Is").unwrap_or(other),
    };
    let class = format!(r"\p{{{unicode}}}");
    regex::Regex::new(&class).is_ok().then_some(class)
}

/// Where the `least,most` of a repetition goes wrong: at the digit that is too much for Java's `int`, or at the end.
fn wrong_range(text: &str) -> Option<usize> {
    let mut bounds = [0_i32; 2];
    let mut bound = 0;
    for (at, byte) in text.bytes().enumerate() {
        match (byte, bounds.get_mut(bound)) {
            (b',', _) => bound += 1,
            (_, Some(value)) => {
                let more = value.checked_mul(10).and_then(|value| value.checked_add(i32::from(byte - b'0')));
                let Some(more) = more else { return Some(at) };
                *value = more;
            }
            (_, None) => {}
        }
    }
    let [least, most] = bounds;
    (bound > 0 && !text.ends_with(',') && most < least).then_some(text.len())
}
