use kconnect_api::{ObjectMap, OffsetChange, PluginKind, Support, Value};

use crate::harness::{plugin, props};

#[test]
fn classes_and_settings_are_upstreams() {
    let source = plugin("SourceConnector");
    assert_eq!(source.info().class, "org.apache.kafka.connect.file.FileStreamSourceConnector");
    assert_eq!(source.info().kind, PluginKind::Source);
    let keys: Vec<_> = source
        .config_def()
        .keys()
        .iter()
        .map(|key| {
            (key.name.clone(), key.kind.name(), key.importance.name(), key.is_required(), key.default_text())
        })
        .collect();
    let key = |name: &str, kind, importance, required, default: Option<&str>| {
        (name.to_owned(), kind, importance, required, default.map(str::to_owned))
    };
    assert_eq!(
        keys,
        [
            key("file", "STRING", "HIGH", false, None),
            key("topic", "STRING", "HIGH", true, None),
            key("batch.size", "INT", "LOW", false, Some("2000")),
        ]
    );
    let sink = plugin("SinkConnector");
    assert_eq!(sink.info().class, "org.apache.kafka.connect.file.FileStreamSinkConnector");
    assert_eq!(sink.config_def().keys().len(), 1);
}

#[tokio::test]
async fn bad_settings_have_upstreams_texts() {
    for (entries, key, expect) in [
        (&[][..], "topic", "Missing required configuration \"topic\" which has no default value."),
        (&[("topic", "")][..], "topic", "Invalid value  for configuration topic: String must be non-empty"),
        (
            &[("topic", "t"), ("batch.size", "x")][..],
            "batch.size",
            "Invalid value x for configuration batch.size: Not a number of type INT",
        ),
    ] {
        let raw = props(entries);
        let values = plugin("SourceConnector").validate(&raw).await;
        let value = values.iter().find(|value| value.name == key).unwrap();
        assert_eq!(value.errors.first().map(String::as_str), Some(expect));
    }
}

#[test]
fn exactly_once_needs_a_file() {
    for (file, expect) in
        [(Some("f"), Support::Supported), (Some(" "), Support::Unsupported), (None, Support::Unsupported)]
    {
        let raw = file.map(|file| props(&[("file", file)])).unwrap_or_default();
        assert_eq!(plugin("SourceConnector").exactly_once(&raw), expect);
    }
}

#[tokio::test]
async fn changes_of_source_offsets_are_checked_with_upstreams_texts() {
    let map = |key: &str, value: Value| Some(ObjectMap::new([(key, value)]));
    let file = || map("filename", Value::from("f"));
    let at = |position| map("position", Value::Int64(position));
    for (partition, offset, expect) in [
        (file(), at(0), None),
        (map("filename", Value::Int64(5)), at(7), None),
        (None, None, None),
        (Some(ObjectMap::default()), None, None),
        (
            file(),
            map("other", Value::Int64(1)),
            Some("Offset objects should either be null or contain the key 'position'"),
        ),
        (
            file(),
            map("position", Value::from("1")),
            Some("The value for the 'position' key in the offset is expected to be a Long value"),
        ),
        (
            file(),
            map("position", Value::Null),
            Some("The value for the 'position' key in the offset is expected to be a Long value"),
        ),
        (
            file(),
            at(-1),
            Some("The value for the 'position' key in the offset should be a non-negative value"),
        ),
        (None, at(1), Some("Partition objects cannot be null")),
        (map("x", Value::Null), at(1), Some("Partition objects should contain the key 'filename'")),
    ] {
        let changes = vec![OffsetChange::Source { partition, offset }];
        let raw = props(&[("file", "f"), ("topic", "t")]);
        let answer = plugin("SourceConnector").alter_offsets(&raw, &changes).await;
        let text = answer.as_ref().err().and_then(|error| error.exception().message());
        assert_eq!(text, expect, "{changes:?}");
        assert!(answer.is_err() || answer == Ok(true));
    }
    let answer = plugin("SourceConnector").alter_offsets(&props(&[("topic", "t")]), &Vec::new()).await;
    assert_eq!(
        answer.unwrap_err().exception().message(),
        Some(
            "Offsets cannot be modified if the 'file' configuration is unspecified. This is because stdin is used \
             for input and offsets are not tracked."
        )
    );
    assert_eq!(plugin("SinkConnector").alter_offsets(&props(&[]), &Vec::new()).await, Ok(true));
}
