//! What the fuzz targets call: the offset file as bytes. Only with feature `fuzzing`.

use super::{Table, java, json};

/// The file that would be written after `bytes` were read, or why they cannot be read.
///
/// # Panics
/// When an offset that was read is not found under its partition.
pub fn rewrite(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let pairs = java::read(bytes).map_err(|malformed| malformed.to_string())?;
    let table = Table::from_pairs(pairs);
    for (key, value) in table.pairs() {
        let Some((connector, Some(partition))) = key.and_then(json::read_key) else { continue };
        assert_eq!(table.read(&connector, &partition), value.and_then(json::read_value));
    }
    Ok(java::write(table.pairs().into_iter()))
}
