//! Numbers, literals, and words that look like either.

use super::super::malformed::spelled;
use super::errors::{goes_on, limit, wrapped};
use super::{NUMBER_MAX, Node, Parser, Source};
use crate::{Exception, classes};

const AFTER_MINUS: &str = "expected digit (0-9) to follow minus sign, for valid numeric value";
const NO_PLUS: &str = "JSON spec does not allow numbers to have plus signs: enable \
                       `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow";

impl Parser<'_, '_> {
    pub(super) fn literal(&mut self, word: &str, node: Node) -> Result<(), Exception> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.unrecognized(self.at));
        }
        let after = self.at + word.len();
        match self.bytes.get(after) {
            None | Some(0..b'0' | b']' | b'}') => {}
            Some(&next) => self.word_ends(next, after)?,
        }
        self.at = after;
        self.tape.nodes.push(node);
        Ok(())
    }

    /// Whether the word here is over where `next` comes.
    fn word_ends(&self, next: u8, after: usize) -> Result<(), Exception> {
        // Upstream reads a character's first byte twice.
        let from = if self.tape.source == Source::Wide { after + 1 } else { after };
        let number = match next {
            0..0x80 => u32::from(next),
            _ => spelled(next, self.bytes, from).map_err(|fault| self.fault(&fault, self.token()))?.0,
        };
        match char::from_u32(number).is_some_and(goes_on) {
            true => Err(self.unrecognized(self.at)),
            false => Ok(()),
        }
    }

    /// `NaN` and infinities, which only some dialects know; other words that start like them are known to none.
    pub(super) fn not_finite(&mut self) -> Result<(), Exception> {
        const WORDS: [(&str, f64); 6] = [
            ("NaN", f64::NAN),
            ("Infinity", f64::INFINITY),
            ("+Infinity", f64::INFINITY),
            ("+INF", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("-INF", f64::NEG_INFINITY),
        ];
        let start = self.at;
        for (word, value) in WORDS {
            if self.bytes[start..].starts_with(word.as_bytes()) {
                self.literal(word, Node::NotFinite(value))?;
                return match self.tape.dialect.not_finite {
                    true => Ok(()),
                    false => Err(self.error(&format!(
                        "Non-standard token '{word}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
                    ))),
                };
            }
        }
        match self.bytes[start..] {
            [b'N' | b'I', ..] | [b'+' | b'-', b'I', b'N' | b'n', ..] => Err(self.unrecognized(start)),
            [b'+'] | [_, b'I'] => Err(self.ends("in a Number value")),
            [b'-', b'I', ..] => {
                self.at = start + 2;
                Err(self.unexpected_in_number(AFTER_MINUS))
            }
            _ => {
                let message = format!("Unexpected character ({}) in numeric value: {NO_PLUS}", self.shown());
                self.at = start + 1;
                Err(self.error(&message))
            }
        }
    }

    pub(super) fn number(&mut self) -> Result<(), Exception> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
            match self.peek() {
                Some(b'0'..=b'9') => {}
                Some(b'.') => return Err(self.no_value()),
                Some(_) => return Err(self.unexpected_in_number(AFTER_MINUS)),
                None => return Err(self.ends_in_number(start)),
            }
        }
        let whole = self.at;
        self.digits();
        if !self.tape.dialect.leading_zeros && self.at - whole > 1 && self.bytes[whole] == b'0' {
            self.at = whole + 1;
            return Err(self.error("Invalid numeric value: Leading zeroes not allowed"));
        }
        let mut integral = true;
        if self.peek() == Some(b'.') {
            integral = false;
            let point = self.at;
            self.at += 1;
            if self.digits() == 0 {
                self.at = if self.peek().is_none() { point } else { self.at };
                return Err(self.unexpected_in_number("Decimal point not followed by a digit"));
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            integral = false;
            self.exponent(start)?;
        }
        let length = self.at - start;
        if length > NUMBER_MAX {
            return Err(limit(format!(
                "Number value length ({length}) exceeds the maximum allowed ({NUMBER_MAX}, from \
                 `StreamReadConstraints.getMaxNumberLength()`)"
            )));
        }
        self.tape.nodes.push(Node::Number { start: start as u32, end: self.position(), integral });
        Ok(())
    }

    /// The exponent of the number that starts at `start`, and whether `java.math.BigDecimal` holds such a number.
    fn exponent(&mut self, start: usize) -> Result<(), Exception> {
        let point = self.bytes[start..self.at].iter().rposition(|&byte| byte == b'.');
        let fraction = point.map_or(0, |point| self.at - start - point - 1);
        self.at += 1;
        let negative = self.peek() == Some(b'-');
        if let Some(b'+' | b'-') = self.peek() {
            self.at += 1;
        }
        let from = self.at;
        if self.digits() == 0 {
            return Err(match self.peek() {
                Some(_) => self.unexpected_in_number("Exponent indicator not followed by a digit"),
                None => self.ends_in_number(start),
            });
        }
        let digits = self.bytes[from..self.at].iter().skip_while(|&&digit| digit == b'0');
        let wrong = match digits.clone().count() {
            0..=10 => {
                let size = digits.fold(0, |size, digit| size * 10 + i64::from(digit - b'0'));
                let scale = fraction as i64 + if negative { size } else { -size };
                i32::try_from(scale).err().map(|_| "Exponent overflow.")
            }
            _ => Some("Too many nonzero exponent digits."),
        };
        wrong.map_or(Ok(()), |wrong| {
            let value = String::from_utf8_lossy(&self.bytes[start..self.at]);
            Err(wrapped(Exception::new(
                classes::NUMBER_FORMAT,
                format!(
                    "Value \"{value}\" can not be deserialized as `java.math.BigDecimal`, reason:  {wrong}"
                ),
            )))
        })
    }

    fn ends_in_number(&mut self, start: usize) -> Exception {
        self.at = start;
        self.ends(&format!("in {}", self.token()))
    }

    /// Skips digits: how many.
    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }
}
