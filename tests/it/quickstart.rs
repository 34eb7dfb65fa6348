//! The README's first command.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;

use kconnect_testkit::Program;
use tempfile::TempDir;

use crate::rig::{LIMIT, kconnect};

fn quickstart(dir: &Path) -> Program {
    let args =
        ["quickstart", "--broker", "127.0.0.1:0", "--rest", "127.0.0.1:0", "--exit-when-idle", "--dir"];
    Program::start(kconnect(&args).arg(dir))
}

fn append(dir: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).open(dir.join("test.txt")).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn read(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).unwrap()
}

#[test]
fn the_first_run_moves_the_example_and_the_second_goes_on_where_it_stopped() {
    let dir = TempDir::new().unwrap();
    let mut first = quickstart(dir.path());
    assert!(first.wait(LIMIT).success(), "{}", first.output());
    let example = read(dir.path(), "test.txt");
    assert!(!example.is_empty());
    assert_eq!(read(dir.path(), "test.sink.txt"), example);

    append(dir.path(), "more\neven more\n");
    let mut second = quickstart(dir.path());
    assert!(second.wait(LIMIT).success(), "{}", second.output());
    assert_eq!(read(dir.path(), "test.sink.txt"), format!("{example}more\neven more\n"));
}

#[test]
fn an_unterminated_last_line_is_reported_and_not_waited_for() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("test.txt"), "whole\nhalf").unwrap();
    let mut run = quickstart(dir.path());
    assert!(run.wait(LIMIT).success(), "{}", run.output());
    assert_eq!(read(dir.path(), "test.sink.txt"), "whole\n");
    assert!(run.output().contains("no newline at its end"), "{}", run.output());
}

#[test]
fn a_file_that_was_emptied_or_cut_is_nothing_to_wait_for() {
    let dir = TempDir::new().unwrap();
    for text in ["one\ntwo\n", "", "half", "a\r\nb\rc\r"] {
        fs::write(dir.path().join("test.txt"), text).unwrap();
        let mut run = quickstart(dir.path());
        assert!(run.wait(LIMIT).success(), "{text:?}: {}", run.output());
    }
    assert_eq!(read(dir.path(), "test.sink.txt"), "one\ntwo\na\nb\n");
}

#[test]
fn a_busy_port_is_named_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for option in ["--broker", "--rest"] {
        let dir = TempDir::new().unwrap();
        let other = if option == "--broker" { "--rest" } else { "--broker" };
        let args = ["quickstart", option, &address, other, "127.0.0.1:0", "--dir"];
        let mut run = Program::start(kconnect(&args).arg(dir.path()));
        assert!(!run.wait(LIMIT).success());
        let output = run.output();
        assert!(output.contains(&address) && output.contains(option), "{output}");
    }
}

#[test]
fn appended_lines_follow_and_ctrl_c_ends_it_cleanly() {
    let dir = TempDir::new().unwrap();
    let args = ["quickstart", "--broker", "127.0.0.1:0", "--rest", "127.0.0.1:0", "--dir"];
    let mut run = Program::start(kconnect(&args).arg(dir.path()));
    run.wait_for_line("Ctrl-C", LIMIT);
    append(dir.path(), "appended\n");
    kconnect_testkit::eventually("the appended line", LIMIT, || {
        let sink = fs::read_to_string(dir.path().join("test.sink.txt")).ok()?;
        sink.ends_with("appended\n").then_some(())
    });
    run.signal("INT");
    assert!(run.wait(LIMIT).success(), "{}", run.output());
    assert_eq!(read(dir.path(), "test.sink.txt"), read(dir.path(), "test.txt"));
}
