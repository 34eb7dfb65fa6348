//! The same requests, the same answers as a standalone worker of Apache Kafka 4.3.1.
//!
//! `data/observed-4.3.1.jsonl` holds requests sent to such a worker, in order, and what it answered. A row with `why`
//! is a deliberate difference, with our status in `ours`. `answer: null` stands for an HTML page of its HTTP server.

use serde_json::Value as Json;

use crate::client::{Answer, send, started};

#[tokio::test]
async fn answers_are_those_of_apache_kafka_4_3_1() {
    let cors = ("access.control.allow.origin", "http://ok.example");
    let methods = ("access.control.allow.methods", "GET,PUT");
    let rules = ("response.http.headers.config", "add X-Extra: yes");
    let (_server, address, _) = started(&[cors, methods, rules]).await;
    let mut faults = Vec::new();
    let mut rows = 0;
    for line in include_str!("../data/observed-4.3.1.jsonl").lines() {
        let row: Json = serde_json::from_str(line).unwrap();
        let text = |key: &str| row[key].as_str().unwrap_or_default();
        let headers: Vec<(&str, &str)> = row["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str().unwrap()))
            .collect();
        let answer = send(address, text("method"), text("path"), &headers, row["body"].as_str()).await;
        rows += 1;
        faults.extend(differences(&row, &answer).into_iter().map(|fault| {
            let body: String = text("body").chars().take(80).collect();
            format!("{} {} {headers:?} {body}\n    {fault}", text("method"), text("path"))
        }));
    }
    assert!(rows > 300, "{rows}");
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

fn differences(row: &Json, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    let expect = row.get("ours").unwrap_or(&row["status"]).as_u64().unwrap();
    if u64::from(answer.status) != expect {
        faults.push(format!("status {} instead of {expect}: {}", answer.status, answer.body));
        return faults;
    }
    if row["answer"].is_null() {
        return faults;
    }
    for name in [
        "content-type",
        "allow",
        "location",
        "vary",
        "x-extra",
        "access-control-allow-origin",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-max-age",
        "access-control-allow-credentials",
    ] {
        let expect = row["answer_headers"][name].as_str();
        if answer.header(name) != expect {
            faults.push(format!("{name}: {:?} instead of {expect:?}", answer.header(name)));
        }
    }
    if row.get("why").is_none() {
        let path = row["path"].as_str().unwrap();
        let (ours, theirs) =
            (comparable(path, &answer.body), comparable(path, row["answer"].as_str().unwrap()));
        if ours != theirs {
            faults.push(format!("{ours}\n    instead of\n    {theirs}"));
        }
    }
    faults
}

/// Without what is not fixed: the order of hash maps, positions in a parser's message, and texts that a herder makes.
fn comparable(path: &str, body: &str) -> String {
    let Ok(mut json) = serde_json::from_str::<Json>(body) else {
        return body.to_owned();
    };
    if path.ends_with("/config") && json.get("name").is_none_or(|_| json.get("type").is_none()) {
        sort(&mut json);
    }
    if path.starts_with("/connectors?") {
        sort(&mut json);
    }
    sort_configs(&mut json);
    if let Json::Array(items) = &mut json {
        items.sort_by_key(Json::to_string);
    }
    if let Some(Json::String(message)) = json.get_mut("message") {
        for end in ["\n at ", ", available connectors", "onnector config {", " and contains"] {
            if let Some(at) = message.find(end) {
                message.truncate(at);
            }
        }
    }
    json.to_string()
}

fn sort(json: &mut Json) {
    if let Json::Object(fields) = json {
        let mut sorted: Vec<_> = std::mem::take(fields).into_iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        fields.extend(sorted);
    }
}

fn sort_configs(json: &mut Json) {
    match json {
        Json::Object(fields) => fields.iter_mut().for_each(|(key, value)| {
            if key == "config" {
                sort(value);
            }
            sort_configs(value);
        }),
        Json::Array(items) => items.iter_mut().for_each(sort_configs),
        _ => {}
    }
}
