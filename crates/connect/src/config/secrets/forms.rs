//! The ways in which a secret may stand in a text.
//!
//! * As it is, trimmed, its items after a split at commas joined as Java shows a list, and as the number that it is.
//! * In parts: each longer line, and each longer piece between commas, colons, semicolons, equals signs, blanks, quotes
//!   and brackets. A piece that names something (`name=…`), the class and the words of a JAAS configuration are no part.
//! * Each of these as JSON, Rust's `Debug`, Java's escapes of properties and URLs write it, in Base64, and in the capital
//!   and small letters of other scripts. Those of ASCII do not matter where forms are looked for.
//!
//! What is not known: pieces shorter than [`SHORTEST_PART`], a piece of a piece unless it is the beginning of a long one,
//! digests, encryption.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use kconnect_api::{base64, java_f64};

/// Shortest part of a value that is hidden on its own.
pub(super) const SHORTEST_PART: usize = 8;
/// Most pieces of a value; a text of more is taken by its lines.
const PIECES_MAX: usize = 256;
/// Most lines of a value.
const LINES_MAX: usize = 1_024;

/// Adds all forms of `value`.
pub(super) fn add(value: &str, forms: &mut BTreeSet<String>) {
    let whole = value.trim();
    for text in [value, whole] {
        add_written(text, forms);
        add_base64(text, forms);
    }
    if whole.contains(',') {
        let items: Vec<&str> = whole.split(',').map(str::trim).collect();
        add_written(&items.join(", "), forms);
    }
    add_numbers(whole, forms);
    for part in value.lines().take(LINES_MAX).map(str::trim).chain(pieces(whole)) {
        if part.len() >= SHORTEST_PART {
            add_written(part, forms);
        }
    }
}

/// Words of a JAAS configuration between the class and the options.
const FLAGS: [&str; 4] = ["required", "requisite", "sufficient", "optional"];

/// The pieces of a value that may stand alone.
fn pieces(whole: &str) -> Vec<&str> {
    let is_end = |c: char| {
        c.is_whitespace()
            || matches!(c, ',' | ':' | ';' | '=' | '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}')
    };
    let mut found = Vec::new();
    let mut rest = whole;
    while let Some(start) = rest.find(|c| !is_end(c)) {
        let from = &rest[start..];
        let length = from.find(is_end).unwrap_or(from.len());
        let (piece, behind) = from.split_at(length);
        if !FLAGS.contains(&piece) && !is_name(behind) {
            found.push(piece);
        } else if FLAGS.contains(&piece) && found.len() == 1 {
            // What stands before the first of these words is the class of a login module.
            found.clear();
        }
        if found.len() > PIECES_MAX {
            return Vec::new();
        }
        rest = behind;
    }
    found
}

/// Whether what comes before `behind` is the name in `name=value`. Equals signs at the end are padding.
fn is_name(behind: &str) -> bool {
    let Some(value) = behind.strip_prefix('=') else { return false };
    value
        .chars()
        .next()
        .is_some_and(|next| next != '=' && !next.is_whitespace() && !matches!(next, ',' | ':' | ';'))
}

/// A text in the ways of writing it.
fn add_written(text: &str, forms: &mut BTreeSet<String>) {
    add_escaped(text, forms);
    if !text.is_ascii() {
        add_escaped(&text.to_uppercase(), forms);
        add_escaped(&text.to_lowercase(), forms);
    }
}

fn add_escaped(text: &str, forms: &mut BTreeSet<String>) {
    if text.is_empty() {
        return;
    }
    let once = json(text);
    forms.extend([json(&once), once, text.to_owned(), text.escape_debug().collect(), java_escaped(text)]);
    let query = url(text, "");
    forms.extend([query.replace("%20", "+"), query, url(text, "/:@?&=+$,;!*'()")]);
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(&quoted).to_owned()
}

/// With percent signs for all but letters, digits, the marks that never need one, and those in `also`.
fn url(text: &str, also: &str) -> String {
    let mut url = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain =
            byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || also.as_bytes().contains(&byte);
        match plain {
            true => url.push(byte.into()),
            false => _ = write!(url, "%{byte:02X}"),
        }
    }
    url
}

/// With an escape for each unit beyond ASCII.
fn java_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_ascii() {
            true => escaped.push(c),
            false => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| _ = write!(escaped, "\\u{unit:04x}")),
        }
    }
    escaped
}

/// Base64 in both alphabets, without padding.
fn add_base64(text: &str, forms: &mut BTreeSet<String>) {
    let mut encoded = Vec::new();
    base64::encode(text.as_bytes(), &mut encoded);
    let encoded = String::from_utf8_lossy(&encoded);
    let plain = encoded.trim_end_matches('=');
    forms.extend([plain.to_owned(), plain.replace('+', "-").replace('/', "_")]);
}

/// A number as it is written after it was read.
fn add_numbers(whole: &str, forms: &mut BTreeSet<String>) {
    let is_number = whole.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if !is_number {
        return;
    }
    let mut add = |text: String| {
        if text.len() >= super::SHORTEST {
            forms.insert(text);
        }
    };
    if let Ok(number) = whole.parse::<i64>() {
        add(number.to_string());
    }
    if let Ok(number) = whole.parse::<f64>() {
        add(java_f64(number));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Redactor;

    #[track_caller]
    fn check(value: &str, rows: &[(&str, &str)]) {
        let redactor = Redactor::new([value]);
        for (text, expect) in rows {
            assert_eq!(redactor.text(text), *expect, "{value}: {text}");
        }
    }

    #[test]
    fn a_value_is_hidden_in_any_case() {
        check(
            "dir-canary-CCC",
            &[(
                "No enum constant Type.DIR-CANARY-CCC for spec: dir-canary-CCC",
                "No enum constant Type.[hidden] for spec: [hidden]",
            )],
        );
        check(
            "stra\u{df}e-\u{fc}ber",
            &[("STRASSE-\u{dc}BER", "[hidden]"), ("Stra\u{df}e-\u{fc}ber", "[hidden]")],
        );
        check(
            "CAF\u{c9}-1",
            &[("caf\u{e9}-1 CAF\\u00C9-1 caf%C3%A9-1 CAF%c3%89-1", "[hidden] [hidden] [hidden] [hidden]")],
        );
    }

    #[test]
    fn what_a_list_or_mapping_is_cut_into_is_hidden_piece_by_piece() {
        check(
            "first-secret, second-secret ,abc",
            &[
                ("Invalid rename mapping: second-secret", "Invalid rename mapping: [hidden]"),
                ("[first-secret, second-secret, abc]", "[[hidden]]"),
                ("abc", "abc"),
            ],
        );
        check("field:secretvalue", &[("no type SECRETVALUE", "no type [hidden]"), ("field", "field")]);
        check("someuser:password-of-it", &[("for someuser by password-of-it", "for [hidden] by [hidden]")]);
        check(
            "jdbc:db://the-host:5432/x",
            &[("cannot reach //the-host at 5432/x", "cannot reach [hidden] at 5432/x")],
        );
    }

    #[test]
    fn words_of_a_jaas_configuration_stay_readable_and_its_values_do_not() {
        check(
            "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"somebody\" password=\"a-password\";",
            &[
                (
                    "required option username of PlainLoginModule",
                    "required option username of PlainLoginModule",
                ),
                (
                    "org.apache.kafka.common.security.plain.PlainLoginModule",
                    "org.apache.kafka.common.security.plain.PlainLoginModule",
                ),
                ("somebody said a-password", "[hidden] said [hidden]"),
            ],
        );
        check("c2VjcmV0LXRva2Vu==", &[("c2VjcmV0LXRva2Vu", "[hidden]")]);
    }

    #[test]
    fn a_number_is_hidden_as_it_is_written_once_it_was_read() {
        check("00712345678", &[("not 712345678 but 7.12345678E8", "not [hidden] but [hidden]")]);
        check("0001", &[("1 and 0001", "1 and [hidden]")]);
    }

    #[test]
    fn a_value_is_hidden_where_it_is_encoded() {
        check(
            "a secret/?",
            &[
                ("a%20secret%2F%3F a%20secret/? a+secret%2f%3f", "[hidden] [hidden] [hidden]"),
                ("Basic YSBzZWNyZXQvPw==", "Basic [hidden]=="),
            ],
        );
        check("say \"it\"", &[("say \\\"it\\\" say \\\\\\\"it\\\\\\\"", "[hidden] [hidden]")]);
    }
}
