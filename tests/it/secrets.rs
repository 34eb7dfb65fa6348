//! Secrets stay inside: canaries in every place that may hold one, everything that comes out searched for them.

use kconnect_testkit::{Program, http};
use serde_json::{Value as Json, json};

use crate::rig::{BrokerProcess, LIMIT, Rig, kconnect};

/// Secrets with what makes texts escape them.
const CANARIES: &[(&str, &str)] = &[
    ("plain", "canary-plain-5e1d"),
    ("quoted", "canary \"quoted\" 5e1d"),
    ("slashed", "/canary/slashed/5e1d.txt"),
    ("spaced", "  canary spaced 5e1d "),
    ("number", "2386102386102"),
    ("unicode", "canary-\u{fc}n\u{ee}c\u{f6}de-5e1d"),
    ("regex", "canary[5e1d"),
    ("class", "canary.class.Name5e1d"),
    ("cast", "id:canary-cast-5e1d"),
    ("list", "canary-list-one-5e1d:a:b, canary-list-two-5e1d,x"),
];
const IN_DIRECTORY: &str = "canary-first-line-5e1d\ncanary-second-line-5e1d\n";
const IN_ENVIRONMENT: &str = "canary-environment-5e1d";
const LITERAL: &str = "canary-literal-5e1d";
const OF_WORKER: &str = "canary-of-worker-5e1d";

/// Texts that must appear nowhere: the distinctive parts of each secret.
fn forbidden() -> Vec<&'static str> {
    let mut all: Vec<&str> = CANARIES.iter().map(|(_, value)| value.trim()).collect();
    all.extend([
        "canary-first-line",
        "canary-second-line",
        "quoted\\\" 5e1d",
        "canary%20",
        "/canary/slashed",
        "canary-cast",
        "canary-list",
    ]);
    all.extend([IN_ENVIRONMENT, LITERAL, OF_WORKER]);
    all
}

/// Whatever the case: some messages put what they complain about into capitals.
fn hits(what: &str, text: &str) -> Vec<String> {
    let forbidden: Vec<(&str, String)> =
        forbidden().into_iter().map(|word| (word, word.to_lowercase())).collect();
    let lines = text.lines().flat_map(|line| {
        let small = line.to_lowercase();
        let found: Vec<&str> =
            forbidden.iter().filter(|(_, word)| small.contains(word)).map(|(word, _)| *word).collect();
        found.into_iter().map(move |word| (word, line))
    });
    lines.map(|(word, line)| format!("{what}: {word} in {line}")).collect()
}

/// Connectors with a secret in one key each; most of them cannot work and say why.
fn connectors(rig: &Rig) -> Vec<(String, Json)> {
    let secret = |key: &str| format!("${{file:{}:{key}}}", rig.path("secrets/all.properties").display());
    let in_directory = format!("${{dir:{}:token}}", rig.path("secrets").display());
    let places: Vec<(&str, String)> = vec![
        ("file", secret("slashed")),
        ("file", format!("{}/{}", rig.dir.path().display(), secret("plain"))),
        ("topic", secret("quoted")),
        ("topic", secret("unicode")),
        ("tasks.max", secret("number")),
        ("tasks.max", secret("spaced")),
        ("connector.class", secret("class")),
        ("transforms.t.type", secret("class")),
        ("transforms.t.field", in_directory.clone()),
        ("transforms.t.spec", in_directory.clone()),
        ("transforms.t.spec", secret("cast")),
        ("transforms.t.spec", secret("list")),
        ("transforms.t.renames", secret("list")),
        ("transforms.t.fields", secret("list")),
        ("value.converter", secret("class")),
        ("value.converter.schemas.enable", secret("plain")),
        ("header.converter", secret("quoted")),
        ("errors.tolerance", secret("plain")),
        ("errors.retry.timeout", "${env:APP_SECRET}".to_owned()),
        ("topic.creation.default.partitions", secret("plain")),
        ("topic.creation.groups", secret("quoted")),
        ("producer.override.sasl.jaas.config", format!("x.Y required password=\"{}\";", secret("quoted"))),
        ("producer.override.ssl.keystore.password", in_directory.clone()),
        ("producer.override.linger.ms", secret("plain")),
        ("producer.override.client.id", secret("plain")),
        ("my.own.setting", secret("plain")),
        ("my.password", LITERAL.to_owned()),
        ("batch.size", in_directory),
    ];
    let mut all: Vec<(String, Json)> = Vec::new();
    for (number, (key, value)) in places.into_iter().enumerate() {
        let mut config = json!({
            "connector.class": "FileStreamSource", "topic": "canaries", "tasks.max": "1",
            "file": rig.path("test.txt").display().to_string(),
        });
        if key.starts_with("transforms.") {
            config["transforms"] = json!("t");
            let class = match key {
                "transforms.t.spec" => "Cast",
                "transforms.t.renames" => "ReplaceField",
                "transforms.t.fields" => "HeaderFrom",
                _ => "HoistField",
            };
            config["transforms.t.type"] = json!(format!("org.apache.kafka.connect.transforms.{class}$Value"));
            config["transforms.t.field"] = json!("line");
        }
        if key.starts_with("value.converter.") {
            config["value.converter"] = json!("org.apache.kafka.connect.json.JsonConverter");
        }
        if key.starts_with("topic.creation.") {
            config["topic.creation.default.replication.factor"] = json!("1");
            config["topic.creation.default.partitions"] = json!("1");
        }
        config[key] = json!(value);
        all.push((format!("c{number}"), config));
    }
    let sink = |key: &str, value: &str| {
        let mut sink = json!({
            "connector.class": "FileStreamSink", "topics": "canaries", "file": rig.path("out").display().to_string(),
            "errors.log.enable": "true", "errors.deadletterqueue.topic.replication.factor": "1",
        });
        if key == "topics.regex" {
            sink.as_object_mut().unwrap().remove("topics");
        }
        sink[key] = json!(value);
        sink
    };
    all.push(("s0".into(), sink("topics.regex", &secret("regex"))));
    all.push(("s1".into(), sink("errors.deadletterqueue.topic.name", &secret("quoted"))));
    all.push(("s2".into(), sink("consumer.override.group.id", &secret("plain"))));
    all.push(("s3".into(), sink("file", &secret("slashed"))));
    all
}

/// Asks for everything about a connector, and lets it do everything.
fn ask_all(rig: &Rig, name: &str, config: &Json) -> Vec<String> {
    let mut found = Vec::new();
    let mut ask = |method: &str, path: &str, body: Option<String>| {
        let answer = http(&rig.rest, method, path, body.as_deref()).expect("the worker answers");
        let mut hits = hits(&format!("{method} {path}"), &format!("{}\n{}", answer.head, answer.body));
        // What is written literally is shown where configurations are shown, as upstream does.
        let shows_config = !path.contains("validate") && answer.body.contains("my.password");
        hits.retain(|hit| !(shows_config && hit.contains(LITERAL)));
        found.extend(hits);
    };
    let own = format!("/connectors/{name}");
    let class = if name.starts_with('s') { "FileStreamSink" } else { "FileStreamSource" };
    ask("PUT", &format!("/connector-plugins/{class}/config/validate"), Some(config.to_string()));
    ask("PUT", &format!("{own}/config"), Some(config.to_string()));
    let body = json!({"name": format!("{name}-again"), "config": config});
    ask("POST", "/connectors", Some(body.to_string()));
    ask("PATCH", &format!("{own}/config"), Some(json!({"patched": "yes"}).to_string()));
    for suffix in ["", "/config", "/status", "/tasks", "/tasks/0/status", "/topics", "/offsets"] {
        ask("GET", &format!("{own}{suffix}"), None);
    }
    for suffix in ["/restart?includeTasks=true", "/tasks/0/restart", "/restart"] {
        ask("POST", &format!("{own}{suffix}"), None);
    }
    for suffix in ["/pause", "/resume", "/stop"] {
        ask("PUT", &format!("{own}{suffix}"), None);
    }
    ask(
        "PATCH",
        &format!("{own}/offsets"),
        Some(json!({"offsets": [{"partition": {"filename": "x"}, "offset": {"position": 1}}]}).to_string()),
    );
    ask("DELETE", &format!("{own}/offsets"), None);
    ask("PUT", &format!("{own}/resume"), None);
    for path in
        ["/connectors?expand=info&expand=status", "/connector-plugins", "/admin/loggers", "/health", "/"]
    {
        ask("GET", path, None);
    }
    for name in [name.to_owned(), format!("{name}-again")] {
        ask("GET", &format!("/connectors/{name}/status"), None);
        ask("DELETE", &format!("/connectors/{name}"), None);
    }
    found
}

#[test]
fn no_secret_leaves_the_worker() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "canaries");
    std::fs::create_dir(rig.path("secrets")).unwrap();
    let escaped = |text: &str| {
        text.replace('\\', "\\\\").replace(' ', "\\ ").chars().fold(String::new(), |mut out, c| {
            match c.is_ascii() {
                true => out.push(c),
                false => out.push_str(&format!("\\u{:04x}", c as u32)),
            }
            out
        })
    };
    let all: String = CANARIES.iter().map(|(key, value)| format!("{key}={}\n", escaped(value))).collect();
    rig.write("secrets/all.properties", &all);
    rig.write("secrets/token", IN_DIRECTORY);
    let secrets = rig.path("secrets").display().to_string();
    rig.write(
        "worker.properties",
        &rig.worker(&format!(
            "config.providers=file,dir,env\nconfig.providers.file.class=FileConfigProvider\n\
             config.providers.file.param.allowed.paths={secrets}\n\
             config.providers.dir.class=DirectoryConfigProvider\nconfig.providers.dir.param.allowed.paths={secrets}\n\
             config.providers.env.class=EnvVarConfigProvider\nvalue.converter.my.password={OF_WORKER}\n\
             consumer.my.token=${{env:APP_SECRET}}\n"
        )),
    );
    rig.append("one\ntwo\n");
    let mut command = kconnect(&["--log-level", "TRACE", "standalone", "worker.properties"]);
    let mut worker = Program::start(command.current_dir(rig.dir.path()).env("APP_SECRET", IN_ENVIRONMENT));
    rig.get("/connectors");
    let mut found = Vec::new();
    let mut refused = 0;
    for (name, config) in connectors(&rig) {
        found.extend(ask_all(&rig, &name, &config));
        refused += 1;
    }
    assert!(refused > 20);
    assert!(worker.stop(LIMIT).success());
    let log = worker.output();
    found.extend(hits("log", &log));
    assert!(found.is_empty(), "{} hits:\n{}", found.len(), found.join("\n"));
    assert!(log.contains("[hidden]") && log.contains(" DEBUG "), "not the log that was asked for:\n{log}");
}
