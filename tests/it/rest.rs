//! The same requests, the same answers: a worker with the embedded broker beside what the standalone worker of Apache
//! Kafka 4.3.1 answered.
//!
//! `data/rest-4.3.1.jsonl` holds requests in order, with that worker's status and answer. In them `{dir}` is a folder with
//! `in.txt`, `{worker}` the worker's address, `{version}` and `V` a plugin's version. `settles` marks states that take a
//! moment. In answers of validation an entry that is the same as the last one of its name is written as that name alone.
//!
//! A row with `why` differs deliberately: `ours` is then the status and answer expected, and it is a fault when they become
//! those of upstream. Lists of plugins name in `absent` what is not here; whatever is here besides Kafka's is no matter.

use std::collections::HashMap;

use kconnect_testkit::Http;
use serde_json::{Map, Value as Json};

use crate::rig::{BrokerProcess, LIMIT, Rig};

#[test]
fn the_worker_answers_as_apache_kafka_4_3_1_does() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "unused");
    let worker = rig.worker("connector.client.config.override.policy=All");
    let plain = worker.lines().filter(|line| !line.contains("schemas.enable"));
    rig.write("worker.properties", &plain.collect::<Vec<_>>().join("\n"));
    rig.write("in.txt", "a\nb\nc\n");
    let _worker = rig.start_with(&[]);
    rig.get("/health");
    let mut known = HashMap::new();
    let (mut rows, mut faults) = (0, Vec::new());
    for line in include_str!("data/rest-4.3.1.jsonl").lines() {
        let row: Json = serde_json::from_str(line).unwrap();
        rows += 1;
        if let Err(fault) = check(&rig, &row, &mut known) {
            faults.push(format!("{} {} {}\n    {fault}", row["method"], row["path"], row["body"]));
        }
    }
    assert!(rows > 700, "{rows}");
    assert!(faults.is_empty(), "{} faults of {rows}\n{}", faults.len(), faults.join("\n"));
}

fn check(rig: &Rig, row: &Json, known: &mut HashMap<String, Json>) -> Result<(), String> {
    let dir = rig.dir.path().display().to_string();
    let asked = |text: &str| text.replace("{dir}", &dir).replace("{version}", env!("CARGO_PKG_VERSION"));
    let path = asked(row["path"].as_str().unwrap());
    let body = row["body"].as_str().map(asked);
    let ask = || rig.ask(row["method"].as_str().unwrap(), &path, body.as_deref());
    let theirs =
        Answer { status: row["status"].as_u64().unwrap(), body: expand(row["answer"].clone(), known) };
    let ours = row.get("ours").map(|ours| Answer {
        status: ours["status"].as_u64().unwrap(),
        body: expand(ours["answer"].clone(), known),
    });
    if ours.as_ref() == Some(&theirs) {
        return Err("the row says that we differ, and we do not".to_owned());
    }
    let wanted = ours.as_ref().unwrap_or(&theirs);
    let found = |answer: &Http| {
        let text = answer.body.replace(&dir, "{dir}").replace(&rig.rest, "{worker}");
        let body = serde_json::from_str(&text)
            .map_or_else(|_| Json::from(text), |json| Comparable { path: &path }.of(json, None));
        Answer { status: u64::from(answer.status), body }
    };
    let mut answer = found(&ask());
    if row.get("settles").is_some() {
        let deadline = std::time::Instant::now() + LIMIT / 6;
        while answer != *wanted && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(50));
            answer = found(&ask());
        }
    }
    match row.get("absent") {
        Some(absent) => plugins(&answer, wanted, absent),
        None if answer == *wanted => Ok(()),
        None => Err(answer.difference(wanted)),
    }
}

/// A status and what is comparable of a body.
#[derive(PartialEq)]
struct Answer {
    status: u64,
    body: Json,
}

impl Answer {
    /// The parts that differ of an answer, which may be long.
    fn difference(&self, wanted: &Self) -> String {
        if self.status != wanted.status {
            return format!("status {} instead of {}: {}", self.status, wanted.status, self.body);
        }
        let parts = |json: &Json| json["configs"].as_array().cloned().unwrap_or_else(|| vec![json.clone()]);
        let (ours, theirs) = (parts(&self.body), parts(&wanted.body));
        let only = |these: &[Json], those: &[Json]| -> String {
            let parts = these.iter().filter(|part| !those.contains(part)).map(Json::to_string);
            parts.collect::<Vec<_>>().join("\n      ")
        };
        let (more, less) = (only(&ours, &theirs), only(&theirs, &ours));
        if more.is_empty() && less.is_empty() {
            let names = |parts: &[Json]| parts.iter().map(|part| part["value"]["name"].to_string()).collect();
            let (ours, theirs): (Vec<String>, Vec<String>) = (names(&ours), names(&theirs));
            return format!("the order is {}\n    instead of {}", ours.join(" "), theirs.join(" "));
        }
        format!("{more}\n    instead of\n    {less}")
    }
}

/// Compares lists of Kafka's plugins, of which those named in `absent` are not here.
fn plugins(answer: &Answer, wanted: &Answer, absent: &Json) -> Result<(), String> {
    let absent = absent.as_array().unwrap();
    let kafkas = |list: &Json| -> Vec<Json> {
        let of_kafka = |plugin: &&Json| {
            plugin["class"].as_str().is_some_and(|class| class.starts_with("org.apache.kafka."))
        };
        list.as_array().unwrap().iter().filter(of_kafka).cloned().collect()
    };
    let theirs = kafkas(&wanted.body).into_iter().filter(|plugin| !absent.contains(&plugin["class"]));
    let theirs = Answer { status: wanted.status, body: theirs.collect() };
    let ours = Answer { status: answer.status, body: kafkas(&answer.body).into() };
    if ours == theirs { Ok(()) } else { Err(ours.difference(&theirs)) }
}

/// Puts back the entries of a validation that are written as names.
fn expand(mut answer: Json, known: &mut HashMap<String, Json>) -> Json {
    if let Some(entries) = answer.get_mut("configs").and_then(Json::as_array_mut) {
        for entry in entries {
            match entry.as_str() {
                Some(name) => *entry = known[name].clone(),
                None => _ = known.insert(entry["value"]["name"].as_str().unwrap().to_owned(), entry.clone()),
            }
        }
    }
    answer
}

/// Without what is not fixed: texts of documentation, versions, ids, times, stack traces, positions in JSON, the order of
/// maps and of connectors, and lists of the classes and loggers that are there.
struct Comparable<'a> {
    path: &'a str,
}

impl Comparable<'_> {
    fn of(&self, json: Json, key: Option<&str>) -> Json {
        match json {
            Json::Object(fields) => self.object(fields),
            Json::Array(items) => self.array(items, key),
            Json::String(text) => Json::from(Self::text(&text, key)),
            Json::Number(_) if key == Some("last_modified") => Json::from("…"),
            other => other,
        }
    }

    fn object(&self, fields: Map<String, Json>) -> Json {
        let loggers = self.path == "/admin/loggers";
        let kept = |(key, value): &(String, Json)| {
            key != "documentation" && (!loggers || !value.is_object() || is_logger(key))
        };
        let mut fields: Vec<(String, Json)> = fields.into_iter().filter(kept).collect();
        for (key, value) in &mut fields {
            *value = self.of(value.take(), Some(key));
        }
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        Json::Object(fields.into_iter().collect())
    }

    fn array(&self, items: Vec<Json>, key: Option<&str>) -> Json {
        let kept = |item: &Json| match item.as_str() {
            Some(class) if key == Some("recommended_values") => !is_class(class),
            Some(logger) if self.path.starts_with("/admin/loggers/root") => is_logger(logger),
            _ => true,
        };
        let mut items: Vec<Json> = items.into_iter().map(|item| self.of(item, None)).filter(kept).collect();
        if items.iter().all(|item| item.as_str().is_some_and(|name| name.starts_with("zz-"))) {
            items.sort_by_key(Json::to_string);
        }
        Json::Array(items)
    }

    fn text(text: &str, key: Option<&str>) -> String {
        if matches!(key, Some("commit" | "kafka_cluster_id")) && !text.is_empty() {
            return "…".to_owned();
        }
        // Classes of Kafka answer to its version, too.
        let text = text.replace(env!("CARGO_PKG_VERSION"), "V").replace("[V, 4.3.1]", "[V]");
        let end = match key {
            Some("trace") => text.find('\n'),
            Some("message") => text.find("\n at ").or_else(|| text.find(" PluginDesc")),
            _ => None,
        };
        text[..end.unwrap_or(text.len())].to_owned()
    }
}

/// Whether the rows speak of this logger.
fn is_logger(name: &str) -> bool {
    name == "root" || name.starts_with("zz")
}

fn is_class(name: &str) -> bool {
    // Converters that the recorded worker did not have are among them.
    name.starts_with("org.apache.kafka.") || name.starts_with("io.confluent.")
}
