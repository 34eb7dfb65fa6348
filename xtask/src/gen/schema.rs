//! The schema texts.
//!
//! ```text
//! api 3 Metadata 0-13 flexible 9+
//!
//! request
//!   topics []MetadataRequestTopic 0+ nullable 1+
//!     name string 0+ nullable 10+
//!
//! response
//!   cluster_id string 2+ nullable 2+ default null ignorable
//!
//! struct Shared
//!   id int32 0+
//! ```
//! A field is `name type versions`, then any of `nullable VERSIONS`, `tag NUMBER`, `default VALUE`, `ignorable`.
//! Two more spaces of indentation are the fields of a structure; a structure used twice is a `struct` block.

use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, String>;

/// An inclusive range of versions; an open end is `i16::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Versions {
    pub(super) first: i16,
    pub(super) last: i16,
}

/// One API key.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) key: i16,
    pub(super) name: String,
    /// The name of its module: the name in snake case.
    pub(super) module: String,
    pub(super) versions: Versions,
    pub(super) flexible: Option<i16>,
    /// In the order of the code: each structure before those inside it.
    pub(super) structs: Vec<Struct>,
}

/// The request, the response, or a structure within them.
#[derive(Debug)]
pub(super) struct Struct {
    pub(super) name: String,
    /// A request or response.
    pub(super) top: bool,
    pub(super) fields: Vec<Field>,
}

/// A field of a structure.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) array: bool,
    pub(super) versions: Versions,
    pub(super) nullable: Option<Versions>,
    pub(super) tag: Option<u32>,
    pub(super) default: Option<String>,
    pub(super) ignorable: bool,
}

/// The type of a field, or of the elements of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Int64,
    Float64,
    Uuid,
    /// An int16 that is the number of an error.
    Error,
    String,
    Bytes,
    Struct(String),
}

impl Versions {
    pub(super) fn contains(self, version: i16) -> bool {
        (self.first..=self.last).contains(&version)
    }

    fn parse(text: &str) -> Result<Self> {
        let number = |text: &str| text.parse::<i16>().map_err(|_| format!("`{text}` is not a version"));
        if let Some(first) = text.strip_suffix('+') {
            return Ok(Self { first: number(first)?, last: i16::MAX });
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Ok(Self { first: number(first)?, last: number(last)? })
    }
}

impl std::fmt::Display for Versions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self { first, last: i16::MAX } => write!(f, "versions {first}+"),
            Self { first, last } if first == last => write!(f, "version {first}"),
            Self { first, last } => write!(f, "versions {first}-{last}"),
        }
    }
}

impl Api {
    pub(super) fn find(&self, name: &str) -> Option<&Struct> {
        self.structs.iter().find(|item| item.name == name)
    }
}

struct Line<'a> {
    number: usize,
    depth: usize,
    words: Vec<&'a str>,
}

/// Parses the text of one API key.
pub(super) fn parse(text: &str) -> Result<Api> {
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        if !line.trim().is_empty() {
            lines.push(Line {
                number: index + 1,
                depth: indent / 2,
                words: line.split_whitespace().collect(),
            });
        }
    }
    let (head, mut rest) = lines.split_first().ok_or("empty text")?;
    let mut api = parse_head(&head.words)?;
    while let Some((head, body)) = rest.split_first() {
        let (name, top) = match head.words.as_slice() {
            ["request"] => (format!("{}Request", api.name), true),
            ["response"] => (format!("{}Response", api.name), true),
            ["struct", name] => ((*name).to_owned(), false),
            _ => return Err(format!("line {}: expected request, response or struct", head.number)),
        };
        let size = body.iter().take_while(|line| line.depth > 0).count();
        parse_struct(name, top, &body[..size], 1, &mut api.structs)?;
        rest = &body[size..];
    }
    for field in api.structs.iter().flat_map(|item| &item.fields) {
        if let Kind::Struct(name) = &field.kind {
            api.find(name).ok_or_else(|| format!("structure {name} has no fields"))?;
        }
    }
    Ok(api)
}

fn parse_head(words: &[&str]) -> Result<Api> {
    let (key, name, versions, flexible) = match words {
        ["api", key, name, versions] => (key, name, versions, None),
        ["api", key, name, versions, "flexible", flexible] => (key, name, versions, Some(flexible)),
        _ => return Err("expected `api KEY NAME VERSIONS [flexible VERSIONS]`".to_owned()),
    };
    Ok(Api {
        key: key.parse().map_err(|_| format!("`{key}` is not an api key"))?,
        name: (*name).to_owned(),
        module: snake_case(name),
        versions: Versions::parse(versions)?,
        flexible: flexible.map(|text| Versions::parse(text)).transpose()?.map(|versions| versions.first),
        structs: Vec::new(),
    })
}

fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn parse_struct(
    name: String,
    top: bool,
    lines: &[Line<'_>],
    depth: usize,
    out: &mut Vec<Struct>,
) -> Result<()> {
    let slot = out.len();
    out.push(Struct { name, top, fields: Vec::new() });
    let mut fields = Vec::new();
    let mut rest = lines;
    while let Some((line, body)) = rest.split_first() {
        let fail = |error: String| format!("line {}: {error}", line.number);
        if line.depth != depth {
            return Err(fail("wrong indentation".to_owned()));
        }
        let field = parse_field(&line.words).map_err(fail)?;
        let size = body.iter().take_while(|line| line.depth > depth).count();
        match &field.kind {
            Kind::Struct(name) if size > 0 => {
                parse_struct(name.clone(), false, &body[..size], depth + 1, out)?
            }
            _ if size > 0 => return Err(fail("only a structure has fields".to_owned())),
            _ => {}
        }
        fields.push(field);
        rest = &body[size..];
    }
    out[slot].fields = fields;
    Ok(())
}

fn parse_field(words: &[&str]) -> Result<Field> {
    let [name, kind, versions, options @ ..] = words else {
        return Err("expected `name type versions`".to_owned());
    };
    let (kind, array) = match kind.strip_prefix("[]") {
        Some(kind) => (kind, true),
        None => (*kind, false),
    };
    let mut field = Field {
        name: (*name).to_owned(),
        kind: parse_kind(kind)?,
        array,
        versions: Versions::parse(versions)?,
        nullable: None,
        tag: None,
        default: None,
        ignorable: false,
    };
    let mut options = options;
    while let Some((option, rest)) = options.split_first() {
        options = match (*option, rest) {
            ("ignorable", rest) => {
                field.ignorable = true;
                rest
            }
            ("nullable", [versions, rest @ ..]) => {
                field.nullable = Some(Versions::parse(versions)?);
                rest
            }
            ("tag", [tag, rest @ ..]) => {
                field.tag = Some(tag.parse().map_err(|_| format!("`{tag}` is not a tag"))?);
                rest
            }
            ("default", [value, rest @ ..]) => {
                field.default = Some((*value).to_owned());
                rest
            }
            _ => return Err(format!("unknown option `{option}`")),
        };
    }
    Ok(field)
}

fn parse_kind(text: &str) -> Result<Kind> {
    Ok(match text {
        "bool" => Kind::Bool,
        "int8" => Kind::Int8,
        "int16" => Kind::Int16,
        "uint16" => Kind::Uint16,
        "int32" => Kind::Int32,
        "uint32" => Kind::Uint32,
        "int64" => Kind::Int64,
        "float64" => Kind::Float64,
        "uuid" => Kind::Uuid,
        "error" => Kind::Error,
        "string" => Kind::String,
        "bytes" | "records" => Kind::Bytes,
        name if name.starts_with(|c: char| c.is_ascii_uppercase()) => Kind::Struct(name.to_owned()),
        other => return Err(format!("unknown type `{other}`")),
    })
}

/// Structure names are unique across all APIs, so that the code can export them side by side.
pub(super) fn check_names(apis: &[Api]) -> Result<()> {
    let mut seen = BTreeMap::new();
    for api in apis {
        for item in &api.structs {
            if let Some(other) = seen.insert(&item.name, &api.name) {
                return Err(format!("structure {} is in both {other} and {}", item.name, api.name));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_structures() {
        let text = "api 7 PingPong 1-3 flexible 2+\n\nrequest\n  items []Item 1+ nullable 2+ default null\n    id int32 1-2\nresponse\n  name string 3+ tag 4 ignorable\n";
        let api = parse(text).unwrap();
        assert_eq!((api.key, api.module.as_str(), api.flexible), (7, "ping_pong", Some(2)));
        let names: Vec<_> = api.structs.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(names, ["PingPongRequest", "Item", "PingPongResponse"]);
        let items = &api.structs[0].fields[0];
        assert_eq!(items.nullable, Some(Versions { first: 2, last: i16::MAX }));
        assert_eq!((items.array, items.default.as_deref()), (true, Some("null")));
        assert_eq!(api.structs[2].fields[0].tag, Some(4));
    }

    #[test]
    fn mistakes_name_their_line() {
        for (text, error) in [
            ("api 7 X 0-0\nrequest\n  a int33 0+\n", "line 3: unknown type `int33`"),
            ("api 7 X 0-0\nrequest\n  a int32 0+ maybe\n", "line 3: unknown option `maybe`"),
            ("api 7 X 0-0\nrequest\n  a int32 0+\n    b int32 0+\n", "line 3: only a structure has fields"),
            ("api 7 X 0-0\nrequest\n  a Item 0+\n", "structure Item has no fields"),
        ] {
            assert_eq!(parse(text).unwrap_err(), error);
        }
    }
}
