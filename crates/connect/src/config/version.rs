//! `*.plugin.version` (KIP-891): Maven version ranges against the one version that is compiled in.

use std::cmp::Ordering;

use kconnect_api::PluginInfo;

/// `Err` is upstream's text for a version that the plugin does not have, or that is no version.
pub fn check(info: &PluginInfo, wanted: &str) -> Result<(), String> {
    if wanted.eq_ignore_ascii_case("latest") {
        return Ok(());
    }
    let range = Range::parse(wanted).ok_or_else(|| format!("Invalid version specification: {wanted}"))?;
    if range.contains(&info.version) {
        return Ok(());
    }
    let shown =
        if wanted.starts_with(['[', '(']) { wanted.to_owned() } else { format!("[{wanted},{wanted}]") };
    let shown = if wanted.is_empty() { "[,]".to_owned() } else { shown };
    Err(format!(
        "Plugin {} not found that matches the version range {shown}, available versions: [{}]",
        info.class, info.version
    ))
}

struct Range<'a> {
    low: Option<(&'a str, bool)>,
    high: Option<(&'a str, bool)>,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let Some(open) = text.chars().next().filter(|c| matches!(c, '[' | '(')) else {
            // A bare version is meant exactly.
            return (!text.contains(['[', '(', ']', ')', ',']))
                .then_some(Self { low: Some((text, true)), high: Some((text, true)) });
        };
        let close = text.chars().last().filter(|c| matches!(c, ']' | ')'))?;
        let inner = &text[1..text.len() - 1];
        let (low, high) = match inner.split_once(',') {
            Some((low, high)) => (low.trim(), high.trim()),
            None if open == '[' && close == ']' => (inner.trim(), inner.trim()),
            None => return None,
        };
        let bound = |text: &'a str, inclusive| (!text.is_empty()).then_some((text, inclusive));
        Some(Self { low: bound(low, open == '['), high: bound(high, close == ']') })
    }

    fn contains(&self, version: &str) -> bool {
        let above = self.low.is_none_or(|(low, inclusive)| match compare(version, low) {
            Ordering::Greater => true,
            Ordering::Equal => inclusive,
            Ordering::Less => false,
        });
        let below = self.high.is_none_or(|(high, inclusive)| match compare(version, high) {
            Ordering::Less => true,
            Ordering::Equal => inclusive,
            Ordering::Greater => false,
        });
        above && below
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
    fn ranges_are_those_of_maven() {
        let info = PluginInfo { class: "C".into(), kind: PluginKind::Sink, version: "4.3.1".into() };
        for good in ["4.3.1", "[4.3.1]", "[4,5)", "[,5]", "(4.3,)", "latest"] {
            assert_eq!(check(&info, good), Ok(()), "{good}");
        }
        let not_found = |range: &str| {
            format!("Plugin C not found that matches the version range {range}, available versions: [4.3.1]")
        };
        assert_eq!(check(&info, "0.1"), Err(not_found("[0.1,0.1]")));
        assert_eq!(check(&info, ""), Err(not_found("[,]")));
        assert_eq!(check(&info, "(4.3.1,5]"), Err(not_found("(4.3.1,5]")));
        assert_eq!(check(&info, "[1.0"), Err("Invalid version specification: [1.0".into()));
    }
}
