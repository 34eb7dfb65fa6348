//! Converters with a schema registry in a whole worker: what they ask for is fetched while tasks wait, and a registry
//! that is away for a while costs no record.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use kconnect_testkit::eventually;
use serde_json::{Value, json};

use crate::rig::{BrokerProcess, LIMIT, Rig};

/// A registry of one process: schemas by id, with a way to be away.
pub struct Registry {
    pub url: String,
    away: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

type Schemas = Mutex<Vec<(String, Value)>>;

impl Registry {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (away, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (is_away, count, schemas) = (Arc::clone(&away), Arc::clone(&asked), Arc::new(Schemas::default()));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (away, count, schemas) = (Arc::clone(&is_away), Arc::clone(&count), Arc::clone(&schemas));
                std::thread::spawn(move || serve(stream, &away, &count, &schemas));
            }
        });
        Self { url, away, asked }
    }
}

fn serve(stream: TcpStream, away: &AtomicBool, asked: &AtomicUsize, schemas: &Schemas) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let mut headers = BTreeMap::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        asked.fetch_add(1, Ordering::SeqCst);
        let (status, answer) = match away.load(Ordering::SeqCst) {
            true => (503, json!({"error_code": 50003, "message": "away"})),
            false => answer(&line, &body, schemas),
        };
        let text = answer.to_string();
        write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{text}", text.len()).ok()?;
    }
}

fn answer(line: &str, body: &[u8], schemas: &Schemas) -> (u16, Value) {
    let mut schemas = schemas.lock().unwrap();
    let path = line.split(' ').nth(1).unwrap();
    let missing = (404, json!({"error_code": 40403, "message": "Schema not found"}));
    if let Some(rest) = path.strip_prefix("/schemas/ids/") {
        let id: usize = rest.split('?').next().unwrap().parse().unwrap();
        return schemas.get(id - 1).map_or(missing, |(_, schema)| (200, schema.clone()));
    }
    if path == "/subjects" {
        let subjects: BTreeSet<&String> = schemas.iter().map(|(subject, _)| subject).collect();
        return (200, json!(subjects));
    }
    let Some(subject) = path.strip_prefix("/subjects/") else { return missing };
    let (subject, registers) = (subject.split(['/', '?']).next().unwrap(), path.contains("/versions"));
    let schema = (subject.to_owned(), serde_json::from_slice(body).unwrap());
    let known = schemas.iter().position(|it| *it == schema);
    let id = match (known, registers) {
        (Some(at), _) => at + 1,
        (None, false) => return missing,
        (None, true) => {
            schemas.push(schema);
            schemas.len()
        }
    };
    (200, json!({"id": id, "version": 1, "subject": subject}))
}

const CLASSES: [&str; 3] = [
    "io.confluent.connect.avro.AvroConverter",
    "io.confluent.connect.protobuf.ProtobufConverter",
    "io.confluent.connect.json.JsonSchemaConverter",
];

fn converter(class: &str, registry: &Registry) -> String {
    format!(
        "value.converter={class}\nvalue.converter.schema.registry.url={}\nvalue.converter.max.retries=0\n\
         errors.retry.timeout=-1\nerrors.retry.delay.max.ms=50",
        registry.url
    )
}

#[test]
fn lines_go_through_each_format() {
    let broker = BrokerProcess::start();
    for (number, class) in CLASSES.into_iter().enumerate() {
        let registry = Registry::start();
        let rig = Rig::new(&broker.address, &format!("formats-{number}"));
        rig.write("source.properties", &rig.source(&converter(class, &registry)));
        rig.write("sink.properties", &rig.sink(&converter(class, &registry)));
        rig.append("one\nzwei 😀\n\n");
        let mut worker = rig.start();
        rig.arrived_exactly(&worker);
        let asked = registry.asked.load(Ordering::SeqCst);
        for line in 0..1000 {
            rig.append(&format!("line {line}\n"));
        }
        rig.arrived_exactly(&worker);
        assert_eq!(registry.asked.load(Ordering::SeqCst), asked, "{class}: a known schema is not asked for");
        assert!(worker.stop(LIMIT).success());
    }
}

#[test]
fn a_registry_that_is_away_for_a_while_costs_no_record() {
    let broker = BrokerProcess::start();
    let registry = Registry::start();
    registry.away.store(true, Ordering::SeqCst);
    let rig = Rig::new(&broker.address, "away");
    rig.write("source.properties", &rig.source(&converter(CLASSES[0], &registry)));
    rig.write("sink.properties", &rig.sink(&converter(CLASSES[0], &registry)));
    rig.append("first\n");
    let mut worker = rig.start();
    // It is asked again and again, and the task does not fail.
    eventually("several questions", LIMIT, || (registry.asked.load(Ordering::SeqCst) > 3).then_some(()));
    let status = rig.get("/connectors/local-file-source/status");
    assert!(status.body.contains("RUNNING") && !status.body.contains("FAILED"), "{}", status.body);
    registry.away.store(false, Ordering::SeqCst);
    rig.arrived_exactly(&worker);
    assert!(worker.stop(LIMIT).success(), "{}", worker.output());
}
