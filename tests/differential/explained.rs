//! The differences that are meant, each with its reason. Whatever is not listed here fails the comparison; what users can
//! notice is in docs/differences.md as well.

use crate::json::{Difference, Json};

/// A difference with what stands around it.
pub(crate) struct Seen<'a> {
    /// The JVM's whole answer.
    pub(crate) theirs: &'a Json,
    pub(crate) difference: &'a Difference<'a>,
}

/// A reason, and what it applies to.
pub(crate) struct Explanation {
    pub(crate) reason: &'static str,
    applies: fn(&Seen<'_>) -> bool,
}

/// All of them.
pub(crate) const EXPLAINED: &[Explanation] = &[
    Explanation {
        reason: "an object without text of its own prints as class and identity hash, which no two runs share",
        applies: only_identities_differ,
    },
    Explanation {
        reason: "a struct as default value in a JSON schema: upstream cannot build such a schema, here it is a schema like others",
        applies: struct_as_default,
    },
    Explanation {
        reason: "a class that is on the JVM's class path but is no plugin: here only what is compiled in exists",
        applies: class_that_is_no_plugin,
    },
    Explanation {
        reason: "a class that does not exist is named without the blanks around it",
        applies: blanks_around_a_class,
    },
    Explanation {
        reason: "InsertField without a static value: the field by its name instead of an object's class and identity hash",
        applies: insertion_without_a_value,
    },
    Explanation {
        reason: "half a surrogate pair in the text of an error is a question mark",
        applies: halves_in_errors,
    },
    Explanation {
        reason: "half a surrogate pair in the name of a field, which only bytes that are no UTF-8 can spell, is a question mark",
        applies: halves_in_names,
    },
    Explanation {
        reason: "half a surrogate pair in the name of a schema or field is a question mark in the bytes that are written, too",
        applies: halves_in_schemas,
    },
    Explanation {
        reason: "a byte 0xFF before a name of up to three bytes: upstream takes it for that name if it has read that before",
        applies: name_of_a_cache,
    },
    Explanation {
        reason: "before JDK 21 the text of a number that cannot be read is told without its blanks",
        applies: blanks_of_older_jdks,
    },
];

/// Why the two sides may differ here.
pub(crate) fn why(seen: &Seen<'_>) -> Option<&'static str> {
    EXPLAINED.iter().find(|explanation| (explanation.applies)(seen)).map(|explanation| explanation.reason)
}

fn texts(seen: &Seen<'_>) -> Option<(String, String)> {
    Some((seen.difference.ours?.text()?, seen.difference.theirs?.text()?))
}

const UNBUILT: &str = "org.apache.kafka.connect.data.SchemaBuilder@";

fn only_identities_differ(seen: &Seen<'_>) -> bool {
    let Some((ours, theirs)) = texts(seen) else { return false };
    let (in_ours, in_theirs) = match theirs.contains(UNBUILT) {
        // Of a header's text with null elements; ours has a schema like others.
        true => (ours.replace("Schema{MAP}", UNBUILT).replace("Schema{ARRAY}", UNBUILT), theirs.clone()),
        // Halves of surrogate pairs in the same text.
        false => (ours.replace('\u{FFFD}', "?"), theirs.replace('\u{FFFD}', "?")),
    };
    if without_identities(&in_ours) == without_identities(&in_theirs) {
        return true;
    }
    // Zero bytes: the same text in a wider encoding.
    let decoded = |text: &str| {
        let bytes = kconnect_api::base64::decode(text).ok()?;
        let bytes: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 0).collect();
        Some(String::from_utf8_lossy(&bytes).into_owned())
    };
    match (decoded(&ours), decoded(&theirs)) {
        (Some(ours), Some(theirs)) => without_identities(&ours) == without_identities(&theirs),
        _ => false,
    }
}

/// `text` without the hexadecimal digits after an `@` (`[B@1b2c6ec2`).
fn without_identities(text: &str) -> String {
    let mut parts = text.split('@');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push('@');
        let hash = part.bytes().take(8).take_while(u8::is_ascii_hexdigit).count();
        out.push_str(&part[hash..]);
    }
    out
}

fn struct_as_default(seen: &Seen<'_>) -> bool {
    let record: Vec<&str> = seen.difference.path.split('/').take(3).collect();
    let error = seen.theirs.at(&record.join("/")).and_then(|record| record.get("error"));
    let part = |name: &str| error.and_then(|error| error.get(name)).and_then(Json::text).unwrap_or_default();
    part("message") == "Invalid default value" && part("cause") == "Struct schemas do not match."
}

fn class_that_is_no_plugin(seen: &Seen<'_>) -> bool {
    let Some((ours, theirs)) = texts(seen) else { return false };
    ours.ends_with(" could not be found.")
        && theirs.contains(": Class class ")
        && theirs.contains(" does not implement the ")
        && ours.split(':').next() == theirs.split(':').next()
}

fn blanks_around_a_class(seen: &Seen<'_>) -> bool {
    let Some((ours, theirs)) = texts(seen) else { return false };
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    ours.ends_with(" could not be found.") && words(&ours) == words(&theirs)
}

fn insertion_without_a_value(seen: &Seen<'_>) -> bool {
    let Some((ours, theirs)) = texts(seen) else { return false };
    let same = "No value specified for static field: ";
    let before = |text: &str| Some(text.split_once(same)?.0.to_owned());
    before(&ours).is_some()
        && before(&ours) == before(&theirs)
        && theirs.contains("InsertField$InsertionSpec@")
}

const BASE64: &str =
    "Cannot access contents of TextNode as binary due to broken Base64 encoding: Illegal character '?'";

/// The number of a character is told behind it.
fn without_code(text: &str) -> Option<&str> {
    text.strip_prefix(BASE64)?.strip_prefix(" (code 0x")?.split_once(')').map(|(_, rest)| rest)
}

fn halves_in_errors(seen: &Seen<'_>) -> bool {
    let (Some(Json::Text(ours)), Some(Json::Text(theirs))) = (seen.difference.ours, seen.difference.theirs)
    else {
        return false;
    };
    let replaced =
        char::decode_utf16(theirs.iter().copied()).map(|unit| unit.unwrap_or('?')).collect::<String>();
    let in_error = seen.difference.path.contains("/error/") || seen.difference.path.contains("Errors/");
    let ours = String::from_utf16_lossy(ours);
    in_error
        && (replaced == ours
            || replaced.starts_with(BASE64) && without_code(&replaced) == without_code(&ours))
}

fn halves_in_names(seen: &Seen<'_>) -> bool {
    let (Some(ours @ Json::Object(_)), Some(theirs @ Json::Object(_))) =
        (seen.difference.ours, seen.difference.theirs)
    else {
        return false;
    };
    same_but_for_names(ours, theirs, seen.difference.path.contains("/schema"))
}

/// In bytes that JsonConverter wrote: within values, halves are kept.
fn halves_in_schemas(seen: &Seen<'_>) -> bool {
    let Some((ours, theirs)) = texts(seen).filter(|_| seen.difference.path.ends_with("Bytes")) else {
        return false;
    };
    let decoded = |text: &str| {
        let text = String::from_utf8(kconnect_api::base64::decode(text).ok()?).ok()?;
        text.starts_with("{\"schema\":").then(|| Json::parse(&text))
    };
    match (decoded(&ours), decoded(&theirs)) {
        (Some(ours), Some(theirs)) => same_but_for_names(&ours, &theirs, false),
        _ => false,
    }
}

/// Whether `ours` has a question mark for each half of a pair in a name, which in a schema may be any text, and is
/// otherwise the same.
fn same_but_for_names(ours: &Json, theirs: &Json, in_schema: bool) -> bool {
    match (ours, theirs) {
        (Json::Object(ours), Json::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|((name, value), (their_name, their_value))| {
                    *name == their_name.replace('\u{FFFD}', "?")
                        && same_but_for_names(value, their_value, in_schema || name == "schema")
                })
        }
        (Json::Array(ours), Json::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| same_but_for_names(ours, theirs, in_schema))
        }
        (Json::Text(ours), Json::Text(theirs)) if in_schema => {
            let theirs = char::decode_utf16(theirs.iter().copied()).map(|unit| unit.unwrap_or('?'));
            String::from_utf16_lossy(ours) == theirs.collect::<String>()
        }
        (ours, theirs) => ours == theirs,
    }
}

/// Ours refuses the name; theirs came further with the record.
fn name_of_a_cache(seen: &Seen<'_>) -> bool {
    let part = |side: Option<&Json>, path: &str| {
        let error = side?.get("error").or(side)?;
        error.get(path)?.text()
    };
    let refused = |side, with: &str| part(side, "cause").is_some_and(|cause| cause.starts_with(with));
    refused(seen.difference.ours, "Invalid UTF-8 start byte 0xff")
        && seen.difference.theirs.is_some()
        && !refused(seen.difference.theirs, "Invalid UTF-8")
}

fn blanks_of_older_jdks(seen: &Seen<'_>) -> bool {
    let Some((ours, theirs)) = texts(seen) else { return false };
    let inner = |text: &str| Some(text.strip_prefix("For input string: \"")?.strip_suffix('"')?.to_owned());
    match (inner(&ours), inner(&theirs)) {
        (Some(ours), Some(theirs)) => ours.trim_matches(|c: char| c <= ' ') == theirs,
        _ => false,
    }
}
