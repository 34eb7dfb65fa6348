//! `\p{…}`: the names that Java knows, and the characters they stand for.

use regex_syntax::hir::{Class, HirKind};

use super::blocks::block;
use super::scripts::is_script;
use super::set::Set;

pub(super) const HORIZONTAL: &[(u32, u32)] = &[
    (0x09, 0x09),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x180E, 0x180E),
    (0x2000, 0x200A),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
];
pub(super) const VERTICAL: &[(u32, u32)] = &[(0x0A, 0x0D), (0x85, 0x85), (0x2028, 0x2029)];
pub(super) const TERMINATORS: &[(u32, u32)] = &[(0x0A, 0x0A), (0x0D, 0x0D), (0x85, 0x85), (0x2028, 0x2029)];

const DIGIT: (u32, u32) = (0x30, 0x39);
const UPPER: (u32, u32) = (0x41, 0x5A);
const LOWER: (u32, u32) = (0x61, 0x7A);
const SPACE: &[(u32, u32)] = &[(0x09, 0x0D), (0x20, 0x20)];
/// A letter that is also of pattern syntax, for which the standard and Java differ.
const VERTICAL_TILDE: u32 = 0x2E2F;
const SURROGATES: (u32, u32) = (0xD800, 0xDFFF);

/// `\d`, `\s` and `\w`, of Unicode with `(?U)`.
pub(super) fn shorthand(letter: char, unicode: bool) -> Set {
    match (letter, unicode) {
        ('d', false) => Set::of([DIGIT]),
        ('s', false) => Set::of(SPACE.iter().copied()),
        (_, false) => Set::of([DIGIT, UPPER, LOWER, (0x5F, 0x5F)]),
        ('d', true) => unicode_set("Nd"),
        ('s', true) => white_space(),
        (_, true) => word(),
    }
}

/// `\p{In…}` and `\p{block=…}`.
pub(super) fn of_block(name: &str) -> Option<Set> {
    block(&name.to_uppercase()).map(|range| Set::of([range]))
}

/// `\p{script=…}`.
pub(super) fn of_script(name: &str) -> Option<Set> {
    let name = name.to_uppercase();
    if !is_script(&name) {
        return None;
    }
    match name.as_str() {
        "UNKNOWN" | "ZZZZ" => {
            Some(["Cn", "Co", "Cs"].iter().fold(Set::default(), |all, it| all.union(&unicode_set(it))))
        }
        _ => Some(unicode_set(&format!("script={name}"))),
    }
}

/// `\p{Is…}`: a property, a category or a script.
pub(super) fn of_unicode(name: &str, any_case: bool) -> Option<Set> {
    let upper = name.to_uppercase();
    binary(&upper, any_case)
        .or_else(|| of_posix(&upper, any_case))
        .or_else(|| of_category(name, any_case))
        .or_else(|| of_script(name))
}

fn binary(name: &str, any_case: bool) -> Option<Set> {
    Some(match name {
        "ALPHABETIC" => unicode_set("Alphabetic"),
        "ASSIGNED" => unicode_set("Cn").negate(),
        "CONTROL" => unicode_set("Cc"),
        "EMOJI" => unicode_set("Emoji"),
        "EMOJI_PRESENTATION" => unicode_set("Emoji_Presentation"),
        "EMOJI_MODIFIER" => unicode_set("Emoji_Modifier"),
        "EMOJI_MODIFIER_BASE" => unicode_set("Emoji_Modifier_Base"),
        "EMOJI_COMPONENT" => unicode_set("Emoji_Component"),
        "EXTENDED_PICTOGRAPHIC" => unicode_set("Extended_Pictographic"),
        "HEXDIGIT" | "HEX_DIGIT" => hex_digit(),
        "IDEOGRAPHIC" => unicode_set("Ideographic"),
        "JOINCONTROL" | "JOIN_CONTROL" => join_control(),
        "LETTER" => unicode_set("L"),
        "LOWERCASE" => cased("Lowercase", any_case),
        "UPPERCASE" => cased("Uppercase", any_case),
        "TITLECASE" => cased("Lt", any_case),
        "NONCHARACTERCODEPOINT" | "NONCHARACTER_CODE_POINT" => Set::of(
            (0..17).map(|plane| (plane << 16 | 0xFFFE, plane << 16 | 0xFFFF)).chain([(0xFDD0, 0xFDEF)]),
        ),
        "PUNCTUATION" => unicode_set("P"),
        "WHITESPACE" | "WHITE_SPACE" => white_space(),
        "WORD" => word(),
        _ => return None,
    })
}

/// A POSIX class of all Unicode, for a name in upper case.
pub(super) fn of_posix(name: &str, any_case: bool) -> Option<Set> {
    Some(match name {
        "ALPHA" => unicode_set("Alphabetic"),
        "LOWER" => cased("Lowercase", any_case),
        "UPPER" => cased("Uppercase", any_case),
        "SPACE" => white_space(),
        "PUNCT" => unicode_set("P"),
        "XDIGIT" => hex_digit(),
        "ALNUM" => unicode_set("Alphabetic").union(&unicode_set("Nd")),
        "CNTRL" => unicode_set("Cc"),
        "DIGIT" => unicode_set("Nd"),
        "BLANK" => blank(),
        "GRAPH" => graph(),
        "PRINT" => graph().union(&blank()).and(&unicode_set("Cc").negate()),
        _ => return None,
    })
}

/// A general category, an ASCII class or a question that `java.lang.Character` answers.
pub(super) fn of_category(name: &str, any_case: bool) -> Option<Set> {
    const CATEGORIES: [&str; 28] = [
        "Cn", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cs", "Pd",
        "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf", "LC",
    ];
    Some(match name {
        "Lu" | "Ll" | "Lt" if any_case => unicode_set("LC"),
        "Lu" | "Ll" | "Lt" | "L" | "M" | "N" | "Z" | "C" | "P" | "S" => unicode_set(name),
        "LD" => unicode_set("L").union(&unicode_set("Nd")),
        "L1" => Set::of([(0, 0xFF)]),
        "all" => Set::all(),
        _ if CATEGORIES.contains(&name) => unicode_set(name),
        _ => return ascii(name, any_case).or_else(|| of_character(name, any_case)),
    })
}

fn ascii(name: &str, any_case: bool) -> Option<Set> {
    Some(match name {
        "ASCII" => Set::of([(0, 0x7F)]),
        "Alnum" => Set::of([DIGIT, UPPER, LOWER]),
        "Alpha" => Set::of([UPPER, LOWER]),
        "Blank" => Set::chars([0x20, 0x09]),
        "Cntrl" => Set::of([(0, 0x1F), (0x7F, 0x7F)]),
        "Digit" => Set::of([DIGIT]),
        "Graph" => Set::of([(0x21, 0x7E)]),
        "Lower" | "Upper" if any_case => Set::of([UPPER, LOWER]),
        "Lower" => Set::of([LOWER]),
        "Upper" => Set::of([UPPER]),
        "Print" => Set::of([(0x20, 0x7E)]),
        "Punct" => Set::of([(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)]),
        "Space" => Set::of(SPACE.iter().copied()),
        "XDigit" => Set::of([DIGIT, (0x41, 0x46), (0x61, 0x66)]),
        _ => return None,
    })
}

fn of_character(name: &str, any_case: bool) -> Option<Set> {
    Some(match name.strip_prefix("java")? {
        "LowerCase" => cased("Lowercase", any_case),
        "UpperCase" => cased("Uppercase", any_case),
        "TitleCase" => cased("Lt", any_case),
        "Alphabetic" => unicode_set("Alphabetic"),
        "Ideographic" => unicode_set("Ideographic"),
        "Digit" => unicode_set("Nd"),
        "Defined" => unicode_set("Cn").negate(),
        "Letter" => unicode_set("L"),
        "LetterOrDigit" => unicode_set("L").union(&unicode_set("Nd")),
        "JavaIdentifierStart" => union(&["L", "Nl", "Sc", "Pc"]),
        "JavaIdentifierPart" => union(&["L", "Nl", "Sc", "Pc", "Nd", "Mc", "Mn"]).union(&ignorable()),
        "UnicodeIdentifierStart" => unicode_set("ID_Start").union(&Set::one(VERTICAL_TILDE)),
        "UnicodeIdentifierPart" => {
            unicode_set("ID_Continue").union(&ignorable()).union(&Set::one(VERTICAL_TILDE))
        }
        "IdentifierIgnorable" => ignorable(),
        "SpaceChar" => unicode_set("Z"),
        "Whitespace" => unicode_set("Z")
            .and(&Set::chars([0xA0, 0x2007, 0x202F]).negate())
            .union(&Set::of([(0x09, 0x0D), (0x1C, 0x1F)])),
        "ISOControl" => Set::of([(0, 0x1F), (0x7F, 0x9F)]),
        "Mirrored" => unicode_set("Bidi_Mirrored"),
        _ => return None,
    })
}

fn cased(property: &str, any_case: bool) -> Set {
    if any_case { union(&["Lowercase", "Uppercase", "Lt"]) } else { unicode_set(property) }
}

fn white_space() -> Set {
    unicode_set("Z").union(&Set::of([(0x09, 0x0D), (0x85, 0x85)]))
}

fn blank() -> Set {
    unicode_set("Zs").union(&Set::one(0x09))
}

fn hex_digit() -> Set {
    let letters = [(0x41, 0x46), (0x61, 0x66), (0xFF21, 0xFF26), (0xFF41, 0xFF46)];
    unicode_set("Nd").union(&Set::of(letters))
}

fn join_control() -> Set {
    Set::of([(0x200C, 0x200D)])
}

fn graph() -> Set {
    union(&["Z", "Cc", "Cs", "Cn"]).negate()
}

pub(super) fn word() -> Set {
    union(&["Alphabetic", "M", "Nd", "Pc"]).union(&join_control())
}

fn ignorable() -> Set {
    unicode_set("Cf").union(&Set::of([(0, 0x08), (0x0E, 0x1B), (0x7F, 0x9F)]))
}

fn union(names: &[&str]) -> Set {
    names.iter().fold(Set::default(), |all, name| all.union(&unicode_set(name)))
}

/// A property of the Unicode standard, by a name of this file's.
pub(super) fn unicode_set(name: &str) -> Set {
    match name {
        // The tables have no surrogates: their texts are UTF-8.
        "Cs" => return Set::of([SURROGATES]),
        "C" => return union(&["Cc", "Cf", "Co", "Cs", "Cn"]),
        _ => {}
    }
    let parsed = regex_syntax::parse(&format!(r"\p{{{name}}}"));
    let set = match parsed.as_ref().map(regex_syntax::hir::Hir::kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => {
            Set::of(class.ranges().iter().map(|range| (range.start() as u32, range.end() as u32)))
        }
        // Of one character only.
        Ok(HirKind::Literal(literal)) => {
            Set::chars(String::from_utf8_lossy(&literal.0).chars().map(|c| c as u32))
        }
        _ => Set::default(),
    };
    match name {
        "Cn" => set.and(&Set::of([SURROGATES]).negate()),
        _ => set,
    }
}
