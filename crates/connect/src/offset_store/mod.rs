//! Stored source offsets: what a source task reads at its start and the runtime writes after acknowledgements.
//!
//! Two implementations ship: the file of the standalone worker ([`FileOffsetStore`]) and memory ([`MemoryOffsetStore`],
//! for previews and tests). Both hold the same table: partitions are found by parsed content, and a partition that is
//! already there keeps its key bytes, so that a map written by a JVM in another member order stays one partition
//! (formats §5.2).

mod file;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod java;
mod json;
mod lock;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use kconnect_api::{BoxFuture, Exception, ObjectMap};

pub use file::{FileOffsetStore, OpenError};
pub(crate) use json::{check_primitive, from_map, to_map};

/// A change: connector, partition, and its new offset (`None` forgets it).
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetWrite {
    /// The connector's name.
    pub connector: Arc<str>,
    /// The source partition; `None` is JSON null.
    pub partition: Option<Arc<ObjectMap>>,
    /// The new offset.
    pub offset: Option<ObjectMap>,
}

/// Where source offsets are kept.
pub trait OffsetStore: Send + Sync {
    /// Offsets of partitions, in their order; `None` where nothing is stored.
    fn read<'a>(
        &'a self,
        connector: &'a str,
        partitions: &'a [Arc<ObjectMap>],
    ) -> BoxFuture<'a, Result<Vec<Option<ObjectMap>>, Exception>>;

    /// Stores changes durably; resolves when they are. An error leaves the previous content readable.
    fn write(&self, changes: Vec<OffsetWrite>) -> BoxFuture<'_, Result<(), Exception>>;

    /// All partitions of a connector that have an offset.
    fn all<'a>(&'a self, connector: &'a str)
    -> BoxFuture<'a, Result<Vec<(ObjectMap, ObjectMap)>, Exception>>;
}

/// Offsets by key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Canonical key → the pair as stored. The canonical key is the stored key with sorted members.
    entries: BTreeMap<Vec<u8>, (Vec<u8>, Option<Vec<u8>>)>,
    /// Pairs that no Connect key explains; they are written back as they were.
    foreign: java::Pairs,
}

impl Table {
    pub(crate) fn from_pairs(pairs: java::Pairs) -> Self {
        let mut table = Self::default();
        for (key, value) in pairs {
            match key.as_deref().and_then(json::read_key) {
                Some((connector, partition)) => {
                    let canonical = canonical(&connector, partition.as_ref());
                    table.entries.insert(canonical, (key.unwrap_or_default(), value));
                }
                None => table.foreign.push((key, value)),
            }
        }
        table
    }

    pub(crate) fn pairs(&self) -> Vec<(Option<&[u8]>, Option<&[u8]>)> {
        let known = self.entries.values().map(|(key, value)| (Some(key.as_slice()), value.as_deref()));
        known.chain(self.foreign.iter().map(|(key, value)| (key.as_deref(), value.as_deref()))).collect()
    }

    pub(crate) fn read(&self, connector: &str, partition: &ObjectMap) -> Option<ObjectMap> {
        let (_, value) = self.entries.get(&canonical(connector, Some(partition)))?;
        let offset = json::read_value(value.as_deref()?);
        if offset.is_none() {
            tracing::error!(
                target: "org.apache.kafka.connect.storage.OffsetStorageReaderImpl",
                connector,
                "CRITICAL: the stored offset of a partition is not a map of primitive values; it is taken as absent"
            );
        }
        offset
    }

    pub(crate) fn apply(&mut self, changes: &[OffsetWrite]) {
        for change in changes {
            let canonical = canonical(&change.connector, change.partition.as_deref());
            let value = change.offset.as_ref().map(json::write_value);
            let key = || json::write_key(&change.connector, change.partition.as_deref());
            self.entries.entry(canonical).or_insert_with(|| (key(), None)).1 = value;
        }
    }

    pub(crate) fn all(&self, connector: &str) -> Vec<(ObjectMap, ObjectMap)> {
        let mut prefix = json::write_key(connector, None);
        prefix.truncate(prefix.len() - "null]".len());
        let of_connector =
            self.entries.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        of_connector
            .filter_map(|(_, (key, value))| {
                Some((json::read_key(key)?.1?, json::read_value(value.as_deref()?)?))
            })
            .collect()
    }
}

fn canonical(connector: &str, partition: Option<&ObjectMap>) -> Vec<u8> {
    let sorted = partition.map(|map| {
        let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        ObjectMap::new(entries)
    });
    json::write_key(connector, sorted.as_ref())
}

/// Offsets that last as long as the process.
#[derive(Debug, Default)]
pub struct MemoryOffsetStore(Mutex<Table>);

impl MemoryOffsetStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OffsetStore for MemoryOffsetStore {
    fn read<'a>(
        &'a self,
        connector: &'a str,
        partitions: &'a [Arc<ObjectMap>],
    ) -> BoxFuture<'a, Result<Vec<Option<ObjectMap>>, Exception>> {
        let table = self.table();
        let found = partitions.iter().map(|partition| table.read(connector, partition)).collect();
        Box::pin(async move { Ok(found) })
    }

    fn write(&self, changes: Vec<OffsetWrite>) -> BoxFuture<'_, Result<(), Exception>> {
        self.table().apply(&changes);
        Box::pin(async { Ok(()) })
    }

    fn all<'a>(
        &'a self,
        connector: &'a str,
    ) -> BoxFuture<'a, Result<Vec<(ObjectMap, ObjectMap)>, Exception>> {
        let all = self.table().all(connector);
        Box::pin(async move { Ok(all) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kconnect_api::Value;

    #[test]
    fn a_partition_keeps_the_key_bytes_it_was_found_with() {
        let key = br#"["c",{"b":1,"a":"x"}]"#.to_vec();
        let mut table = Table::from_pairs(vec![(Some(key.clone()), Some(b"{\"p\":1}".to_vec()))]);
        let partition = ObjectMap::new([("a", Value::string("x")), ("b", Value::Int32(1))]);
        assert_eq!(table.read("c", &partition), Some(ObjectMap::new([("p", Value::Int64(1))])));
        let offset = ObjectMap::new([("p", Value::Int64(2))]);
        table.apply(&[OffsetWrite {
            connector: "c".into(),
            partition: Some(Arc::new(partition)),
            offset: Some(offset),
        }]);
        assert_eq!(table.pairs(), [(Some(key.as_slice()), Some(b"{\"p\":2}".as_slice()))]);
    }

    #[test]
    fn a_reset_partition_stays_with_a_null_value_and_foreign_pairs_stay() {
        let mut table = Table::from_pairs(vec![(Some(b"odd".to_vec()), None), (None, Some(vec![1]))]);
        let partition = Arc::new(ObjectMap::new([("f", Value::string("x"))]));
        let write =
            |offset| OffsetWrite { connector: "c".into(), partition: Some(partition.clone()), offset };
        table.apply(&[write(Some(ObjectMap::new([("p", Value::Int64(2))]))), write(None)]);
        assert_eq!(table.all("c"), []);
        let key = br#"["c",{"f":"x"}]"#.as_slice();
        assert_eq!(
            table.pairs(),
            [(Some(key), None), (Some(b"odd".as_slice()), None), (None, Some([1].as_slice()))]
        );
    }

    #[test]
    fn connectors_with_a_common_prefix_are_kept_apart() {
        let mut table = Table::default();
        let partition = Arc::new(ObjectMap::new([("f", Value::string("x"))]));
        let offset = ObjectMap::new([("p", Value::Int64(2))]);
        for connector in ["c", "c2", "c\",{"] {
            let (connector, partition) = (connector.into(), Some(partition.clone()));
            table.apply(&[OffsetWrite { connector, partition, offset: Some(offset.clone()) }]);
        }
        assert_eq!(table.all("c").len(), 1);
    }
}
