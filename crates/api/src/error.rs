//! Errors of plugins, in the words of the field.
//!
//! Whatever reaches a status, a REST answer or a dead-letter header carries the Java class name, message and cause
//! chain that upstream's users search for, so errors are [`Exception`]s from the start. [`TaskError`] says what the
//! runtime does next with a task; [`RecordError`] speaks of one bad record, to which `errors.tolerance` applies.

use std::borrow::Cow;
use std::fmt;

/// Java class names that errors carry.
pub mod classes {
    /// The general error of the Connect API.
    pub const CONNECT: &str = "org.apache.kafka.connect.errors.ConnectException";
    /// Bad data: values that contradict their schema, bytes that no converter understands.
    pub const DATA: &str = "org.apache.kafka.connect.errors.DataException";
    /// The Connect API's sign that the same call may succeed later.
    pub const RETRIABLE: &str = "org.apache.kafka.connect.errors.RetriableException";
    /// A wrong call order in building a schema.
    pub const SCHEMA_BUILDER: &str = "org.apache.kafka.connect.errors.SchemaBuilderException";
    /// Schemas that cannot be projected onto each other.
    pub const SCHEMA_PROJECTOR: &str = "org.apache.kafka.connect.errors.SchemaProjectorException";
    /// A worker asked for something that its state forbids.
    pub const ILLEGAL_WORKER_STATE: &str = "org.apache.kafka.connect.errors.IllegalWorkerStateException";
    /// Something asked for does not exist.
    pub const NOT_FOUND: &str = "org.apache.kafka.connect.errors.NotFoundException";
    /// Bad configuration.
    pub const CONFIG: &str = "org.apache.kafka.common.config.ConfigException";
    /// (De)serialisers of Kafka's clients.
    pub const SERIALIZATION: &str = "org.apache.kafka.common.errors.SerializationException";
    /// `java.lang.NullPointerException`.
    pub const NULL_POINTER: &str = "java.lang.NullPointerException";
    /// `java.lang.NumberFormatException`.
    pub const NUMBER_FORMAT: &str = "java.lang.NumberFormatException";
    /// `java.lang.ClassCastException`.
    pub const CLASS_CAST: &str = "java.lang.ClassCastException";
    /// `java.text.ParseException`.
    pub const PARSE: &str = "java.text.ParseException";
    /// `java.lang.IllegalArgumentException`.
    pub const ILLEGAL_ARGUMENT: &str = "java.lang.IllegalArgumentException";
    /// `java.lang.UnsupportedOperationException`.
    pub const UNSUPPORTED: &str = "java.lang.UnsupportedOperationException";
    /// `java.io.IOException`.
    pub const IO: &str = "java.io.IOException";
}

/// A Java class name, a message and a cause: what upstream would have thrown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    class: Cow<'static, str>,
    message: Option<String>,
    cause: Option<Exception>,
}

impl Exception {
    /// An exception of the Java class `class`; see [`classes`].
    #[must_use]
    pub fn new(class: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { class: class.into(), message: Some(message.into()), cause: None }))
    }

    /// One whose message is `null`.
    #[must_use]
    pub fn without_message(class: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { class: class.into(), message: None, cause: None }))
    }

    /// `ConnectException`.
    #[must_use]
    pub fn connect(message: impl Into<String>) -> Self {
        Self::new(classes::CONNECT, message)
    }

    /// `DataException`.
    #[must_use]
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(classes::DATA, message)
    }

    /// `ClassCastException` as the JVM words it: a value of the class `found` where `wanted` is needed.
    #[must_use]
    pub fn class_cast(found: &str, wanted: &str) -> Self {
        let is_jdk = |class: &str| class.starts_with("java.") || class.starts_with('[');
        let place = |class: &str| match is_jdk(class) {
            true => "module java.base of loader 'bootstrap'",
            // Where a worker's class path puts Connect's own classes.
            false => "unnamed module of loader 'app'",
        };
        let places = if is_jdk(found) == is_jdk(wanted) {
            format!("{found} and {wanted} are in {}", place(found))
        } else {
            format!("{found} is in {}; {wanted} is in {}", place(found), place(wanted))
        };
        Self::new(classes::CLASS_CAST, format!("class {found} cannot be cast to class {wanted} ({places})"))
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Exception>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The Java class name.
    #[must_use]
    pub fn class(&self) -> &str {
        &self.0.class
    }

    /// The message, `None` for Java's `null`.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The cause.
    #[must_use]
    pub fn cause(&self) -> Option<&Exception> {
        self.0.cause.as_ref()
    }

    /// The text in the form of a Java stack trace, without frames: `class: message`, then `Caused by: …` lines.
    #[must_use]
    pub fn trace(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.cause();
        while let Some(cause) = next {
            text.push_str("\nCaused by: ");
            text.push_str(&cause.to_string());
            next = cause.cause();
        }
        text
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            Some(message) => write!(f, "{}: {message}", self.0.class),
            None => f.write_str(&self.0.class),
        }
    }
}

impl std::error::Error for Exception {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(|cause| cause as _)
    }
}

impl From<std::io::Error> for Exception {
    fn from(error: std::io::Error) -> Self {
        Self::new(classes::IO, error.to_string())
    }
}

/// Why a task's call failed, named by what the runtime does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskError {
    /// The same call is made again: a source is polled again, a sink gets the same batch.
    Retriable(Exception),
    /// The task becomes FAILED and waits for a restart.
    Fatal(Exception),
}

impl TaskError {
    /// Call again.
    #[must_use]
    pub fn retriable(exception: impl Into<Exception>) -> Self {
        Self::Retriable(exception.into())
    }

    /// Give up.
    #[must_use]
    pub fn fatal(exception: impl Into<Exception>) -> Self {
        Self::Fatal(exception.into())
    }

    /// Give up with a `ConnectException`.
    #[must_use]
    pub fn connect(message: impl Into<String>) -> Self {
        Self::Fatal(Exception::connect(message))
    }

    /// What happened.
    #[must_use]
    pub fn exception(&self) -> &Exception {
        match self {
            Self::Retriable(exception) | Self::Fatal(exception) => exception,
        }
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.exception(), f)
    }
}

impl std::error::Error for TaskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(self.exception())
    }
}

impl From<Exception> for TaskError {
    fn from(exception: Exception) -> Self {
        Self::Fatal(exception)
    }
}

/// Why one record could not be converted or transformed. `errors.tolerance` decides what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError {
    /// What happened.
    pub exception: Exception,
    /// Whether the same step may succeed later (`errors.retry.*` apply).
    pub retriable: bool,
}

impl From<Exception> for RecordError {
    fn from(exception: Exception) -> Self {
        Self { exception, retriable: false }
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.exception, f)
    }
}

impl std::error::Error for RecordError {}

impl From<RecordError> for Exception {
    fn from(error: RecordError) -> Self {
        error.exception
    }
}
