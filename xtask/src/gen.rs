//! `cargo xtask gen`: writes the message code of `kconnect-wire` from its schema texts.
//!
//! `crates/wire/schemas/<api>.schema` states the facts of one API key; [`schema`] parses it, [`emit`] turns it
//! into `crates/wire/src/messages/<api>.rs` (and [`sample`] into the value generators of the tests), formatted by
//! rustfmt. The result is committed; `--check` and a test compare it with what the texts give.

mod emit;
mod sample;
mod schema;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Writes the generated files, or with `--check` fails when one of them is not what would be written.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let files = generate()?;
    match args {
        [] => write(&files),
        ["--check"] => check(&files),
        _ => Err("usage: cargo xtask gen [--check]".into()),
    }
}

fn wire() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/wire")
}

/// The folder that holds nothing but generated files.
fn messages() -> PathBuf {
    wire().join("src/messages")
}

/// All generated files by path.
fn generate() -> Result<BTreeMap<PathBuf, String>> {
    let mut paths = fs::read_dir(wire().join("schemas"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "schema"));
    paths.sort();
    let mut apis = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path)?;
        apis.push(schema::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?);
    }
    schema::check_names(&apis)?;
    let mut files = BTreeMap::new();
    for api in &apis {
        files.insert(messages().join(format!("{}.rs", api.module)), rustfmt(&emit::api(api))?);
    }
    files.insert(messages().join("mod.rs"), rustfmt(&emit::index(&apis))?);
    files.insert(wire().join("tests/it/samples.rs"), rustfmt(&sample::samples(&apis))?);
    Ok(files)
}

fn write(files: &BTreeMap<PathBuf, String>) -> Result<()> {
    for (path, text) in files {
        if fs::read_to_string(path).ok().as_ref() != Some(text) {
            fs::create_dir_all(path.parent().ok_or("a generated file has a folder")?)?;
            fs::write(path, text)?;
        }
    }
    for path in strangers(files)? {
        fs::remove_file(path)?;
    }
    Ok(())
}

fn check(files: &BTreeMap<PathBuf, String>) -> Result<()> {
    let stale = files.iter().filter(|(path, text)| fs::read_to_string(path).ok().as_ref() != Some(text));
    let mut names: Vec<String> = stale.map(|(path, _)| path.display().to_string()).collect();
    names.extend(strangers(files)?.iter().map(|path| path.display().to_string()));
    if names.is_empty() {
        return Ok(());
    }
    Err(format!("stale generated files, run `cargo xtask gen`: {}", names.join(", ")).into())
}

/// Files among the generated ones that no schema text gives.
fn strangers(files: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>> {
    let mut strangers = Vec::new();
    for entry in fs::read_dir(messages())? {
        let path = entry?.path();
        if !files.contains_key(&path) {
            strangers.push(path);
        }
    }
    Ok(strangers)
}

fn rustfmt(code: &str) -> Result<String> {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(config)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("starting rustfmt: {error}"))?;
    let mut stdin = child.stdin.take().ok_or("rustfmt has an input")?;
    let code = code.to_owned();
    // From a thread: both pipes could fill up.
    let writer = std::thread::spawn(move || stdin.write_all(code.as_bytes()));
    let output = child.wait_with_output()?;
    writer.join().map_err(|_| "writing to rustfmt")??;
    if !output.status.success() {
        return Err("rustfmt refused the generated code".into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn generated_messages_are_what_the_schema_texts_give() {
        super::run(&["--check"]).unwrap();
    }
}
