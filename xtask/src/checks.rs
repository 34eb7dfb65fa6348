//! House rules that no compiler knows: crate edges, licences, sources, C in the default build, links in documents.

use std::fs;
use std::path::{Path, PathBuf};

use crate::metadata::{self, Package};
use crate::sh::{self, Done};

/// Which of our crates may use which (dev-dependencies are exempt). A new edge is a design change.
const EDGES: [(&str, &[&str]); 15] = [
    ("kconnect-wire", &[]),
    ("kconnect-api", &[]),
    ("kconnect-net", &[]),
    ("kconnect-client", &["kconnect-wire"]),
    ("kconnect-broker", &["kconnect-wire"]),
    ("kconnect-connect", &["kconnect-client", "kconnect-api"]),
    ("kconnect-rest", &["kconnect-connect", "kconnect-api"]),
    ("kconnect-converters", &["kconnect-api"]),
    ("kconnect-transforms", &["kconnect-api"]),
    ("kconnect-file", &["kconnect-api"]),
    ("kconnect-registry", &["kconnect-api", "kconnect-net"]),
    ("kconnect-rt", &[]),
    ("kconnect-testkit", &[]),
    ("kconnect-server", &["*"]),
    ("xtask", &[]),
];

/// Licences whose terms the binary can meet; each side of an `OR` counts by itself.
const LICENCES: [&str; 12] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "MIT",
    "MIT-0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    // Data of certificate authorities.
    "CDLA-Permissive-2.0",
    "ISC",
    "0BSD",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Never in the released binary, and why.
const BANNED: [(&str, &str); 6] = [
    ("cc", "compiles C"),
    ("openssl-sys", "links C"),
    ("ring", "compiles C and assembly"),
    ("aws-lc-sys", "compiles C"),
    ("zstd-sys", "compiles C; the codec is pure Rust"),
    ("libz-sys", "compiles C"),
];

const TARGET: &str = "x86_64-unknown-linux-musl";

/// Runs all checks and reports every failure.
pub fn run() -> Done {
    let mut faults = Vec::new();
    let packages = metadata::packages(None)?;
    let ours: Vec<&Package> = packages.values().filter(|package| package.source.is_none()).collect();
    faults.extend(ours.iter().flat_map(|package| edges(package)));
    for package in packages.values().filter(|package| package.source.is_some()) {
        faults.extend(licence(package));
        faults.extend(source(package));
    }
    let built = metadata::packages(Some(TARGET))?;
    for id in metadata::closure("kconnect-server", Some(TARGET))? {
        faults.extend(built.get(&id).and_then(banned));
    }
    faults.extend(undocumented(&ours)?);
    faults.extend(links()?);
    if faults.is_empty() {
        println!(
            "checks: {} packages, edges, licences, sources, bans and links are in order",
            packages.len()
        );
        return Ok(());
    }
    Err(format!("{} faults\n  {}", faults.len(), faults.join("\n  ")))
}

fn edges(package: &Package) -> Vec<String> {
    let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == package.name) else {
        return vec![format!("crate {} is not in the table of edges in xtask/src/checks.rs", package.name)];
    };
    let forbidden = |name: &&String| {
        (name.starts_with("kconnect-") || *name == "xtask")
            && !allowed.contains(&"*")
            && !allowed.contains(&name.as_str())
    };
    let fault = |name: &String| format!("crate {} may not use {name}", package.name);
    package.normal.iter().filter(forbidden).map(fault).collect()
}

fn licence(package: &Package) -> Option<String> {
    let expression = package.license.as_deref().unwrap_or("none");
    let fine = expression
        .replace('/', " OR ")
        .split(" AND ")
        .all(|all| all.split(" OR ").any(|one| LICENCES.contains(&one.trim().trim_matches(['(', ')']))));
    (!fine).then(|| format!("{} {}: licence {expression} is not in the list", package.name, package.version))
}

fn source(package: &Package) -> Option<String> {
    let registry = package.source.as_deref().is_some_and(|source| source.starts_with("registry+"));
    (!registry).then(|| format!("{} {} does not come from the crate registry", package.name, package.version))
}

fn banned(package: &Package) -> Option<String> {
    if let Some((name, why)) = BANNED.iter().find(|(name, _)| *name == package.name) {
        return Some(format!("{name} is in the default build: {why}"));
    }
    let links = package.links.as_deref().filter(|_| package.build_script && package.source.is_some())?;
    (!["rayon-core", "prettyplease"].contains(&links))
        .then(|| format!("{} links the native library {links}", package.name))
}

/// Each direct dependency has a line of reason in `docs/dependencies.md`.
fn undocumented(ours: &[&Package]) -> Done<Vec<String>> {
    let text =
        fs::read_to_string(sh::root().join("docs/dependencies.md")).map_err(|error| error.to_string())?;
    let mut missing: Vec<String> = ours
        .iter()
        .flat_map(|package| &package.normal)
        .filter(|name| !name.starts_with("kconnect-") && !text.contains(&format!("`{name}`")))
        .map(|name| format!("docs/dependencies.md has no line for {name}"))
        .collect();
    missing.sort();
    missing.dedup();
    Ok(missing)
}

/// Relative links in documents must lead somewhere.
fn links() -> Done<Vec<String>> {
    let root = sh::root();
    let mut documents: Vec<PathBuf> = markdown(&root);
    documents.extend(markdown(&root.join("docs")));
    let mut broken = Vec::new();
    for document in documents {
        let text = fs::read_to_string(&document).map_err(|error| error.to_string())?;
        let folder = document.parent().unwrap_or(&root);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !target.is_empty() && !target.contains(':') && !folder.join(target).exists() {
                broken.push(format!("{}: link to {target} leads nowhere", document.display()));
            }
        }
    }
    Ok(broken)
}

fn markdown(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, license: &str, normal: &[&str]) -> Package {
        Package {
            name: name.into(),
            version: "1".into(),
            license: Some(license.into()),
            source: None,
            normal: normal.iter().map(|&n| n.into()).collect(),
            build_script: false,
            links: None,
        }
    }

    #[test]
    fn a_forbidden_edge_is_named() {
        assert_eq!(
            edges(&package("kconnect-api", "MIT", &["bytes", "kconnect-wire"])),
            ["crate kconnect-api may not use kconnect-wire"]
        );
        assert!(edges(&package("kconnect-client", "MIT", &["kconnect-wire"])).is_empty());
    }

    #[test]
    fn the_workspace_keeps_the_table_of_edges() {
        let packages = metadata::packages(None).unwrap();
        let faults: Vec<_> = packages.values().filter(|p| p.source.is_none()).flat_map(edges).collect();
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn licence_expressions() {
        for (expression, fine) in [
            ("MIT OR GPL-3.0", true),
            ("MIT/Apache-2.0", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("MIT AND GPL-3.0", false),
            ("GPL-3.0", false),
        ] {
            assert_eq!(licence(&package("x", expression, &[])).is_none(), fine, "{expression}");
        }
    }
}
