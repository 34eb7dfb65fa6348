//! Names on both sides: what the converter's schemas and parameters are called, and how names are made fit.

/// Parameters and schema names of this converter begin with it.
macro_rules! connect {
    ($name:literal) => {
        concat!("io.confluent.connect.protobuf", $name)
    };
}

/// Parameter: the name of the enum that a STRING or INT32 stands for; with `.SYMBOL` behind it, a symbol's number.
pub(super) const ENUM: &str = connect!(".Enum");
/// Schema name of a struct that stands for a oneof.
pub(super) const UNION: &str = connect!(".Union");
/// Parameter: the field's number.
pub(super) const TAG: &str = connect!(".Tag");
/// Parameter: the scalar type, where Connect's type alone does not say it.
pub(super) const TYPE: &str = connect!(".Type");
/// Parameter of a oneof's member: it is a wrapper message, not a scalar.
pub(super) const WRAPPER: &str = connect!(".Wrapper");
/// Enums and unions in the form that all formats share.
pub(super) const GENERAL_ENUM: &str = "org.apache.kafka.connect.data.Enum";
pub(super) const GENERAL_UNION: &str = "org.apache.kafka.connect.data.Union";
/// Parameter of a Decimal: its precision.
pub(super) const PRECISION: &str = "connect.decimal.precision";
/// Names of schemas that have none.
pub(super) const DEFAULT: &str = "ConnectDefault";
/// What names of messages of map entries end with.
pub(super) const ENTRY: &str = "Entry";

/// The package and the simple name of a full name; each part is scrubbed if wanted.
pub(super) fn split(full_name: &str, scrubbed: bool) -> (Option<String>, String) {
    let fit = |part: &str| if scrubbed { scrub(part) } else { part.to_owned() };
    match full_name.rsplit_once('.') {
        None => (None, fit(full_name)),
        Some((package, name)) => {
            let package: Vec<String> = package.split('.').map(fit).collect();
            (Some(package.join(".")), fit(name))
        }
    }
}

/// A valid identifier made of `name`: form-encoded, what is then not a letter, digit or underscore replaced by an
/// underscore, and `x` before a digit or underscore at the start.
pub(super) fn scrub(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts_badly = |name: &str| name.starts_with(|c: char| c.is_ascii_digit() || c == '_');
    if name.is_empty() || name.chars().all(plain) && !starts_badly(name) {
        return name.to_owned();
    }
    let mut scrubbed = String::with_capacity(name.len() + 4);
    for byte in name.bytes() {
        match byte {
            // What form-encoding keeps, its plus sign for a space included, is one character each.
            b'-' | b'*' | b'.' | b' ' => scrubbed.push('_'),
            byte if plain(char::from(byte)) => scrubbed.push(char::from(byte)),
            byte => scrubbed.push_str(&format!("_{byte:02X}")),
        }
    }
    if starts_badly(&scrubbed) {
        scrubbed.insert(0, 'x');
    }
    scrubbed
}

/// The name of the message for the entries of a map called `name`.
pub(super) fn to_entry(name: &str) -> String {
    if !name.contains('_') {
        return format!("{name}{ENTRY}");
    }
    let mut camel = String::with_capacity(name.len() + ENTRY.len());
    for word in name.split('_') {
        let mut chars = word.chars();
        camel.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        camel.extend(chars.map(|c| c.to_ascii_lowercase()));
    }
    camel + ENTRY
}

/// The name of the map whose entries are messages called `full_name`.
pub(super) fn to_map(full_name: &str) -> String {
    let (package, name) = match full_name.rsplit_once('.') {
        Some((package, name)) => (Some(package), name),
        None => (None, full_name),
    };
    let Some(name) = name.strip_suffix(ENTRY) else {
        return full_name.to_owned();
    };
    let mut words = String::with_capacity(name.len() + 2);
    for (at, c) in name.char_indices() {
        if at > 0 && c.is_ascii_uppercase() {
            words.push('_');
        }
        words.push(c.to_ascii_lowercase());
    }
    match package {
        Some(package) => format!("{package}.{words}"),
        None => words,
    }
}

/// Whether protobuf takes `name` as an identifier.
pub(super) fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrubbed_names_are_upstreams() {
        for (name, expected) in [
            ("", ""),
            ("abc_DEF_123", "abc_DEF_123"),
            ("abc+-.*_", "abc_2B____"),
            ("abc-def", "abc_def"),
            ("abc+def", "abc_2Bdef"),
            ("abc  def", "abc__def"),
            ("abc.def", "abc_def"),
            ("0abc.def", "x0abc_def"),
            ("_abc.def", "x_abc_def"),
            ("0abc", "x0abc"),
            ("_abc", "x_abc"),
            ("\u{e9}t\u{e9}", "x_C3_A9t_C3_A9"),
        ] {
            assert_eq!(scrub(name), expected, "{name}");
        }
        assert_eq!(
            split("org.acme-corp.invalid record-name", true),
            (Some("org.acme_corp".to_owned()), "invalid_record_name".to_owned())
        );
    }

    #[test]
    fn entries_and_maps_are_named_after_each_other() {
        for (map, entry) in [("labels", "labelsEntry"), ("my_labels", "MyLabelsEntry"), ("A", "AEntry")] {
            assert_eq!(to_entry(map), entry);
        }
        for (entry, map) in [
            ("LabelsEntry", "labels"),
            ("MyLabelsEntry", "my_labels"),
            ("p.M.MyLabelsEntry", "p.M.my_labels"),
            ("ConnectDefault2Entry", "connect_default2"),
            ("Other", "Other"),
        ] {
            assert_eq!(to_map(entry), map);
        }
    }
}
