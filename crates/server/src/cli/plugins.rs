//! `kconnect plugins`: what is in this binary.

use std::io::Write;

use kconnect_connect::registry::Registry;
use serde_json::json;

use super::Failure;
use super::args;

pub fn run(registry: &Registry, args: &args::Plugins) -> Result<(), Failure> {
    let plugins = registry.list(false);
    let mut out = std::io::stdout().lock();
    if args.json {
        let list: Vec<_> = plugins
            .iter()
            .map(|p| json!({"class": p.class, "type": p.kind.name(), "aliases": registry.aliases(&p.class), "version": p.version}))
            .collect();
        writeln!(out, "{}", serde_json::Value::Array(list))?;
        return Ok(());
    }
    for plugin in &plugins {
        let aliases = registry.aliases(&plugin.class).join(", ");
        writeln!(out, "{:<17} {:<70} {:<10} {aliases}", plugin.kind.name(), plugin.class, plugin.version)?;
    }
    Ok(())
}
