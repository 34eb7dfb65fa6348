//! Reading values: a plan from the schema written with to the Connect schema of the schema read as, compiled once.
//!
//! Usually both schemas are the same. When they differ (`use.latest.version`), Avro's rules of resolution apply: fields
//! are matched by name or alias, numbers widen, missing fields take their default. Conversions to Connect's logical
//! values are part of the steps, and so is whether values need to be checked against the fields they go to.
//!
//! - `compile.rs`: schemas to steps
//! - `fits.rs`: which records need no check
//! - `values.rs`, `bytes_left.rs`: the steps run over a payload
//!
//! Payloads are hostile: every length is believed only up to the bytes left, elements that take no bytes are counted,
//! and the depth of values without schema is bounded; that of others is bounded by their schema.

use std::sync::Arc;

use kconnect_api::{Buf, Exception, Logical, Schema, SchemaAndValue, Type, Value};

use super::names;
use super::schema::{Kind, Node, NodeId, Nodes};
use super::settings::AvroSettings;
use crate::format::Fault;
use bytes_left::Bytes;
use fits::all_fit;

mod bytes_left;
mod compile;
mod fits;
mod values;

/// How values are read.
#[derive(Debug)]
pub(crate) struct ReadPlan {
    /// `None`: values have no schema.
    schema: Option<Schema>,
    root: Step,
    /// The root is of Avro's type bytes, which has no length.
    raw: bool,
}

#[derive(Debug)]
enum Step {
    Null,
    Boolean,
    /// An int or long.
    Integer(Whole),
    Float,
    FloatAsDouble,
    Double,
    /// A string or bytes, with its length.
    Sized(Target),
    Fixed(usize, Target),
    Enum(Box<[Value]>, Box<str>),
    Array(Box<Step>),
    Map(Box<Step>),
    Entries {
        key: Box<Step>,
        value: Box<Step>,
        key_first: bool,
    },
    /// Shared by all places that read a type as the same schema.
    Record(Arc<RecordPlan>),
    Union(Box<[Step]>),
    /// The value becomes a field of a struct that stands for a union.
    Member(Box<MemberPlan>),
    /// Written, but not asked for.
    Skip(Box<Step>),
    /// Written with a type that cannot be read.
    Unreadable(Box<str>),
    Anything,
}

/// What integers become; the usual ones without a look at their schema.
#[derive(Debug)]
enum Whole {
    Int32,
    Int64,
    Timestamp,
    As(Schema),
}

/// What texts and bytes become.
#[derive(Clone, Debug)]
enum Target {
    Text,
    Bytes,
    Decimal(Schema),
}

#[derive(Debug)]
struct RecordPlan {
    schema: Schema,
    fields: Fields,
}

/// What was written, with its position in the schema or none for what is skipped, and fields that were not written.
type Places = (Box<[(Option<usize>, Step)]>, Box<[(usize, Value)]>);

#[derive(Debug)]
enum Fields {
    /// One step for each field, in their order, whose values are sure to fit: nearly all records.
    InOrder(Box<[Step]>),
    /// Values are sure to fit.
    Placed(Places),
    /// Each value is checked against its field.
    Checked(Places),
}

#[derive(Debug)]
struct MemberPlan {
    schema: Schema,
    /// The field of the member.
    at: usize,
    step: Step,
    /// The value is sure to fit.
    is_sure: bool,
}

/// How deep types, and values without schema, may be nested.
const MOST_DEPTH: usize = 200;

impl Whole {
    fn of(schema: &Schema) -> Self {
        match (schema.kind(), schema.logical()) {
            (Type::Int32, None) => Self::Int32,
            (Type::Int64, None) => Self::Int64,
            (Type::Int64, Some(Logical::Timestamp)) => Self::Timestamp,
            _ => Self::As(schema.clone()),
        }
    }
}

impl RecordPlan {
    fn new(schema: Schema, steps: Vec<(Option<usize>, Step)>, defaults: Vec<(usize, Value)>) -> Self {
        let is_sure = all_fit(&schema, &steps, &defaults);
        let in_order = steps.iter().enumerate().all(|(at, (place, _))| *place == Some(at));
        let fields = match is_sure {
            true if in_order && steps.len() == schema.fields().len() => {
                Fields::InOrder(steps.into_iter().map(|(_, step)| step).collect())
            }
            true => Fields::Placed((steps.into(), defaults.into())),
            false => Fields::Checked((steps.into(), defaults.into())),
        };
        Self { schema, fields }
    }

    /// Whether each field gets a value, which makes a struct that fits.
    fn is_complete(&self) -> bool {
        let (Fields::Placed((steps, defaults)) | Fields::Checked((steps, defaults))) = &self.fields else {
            return true;
        };
        let mut given = vec![false; self.schema.fields().len()];
        let places =
            steps.iter().filter_map(|(place, _)| *place).chain(defaults.iter().map(|(place, _)| *place));
        places.for_each(|place| given.get_mut(place).into_iter().for_each(|given| *given = true));
        given.into_iter().all(|given| given)
    }
}

impl MemberPlan {
    /// Whether the fields of the other members may be null.
    fn is_complete(&self) -> bool {
        let others = self.schema.fields().iter().filter(|field| field.index() != self.at);
        others
            .map(|field| field.schema())
            .all(|schema| schema.is_optional() || schema.default_value().is_some())
    }
}

/// The schemas of a plan.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) settings: &'a AvroSettings,
    /// What was written with.
    pub(crate) writer: &'a Nodes,
    /// What is read as.
    pub(crate) reader: &'a Nodes,
    /// All that may be written must be readable, not only what is.
    pub(crate) strict: bool,
}

impl ReadPlan {
    /// A plan for values with a schema.
    pub(crate) fn compile(
        pair: Pair<'_>,
        writer: NodeId,
        reader: NodeId,
        schema: &Schema,
    ) -> Result<Self, Exception> {
        let root = compile::compile(pair, writer, reader, schema)?;
        let raw = matches!(pair.writer.get(writer).kind, Kind::Bytes);
        Ok(Self { schema: Some(schema.clone()), root, raw })
    }

    /// A plan for values without schema.
    pub(crate) fn anything() -> Self {
        Self { schema: None, root: Step::Anything, raw: false }
    }

    pub(crate) fn read(&self, payload: &Buf) -> Result<SchemaAndValue, Fault> {
        let raw = |target| {
            let mut value = Value::Null;
            values::sized(target, payload.clone(), &mut value)?;
            Ok::<_, Fault>(value)
        };
        let value = match (&self.root, self.raw) {
            (Step::Sized(target), true) => raw(target)?,
            (Step::Member(plan), true) => match &plan.step {
                Step::Sized(target) => values::member(plan, raw(target)?)?,
                _ => values::read(&self.root, &mut Bytes::new(payload))?,
            },
            (step, _) => values::read(step, &mut Bytes::new(payload))?,
        };
        Ok(SchemaAndValue { schema: self.schema.clone(), value })
    }
}

/// Whether a schema is the one of values without schema.
pub(crate) fn is_anything(nodes: &Nodes, id: NodeId) -> bool {
    let named = |node: &Node| node.full_name() == format!("{}.Anything", names::NAMESPACE);
    let mut standard = Nodes::default();
    let root = super::from_connect::anything(&mut standard);
    named(nodes.get(id)) && nodes.print(id).ok() == standard.print(root).ok()
}
