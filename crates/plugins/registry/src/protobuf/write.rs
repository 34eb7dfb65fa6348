//! Writing values along a [`Plan`].

use kconnect_api::{Exception, Schema, Struct, Type, Value, classes};

use super::logical;
use super::plan::{Plan, Source, Step, What, enum_expected};
use super::scalar::Scalar;
use super::wire::{put_block, put_varint, zigzag32, zigzag64};

/// Writes values into `out`, which is only appended to.
pub(super) struct Writer<'o> {
    pub(super) out: &'o mut Vec<u8>,
    /// Whether null stays null where the schema has a default.
    pub(super) ignore_default: bool,
}

impl Writer<'_> {
    /// The content of the message for `value`, a struct of `schema`.
    pub(super) fn message(&mut self, schema: &Schema, plan: &Plan, value: &Value) -> Result<(), Exception> {
        let Value::Struct(data) = value else {
            return Err(wrong_class(Type::Struct, value));
        };
        if data.schema() != schema {
            return Err(Exception::data("Mismatching struct schema"));
        }
        if plan.unions.is_empty() {
            return plan.steps.iter().try_for_each(|step| match step.source {
                Source::Field(index) => self.field(step, self.get(data, index)),
                Source::Member(..) => Ok(()),
            });
        }
        let chosen: Vec<Choice<'_>> =
            plan.unions.iter().map(|index| self.choose(schema, data, *index)).collect::<Result<_, _>>()?;
        plan.steps.iter().try_for_each(|step| match step.source {
            Source::Field(index) => self.field(step, self.get(data, index)),
            Source::Member(union, member) => match chosen[union] {
                Some((index, value)) if index == member => self.field(step, value),
                _ => Ok(()),
            },
        })
    }

    fn get<'v>(&self, data: &'v Struct, index: usize) -> &'v Value {
        if self.ignore_default { &data.values()[index] } else { data.get_at(index) }
    }

    /// The first member that is set.
    fn choose<'v>(&self, schema: &Schema, data: &'v Struct, index: usize) -> Result<Choice<'v>, Exception> {
        let union = match self.get(data, index) {
            Value::Null => return Ok(None),
            Value::Struct(union) => union,
            other => return Err(wrong_class(Type::Struct, other)),
        };
        if union.schema() != schema.fields()[index].schema() {
            return Err(Exception::data("Mismatching struct schema"));
        }
        let members = (0..union.values().len()).map(|member| (member, self.get(union, member)));
        match members.into_iter().find(|(_, value)| !value.is_null()) {
            Some(found) => Ok(Some(found)),
            None => Err(Exception::data("Cannot find non-null field")),
        }
    }

    /// A field with its tag; nothing for null and, without presence, for the default.
    fn field(&mut self, step: &Step, value: &Value) -> Result<(), Exception> {
        if value.is_null() {
            return Ok(());
        }
        let start = self.out.len();
        match &step.what {
            What::Scalar { kind, scalar } => {
                self.out.extend_from_slice(&step.tag);
                if !self.scalar(*kind, *scalar, value)? && !step.presence {
                    self.out.truncate(start);
                }
                Ok(())
            }
            What::EnumNumber { kind, first } => {
                let number = integer(*kind, value)? as i32;
                self.enumeration(step, number, *first);
                Ok(())
            }
            What::EnumSymbol { symbols, first } => {
                let number = symbol(symbols, value)?;
                self.enumeration(step, number, *first);
                Ok(())
            }
            What::List { element, is_packed } => self.list(step, element, *is_packed, value),
            What::Map { key, value: element } => self.map(step, key, element, value),
            What::Broken(error) => Err(error.clone()),
            what @ (What::Wrapper { .. } | What::Logical { .. } | What::Message { .. }) => {
                self.out.extend_from_slice(&step.tag);
                self.block(what, value)
            }
        }
    }

    fn enumeration(&mut self, step: &Step, number: i32, first: i32) {
        if step.presence || number != first {
            self.out.extend_from_slice(&step.tag);
            put_varint(self.out, i64::from(number) as u64);
        }
    }

    /// A message with its length in front.
    fn block(&mut self, what: &What, value: &Value) -> Result<(), Exception> {
        let ignore_default = self.ignore_default;
        put_block(self.out, |out| match what {
            What::Wrapper { kind, scalar } => Writer { out, ignore_default }.wrapped(*kind, *scalar, value),
            What::Logical { logical, schema } => logical::write(*logical, schema, value, out),
            What::Message { schema, plan } => Writer { out, ignore_default }.message(schema, plan, value),
            _ => Ok(()),
        })
    }

    /// The content of a wrapper message.
    pub(super) fn wrapped(&mut self, kind: Type, scalar: Scalar, value: &Value) -> Result<(), Exception> {
        let start = self.out.len();
        self.out.push(1 << 3 | scalar.wire_type().bits() as u8);
        if !self.scalar(kind, scalar, value)? {
            self.out.truncate(start);
        }
        Ok(())
    }

    fn list(&mut self, step: &Step, element: &Step, is_packed: bool, value: &Value) -> Result<(), Exception> {
        let Value::Array(values) = value else {
            return Err(wrong_class(Type::Array, value));
        };
        if values.iter().any(Value::is_null) {
            // What upstream's list refuses without a word.
            return Err(Exception::without_message(classes::NULL_POINTER));
        }
        if values.is_empty() || !is_packed {
            return values.iter().try_for_each(|value| self.element(element, value));
        }
        self.out.extend_from_slice(&step.tag);
        let ignore_default = self.ignore_default;
        put_block(self.out, |out| {
            let mut writer = Writer { out, ignore_default };
            values.iter().try_for_each(|value| match &element.what {
                What::Scalar { kind, scalar } => writer.scalar(*kind, *scalar, value).map(drop),
                What::EnumNumber { kind, .. } => {
                    put_varint(writer.out, integer(*kind, value)? as i32 as i64 as u64);
                    Ok(())
                }
                What::EnumSymbol { symbols, .. } => {
                    put_varint(writer.out, i64::from(symbol(symbols, value)?) as u64);
                    Ok(())
                }
                _ => Ok(()),
            })
        })
    }

    /// An element that does not lie in a block with the others. Logical values and structs that are empty count, too.
    fn element(&mut self, element: &Step, value: &Value) -> Result<(), Exception> {
        self.field(element, value)
    }

    fn map(&mut self, step: &Step, key: &Step, element: &Step, value: &Value) -> Result<(), Exception> {
        let Value::Map(entries) = value else {
            return Err(wrong_class(Type::Map, value));
        };
        let ignore_default = self.ignore_default;
        entries.iter().try_for_each(|(name, value)| {
            self.out.extend_from_slice(&step.tag);
            put_block(self.out, |out| {
                let mut writer = Writer { out, ignore_default };
                writer.field(key, name)?;
                writer.field(element, value)
            })
        })
    }

    /// A scalar without tag; whether it differs from the default.
    fn scalar(&mut self, kind: Type, scalar: Scalar, value: &Value) -> Result<bool, Exception> {
        match kind {
            Type::String => {
                let Value::String(text) = value else { return Err(wrong_class(kind, value)) };
                return Ok(self.bytes(text.as_bytes()));
            }
            Type::Bytes => {
                let Value::Bytes(bytes, _) = value else { return Err(wrong_class(kind, value)) };
                return Ok(self.bytes(bytes));
            }
            Type::Boolean => {
                let Value::Bool(is_true) = value else { return Err(wrong_class(kind, value)) };
                self.out.push(u8::from(*is_true));
                return Ok(*is_true);
            }
            Type::Float32 => {
                let number = float(kind, value)?;
                let number = if let Value::Float32(number) = value { *number } else { number as f32 };
                self.out.extend_from_slice(&number.to_le_bytes());
                // Minus zero is not the default.
                return Ok(number.to_bits() != 0);
            }
            Type::Float64 => {
                let number = float(kind, value)?;
                self.out.extend_from_slice(&number.to_le_bytes());
                return Ok(number.to_bits() != 0);
            }
            _ => {}
        }
        let number = integer(kind, value)?;
        let low = number as i32;
        match scalar {
            Scalar::Int32 => put_varint(self.out, i64::from(low) as u64),
            Scalar::Uint32 => put_varint(self.out, u64::from(low as u32)),
            Scalar::Sint32 => put_varint(self.out, u64::from(zigzag32(low))),
            Scalar::Fixed32 | Scalar::Sfixed32 => self.out.extend_from_slice(&low.to_le_bytes()),
            Scalar::Sint64 => put_varint(self.out, zigzag64(number)),
            Scalar::Fixed64 | Scalar::Sfixed64 => self.out.extend_from_slice(&number.to_le_bytes()),
            _ => put_varint(self.out, number as u64),
        }
        let is_narrow = scalar.java_type() == "INT";
        Ok(if is_narrow { low != 0 } else { number != 0 })
    }

    fn bytes(&mut self, bytes: &[u8]) -> bool {
        put_varint(self.out, bytes.len() as u64);
        self.out.extend_from_slice(bytes);
        !bytes.is_empty()
    }
}

type Choice<'v> = Option<(usize, &'v Value)>;

fn symbol(symbols: &std::collections::HashMap<Box<[u8]>, i32>, value: &Value) -> Result<i32, Exception> {
    let Value::String(text) = value else {
        return Err(wrong_class(Type::String, value));
    };
    symbols.get(text.as_bytes()).copied().ok_or_else(enum_expected)
}

/// Java's `Number.intValue` and `longValue`: the low bits of integers, floats towards zero within the range.
fn integer(kind: Type, value: &Value) -> Result<i64, Exception> {
    let is_wide = kind == Type::Int64;
    Ok(match value {
        Value::Int8(number) => i64::from(*number),
        Value::Int16(number) => i64::from(*number),
        Value::Int32(number) => i64::from(*number),
        Value::Int64(number) if is_wide => *number,
        Value::Int64(number) => i64::from(*number as i32),
        Value::Float32(number) if is_wide => *number as i64,
        Value::Float32(number) => i64::from(*number as i32),
        Value::Float64(number) if is_wide => *number as i64,
        Value::Float64(number) => i64::from(*number as i32),
        other => return Err(wrong_class(kind, other)),
    })
}

fn float(kind: Type, value: &Value) -> Result<f64, Exception> {
    Ok(match value {
        Value::Float32(number) => f64::from(*number),
        Value::Float64(number) => *number,
        Value::Int8(number) => f64::from(*number),
        Value::Int16(number) => f64::from(*number),
        Value::Int32(number) => f64::from(*number),
        Value::Int64(number) => *number as f64,
        other => return Err(wrong_class(kind, other)),
    })
}

fn wrong_class(kind: Type, value: &Value) -> Exception {
    let class = value.java_class();
    Exception::data(format!("Invalid type for {kind}: class {class}"))
}
