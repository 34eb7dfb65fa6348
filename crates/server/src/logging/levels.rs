//! Log levels by logger name, changeable at run time (KIP-495).
//!
//! The level of a target is that of the longest set logger that is the target itself or a dotted parent of it, else
//! the root's. Tracing caches each call site's answer, so a disabled line costs one load; a change rebuilds the caches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use kconnect_connect::config::secrets::Secrets;
use kconnect_connect::herder::{LoggerLevel, Loggers};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::layout::Hidden;

/// The table of levels.
#[derive(Debug)]
pub struct Levels {
    table: RwLock<Table>,
    /// Targets that some call site has used or somebody has set: the loggers that "exist".
    known: Mutex<BTreeSet<String>>,
    hidden: Hidden,
}

#[derive(Clone, Debug)]
struct Table {
    root: Entry,
    loggers: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// Kafka's word, kept since FATAL and ALL have no counterpart.
    name: &'static str,
    filter: LevelFilter,
    modified: Option<i64>,
}

const NAMES: [(&str, LevelFilter); 8] = [
    ("OFF", LevelFilter::OFF),
    ("FATAL", LevelFilter::ERROR),
    ("ERROR", LevelFilter::ERROR),
    ("WARN", LevelFilter::WARN),
    ("INFO", LevelFilter::INFO),
    ("DEBUG", LevelFilter::DEBUG),
    ("TRACE", LevelFilter::TRACE),
    ("ALL", LevelFilter::TRACE),
];

fn entry(name: &str, modified: Option<i64>) -> Option<Entry> {
    let wanted = name.trim();
    let (name, filter) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(wanted))?;
    Some(Entry { name, filter: *filter, modified })
}

impl Levels {
    /// Parses `ROOT_LEVEL` or `ROOT_LEVEL,logger=LEVEL,…`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut table = Table { root: entry("INFO", None).expect("a known level"), loggers: BTreeMap::new() };
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (logger, level) =
                item.split_once('=').map_or(("", item), |(logger, level)| (logger.trim(), level));
            let entry = entry(level, None).ok_or_else(|| {
                format!("unknown log level '{level}' in '{item}'; known are OFF, FATAL, ERROR, WARN, INFO, DEBUG, TRACE, ALL")
            })?;
            if logger.is_empty() || logger.eq_ignore_ascii_case("root") {
                table.root = entry;
            } else {
                table.loggers.insert(logger.to_owned(), entry);
            }
        }
        Ok(Self { table: RwLock::new(table), known: Mutex::default(), hidden: Hidden::default() })
    }

    /// Keeps the secrets of a worker out of the log. One worker a process: the first one counts.
    pub fn hide(&self, secrets: &Arc<Secrets>) {
        let _ = self.hidden.set(Arc::clone(secrets));
    }

    pub(super) fn hidden(&self) -> &Hidden {
        &self.hidden
    }

    fn filter(&self, target: &str) -> LevelFilter {
        self.table.read().unwrap_or_else(PoisonError::into_inner).effective(target).filter
    }

    fn most_verbose(&self) -> LevelFilter {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.loggers.values().map(|entry| entry.filter).fold(table.root.filter, LevelFilter::max)
    }

    /// Writes a level into the table. Call sites still have their answers of before: the caches belong to the process.
    fn change(&self, logger: &str, level: &str) -> Result<Vec<String>, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64);
        let new = entry(level, Some(now)).ok_or_else(|| level.to_owned())?;
        let root = logger.eq_ignore_ascii_case("root");
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if !root {
            self.known().insert(logger.to_owned());
        }
        let mut names: BTreeSet<String> = self.known().clone();
        names.extend(table.loggers.keys().cloned());
        if !root {
            names.retain(|name| name.starts_with(logger));
        }
        // By the levels of before: a logger that only inherits changes too when its parent does.
        let mut changed: Vec<String> =
            names.into_iter().filter(|name| table.effective(name).name != new.name).collect();
        table.loggers.extend(changed.iter().map(|name| (name.clone(), new.clone())));
        if root && table.root.name != new.name {
            changed.push("root".to_owned());
            table.root = new;
        }
        drop(table);
        changed.sort();
        Ok(changed)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn effective(&self, target: &str) -> &Entry {
        let mut name = target;
        loop {
            if let Some(entry) = self.loggers.get(name) {
                return entry;
            }
            match name.rfind('.') {
                Some(dot) => name = &name[..dot],
                None => return &self.root,
            }
        }
    }

    /// What holds for a logger; an inherited level was not set for it, at no time.
    fn level(&self, logger: &str) -> LoggerLevel {
        match self.loggers.get(logger) {
            Some(own) => own.into(),
            None => LoggerLevel { last_modified: None, ..self.effective(logger).into() },
        }
    }
}

impl Loggers for Levels {
    fn all(&self) -> Vec<(String, LoggerLevel)> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let mut names: BTreeSet<String> = self.known().clone();
        names.extend(table.loggers.keys().cloned());
        let mut all: Vec<_> = names.into_iter().map(|name| (table.level(&name), name)).collect();
        all.push(((&table.root).into(), "root".to_owned()));
        all.sort_by(|a, b| a.1.cmp(&b.1));
        let said = |(level, name): (LoggerLevel, String)| (level.level != "OFF").then_some((name, level));
        all.into_iter().filter_map(said).collect()
    }

    fn level(&self, logger: &str) -> Option<LoggerLevel> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        if logger.eq_ignore_ascii_case("root") {
            return Some((&table.root).into());
        }
        let exists = table.loggers.contains_key(logger) || self.known().contains(logger);
        exists.then(|| table.level(logger))
    }

    fn set(&self, logger: &str, level: &str) -> Result<Vec<String>, String> {
        let changed = self.change(logger, level)?;
        tracing::callsite::rebuild_interest_cache();
        Ok(changed)
    }
}

impl From<&Entry> for LoggerLevel {
    fn from(entry: &Entry) -> Self {
        Self { level: entry.name.to_owned(), last_modified: entry.modified }
    }
}

/// The layer that asks the table.
pub(super) struct Gate(pub(super) Arc<Levels>);

impl<S: Subscriber> Layer<S> for Gate {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.is_span() {
            return Interest::always(); // Contexts must exist at every level.
        }
        self.0.known().insert(metadata.target().to_owned());
        if *metadata.level() <= self.0.filter(metadata.target()) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.is_span() || *metadata.level() <= self.0.filter(metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // Spans at INFO carry contexts and must pass.
        Some(self.0.most_verbose().max(LevelFilter::INFO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(levels: &Levels, logger: &str) -> Option<String> {
        levels.level(logger).map(|level| level.level)
    }

    #[test]
    fn a_logger_inherits_from_its_dotted_parents() {
        let levels = Levels::parse("WARN, org.apache.kafka=DEBUG").unwrap();
        assert_eq!(levels.filter("org.apache.kafka.connect.runtime.Worker"), LevelFilter::DEBUG);
        assert_eq!(levels.filter("org.apache.kafkaesque"), LevelFilter::WARN);
        assert_eq!(level(&levels, "ROOT").as_deref(), Some("WARN"));
    }

    #[test]
    fn an_unknown_logger_is_none_until_it_is_set() {
        let levels = Levels::parse("INFO").unwrap();
        assert_eq!(levels.level("a.b"), None);
        assert_eq!(levels.change("a.b", " debug ").unwrap(), ["a.b"]);
        assert_eq!(levels.change("x", "INFO").unwrap(), Vec::<String>::new());
        assert_eq!(level(&levels, "x").as_deref(), Some("INFO"));
        assert_eq!(level(&levels, "a.b").as_deref(), Some("DEBUG"));
        assert!(levels.level("a.b").unwrap().last_modified.is_some());
    }

    #[test]
    fn setting_changes_every_known_logger_with_the_prefix_and_reports_only_changes() {
        let levels = Levels::parse("INFO,a.b.c=DEBUG,a.bcd=WARN").unwrap();
        assert_eq!(levels.change("a.b", "WARN").unwrap(), ["a.b", "a.b.c"]); // a.bcd has the prefix and the level
        assert_eq!(levels.change("a.b", "WARN").unwrap(), Vec::<String>::new());
        assert_eq!(levels.change("root", "ERROR").unwrap(), ["a.b", "a.b.c", "a.bcd", "root"]);
    }

    #[test]
    fn the_list_has_all_known_loggers_that_are_not_off_with_their_own_times() {
        let levels = Levels::parse("INFO,a.b=WARN,a.c=OFF").unwrap();
        levels.known().extend(["a.b.known".to_owned(), "z".to_owned()]);
        let list = |levels: &Levels| -> Vec<(String, String, bool)> {
            let said = levels.all().into_iter();
            said.map(|(name, level)| (name, level.level, level.last_modified.is_some())).collect()
        };
        let row = |name: &str, level: &str, set: bool| (name.to_owned(), level.to_owned(), set);
        let at_start = [
            row("a.b", "WARN", false),
            row("a.b.known", "WARN", false),
            row("root", "INFO", false),
            row("z", "INFO", false),
        ];
        assert_eq!(list(&levels), at_start);
        levels.change("a.b", "DEBUG").unwrap();
        levels.known().insert("a.b.new".to_owned());
        assert_eq!(
            list(&levels)[..3],
            [row("a.b", "DEBUG", true), row("a.b.known", "DEBUG", true), row("a.b.new", "DEBUG", false)]
        );
    }

    #[test]
    fn a_bad_level_is_named() {
        assert_eq!(Levels::parse("INFO").unwrap().change("x", "LOUD"), Err("LOUD".to_owned()));
        assert!(Levels::parse("a=LOUD").unwrap_err().contains("unknown log level 'LOUD'"));
    }
}
