//! `*.plugin.version` (KIP-891): Maven version ranges against the one version that is compiled in.
//!
//! A class that stands for one of Apache Kafka has two: this program's, which is shown, and that of the release whose
//! behaviour it has, since that is what configurations pin.

use std::cmp::Ordering;

use kconnect_api::PluginInfo;

/// The release of Apache Kafka whose classes these are.
pub const KAFKA: &str = "4.3.1";

/// The versions that a plugin answers to.
fn versions(info: &PluginInfo) -> Vec<&str> {
    let mut versions = vec![info.version.as_ref()];
    if info.class.starts_with("org.apache.kafka.") && info.version != KAFKA {
        versions.push(KAFKA);
    }
    versions
}

/// Why a plugin is not taken, in upstream's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What is wanted is no range of versions.
    NoRange(String),
    /// The plugin has another version.
    Absent(String),
}

impl Fault {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::NoRange(text) | Self::Absent(text) => text,
        }
    }
}

/// Whether `wanted` is a version of the plugin, or a range that one lies in.
pub fn check(info: &PluginInfo, wanted: &str) -> Result<(), Fault> {
    let Some(range) = range(wanted).map_err(Fault::NoRange)? else { return Ok(()) };
    let versions = versions(info);
    if range.iter().any(|set| versions.iter().any(|version| set.contains(version))) {
        return Ok(());
    }
    let shown: Vec<String> = range.iter().map(Set::shown).collect();
    Err(Fault::Absent(format!(
        "Plugin {} not found that matches the version range {}, available versions: [{}]",
        info.class,
        shown.join(","),
        versions.join(", ")
    )))
}

/// Whether `wanted` is a version or a range at all; `Err` is upstream's text.
pub fn check_range(wanted: &str) -> Result<(), String> {
    range(wanted).map(drop)
}

/// The sets of a range; `None` is whatever there is. A bare version is meant exactly.
fn range(wanted: &str) -> Result<Option<Vec<Set>>, String> {
    match wanted.trim() {
        "latest" => Ok(None),
        spec if spec.starts_with(['[', '(']) => sets(spec).map(Some),
        version => sets(&format!("[{version}]")).map(Some),
    }
}

fn sets(spec: &str) -> Result<Vec<Set>, String> {
    let mut sets: Vec<Set> = Vec::new();
    let mut rest = spec;
    while rest.starts_with(['[', '(']) {
        let end = rest.find([')', ']']).ok_or_else(|| format!("Unbounded range: {spec}"))?;
        let (this, behind) = rest.split_at(end + 1);
        let set = Set::parse(this)?;
        if let Some((upper, _)) = sets.last().and_then(|before| before.high.as_ref()) {
            let apart = set.low.as_ref().is_some_and(|(low, _)| compare(low, upper) != Ordering::Less);
            if !apart {
                return Err(format!("Ranges overlap: {spec}"));
            }
        }
        sets.push(set);
        let behind = behind.trim_start();
        rest = behind.strip_prefix(',').map_or(behind, str::trim_start);
    }
    match rest {
        "" => Ok(sets),
        _ => Err(format!("Only fully-qualified sets allowed in multiple set scenario: {spec}")),
    }
}

/// Versions between two bounds, each with whether it belongs to them.
struct Set {
    low: Option<(String, bool)>,
    high: Option<(String, bool)>,
    /// Its brackets, which are shown even where there is no bound.
    closed: (bool, bool),
}

impl Set {
    /// `text` begins and ends with a bracket.
    fn parse(text: &str) -> Result<Self, String> {
        let closed = (text.starts_with('['), text.ends_with(']'));
        let inner = text.get(1..text.len() - 1).unwrap_or_default().trim();
        let Some((low, high)) = inner.split_once(',') else {
            let only = || Some((inner.to_owned(), true));
            return match closed {
                (true, true) => Ok(Self { low: only(), high: only(), closed }),
                _ => Err(format!("Single version must be surrounded by []: {text}")),
            };
        };
        let bound = |text: &str, closed| (!text.trim().is_empty()).then(|| (text.trim().to_owned(), closed));
        let set = Self { low: bound(low, closed.0), high: bound(high, closed.1), closed };
        if let (Some((low, _)), Some((high, _))) = (&set.low, &set.high) {
            let order = compare(high, low);
            if order == Ordering::Less || order == Ordering::Equal && closed != (true, true) {
                return Err(format!("Range defies version ordering: {text}"));
            }
        }
        Ok(set)
    }

    fn contains(&self, version: &str) -> bool {
        let within = |bound: &Option<(String, bool)>, beyond: Ordering| match bound {
            None => true,
            Some((bound, closed)) => match compare(version, bound) {
                Ordering::Equal => *closed,
                order => order != beyond,
            },
        };
        within(&self.low, Ordering::Less) && within(&self.high, Ordering::Greater)
    }

    fn shown(&self) -> String {
        let text =
            |bound: &Option<(String, bool)>| bound.as_ref().map_or(String::new(), |(text, _)| text.clone());
        let open = if self.closed.0 { '[' } else { '(' };
        let close = if self.closed.1 { ']' } else { ')' };
        format!("{open}{},{}{close}", text(&self.low), text(&self.high))
    }
}

/// Numbers part by part; a part that is no number sorts as text, before any number.
fn compare(a: &str, b: &str) -> Ordering {
    let mut left = a.split(['.', '-']);
    let mut right = b.split(['.', '-']);
    loop {
        let (x, y) = (left.next(), right.next());
        if x.is_none() && y.is_none() {
            return Ordering::Equal;
        }
        let (x, y) = (x.unwrap_or("0"), y.unwrap_or("0"));
        let order = match (x.parse::<u64>(), y.parse::<u64>()) {
            (Ok(x), Ok(y)) => x.cmp(&y),
            (Ok(_), Err(_)) => Ordering::Greater,
            (Err(_), Ok(_)) => Ordering::Less,
            (Err(_), Err(_)) => x.cmp(y),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kconnect_api::PluginKind;

    #[test]
    fn a_class_of_kafka_answers_to_the_release_whose_behaviour_it_has() {
        let info = |class: &'static str| PluginInfo {
            class: class.into(),
            kind: PluginKind::Transformation,
            version: "0.1.0".into(),
        };
        let kafka = info("org.apache.kafka.connect.transforms.Filter");
        for wanted in ["4.3.1", "[4.0,5)", "[4.3.1]", "(3,)", "0.1.0", "[0.1,0.2)", "latest"] {
            assert_eq!(check(&kafka, wanted), Ok(()), "{wanted}");
        }
        let text = "Plugin org.apache.kafka.connect.transforms.Filter not found that matches the version range [3.9.0,3.9.0], \
                    available versions: [0.1.0, 4.3.1]";
        assert_eq!(check(&kafka, "3.9.0"), Err(Fault::Absent(text.to_owned())));
        let other = info("io.example.Transform");
        assert!(check(&other, "4.3.1").is_err() && check(&other, "0.1.0").is_ok());
    }

    #[test]
    fn ranges_are_those_of_maven() {
        let info = PluginInfo { class: "C".into(), kind: PluginKind::Sink, version: "4.3.1".into() };
        for good in [
            "4.3.1",
            " 4.3.1 ",
            "[4.3.1]",
            "[4,5)",
            "[,5]",
            "[,]",
            "(,)",
            "(4.3,)",
            "latest",
            "[1,2],[4,5]",
            "4,5",
        ] {
            assert_eq!(check(&info, good), Ok(()), "{good}");
        }
        for (wanted, shown) in [
            ("0.1", "[0.1,0.1]"),
            ("", "[,]"),
            ("[]", "[,]"),
            ("LATEST", "[LATEST,LATEST]"),
            ("(4.3.1,5]", "(4.3.1,5]"),
            ("[1],[2]", "[1,1],[2,2]"),
            ("(, 1 ],[5,)", "(,1],[5,)"),
        ] {
            let text = format!(
                "Plugin C not found that matches the version range {shown}, available versions: [4.3.1]"
            );
            assert_eq!(check(&info, wanted), Err(Fault::Absent(text)), "{wanted}");
        }
        for (wanted, text) in [
            ("[1", "Unbounded range: [1"),
            ("(,1],[2", "Unbounded range: (,1],[2"),
            ("1]", "Only fully-qualified sets allowed in multiple set scenario: [1]]"),
            ("[1,2],3", "Only fully-qualified sets allowed in multiple set scenario: [1,2],3"),
            ("(1)", "Single version must be surrounded by []: (1)"),
            ("()", "Single version must be surrounded by []: ()"),
            ("[1,2],[1.5,4]", "Ranges overlap: [1,2],[1.5,4]"),
            ("[1,2],[,4]", "Ranges overlap: [1,2],[,4]"),
            ("[2,1]", "Range defies version ordering: [2,1]"),
            ("[1,1)", "Range defies version ordering: [1,1)"),
        ] {
            assert_eq!(check_range(wanted), Err(text.to_owned()), "{wanted}");
        }
    }
}
