//! What `cargo metadata` knows of the workspace.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::sh::{self, Done};

/// A package of the dependency graph.
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The SPDX expression, if it has one.
    pub license: Option<String>,
    /// Where it comes from; `None` for ours.
    pub source: Option<String>,
    /// Names of normal (not dev, not build) dependencies, without optional ones.
    pub normal: Vec<String>,
    /// Whether it has a build script.
    pub build_script: bool,
    /// The `links` key: a native library.
    pub links: Option<String>,
}

/// The packages that the workspace resolves to, by id; `platform` restricts to one target.
pub fn packages(platform: Option<&str>) -> Done<BTreeMap<String, Package>> {
    let metadata = metadata(platform)?;
    let list = metadata["packages"].as_array().ok_or("cargo metadata has no packages")?;
    Ok(list.iter().map(|package| (text(&package["id"]), read(package))).collect())
}

/// Ids of everything that `package` is made of when built, dev-dependencies left out.
pub fn closure(package: &str, platform: Option<&str>) -> Done<Vec<String>> {
    let metadata = metadata(platform)?;
    let nodes = metadata["resolve"]["nodes"].as_array().ok_or("cargo metadata has no resolve")?;
    let by_id: BTreeMap<String, &Json> = nodes.iter().map(|node| (text(&node["id"]), node)).collect();
    let names = packages(platform)?;
    let mut found: Vec<String> =
        names.iter().filter(|(_, p)| p.name == package).map(|(id, _)| id.clone()).take(1).collect();
    let mut next = 0;
    while let Some(id) = found.get(next).cloned() {
        next += 1;
        for dep in by_id.get(&id).and_then(|node| node["deps"].as_array()).into_iter().flatten() {
            let kinds = dep["dep_kinds"].as_array().cloned().unwrap_or_default();
            let target = text(&dep["pkg"]);
            if kinds.iter().any(|kind| kind["kind"].is_null()) && !found.contains(&target) {
                found.push(target);
            }
        }
    }
    Ok(found)
}

fn metadata(platform: Option<&str>) -> Done<Json> {
    let mut args = vec!["metadata", "--format-version=1", "--locked"];
    if let Some(platform) = platform {
        args.extend(["--filter-platform", platform]);
    }
    let output = sh::output(&mut sh::cargo(&args))?;
    serde_json::from_str(&output).map_err(|error| error.to_string())
}

fn read(package: &Json) -> Package {
    let list = |key: &str| package[key].as_array().cloned().unwrap_or_default();
    let normal = list("dependencies")
        .iter()
        .filter(|dependency| dependency["kind"].is_null())
        .map(|dependency| text(&dependency["name"]))
        .collect();
    let is_build =
        |target: &Json| target["kind"].as_array().is_some_and(|k| k.iter().any(|k| k == "custom-build"));
    Package {
        name: text(&package["name"]),
        version: text(&package["version"]),
        license: package["license"].as_str().map(str::to_owned),
        source: package["source"].as_str().map(str::to_owned),
        normal,
        build_script: list("targets").iter().any(is_build),
        links: package["links"].as_str().map(str::to_owned),
    }
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
