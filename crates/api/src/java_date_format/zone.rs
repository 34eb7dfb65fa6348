//! Zones: their offsets, and the names by which texts call them.
//!
//! Names are those that the Unicode CLDR has for English (US), in the order in which a JVM tries them: a line of
//! `zones.txt` holds long and short name, both again for summer, and the zones that are called so.

use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use jiff::tz::{Dst, Offset, TimeZone};

use super::names::stands_at;
use crate::local_zone;

/// Before 1900 a zone has no history in Java.
const UTC_1900: i64 = -2_208_988_800_000;

/// A zone of a format.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    id: Arc<str>,
    /// `None` is UTC, which needs no look at any rules.
    rules: Option<TimeZone>,
}

/// The four names of some zones.
struct Names {
    /// Long, short, long in summer, short in summer.
    names: [&'static str; 4],
    zones: Vec<&'static str>,
}

static NAMES: LazyLock<Vec<Names>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut parts = line.split('|');
        let mut part = || parts.next().unwrap_or_default();
        let names = [part(), part(), part(), part()];
        Names { names, zones: part().split(' ').collect() }
    };
    include_str!("zones.txt").lines().map(line).collect()
});

/// A name that a text has for a zone.
pub(super) struct Match {
    pub(super) zone: Zone,
    /// The length of the name, in UTF-16 units.
    pub(super) length: usize,
    /// By how much the name says that clocks are ahead of standard time; `None` when it leaves that to the date.
    pub(super) saving: Option<i32>,
}

impl Zone {
    pub(super) fn utc() -> Self {
        Self { id: "UTC".into(), rules: None }
    }

    /// The zone of the process.
    pub(super) fn local() -> Self {
        let zone = local_zone();
        match zone.iana_name() {
            Some(id) if is_utc(id) => Self { id: id.into(), rules: None },
            id => Self { id: id.unwrap_or_default().into(), rules: Some(zone.clone()) },
        }
    }

    fn named(id: &str) -> Self {
        if is_utc(id) {
            return Self { id: id.into(), rules: None };
        }
        let rules = TimeZone::get(modern(id)).unwrap_or(TimeZone::UTC);
        Self { id: id.into(), rules: Some(rules) }
    }

    #[cfg(test)]
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Standard offset and what summer adds to it, in milliseconds, at an instant.
    pub(super) fn offsets_at(&self, millis: i64) -> (i32, i32) {
        match &self.rules {
            None => (0, 0),
            Some(rules) if millis < UTC_1900 => (self.standard_now(rules), 0),
            Some(rules) => self.split(rules, instant(millis)),
        }
    }

    /// The same for local milliseconds. Of two instants with one local time the later counts, and a time that clocks
    /// skip is counted on from before the gap.
    pub(super) fn offsets_at_local(&self, local: i64) -> (i32, i32) {
        let Some(rules) = &self.rules else {
            return (0, 0);
        };
        if local < UTC_1900 {
            return (self.standard_now(rules), 0);
        }
        let civil = Offset::UTC.to_datetime(instant(local));
        match rules.to_ambiguous_timestamp(civil).later() {
            // In a gap the offset before it is the one that counts.
            Ok(at) => {
                let before = rules.to_ambiguous_timestamp(civil);
                match before.offset() {
                    jiff::tz::AmbiguousOffset::Gap { before, .. } => (before.seconds() * 1000, 0),
                    _ => self.split(rules, at),
                }
            }
            Err(_) => self.split(rules, instant(local)),
        }
    }

    fn split(&self, rules: &TimeZone, at: Timestamp) -> (i32, i32) {
        let info = rules.to_offset_info(at);
        let offset = info.offset().seconds() * 1000;
        if counts_winter_down(&self.id) {
            // The data call the hour that winter takes away the exception; Java adds one in summer instead.
            return (0, offset);
        }
        match info.dst() {
            Dst::Yes => (offset - self.saving(), self.saving()),
            Dst::No => (offset, 0),
        }
    }

    /// The standard time of today, which Java knows no older one than before 1900.
    fn standard_now(&self, rules: &TimeZone) -> i32 {
        /// A January and a July.
        const WINTERS: [i64; 2] = [1_767_225_600_000, 1_782_864_000_000];
        let splits = WINTERS.map(|millis| self.split(rules, instant(millis)));
        splits.iter().find(|(_, saving)| *saving == 0).unwrap_or(&splits[0]).0
    }

    /// What summer adds where there is one.
    fn saving(&self) -> i32 {
        match &*self.id {
            "Australia/Lord_Howe" | "Australia/LHI" => 1_800_000,
            "Antarctica/Troll" => 7_200_000,
            _ => 3_600_000,
        }
    }

    /// What summer adds nowadays, 0 in zones without summer time.
    fn saving_now(&self) -> i32 {
        /// Months of 2030.
        const START: i64 = 1_893_456_000_000;
        const MONTH: i64 = 2_629_800_000;
        let months = (0..12).map(|month| self.offsets_at(START + month * MONTH).1);
        months.max().unwrap_or_default()
    }

    /// Appends the zone's name.
    pub(super) fn write_name(&self, millis: i64, is_summer: bool, is_long: bool, out: &mut String) {
        match names_of(&self.id) {
            Some(names) => out.push_str(names.names[usize::from(is_summer) * 2 + usize::from(!is_long)]),
            None => match &self.rules {
                Some(rules) => out.push_str(rules.to_offset_info(instant(millis)).abbreviation()),
                None => out.push_str("UTC"),
            },
        }
    }

    /// The zone whose name stands at `at`: this one or that of the process if it is called so, else the first of all.
    pub(super) fn read_name(&self, text: &[u16], at: usize) -> Option<Match> {
        let own = names_of(&self.id).map(|names| (names, &*self.id));
        let local = local_zone().iana_name().and_then(|id| Some((names_of(id)?, id)));
        let all = NAMES.iter().filter_map(|names| Some((names, *names.zones.first()?)));
        own.into_iter().chain(local).chain(all).find_map(|(names, id)| names.read(id, text, at))
    }
}

impl Names {
    fn read(&self, id: &str, text: &[u16], at: usize) -> Option<Match> {
        let found = self.names.iter().position(|name| !name.is_empty() && stands_at(text, at, name))?;
        let name = self.names[found];
        let zone = Zone::named(id);
        let (is_summer, same_in_summer) = (found >= 2, found < 2 && name == self.names[found + 2]);
        let saving = if is_summer { zone.saving_now() } else { 0 };
        let decides = !(same_in_summer || is_summer && saving == 0);
        Some(Match { zone, length: name.encode_utf16().count(), saving: decides.then_some(saving) })
    }
}

fn names_of(id: &str) -> Option<&'static Names> {
    NAMES.iter().find(|names| names.zones.contains(&id))
}

fn is_utc(id: &str) -> bool {
    matches!(
        id,
        "UTC"
            | "Etc/UTC"
            | "GMT"
            | "Etc/GMT"
            | "Etc/UCT"
            | "UCT"
            | "Zulu"
            | "Etc/Zulu"
            | "Universal"
            | "Etc/Universal"
            | "Greenwich"
            | "Etc/Greenwich"
    )
}

/// Zones whose summer is standard time in the data.
fn counts_winter_down(id: &str) -> bool {
    matches!(id, "Europe/Dublin" | "Eire" | "Africa/Casablanca" | "Africa/El_Aaiun")
}

/// The name in the time zone database of what only Java calls so.
fn modern(id: &str) -> &str {
    match id {
        "ACT" => "Australia/Darwin",
        "AET" => "Australia/Sydney",
        "AGT" => "America/Argentina/Buenos_Aires",
        "ART" => "Africa/Cairo",
        "AST" => "America/Anchorage",
        "BET" => "America/Sao_Paulo",
        "BST" => "Asia/Dhaka",
        "CAT" => "Africa/Harare",
        "CNT" => "America/St_Johns",
        "CST" => "America/Chicago",
        "CTT" => "Asia/Shanghai",
        "EAT" => "Africa/Addis_Ababa",
        "ECT" => "Europe/Paris",
        "IET" => "America/Indiana/Indianapolis",
        "IST" => "Asia/Kolkata",
        "JST" => "Asia/Tokyo",
        "MIT" => "Pacific/Apia",
        "NET" => "Asia/Yerevan",
        "NST" => "Pacific/Auckland",
        "PLT" => "Asia/Karachi",
        "PNT" => "America/Phoenix",
        "PRT" => "America/Puerto_Rico",
        "PST" => "America/Los_Angeles",
        "SST" => "Pacific/Guadalcanal",
        "VST" => "Asia/Ho_Chi_Minh",
        id => id,
    }
}

/// The closest instant that the rules of zones are known for.
fn instant(millis: i64) -> Timestamp {
    let end = if millis < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(millis).unwrap_or(end)
}
