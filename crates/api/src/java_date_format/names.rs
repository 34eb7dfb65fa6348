//! English names, and how texts are compared with names.

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From Sunday.
pub(super) const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(super) const ERAS: [&str; 2] = ["BC", "AD"];
/// What is read for eras too, though never written.
pub(super) const ERA_NAMES: [&str; 2] = ["Before Christ", "Anno Domini"];
pub(super) const HALVES: [&str; 2] = ["AM", "PM"];

/// Names of months and days are cut to three letters.
pub(super) fn short(name: &str) -> &str {
    &name[..3]
}

/// Whether `name` stands at `at`, in any case.
pub(super) fn stands_at(text: &[u16], at: usize, name: &str) -> bool {
    let mut rest = text.get(at..).unwrap_or_default().iter();
    name.encode_utf16().all(|unit| rest.next().is_some_and(|&found| same(found, unit)))
}

/// Java compares upper cases, then lower cases of those.
fn same(a: u16, b: u16) -> bool {
    if a == b {
        return true;
    }
    let upper = |unit: u16| char::from_u32(u32::from(unit)).map(|c| single(c, c.to_uppercase()));
    let lower = |c: char| single(c, c.to_lowercase());
    match (upper(a), upper(b)) {
        (Some(a), Some(b)) => a == b || lower(a) == lower(b),
        _ => false,
    }
}

/// Java's case mapping of one character: those that become several stay as they are.
fn single(c: char, mut mapped: impl ExactSizeIterator<Item = char>) -> char {
    if mapped.len() == 1 { mapped.next().unwrap_or(c) } else { c }
}

/// Which of `names` stands at `at`, and its length: the longest that does.
pub(super) fn longest(text: &[u16], at: usize, names: &[&str]) -> Option<(usize, usize)> {
    let matching = names.iter().enumerate().filter(|(_, name)| stands_at(text, at, name));
    matching.map(|(number, name)| (number, name.len())).max_by_key(|(_, length)| *length)
}
