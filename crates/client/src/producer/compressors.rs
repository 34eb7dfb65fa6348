//! The compressors of one producer: as many as threads that compress at once, because they keep large tables.

use std::sync::Mutex;

use kconnect_wire::compress::{Compression, Compressor};

use super::config::ProducerConfig;
use super::core::lock;
use crate::logger;

pub(crate) struct Compressors {
    codec: Compression,
    level: Option<i32>,
    idle: Mutex<Vec<Compressor>>,
}

impl Compressors {
    /// Makes the first one, and tells once what became of the level that was asked for.
    pub(crate) fn new(config: &ProducerConfig) -> Self {
        let (codec, level) = (config.compression, config.compression_level);
        let first = Compressor::with_level(codec, level);
        if let Some(note) = first.note() {
            tracing::warn!(target: logger::PRODUCER, "{note}");
        }
        Self { codec, level, idle: Mutex::new(vec![first]) }
    }

    /// Lends one for a piece of work.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Compressor) -> T) -> T {
        let idle = lock(&self.idle).pop();
        let mut compressor = idle.unwrap_or_else(|| Compressor::with_level(self.codec, self.level));
        let result = work(&mut compressor);
        lock(&self.idle).push(compressor);
        result
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing::field::{Field, Visit};
    use tracing::{Event, Level, Metadata, span};

    use super::*;

    /// Keeps the warnings of one thread.
    #[derive(Clone, Default)]
    struct Warnings(Arc<Mutex<Vec<String>>>);

    impl tracing::Subscriber for Warnings {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            *metadata.level() == Level::WARN
        }

        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &Event<'_>) {
            struct Message(String);
            impl Visit for Message {
                fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                    if field.name() == "message" {
                        self.0 = format!("{value:?}");
                    }
                }
            }
            let mut message = Message(String::new());
            event.record(&mut message);
            lock(&self.0).push(message.0);
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn a_level_that_the_codec_does_not_have_is_told_once_for_each_producer() {
        let rows: &[(&str, Option<(&str, &str)>, &[&str])] = &[
            (
                "zstd",
                Some(("compression.zstd.level", "22")),
                &["zstd level 22 is not available, using level 4"],
            ),
            (
                "lz4",
                Some(("compression.lz4.level", "12")),
                &["lz4 level 12 is not available, using the codec's only level"],
            ),
            ("zstd", Some(("compression.zstd.level", "4")), &[]),
            ("zstd", None, &[]),
            ("lz4", None, &[]),
            ("gzip", Some(("compression.gzip.level", "9")), &[]),
            // Nothing is compressed with it.
            ("none", Some(("compression.zstd.level", "22")), &[]),
        ];
        for (codec, level, expect) in rows {
            let pairs = [("compression.type", *codec)];
            let pairs = pairs.iter().chain(level).map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            let config = ProducerConfig::from_props(&pairs.collect()).unwrap();
            let warnings = Warnings::default();
            tracing::subscriber::with_default(warnings.clone(), || {
                let compressors = Compressors::new(&config);
                // Two at once: the second one is new, and nothing new is told.
                compressors.with(|_| compressors.with(|_| ()));
            });
            assert_eq!(*lock(&warnings.0), *expect, "{codec} {level:?}");
        }
    }
}
