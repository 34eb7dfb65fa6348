//! References between schemas: URIs, as far as schemas use them, and JSON pointers.

/// `reference` as it reads from within `base`, by RFC 3986; an empty base leaves it alone.
pub(super) fn resolve(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return without_fragment(base).to_owned();
    }
    if base.is_empty() || scheme(reference).is_some() {
        return normal(reference);
    }
    if reference.starts_with('#') {
        return format!("{}{reference}", without_fragment(base));
    }
    let base = without_fragment(base);
    let (authority, path) = split_authority(base);
    if let Some(rest) = reference.strip_prefix("//") {
        let scheme = scheme(base).unwrap_or_default();
        return format!("{scheme}://{rest}");
    }
    if reference.starts_with('/') {
        return format!("{authority}{reference}");
    }
    // A URN has no hierarchy: nothing is relative to it.
    if authority.is_empty() && scheme(base).is_some() {
        return reference.to_owned();
    }
    let folder = path.rfind('/').map_or("", |end| &path[..=end]);
    let folder = if folder.is_empty() && !authority.is_empty() { "/" } else { folder };
    normal(&format!("{authority}{folder}{reference}"))
}

/// The part before `#`.
pub(super) fn without_fragment(uri: &str) -> &str {
    uri.split_once('#').map_or(uri, |(uri, _)| uri)
}

/// The part after `#`.
pub(super) fn fragment(uri: &str) -> &str {
    uri.split_once('#').map_or("", |(_, fragment)| fragment)
}

fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    valid.then_some(scheme)
}

/// `scheme://host` and the rest; without a host the first part is empty.
fn split_authority(uri: &str) -> (&str, &str) {
    match uri.find("://") {
        Some(at) if scheme(uri).is_some() => {
            let host = at + 3;
            let end = uri[host..].find(['/', '?']).map_or(uri.len(), |end| host + end);
            uri.split_at(end)
        }
        _ => ("", uri),
    }
}

/// Without the segments `.` and `..`.
fn normal(uri: &str) -> String {
    let (before, fragment) = match uri.find('#') {
        Some(at) => uri.split_at(at),
        None => (uri, ""),
    };
    let (authority, path) = split_authority(before);
    if !path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return uri.to_owned();
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "." => {}
            ".." if kept.last().is_some_and(|last| !last.is_empty()) => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    format!("{authority}{}{fragment}", kept.join("/"))
}

/// One step of a JSON pointer as it stands in a URI, decoded.
pub(super) fn pointer_step(step: &str) -> String {
    let mut bytes = Vec::with_capacity(step.len());
    let mut rest = step.as_bytes();
    while let [byte, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (byte, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(value)) => {
                bytes.push(value);
                rest = &tail[2..];
            }
            // Upstream decodes as for forms.
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            (byte, _) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::{pointer_step, resolve};

    #[test]
    fn references_are_read_from_within_their_base() {
        for (base, reference, expected) in [
            ("", "other.json", "other.json"),
            ("", "./other.json", "other.json"),
            ("", "#/definitions/a", "#/definitions/a"),
            ("http://a.b/c/d.json", "e.json", "http://a.b/c/e.json"),
            ("http://a.b/c/d.json", "../e.json#/x", "http://a.b/e.json#/x"),
            ("http://a.b/c/d.json", "/e.json", "http://a.b/e.json"),
            ("http://a.b", "e.json", "http://a.b/e.json"),
            ("http://a.b/c/d.json#f", "#g", "http://a.b/c/d.json#g"),
            ("http://a.b/c/d.json", "//x.y/z", "http://x.y/z"),
            ("http://a.b/c/d.json", "https://x.y/z", "https://x.y/z"),
            ("a/b.json", "c.json", "a/c.json"),
            ("urn:x:y", "c.json", "c.json"),
            ("http://a.b/c", "", "http://a.b/c"),
            ("http://a.b/c", "../x", "http://a.b/../x"),
        ] {
            assert_eq!(resolve(base, reference), expected, "{base} {reference}");
        }
    }

    #[test]
    fn steps_are_decoded() {
        for (step, expected) in [
            ("a~1b~0c", "a/b~c"),
            ("a%20b", "a b"),
            ("%", "%"),
            ("%zz", "%zz"),
            ("%C3%A9", "é"),
            ("~01", "~1"),
        ] {
            assert_eq!(pointer_step(step), expected);
        }
    }
}
