//! `kconnect preview` as a command, and the same over REST.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::rig::{BrokerProcess, Rig, kconnect};

const CONFIG: &str = r#"{
  "key.converter": "org.apache.kafka.connect.storage.StringConverter",
  "value.converter": "org.apache.kafka.connect.json.JsonConverter",
  "value.converter.schemas.enable": "false",
  "transforms": "c",
  "transforms.c.type": "org.apache.kafka.connect.transforms.Cast$Value",
  "transforms.c.spec": "a:int8"
}"#;
const RECORD: &str =
    r#"{"topic":"t","partition":0,"offset":42,"timestamp":null,"key":"YQ==","value":"eyJhIjozMDB9"}"#;

struct Ran {
    status: Option<i32>,
    out: String,
    err: String,
}

fn run(dir: &Path, args: &[&str], environment: &[(&str, &str)], input: &[u8]) -> Ran {
    let mut command: Command = kconnect(&["preview"]);
    command.args(args).current_dir(dir).env_remove("TZ").envs(environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("kconnect starts");
    // The command may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn dir(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

#[test]
fn lines_in_lines_out_and_a_status() {
    let dir = dir(&[("c.json", CONFIG), ("in.jsonl", &format!("{RECORD}\n\n  \n{RECORD}"))]);
    let ran = run(dir.path(), &["--config", "c.json", "--as", "sink", "--input", "in.jsonl"], &[], b"");
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
    let lines: Vec<Json> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[1]["index"], &lines[1]["valueBytes"]), (&json!(1), &json!("eyJhIjo0NH0=")));

    let bad = [&b"nope\n\xFF\n"[..], RECORD.as_bytes(), b"\r\n"].concat();
    let ran = run(dir.path(), &["--config", "c.json", "--as", "sink"], &[], &bad);
    assert_eq!(ran.status, Some(0), "records that fail are no failure: {}", ran.err);
    let outcomes: Vec<&str> = ran
        .out
        .lines()
        .map(|line| if line.contains("\"stage\":\"INPUT\"") { "input" } else { "record" })
        .collect();
    assert_eq!(outcomes, ["input", "input", "record"]);
    assert!(ran.out.contains("the line is not UTF-8 from byte 1 on"));
}

#[test]
fn forms_of_configuration() {
    let properties = "name=x\nconnector.class=FileStreamSink\nfile=/nowhere\ntopics=t\n\
        transforms=c\ntransforms.c.type=org.apache.kafka.connect.transforms.Cast$Value\ntransforms.c.spec=a:int8\n";
    let worker = "key.converter=StringConverter\nvalue.converter=JsonConverter\nvalue.converter.schemas.enable=false\n";
    let wrapped = format!(r#"{{"name":"x","config":{CONFIG}}}"#);
    let dir = dir(&[
        ("c.properties", properties),
        ("w.properties", worker),
        ("w.json", CONFIG),
        ("wrapped.json", &wrapped),
    ]);
    for args in [
        &["--config", "c.properties", "--worker", "w.properties"][..],
        &["--config", "c.properties", "--worker", "w.json"],
        &["--config", "wrapped.json", "--as", "sink"],
    ] {
        let ran = run(dir.path(), args, &[], RECORD.as_bytes());
        assert_eq!(ran.status, Some(0), "{args:?} {}", ran.err);
        assert!(ran.out.contains(r#""valueBytes":"eyJhIjo0NH0=""#), "{args:?} {}", ran.out);
    }
}

#[test]
fn refused_unreadable_and_wrong_usage_have_their_statuses() {
    let refused = r#"{"value.converter":"org.apache.kafka.connect.storage.StringConverter","transforms":"i","transforms.i.type":"org.apache.kafka.connect.transforms.InsertField$Value"}"#;
    let complete =
        refused.replace('{', r#"{"key.converter":"org.apache.kafka.connect.storage.StringConverter","#);
    let dir = dir(&[("r.json", refused), ("i.json", &complete), ("broken.json", "{"), ("c.json", CONFIG)]);
    for (args, status, errors) in [
        (
            &["--config", "r.json", "--as", "sink"][..],
            1,
            "key.converter: Missing required configuration \"key.converter\" which has no default value.\n",
        ),
        (&["--config", "i.json", "--as", "sink"], 1, "transforms.i: No field insertion configured\n"),
        (
            &["--config", "c.json"],
            1,
            "connector.class: Missing required configuration \"connector.class\" which has no default value.\n",
        ),
        (&["--config", "nothing.json", "--as", "sink"], 2, "cannot read 'nothing.json'"),
        (&["--config", "broken.json", "--as", "sink"], 2, "'broken.json' is not valid JSON"),
        (&["--config", "c.json", "--as", "sink", "--input", "nothing"], 2, "cannot read 'nothing'"),
        (&["--config", "c.json", "--as", "sink", "--worker", "nothing"], 2, "cannot read 'nothing'"),
        (&["--as", "sink"], 2, "--config"),
        (&["--config", "c.json", "--as", "both"], 2, "both"),
    ] {
        let ran = run(dir.path(), args, &[], RECORD.as_bytes());
        assert_eq!((ran.status, ran.out.as_str()), (Some(status), ""), "{args:?}");
        assert!(ran.err.contains(errors), "{args:?}\n{}", ran.err);
    }
}

#[test]
fn dates_use_the_zone_of_tz_and_utc_without() {
    let config = r#"{"key.converter":"org.apache.kafka.connect.storage.StringConverter","value.converter":"org.apache.kafka.connect.storage.StringConverter"}"#;
    let dir = dir(&[("c.json", config)]);
    let record =
        br#"{"topic":"t","key":null,"value":null,"headers":[{"key":"h","value":"MjAxOS0wOC0yMw=="}]}"#;
    for (zone, day) in [(None, 1_566_518_400_000i64), (Some("America/New_York"), 1_566_532_800_000)] {
        let environment: Vec<(&str, &str)> = zone.map(|zone| ("TZ", zone)).into_iter().collect();
        let ran = run(dir.path(), &["--config", "c.json", "--as", "sink"], &environment, record);
        let shown: Json = serde_json::from_str(&ran.out).unwrap();
        let days = &shown["headers"][0]["value"]["payload"];
        // In New York the day begins in the middle of one in UTC, so it is no day of the schema's.
        let expect =
            if zone.is_none() { json!(day / 86_400_000) } else { json!({"$type": "instant", "value": day}) };
        assert_eq!(*days, expect, "{zone:?} {}", ran.out);
    }
}

#[test]
fn config_providers_of_the_worker_file_are_asked() {
    let config = CONFIG.replace("a:int8", "${file:secret.properties:spec}");
    let worker = r#"{"config.providers":"file","config.providers.file.class":"org.apache.kafka.common.config.provider.FileConfigProvider"}"#;
    let dir = dir(&[("c.json", &config), ("w.json", worker), ("secret.properties", "spec=a:int8\n")]);
    let config =
        config.replace("secret.properties", &dir.path().join("secret.properties").display().to_string());
    fs::write(dir.path().join("c.json"), &config).unwrap();
    let ran = run(
        dir.path(),
        &["--config", "c.json", "--as", "sink", "--worker", "w.json"],
        &[],
        RECORD.as_bytes(),
    );
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(ran.out.contains(r#""valueBytes":"eyJhIjo0NH0=""#), "{}", ran.out);
    // What a provider gave is not told.
    fs::write(dir.path().join("secret.properties"), "spec=topsecret:int9\n").unwrap();
    let ran = run(
        dir.path(),
        &["--config", "c.json", "--as", "sink", "--worker", "w.json"],
        &[],
        RECORD.as_bytes(),
    );
    assert_eq!(ran.status, Some(1));
    assert!(ran.err.contains("transforms.c.spec: ") && !ran.err.contains("topsecret"), "{}", ran.err);
}

#[test]
fn a_line_without_end_costs_no_memory() {
    let dir = dir(&[("c.json", CONFIG)]);
    let mut input = vec![b'['; 64 << 20];
    input.extend_from_slice(b"\n");
    input.extend_from_slice(RECORD.as_bytes());
    let ran = run(dir.path(), &["--config", "c.json", "--as", "sink"], &[], &input);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!((ran.status, lines.len()), (Some(0), 2), "{}", ran.err);
    assert!(lines[0].contains("the line has more than 16777216 bytes"), "{}", lines[0]);
    assert!(lines[1].contains(r#""index":1,"outcome":"record""#), "{}", lines[1]);
}

#[test]
fn pretty_text_says_what_changed_and_why_it_failed() {
    let dir = dir(&[("c.json", CONFIG)]);
    let list = RECORD.replace("eyJhIjozMDB9", "eyJhIjpbMV19");
    let ran = run(
        dir.path(),
        &["--config", "c.json", "--as", "sink", "--pretty"],
        &[],
        format!("{RECORD}\n{list}").as_bytes(),
    );
    for expect in [
        "record 0\n  in           topic      t-0\n",
        "  c            Cast$Value changes\n               value      {\"a\":{\"$type\":\"int8\",\"value\":44}}  no schema\n",
        "               value bytes 8 bytes  {\"a\":44}\n",
        "  c            Cast$Value fails\n  failed       in a transform by org.apache.kafka.connect.transforms.Cast$Value\n",
        "DataException: Cast transformation does not support casting from ARRAY",
    ] {
        assert!(ran.out.contains(expect), "{expect}\n{}", ran.out);
    }
}

#[test]
fn pretty_text_names_headers_that_came_and_went() {
    let transforms = "org.apache.kafka.connect.transforms";
    let config = json!({
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "transforms": "twice,drop,none",
        "transforms.twice.type": format!("{transforms}.InsertHeader"),
        "transforms.twice.header": "h",
        "transforms.twice.value.literal": "1",
        "transforms.drop.type": format!("{transforms}.DropHeaders"),
        "transforms.drop.headers": "h",
        "transforms.none.type": format!("{transforms}.DropHeaders"),
        "transforms.none.headers": "other",
    });
    let dir = dir(&[("c.json", &config.to_string())]);
    let record = r#"{"topic":"t","headers":[{"key":"h","value":"MQ=="},{"key":"kept","value":"Mg=="}]}"#;
    let ran = run(dir.path(), &["--config", "c.json", "--as", "sink", "--pretty"], &[], record.as_bytes());
    for expect in [
        "  twice        InsertHeader changes\n               header     h: 1  int8\n",
        "  drop         DropHeaders changes\n               header     h: removed\n               header     h: removed\n",
        "  none         DropHeaders changes nothing\n",
    ] {
        assert!(ran.out.contains(expect), "{expect}\n{}", ran.out);
    }
}

#[test]
fn a_worker_previews_over_rest_and_asks_nobody() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "unused");
    let worker = rig.worker(
        "config.providers=env\nconfig.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider",
    );
    rig.write("worker.properties", &worker);
    let _worker = rig.start_with(&[]);
    rig.get("/health");
    let ask = |config: Json, records: Json| {
        let body = json!({"config": config, "records": records, "steps": true}).to_string();
        let answer = rig.ask("POST", "/connector-plugins/FileStreamSink/preview", Some(&body));
        (
            answer.status,
            serde_json::from_str::<Json>(&answer.body).unwrap_or_else(|_| Json::from(answer.body)),
        )
    };
    let cast = "org.apache.kafka.connect.transforms.Cast$Value";
    let json = "org.apache.kafka.connect.json.JsonConverter";
    let record: Json = serde_json::from_str(&RECORD.replace("\"YQ==\"", "null")).unwrap();
    let config = |spec: &str| {
        json!({"value.converter": json, "value.converter.schemas.enable": "false", "transforms": "c",
            "transforms.c.type": cast, "transforms.c.spec": spec})
    };
    let (status, answer) = ask(config("a:int8"), json!([record, 5]));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["results"][0]["valueBytes"], "eyJhIjo0NH0=", "{answer}");
    assert_eq!(answer["results"][0]["steps"][0]["alias"], "c", "{answer}");
    assert_eq!(answer["results"][1]["error"]["stage"], "INPUT", "{answer}");
    // Fifty times the record would be more than an answer may hold.
    let mut steps = json!({"value.converter": json, "value.converter.schemas.enable": "false"});
    let aliases: Vec<String> = (0..50).map(|n| format!("t{n}")).collect();
    steps["transforms"] = json!(aliases.join(","));
    for alias in aliases {
        steps[format!("transforms.{alias}.type")] = json!(cast);
        steps[format!("transforms.{alias}.spec")] = json!("a:int8");
    }
    let long = json!({"topic": "t".repeat(700_000), "value": "eyJhIjozMDB9"});
    let (status, answer) = ask(steps, json!([long, record]));
    assert_eq!(status, 200);
    let message = answer["results"][0]["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("not shown: the answer would be too long"), "{message}");
    assert_eq!(answer["results"][1]["outcome"], "record");
    let (status, answer) = ask(config("${env:HOME}"), json!([]));
    assert_eq!((status, &answer["refused"][0]["key"]), (400, &json!("transforms.c.spec")), "{answer}");
    let mut stores = config("a:int8");
    stores["value.converter.schema.registry.ssl.truststore.location"] = json!("/etc/hostname");
    let (status, answer) = ask(stores, json!([]));
    let key = &answer["refused"][0]["key"];
    assert_eq!(
        (status, key),
        (400, &json!("value.converter.schema.registry.ssl.truststore.location")),
        "{answer}"
    );
    let (status, answer) = ask(config(""), json!([]));
    assert_eq!(status, 400);
    assert_eq!(
        answer["refused"],
        json!([{"key": "transforms.c.spec", "message": "Must specify at least one field to cast."}])
    );
}

/// The most memory that a process has had.
fn peak_megabytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// A configuration of transforms `t0`, `t1`, …: class, settings, how often.
fn chain(transforms: &[(&str, &[(&str, &str)], usize)]) -> Json {
    let mut config = json!({
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    });
    let mut aliases = Vec::new();
    for (class, settings, times) in transforms {
        for _ in 0..*times {
            let alias = format!("t{}", aliases.len());
            config[format!("transforms.{alias}.type")] =
                json!(format!("org.apache.kafka.connect.transforms.{class}"));
            for (key, value) in *settings {
                config[format!("transforms.{alias}.{key}")] = json!(value);
            }
            aliases.push(alias);
        }
    }
    config["transforms"] = json!(aliases.join(","));
    config
}

#[test]
fn small_requests_that_would_be_gigabytes_cost_a_worker_little() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "unused");
    let mut worker = rig.start_with(&[]);
    rig.get("/health");
    let ask = |config: Json, record: Json, steps: bool| {
        let body = json!({"config": config, "as": "source", "records": [record], "steps": steps}).to_string();
        assert!(body.len() < 1 << 20, "{} bytes", body.len());
        let answer = rig.ask("POST", "/connector-plugins/FileStreamSource/preview", Some(&body));
        let json: Json = serde_json::from_str(&answer.body).unwrap_or_default();
        let message = match answer.status {
            200 => json["results"][0]["error"]["message"].clone(),
            _ => json["refused"][0]["message"].clone(),
        };
        message.as_str().unwrap_or(&answer.body[..answer.body.len().min(300)]).to_owned()
    };
    let untyped = |payload: Json| json!({"topic": "abcdefgh", "value": {"schema": null, "payload": payload}});
    let fields = |value: Json| -> Json {
        (0..3_000).map(|at| (format!("f{at}"), value.clone())).collect::<serde_json::Map<_, _>>().into()
    };
    let names = (0..3_000).map(|at| format!("f{at}")).collect::<Vec<_>>().join(",");
    let same = vec!["f0"; 100_000].join(",");
    let (long, longer) = ("-".repeat(300_000), "x".repeat(700_000));
    let too_large = |transform: &str| {
        format!(
            "{transform} would make the record too large: all transforms together may add 16777216 bytes to one record"
        )
    };
    let double = ("RegexRouter", &[("regex", ".*"), ("replacement", "$0$0")][..], 40);
    let stamped = ("TimestampRouter", &[("topic.format", "${topic}${topic}")][..], 40);
    let flatten = [("delimiter", long.as_str())];
    let mask = [("fields", names.as_str()), ("replacement", long.as_str())];
    let header = [("fields", same.as_str()), ("headers", same.as_str()), ("operation", "copy")];
    let default = json!({"type": "array", "items": {"type": "struct", "fields": [
        {"field": "f", "type": "string", "optional": true, "default": long}]}});
    let elements = json!({"topic": "t", "value": {"schema": default, "payload": vec![json!({}); 100_000]}});
    let mut with_time = untyped(json!({}));
    with_time["timestamp"] = json!(1);
    let insert = [("static.field", "s"), ("static.value", "v")];
    let not_shown =
        "not shown: the answer would be too long; send fewer records, or without steps".to_owned();
    let too_many =
        "at most 50 transforms are tried here, these are 51; use 'kconnect preview' on the command line";
    for (name, config, record, steps, expect) in [
        (
            "router",
            chain(&[double]),
            untyped(json!({})),
            false,
            "RegexRouter would make a topic name".to_owned(),
        ),
        ("stamps", chain(&[stamped]), with_time, true, "TimestampRouter would make a topic name".to_owned()),
        (
            "flatten",
            chain(&[("Flatten$Value", &flatten, 1)]),
            untyped(json!({"a": fields(json!(1))})),
            false,
            too_large("Flatten"),
        ),
        (
            "mask",
            chain(&[("MaskField$Value", &mask, 1)]),
            untyped(fields(json!("x"))),
            false,
            too_large("MaskField"),
        ),
        (
            "headers",
            chain(&[("HeaderFrom$Value", &header, 1)]),
            untyped(json!({"f0": long})),
            false,
            too_large("HeaderFrom"),
        ),
        ("defaults", chain(&[]), elements, false, not_shown.clone()),
        (
            "steps",
            chain(&[("InsertField$Value", &insert, 50)]),
            untyped(json!({"a": longer})),
            true,
            not_shown,
        ),
        ("many", chain(&[("InsertField$Value", &insert, 51)]), untyped(json!({})), true, too_many.to_owned()),
    ] {
        let message = ask(config, record, steps);
        assert!(message.starts_with(&expect), "{name}: {message}");
    }
    let peak = peak_megabytes(worker.id());
    assert!(peak < 600, "{peak} MB");
    assert!(worker.is_running());
}
