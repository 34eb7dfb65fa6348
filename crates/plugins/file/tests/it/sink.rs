use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use kconnect_api::{DynSinkTask, MapValue, Offsets, Schema, SchemaBuilder, Struct, TaskError, Value};

use crate::harness::{batch, sink};

fn texts(lines: &[&str]) -> Vec<Value> {
    lines.iter().map(|line| Value::from(*line)).collect()
}

async fn put(task: &mut Box<dyn DynSinkTask>, lines: &[&str]) -> Result<(), TaskError> {
    task.put(&batch(texts(lines))).await
}

#[tokio::test]
async fn values_are_written_as_java_prints_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let schema = SchemaBuilder::structure().field("a", Schema::int32()).build().unwrap();
    let mut inner = Struct::new(schema).unwrap();
    inner.put("a", Value::Int32(1)).unwrap();
    let map: MapValue = [(Value::from("k"), Value::from("v"))].into_iter().collect();
    let values = [
        Value::from("text"),
        Value::Null,
        Value::Float64(1e7),
        Value::Struct(Arc::new(inner)),
        Value::Map(Arc::new(map)),
        Value::Array(Arc::new(vec![Value::Int32(1), Value::Null])),
    ];
    let (mut task, _) = sink(path.to_str().unwrap()).await.unwrap();
    task.put(&batch(values)).await.unwrap();
    task.pre_commit(Offsets::new()).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "text\nnull\n1.0E7\nStruct{a=1}\n{k=v}\n[1, null]\n");
}

#[tokio::test]
async fn lines_are_appended_and_a_torn_one_is_ended() {
    for (before, after) in [("", "new\n"), ("old\n", "old\nnew\n"), ("old\ntor", "old\ntor\nnew\n")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        fs::write(&path, before).unwrap();
        let (mut task, _) = sink(path.to_str().unwrap()).await.unwrap();
        put(&mut task, &["new"]).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), after);
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_made_has_upstreams_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none/out");
    let error = sink(path.to_str().unwrap()).await.err().unwrap();
    let text = format!("Couldn't find or create file '{}' for FileStreamSinkTask", path.display());
    assert_eq!(error.exception().message(), Some(text.as_str()));
}

#[tokio::test]
async fn a_full_device_is_retried_and_named() {
    let (mut task, cx) = sink("/dev/full").await.unwrap();
    let error = put(&mut task, &["x"]).await.unwrap_err();
    assert!(matches!(error, TaskError::Retriable(_)), "{error}");
    assert!(error.to_string().contains("/dev/full") && error.to_string().contains("free space"), "{error}");
    assert!(cx.take_requests().timeout.is_some());
}

/// A mounted file system, unmounted at the end.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn mount(at: &'a Path, size: &str) -> Option<Self> {
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(at))
    }

    fn resize(&self, size: &str) {
        let options = format!("remount,size={size}");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.0).status().unwrap().success());
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test]
async fn a_disk_that_gets_full_in_the_middle_of_a_write_loses_and_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Small::mount(folder.path(), "64k") else {
        let name = "a_disk_that_gets_full_in_the_middle_of_a_write_loses_and_repeats_nothing";
        kconnect_testkit::skip_unless_allowed(name, "a tmpfs cannot be mounted");
        return;
    };
    let path = folder.path().join("out");
    let (mut task, _) = sink(path.to_str().unwrap()).await.unwrap();
    put(&mut task, &["first"]).await.unwrap();
    let line = "y".repeat(999);
    let lines = vec![line.as_str(); 100];
    for _ in 0..3 {
        let error = put(&mut task, &lines).await.unwrap_err();
        assert!(
            matches!(error, TaskError::Retriable(_)) && error.to_string().contains("free space"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "first\n");
    }
    disk.resize("1m");
    put(&mut task, &lines).await.unwrap();
    task.pre_commit(Offsets::new()).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("first\n{}", format!("{line}\n").repeat(100)));
}

#[tokio::test]
async fn tasks_of_one_file_mix_lines_but_never_parts_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let write = |letter: &'static str| {
        let file = path.to_str().unwrap().to_owned();
        async move {
            let (mut task, _) = sink(&file).await.unwrap();
            let line = letter.repeat(500);
            for _ in 0..50 {
                put(&mut task, &vec![line.as_str(); 20]).await.unwrap();
            }
        }
    };
    tokio::join!(write("a"), write("b"), write("c"));
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 3_000);
    assert!(
        text.lines().all(|line| line.len() == 500 && line.bytes().all(|byte| byte == line.as_bytes()[0]))
    );
}

#[tokio::test]
async fn a_new_file_is_not_for_everyone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    sink(path.to_str().unwrap()).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o027, 0);
}
