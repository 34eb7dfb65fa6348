//! What joins a request to its key, its versions and its response.

use crate::{ApiKey, Message};

/// A request: its number, the versions this crate speaks, and the response that answers it.
pub trait Request: Message {
    /// The answer, in the same version.
    type Response: Message;
    /// The number of the request.
    const KEY: ApiKey;
    /// The lowest version.
    const MIN: i16;
    /// The highest version.
    const MAX: i16;
    /// The first version with compact types and tagged fields (KIP-482).
    const FLEXIBLE_FROM: Option<i16>;

    /// True when `version` has compact types and tagged fields.
    fn is_flexible(version: i16) -> bool {
        Self::FLEXIBLE_FROM.is_some_and(|from| version >= from)
    }

    /// The version of the request header (W2).
    fn header_version(version: i16) -> i16 {
        if Self::is_flexible(version) { 2 } else { 1 }
    }

    /// The version of the response header (W3).
    fn response_header_version(version: i16) -> i16 {
        // A client cannot know the version in which a broker answers its first request.
        i16::from(Self::is_flexible(version) && Self::KEY != ApiKey::ApiVersions)
    }
}
