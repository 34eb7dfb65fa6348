//! Rust code from parsed schema texts.

use std::fmt::Write;

use super::schema::{Api, Field, Kind, Struct, Versions};

const HEAD: &str = "// Generated from the schema texts by `cargo xtask gen`. Do not edit.\n\n";

/// The code of one API key.
pub(super) fn api(api: &Api) -> String {
    let mut body = String::new();
    for item in &api.structs {
        let code = StructCode { api, item };
        body += &code.declaration();
        body += &code.default();
        body += &code.message();
    }
    body += &request_impl(api);
    let mut out = String::from(HEAD);
    let _ =
        writeln!(out, "//! Requests and responses of {} (key {}), {}.\n", api.name, api.key, api.versions);
    if body.contains("Bytes") {
        out += "use bytes::Bytes;\n\n";
    }
    let names =
        ["DecodeError", "EncodeError", "Message", "Reader", "TagSection", "TaggedFields", "Uuid", "Writer"];
    let used: Vec<_> = names.into_iter().filter(|name| body.contains(name)).collect();
    let error_code = if body.contains("ErrorCode") { "ErrorCode, " } else { "" };
    let _ = writeln!(
        out,
        "use crate::codec::{{{}}};\nuse crate::{{ApiKey, {error_code}Request}};\n",
        used.join(", ")
    );
    out + &body
}

/// The code of the module that holds all of them.
pub(super) fn index(apis: &[Api]) -> String {
    let mut out = String::from(HEAD);
    out += "//! Requests and responses, a module for each API key.\n//!\n\
        //! Every structure has the fields of all supported versions; `encode` and `decode` take the version.\n\n";
    for api in apis {
        let _ = writeln!(out, "pub mod {};", api.module);
    }
    for api in apis {
        let _ = writeln!(out, "pub use {}::*;", api.module);
    }
    out += "\n/// Calls a macro with `Name NameRequest NameResponse,` of each API key.\n\
        #[doc(hidden)]\n#[macro_export]\nmacro_rules! for_each_api { ($callback:ident) => { $callback! {\n";
    for api in apis {
        let _ = writeln!(out, "{0} {0}Request {0}Response,", api.name);
    }
    out += "} } }\n";
    out
}

fn request_impl(api: &Api) -> String {
    let flexible = api.flexible.map_or("None".to_owned(), |version| format!("Some({version})"));
    format!(
        "impl Request for {0}Request {{ type Response = {0}Response; const KEY: ApiKey = ApiKey::{0}; \
         const MIN: i16 = {1}; const MAX: i16 = {2}; const FLEXIBLE_FROM: Option<i16> = {flexible}; }}\n",
        api.name, api.versions.first, api.versions.last,
    )
}

/// The condition under which `versions` holds `version`; `None` when it always does.
pub(super) fn condition(api: &Api, versions: Versions) -> Option<String> {
    let low = versions.first > api.versions.first;
    let high = versions.last < api.versions.last;
    let Versions { first, last } = versions;
    match (low, high) {
        (false, false) => None,
        (true, false) => Some(format!("version >= {first}")),
        (false, true) => Some(format!("version <= {last}")),
        (true, true) if first == last => Some(format!("version == {first}")),
        (true, true) => Some(format!("({first}..={last}).contains(&version)")),
    }
}

fn negated(condition: &str) -> String {
    if let Some(first) = condition.strip_prefix("version >= ") {
        format!("version < {first}")
    } else if let Some(last) = condition.strip_prefix("version <= ") {
        format!("version > {last}")
    } else {
        format!("!({condition})")
    }
}

impl Field {
    pub(super) fn rust_type(&self) -> String {
        let mut text = self.kind.rust_type();
        if self.array {
            text = format!("Vec<{text}>");
        }
        if self.nullable.is_some() { format!("Option<{text}>") } else { text }
    }

    /// The value of a field that is not set.
    pub(super) fn default_value(&self) -> String {
        if self.default.as_deref() == Some("null") {
            return "None".to_owned();
        }
        let value = match (&self.kind, self.default.as_deref()) {
            _ if self.array => "Vec::new()".to_owned(),
            (Kind::Bool, value) => value.unwrap_or("false").to_owned(),
            (Kind::Float64, value) => value.unwrap_or("0.0").to_owned(),
            (Kind::String, None) => "String::new()".to_owned(),
            (Kind::String, Some(text)) => format!("{text}.to_owned()"),
            (Kind::Bytes, _) if self.nullable.is_some() => return "None".to_owned(),
            (Kind::Bytes, _) => "Bytes::new()".to_owned(),
            (Kind::Uuid, _) => "Uuid::ZERO".to_owned(),
            (Kind::Error, _) => "ErrorCode::NONE".to_owned(),
            (Kind::Struct(name), _) => format!("{name}::default()"),
            (_, value) => limit(&self.kind, value.unwrap_or("0")),
        };
        if self.nullable.is_some() { format!("Some({value})") } else { value }
    }

    /// True when the default is what `#[derive(Default)]` gives.
    fn derives_default(&self) -> bool {
        let value = self.default_value();
        let natural = [
            "None",
            "false",
            "0.0",
            "0",
            "String::new()",
            "Vec::new()",
            "Bytes::new()",
            "Uuid::ZERO",
            "ErrorCode::NONE",
        ];
        natural.contains(&value.as_str()) || value.ends_with("::default()")
    }

    /// The condition under which `self.<name>` is not at its default.
    fn is_set(&self) -> String {
        let name = &self.name;
        if self.default_value() == "None" {
            return format!("self.{name}.is_some()");
        }
        if self.nullable.is_some() {
            return match &self.kind {
                Kind::String if !self.array => format!("self.{name}.as_deref() != Some(\"\")"),
                _ => format!("self.{name}.as_ref().is_none_or(|value| !value.is_empty())"),
            };
        }
        match (&self.kind, self.default_value().as_str()) {
            _ if self.array => format!("!self.{name}.is_empty()"),
            (Kind::Bytes, _) | (Kind::String, "String::new()") => format!("!self.{name}.is_empty()"),
            (Kind::Bool, "true") => format!("!self.{name}"),
            (Kind::Bool, _) => format!("self.{name}"),
            (Kind::Uuid, _) => format!("!self.{name}.is_zero()"),
            (_, value) => format!("self.{name} != {value}"),
        }
    }
}

/// Names the extreme values of integers.
fn limit(kind: &Kind, value: &str) -> String {
    let extremes = [
        (Kind::Int32, i64::from(i32::MIN), "i32::MIN"),
        (Kind::Int32, i64::from(i32::MAX), "i32::MAX"),
        (Kind::Int64, i64::MIN, "i64::MIN"),
        (Kind::Int64, i64::MAX, "i64::MAX"),
    ];
    let found = extremes.iter().find(|(of, number, _)| of == kind && number.to_string() == value);
    found.map_or(value, |(_, _, name)| name).to_owned()
}

impl Kind {
    pub(super) fn rust_type(&self) -> String {
        match self {
            Self::String => "String".to_owned(),
            Self::Bytes => "Bytes".to_owned(),
            Self::Uuid => "Uuid".to_owned(),
            Self::Error => "ErrorCode".to_owned(),
            Self::Struct(name) => name.clone(),
            other => other.method().to_owned(),
        }
    }

    /// The name of the reader's and writer's method.
    fn method(&self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int8 => "i8",
            Self::Int16 => "i16",
            Self::Uint16 => "u16",
            Self::Int32 => "i32",
            Self::Uint32 => "u32",
            Self::Int64 => "i64",
            Self::Float64 => "f64",
            Self::Uuid => "uuid",
            Self::Error => "error_code",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Struct(_) => "struct",
        }
    }

    /// The least number of bytes on the wire.
    fn min_size(&self, api: &Api, version: i16, flexible: bool) -> usize {
        match self {
            Self::Bool | Self::Int8 => 1,
            Self::Int16 | Self::Uint16 | Self::Error => 2,
            Self::Int32 | Self::Uint32 => 4,
            Self::Int64 | Self::Float64 => 8,
            Self::Uuid => 16,
            Self::String => {
                if flexible {
                    1
                } else {
                    2
                }
            }
            Self::Bytes => {
                if flexible {
                    1
                } else {
                    4
                }
            }
            Self::Struct(name) => api.find(name).map_or(0, |item| struct_min_size(api, item, version)),
        }
    }

    /// The least number of bytes on the wire in any version that has the field.
    fn element_min(&self, api: &Api, versions: Versions) -> usize {
        let all = api.versions.first.max(versions.first)..=api.versions.last.min(versions.last);
        all.map(|version| self.min_size(api, version, is_flexible(api, version))).min().unwrap_or(1).max(1)
    }
}

fn is_flexible(api: &Api, version: i16) -> bool {
    api.flexible.is_some_and(|from| version >= from)
}

fn struct_min_size(api: &Api, item: &Struct, version: i16) -> usize {
    let flexible = is_flexible(api, version);
    let present = item.fields.iter().filter(|field| field.tag.is_none() && field.versions.contains(version));
    let fields: usize = present
        .map(|field| match &field.kind {
            _ if field.array => {
                if flexible {
                    1
                } else {
                    4
                }
            }
            Kind::Struct(_) if field.nullable.is_some() => 1,
            kind => kind.min_size(api, version, flexible),
        })
        .sum();
    fields + usize::from(flexible)
}

/// The code of one structure.
struct StructCode<'a> {
    api: &'a Api,
    item: &'a Struct,
}

impl StructCode<'_> {
    fn has_tags(&self) -> bool {
        self.api.flexible.is_some()
    }

    /// What to pass for `flexible` outside of tagged fields.
    fn flexible(&self) -> &'static str {
        match self.api.flexible {
            None => "false",
            Some(from) if from <= self.api.versions.first => "true",
            Some(_) => "flexible",
        }
    }

    fn declaration(&self) -> String {
        let Struct { name, top, fields } = self.item;
        let mut out = String::new();
        let _ = if *top {
            writeln!(out, "/// `{name}`, {}.", self.api.versions)
        } else {
            writeln!(out, "/// Structure `{name}` of {}.", self.api.name)
        };
        let derived = if fields.iter().all(Field::derives_default) { ", Default" } else { "" };
        let _ = writeln!(out, "#[derive(Debug, Clone, PartialEq{derived})]\npub struct {name} {{");
        for field in fields {
            let tag = field.tag.map_or(String::new(), |tag| format!(", tag {tag}"));
            let null = if field.nullable.is_some() { ", nullable" } else { "" };
            let _ = writeln!(out, "/// Field `{}`, {}{tag}{null}.", field.name, field.versions);
            let _ = writeln!(out, "pub {}: {},", field.name, field.rust_type());
        }
        if self.has_tags() {
            out += "/// Tagged fields that the schema does not know.\npub unknown_tags: TaggedFields,\n";
        }
        out + "}\n\n"
    }

    fn default(&self) -> String {
        let Struct { name, fields, .. } = self.item;
        if fields.iter().all(Field::derives_default) {
            return String::new();
        }
        let mut out = format!("impl Default for {name} {{ fn default() -> Self {{ Self {{\n");
        for field in fields {
            let _ = writeln!(out, "{}: {},", field.name, field.default_value());
        }
        if self.has_tags() {
            out += "unknown_tags: TaggedFields::default(),\n";
        }
        out + "} } }\n\n"
    }

    fn message(&self) -> String {
        let (encode, decode) = (self.encode(), self.decode());
        let argument = |body: &str| if body.contains("version") { "version" } else { "_version" };
        format!(
            "impl Message for {} {{\n\
             fn encode(&self, {}: i16, w: &mut Writer) -> Result<(), EncodeError> {{ {encode} }}\n\n\
             fn decode(r: &mut Reader<'_>, {}: i16) -> Result<Self, DecodeError> {{ {decode} }}\n}}\n\n",
            self.item.name,
            argument(&encode),
            argument(&decode),
        )
    }

    fn flexible_let(&self, body: &str) -> String {
        match self.api.flexible {
            Some(from) if self.flexible() == "flexible" && body.contains("flexible") => {
                format!("let flexible = version >= {from};\n")
            }
            _ => String::new(),
        }
    }

    fn encode(&self) -> String {
        let Struct { name, top, fields } = self.item;
        let mut body = String::new();
        let known = fields.iter().any(|field| field.tag.is_some());
        for field in fields.iter().filter(|field| field.tag.is_none()) {
            body += &self.guarded(field, None, &self.write(field, self.flexible()));
        }
        if known {
            body += "let mut tags = TagSection::default();\n";
        }
        let mut tagged: Vec<_> = fields.iter().filter(|field| field.tag.is_some()).collect();
        tagged.sort_by_key(|field| field.tag);
        for field in tagged {
            let tag = field.tag.unwrap_or_default();
            let write = format!("tags.field(tag_{tag}, |w| {{ {} Ok(()) }})?;", self.write(field, "true"));
            body += &self.guarded(
                field,
                Some(field.is_set()),
                &write.replace(&format!("tag_{tag}"), &tag.to_string()),
            );
        }
        let flexible = self.flexible();
        body += &match (known, self.has_tags()) {
            (true, _) => format!("tags.encode(&self.unknown_tags, {flexible}, version, w)"),
            (false, true) => format!("self.unknown_tags.encode({flexible}, version, w)"),
            (false, false) => "Ok(())".to_owned(),
        };
        let mut out = String::new();
        if *top {
            let api = &self.api.name;
            let request = format!("{api}Request");
            let _ = writeln!(
                out,
                "if !({request}::MIN..={request}::MAX).contains(&version) {{ \
                 return Err(EncodeError::Version {{ message: \"{name}\", version }}); }}"
            );
        }
        out + &self.flexible_let(&body) + &body
    }

    /// `write`, if the version has the field; where it has not, the check that the field is not set (W15).
    fn guarded(&self, field: &Field, also: Option<String>, write: &str) -> String {
        let present = condition(self.api, field.versions);
        let lost = format!("return Err(EncodeError::Unsupported {{ field: \"{}\", version }});", field.name);
        let is_set = field.is_set();
        match (present, also, field.ignorable) {
            (None, None, _) => format!("{write}\n"),
            (None, Some(also), _) => format!("if {also} {{ {write} }}\n"),
            (Some(present), None, true) => format!("if {present} {{ {write} }}\n"),
            (Some(present), Some(also), true) => format!("if {present} && {also} {{ {write} }}\n"),
            (Some(present), None, false) => {
                format!("if {present} {{ {write} }} else if {is_set} {{ {lost} }}\n")
            }
            (Some(present), Some(_), false) => {
                format!("if {is_set} {{ if {} {{ {lost} }} {write} }}\n", negated(&present))
            }
        }
    }

    fn write(&self, field: &Field, flexible: &str) -> String {
        let Field { name, .. } = field;
        let nullable = field.nullable.is_some();
        let mut out = String::new();
        if let Some(allowed) = field.nullable.and_then(|versions| self.null_condition(field, versions)) {
            let _ = writeln!(
                out,
                "if self.{name}.is_none() && {} {{ return Err(EncodeError::Null {{ field: \"{name}\", version }}); }}",
                negated(&allowed)
            );
        }
        out += &match (&field.kind, field.array, nullable) {
            (Kind::Struct(_), true, true) => {
                format!("w.nullable_structs({flexible}, self.{name}.as_deref(), version, \"{name}\")?;")
            }
            (Kind::Struct(_), true, false) => {
                format!("w.structs({flexible}, &self.{name}, version, \"{name}\")?;")
            }
            (Kind::Struct(_), false, true) => format!("w.nullable_struct(self.{name}.as_ref(), version)?;"),
            (Kind::Struct(_), false, false) => format!("self.{name}.encode(version, w)?;"),
            (kind, true, nullable) => {
                let value =
                    if nullable { format!("self.{name}.as_deref()") } else { format!("Some(&self.{name})") };
                let write = match kind {
                    Kind::String => format!("w.string({flexible}, item, \"{name}\")"),
                    kind => format!("{{ w.{}(*item); Ok(()) }}", kind.method()),
                };
                format!("w.nullable_list({flexible}, {value}, \"{name}\", |w, item| {write})?;")
            }
            (Kind::String | Kind::Bytes, false, true) => {
                let method = field.kind.method();
                format!("w.nullable_{method}({flexible}, self.{name}.as_deref(), \"{name}\")?;")
            }
            (Kind::String | Kind::Bytes, false, false) => {
                let method = field.kind.method();
                format!("w.{method}({flexible}, &self.{name}, \"{name}\")?;")
            }
            (kind, false, _) => format!("w.{}(self.{name});", kind.method()),
        };
        out
    }

    /// The condition under which null is allowed, given that the version has the field.
    fn null_condition(&self, field: &Field, nullable: Versions) -> Option<String> {
        let first = if nullable.first <= field.versions.first { i16::MIN } else { nullable.first };
        let last = if nullable.last >= field.versions.last { i16::MAX } else { nullable.last };
        condition(self.api, Versions { first, last })
    }

    fn decode(&self) -> String {
        let Struct { top, fields, .. } = self.item;
        let known = fields.iter().any(|field| field.tag.is_some());
        let mut body = if known { "let mut out = Self {\n".to_owned() } else { "Ok(Self {\n".to_owned() };
        for field in fields {
            let value = match condition(self.api, field.versions) {
                _ if field.tag.is_some() => field.default_value(),
                None => self.read(field, self.flexible()),
                Some(present) => {
                    let read = self.read(field, self.flexible());
                    format!("if {present} {{ {read} }} else {{ {} }}", field.default_value())
                }
            };
            let _ = writeln!(body, "{}: {value},", field.name);
        }
        let flexible = self.flexible();
        body += &match (known, self.has_tags()) {
            (true, _) => {
                "unknown_tags: TaggedFields::default() };\n".to_owned() + &self.decode_tags() + "Ok(out)"
            }
            (false, true) => format!("unknown_tags: TaggedFields::decode({flexible}, r)? }})"),
            (false, false) => "})".to_owned(),
        };
        let mut out = String::new();
        if *top {
            let request = format!("{}Request", self.api.name);
            let _ = writeln!(
                out,
                "if !({request}::MIN..={request}::MAX).contains(&version) {{ return Err(r.version(version)); }}"
            );
        }
        out + &self.flexible_let(&body) + &body
    }

    fn decode_tags(&self) -> String {
        let mut arms = String::new();
        for field in &self.item.fields {
            let Some(tag) = field.tag else { continue };
            // A section exists from the first flexible version on, so a tag of that version needs no condition.
            let present = condition(self.api, field.versions)
                .filter(|_| {
                    Some(field.versions.first) > self.api.flexible
                        || field.versions.last < self.api.versions.last
                })
                .map_or(String::new(), |present| format!("if {present} "));
            let _ = writeln!(arms, "{tag} {present}=> out.{} = {},", field.name, self.read(field, "true"));
        }
        let section = format!(
            "r.tag_section(|r, tag| {{ match tag {{ {arms} _ => r.unknown_tag(tag, &mut out.unknown_tags)?, }} Ok(()) }})?;\n"
        );
        match self.flexible() {
            "flexible" => format!("if flexible {{ {section} }}\n"),
            _ => section,
        }
    }

    fn read(&self, field: &Field, flexible: &str) -> String {
        let Field { name, .. } = field;
        let prefix = if field.nullable.is_some() { "nullable_" } else { "" };
        let element_min = field.kind.element_min(self.api, field.versions);
        let read = match (&field.kind, field.array) {
            (Kind::Struct(_), true) => {
                format!("r.{prefix}structs({flexible}, {element_min}, version, \"{name}\")?")
            }
            (Kind::Struct(_), false) if field.nullable.is_some() => {
                format!("r.nullable_struct(version, \"{name}\")?")
            }
            (Kind::Struct(kind), false) => format!("{kind}::decode(r, version)?"),
            (kind, true) => {
                let item = match kind {
                    Kind::String => format!("r.string({flexible}, \"{name}\")"),
                    kind => format!("r.{}(\"{name}\")", kind.method()),
                };
                format!("r.{prefix}list({flexible}, {element_min}, \"{name}\", |r| {item})?")
            }
            (Kind::String | Kind::Bytes, false) => {
                format!("r.{prefix}{}({flexible}, \"{name}\")?", field.kind.method())
            }
            (kind, false) => format!("r.{}(\"{name}\")?", kind.method()),
        };
        match field.nullable.and_then(|versions| self.null_condition(field, versions)) {
            None => read,
            Some(allowed) => format!(
                "{{ let value = {read}; if value.is_none() && {} {{ return Err(r.null(\"{name}\")); }} value }}",
                negated(&allowed)
            ),
        }
    }
}
