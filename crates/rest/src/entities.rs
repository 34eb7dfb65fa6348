//! What the herder answers, as JSON in upstream's order of fields.

use kconnect_api::{ConfigKey, ConfigValue, PluginInfo, Props, TaskId};
use kconnect_connect::herder::{
    ConfigInfos, ConnectorInfo, ConnectorOffset, ConnectorStateInfo, LoggerLevel, Status, TaskInfo,
};
use serde_json::{Map, Value as Json, json};

pub(crate) fn props(config: &Props) -> Json {
    config.iter().map(|(key, value)| (key.clone(), Json::from(value.as_str()))).collect::<Map<_, _>>().into()
}

fn task_id(id: &TaskId) -> Json {
    json!({"connector": id.connector, "task": id.task})
}

pub(crate) fn connector_info(info: &ConnectorInfo) -> Json {
    let tasks: Vec<Json> = info.tasks.iter().map(task_id).collect();
    json!({"name": info.name, "config": props(&info.config), "tasks": tasks, "type": info.kind.name()})
}

pub(crate) fn task_infos(tasks: &[TaskInfo]) -> Json {
    tasks.iter().map(|task| json!({"id": task_id(&task.id), "config": props(&task.config)})).collect()
}

fn status(status: &Status) -> Map<String, Json> {
    let mut fields = Map::new();
    fields.insert("state".into(), status.state.name().into());
    fields.insert("worker_id".into(), status.worker_id.as_str().into());
    fields.insert("version".into(), status.version.as_deref().into());
    if let Some(trace) = status.trace.as_deref().filter(|trace| !trace.is_empty()) {
        fields.insert("trace".into(), cut(trace).into());
    }
    fields
}

/// Longest trace that is shown.
const TRACE_MAX: usize = 32 * 1024;

fn cut(trace: &str) -> String {
    if trace.len() <= TRACE_MAX {
        return trace.to_owned();
    }
    let kept = trace.floor_char_boundary(TRACE_MAX);
    format!("{}\n... ({} more bytes)", &trace[..kept], trace.len() - kept)
}

pub(crate) fn task_status(id: u32, of: &Status) -> Json {
    let mut fields = Map::new();
    fields.insert("id".into(), id.into());
    fields.append(&mut status(of));
    fields.into()
}

pub(crate) fn connector_state(info: &ConnectorStateInfo) -> Json {
    let tasks: Vec<Json> = info.tasks.iter().map(|(id, status)| task_status(*id, status)).collect();
    json!({"name": info.name, "connector": status(&info.connector), "tasks": tasks, "type": info.kind.name()})
}

pub(crate) fn offsets(offsets: &[ConnectorOffset]) -> Json {
    let element = |o: &ConnectorOffset| json!({"partition": o.partition, "offset": o.offset});
    json!({"offsets": offsets.iter().map(element).collect::<Vec<_>>()})
}

pub(crate) fn plugin(info: &PluginInfo) -> Json {
    let mut fields = Map::new();
    fields.insert("class".into(), (*info.class).into());
    fields.insert("type".into(), info.kind.name().into());
    if info.version != "undefined" {
        fields.insert("version".into(), (*info.version).into());
    }
    fields.into()
}

pub(crate) fn config_key(key: &ConfigKey) -> Json {
    json!({
        "name": key.name,
        "type": key.kind.name(),
        "required": key.is_required(),
        "default_value": key.default_text(),
        "importance": key.importance.name(),
        "documentation": key.doc,
        "group": key.group,
        "order_in_group": key.order_in_group,
        "width": key.width.name(),
        "display_name": key.display_name,
        "dependents": key.dependents,
    })
}

fn config_value(value: &ConfigValue) -> Json {
    json!({
        "name": value.name,
        "value": value.value,
        "recommended_values": value.recommended_values,
        "errors": value.errors,
        "visible": value.visible,
    })
}

pub(crate) fn config_infos(infos: &ConfigInfos) -> Json {
    let configs: Vec<Json> = infos
        .configs
        .iter()
        .map(|info| {
            json!({"definition": info.definition.as_ref().map(config_key), "value": config_value(&info.value)})
        })
        .collect();
    json!({
        "name": infos.name,
        "error_count": infos.error_count,
        "groups": infos.groups,
        "configs": configs,
    })
}

pub(crate) fn logger_level(level: &LoggerLevel) -> Json {
    json!({"level": level.level, "last_modified": level.last_modified})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_trace_is_cut_with_a_mark() {
        assert_eq!(cut("short"), "short");
        let long = cut(&"é".repeat(20_000));
        assert!(long.ends_with("\n... (7232 more bytes)") && long.len() < TRACE_MAX + 40, "{}", long.len());
    }
}
