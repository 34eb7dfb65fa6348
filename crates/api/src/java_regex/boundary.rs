//! Places in a text: its ends, those of lines and words.

use std::sync::LazyLock;

use super::ast::{Assertion, Lines};
use super::property::{self, shorthand, unicode_set};
use super::set::Set;

/// Whether `assertion` holds at `pos` of `text`; the match before ended at `last`.
pub(super) fn holds(assertion: Assertion, text: &str, pos: usize, last: usize) -> bool {
    match assertion {
        Assertion::Begin => pos == 0,
        Assertion::End => pos == text.len(),
        Assertion::Dollar(lines) => line_ends(text, pos, lines),
        Assertion::Caret { unix } => line_begins(text, pos, unix),
        Assertion::Bound { unicode, negated } => {
            let before = text[..pos].chars().next_back();
            let after = text[pos..].chars().next();
            let words = [before, after].map(|c| c.is_some_and(|c| in_word(c, text, pos, unicode)));
            (words[0] == words[1]) == negated
        }
        Assertion::LastMatch => pos == last,
    }
}

fn line_ends(text: &str, pos: usize, lines: Lines) -> bool {
    let (before, rest) = (&text[..pos], &text[pos..]);
    let Some(c) = rest.chars().next() else { return true };
    if lines.unix {
        return c == '\n' && (lines.multi || rest.len() == 1);
    }
    match c {
        // Not between the two of one end.
        '\n' if before.ends_with('\r') => false,
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
            lines.multi || rest == "\r\n" || rest.len() == c.len_utf8()
        }
        _ => false,
    }
}

fn line_begins(text: &str, pos: usize, unix: bool) -> bool {
    let Some(after) = text[pos..].chars().next() else { return false };
    match text[..pos].chars().next_back() {
        None | Some('\n') => true,
        Some('\r') => !unix && after != '\n',
        Some(c) => !unix && matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}'),
    }
}

/// Bytes of the marks that [`holds`] looks behind at: what it costs.
pub(super) fn marks_before(text: &str, pos: usize) -> usize {
    let marks = text[..pos].chars().rev().take(MARKS);
    marks.take_while(|c| *c > '\u{2FF}' && BOUNDS.mark.contains(*c as u32)).map(char::len_utf8).sum()
}

/// Whether a character is of a word, as marks are that are put on a letter or digit.
fn in_word(c: char, text: &str, pos: usize, unicode: bool) -> bool {
    let sets = &*BOUNDS;
    let word = if unicode { &sets.unicode_word } else { &sets.ascii_word };
    if word.contains(c as u32) {
        return true;
    }
    sets.mark.contains(c as u32)
        && text[..pos]
            .chars()
            .rev()
            .take(MARKS)
            // Java looks at the half of a pair, which is no letter.
            .take_while(|c| *c <= '\u{FFFF}')
            .find(|c| !sets.mark.contains(*c as u32))
            .is_some_and(|c| sets.letter_or_digit.contains(c as u32))
}

/// What `\b` looks at.
struct Bounds {
    ascii_word: Set,
    unicode_word: Set,
    mark: Set,
    letter_or_digit: Set,
}

/// Most marks on one letter.
const MARKS: usize = 10_000;

static BOUNDS: LazyLock<Bounds> = LazyLock::new(|| Bounds {
    ascii_word: shorthand('w', false),
    unicode_word: property::word(),
    mark: unicode_set("Mn"),
    letter_or_digit: unicode_set("L").union(&unicode_set("Nd")),
});
