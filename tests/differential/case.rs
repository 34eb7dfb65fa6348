//! A case: a configuration, a direction and records, as the JVM's side reads it on one line.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::config::{JSON, STRING};
use crate::data::{Data, Form, base64};

/// The case with this number under this seed.
pub(crate) fn case(seed: u64, number: u64) -> Value {
    // Neighbours must not look alike: the generator's own seeding is linear.
    let mixed = (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number).wrapping_mul(0xD134_2543_DE82_EF95);
    let mut data = Data { rng: Rng::with_seed(mixed ^ mixed >> 29), smooth: false };
    data.smooth = data.chance(70);
    let sink = data.rng.bool();
    let config = data.config(sink);
    let count = data.rng.usize(1..5);
    let records: Vec<Value> =
        (0..count).map(|i| if sink { data.message(&config, i) } else { data.polled() }).collect();
    let steps = data.chance(30);
    json!({"config": config, "as": if sink { "sink" } else { "source" }, "steps": steps, "records": records})
}

impl Data {
    fn topic(&mut self) -> &'static str {
        if self.chance(60) {
            "topic"
        } else {
            self.pick(&["t", "orders-01", "a.b", "Topic", "x", "é", "my topic"])
        }
    }

    /// A record as it lies in Kafka, which the converters of `config` can mostly read.
    fn message(&mut self, config: &Map<String, Value>, offset: usize) -> Value {
        let headers: Vec<Value> = (0..self.header_count())
            .map(|_| {
                let key = self.pick(&["h", "x", "trace", "", "é"]);
                let value = self.header_bytes(config);
                json!({"key": key, "value": value})
            })
            .collect();
        let timestamp = if self.chance(12) { Value::Null } else { json!(self.rng.i64(0..4_000_000_000_000)) };
        let mut message = json!({
            "topic": self.topic(),
            "partition": self.rng.u32(..12),
            "offset": offset,
            "timestamp": timestamp,
            "key": self.wire("key.converter", config),
            "value": self.wire("value.converter", config),
            "headers": headers,
        });
        if self.chance(20) {
            message["timestampType"] = self.pick(&["CreateTime", "LogAppendTime", "NoTimestampType"]).into();
        }
        message
    }

    fn header_count(&mut self) -> usize {
        [0, 0, 1, 1, 2, 3][self.rng.usize(..6)]
    }

    fn header_bytes(&mut self, config: &Map<String, Value>) -> Value {
        if config.contains_key("header.converter") && self.chance(80) {
            return self.wire("header.converter", config);
        }
        match self.rng.u32(..10) {
            0 => Value::Null,
            1 => base64(&self.bytes()).into(),
            _ => base64(self.header_text(0).as_bytes()).into(),
        }
    }

    /// Bytes for the converter in `role`, base64.
    fn wire(&mut self, role: &str, config: &Map<String, Value>) -> Value {
        if self.chance(8) {
            return Value::Null;
        }
        let class = config.get(role).and_then(Value::as_str).unwrap_or_default();
        let is_json = class == JSON || class == "JsonConverter";
        let mut bytes = if is_json {
            let plain = config
                .get(&format!("{role}.schemas.enable"))
                .and_then(Value::as_str)
                .is_some_and(|flag| flag.trim().eq_ignore_ascii_case("false"));
            if plain != (!self.smooth && self.chance(3)) {
                let text =
                    if self.smooth { self.usual_map(Form::Wire).to_string() } else { self.json_text(0) };
                text.into_bytes()
            } else if self.smooth {
                let schema = self.usual_schema(Form::Wire);
                let payload = self.value(&schema, Form::Wire, 0);
                json!({"schema": schema, "payload": payload}).to_string().into_bytes()
            } else {
                let schema = if self.chance(2) { Value::Null } else { self.schema(Form::Wire, 0) };
                let payload = self.value(&schema, Form::Wire, 0);
                json!({"schema": schema, "payload": payload}).to_string().into_bytes()
            }
        } else if class == STRING {
            if self.smooth || self.chance(85) { self.text().into_bytes() } else { self.bytes() }
        } else {
            let size = match class.rsplit('.').next().unwrap_or_default() {
                "BooleanConverter" => 1,
                "ShortConverter" => 2,
                "IntegerConverter" | "FloatConverter" => 4,
                "LongConverter" | "DoubleConverter" => 8,
                _ => self.rng.usize(..10),
            };
            let size = if self.smooth || self.chance(93) { size } else { self.rng.usize(..10) };
            self.exactly(size, class)
        };
        if !self.smooth && self.chance(4) {
            self.mutate(&mut bytes);
        }
        if !self.smooth && is_json && self.chance(6) {
            self.malform(&mut bytes);
        }
        base64(&bytes).into()
    }

    fn exactly(&mut self, size: usize, class: &str) -> Vec<u8> {
        if class.ends_with("BooleanConverter") && (self.smooth || self.chance(85)) {
            return (0..size).map(|_| self.rng.u8(..2)).collect();
        }
        (0..size).map(|_| self.rng.u8(..)).collect()
    }

    /// A record as a source's task returns it.
    fn polled(&mut self) -> Value {
        let headers: Vec<Value> = (0..self.header_count())
            .map(|_| {
                let key = self.pick(&["h", "x", "trace", "", "é"]);
                json!({"key": key, "value": self.envelope(2)})
            })
            .collect();
        let partition = if self.chance(50) { Value::Null } else { json!(self.rng.u32(..12)) };
        let timestamp = if self.chance(30) { Value::Null } else { json!(self.rng.i64(0..4_000_000_000_000)) };
        let key = if self.chance(40) { self.small_envelope() } else { self.envelope(0) };
        json!({
            "topic": self.topic(),
            "partition": partition,
            "timestamp": timestamp,
            "key": key,
            "value": self.envelope(0),
            "headers": headers,
            "sourcePartition": {"file": "a"},
            "sourceOffset": {"position": 7},
        })
    }

    fn small_envelope(&mut self) -> Value {
        json!({"schema": {"type": "string", "optional": true}, "payload": self.text()})
    }

    fn envelope(&mut self, depth: u32) -> Value {
        if self.chance(5) {
            return Value::Null;
        }
        if self.smooth && depth == 0 {
            let schema = if self.chance(40) { Value::Null } else { self.usual_schema(Form::Preview) };
            let payload = if schema.is_null() {
                self.usual_map(Form::Preview)
            } else {
                self.value(&schema, Form::Preview, 0)
            };
            return json!({"schema": schema, "payload": payload});
        }
        if self.chance(40) {
            let payload = self.schemaless(depth);
            return json!({"schema": null, "payload": payload});
        }
        let schema = self.schema(Form::Preview, depth);
        let payload = self.value(&schema, Form::Preview, 0);
        json!({"schema": schema, "payload": payload})
    }
}
