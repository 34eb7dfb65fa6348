//! From a pair of schemas to the steps that read values.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kconnect_api::{Exception, Logical, Schema, Type, Value};

use super::fits::fits;
use super::{MOST_DEPTH, MemberPlan, Pair, RecordPlan, Step, Target, Whole};
use crate::avro::schema::{AvroField, Kind, Node, NodeId};
use crate::avro::to_connect::{default_value, entry_fields};
use crate::bounds::Unfolded;

/// The steps from what is written with `writer` to values of `schema`, which was made of `reader`.
pub(super) fn compile(
    pair: Pair<'_>,
    writer: NodeId,
    reader: NodeId,
    schema: &Schema,
) -> Result<Step, Exception> {
    Compiler::new(pair).step(writer, reader, schema)
}

struct Compiler<'a> {
    pair: Pair<'a>,
    size: Unfolded,
    depth: usize,
    /// The deepest type so far, within the record that is being compiled.
    deepest: usize,
    known: HashMap<(NodeId, NodeId, Schema), Known>,
}

/// A record that was compiled, with its unfolded size and how deep types are nested in it.
#[derive(Clone)]
struct Known {
    plan: Arc<RecordPlan>,
    size: usize,
    height: usize,
}

fn unresolved(writer: &Node, reader: &Node) -> Exception {
    // Short, since a union may be tried with each of its members.
    let shown = |node: &Node| node.full_name().chars().take(255).collect::<String>();
    let text = format!("Found {}, expecting {}", shown(writer), shown(reader));
    Exception::new("org.apache.avro.AvroTypeException", text)
}

impl<'a> Compiler<'a> {
    fn new(pair: Pair<'a>) -> Self {
        Self { pair, size: Unfolded::default(), depth: 0, deepest: 0, known: HashMap::new() }
    }

    fn step(&mut self, writer: NodeId, reader: NodeId, schema: &Schema) -> Result<Step, Exception> {
        self.enter(writer)?;
        let step = self.resolve(writer, reader, schema);
        self.depth -= 1;
        step
    }

    fn enter(&mut self, writer: NodeId) -> Result<(), Exception> {
        // That a union has null in it makes it no larger.
        self.size.add(match &self.pair.writer.get(writer).kind {
            Kind::Null => 0,
            Kind::Enum { symbols, .. } => symbols.len() + 1,
            _ => 1,
        })?;
        self.reach(self.depth + 1)?;
        self.depth += 1;
        Ok(())
    }

    fn reach(&mut self, depth: usize) -> Result<(), Exception> {
        self.deepest = self.deepest.max(depth);
        match depth <= MOST_DEPTH {
            true => Ok(()),
            false => Err(Exception::data(format!("the schema nests more than {MOST_DEPTH} types"))),
        }
    }

    fn resolve(&mut self, writer: NodeId, reader: NodeId, schema: &Schema) -> Result<Step, Exception> {
        let pair = self.pair;
        let (w, r) = (pair.writer.get(writer), pair.reader.get(reader));
        if let Kind::Union(members) = &w.kind {
            let mut steps = Vec::with_capacity(members.len());
            for (at, member) in members.iter().enumerate() {
                // The same union on both sides: each member is read as itself, whatever looks like it.
                let same = std::ptr::eq(pair.writer, pair.reader) && writer == reader;
                let step = match same {
                    true => self.member(members, at, *member, schema),
                    false => self.step(*member, reader, schema),
                };
                steps.push(match step {
                    Err(error) if !pair.strict && error.class().starts_with("org.apache.avro.") => {
                        Step::Unreadable(error.message().unwrap_or_default().into())
                    }
                    step => step?,
                });
            }
            return Ok(Step::Union(steps.into()));
        }
        let Kind::Union(members) = &r.kind else {
            return self.plain((writer, w), (reader, r), schema);
        };
        // Written with one type, read as a union: the member of that type, else the first that fits.
        let same = |member: &&NodeId| {
            let node = pair.reader.get(**member);
            node.kind.word() == w.kind.word() && (!node.kind.is_named() || same_name(w, node))
        };
        let exact = members.iter().position(|member| same(&member));
        let places = exact.into_iter().chain((0..members.len()).filter(|at| Some(*at) != exact));
        for place in places {
            let found = self.member_of(members, place, schema, |compiler, schema| {
                compiler.step(writer, members[place], schema)
            });
            if found.is_ok() {
                return found;
            }
        }
        Err(unresolved(w, r))
    }

    /// The member at `at` of one union on both sides.
    fn member(
        &mut self,
        members: &[NodeId],
        at: usize,
        member: NodeId,
        schema: &Schema,
    ) -> Result<Step, Exception> {
        self.member_of(members, at, schema, |compiler, schema| compiler.step(member, member, schema))
    }

    /// A step to the member at `at` of the reader's union, put where the Connect schema has it.
    fn member_of(
        &mut self,
        members: &[NodeId],
        at: usize,
        schema: &Schema,
        step: impl FnOnce(&mut Self, &Schema) -> Result<Step, Exception>,
    ) -> Result<Step, Exception> {
        let pair = self.pair;
        let node = pair.reader.get(members[at]);
        if matches!(node.kind, Kind::Null) {
            return step(self, schema);
        }
        if pair.settings.only_member(pair.reader, members).is_some() {
            return step(self, schema);
        }
        let name = pair.settings.member_of_node(node, at);
        let field = schema
            .field(&name)
            .ok_or_else(|| Exception::data("Did not find matching union field for data"))?;
        let inner = step(self, field.schema())?;
        let is_sure = fits(&inner, field.schema());
        Ok(Step::Member(Box::new(MemberPlan {
            schema: schema.clone(),
            at: field.index(),
            step: inner,
            is_sure,
        })))
    }

    /// A step between types that are no unions.
    fn plain(
        &mut self,
        (writer, w): (NodeId, &Node),
        (reader, r): (NodeId, &Node),
        schema: &Schema,
    ) -> Result<Step, Exception> {
        let target = || match (schema.kind(), schema.logical()) {
            (Type::Bytes, Some(Logical::Decimal)) => Target::Decimal(schema.clone()),
            (Type::Bytes, _) => Target::Bytes,
            _ => Target::Text,
        };
        Ok(match (&w.kind, &r.kind) {
            (Kind::Null, Kind::Null) => Step::Null,
            (Kind::Boolean, Kind::Boolean) => Step::Boolean,
            (Kind::Int, Kind::Int | Kind::Long | Kind::Float | Kind::Double)
            | (Kind::Long, Kind::Long | Kind::Float | Kind::Double) => Step::Integer(Whole::of(schema)),
            (Kind::Float, Kind::Float | Kind::Double) => match schema.kind() {
                Type::Float64 => Step::FloatAsDouble,
                _ => Step::Float,
            },
            (Kind::Double, Kind::Double) => Step::Double,
            (Kind::String | Kind::Bytes, Kind::String | Kind::Bytes) => Step::Sized(target()),
            (Kind::Fixed(a), Kind::Fixed(b)) if a == b && self.named_alike(w, r) => Step::Fixed(*a, target()),
            (Kind::Enum { symbols, .. }, Kind::Enum { symbols: known, default })
                if self.named_alike(w, r) =>
            {
                let mut values = Vec::with_capacity(symbols.len());
                let known: HashSet<&String> = known.iter().collect();
                for symbol in symbols {
                    let symbol = match (known.contains(symbol), default) {
                        (true, _) => symbol,
                        (false, Some(default)) => default,
                        (false, None) if self.pair.strict => return Err(unresolved(w, r)),
                        (false, None) => {
                            values.push(Value::Null);
                            continue;
                        }
                    };
                    values.push(Value::string(symbol.as_str()));
                }
                Step::Enum(values.into(), w.full_name().into())
            }
            (Kind::Array(a), Kind::Array(b)) => self.array(*a, *b, schema)?,
            (Kind::Map(a), Kind::Map(b)) => {
                let inner = schema.value_schema().ok_or_else(|| unresolved(w, r))?;
                Step::Map(Box::new(self.step(*a, *b, inner)?))
            }
            (Kind::Record(a), Kind::Record(b)) if self.named_alike(w, r) => {
                let key = (writer, reader, schema.clone());
                if let Some(Known { plan, size, height }) = self.known.get(&key).cloned() {
                    self.size.add(size)?;
                    self.reach(self.depth + height)?;
                    return Ok(Step::Record(plan));
                }
                let (before, deepest) = (self.size.nodes(), std::mem::replace(&mut self.deepest, self.depth));
                let plan = self.record(a, b, r, schema);
                let (size, height) = (self.size.nodes() - before, self.deepest - self.depth);
                self.deepest = self.deepest.max(deepest);
                // A failure may be that of one alternative only.
                let plan = Arc::new(plan?);
                self.known.insert(key, Known { plan: Arc::clone(&plan), size, height });
                Step::Record(plan)
            }
            _ => return Err(unresolved(w, r)),
        })
    }

    /// Whether names allow one type to be read as the other; without `strict`, as Avro's reader, that is not asked.
    fn named_alike(&self, w: &Node, r: &Node) -> bool {
        !self.pair.strict || same_name(w, r)
    }

    fn array(&mut self, writer: NodeId, reader: NodeId, schema: &Schema) -> Result<Step, Exception> {
        let pair = self.pair;
        let (w, r) = (pair.writer.get(writer), pair.reader.get(reader));
        if schema.kind() == Type::Array {
            let inner = schema.value_schema().ok_or_else(|| unresolved(w, r))?;
            return Ok(Step::Array(Box::new(self.step(writer, reader, inner)?)));
        }
        let (Kind::Record(written), Kind::Record(read)) = (&w.kind, &r.kind) else {
            return Err(unresolved(w, r));
        };
        let (key_w, value_w) = entry_fields(written).ok_or_else(|| unresolved(w, r))?;
        let (key_r, value_r) = entry_fields(read).ok_or_else(|| unresolved(w, r))?;
        let (Some(key), Some(value)) = (schema.key_schema(), schema.value_schema()) else {
            return Err(unresolved(w, r));
        };
        Ok(Step::Entries {
            key: Box::new(self.step(key_w.schema, key_r.schema, key)?),
            value: Box::new(self.step(value_w.schema, value_r.schema, value)?),
            key_first: written.first().is_some_and(|field| field.name == "key"),
        })
    }

    fn record(
        &mut self,
        written: &[AvroField],
        read: &[AvroField],
        r: &Node,
        schema: &Schema,
    ) -> Result<RecordPlan, Exception> {
        let pair = self.pair;
        let mut given = vec![false; read.len()];
        let mut places: HashMap<&str, usize> = HashMap::with_capacity(read.len());
        for (place, field) in read.iter().enumerate() {
            for alias in &field.aliases {
                places.entry(alias).or_insert(place);
            }
        }
        // A field's own name goes before another's alias.
        places.extend(read.iter().enumerate().map(|(place, field)| (field.name.as_str(), place)));
        let mut steps = Vec::with_capacity(written.len());
        for field in written {
            let place = places.get(field.name.as_str()).copied();
            // Connect's fields lie in the order of the record's.
            let target = place.and_then(|place| schema.fields().get(place));
            steps.push(match (place, target) {
                (Some(place), Some(target)) if !given[place] => {
                    given[place] = true;
                    (Some(place), self.step(field.schema, read[place].schema, target.schema())?)
                }
                _ => (None, self.skip(field.schema)?),
            });
        }
        let mut defaults = Vec::new();
        for (place, field) in read.iter().enumerate().filter(|(place, _)| !given[*place]) {
            let Some(default) = &field.default else {
                let text = format!("missing required field {} in {}", field.name, r.full_name());
                return Err(Exception::new("org.apache.avro.AvroTypeException", text));
            };
            let target =
                schema.fields().get(place).ok_or_else(|| Exception::data("a field has no schema"))?;
            let value = default_value(pair.settings, pair.reader, field.schema, target.schema(), default, 0)?;
            defaults.push((place, value));
        }
        Ok(RecordPlan::new(schema.clone(), steps, defaults))
    }

    /// A step over a value that nobody asked for.
    fn skip(&mut self, writer: NodeId) -> Result<Step, Exception> {
        self.enter(writer)?;
        let node = self.pair.writer.get(writer);
        let step = match &node.kind {
            Kind::Null => Step::Null,
            Kind::Boolean => Step::Boolean,
            Kind::Int => Step::Integer(Whole::Int32),
            Kind::Long => Step::Integer(Whole::Int64),
            Kind::Float => Step::Float,
            Kind::Double => Step::Double,
            Kind::Bytes | Kind::String => Step::Sized(Target::Bytes),
            Kind::Fixed(size) => Step::Fixed(*size, Target::Bytes),
            Kind::Enum { symbols, .. } => {
                Step::Enum(vec![Value::Bool(true); symbols.len()].into(), node.full_name().into())
            }
            Kind::Array(element) => Step::Array(Box::new(self.skip(*element)?)),
            Kind::Map(values) => Step::Map(Box::new(self.skip(*values)?)),
            Kind::Union(members) => {
                Step::Union(members.iter().map(|member| self.skip(*member)).collect::<Result<_, _>>()?)
            }
            Kind::Record(fields) => {
                let skip = |field: &AvroField| Ok((None, self.skip(field.schema)?));
                let steps = fields.iter().map(skip).collect::<Result<_, Exception>>()?;
                let schema = kconnect_api::SchemaBuilder::structure().build()?;
                Step::Record(Arc::new(RecordPlan::new(schema, steps, Vec::new())))
            }
        };
        self.depth -= 1;
        Ok(Step::Skip(Box::new(step)))
    }
}

/// Whether two named types have the same name, namespaces aside, or one is known under the other's.
fn same_name(w: &Node, r: &Node) -> bool {
    let (Some(a), Some(b)) = (&w.name, &r.name) else { return false };
    let full = a.full();
    a.name == b.name || r.aliases.iter().any(|alias| *alias == full || *alias == a.name)
}
