//! Our side: the preview of the runtime, over the same case.

use std::sync::Arc;

use kconnect_api::Props;
use kconnect_connect::preview::{Direction, Preview, Setup};
use kconnect_connect::registry::Registry;
use serde_json::Value;

/// All classes that are compared.
pub(crate) fn registry() -> Arc<Registry> {
    let mut registry = Registry::new();
    for plugin in kconnect_converters::plugins() {
        registry = registry.converter(plugin);
    }
    for plugin in kconnect_transforms::transforms() {
        registry = registry.transform(plugin);
    }
    for plugin in kconnect_transforms::predicates() {
        registry = registry.predicate(plugin);
    }
    Arc::new(registry)
}

/// The answer to `case`, in the form of the JVM's side.
pub(crate) fn answer(registry: &Arc<Registry>, case: &Value) -> String {
    let setup = Setup {
        registry: Arc::clone(registry),
        config: props(&case["config"]),
        worker: props(&case["worker"]),
        direction: Some(if case["as"] == "sink" { Direction::Sink } else { Direction::Source }),
        steps: case["steps"] == true,
    };
    let mut preview = match Preview::new(&setup) {
        Ok(preview) => preview,
        Err(refused) => {
            let refused: Vec<String> = refused.iter().map(ToString::to_string).collect();
            return serde_json::json!({ "refused": refused }).to_string();
        }
    };
    let mut out = String::from("{\"out\":[");
    for (i, record) in case["records"].as_array().into_iter().flatten().enumerate() {
        if i > 0 {
            out.push(',');
        }
        preview.line(&record.to_string(), &mut out);
    }
    out.push_str("]}");
    out
}

fn props(object: &Value) -> Props {
    let entries = object.as_object().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
