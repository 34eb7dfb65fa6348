//! Random configurations: converters with their settings, chains of transforms with predicates, and mistakes in them.

use serde_json::{Map, Value};

use crate::data::Data;

pub(crate) const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
pub(crate) const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
pub(crate) const SIMPLE: &str = "org.apache.kafka.connect.storage.SimpleHeaderConverter";
const CONVERTERS: [&str; 9] = [
    STRING,
    JSON,
    "org.apache.kafka.connect.converters.ByteArrayConverter",
    "org.apache.kafka.connect.converters.BooleanConverter",
    "org.apache.kafka.connect.converters.ShortConverter",
    "org.apache.kafka.connect.converters.IntegerConverter",
    "org.apache.kafka.connect.converters.LongConverter",
    "org.apache.kafka.connect.converters.FloatConverter",
    "org.apache.kafka.connect.converters.DoubleConverter",
];

/// All classes whose settings are compared as well.
pub(crate) const SIDED: [&str; 12] = [
    "Cast",
    "ExtractField",
    "Flatten",
    "HoistField",
    "InsertField",
    "MaskField",
    "ReplaceField",
    "SetSchemaMetadata",
    "TimestampConverter",
    "HeaderFrom",
    "DropHeaders",
    "InsertHeader",
];
pub(crate) const WHOLE: [&str; 4] = ["Filter", "RegexRouter", "TimestampRouter", "ValueToKey"];
pub(crate) const PREDICATES: [&str; 3] = ["HasHeaderKey", "RecordIsTombstone", "TopicNameMatches"];
const PACKAGE: &str = "org.apache.kafka.connect.transforms";

/// Whether a class comes as `…$Key` and `…$Value`.
pub(crate) fn is_sided(class: &str) -> bool {
    SIDED.contains(&class) && !matches!(class, "DropHeaders" | "InsertHeader")
}

pub(crate) fn predicate_class(name: &str) -> String {
    format!("{PACKAGE}.predicates.{name}")
}

pub(crate) fn transform_class(name: &str, side: &str) -> String {
    if is_sided(name) { format!("{PACKAGE}.{name}${side}") } else { format!("{PACKAGE}.{name}") }
}

/// Every class of a converter, transform or predicate.
pub(crate) fn classes() -> Vec<String> {
    let mut all: Vec<String> = CONVERTERS.iter().map(|class| (*class).to_owned()).collect();
    all.push(SIMPLE.to_owned());
    for name in SIDED.iter().chain(&WHOLE) {
        all.push(transform_class(name, "Key"));
        all.push(transform_class(name, "Value"));
    }
    all.extend(PREDICATES.map(predicate_class));
    all.dedup();
    all
}

impl Data {
    /// A connector's configuration, as far as it concerns the data plane.
    pub(crate) fn config(&mut self, sink: bool) -> Map<String, Value> {
        let mut config = Map::new();
        for role in ["key.converter", "value.converter"] {
            let class = self.converter_class(sink);
            self.converter(role, class, &mut config);
        }
        if self.chance(40) {
            let class = if self.chance(50) { SIMPLE } else { self.converter_class(sink) };
            self.converter("header.converter", class, &mut config);
        }
        self.chain(&mut config);
        if !self.smooth && self.chance(12) {
            self.mistake(&mut config);
        }
        config
    }

    /// A class. Most can only write one type of what a source returns.
    fn converter_class(&mut self, sink: bool) -> &'static str {
        match self.rng.u32(..100) {
            0..60 => JSON,
            60..100 if self.smooth => self.pick(&[JSON, JSON, JSON, STRING]),
            60..75 => STRING,
            75..93 if !sink => JSON,
            _ => CONVERTERS[self.rng.usize(..CONVERTERS.len())],
        }
    }

    fn converter(&mut self, role: &str, class: &str, config: &mut Map<String, Value>) {
        let alias = class.rsplit('.').next().unwrap_or(class);
        let by_alias = self.chance(5);
        config.insert(role.to_owned(), if by_alias { alias.into() } else { class.into() });
        let mut set = |data: &mut Self, key: &str, percent: u32, values: &[&str]| {
            if data.chance(percent) {
                config.insert(format!("{role}.{key}"), data.pick(values).into());
            }
        };
        if class == JSON {
            set(self, "schemas.enable", 45, &["false", "false", "true", "FALSE", " true"]);
            set(self, "decimal.format", 25, &["NUMERIC", "numeric", "BASE64", "base64"]);
            set(self, "replace.null.with.default", 25, &["false", "true"]);
            set(self, "schemas.cache.size", 5, &["0", "1", "1000"]);
            let contents = [
                r#"{"type":"int32","optional":true}"#,
                r#"{"type":"string"}"#,
                "",
                r#"{"type":"struct","fields":[{"type":"int64","optional":true,"field":"a"},{"type":"string","optional":true,"field":"b"}]}"#,
            ];
            set(self, "schema.content", 4, &contents);
        } else if class == STRING {
            let charsets = [
                "UTF-8",
                "utf8",
                "ISO-8859-1",
                "US-ASCII",
                "UTF-16",
                "UTF-16LE",
                "UTF-32",
                "windows-1252",
                "KOI8-R",
                "ISO-8859-9",
                "IBM866",
                "windows-1257",
                "ms874",
                "macroman",
                "GBK",
                "gb2312",
                "GB18030",
                "Big5",
                "EUC-JP",
                "Shift_JIS",
                "ms932",
                "ISO-2022-JP",
                "euckr",
                "MS949",
            ];
            set(self, "converter.encoding", 35, &charsets);
        }
    }

    fn chain(&mut self, config: &mut Map<String, Value>) {
        let length = [0, 1, 1, 1, 2, 2, 3, 4][self.rng.usize(..8)];
        let predicates: Vec<&str> = ["p", "q"].into_iter().take(self.rng.usize(..3)).collect();
        let aliases: Vec<String> = (0..length).map(|i| format!("t{i}")).collect();
        if length > 0 {
            config.insert(
                "transforms".to_owned(),
                aliases.join(if self.chance(90) { "," } else { " , " }).into(),
            );
        }
        if !predicates.is_empty() {
            config.insert("predicates".to_owned(), predicates.join(",").into());
        }
        for (at, alias) in aliases.iter().enumerate() {
            let name = if self.smooth {
                self.usual_transform(at + 1 == length)
            } else if self.chance(85) {
                SIDED[self.rng.usize(..SIDED.len())]
            } else {
                WHOLE[self.rng.usize(..WHOLE.len())]
            };
            self.transform(alias, name, config);
            if !predicates.is_empty() && self.chance(35) {
                config.insert(format!("transforms.{alias}.predicate"), self.pick(&predicates).into());
                if self.chance(40) {
                    config.insert(format!("transforms.{alias}.negate"), self.pick(&["true", "false"]).into());
                }
            }
        }
        for alias in predicates {
            let name = PREDICATES[self.rng.usize(..PREDICATES.len())];
            config.insert(format!("predicates.{alias}.type"), predicate_class(name).into());
            let (key, value) = match name {
                "HasHeaderKey" => ("name", self.pick(&["h", "x", "trace"]).to_owned()),
                "TopicNameMatches" => ("pattern", self.regex()),
                _ => continue,
            };
            config.insert(format!("predicates.{alias}.{key}"), value.into());
        }
    }

    fn transform(&mut self, alias: &str, name: &str, config: &mut Map<String, Value>) {
        let side = if self.chance(75) { "Value" } else { "Key" };
        config.insert(format!("transforms.{alias}.type"), transform_class(name, side).into());
        let mut settings = self.settings(name);
        let has_null_rule =
            is_sided(name) && !matches!(name, "Flatten" | "HoistField") || name == "ValueToKey";
        if has_null_rule && self.chance(20) {
            settings.push(("replace.null.with.default", self.pick(&["false", "true", "False"]).to_owned()));
        }
        for (key, value) in settings {
            config.insert(format!("transforms.{alias}.{key}"), value.into());
        }
    }

    fn settings(&mut self, name: &str) -> Vec<(&'static str, String)> {
        match name {
            "Cast" => vec![("spec", self.cast_spec())],
            "ExtractField" => {
                let mut settings = vec![("field", self.path())];
                if self.chance(40) {
                    settings.push(("field.syntax.version", self.pick(&["V1", "V2", "v2"]).to_owned()));
                }
                settings
            }
            "Flatten" if self.chance(50) => Vec::new(),
            "Flatten" => vec![("delimiter", self.pick(&[".", "_", "", "::", "é"]).to_owned())],
            "HoistField" => vec![("field", self.field().to_owned())],
            "InsertField" => self.insert_field(),
            "MaskField" => {
                let mut settings = vec![("fields", self.fields(1))];
                if self.chance(if self.smooth { 5 } else { 45 }) {
                    settings.push((
                        "replacement",
                        self.pick(&["42", "-1", "x", "300", "1.5", "1e3", "é", " 7", "99999999999"])
                            .to_owned(),
                    ));
                }
                settings
            }
            "ReplaceField" => self.replace_field(),
            "SetSchemaMetadata" => {
                let mut settings = Vec::new();
                if self.chance(75) {
                    settings.push((
                        "schema.name",
                        self.pick(&["com.x.New", "n", "", "org.apache.kafka.connect.data.Date"]).to_owned(),
                    ));
                }
                if self.chance(60) {
                    settings.push(("schema.version", self.pick(&["7", "-1", "0", "2147483647"]).to_owned()));
                }
                settings
            }
            "TimestampConverter" => self.timestamp_converter(),
            "HeaderFrom" => {
                let count = self.rng.usize(1..3);
                let fields: Vec<&str> = (0..count).map(|_| self.field()).collect();
                let headers: Vec<&str> = (0..count).map(|_| self.pick(&["h", "x", "new"])).collect();
                vec![
                    ("fields", fields.join(",")),
                    ("headers", headers.join(",")),
                    ("operation", self.pick(&["move", "copy"]).to_owned()),
                ]
            }
            "DropHeaders" => vec![("headers", self.pick(&["h", "x,h", "none", "trace"]).to_owned())],
            "InsertHeader" => vec![
                ("header", self.pick(&["h", "new", ""]).to_owned()),
                ("value.literal", self.header_text(0)),
            ],
            "RegexRouter" => vec![("regex", self.regex()), ("replacement", self.replacement())],
            "TimestampRouter" => {
                let mut settings = Vec::new();
                if self.chance(60) {
                    let formats = [
                        "${topic}-${timestamp}",
                        "fixed",
                        "x${timestamp}y",
                        "${topic}${topic}",
                        "$timestamp",
                        "${timestamp}-${topic}-${timestamp}",
                    ];
                    settings.push(("topic.format", self.pick(&formats).to_owned()));
                }
                if self.chance(70) {
                    settings.push(("timestamp.format", self.date_pattern()));
                }
                settings
            }
            "ValueToKey" => vec![("fields", self.fields(1))],
            _ => Vec::new(),
        }
    }

    fn fields(&mut self, least: usize) -> String {
        let count = self.rng.usize(least..4);
        let mut names: Vec<&str> = (0..count).map(|_| self.field()).collect();
        if self.chance(95) {
            names.sort_unstable();
            names.dedup();
        }
        names.join(",")
    }

    fn path(&mut self) -> String {
        if self.smooth {
            return self.pick(&["a", "b", "c", "nested", "ts"]).to_owned();
        }
        if self.chance(60) {
            return self.field().to_owned();
        }
        self.pick(&[
            "a.b",
            "`a.b`",
            "nested.a",
            "nested.b.c",
            "a..b",
            "`a.b`.c",
            "a.`b",
            "b.c.d",
            "`b.c`.a",
            "a.",
            ".a",
            "`",
            "a.b.c.d",
            "é.a",
        ])
        .to_owned()
    }

    fn cast_type(&mut self) -> &'static str {
        self.pick(&[
            "int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string", "string", "INT32",
            "Float64",
        ])
    }

    fn cast_spec(&mut self) -> String {
        if self.smooth {
            return self.usual_cast();
        }
        if self.chance(30) {
            return self.cast_type().to_owned();
        }
        let parts: Vec<String> =
            (0..self.rng.usize(1..4)).map(|_| format!("{}:{}", self.field(), self.cast_type())).collect();
        parts.join(if self.chance(90) { "," } else { " , " })
    }

    fn insert_field(&mut self) -> Vec<(&'static str, String)> {
        let mut settings = Vec::new();
        for (key, percent) in
            [("topic.field", 40), ("partition.field", 30), ("offset.field", 15), ("timestamp.field", 40)]
        {
            if self.chance(percent) {
                let mark = self.pick(&["", "", "!", "?", "?!"]);
                settings.push((key, format!("{}{mark}", self.pick(&["a", "t", "p", "o", "ts", "new"]))));
            }
        }
        if settings.is_empty() || self.chance(30) {
            settings.push(("static.field", self.pick(&["s", "a", "s!"]).to_owned()));
            settings.push(("static.value", self.text()));
        }
        settings
    }

    fn replace_field(&mut self) -> Vec<(&'static str, String)> {
        let mut settings = Vec::new();
        if self.chance(40) {
            settings.push(("exclude", self.fields(1)));
        }
        if self.chance(35) {
            settings.push(("include", self.fields(1)));
        }
        if self.chance(50) {
            let renames: Vec<String> =
                (0..self.rng.usize(1..3)).map(|_| format!("{}:{}", self.field(), self.field())).collect();
            settings.push(("renames", renames.join(",")));
        }
        settings
    }

    fn timestamp_converter(&mut self) -> Vec<(&'static str, String)> {
        let target = self.pick(&["string", "unix", "Date", "Time", "Timestamp"]);
        let mut settings = vec![("target.type", target.to_owned())];
        if self.smooth {
            settings.push(("field", "ts".to_owned()));
        } else if self.chance(60) {
            settings.push(("field", if self.chance(60) { "ts".to_owned() } else { self.field().to_owned() }));
        }
        if target == "string" && self.chance(95) || self.chance(50) {
            settings.push(("format", self.date_pattern()));
        }
        if self.chance(30) {
            settings.push((
                "unix.precision",
                self.pick(&["milliseconds", "seconds", "microseconds", "nanoseconds"]).to_owned(),
            ));
        }
        settings
    }

    fn date_pattern(&mut self) -> String {
        let known = [
            "yyyy MM dd HH mm ss SSS Z",
            "yyyy-MM-dd",
            "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "EEE, d MMM yyyy HH:mm:ss z",
            "YYYY-'W'ww-u",
            "yy/M/d h:m:s a",
            "D F E W w k K S",
            "SSSSSS",
            "yyyyMMdd''HH",
            "G",
            "MMMM EEEE zzzz",
            "yyyyMMdd",
            "yyyyMMddHHmmssSSS",
            "X XX XXX",
            "''",
            "'quoted' yyyy",
            "y",
            "yyy",
            "yyyyy",
            "L LL LLL LLLL",
            "uuuu",
            "hh KK kk HH",
            "aaaa",
            "GGGG yyyy",
            "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
            "HH:mm:ss",
            "yyyy-DDD",
            "Y w E",
            "yyyy W F",
            "Z",
            "z",
            "é yyyy",
        ];
        if self.chance(75) {
            return self.pick(&known).to_owned();
        }
        let letters = "GyYMLwWDdFEuaHkKhmsSzZX";
        let mut pattern = String::new();
        for _ in 0..self.rng.usize(1..5) {
            let at = self.rng.usize(..letters.len());
            pattern.push_str(&letters[at..=at].repeat(self.rng.usize(1..5)));
            pattern.push_str(self.pick(&[" ", "-", "", "'x'", ":", "''"]));
        }
        pattern
    }

    fn regex(&mut self) -> String {
        let known = [
            "topic",
            "(t)(.*)",
            "top",
            "(?<n>.*)",
            "(.*)opic",
            ".*",
            "(.*)",
            "to|topic",
            ".*?",
            "topic(z)?",
            "[a-z]+",
            "\\w+-\\d+",
            "(?i)TOPIC",
            "t.*|orders.*",
            "(\\w+)\\.(\\w+)",
            "(?=t).*",
            "[^x]*",
            "(a|b|t)+opic",
            "\\Qtopic\\E",
            "orders-(\\d{2})",
            "(.)(.)(.)(.*)",
            "\\p{Alpha}+",
            "^topic$",
            "(?:to)(pic)",
            "(.*?)(\\d*)",
            "x*",
            "([a-z&&[^x]]+)",
            "(t)\\1?.*",
            "t++.*",
        ];
        self.pick(&known).to_owned()
    }

    fn replacement(&mut self) -> String {
        let known = [
            "x", "$2$1", "pre-${n}", "$10", "\\$x", "", "[$1]", "$0", "$5", "$", "${n", "\\", "$1-$0", "a.b",
            "é", "${zz}", "$a", "\\1",
        ];
        self.pick(&known).to_owned()
    }

    /// One thing wrong with a configuration.
    fn mistake(&mut self, config: &mut Map<String, Value>) {
        let keys: Vec<String> = config.keys().cloned().collect();
        let key = keys[self.rng.usize(..keys.len())].clone();
        match self.rng.u32(..8) {
            0 | 1 if !key.ends_with(".converter") => drop(config.shift_remove(&key)),
            // A converter that is blank is none; what is said of that is the preview's own.
            2 | 3 if key.ends_with(".converter") => {
                drop(config.insert(key, self.pick(&["nope", "Cast", "java.lang.String"]).into()))
            }
            2 | 3 => {
                let odd = [
                    "",
                    "x",
                    "true",
                    "-1",
                    "a,,b",
                    "a,a",
                    "[",
                    "*",
                    "bad-format",
                    "V3",
                    "a:b:c",
                    "struct",
                    "a:bytes",
                    ",",
                    " ",
                    "Cast",
                    "nope",
                    "java.lang.String",
                    "org.apache.kafka.connect.transforms.Cast",
                    "Filter",
                    "{",
                    "null",
                ];
                config.insert(key, self.pick(&odd).into());
            }
            4 => drop(config.insert(
                "transforms".to_owned(),
                self.pick(&["t0,t0", "t0,", "t9", "t0,t1,t2,t3,t4", "", " t0 "]).into(),
            )),
            5 => drop(config.insert("predicates".to_owned(), self.pick(&["p,p", "r", "", "q,p"]).into())),
            6 => drop(
                config
                    .insert("transforms.t0.negate".to_owned(), self.pick(&["true", "false", "x", ""]).into()),
            ),
            _ => {
                drop(config.insert("transforms.t0.predicate".to_owned(), self.pick(&["p", "zz", ""]).into()))
            }
        }
    }
}
