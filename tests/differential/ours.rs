//! Stub.
use std::sync::Arc;
use kconnect_connect::registry::Registry;
use serde_json::Value;
pub(crate) fn registry() -> Arc<Registry> { Arc::new(Registry::new()) }
pub(crate) fn answer(_: &Arc<Registry>, _: &Value) -> String { "{\"out\":[]}".to_owned() }
