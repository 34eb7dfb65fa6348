//! Cases that are meant to work: most of all. A random setting rarely fits a random record, and what is refused in the first
//! transform says nothing of the others.

use serde_json::{Map, Value, json};

use crate::data::{Data, Form};

/// Types of the fields that settings name, in the order of [`crate::data::FIELDS`].
const TYPES: [(&str, &str); 8] = [
    ("a", "int32"),
    ("b", "string"),
    ("c", "int64"),
    ("d", "double"),
    ("e", "boolean"),
    ("id", "int64"),
    ("name", "string"),
    ("x y", "int8"),
];

impl Data {
    /// A struct with the usual fields, a time, a struct in it, and now and then something else.
    pub(crate) fn usual_schema(&mut self, form: Form) -> Value {
        let mut fields: Vec<Value> = Vec::new();
        for (name, kind) in TYPES {
            let mut field = json!({"type": kind, "optional": self.chance(40), "field": name});
            if self.chance(15) {
                field["default"] = self.value(&json!({ "type": kind }), form, 1);
            }
            fields.push(field);
        }
        let time = "org.apache.kafka.connect.data.Timestamp";
        fields.push(
            json!({"type": "int64", "name": time, "version": 1, "optional": self.chance(30), "field": "ts"}),
        );
        let inner =
            json!([{"type": "int32", "optional": true, "field": "a"}, {"type": "string", "field": "b"}]);
        fields
            .push(json!({"type": "struct", "fields": inner, "optional": self.chance(30), "field": "nested"}));
        if self.chance(40) {
            let mut other = self.schema(form, 2);
            other["field"] = "other".into();
            fields.push(other);
        }
        let mut schema = json!({"type": "struct", "optional": self.chance(30), "fields": fields});
        if self.chance(30) {
            schema["name"] = self.pick(&["com.x.Y", "S"]).into();
            schema["version"] = self.rng.i32(0..5).into();
        }
        schema
    }

    /// The same without a schema.
    pub(crate) fn usual_map(&mut self, form: Form) -> Value {
        let mut map = Map::new();
        for (name, kind) in TYPES {
            if !self.chance(8) {
                map.insert(name.to_owned(), self.value(&json!({ "type": kind }), Form::Wire, 1));
            }
        }
        let time = self.rng.i64(0..4_000_000_000_000);
        let tagged = form == Form::Preview && self.chance(10);
        map.insert(
            "ts".to_owned(),
            if tagged { json!({"$type": "instant", "value": time}) } else { json!(time) },
        );
        map.insert("nested".to_owned(), json!({"a": self.rng.i32(..), "b": self.text()}));
        if self.chance(40) {
            let other = if form == Form::Preview { self.schemaless(2) } else { self.plain(2) };
            map.insert("other".to_owned(), other);
        }
        let mut order: Vec<(String, Value)> = map.into_iter().collect();
        self.rng.shuffle(&mut order);
        Value::Object(order.into_iter().collect())
    }

    /// JSON of any kind.
    fn plain(&mut self, depth: u32) -> Value {
        match self.rng.u32(..if depth < 5 { 7 } else { 5 }) {
            0 => json!(self.rng.i64(..)),
            1 => json!(self.text()),
            2 => json!(self.rng.bool()),
            3 => Value::Null,
            4 => json!(0.25),
            5 => (0..self.rng.usize(..4)).map(|_| self.plain(depth + 1)).collect(),
            _ => {
                let mut map = Map::new();
                for _ in 0..self.rng.usize(..4) {
                    map.insert(self.text(), self.plain(depth + 1));
                }
                Value::Object(map)
            }
        }
    }

    /// Types that the usual field can be cast to.
    pub(crate) fn usual_cast(&mut self) -> String {
        let field = self.field();
        let numbers = ["int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string"];
        let to = if field == "b" { "string" } else { self.pick(&numbers) };
        format!("{field}:{to}")
    }

    /// A transform that others can follow, or any if it is the last.
    pub(crate) fn usual_transform(&mut self, last: bool) -> &'static str {
        if last && self.chance(40) {
            return self.pick(&["ExtractField", "HoistField", "Flatten", "ValueToKey", "RegexRouter"]);
        }
        self.pick(&[
            "Cast",
            "InsertField",
            "InsertField",
            "MaskField",
            "ReplaceField",
            "SetSchemaMetadata",
            "TimestampConverter",
            "HeaderFrom",
            "InsertHeader",
            "DropHeaders",
            "TimestampRouter",
            "Filter",
        ])
    }
}
