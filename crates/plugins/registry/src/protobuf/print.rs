//! [`File`]s made from Connect schemas, in the registry's canonical form.
//!
//! The text decides whether a registry sees a new version, so spaces and line ends are part of the contract: a section
//! of a message (fields, oneofs, messages, enums) begins with a line end, which ends the opening line for the first one
//! and leaves a blank line before each other.

use super::file::{Enum, Field, File, Label, Message};

/// The canonical text of `file`, which is proto3.
pub(super) fn print(file: &File) -> String {
    let mut out = String::from("syntax = \"proto3\";\n");
    if let Some(package) = &file.package {
        out.push_str(&format!("package {package};\n"));
    }
    if !file.imports.is_empty() {
        out.push('\n');
        for import in &file.imports {
            out.push_str(&format!("import \"{import}\";\n"));
        }
    }
    out.push('\n');
    let mut printer = Printer { out, depth: 0 };
    file.messages.iter().for_each(|message| printer.message(message));
    file.enums.iter().for_each(|found| printer.enumeration(found));
    printer.out
}

struct Printer {
    out: String,
    depth: usize,
}

impl Printer {
    fn line(&mut self, text: &str) {
        self.start(text);
        self.out.push('\n');
    }

    /// A line that the next section, or the closing brace, continues.
    fn start(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
    }

    /// The beginning of a section.
    fn section(&mut self, is_first: &mut bool) {
        // Blank lines are indented like all others.
        if !std::mem::take(is_first) {
            for _ in 1..self.depth {
                self.out.push_str("  ");
            }
        }
        self.out.push('\n');
    }

    fn end(&mut self, is_empty: bool) {
        self.depth -= 1;
        match is_empty {
            true => self.out.push_str("}\n"),
            false => self.line("}"),
        }
    }

    fn message(&mut self, message: &Message) {
        self.start(&format!("message {} {{", message.name));
        self.depth += 1;
        let mut is_first = true;
        if message.fields.iter().any(|field| field.oneof.is_none()) {
            self.section(&mut is_first);
            message.fields.iter().filter(|field| field.oneof.is_none()).for_each(|field| self.field(field));
        }
        let mut members: Vec<Vec<&Field>> = vec![Vec::new(); message.oneofs.len()];
        for field in &message.fields {
            if let Some(members) = field.oneof.and_then(|oneof| members.get_mut(oneof)) {
                members.push(field);
            }
        }
        let oneofs = message.oneofs.iter().zip(members).filter(|(_, members)| !members.is_empty());
        for (count, (name, members)) in oneofs.enumerate() {
            if count == 0 {
                self.section(&mut is_first);
            }
            self.line(&format!("oneof {name} {{"));
            self.depth += 1;
            members.into_iter().for_each(|field| self.field(field));
            self.end(false);
        }
        if !message.messages.is_empty() || !message.enums.is_empty() {
            self.section(&mut is_first);
            message.messages.iter().for_each(|nested| self.message(nested));
            message.enums.iter().for_each(|nested| self.enumeration(nested));
        }
        self.end(is_first);
    }

    fn field(&mut self, field: &Field) {
        let label = match field.label {
            Label::Repeated => "repeated ",
            Label::Optional => "optional ",
            Label::None | Label::Required => "",
        };
        let start = format!("{label}{} {} = {}", field.kind.as_str(), field.name, field.number);
        if field.params.is_empty() {
            return self.line(&format!("{start};"));
        }
        self.line(&format!("{start} [(confluent.field_meta) = {{"));
        self.line("  params: [");
        for (at, (key, value)) in field.params.iter().enumerate() {
            let (key, value) = (format!("key: \"{}\"", escape(key)), format!("value: \"{}\"", escape(value)));
            // Upstream writes these two the other way round since ever.
            let swapped = matches!(field.params[at].0.as_str(), "precision" | "scale");
            let (first, second) = if swapped { (value, key) } else { (key, value) };
            self.line("    {");
            self.line(&format!("      {first},"));
            self.line(&format!("      {second}"));
            self.line(if at + 1 < field.params.len() { "    }," } else { "    }" });
        }
        self.line("  ]");
        self.line("}];");
    }

    fn enumeration(&mut self, found: &Enum) {
        self.start(&format!("enum {} {{", found.name));
        self.depth += 1;
        if !found.values.is_empty() {
            self.out.push('\n');
        }
        found.values.iter().for_each(|(name, number)| self.line(&format!("{name} = {number};")));
        self.end(found.values.is_empty());
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            '\\' | '\'' | '"' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
