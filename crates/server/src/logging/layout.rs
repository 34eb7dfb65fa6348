//! How a log line looks.
//!
//! `plain` is upstream's pattern `[%d] %p %X{connector.context}%m (%c:%L)`: time, level, context, message with its
//! fields, logger and line. `json` has one object a line with the same parts.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::{Arc, OnceLock};

use jiff::Zoned;
use kconnect_connect::config::secrets::Secrets;
use serde_json::{Map, Value as Json, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Upstream's layout.
    Plain,
    /// One JSON object a line.
    Json,
}

impl Format {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Json => "json",
        }
    }
}

/// Writes events to `out`.
#[derive(Debug)]
pub struct Layout<W> {
    format: Format,
    colour: bool,
    out: W,
    hidden: Hidden,
}

/// Secrets that no line may hold, once there are some.
pub(crate) type Hidden = Arc<OnceLock<Arc<Secrets>>>;

impl<W> Layout<W> {
    /// A layout that writes to what `out` returns, one write a line.
    pub fn new(format: Format, colour: bool, out: W) -> Self {
        Self { format, colour, out, hidden: Hidden::default() }
    }

    /// One that hides these.
    pub(crate) fn hiding(mut self, hidden: &Hidden) -> Self {
        self.hidden = Arc::clone(hidden);
        self
    }
}

/// The text of a span's `context` field, kept in the span.
struct SpanContext(String);

impl<S, W, O> Layer<S> for Layout<O>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    O: Fn() -> W + 'static,
    W: Write,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let (Some(context), Some(span)) = (fields.context, cx.span(id)) {
            span.extensions_mut().insert(SpanContext(context));
        }
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let context = cx.event_scope(event).and_then(|mut scope| {
            scope.find_map(|span| span.extensions().get::<SpanContext>().map(|context| context.0.clone()))
        });
        let mut line = match self.format {
            Format::Plain => plain(event, &fields, context.as_deref(), self.colour),
            Format::Json => object(event, &fields, context.as_deref()),
        };
        if let Some(secrets) = self.hidden.get()
            && let Cow::Owned(safe) = secrets.redactor().text(&line)
        {
            line = safe;
        }
        line.push('\n');
        // A log that cannot be written has nobody to tell.
        let _ = (self.out)().write_all(line.as_bytes());
    }
}

fn plain(event: &Event<'_>, fields: &Fields, context: Option<&str>, colour: bool) -> String {
    let metadata = event.metadata();
    let level = *metadata.level();
    let (on, off) = match (colour, level) {
        (true, Level::ERROR) => ("\x1b[31m", "\x1b[0m"),
        (true, Level::WARN) => ("\x1b[33m", "\x1b[0m"),
        _ => ("", ""),
    };
    let mut line = format!("[{}] {on}{level}{off} ", Zoned::now().strftime("%Y-%m-%d %H:%M:%S,%3f"));
    if let Some(context) = context {
        let _ = write!(line, "{context} ");
    }
    line.push_str(&one_line(&fields.message));
    for (name, value) in &fields.others {
        let _ = write!(line, " {name}={}", one_line(value));
    }
    let _ = write!(line, " ({}:{})", metadata.target(), metadata.line().unwrap_or(0));
    if let Some(trace) = &fields.trace {
        let _ = write!(line, "\n{trace}");
    }
    line
}

fn object(event: &Event<'_>, fields: &Fields, context: Option<&str>) -> String {
    let metadata = event.metadata();
    let mut object = Map::new();
    object.insert("time".into(), json!(Zoned::now().timestamp().to_string()));
    object.insert("level".into(), json!(metadata.level().as_str()));
    object.insert("logger".into(), json!(metadata.target()));
    if let Some(context) = context {
        object.insert("context".into(), json!(context));
    }
    object.insert("message".into(), json!(fields.message));
    for (name, value) in &fields.others {
        object.insert((*name).into(), json!(value));
    }
    if let Some(trace) = &fields.trace {
        object.insert("trace".into(), json!(trace));
    }
    Json::Object(object).to_string()
}

/// Texts from outside cannot forge log lines: control characters are escaped, except in traces, which are ours.
fn one_line(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// The fields of an event or span, as text.
#[derive(Default)]
struct Fields {
    message: String,
    context: Option<String>,
    trace: Option<String>,
    others: Vec<(&'static str, String)>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}

impl Fields {
    fn put(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            "context" => self.context = Some(value),
            "trace" => self.trace = Some(value),
            name => self.others.push((name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: Format, log: impl FnOnce()) -> String {
        let lines = Lines::default();
        let out = lines.clone();
        let layout = Layout::new(format, false, move || out.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layout), log);
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_plain_line_has_upstreams_layout() {
        let line = logged(Format::Plain, || {
            let span = tracing::info_span!("task", context = %"[local-file-source|task-0]");
            let _inside = span.enter();
            tracing::warn!(target: "org.apache.kafka.connect.file.FileStreamSourceTask", file = "a\nb", "gone");
        });
        let (time, rest) = line.split_at(line.find("] ").unwrap());
        assert_eq!(time.len(), "[2026-11-24 23:59:59,123".len());
        assert!(
            rest.starts_with(
                "] WARN [local-file-source|task-0] gone file=a\\nb (org.apache.kafka.connect.file"
            ),
            "{line}"
        );
    }

    #[test]
    fn a_line_holds_no_secret_that_is_known() {
        use kconnect_connect::config::secrets::Redactor;
        for format in [Format::Plain, Format::Json] {
            let (lines, hidden) = (Lines::default(), Hidden::default());
            let out = lines.clone();
            let layout = Layout::new(format, false, move || out.clone()).hiding(&hidden);
            tracing::subscriber::with_default(tracing_subscriber::registry().with(layout), || {
                tracing::info!("before open-sesame");
                hidden.get_or_init(Arc::default).learn(&Redactor::new(["open-sesame", "two\nlines of it"]));
                tracing::info!(word = "open-sesame", trace = "two\nlines of it", "say open-sesame");
            });
            let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
            let (_, after) = text.split_once('\n').unwrap();
            assert!(!after.contains("sesame") && !after.contains("lines of it"), "{after}");
            assert!(after.contains("say [hidden]"), "{after}");
        }
    }

    #[test]
    fn a_json_line_is_one_object() {
        let line = logged(Format::Json, || tracing::error!(target: "x.Y", trace = "a\nb", "broken"));
        let object: Json = serde_json::from_str(&line).unwrap();
        assert_eq!(object["level"], "ERROR");
        assert_eq!(object["logger"], "x.Y");
        assert_eq!(object["message"], "broken");
        assert_eq!(object["trace"], "a\nb");
    }
}
