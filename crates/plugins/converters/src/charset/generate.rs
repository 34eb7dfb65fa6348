//! Makes `deviations.txt`, which is done when charsets are added or a newer JDK changes one:
//!
//! ```text
//! java tests/differential/java/Charsets.java maps FOLDER NAME…       (the names in `names.rs` that have a table)
//! KCONNECT_CHARSET_MAPS=FOLDER cargo test -p kconnect-converters write_deviations -- --ignored
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::{FOUR_BYTES, NONE, Table, UNWRITTEN, four_bytes};
use crate::charset::names::TABLES;

#[test]
#[ignore = "writes a file of the sources"]
fn write_deviations() {
    let folder = std::env::var_os("KCONNECT_CHARSET_MAPS").expect("KCONNECT_CHARSET_MAPS");
    let mut text = String::new();
    for (name, shape, base, _) in TABLES {
        let map = std::fs::read_to_string(Path::new(&folder).join(name)).expect("the map of the JVM");
        let jvm = |kind: &str| -> BTreeMap<u32, u32> {
            let lines = map.lines().filter_map(|line| line.strip_prefix(kind)?.split_once(' '));
            let number = |text: &str| u32::from_str_radix(text, 16).expect("a number");
            lines.map(|(from, to)| (number(from), number(to))).collect()
        };
        let (read, written) = (jvm("D "), jvm("E "));
        let mut lines = String::new();
        let mut table = Table::of(*shape, base);
        compare(&codes(&table), &read, ('-', '='), &mut lines);
        for code in codes(&table).keys() {
            table.set(*code, None);
        }
        read.iter().for_each(|(code, c)| table.set(*code, Some(*c as u16)));
        table.invert();
        let ours = (0..).zip(&table.codes).filter(|(_, code)| **code != UNWRITTEN);
        compare(&ours.map(|(c, code)| (c, *code)).collect(), &written, ('!', '>'), &mut lines);
        if !lines.is_empty() {
            let _ = writeln!(text, "{name}\n{}", lines.trim_end());
        }
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/charset/deviations.txt");
    std::fs::write(file, text).expect("the file can be written");
}

/// All codes of a table.
fn codes(table: &Table) -> BTreeMap<u32, u32> {
    let is_four = table.long.len() == FOUR_BYTES;
    let long = |code: u32| if is_four { u32::from_be_bytes(four_bytes(code)) } else { 0x8F_0000 | code };
    let single = (0..).zip(&table.single).filter(|(_, c)| **c != NONE);
    let double = (0..).zip(&table.double).filter(|(_, c)| **c != 0);
    let long = (0..).zip(&table.long).filter(|(_, c)| **c != 0).map(|(code, c)| (long(code), c));
    single.chain(double).chain(long).map(|(code, c)| (code, u32::from(*c))).collect()
}

/// What `theirs` has not, in ranges; what it has otherwise, in runs.
fn compare(
    ours: &BTreeMap<u32, u32>,
    theirs: &BTreeMap<u32, u32>,
    (none, other): (char, char),
    lines: &mut String,
) {
    let mut range: Option<(u32, u32)> = None;
    let mut flush = |range: &mut Option<(u32, u32)>| match range.take() {
        Some((from, to)) if from == to => writeln!(lines, "{none} {from:x}").expect("a string"),
        Some((from, to)) => writeln!(lines, "{none} {from:x} {to:x}").expect("a string"),
        None => {}
    };
    for code in ours.keys().chain(theirs.keys()).copied().collect::<std::collections::BTreeSet<u32>>() {
        // Codes of different lengths make no range.
        let fits = range.is_some_and(|(from, _)| from.leading_zeros() / 8 == code.leading_zeros() / 8);
        if theirs.contains_key(&code) || !fits {
            flush(&mut range);
        }
        if !theirs.contains_key(&code) {
            range = Some((range.map_or(code, |(from, _)| from), code));
        }
    }
    flush(&mut range);
    let mut run: Option<(u32, u32, u32)> = None;
    let mut flush = |run: Option<(u32, u32, u32)>| match run {
        Some((code, c, 1)) => writeln!(lines, "{other} {code:x} {c:x}").expect("a string"),
        Some((code, c, count)) => writeln!(lines, "{other} {code:x} {c:x} {count:x}").expect("a string"),
        None => {}
    };
    for (&code, &c) in theirs {
        if ours.get(&code) == Some(&c) {
            continue;
        }
        run = match run {
            Some((from, to, count)) if from + count == code && to + count == c => Some((from, to, count + 1)),
            other => {
                flush(other);
                Some((code, c, 1))
            }
        };
    }
    flush(run);
}
