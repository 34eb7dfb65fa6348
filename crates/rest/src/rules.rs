//! `response.http.headers.config`: headers added to every answer of the regular listeners (KIP-577).

use std::time::{Duration, SystemTime};

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use crate::date;

/// One rule.
#[derive(Clone, Debug)]
pub(crate) struct HeaderRule {
    add: bool,
    name: HeaderName,
    value: Value,
}

#[derive(Clone, Debug)]
enum Value {
    Text(HeaderValue),
    /// Milliseconds from now.
    Date(i64),
}

impl HeaderRule {
    /// Parses comma-separated rules; a rule in double quotes may hold commas.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        split(text).iter().map(|rule| Self::parse(rule.trim())).collect()
    }

    fn parse(rule: &str) -> Result<Self, String> {
        let malformed = || {
            format!(
                "Invalid format of header config '{rule}'. Expected: '[action] [header name]:[header value]'"
            )
        };
        let (action, pair) = rule.split_once(char::is_whitespace).ok_or_else(malformed)?;
        let pair = pair.trim();
        let (add, date) = match action.to_ascii_lowercase().as_str() {
            "set" => (false, false),
            "add" => (true, false),
            "setdate" => (false, true),
            "adddate" => (true, true),
            _ => {
                return Err(format!(
                    "Invalid header config action: '{action}'. Expected one of [set, add, setDate, addDate]"
                ));
            }
        };
        let parts: Vec<&str> = pair.split(':').collect();
        let [name, value] = parts.as_slice() else {
            return Err(bad_pair(pair));
        };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || value.is_empty() {
            return Err(bad_pair(pair));
        }
        if name.contains(char::is_whitespace) {
            return Err(format!(
                "Invalid header name '{name}'. The '[header name]' cannot contain whitespace"
            ));
        }
        let value = match (date, value.parse()) {
            (true, Ok(millis)) => Value::Date(millis),
            (true, Err(_)) => {
                return Err(format!("{value} of header {name} is not a number of milliseconds"));
            }
            (false, _) => Value::Text(HeaderValue::from_str(value).map_err(|_| bad_pair(pair))?),
        };
        Ok(Self { add, name: name.parse().map_err(|_| bad_pair(pair))?, value })
    }

    /// Carries the rule out.
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        let value = match &self.value {
            Value::Text(text) => text.clone(),
            Value::Date(millis) => {
                let shift = Duration::from_millis(millis.unsigned_abs());
                let now = SystemTime::now();
                let at = if *millis < 0 { now.checked_sub(shift) } else { now.checked_add(shift) };
                match HeaderValue::from_str(&date::http(at.unwrap_or(now))) {
                    Ok(value) => value,
                    Err(_) => return,
                }
            }
        };
        if self.add {
            headers.append(self.name.clone(), value);
        } else {
            headers.insert(self.name.clone(), value);
        }
    }
}

fn bad_pair(pair: &str) -> String {
    format!(
        "Invalid format of header name and header value pair '{pair}'. Expected: '[header name]:[header value]'"
    )
}

fn split(text: &str) -> Vec<String> {
    let (mut rules, mut quoted) = (vec![String::new()], false);
    for c in text.chars() {
        match (c, rules.last_mut()) {
            ('"', _) => quoted = !quoted,
            (',', _) if !quoted => rules.push(String::new()),
            (c, Some(rule)) => rule.push(c),
            (_, None) => {}
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_add_and_set_headers() {
        let rules = HeaderRule::parse_all(
            "add X-A: 1, \"set Cache-Control:no-cache, no-store\",addDate Expires: 0, ADD x-a:2",
        );
        let mut headers = HeaderMap::new();
        headers.insert("cache-control", HeaderValue::from_static("old"));
        for rule in rules.unwrap() {
            rule.apply(&mut headers);
        }
        let all: Vec<_> = headers.get_all("x-a").iter().map(|v| v.to_str().unwrap()).collect();
        assert_eq!((all, headers["cache-control"].to_str().unwrap()), (vec!["1", "2"], "no-cache, no-store"));
        assert!(headers["expires"].to_str().unwrap().ends_with(" GMT"));
    }
}
