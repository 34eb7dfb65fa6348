use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use kconnect_api::{Schema, TaskError, Value};
use tempfile::TempDir;

use crate::harness::{Line, Setup, Source, line};

fn file(content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in");
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn append(path: &Path, text: impl AsRef<[u8]>) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_ref()).unwrap();
}

#[tokio::test]
async fn rows_carry_topic_schema_partition_time_and_byte_positions() {
    let (_folder, path) = file("foo\nbär\r\nx");
    let mut source = Source::start(&path).await;
    assert_eq!(source.lines(2).await, [line("foo", 4), line("bär", 10)]);
    let row = &source.batch().rows()[0];
    assert!(
        row.timestamp.is_some_and(|at| at > 1_600_000_000_000) && row.key.is_null() && row.headers.is_none()
    );
    let lane = &source.batch().lanes()[0];
    assert_eq!((lane.topic.as_str(), lane.partition), ("t", None));
    assert_eq!((&lane.key_schema, &lane.value_schema), (&None, &Some(Schema::string())));
    assert_eq!(lane.source_partition.to_string(), format!("{{filename={}}}", path.display()));
    source.nothing().await;
}

#[tokio::test]
async fn buffered_lines_are_drained_without_new_input() {
    let (_folder, path) = file("1\n2\n3\n4\n5\n");
    let more = [("batch.size", "2")];
    let mut source = Source::with(&path, Setup { more: &more, ..Setup::default() }).await.unwrap();
    let mut sizes = Vec::new();
    while sizes.iter().sum::<usize>() < 5 {
        sizes.push(source.poll().await.unwrap().len());
    }
    assert_eq!(sizes, [2, 2, 1]);
}

#[tokio::test]
async fn an_unbounded_batch_size_still_gives_one_line() {
    let (_folder, path) = file("1\n2\n");
    for size in ["0", "-5"] {
        let more = [("batch.size", size)];
        let mut source = Source::with(&path, Setup { more: &more, ..Setup::default() }).await.unwrap();
        assert_eq!(source.poll().await.unwrap(), [line("1", 2)], "{size}");
    }
}

#[tokio::test]
async fn reading_goes_on_at_the_stored_byte() {
    let (_folder, path) = file("ä\nb\nc\n");
    let stored = Some(Value::Int64(3));
    let mut source = Source::with(&path, Setup { stored, ..Setup::default() }).await.unwrap();
    assert_eq!(source.lines(2).await, [line("b", 5), line("c", 7)]);
}

#[tokio::test]
async fn a_stored_position_of_another_type_is_refused() {
    let (_folder, path) = file("a\n");
    let stored = Some(Value::from("3"));
    let error = Source::with(&path, Setup { stored, ..Setup::default() }).await.err().unwrap();
    assert_eq!(error.exception().message(), Some("Offset position is the incorrect type"));
}

#[tokio::test]
async fn appended_lines_follow_and_half_lines_wait() {
    let (_folder, path) = file("a\nhal");
    let mut source = Source::start(&path).await;
    assert_eq!(source.lines(1).await, [line("a", 2)]);
    append(&path, "f\r");
    source.nothing().await;
    append(&path, "\nc\r");
    assert_eq!(source.lines(1).await, [line("half", 8)]);
    append(&path, "d\n");
    assert_eq!(source.lines(2).await, [line("c", 10), line("d", 12)]);
}

#[tokio::test]
async fn a_truncated_file_is_read_from_the_start() {
    let (_folder, path) = file("one\ntwo\nunfinished");
    let mut source = Source::start(&path).await;
    source.lines(2).await;
    fs::write(&path, "x\n").unwrap();
    assert_eq!(source.lines(1).await, [line("x", 2)]);
}

#[tokio::test]
async fn a_file_shorter_than_the_stored_position_is_read_from_the_start() {
    let (_folder, path) = file("x\n");
    let stored = Some(Value::Int64(1_000));
    let mut source = Source::with(&path, Setup { stored, ..Setup::default() }).await.unwrap();
    assert_eq!(source.lines(1).await, [line("x", 2)]);
}

#[tokio::test]
async fn after_a_rotation_the_old_file_is_finished_first() {
    let (folder, path) = file("one\n");
    let mut source = Source::start(&path).await;
    source.lines(1).await;
    let old = folder.path().join("old");
    fs::rename(&path, &old).unwrap();
    fs::write(&path, "new\n").unwrap();
    // The writer still holds the old file.
    append(&old, "two\n");
    assert_eq!(source.lines(2).await, [line("two", 8), line("new", 4)]);
    append(&path, "more\n");
    assert_eq!(source.lines(1).await, [line("more", 9)]);
}

#[tokio::test]
async fn a_deleted_file_that_comes_back_is_read() {
    let (_folder, path) = file("one\n");
    let mut source = Source::start(&path).await;
    source.lines(1).await;
    fs::remove_file(&path).unwrap();
    source.nothing().await;
    fs::write(&path, "again\n").unwrap();
    assert_eq!(source.lines(1).await, [line("again", 6)]);
}

#[tokio::test]
async fn a_missing_file_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("later");
    let mut source = Source::start(&path).await;
    source.nothing().await;
    fs::write(&path, "here\n").unwrap();
    assert_eq!(source.lines(1).await, [line("here", 5)]);
}

#[tokio::test]
async fn a_folder_fails_the_task_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = Source::start(folder.path()).await.poll().await.unwrap_err();
    assert!(matches!(error, TaskError::Fatal(_)), "{error}");
    assert!(error.to_string().contains(folder.path().to_str().unwrap()), "{error}");
}

#[tokio::test]
async fn a_line_over_the_budget_fails_the_task_with_its_offset() {
    let long = "x".repeat(10_000);
    for budget in [1_000, 2_000, 9_999] {
        let (_folder, path) = file(format!("ok\n{long}\nnext\n"));
        let mut source = Source::with(&path, Setup { budget, ..Setup::default() }).await.unwrap();
        let mut seen = Vec::new();
        let error = loop {
            match source.poll().await {
                Ok(lines) => seen.extend(lines),
                Err(error) => break error,
            }
        };
        assert!(
            matches!(error, TaskError::Fatal(_)) && error.to_string().contains("byte offset 3 of"),
            "{error}"
        );
        assert!(seen.is_empty() || seen == [line("ok", 3)], "{seen:?}");
    }
}

#[tokio::test]
async fn a_line_over_the_budget_is_skipped_when_errors_are_tolerated() {
    for end in ["\n", "\r", "\r\n"] {
        for length in [1_001, 1_250, 5_000, 70_001] {
            let (_folder, path) = file(format!("ok{end}{}{end}next{end}last\n", "x".repeat(length)));
            let setup = Setup { budget: 1_000, more: &[("errors.tolerance", "all")], ..Setup::default() };
            let mut source = Source::with(&path, setup).await.unwrap();
            let after = (2 + length + 2 * end.len()) as i64;
            let next = after + 4 + end.len() as i64;
            let expect = [line("ok", 2 + end.len() as i64), line("next", next), line("last", next + 5)];
            assert_eq!(source.lines(3).await, expect, "{end:?} {length}");
        }
    }
}

#[tokio::test]
async fn a_line_of_100_mb_within_the_budget_arrives() {
    let size = 100 << 20;
    let (_folder, path) = file([&vec![b'x'; size][..], b"\nnext\n"].concat());
    let mut source = Source::with(&path, Setup { budget: 128 << 20, ..Setup::default() }).await.unwrap();
    let mut lengths = Vec::new();
    while lengths.len() < 2 {
        source.poll().await.unwrap();
        lengths.extend(source.batch().rows().iter().map(|row| row.value.as_text().unwrap().as_bytes().len()));
    }
    assert_eq!(lengths, [size, 4]);
}

#[tokio::test]
async fn wrong_bytes_become_replacement_characters() {
    let (_folder, path) = file(b"good\nb\xFFd\nfine\n");
    let mut source = Source::start(&path).await;
    assert_eq!(source.lines(3).await, [line("good", 5), line("b\u{FFFD}d", 9), line("fine", 14)]);
}

#[tokio::test]
async fn memory_of_rows_is_charged_until_they_are_gone() {
    let (_folder, path) = file("0123456789\n".repeat(200_000));
    let mut source = Source::start(&path).await;
    let lines = source.lines(200_000).await;
    assert!(source.budget.used() > 0);
    assert_eq!(lines.last(), Some(&line("0123456789", 2_200_000)));
    let budget = source.budget.clone();
    source.stop().await;
    assert_eq!(budget.used(), 0);
}

#[tokio::test]
async fn every_border_between_reads_gives_the_same_lines() {
    let text = "a\r\nbb\rccc\n\r\n\r\rdddd\n".repeat(50);
    let (_folder, path) = file(format!("{text}end\n"));
    let expect: Vec<Line> = Source::start(&path).await.lines(351).await;
    for budget in 64..128 {
        let mut source = Source::with(&path, Setup { budget, ..Setup::default() }).await.unwrap();
        assert_eq!(source.lines(351).await, expect, "{budget}");
    }
}

#[tokio::test]
async fn a_pipe_is_read_without_positions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let mut source = Source::start(&path).await;
    source.nothing().await;
    let mut writer = OpenOptions::new().read(true).write(true).open(&path).unwrap();
    writer.write_all(b"a\nb\n").unwrap();
    assert_eq!(source.lines(2).await, [("a".to_owned(), None), ("b".to_owned(), None)]);
}
