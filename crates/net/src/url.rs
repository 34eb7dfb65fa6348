//! Addresses of services.

use std::fmt;

/// How a service is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain.
    Http,
    /// Over TLS.
    Https,
}

/// The address of a service: scheme, host, port and the path in front of all requests.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    scheme: Scheme,
    host: String,
    port: u16,
    path: String,
    user_info: Option<String>,
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlError(String);

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UrlError {}

impl BaseUrl {
    /// Reads `http[s]://[user:password@]host[:port][/path]`. Errors show nothing of the user info.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            Some((name, rest)) if name.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
            Some((name, rest)) if name.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
            Some((name, _)) => return Err(UrlError(format!("unknown protocol: {name}"))),
            None => return Err(UrlError("no protocol: an address starts with http:// or https://".into())),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user_info, host_port) = match authority.rsplit_once('@') {
            Some((user_info, host_port)) => (Some(user_info.to_owned()), host_port),
            None => (None, authority),
        };
        let (host, port) = split_port(host_port).map_err(|error| match rest[end..].contains('@') {
            // What stands there may be the beginning of a password with a slash in it.
            true => UrlError("not a host and port; a slash in the user info is written as %2F".into()),
            false => error,
        })?;
        let port = port.unwrap_or(if scheme == Scheme::Http { 80 } else { 443 });
        let plain = |c: char| c.is_ascii_graphic();
        if host.is_empty() || !host.chars().all(plain) || !path.chars().all(plain) {
            return Err(UrlError(format!("not an address: {}://{host_port}{path}", scheme.name())));
        }
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned();
        Ok(Self { scheme, host: host.to_owned(), port, path, user_info })
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host: a name or an IP address, IPv6 without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What stands before the path of every request, without a slash at its end.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// `user:password` as written.
    #[must_use]
    pub fn user_info(&self) -> Option<&str> {
        self.user_info.as_deref()
    }

    /// Host and port as the `Host` header has them.
    #[must_use]
    pub fn authority(&self) -> String {
        let standard = if self.scheme == Scheme::Http { 80 } else { 443 };
        let port = if self.port == standard { String::new() } else { format!(":{}", self.port) };
        match self.host.contains(':') {
            true => format!("[{}]{port}", self.host),
            false => format!("{}{port}", self.host),
        }
    }
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl fmt::Display for BaseUrl {
    /// Without the user info.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.name(), self.authority(), self.path)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), UrlError> {
    let bad = || UrlError(format!("not a host and port: {text}"));
    let number = |port: &str| port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(bad);
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or_else(bad)?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(number(port)?))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(bad()),
        };
    }
    match text.split_once(':') {
        Some((host, port)) => Ok((host, Some(number(port)?))),
        None => Ok((text, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            ("http://localhost:8081", "http://localhost:8081"),
            ("HTTPS://host", "https://host"),
            (" http://host/ ", "http://host"),
            ("https://host:443/apis/ccompat/v7/", "https://host/apis/ccompat/v7"),
            ("http://[::1]:8081", "http://[::1]:8081"),
            ("http://user:p@ss@host:80/x?y", "http://host/x"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().to_string(), shown, "{text}");
        }
        let url = BaseUrl::parse("http://user:p@ss@host").unwrap();
        assert_eq!(url.user_info(), Some("user:p@ss"));
        assert!(!format!("{url:?} {url}").contains("p@ss"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_showing_credentials() {
        for text in [
            "",
            "localhost:8081",
            "ftp://x",
            "http://",
            "http://h:x",
            "http://h:0",
            "http://a b",
            "http://u:secret@:x",
            "http://u:secret/x@host",
        ] {
            let error = BaseUrl::parse(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
