//! Config providers: what is resolved, where, and that what they gave stays inside.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use kconnect_api::{Exception, Props};
use kconnect_connect::config::provider::{Classes, ConfigProvider, Environment, Provided, Providers};
use kconnect_connect::herder::{Herder, HerderError, RawConfig, State, TargetState};
use kconnect_testkit::eventually_async;

use crate::rig::{Rig, SOON, config, script, set};

fn props(pairs: &[(&str, &str)]) -> Props {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

const ENV: (&str, &str) = ("config.providers.env.class", "EnvVarConfigProvider");

/// Results of `ConfigTransformer` of Apache Kafka 4.3.1 with the same providers, files and variables; `!` is an error.
#[test]
fn values_are_resolved_as_upstream_resolves_them() {
    let folder = tempfile::tempdir().unwrap();
    let d = folder.path().join("d");
    fs::create_dir_all(d.join("sub")).unwrap();
    fs::create_dir(folder.path().join("dd")).unwrap();
    let text = "user=bob\npass\\u0020word=x y\\\n   z\nu\u{e9}=\u{e9}\u{1F600}\nq=\\\u{e9}\ncolon\\:key=1\nempty=\ndup=1\ndup=2\n";
    fs::write(d.join("x.properties"), text).unwrap();
    fs::write(d.join("plain"), "line1\nline2\n").unwrap();
    fs::write(d.join("bad"), b"\xff\xfe").unwrap();
    fs::write(d.join("esc.properties"), "a=\\u12g4\n").unwrap();
    std::os::unix::fs::symlink("plain", d.join("link")).unwrap();
    let at = d.display().to_string();
    let worker = props(&[
        ("config.providers", "file, dir,env,none"),
        ("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider"),
        ("config.providers.file.param.allowed.paths", &at),
        ("config.providers.dir.class", "Directory"),
        ("config.providers.dir.param.allowed.paths", &at),
        ENV,
        ("config.providers.env.param.allowlist.pattern", "APP_.*|EMPTY"),
    ]);
    let environment: Environment = props(&[("APP_X", "vx"), ("OTHER", "o"), ("EMPTY", "")]);
    let providers = Providers::declare(&worker, &Classes::built_in(), &Arc::new(environment)).unwrap();
    let same = "=";
    for (value, expect) in [
        ("${file:@/x.properties:user}", "bob"),
        ("a-${file:@/x.properties:user}-b", "a-bob-b"),
        ("${file:@/x.properties:pass word}", "x yz"),
        ("${file:@/x.properties:u\u{e9}}", "\u{e9}\u{1F600}"),
        ("${file:@/x.properties:q}", "\u{e9}"),
        ("${file:@/x.properties:colon:key}", "1"),
        ("${file:@/x.properties:empty}", ""),
        ("${file:@/x.properties:dup}", "2"),
        ("${file:@/x.properties:none}", same),
        ("${file:user}", same),
        ("${file::user}", same),
        ("${file:@/../../x:user}", same),
        ("${file:@/sub/../x.properties:user}", "bob"),
        ("${file:/etc/hostname:user}", same),
        ("${file:@d:user}", same),
        ("${file:relative:user}", same),
        ("${file:@/nope:user}", "! ConfigException: Could not read properties from file @/nope"),
        ("${file:@:user}", "! ConfigException: Could not read properties from file @"),
        ("${file:@/bad:user}", "! ConfigException: Could not read properties from file @/bad"),
        ("${file:@/esc.properties:a}", "! IllegalArgumentException: Malformed \\uxxxx encoding."),
        ("${dir:@:plain}", "line1\nline2\n"),
        ("${dir:@:link}", "line1\nline2\n"),
        ("${dir:@:bad}", "! ConfigException: Could not read file @/bad for property bad"),
        ("${dir:@:none}", same),
        ("${dir:@:sub}", same),
        ("${dir:@:sub/../plain}", same),
        ("${dir:@/nodir:plain}", same),
        ("${dir:@/plain:plain}", same),
        ("${dir:plain}", same),
        ("${dir:/etc:hostname}", same),
        ("${env:APP_X}", "vx"),
        ("${env::APP_X}", "vx"),
        ("${env:OTHER}", same),
        ("${env:EMPTY}", ""),
        (
            "${env:p:APP_X}",
            "! ConfigException: Path is not supported for EnvVarConfigProvider, invalid value 'p'",
        ),
        ("${env:APP_X}${env:APP_X}", "vxvx"),
        ("$${env:APP_X}", "$vx"),
        ("${${env:APP_X}}", same),
        ("${env:APP_X", same),
        (
            "${env:${env:APP_X}}",
            "! ConfigException: Path is not supported for EnvVarConfigProvider, invalid value '${env'",
        ),
        ("${none:x}", same),
        ("${nobody:x}", same),
        ("${x}", same),
        ("${:}", same),
        ("${a ${env:APP_X}", same),
        ("x}${env:APP_X}", "x}vx"),
        ("${ env:APP_X}", same),
        ("${env: APP_X}", same),
    ] {
        let place = |text: &str| text.replace('@', &at);
        let value = place(value);
        let expect = if expect == same { value.clone() } else { place(expect) };
        let found = match providers.resolve(&props(&[("k", &value)])) {
            Ok(resolved) => resolved.props["k"].clone(),
            Err(error) => {
                let class = error.class().rsplit('.').next().unwrap();
                format!("! {class}: {}", error.message().unwrap_or_default())
            }
        };
        assert_eq!(found, expect, "{value}");
    }
    let unknown = props(&[("config.providers", "a"), ("config.providers.a.class", "Nope")]);
    let error = Providers::declare(&unknown, &Classes::built_in(), &Arc::default()).unwrap_err();
    let text = "Invalid value Nope for configuration config.providers.a.class: Could not load config provider class or one of its dependencies";
    assert_eq!(error.message(), Some(text));
}

/// Run again by itself, as another user.
const LOCKED: &str = "KCONNECT_TEST_LOCKED_FOLDER";

#[test]
fn a_directory_that_cannot_be_listed_is_named() {
    const NAME: &str = "providers::a_directory_that_cannot_be_listed_is_named";
    if let Some(locked) = std::env::var_os(LOCKED) {
        return refused_to_list(&locked.to_string_lossy());
    }
    let folder = tempfile::tempdir().unwrap();
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).unwrap();
    if fs::read_dir(&locked).is_err() {
        return refused_to_list(&locked.display().to_string());
    }
    // Root may list everything; nobody may not.
    let mut again = Command::new(std::env::current_exe().unwrap());
    match again.args([NAME, "--exact"]).env(LOCKED, &locked).uid(65_534).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && text.contains("1 passed"), "{text}");
        }
        Err(error) => kconnect_testkit::skip(NAME, &format!("root, and nobody cannot run tests: {error}")),
    }
}

fn refused_to_list(locked: &str) {
    let worker = props(&[("config.providers", "dir"), ("config.providers.dir.class", "Directory")]);
    let providers = Providers::declare(&worker, &Classes::built_in(), &Arc::default()).unwrap();
    let error = providers.resolve(&props(&[("k", &format!("${{dir:{locked}:key}}"))])).unwrap_err();
    assert_eq!(error.class(), kconnect_api::classes::CONFIG);
    assert_eq!(error.message(), Some(&*format!("Could not list directory {locked}")));
}

/// A sink whose `mode` and topic come from the environment.
const ODD: &[(&str, &str)] = &[
    ("connector.class", "test.OddSinkConnector"),
    ("topics", "${env:TOPIC}"),
    ("script", "${env:SCRIPT}"),
    ("token", "prefix-${env:TOKEN}"),
];

fn value(infos: &kconnect_connect::herder::ConfigInfos, key: &str) -> Option<String> {
    infos.configs.iter().find(|info| info.value.name == key)?.value.value.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_get_values_and_everybody_else_placeholders() {
    let environment =
        [("TOPIC", "provided-topic"), ("SCRIPT", "provided-script"), ("TOKEN", "open-sesame-42"), ("N", "1")];
    let rig = Rig::providing(&[("config.providers", "env"), ENV], &environment, &Classes::built_in()).await;
    let file = rig.path("lines");
    fs::write(&file, "hello\n").unwrap();
    rig.file_source(&file, "provided-topic", &[]).await;
    let mut pairs = ODD.to_vec();
    pairs.push(("tasks.max", "${env:N}"));
    let put = rig.put("odd", &pairs).await.unwrap();
    assert_eq!(put.info.config["token"], "prefix-${env:TOKEN}");
    rig.until_task("odd", State::Running).await;
    eventually_async("the record reaches the sink", SOON, || async {
        script("provided-script").puts.lock().unwrap().first().cloned()
    })
    .await;

    for (key, written) in &pairs {
        assert_eq!(rig.herder.connector_config("odd").await.unwrap()[*key], *written);
        let tasks = rig.herder.task_configs("odd").await.unwrap();
        assert_eq!(tasks.len(), 1);
        assert_eq!(tasks[0].config[*key], *written, "a task configuration is stored as it was written");
    }
    let raw = config("odd", &pairs);
    let infos = rig.herder.validate_connector_config(raw.clone()).await.unwrap();
    assert_eq!(infos.error_count, 0);
    assert_eq!(value(&infos, "topics").as_deref(), Some("${env:TOPIC}"));
    assert_eq!(value(&infos, "script").as_deref(), Some("${env:SCRIPT}"));
    assert_eq!(value(&infos, "tasks.max").as_deref(), Some("${env:N}"));

    // An error speaks of the value without quoting it.
    let mut bad: RawConfig = raw;
    bad.insert("tasks.max".into(), Some("${env:TOKEN}".into()));
    let infos = rig.herder.validate_connector_config(bad.clone()).await.unwrap();
    let errors: Vec<_> = infos.configs.iter().flat_map(|info| &info.value.errors).collect();
    assert_eq!(errors[0], "Invalid value [hidden] for configuration tasks.max: Not a number of type INT");
    let refused = rig.herder.put_connector_config("odd".into(), bad, None, true).await.unwrap_err();
    assert!(matches!(&refused, HerderError::BadRequest(text) if text.contains("[hidden]")), "{refused:?}");

    // Offsets are asked for with the resolved group and topic.
    rig.until_committed("connect-odd", 1).await;
    set(&rig, "odd", TargetState::Stopped).await;
    rig.herder.reset_connector_offsets("odd").await.unwrap();
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_cannot_give_is_answered_in_its_words() {
    let rig = Rig::start().await;
    let folder = rig.folder.path().display().to_string();
    let allowed = ("config.providers.file.param.allowed.paths", folder.as_str());
    let file = ("config.providers.file.class", "File");
    let rig = Rig::providing(&[("config.providers", "file"), file, allowed], &[], &Classes::built_in()).await;
    let missing = format!("${{file:{folder}/secrets:token}}");
    let mut pairs = vec![
        ("connector.class", "test.OddSinkConnector"),
        ("topics", "t"),
        ("script", "words"),
        ("token", missing.as_str()),
    ];
    let failed = rig.put("odd", &pairs).await.unwrap_err();
    let text = format!("Could not read properties from file {folder}/secrets");
    assert!(matches!(&failed, HerderError::Failed(error) if error.message() == Some(&text)), "{failed:?}");
    assert_eq!(rig.herder.connectors(), Vec::<String>::new());

    // Placeholders that nobody knows stay what they are, as upstream has it.
    fs::write(rig.folder.path().join("unused"), "").unwrap();
    fs::write(format!("{folder}/secrets"), "token=good-token\n").unwrap();
    pairs.push(("pattern", "${1}-${yyyy:MM}"));
    rig.put("odd", &pairs).await.unwrap();
    rig.until_task("odd", State::Running).await;

    // The file goes away: a restart fails and says why, and a later one succeeds.
    fs::remove_file(format!("{folder}/secrets")).unwrap();
    let failed = rig.herder.restart_connector("odd").await.unwrap_err();
    assert!(matches!(&failed, HerderError::Failed(error) if error.trace().contains(&text)), "{failed:?}");
    let status = rig.status("odd").connector;
    assert_eq!(status.state, State::Failed);
    assert!(status.trace.unwrap().contains(&text));
    fs::write(format!("{folder}/secrets"), "token=good-token\n").unwrap();
    rig.herder.restart_connector("odd").await.unwrap();
    assert_eq!(rig.status("odd").connector.state, State::Running);
    rig.herder.stop().await;
}

/// Gives another value each time, good for a moment.
struct Rotating;

static ROTATIONS: AtomicU32 = AtomicU32::new(0);

impl ConfigProvider for Rotating {
    fn get(&self, path: &str, keys: &BTreeSet<String>) -> Result<Provided, Exception> {
        let turn = ROTATIONS.fetch_add(1, Ordering::SeqCst);
        let values = keys.iter().map(|key| (key.clone(), format!("{key}-{}", turn / 100))).collect();
        Ok(Provided { values, ttl: (path == "short").then_some(Duration::from_millis(100)) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_is_restarted_when_a_value_is_no_longer_good_and_its_tasks_when_it_has_changed() {
    let classes = Classes::built_in().with("test.Rotating", |_, _| Ok(Arc::new(Rotating)));
    let rotating = ("config.providers.r.class", "test.Rotating");
    let rig = Rig::providing(&[("config.providers", "r"), rotating], &[], &classes).await;
    let file = rig.path("lines");
    fs::write(&file, "one\n").unwrap();
    rig.file_source(&file, "rotated", &[]).await;
    let put = async |path: &str, reload: &str| {
        let script = format!("${{r:{path}:turn}}");
        let pairs = [
            ("connector.class", "test.OddSinkConnector"),
            ("topics", "rotated"),
            ("script", &script),
            ("config.action.reload", reload),
        ];
        rig.put("n", &pairs).await.unwrap();
    };
    let until_put = async |key: &str, text: &str| {
        eventually_async(&format!("{text} put by {key}"), SOON, || async {
            script(key).puts.lock().unwrap().iter().flatten().any(|value| value == text).then_some(())
        })
        .await;
    };
    put("short", "restart").await;
    until_put("turn-0", "one").await;
    // The connector is asked for again and again, and its task starts anew as soon as the value is another one.
    ROTATIONS.store(100, Ordering::SeqCst);
    eventually_async("values asked for again", SOON, || async {
        (ROTATIONS.load(Ordering::SeqCst) > 110).then_some(())
    })
    .await;
    fs::write(&file, "one\ntwo\n").unwrap();
    until_put("turn-1", "two").await;
    // Without a restart as the action, or without a time, nothing is asked for again.
    for (path, reload) in [("short", "none"), ("long", "restart")] {
        put(path, reload).await;
        rig.until_task("n", State::Running).await;
        let before = ROTATIONS.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(ROTATIONS.load(Ordering::SeqCst), before, "{path} {reload}");
    }
    rig.herder.stop().await;
}

/// What a plugin says of its secrets leaves the task without them.
#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_tells_a_secret_is_not_repeated() {
    let environment = [("TOKEN", "open-sesame-42")];
    let rig = Rig::providing(&[("config.providers", "env"), ENV], &environment, &Classes::built_in()).await;
    let file = rig.path("lines");
    fs::write(&file, "one\n").unwrap();
    rig.file_source(&file, "told", &[]).await;
    for mode in ["tell", "tell in a panic"] {
        let pairs = [
            ("connector.class", "test.OddSinkConnector"),
            ("topics", "told"),
            ("script", "tell"),
            ("mode", mode),
            ("token", "${env:TOKEN}"),
        ];
        rig.put("odd", &pairs).await.unwrap();
        let trace = rig.until_task("odd", State::Failed).await;
        assert!(trace.contains("the token is [hidden]") && !trace.contains("sesame"), "{trace}");
        rig.herder.delete_connector("odd").await.unwrap();
    }
    let pairs = [
        ("connector.class", "test.OddSinkConnector"),
        ("topics", "told"),
        ("script", "tell"),
        ("mode", "tell of a record"),
        ("token", "${env:TOKEN}"),
        ("errors.tolerance", "all"),
        ("errors.deadletterqueue.topic.name", "told-dead"),
        ("errors.deadletterqueue.topic.replication.factor", "1"),
        ("errors.deadletterqueue.context.headers.enable", "true"),
    ];
    rig.put("odd", &pairs).await.unwrap();
    let letter = rig.until_records("told-dead", 1).await.remove(0);
    let headers = format!("{:?}", letter.headers);
    assert!(headers.contains("no good with [hidden]") && !headers.contains("sesame"), "{headers}");
    rig.herder.stop().await;
}
