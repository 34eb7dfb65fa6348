//! Random schemas, values and texts.
//!
//! A value is made in one of two forms: that of `kconnect preview`, which a source record is given in, and that of the
//! JSON converter, which a sink record lies in Kafka in. They differ in decimals and in what schemaless data can be.

use std::fmt::Write;

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// The form that a value is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// An envelope of `kconnect preview`.
    Preview,
    /// JSON as the JSON converter reads it.
    Wire,
}

/// What the generator draws from, and what it must leave out.
pub(crate) struct Data {
    pub(crate) rng: Rng,
    /// This case is meant to work: records have the fields that settings name, and of the types that transforms take.
    pub(crate) smooth: bool,
}

pub(crate) const FIELDS: [&str; 14] =
    ["a", "b", "c", "d", "e", "id", "ts", "name", "a.b", "b.c", "x y", "é", "A", "nested"];

/// From this depth on a tagged value contains no other: a struct under a schema that is not its own is a mistake of the
/// connector, and who notices it differs.
const FLAT: u32 = 3;

const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";
const DATE: &str = "org.apache.kafka.connect.data.Date";
const TIME: &str = "org.apache.kafka.connect.data.Time";
const TIMESTAMP: &str = "org.apache.kafka.connect.data.Timestamp";

impl Data {
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.rng.usize(..from.len())]
    }

    /// True in `percent` of a hundred.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(..100) < percent
    }

    pub(crate) fn field(&mut self) -> &'static str {
        // The first ones more often, so that settings and records meet.
        if self.smooth {
            return FIELDS[self.rng.usize(..5)];
        }
        let most = if self.chance(70) { 5 } else { FIELDS.len() };
        FIELDS[self.rng.usize(..most)]
    }

    /// A schema, mostly a struct at the top.
    pub(crate) fn schema(&mut self, form: Form, depth: u32) -> Value {
        let kind = if depth == 0 && self.chance(65) { 16 } else { self.rng.u32(..20) };
        let mut schema = self.shape(form, kind, depth);
        if self.chance(50) {
            schema["optional"] = Value::Bool(true);
        } else if self.chance(80) {
            schema["optional"] = Value::Bool(false);
        }
        self.attributes(&mut schema);
        if self.chance(15) {
            let fallback = self.value(&schema, form, depth + 1);
            let container = matches!(schema["type"].as_str(), Some("struct" | "array" | "map"));
            // Upstream's API makes no schema with a struct as default; JSON text may ask for one.
            let refused = form == Form::Preview && schema["type"] == "struct";
            if !fallback.is_null() && !refused && (!container || self.chance(4)) {
                schema["default"] = fallback;
            }
        }
        schema
    }

    fn shape(&mut self, form: Form, kind: u32, depth: u32) -> Value {
        let plain =
            ["int8", "int16", "int32", "int64", "float", "double", "boolean", "string", "bytes", "string"];
        match kind {
            0..=9 => json!({ "type": plain[kind as usize] }),
            10 => {
                let scale = self.pick(&["0", "2", "-3", "5", "2"]);
                json!({"type":"bytes","name":DECIMAL,"version":1,"parameters":{"scale":scale}})
            }
            11 => json!({"type":"int32","name":DATE,"version":1}),
            12 => json!({"type":"int32","name":TIME,"version":1}),
            13 | 14 => json!({"type":"int64","name":TIMESTAMP,"version":1}),
            15 if depth < 4 => json!({"type":"array","items":self.schema(form, depth + 1)}),
            16 | 17 if depth < 4 => {
                let count = if depth == 0 { self.rng.usize(1..7) } else { self.rng.usize(..4) };
                let mut names = Vec::new();
                for _ in 0..count {
                    let name = self.field();
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                let fields: Vec<Value> = names
                    .into_iter()
                    .map(|name| {
                        let mut field = self.schema(form, depth + 1);
                        field["field"] = name.into();
                        field
                    })
                    .collect();
                json!({"type":"struct","fields":fields})
            }
            18 if depth < 4 => {
                let keys =
                    if self.chance(70) { json!({"type":"string"}) } else { self.schema(form, depth + 3) };
                json!({"type":"map","keys":keys,"values":self.schema(form, depth + 1)})
            }
            _ => json!({ "type": plain[self.rng.usize(..plain.len())] }),
        }
    }

    fn attributes(&mut self, schema: &mut Value) {
        if schema.get("name").is_some() {
            if self.chance(4) {
                schema["type"] = self.pick(&["int64", "int32", "string", "bytes"]).into();
            }
            if self.chance(4) {
                schema.as_object_mut().expect("a schema").shift_remove("parameters");
            }
        } else if self.chance(15) {
            schema["name"] = self.pick(&["com.x.Y", "S", "n", "", "é"]).into();
            if self.chance(50) {
                schema["version"] = self.rng.i32(-1..5).into();
            }
        } else if self.chance(1) {
            schema["name"] = self.pick(&[DECIMAL, DATE, TIME, TIMESTAMP]).into();
        }
        if self.chance(8) {
            schema["doc"] = self.pick(&["doc", "", "two\nlines", "é\"q"]).into();
        }
        if schema.get("parameters").is_none() && self.chance(6) {
            schema["parameters"] = json!({"p":"q","a":self.pick(&["b", "", "é"])});
        }
    }

    /// A value of `schema`; null where it may be (and now and then where it may not).
    pub(crate) fn value(&mut self, schema: &Value, form: Form, depth: u32) -> Value {
        let optional = schema["optional"] == true;
        let nullable = optional || schema.get("default").is_some();
        if self.chance(if nullable { 20 } else { u32::from(!self.smooth) }) {
            return Value::Null;
        }
        // A tag is an object like any other where the schema is that of a map of texts.
        let taggable = form == Form::Preview && !self.smooth && schema["type"] != "map";
        if taggable && self.chance(1) {
            return self.tagged(depth.max(FLAT));
        }
        if form == Form::Wire && !self.smooth && self.chance(2) {
            return self.misfit();
        }
        if let Some(value) =
            schema.get("name").and_then(Value::as_str).and_then(|name| self.logical(name, form))
        {
            return value;
        }
        match schema["type"].as_str().unwrap_or_default() {
            "int8" => json!(self.integer() as i8),
            "int16" => json!(self.integer() as i16),
            "int32" => json!(self.integer() as i32),
            "int64" => json!(self.integer()),
            "float" => self.float32(),
            "double" => self.float64(),
            "boolean" => json!(self.rng.bool()),
            "string" => json!(self.text()),
            "bytes" => json!(base64(&self.bytes())),
            "array" => {
                let count = self.rng.usize(..4);
                (0..count).map(|_| self.value(&schema["items"], form, depth + 1)).collect()
            }
            "map" => self.map(schema, form, depth),
            _ => {
                let mut object = Map::new();
                for field in schema["fields"].as_array().into_iter().flatten() {
                    if self.smooth || !self.chance(5) {
                        let name = field["field"].as_str().unwrap_or_default().to_owned();
                        object.insert(name, self.value(field, form, depth + 1));
                    }
                }
                Value::Object(object)
            }
        }
    }

    fn logical(&mut self, name: &str, form: Form) -> Option<Value> {
        Some(match name {
            DECIMAL if form == Form::Preview => json!(self.decimal()),
            DECIMAL if self.chance(70) => json!(base64(&self.bytes())),
            DECIMAL => json!(self.rng.i32(..)),
            DATE if self.chance(3) => json!(self.rng.i32(..)),
            DATE => json!(self.rng.i32(-40_000..40_000)),
            TIME => json!(self.rng.i32(0..=86_400_000)),
            TIMESTAMP => json!(self.instant()),
            _ => return None,
        })
    }

    fn map(&mut self, schema: &Value, form: Form, depth: u32) -> Value {
        // Keys that hash by identity have no order that two runs share.
        let unordered = matches!(schema["keys"]["type"].as_str(), Some("bytes" | "array" | "map" | "struct"));
        let count = if unordered { self.rng.usize(..2) } else { self.rng.usize(..4) };
        let values = &schema["values"];
        if schema["keys"]["type"] == "string" && schema["keys"].get("name").is_none() && !self.chance(3) {
            let mut object = Map::new();
            for _ in 0..count {
                let key = if self.chance(70) { self.field().to_owned() } else { self.text() };
                object.insert(key, self.value(values, form, depth + 1));
            }
            return Value::Object(object);
        }
        let mut pairs: Vec<Value> = Vec::new();
        for _ in 0..count {
            let key = self.value(&schema["keys"], form, depth + 1);
            if !pairs.iter().any(|pair| pair[0] == key) {
                pairs.push(json!([key, self.value(values, form, depth + 1)]));
            }
        }
        Value::Array(pairs)
    }

    /// JSON that its schema does not expect.
    fn misfit(&mut self) -> Value {
        match self.rng.u32(..9) {
            0 => json!(1.9),
            1 => json!(99_999_999_999_i64),
            2 => json!("x"),
            3 => json!([]),
            4 => json!({}),
            5 => json!(true),
            6 => json!([[1, 2]]),
            7 => json!({"a": 1}),
            _ => Value::Null,
        }
    }

    /// Schemaless data.
    pub(crate) fn schemaless(&mut self, depth: u32) -> Value {
        let kind = if depth == 0 && self.chance(70) { 10 } else { self.rng.u32(..14) };
        match kind {
            0 | 1 => json!(self.integer()),
            2 => self.float64_finite(),
            3 => json!(self.rng.bool()),
            4..=6 => json!(self.text()),
            7 | 8 => self.tagged(depth),
            9 if depth > 0 => Value::Null,
            11 if depth < 4 => {
                let count = self.rng.usize(..4);
                (0..count).map(|_| self.schemaless(depth + 1)).collect()
            }
            10 | 12 if depth < 4 => {
                let mut object = Map::new();
                let count = if depth == 0 { self.rng.usize(..7) } else { self.rng.usize(..4) };
                for _ in 0..count {
                    let name = if self.chance(95) { self.field().to_owned() } else { self.text() };
                    object.insert(name, self.schemaless(depth + 1));
                }
                Value::Object(object)
            }
            _ => json!(self.text()),
        }
    }

    /// A value that says its own type.
    fn tagged(&mut self, depth: u32) -> Value {
        match self.rng.u32(..13) {
            0 => json!({"$type":"int8","value":self.integer() as i8}),
            1 => json!({"$type":"int16","value":self.integer() as i16}),
            2 | 3 => json!({"$type":"int32","value":self.integer() as i32}),
            4 => json!({"$type":"float32","value":self.float32()}),
            5 => json!({"$type":"float64","value":self.float64()}),
            6 => json!({"$type":"bytes","value":base64(&self.bytes())}),
            7 | 8 => json!({"$type":"decimal","value":self.decimal()}),
            9 | 10 => json!({"$type":"instant","value":self.instant()}),
            11 if depth < FLAT => {
                let mut pairs: Vec<Value> = Vec::new();
                for _ in 0..self.rng.usize(..3) {
                    let key = self.schemaless(depth + 3);
                    let text = key.to_string();
                    if (text.contains("bytes") || text.contains("struct")) && !pairs.is_empty() {
                        break; // They hash by identity, so the order of two is nobody's.
                    }
                    if !pairs.iter().any(|pair| pair[0] == key) {
                        pairs.push(json!([key, self.schemaless(depth + 1)]));
                    }
                }
                json!({"$type":"map","value":pairs})
            }
            12 if depth < FLAT => {
                let schema = json!({"type":"struct","fields":[{"type":"int32","optional":true,"field":"a"}],"optional":true});
                json!({"$type":"struct","schema":schema,"value":{"a":self.rng.i32(..)}})
            }
            _ => json!({"$type":"string","value":self.text()}),
        }
    }

    /// JSON text without a schema, as producers write it: also numbers and forms that few parsers agree on.
    pub(crate) fn json_text(&mut self, depth: u32) -> String {
        let kind = if depth == 0 && self.chance(70) { 6 } else { self.rng.u32(..9) };
        match kind {
            0 | 1 => self.integer().to_string(),
            2 => self.number_text(),
            3 => self.pick(&["true", "false", "null"]).to_owned(),
            4 | 5 => self.quoted(),
            6 if depth < 5 => {
                let mut out = "{".to_owned();
                for i in 0..self.rng.usize(..6) {
                    let names = ["\\u00e9x", "\\ud83d\\ude00", "\\u0061", "\\ud83d", "\\udc00x"];
                    let name = match self.rng.u32(..100) {
                        0..94 => self.field(),
                        94..98 => names[self.rng.usize(..3)],
                        _ => self.pick(&names),
                    };
                    let _ = write!(
                        out,
                        "{}\"{name}\":{}",
                        if i > 0 { "," } else { "" },
                        self.json_text(depth + 1)
                    );
                }
                out + "}"
            }
            7 if depth < 5 => {
                let parts: Vec<String> =
                    (0..self.rng.usize(..4)).map(|_| self.json_text(depth + 1)).collect();
                format!("[{}]", parts.join(if self.chance(80) { "," } else { " , " }))
            }
            _ => self.rng.i32(-9..10).to_string(),
        }
    }

    fn quoted(&mut self) -> String {
        match self.rng.u32(..20) {
            0 => r#""\ud83d""#.to_owned(),
            1 => r#""\ud83d\ude00\u0000""#.to_owned(),
            2 => r#""\udc00\ud800x""#.to_owned(),
            3 => r#""\/\b\f\n\r\t\"""#.to_owned(),
            _ => serde_json::to_string(&self.text()).expect("a string"),
        }
    }

    fn number_text(&mut self) -> String {
        let odd = [
            "1.10",
            "1e2",
            "-0",
            "-0.0",
            "0012",
            "1E400",
            "0.1e-400",
            "12345678901234567890",
            "1.0",
            "0.5",
            "99999999999999999999.5",
            "1e-7",
            "123456789.125",
            "0e0",
            "-1E+3",
            "1.",
            ".5",
            "+1",
            "1e",
            "NaN",
            "00",
        ];
        if self.chance(60) { self.pick(&odd).to_owned() } else { self.float64_finite().to_string() }
    }

    /// Bytes changed here and there.
    pub(crate) fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..self.rng.usize(1..3) {
            let at = self.rng.usize(..=bytes.len());
            match self.rng.u32(..4) {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] = self.rng.u8(..),
                2 => bytes.insert(at, self.pick(&["{", "}", "\"", ",", "0", " ", "\\", "["]).as_bytes()[0]),
                _ if at < bytes.len() => drop(bytes.remove(at)),
                _ => {}
            }
        }
    }

    /// Bytes that are no UTF-8, or nearly none, put into a string or a name, between tokens or behind everything.
    pub(crate) fn malform(&mut self, bytes: &mut Vec<u8>) {
        const ODD: [&[u8]; 28] = [
            b"\xC0\xAF",
            b"\xC1\x81",
            b"\xC0\x80",
            b"\xC0\xA2",
            b"\xC1\x9C",
            b"\xE0\x80\xAF",
            b"\xE0\x9F\xBF",
            b"\xF0\x80\x80\xAF",
            b"\xF0\x8F\xBF\xBF",
            b"\xF4\x90\x80\x80",
            b"\xF5\x80\x80\x80",
            b"\xF7\xBF\xBF\xBF",
            b"\xF8\x88\x80\x80\x80",
            b"\xED\xA0\x80",
            b"\xED\xBF\xBF",
            b"\xED\xA0\xBD\xED\xB8\x80",
            b"\x80",
            b"\xBF",
            b"\xFF",
            b"\xFE",
            b"\xC3",
            b"\xC3(",
            b"\xE2\x82",
            b"\xE2(\xA1",
            b"\xE2",
            b"\xF0\x9F\x98",
            b"\xF0\x9F(\x80",
            b"\xC3\xA9",
        ];
        for _ in 0..self.rng.usize(1..3) {
            let odd = ODD[self.rng.usize(..ODD.len())];
            let quotes: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b'"').collect();
            let at = match self.rng.u32(..8) {
                0 => bytes.len(),
                1 => self.rng.usize(..=bytes.len()),
                _ if quotes.is_empty() => bytes.len(),
                // Behind an opening quote or in front of a closing one.
                _ => {
                    let i = self.rng.usize(..quotes.len());
                    quotes[i] + usize::from(i.is_multiple_of(2))
                }
            };
            bytes.splice(at..at, odd.iter().copied());
        }
    }

    pub(crate) fn integer(&mut self) -> i64 {
        let edges = [
            0,
            1,
            -1,
            7,
            42,
            127,
            128,
            -128,
            -129,
            255,
            256,
            300,
            32_767,
            32_768,
            -32_768,
            -32_769,
            65_535,
            65_536,
            2_147_483_647,
            2_147_483_648,
            -2_147_483_648,
            -2_147_483_649,
            9_007_199_254_740_993,
            i64::MAX,
            i64::MIN,
            i64::MAX - 1,
            1_483_425_001_864,
            86_399_999,
            86_400_000,
            16_777_217,
        ];
        match self.rng.u32(..4) {
            0 => self.rng.i64(..),
            1 => self.rng.i64(-200..200),
            _ => edges[self.rng.usize(..edges.len())],
        }
    }

    fn instant(&mut self) -> i64 {
        match self.rng.u32(..20) {
            0 => self.integer(),
            1 => self.rng.i64(-62_200_000_000_000..-1_000_000_000),
            2 => self.rng.i64(..=253_402_300_799_999),
            3..=5 => self.rng.i64(0..86_400_000),
            6..=8 => self.rng.i64(-20_000..20_000) * 86_400_000,
            _ => self.rng.i64(-2_000_000_000_000..4_000_000_000_000),
        }
    }

    fn float32(&mut self) -> Value {
        let edges = [
            0.0_f32,
            -0.0,
            0.1,
            1.0,
            1.5,
            -2.25,
            1.0e10,
            1.0e-4,
            0.001,
            1.0e7,
            9_999_999.0,
            3.4e38,
            f32::MIN_POSITIVE,
            300.9,
            16_777_216.0,
            1.0e-45,
            2.0e-3,
            2_147_483_648.0,
            -1.0e20,
        ];
        let value = match self.rng.u32(..8) {
            0 => return json!(self.pick(&["NaN", "Infinity", "-Infinity"])),
            1 | 2 => f32::from_bits(self.rng.u32(..)),
            3 => self.rng.i32(-100_000..100_000) as f32 / 8.0,
            _ => edges[self.rng.usize(..edges.len())],
        };
        if value.is_finite() { json!(f64::from(value)) } else { json!(1.5) }
    }

    fn float64(&mut self) -> Value {
        if self.chance(12) {
            json!(self.pick(&["NaN", "Infinity", "-Infinity"]))
        } else {
            self.float64_finite()
        }
    }

    fn float64_finite(&mut self) -> Value {
        let edges = [
            0.0_f64,
            -0.0,
            0.1,
            1.0,
            1.5,
            -2.25,
            1.0e10,
            1.0e-4,
            0.001,
            1.0e7,
            9_999_999.0,
            300.9,
            1.0e20,
            123_456_789.123,
            4.0e9,
            2.0e-3,
            9.223_372_036_854_775e18,
            0.5,
            -1.0e-7,
        ];
        let value = match self.rng.u32(..6) {
            0 | 1 => f64::from_bits(self.rng.u64(..)),
            2 => self.rng.i32(..) as f64 / 8.0,
            _ => edges[self.rng.usize(..edges.len())],
        };
        if value.is_finite() { json!(value) } else { json!(f64::MAX) }
    }

    fn decimal(&mut self) -> String {
        let edges = [
            "0",
            "1.50",
            "-129",
            "1E+3",
            "1.99",
            "0.00",
            "-0.01",
            "123456789012345678901234567890.12",
            "1E-10",
            "0E+3",
        ];
        match self.rng.u32(..5) {
            0 => format!("{}.{:02}", self.rng.i32(-1000..1000), self.rng.u32(..100)),
            1 => self.integer().to_string(),
            _ => self.pick(&edges).to_owned(),
        }
    }

    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        match self.rng.u32(..4) {
            0 => self.text().into_bytes(),
            1 => vec![0, 1, 255, 254],
            // As East Asian texts are encoded.
            2 => (0..self.rng.usize(..9)).map(|_| self.rng.u8(0x81..)).collect(),
            _ => (0..self.rng.usize(..9)).map(|_| self.rng.u8(..)).collect(),
        }
    }

    pub(crate) fn text(&mut self) -> String {
        let odd = [
            "",
            "a",
            "abc",
            "true",
            "TRUE",
            "False",
            "42",
            "+42",
            " 42 ",
            "-7",
            "300",
            "1.5",
            "1e10",
            "NaN",
            "0x1p3",
            "1.5f",
            "9223372036854775808",
            "-9223372036854775808",
            "2019-08-23",
            "2019-08-23T14:34:54.346Z",
            "14:34:54.346Z",
            "2017 01 03 06 30 01 864 +0000",
            "2017-01-03",
            "2017-13-32",
            "é",
            "😀",
            "\u{1}",
            "a\"b\\c",
            "null",
            "[1,2]",
            "{\"a\":1}",
            "{}",
            "one, two",
            "line\nbreak",
            "\u{7f}/<&\u{2028}",
            "\u{feff}x",
            "a.b",
            "0",
            "1",
            "-0",
            "١٢",
            "1_000",
            "1,000",
            "Infinity",
            "0.0",
            "2017-01-03T06:30:01",
            "Tue, 3 Jan 2017 06:30:01 UTC",
            "aé日本😀ж\u{a0}",
            "中文繁體€",
            "한국어 ﾊﾝｶｸ ¥‾",
            "„Łódź“ Ğş ѢЄ",
        ];
        match self.rng.u32(..12) {
            0 => self.integer().to_string(),
            1 => (0..self.rng.usize(..8)).map(|_| self.rng.char('a'..='e')).collect(),
            2 => (0..self.rng.usize(..4)).map(|_| self.rng.char(..)).collect(),
            _ => self.pick(&odd).to_owned(),
        }
    }

    /// A text in the grammar of header values, or nearly so.
    pub(crate) fn header_text(&mut self, depth: u32) -> String {
        let atoms = [
            "1",
            "127",
            "128",
            "-129",
            "40000",
            "9223372036854775807",
            "9223372036854775808",
            "1.5",
            "0.1",
            "3.4e39",
            "1e309",
            "1e-400",
            ".5",
            "5.",
            "+.5",
            "-0.0",
            "true",
            "FALSE",
            "True",
            "null",
            "NULL",
            "abc",
            "\"q\\\"u\"",
            "\"x,y\"",
            "a:b",
            "2019-08-23",
            "2019-08-23T14:34:54.346Z",
            "14:34:54.346Z",
            "1-1-1-1-1-",
            "25:61:61.999Z",
            "NaN",
            "Infinity",
            "1f",
            "0x10",
            "\\,",
            "\\",
            "",
            " ",
            "\t",
            "2019-08-2a",
            "1L",
            "١٢",
            "\"",
            "[",
            "]",
            "{",
            "}",
            "12:34:56.789+0200",
            "2019-02-30",
            "1E5",
            "00012",
            "--1",
            "true false",
            "\"\"",
        ];
        match self.rng.u32(..12) {
            0 | 1 if depth < 4 => {
                let parts: Vec<String> =
                    (0..self.rng.usize(..4)).map(|_| self.header_text(depth + 1)).collect();
                format!("[{}]", parts.join(self.pick(&[",", ", ", " ,", ","])))
            }
            2 | 3 if depth < 4 => {
                let parts: Vec<String> = (0..self.rng.usize(..4))
                    .map(|_| format!("{}:{}", self.header_text(depth + 2), self.header_text(depth + 1)))
                    .collect();
                format!("{{{}}}", parts.join(self.pick(&[",", ", ", " ,", ","])))
            }
            4 => self.text(),
            5 => format!("\"{}\"", self.text()),
            _ => self.pick(&atoms).to_owned(),
        }
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    kconnect_api::base64::encode(bytes, &mut out);
    String::from_utf8(out).expect("base64 is ASCII")
}
