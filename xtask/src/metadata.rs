//! What `cargo metadata` knows of the workspace.

use std::collections::{BTreeMap, BTreeSet};

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

/// Ids of everything that `package` is made of when built, build scripts included and dev-dependencies left out.
///
/// By `cargo tree`, which knows the features that a build has: the graph of `cargo metadata` also shows dependencies
/// that only a feature of another dependency mentions (`ring?/alloc`).
pub fn closure(package: &str, platform: Option<&str>) -> Done<Vec<String>> {
    let mut args =
        vec!["tree", "--locked", "-p", package, "-e", "normal,build", "--prefix", "none", "--format", "{p}"];
    if let Some(platform) = platform {
        args.extend(["--target", platform]);
    }
    let tree = sh::output(&mut sh::cargo(&args))?;
    // `name v1.2.3`, perhaps with a source behind it.
    let built: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?.strip_prefix('v')?))
        })
        .collect();
    let known = packages(platform)?;
    let ids = known.iter().filter(|(_, it)| built.contains(&(it.name.as_str(), it.version.as_str())));
    let ids: Vec<String> = ids.map(|(id, _)| id.clone()).collect();
    if ids.is_empty() { Err(format!("cargo tree shows nothing of {package}")) } else { Ok(ids) }
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
