//! Which version of a request a broker is spoken to in (W13–W16). Ranges belong to one connection (W14).

use kconnect_wire::Request;
use kconnect_wire::messages::ApiVersion;

use crate::{Error, ErrorKind};

/// The ranges that one broker offered on one connection.
#[derive(Debug, Clone, Default)]
pub struct Versions {
    /// Sorted by key.
    ranges: Vec<(i16, i16, i16)>,
}

impl Versions {
    pub(crate) fn new(offered: &[ApiVersion]) -> Self {
        let mut ranges: Vec<_> =
            offered.iter().map(|api| (api.api_key, api.min_version, api.max_version)).collect();
        ranges.sort_unstable();
        ranges.dedup_by_key(|range| range.0);
        Self { ranges }
    }

    /// The broker's range for an API, `None` when it does not offer it.
    pub fn range(&self, api_key: i16) -> Option<(i16, i16)> {
        let index = self.ranges.binary_search_by_key(&api_key, |range| range.0).ok()?;
        let (_, min, max) = *self.ranges.get(index)?;
        Some((min, max))
    }

    /// The highest version that both sides speak, not above `cap`. Without one the call fails, not the
    /// connection (W13).
    pub fn pick<R: Request>(&self, cap: Option<i16>) -> Result<i16, Error> {
        let name = R::KEY;
        let Some((min, max)) = self.range(R::KEY.into()) else {
            return Err(Error::new(ErrorKind::Unsupported, format!("the broker does not offer {name:?}")));
        };
        let ours = cap.map_or(R::MAX, |cap| cap.min(R::MAX));
        let version = max.min(ours);
        if version >= min.max(R::MIN) {
            return Ok(version);
        }
        let message = format!(
            "no common version of {name:?}: the broker offers {min}-{max}, this call needs {}-{ours}",
            R::MIN
        );
        Err(Error::new(ErrorKind::Unsupported, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kconnect_wire::messages::HeartbeatRequest;

    #[test]
    fn w13_the_version_is_the_highest_both_speak() {
        // Heartbeat: we speak 0-4.
        let rows: &[(&str, Option<(i16, i16)>, Option<i16>, Option<i16>)] = &[
            ("newer broker", Some((0, 9)), None, Some(4)),
            ("older broker", Some((0, 2)), None, Some(2)),
            ("capped", Some((0, 9)), Some(3), Some(3)),
            ("cap above ours", Some((0, 9)), Some(8), Some(4)),
            ("broker dropped all ours", Some((5, 9)), None, None),
            ("cap below the broker's least", Some((3, 9)), Some(2), None),
            ("not offered", None, None, None),
        ];
        for (name, offered, cap, expect) in rows {
            let offered: Vec<ApiVersion> = offered
                .iter()
                .map(|(min, max)| ApiVersion {
                    api_key: 12,
                    min_version: *min,
                    max_version: *max,
                    ..ApiVersion::default()
                })
                .collect();
            let picked = Versions::new(&offered).pick::<HeartbeatRequest>(*cap);
            assert_eq!(picked.as_ref().ok(), expect.as_ref(), "{name}");
            assert!(picked.is_ok() || picked.is_err_and(|e| e.kind() == ErrorKind::Unsupported), "{name}");
        }
    }
}
