//! Reports for people: the record before the first transform, what each transform changed, what comes out.
//!
//! ```text
//! record 0
//!   in       topic      t-0
//!            value      {"a":300}  map
//!   c        value      {"a":{"$type":"int8","value":44}}  map        Cast$Value
//!   out      value      8 bytes  {"a":44}
//! ```

use kconnect_api::{Schema, Type, Value};

use super::Direction;
use super::report::{Done, Outcome, Passage, Passed, Report, innermost};
use super::write;
use crate::worker::failure::{Failure, Stage};

/// Longest text shown of one value.
const SHOWN_MAX: usize = 400;
const LABEL: usize = 12;
const NAME: usize = 10;

/// Label and text of each part of a record.
type Lines = Vec<(String, String)>;

impl Report {
    /// Appends the report as indented lines, of each transform only what it changed.
    pub fn write_pretty(&self, direction: Direction, out: &mut String) {
        out.push_str(&format!("record {}\n", self.index));
        let mut shown = self.before.as_ref().map(parts).unwrap_or_default();
        block(out, "in", &shown);
        for step in self.steps.iter().flat_map(|steps| steps.kept()) {
            self::step(out, step, &mut shown);
        }
        match &self.outcome {
            Outcome::Record(done) => {
                let after = parts(&done.record);
                let changed: Lines = after.into_iter().filter(|line| !shown.contains(line)).collect();
                block(out, "out", &changed);
                block(out, if changed.is_empty() { "out" } else { "" }, &bytes(done));
                for failure in &done.errors {
                    block(out, "not written", &why(failure, Direction::Source));
                }
            }
            Outcome::Filtered => {
                block(out, "out", &vec![("nothing".into(), "a transform dropped the record".into())])
            }
            Outcome::Failed(failure) => block(out, "failed", &why(failure, direction)),
            Outcome::Input(message) => {
                block(out, "failed", &vec![("the line".into(), format!("is no record: {message}"))]);
            }
        }
    }
}

fn block(out: &mut String, label: &str, lines: &Lines) {
    for (at, (name, text)) in lines.iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        out.push_str(format!("  {label:<LABEL$} {name:<NAME$} {text}").trim_end());
        out.push('\n');
    }
}

fn step(out: &mut String, step: &Passed, shown: &mut Lines) {
    let class = step.class.rsplit('.').next().unwrap_or_default();
    let note = |text: &str| vec![(class.to_owned(), text.to_owned())];
    match &step.what {
        Passage::Applied(record) => {
            let after = parts(record);
            let changed = difference(shown, &after);
            if changed.is_empty() {
                block(out, &step.alias, &note("changes nothing"));
            } else {
                block(out, &step.alias, &note("changes"));
                block(out, "", &changed);
            }
            *shown = after;
        }
        Passage::Skipped(_) => block(out, &step.alias, &note("is skipped: its predicate does not hold")),
        Passage::Filtered => block(out, &step.alias, &note("drops the record")),
        Passage::Failed(_) => block(out, &step.alias, &note("fails")),
    }
}

/// The lines that are new, and those of parts that are gone. Headers may repeat, so that each line counts once.
fn difference(before: &Lines, after: &Lines) -> Lines {
    let mut gone = before.clone();
    let mut changed = Lines::new();
    for line in after {
        match gone.iter().position(|known| known == line) {
            Some(same) => _ = gone.remove(same),
            None => changed.push(line.clone()),
        }
    }
    // A part with another text is no removal.
    for line in &changed {
        if let Some(was) = gone.iter().position(|known| part(known) == part(line)) {
            gone.remove(was);
        }
    }
    changed.extend(gone.into_iter().map(|line| match part(&line) {
        (name, Some(key)) => (name.to_owned(), format!("{key}: removed")),
        (name, None) => (name.to_owned(), "removed".to_owned()),
    }));
    changed
}

/// What a line is about: the name of the part, of a header also its key.
fn part((name, text): &(String, String)) -> (&str, Option<&str>) {
    let key = if name == "header" { text.split_once(": ").map(|(key, _)| key) } else { None };
    (name, key)
}

fn parts(record: &kconnect_api::Record) -> Lines {
    let partition = record.partition.map_or(String::new(), |partition| format!("-{partition}"));
    let mut lines = vec![("topic".to_owned(), format!("{}{partition}", record.topic))];
    if let Some(timestamp) = record.timestamp {
        let instant = Value::Date(timestamp).to_java_string();
        lines.push(("timestamp".to_owned(), format!("{timestamp}  {instant}")));
    }
    lines.push(("key".to_owned(), value(record.key_schema.as_ref(), &record.key)));
    lines.push(("value".to_owned(), value(record.value_schema.as_ref(), &record.value)));
    for header in record.headers.iter() {
        let text = value(header.effective_schema(), &header.value);
        lines.push(("header".to_owned(), format!("{}: {text}", header.key)));
    }
    lines
}

/// A value with its schema in short.
fn value(schema: Option<&Schema>, value: &Value) -> String {
    let mut text = Vec::new();
    write::payload(schema, value, &mut text);
    let text = cut(&String::from_utf8_lossy(&text));
    match schema {
        Some(schema) => format!("{text}  {}", cut(&short(schema))),
        None if value.is_null() => text,
        None => format!("{text}  no schema"),
    }
}

/// A text of bounded length.
fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}… ({} bytes more)", &text[..at], text.len() - at),
    }
}

/// `struct{a: int8, b: string?}`; logical types by their name.
fn short(schema: &Schema) -> String {
    let inner = |schema: Option<&Schema>| schema.map_or("?".to_owned(), short);
    let name = schema.name().map(|name| name.rsplit('.').next().unwrap_or(name));
    let mut text = match schema.kind() {
        _ if schema.logical().is_some() => name.unwrap_or_default().to_owned(),
        Type::Array => format!("array<{}>", inner(schema.value_schema())),
        Type::Map => format!("map<{}, {}>", inner(schema.key_schema()), inner(schema.value_schema())),
        Type::Struct => {
            let fields =
                schema.fields().iter().map(|field| format!("{}: {}", field.name(), short(field.schema())));
            format!("{}{{{}}}", name.unwrap_or("struct"), fields.collect::<Vec<_>>().join(", "))
        }
        kind => kind.name().to_owned(),
    };
    if schema.is_optional() {
        text.push('?');
    }
    text
}

fn bytes(done: &Done) -> Lines {
    let mut lines = Lines::new();
    for (name, bytes) in [("key bytes", &done.key), ("value bytes", &done.value)] {
        if let Some(bytes) = bytes {
            lines.push((name.to_owned(), blob(bytes)));
        }
    }
    for header in done.headers.iter().flatten() {
        let text = header.value.as_deref().map_or("null".to_owned(), blob);
        lines.push(("header".to_owned(), format!("{}: {text}", header.key)));
    }
    if lines.is_empty() {
        lines.push(("null".to_owned(), "key and value are null".to_owned()));
    }
    lines
}

/// Bytes as text where they are one.
fn blob(bytes: &[u8]) -> String {
    let printable = std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control));
    let shown = match printable {
        Some(text) => cut(text),
        None => cut(&bytes.iter().take(SHOWN_MAX).map(|byte| format!("{byte:02x}")).collect::<String>()),
    };
    let unit = if bytes.len() == 1 { "byte" } else { "bytes" };
    format!("{} {unit}  {shown}", bytes.len())
}

/// What went wrong, in words.
fn why(failure: &Failure, direction: Direction) -> Lines {
    let verb = if direction == Direction::Sink { "reading" } else { "writing" };
    let place = match failure.stage {
        Stage::KeyConverter => format!("{verb} the key"),
        Stage::ValueConverter => format!("{verb} the value"),
        Stage::HeaderConverter => format!("{verb} a header"),
        _ => "in a transform".to_owned(),
    };
    let exception = &failure.error.exception;
    let class = |class: &str| class.rsplit('.').next().unwrap_or_default().to_owned();
    let text = |message: Option<&str>| cut(message.unwrap_or("(no message)"));
    let mut lines = vec![
        (place, format!("by {}", failure.class)),
        (String::new(), format!("{}: {}", class(exception.class()), text(exception.message()))),
    ];
    if let Some(cause) = innermost(exception) {
        lines
            .push((String::new(), format!("because of {}: {}", class(cause.class()), text(cause.message()))));
    }
    lines
}
