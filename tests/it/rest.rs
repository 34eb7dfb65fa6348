//! The same requests, the same answers: a worker with the embedded broker beside what the standalone worker of Apache
//! Kafka 4.3.1 answered.
//!
//! `data/rest-4.3.1.jsonl` holds requests in order, with that worker's status and answer. In them `{dir}` is a folder with
//! `in.txt`, `{worker}` the worker's address, `V` a plugin's version. `settles` marks states that take a moment. In answers
//! of validation an entry that is the same as the last one of its name is written as that name alone. A row with `why`
//! differs deliberately, one with `open` does not answer the same yet: of both, `ours` is the status expected.

use std::collections::HashMap;

use kconnect_testkit::{Http, eventually};
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
        let wanted = expand(row["answer"].clone(), &mut known);
        if let Err(fault) = check(&rig, &row, &wanted) {
            faults.push(format!("{} {} {}\n    {fault}", row["method"], row["path"], row["body"]));
        }
    }
    assert!(rows > 500, "{rows}");
    assert!(faults.is_empty(), "{} faults of {rows}\n{}", faults.len(), faults.join("\n"));
}

fn check(rig: &Rig, row: &Json, wanted: &Json) -> Result<(), String> {
    let dir = rig.dir.path().display().to_string();
    let path = row["path"].as_str().unwrap();
    let body = row["body"].as_str().map(|body| body.replace("{dir}", &dir));
    let ask = || rig.ask(row["method"].as_str().unwrap(), path, body.as_deref());
    let mut answer = ask();
    let compare = |answer: &Http| -> Result<(), String> {
        let status = row.get("ours").unwrap_or(&row["status"]).as_u64().unwrap();
        if u64::from(answer.status) != status {
            return Err(format!("status {} instead of {status}: {}", answer.status, answer.body));
        }
        if row.get("ours").is_some() {
            return Ok(());
        }
        let text = answer.body.replace(&dir, "{dir}").replace(&rig.rest, "{worker}");
        let ours =
            serde_json::from_str(&text).map_or_else(|_| Json::from(text), |json| comparable(json, None));
        if ours == *wanted { Ok(()) } else { Err(difference(&ours, wanted)) }
    };
    if row.get("settles").is_some() {
        let deadline = std::time::Instant::now() + LIMIT / 6;
        while compare(&answer).is_err() && std::time::Instant::now() < deadline {
            answer = eventually("an answer", LIMIT, || Some(ask()));
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
    compare(&answer)
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

/// Without what is not fixed: texts of documentation, versions, stack traces, positions in JSON, the order of maps and of
/// connectors, and lists of the classes that are there.
fn comparable(json: Json, key: Option<&str>) -> Json {
    match json {
        Json::Object(fields) => {
            let mut fields: Vec<(String, Json)> = fields
                .into_iter()
                .filter(|(key, _)| key != "documentation")
                .map(|(key, value)| {
                    let value = comparable(value, Some(&key));
                    (key, value)
                })
                .collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(fields.into_iter().collect::<Map<_, _>>())
        }
        Json::Array(items) => {
            let items = items.into_iter().map(|item| comparable(item, None));
            let jvm = |item: &Json| key == Some("recommended_values") && item.as_str().is_some_and(is_class);
            let mut items: Vec<Json> = items.filter(|item| !jvm(item)).collect();
            if items.iter().all(|item| item.as_str().is_some_and(|name| name.starts_with("zz-"))) {
                items.sort_by_key(Json::to_string);
            }
            Json::Array(items)
        }
        Json::String(text) => {
            let text = text.replace(env!("CARGO_PKG_VERSION"), "V");
            let end = match key {
                Some("trace") => text.find('\n'),
                Some("message") => text.find("\n at ").or_else(|| text.find(" PluginDesc")),
                _ => None,
            };
            Json::from(&text[..end.unwrap_or(text.len())])
        }
        other => other,
    }
}

fn is_class(name: &str) -> bool {
    // Converters that the recorded worker did not have are among them.
    name.starts_with("org.apache.kafka.") || name.starts_with("io.confluent.")
}

/// The parts of a long answer that differ.
fn difference(ours: &Json, wanted: &Json) -> String {
    let parts = |json: &Json| json["configs"].as_array().cloned().unwrap_or_else(|| vec![json.clone()]);
    let (ours, wanted) = (parts(ours), parts(wanted));
    let only = |these: &[Json], those: &[Json]| -> String {
        let parts: Vec<String> =
            these.iter().filter(|part| !those.contains(part)).map(Json::to_string).collect();
        parts.join("\n      ")
    };
    format!("{}\n    instead of\n    {}", only(&ours, &wanted), only(&wanted, &ours))
}
