//! What follows a backslash.

use super::RegexError;
use super::ast::{Assertion, Node};
use super::parse::Parser;
use super::property::{self, HORIZONTAL, VERTICAL, shorthand};
use super::set::Set;
use super::source::{ascii, is};

/// What an escape stands for.
pub(super) enum Escape {
    Char(u32),
    Set(Set),
    Node(Node),
}

impl Parser<'_> {
    /// An escape whose backslash is at the cursor. `may_range`: whether a range may begin or end here.
    pub(super) fn escape(&mut self, in_class: bool, may_range: bool) -> Result<Escape, RegexError> {
        let c = self.source.skip();
        let letter = char::from(ascii(c));
        let of = |ranges: &[(u32, u32)]| Set::of(ranges.iter().copied());
        let unicode = self.source.flags.unicode_classes;
        Ok(match letter {
            'd' | 's' | 'w' => Escape::Set(shorthand(letter, unicode)),
            'D' | 'S' | 'W' => Escape::Set(shorthand(letter.to_ascii_lowercase(), unicode).negate()),
            'h' => Escape::Set(of(HORIZONTAL)),
            'H' => Escape::Set(of(HORIZONTAL).negate()),
            'v' if may_range => Escape::Char(0x0B),
            'v' => Escape::Set(of(VERTICAL)),
            'V' => Escape::Set(of(VERTICAL).negate()),
            'p' | 'P' if !in_class => {
                // The cursor of a property is at its letter.
                self.source.back();
                Escape::Set(self.property(letter == 'P')?)
            }
            'R' | 'A' | 'z' | 'Z' | 'G' | 'b' | 'B' | 'X' | 'k' | '1'..='9' if !in_class => {
                Escape::Node(self.node(letter, c)?)
            }
            _ => Escape::Char(self.character(letter, c)?),
        })
    }

    fn node(&mut self, letter: char, c: u32) -> Result<Node, RegexError> {
        let unicode = self.source.flags.unicode_classes;
        Ok(match letter {
            'R' => Node::LineBreak,
            'A' => Node::Assert(Assertion::Begin),
            'z' => Node::Assert(Assertion::End),
            'Z' => self.dollar(false),
            'G' => Node::Assert(Assertion::LastMatch),
            'B' => Node::Assert(Assertion::Bound { unicode, negated: true }),
            'b' => {
                if is(self.source.peek(), '{') {
                    if is(self.source.skip(), 'g') {
                        if is(self.source.read(), '}') {
                            return Err(self.source.unsupported(r"a boundary of grapheme clusters, \b{g},"));
                        }
                        return Err(self.source.error("Illegal/unsupported escape sequence"));
                    }
                    self.source.back();
                    self.source.back();
                }
                Node::Assert(Assertion::Bound { unicode, negated: false })
            }
            'X' => return Err(self.source.unsupported(r"a grapheme cluster, \X,")),
            'k' => self.named_reference()?,
            _ => self.reference(c),
        })
    }

    fn named_reference(&mut self) -> Result<Node, RegexError> {
        if !is(self.source.read(), '<') {
            return Err(self.source.error(r"\k is not followed by '<' for named capturing group"));
        }
        let first = self.source.read();
        let name = self.group_name(first)?;
        match self.names.iter().find(|(known, _)| *known == name).map(|(_, number)| *number) {
            Some(number) => Ok(self.back_ref(number)),
            None => Err(self.source.error(&format!("named capturing group <{name}> does not exist"))),
        }
    }

    /// The character that an escape stands for.
    fn character(&mut self, letter: char, c: u32) -> Result<u32, RegexError> {
        Ok(match letter {
            't' => 0x09,
            'n' => 0x0A,
            'r' => 0x0D,
            'f' => 0x0C,
            'a' => 0x07,
            'e' => 0x1B,
            'c' if self.source.cursor < self.source.len => self.source.read() ^ 64,
            'c' => return Err(self.source.error("Illegal control escape sequence")),
            '0' => self.octal()?,
            'x' => self.hexadecimal()?,
            'u' => self.unicode()?,
            'N' => return Err(self.named_character()),
            'A'..='Z' | 'a'..='z' | '1'..='9' => {
                return Err(self.source.error("Illegal/unsupported escape sequence"));
            }
            _ => c,
        })
    }

    fn octal(&mut self) -> Result<u32, RegexError> {
        let octal = |c: u32| matches!(ascii(c), b'0'..=b'7').then(|| u32::from(ascii(c) - b'0'));
        let Some(first) = octal(self.source.read()) else {
            return Err(self.source.error("Illegal octal escape sequence"));
        };
        let Some(second) = octal(self.source.read()) else {
            self.source.back();
            return Ok(first);
        };
        match octal(self.source.read()) {
            Some(third) if first <= 3 => Ok(first * 64 + second * 8 + third),
            _ => {
                self.source.back();
                Ok(first * 8 + second)
            }
        }
    }

    fn hexadecimal(&mut self) -> Result<u32, RegexError> {
        let first = self.source.read();
        if let Some(high) = hex(first) {
            if let Some(low) = hex(self.source.read()) {
                return Ok(high * 16 + low);
            }
        } else if is(first, '{') && hex(self.source.peek()).is_some() {
            let mut value = 0;
            loop {
                let c = self.source.read();
                let Some(digit) = hex(c) else {
                    return match is(c, '}') {
                        true => Ok(value),
                        false => Err(self.source.error("Unclosed hexadecimal escape sequence")),
                    };
                };
                value = value * 16 + digit;
                if value > char::MAX as u32 {
                    return Err(self.source.error("Hexadecimal codepoint is too big"));
                }
            }
        }
        Err(self.source.error("Illegal hexadecimal escape sequence"))
    }

    /// A UTF-16 unit, or the two of a pair.
    fn unicode(&mut self) -> Result<u32, RegexError> {
        let unit = self.unit()?;
        if !(0xD800..0xDC00).contains(&unit) {
            return Ok(unit);
        }
        let behind = self.source.cursor;
        if is(self.source.read(), '\\') && is(self.source.read(), 'u') {
            let low = self.unit()?;
            if (0xDC00..0xE000).contains(&low) {
                return Ok(0x1_0000 + ((unit - 0xD800) << 10 | (low - 0xDC00)));
            }
        }
        self.source.cursor = behind;
        Ok(unit)
    }

    fn unit(&mut self) -> Result<u32, RegexError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = hex(self.source.read());
            value = value * 16 + digit.ok_or_else(|| self.source.error("Illegal Unicode escape sequence"))?;
        }
        Ok(value)
    }

    fn named_character(&mut self) -> RegexError {
        if !is(self.source.read(), '{') {
            return self.source.error("Illegal character name escape sequence");
        }
        while !is(self.source.read(), '}') {
            if self.source.cursor >= self.source.len {
                return self.source.error("Unclosed character name escape sequence");
            }
        }
        self.source.unsupported(r"a character by its name, \N{…},")
    }

    /// A property; its `p` or `P` is at the cursor.
    pub(super) fn property(&mut self, negated: bool) -> Result<Set, RegexError> {
        let braces = is(self.source.next(), '{');
        if !braces {
            self.source.back();
        }
        self.source.next();
        let name = if braces {
            self.property_name()?
        } else {
            let at = self.source.cursor;
            let name = self.source.text(at, at + 1);
            self.source.read();
            name
        };
        let set = self.property_set(&name)?;
        Ok(if negated { set.negate() } else { set })
    }

    fn property_name(&mut self) -> Result<String, RegexError> {
        match self.source.until_brace() {
            None => Err(self.source.error("Unclosed character family")),
            Some(name) if name.is_empty() => Err(self.source.error("Empty character family")),
            Some(name) => Ok(name),
        }
    }

    fn property_set(&mut self, name: &str) -> Result<Set, RegexError> {
        let any_case = self.source.flags.any_case;
        if let Some((key, value)) = name.split_once('=') {
            let key = key.to_lowercase();
            let found = match key.as_str() {
                "sc" | "script" => property::of_script(value),
                "blk" | "block" => property::of_block(value),
                "gc" | "general_category" => property::of_category(value, any_case),
                _ => None,
            };
            return found.ok_or_else(|| {
                let text = format!("Unknown Unicode property {{name=<{key}>, value=<{value}>}}");
                self.source.error(&text)
            });
        }
        let posix = |name: &str| match self.source.flags.unicode_classes {
            true => property::of_posix(&name.to_uppercase(), any_case),
            false => None,
        };
        let found = match (name.strip_prefix("In"), name.strip_prefix("Is")) {
            (Some(block), _) => property::of_block(block),
            (_, Some(name)) => property::of_unicode(name, any_case),
            _ => posix(name).or_else(|| property::of_category(name, any_case)),
        };
        found.ok_or_else(|| self.source.error(&format!("Unknown character property name {{{name}}}")))
    }
}

fn hex(c: u32) -> Option<u32> {
    char::from(ascii(c)).to_digit(16)
}
