//! Driving a converter as the runtime does: call, resolve what it needs, call again.

use std::sync::Arc;

use kconnect_api::{
    Buf, ConfigError, Convert, Converter, ConverterPlugin, ConverterRole, Exception, Out, Props, RecordError,
    Schema, SchemaAndValue, TaskError, Topic, Value, WireHeaders,
};

/// A converter with its topic.
pub struct Driver {
    converter: Box<dyn Converter>,
    topic: Topic,
}

/// Settings over `url`, without waits between repetitions.
pub fn props(url: &str, settings: &[(&str, &str)]) -> Props {
    let mut props = Props::new();
    for (key, value) in [("schema.registry.url", url), ("retries.wait.ms", "0"), ("retries.max.wait.ms", "0")]
    {
        props.insert(key.into(), value.into());
    }
    props.extend(settings.iter().map(|(key, value)| (key.to_string(), value.to_string())));
    props
}

/// An instance of `class`.
pub fn build(class: &str, props: &Props, role: ConverterRole) -> Result<Box<dyn Converter>, ConfigError> {
    let plugins = kconnect_registry::plugins();
    let plugin = plugins.iter().find(|plugin| plugin.info().class == class).unwrap();
    plugin.converter(props, role).unwrap()
}

pub const AVRO: &str = "io.confluent.connect.avro.AvroConverter";
pub const JSON: &str = "io.confluent.connect.json.JsonSchemaConverter";
pub const PROTOBUF: &str = "io.confluent.connect.protobuf.ProtobufConverter";

impl Driver {
    /// An Avro value converter over `url`.
    pub fn avro(url: &str, settings: &[(&str, &str)]) -> Self {
        Self::of(AVRO, url, settings)
    }

    /// A value converter of `class`.
    pub fn of(class: &str, url: &str, settings: &[(&str, &str)]) -> Self {
        Self::of_plugins(&kconnect_registry::plugins(), class, &props(url, settings))
    }

    /// The same of a list of plugins, whose converters share what a registry answered.
    pub fn of_plugins(plugins: &[Arc<dyn ConverterPlugin>], class: &str, props: &Props) -> Self {
        let plugin = plugins.iter().find(|plugin| plugin.info().class == class).unwrap();
        let converter = plugin.converter(props, ConverterRole::Value).unwrap().unwrap();
        Self { converter, topic: Topic::from("t") }
    }

    /// The same for another topic than `t`.
    pub fn on(self, topic: &str) -> Self {
        Self { topic: Topic::from(topic), ..self }
    }

    /// The bytes of a value.
    pub async fn write(
        &mut self,
        schema: Option<&Schema>,
        value: &Value,
    ) -> Result<Option<Vec<u8>>, RecordError> {
        self.write_with(schema, value, &mut WireHeaders::new()).await
    }

    /// The bytes of a value, with the headers of its record.
    pub async fn write_with(
        &mut self,
        schema: Option<&Schema>,
        value: &Value,
        headers: &mut WireHeaders,
    ) -> Result<Option<Vec<u8>>, RecordError> {
        loop {
            let mut scratch = Vec::new();
            let mut out = Out::new(&mut scratch);
            match self.converter.write(&self.topic, schema, value, headers, &mut out) {
                Ok(()) => return Ok(out.bytes().map(<[u8]>::to_vec)),
                Err(Convert::Bad(error)) => return Err(error),
                Err(Convert::Needs(need)) => self.converter.resolve(need).await.map_err(record_error)?,
            }
        }
    }

    /// What bytes hold.
    pub async fn read(&mut self, bytes: &[u8]) -> Result<SchemaAndValue, RecordError> {
        self.read_with(bytes, &WireHeaders::new()).await
    }

    /// What bytes hold, with the headers of their record.
    pub async fn read_with(
        &mut self,
        bytes: &[u8],
        headers: &WireHeaders,
    ) -> Result<SchemaAndValue, RecordError> {
        let bytes = Buf::from(bytes);
        loop {
            match self.converter.read(&self.topic, headers, Some(&bytes)) {
                Ok(found) => return Ok(found),
                Err(Convert::Bad(error)) => return Err(error),
                Err(Convert::Needs(need)) => self.converter.resolve(need).await.map_err(record_error)?,
            }
        }
    }
}

fn record_error(error: TaskError) -> RecordError {
    let retriable = matches!(error, TaskError::Retriable(_));
    RecordError { exception: error.exception().clone(), retriable }
}

/// Simple class names and messages of a chain.
pub fn chain(error: &RecordError) -> Vec<String> {
    let mut all = Vec::new();
    let mut next: Option<&Exception> = Some(&error.exception);
    while let Some(exception) = next {
        let class = exception.class().rsplit('.').next().unwrap_or_default();
        all.push(format!("{class}: {}", exception.message().unwrap_or("null")));
        next = exception.cause();
    }
    all
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that hexadecimal digits stand for.
pub fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap()).collect()
}
