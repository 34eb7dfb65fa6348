//! From a path to a resource, and which methods a resource has.
//!
//! Paths are cut while they are still encoded, so `%2F` is part of a name. Ambiguous spellings (empty segments, `.` and
//! `..`, bad escapes, NUL) are 400: no path has two meanings. Matrix parameters (`;x=1`) are dropped, one `/` at the
//! end is accepted.

use hyper::Method;

use crate::error::Failure;

/// What a path names. Strings are decoded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Resource {
    Root,
    Health,
    Connectors,
    Connector(String),
    Config(String),
    Status(String),
    Tasks(String),
    TaskStatus(String, String),
    TaskRestart(String, String),
    Restart(String),
    Pause(String),
    Resume(String),
    Stop(String),
    Topics(String),
    TopicsReset(String),
    Offsets(String),
    Fence(String),
    Plugins,
    PluginConfig(String),
    PluginValidate(String),
    PluginPreview(String),
    Loggers,
    Logger(String),
}

impl Resource {
    /// The resource at `path`; `None` when there is none.
    pub(crate) fn find(path: &str) -> Result<Option<Self>, Failure> {
        let mut segments = segments(path)?;
        // Only the fixed words decide; the names are taken out afterwards.
        let positions = name_positions(&segments);
        let word = |(at, segment): (usize, &String)| {
            if positions.contains(&at) { String::new() } else { segment.clone() }
        };
        let words: Vec<String> = segments.iter().enumerate().map(word).collect();
        let parts: Vec<&str> = words.iter().map(String::as_str).collect();
        let name =
            |at: usize, segments: &mut [String]| segments.get_mut(at).map(std::mem::take).unwrap_or_default();
        Ok(Some(match parts.as_slice() {
            [] => Self::Root,
            ["health"] => Self::Health,
            ["connectors"] => Self::Connectors,
            ["connectors", ""] => Self::Connector(name(1, &mut segments)),
            ["connectors", "", "config"] => Self::Config(name(1, &mut segments)),
            ["connectors", "", "status"] => Self::Status(name(1, &mut segments)),
            ["connectors", "", "tasks"] => Self::Tasks(name(1, &mut segments)),
            ["connectors", "", "tasks", "", "status"] => {
                Self::TaskStatus(name(1, &mut segments), name(3, &mut segments))
            }
            ["connectors", "", "tasks", "", "restart"] => {
                Self::TaskRestart(name(1, &mut segments), name(3, &mut segments))
            }
            ["connectors", "", "restart"] => Self::Restart(name(1, &mut segments)),
            ["connectors", "", "pause"] => Self::Pause(name(1, &mut segments)),
            ["connectors", "", "resume"] => Self::Resume(name(1, &mut segments)),
            ["connectors", "", "stop"] => Self::Stop(name(1, &mut segments)),
            ["connectors", "", "topics"] => Self::Topics(name(1, &mut segments)),
            ["connectors", "", "topics", "reset"] => Self::TopicsReset(name(1, &mut segments)),
            ["connectors", "", "offsets"] => Self::Offsets(name(1, &mut segments)),
            ["connectors", "", "fence"] => Self::Fence(name(1, &mut segments)),
            ["connector-plugins"] => Self::Plugins,
            ["connector-plugins", "", "config"] => Self::PluginConfig(name(1, &mut segments)),
            ["connector-plugins", "", "config", "validate"] => Self::PluginValidate(name(1, &mut segments)),
            ["connector-plugins", "", "preview"] => Self::PluginPreview(name(1, &mut segments)),
            ["admin", "loggers"] => Self::Loggers,
            ["admin", "loggers", ""] => Self::Logger(name(2, &mut segments)),
            _ => return Ok(None),
        }))
    }

    /// Whether the resource is administration, which may have listeners of its own.
    pub(crate) fn is_admin(&self) -> bool {
        matches!(self, Self::Loggers | Self::Logger(_))
    }

    /// Whether `method` takes `application/json` only.
    pub(crate) fn is_restricted(&self, method: &Method) -> bool {
        match self {
            Self::Root | Self::Health | Self::Fence(_) => false,
            Self::Tasks(_) => method != Method::POST,
            _ => true,
        }
    }

    /// The methods, in the order in which upstream lists them.
    pub(crate) fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Connectors | Self::Tasks(_) => &["HEAD", "POST", "GET", "OPTIONS"],
            Self::Connector(_) => &["HEAD", "DELETE", "GET", "OPTIONS"],
            Self::Config(_) => &["HEAD", "GET", "OPTIONS", "PUT", "PATCH"],
            Self::Offsets(_) => &["HEAD", "DELETE", "GET", "OPTIONS", "PATCH"],
            Self::Logger(_) => &["HEAD", "GET", "OPTIONS", "PUT"],
            Self::TaskRestart(..) | Self::Restart(_) | Self::PluginPreview(_) => &["POST", "OPTIONS"],
            Self::Pause(_)
            | Self::Resume(_)
            | Self::Stop(_)
            | Self::TopicsReset(_)
            | Self::Fence(_)
            | Self::PluginValidate(_) => &["OPTIONS", "PUT"],
            Self::Root
            | Self::Health
            | Self::Status(_)
            | Self::TaskStatus(..)
            | Self::Topics(_)
            | Self::Plugins
            | Self::PluginConfig(_)
            | Self::Loggers => &["HEAD", "GET", "OPTIONS"],
        }
    }
}

/// Where names stand under each first word.
fn name_positions(segments: &[String]) -> &'static [usize] {
    let word = |at: usize| segments.get(at).map_or("", String::as_str);
    match (word(0), word(2)) {
        ("connectors", "tasks") => &[1, 3],
        ("connectors" | "connector-plugins", _) => &[1],
        ("admin", _) => &[2],
        _ => &[],
    }
}

/// The decoded segments of `path`.
fn segments(path: &str) -> Result<Vec<String>, Failure> {
    let path = path.strip_prefix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').map(segment).collect()
}

fn segment(encoded: &str) -> Result<String, Failure> {
    let encoded = encoded.split(';').next().unwrap_or_default();
    match encoded {
        "" => return Err(Failure::bad_request("Ambiguous URI empty segment")),
        "." | ".." => return Err(Failure::bad_request("Ambiguous URI path segment")),
        _ => {}
    }
    let escapes = encoded.split('%').skip(1);
    let whole =
        |escape: &str| escape.as_bytes().get(..2).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    if !escapes.clone().all(whole) {
        return Err(Failure::bad_request("Bad URI: a '%' is not followed by two hexadecimal digits"));
    }
    let decoded = percent_encoding::percent_decode_str(encoded)
        .decode_utf8()
        .map_err(|_| Failure::bad_request("Bad UTF-8 encoding in the URI"))?;
    if decoded.contains('\0') {
        return Err(Failure::bad_request("Illegal character in the URI"));
    }
    Ok(decoded.into_owned())
}

/// The parameters of a query.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, Option<String>)>);

impl Query {
    /// Parses `a=b&c`; `+` is a space. Wrong escapes stay as they are.
    pub(crate) fn parse(query: Option<&str>) -> Self {
        let decode = |text: &str| {
            let text = text.replace('+', " ");
            percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
        };
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| match pair.split_once('=') {
                    Some((key, value)) => (decode(key), Some(decode(value))),
                    None => (decode(pair), None),
                })
                .collect(),
        )
    }

    /// All values of `key`, in order; a key without `=` has an empty one.
    pub(crate) fn all<'q>(&'q self, key: &'q str) -> impl Iterator<Item = &'q str> {
        self.0.iter().filter(move |(k, _)| k == key).map(|(_, value)| value.as_deref().unwrap_or_default())
    }

    /// The first value of `key`.
    pub(crate) fn first<'q>(&'q self, key: &'q str) -> Option<&'q str> {
        self.all(key).next()
    }

    /// `true` in any case is true, all else is false; `default` when the key is absent.
    pub(crate) fn flag(&self, key: &str, default: bool) -> bool {
        self.first(key).map_or(default, |value| value.eq_ignore_ascii_case("true"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let name = |text: &str| text.to_owned();
        for (path, expect) in [
            ("/", Some(Resource::Root)),
            ("/health/", Some(Resource::Health)),
            ("/connectors;a=1/x;b", Some(Resource::Connector(name("x")))),
            ("/connectors/a%2Fb%20%25%3B%5C", Some(Resource::Connector(name("a/b %;\\")))),
            ("/connectors/%2E%2E/config", Some(Resource::Config(name("..")))),
            ("/connectors/config/config", Some(Resource::Config(name("config")))),
            (
                "/connectors/tasks/tasks/status/status",
                Some(Resource::TaskStatus(name("tasks"), name("status"))),
            ),
            ("/connectors/x/tasks/0", None),
            ("/admin/loggers/a.b", Some(Resource::Logger(name("a.b")))),
            ("/admin/x", None),
            ("/Connectors", None),
            ("/connectors/x/%63onfig", Some(Resource::Config(name("x")))),
        ] {
            assert_eq!(Resource::find(path), Ok(expect), "{path}");
        }
        for path in [
            "//",
            "/connectors//",
            "//connectors",
            "/a/../b",
            "/connectors/.",
            "/%",
            "/%4",
            "/%zz",
            "/%FF",
            "/a%00b",
        ] {
            assert_eq!(Resource::find(path).map_err(|f| f.status.as_u16()), Err(400), "{path}");
        }
    }

    #[test]
    fn queries() {
        let query = Query::parse(Some("a=1&a=2&b&c=&d=%C3%A9+x&e=TRUE&f=yes&&g=%zz"));
        assert_eq!(query.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((query.first("b"), query.first("c"), query.first("x")), (Some(""), Some(""), None));
        assert_eq!((query.first("d"), query.first("g")), (Some("é x"), Some("%zz")));
        assert_eq!(
            (query.flag("e", false), query.flag("f", true), query.flag("x", true)),
            (true, false, true)
        );
    }
}
