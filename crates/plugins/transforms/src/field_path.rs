//! Paths to fields (KIP-821): a name in syntax V1; in V2 names with dots between, where backticks quote a name that has
//! dots itself.

use std::sync::Arc;

use kconnect_api::{ConfigError, Exception, Field, MapValue, Schema, Struct, Value, classes};

use crate::class::{class_of_map, class_of_struct};

const PURPOSE: &str = "nested field access";

/// A path to one field.
#[derive(Debug)]
pub(crate) struct FieldPath {
    steps: Vec<String>,
}

impl FieldPath {
    /// The path of a single name.
    pub(crate) fn of_name(name: &str) -> Self {
        Self { steps: vec![name.to_owned()] }
    }

    /// A path in syntax V2; an error for a backtick that is not closed.
    pub(crate) fn parse(key: &str, path: &str) -> Result<Self, ConfigError> {
        let mut steps = Vec::new();
        let mut at = 0;
        while at < path.len() {
            let (step, next) = match path[at..].strip_prefix('`') {
                Some(_) => quoted(key, path, at)?,
                None => match path[at..].find('.') {
                    Some(dot) => (path[at..at + dot].to_owned(), at + dot + 1),
                    None => (path[at..].to_owned(), path.len()),
                },
            };
            steps.push(step);
            at = next;
        }
        if path.ends_with('.') {
            steps.push(String::new());
        }
        Ok(Self { steps })
    }

    /// The steps before the last, and the last. Upstream does not refuse an empty path before it is used.
    fn split(&self) -> Result<(&[String], &str), Exception> {
        match self.steps.split_last() {
            Some((last, before)) => Ok((before, last)),
            None => Err(Exception::new(classes::ILLEGAL_ARGUMENT, "fromIndex(0) > toIndex(-1)")),
        }
    }

    /// The field that the path leads to, `None` when there is none.
    pub(crate) fn field<'s>(&self, schema: &'s Schema) -> Result<Option<&'s Field>, Exception> {
        let (before, last) = self.split()?;
        let mut current = schema;
        for step in before {
            match current.try_field(step)? {
                Some(field) => current = field.schema(),
                None => return Ok(None),
            }
        }
        current.try_field(last)
    }

    /// The value in a struct. On the way defaults stand in for null in any case, at its end only if `replace_null`.
    pub(crate) fn in_struct(&self, value: &Arc<Struct>, replace_null: bool) -> Result<Value, Exception> {
        let (before, last) = self.split()?;
        let mut current = value;
        for step in before {
            let Some(field) = current.schema().field(step) else {
                return Ok(Value::Null);
            };
            match current.get_at(field.index()) {
                Value::Null => return Ok(Value::Null),
                Value::Struct(inner) => current = inner,
                other => return Err(class_of_struct(other, PURPOSE)),
            }
        }
        Ok(match current.schema().field(last) {
            None => Value::Null,
            Some(field) if replace_null => current.get_at(field.index()).clone(),
            Some(field) => current.values()[field.index()].clone(),
        })
    }

    /// The value in a map, null when there is none.
    pub(crate) fn in_map(&self, map: &MapValue) -> Result<Value, Exception> {
        let (before, last) = self.split()?;
        let mut current = map;
        for step in before {
            match current.get_str(step) {
                None | Some(Value::Null) => return Ok(Value::Null),
                Some(Value::Map(inner)) => current = inner,
                Some(other) => return Err(class_of_map(other, PURPOSE)),
            }
        }
        Ok(current.get_str(last).cloned().unwrap_or_default())
    }
}

/// The name in backticks that starts at `open`, and where the next step starts. Only a backtick before a dot or the end
/// closes; after a backslash it belongs to the name.
fn quoted(key: &str, path: &str, open: usize) -> Result<(String, usize), ConfigError> {
    let incomplete = || {
        let position = path[..open].encode_utf16().count();
        let message = format!(
            "Incomplete backtick pair in path: [{path}], consider adding a backslash before backtick at position \
             {position} to escape it"
        );
        ConfigError::text(key, message)
    };
    let bytes = path.as_bytes();
    let mut name = String::new();
    let (mut start, mut at) = (open + 1, open + 1);
    loop {
        at += path[at..].find('`').ok_or_else(incomplete)?;
        let escaped = bytes[at - 1] == b'\\';
        match bytes.get(at + 1) {
            None if escaped => return Err(incomplete()),
            None => {
                name.push_str(&path[start..at]);
                return Ok((name, path.len()));
            }
            Some(b'.') if escaped => {
                name.push_str(&path[start..at - 1]);
                name.push('`');
                at += 1;
                start = at;
            }
            Some(b'.') => {
                name.push_str(&path[start..at]);
                return Ok((name, at + 2));
            }
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_as_upstream_cuts_them() {
        for (path, expected) in [
            ("a", &["a"][..]),
            ("a.b", &["a", "b"]),
            ("a..b", &["a", "", "b"]),
            ("a.", &["a", ""]),
            (".a", &["", "a"]),
            (".", &["", ""]),
            ("`a`", &["a"]),
            ("`a.b`", &["a.b"]),
            ("`a.b`.c", &["a.b", "c"]),
            ("`a`b`", &["a`b"]),
            ("`a\\`.b`", &["a`.b"]),
            ("a`.b", &["a`", "b"]),
            ("``", &[""]),
            ("``.a", &["", "a"]),
            ("`a`.", &["a", ""]),
            ("`a\\``", &["a\\`"]),
            ("\\`a", &["\\`a"]),
            ("`a`.`b`.c", &["a", "b", "c"]),
            ("`a`b.c`.d", &["a`b.c", "d"]),
            ("é.`ü.é`", &["é", "ü.é"]),
            ("", &[]),
        ] {
            assert_eq!(FieldPath::parse("field", path).unwrap().steps, expected, "{path}");
        }
        for (path, position) in [("a.`b", 2), ("`", 0), ("`a\\`", 0), ("é.`b", 2)] {
            let expected = format!(
                "Incomplete backtick pair in path: [{path}], consider adding a backslash before backtick at position \
                 {position} to escape it"
            );
            assert_eq!(FieldPath::parse("field", path).unwrap_err().message, expected);
        }
    }
}
