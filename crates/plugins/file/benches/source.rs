//! Cost of reading lines: `cargo bench -p kconnect-file`. The limit is 90 ns for a line of 100 bytes, rows included.

use std::fs;
use std::sync::Arc;
use std::time::Instant;

use kconnect_api::{
    Acks, BoxFuture, Budget, ObjectMap, SourceBatch, SourceContext, SourcePartition, SourceServices, Task,
    TaskContext, TaskError, TaskId,
};

struct Nothing;

impl SourceServices for Nothing {
    fn stored_offsets<'a>(
        &'a self,
        partitions: &'a [SourcePartition],
    ) -> BoxFuture<'a, Result<Vec<Option<ObjectMap>>, TaskError>> {
        Box::pin(async move { Ok(vec![None; partitions.len()]) })
    }
    fn acks(&self) -> Box<dyn Acks> {
        unreachable!("the file source does not ask for acknowledgements")
    }
}

const LINES: usize = 2_000_000;

#[allow(clippy::print_stdout, reason = "a bench reports on standard output")]
fn main() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), format!("{}\n", "x".repeat(99)).repeat(LINES)).expect("200 MB of space");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    for _ in 0..5 {
        let started = Instant::now();
        runtime.block_on(read_all(file.path().to_str().expect("a UTF-8 path")));
        println!("{:.1} ns a line", started.elapsed().as_nanos() as f64 / LINES as f64);
    }
}

async fn read_all(path: &str) {
    let raw: kconnect_api::Props = [("file", path), ("topic", "t")].map(|(k, v)| (k.into(), v.into())).into();
    let id = TaskId { connector: "c".into(), task: 0 };
    let cx = SourceContext::new(id, Arc::new(raw.clone()), Budget::new(32 << 20), Arc::new(Nothing));
    let plugin = &kconnect_file::plugins()[0];
    let Ok(Task::Source(mut task)) = plugin.task(raw, TaskContext::Source(cx)).await else {
        unreachable!("the first plugin is the source")
    };
    let mut batch = SourceBatch::new();
    let mut lines = 0;
    while lines < LINES {
        batch.recycle();
        task.poll(&mut batch).await.expect("the file can be read");
        lines += batch.len();
    }
}
