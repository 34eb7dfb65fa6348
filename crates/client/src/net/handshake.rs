//! What happens on a fresh connection before its first request: agreeing on versions (W11, W12).

use std::time::Instant;

use kconnect_wire::messages::{ApiVersionsRequest, ApiVersionsResponse};
use kconnect_wire::{ErrorCode, Request, frame};

use super::codec;
use super::features::Features;
use super::link::{InFlight, Link};
use super::versions::Versions;
use crate::{Error, ErrorKind};

/// Name under which brokers list this client (W12: letters, digits, dots, hyphens).
const SOFTWARE: &str = "kconnect";

/// Asks for the broker's versions; falls back when it does not know our version of that question. The caller
/// bounds the time.
pub(crate) async fn negotiate(
    link: &mut Link<()>,
    client_id: &str,
    deadline: Instant,
) -> Result<(Versions, Features), Error> {
    let mut version = ApiVersionsRequest::MAX;
    loop {
        let response = ask(link, client_id, version, deadline).await?;
        let code = response.error_code;
        if code == ErrorCode::NONE {
            return Ok((Versions::new(&response.api_keys), Features::told_by(&response)));
        }
        if code != ErrorCode::UNSUPPORTED_VERSION || version == 0 {
            return Err(Error::from_code(code, "the broker refused to tell its versions"));
        }
        // The refusal is encoded as version 0 and lists the ranges; without them only 0 is certain.
        let offered = Versions::new(&response.api_keys).pick::<ApiVersionsRequest>(Some(version - 1));
        version = offered.unwrap_or(0);
    }
}

async fn ask(
    link: &mut Link<()>,
    client_id: &str,
    version: i16,
    deadline: Instant,
) -> Result<ApiVersionsResponse, Error> {
    let request = introduction(version);
    let correlation = link.correlation();
    let frame = codec::encode(&request, version, correlation, client_id)?;
    link.send([frame], Some(InFlight { correlation, deadline, token: () }));
    let answer = link.answer().await.map_err(|error| {
        Error::caused_by(
            ErrorKind::Disconnected,
            "the broker closed the connection while versions were agreed on",
            error,
        )
    })?;
    let decoded = frame::decode_api_versions(&answer.frame, version, correlation)
        .map_err(|error| codec::unreadable::<ApiVersionsRequest>(version, error))?;
    Ok(decoded.body)
}

/// The question, with our name from the version on that has room for it.
fn introduction(version: i16) -> ApiVersionsRequest {
    let mut request = ApiVersionsRequest::default();
    if version >= 3 {
        request.client_software_name = SOFTWARE.into();
        request.client_software_version = env!("CARGO_PKG_VERSION").into();
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What brokers accept: letters, digits, dots and hyphens, of which the last two neither first nor last.
    fn is_accepted(text: &str) -> bool {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        let ends = [text.chars().next(), text.chars().next_back()];
        text.chars().all(inner) && ends.iter().all(|c| c.is_some_and(|c| c.is_ascii_alphanumeric()))
    }

    #[test]
    fn w12_brokers_accept_our_name_and_version() {
        for refused in ["", "-a", "a.", "a+b", "a b"] {
            assert!(!is_accepted(refused), "{refused:?}");
        }
        for version in ApiVersionsRequest::MIN..=ApiVersionsRequest::MAX {
            let request = introduction(version);
            let told = [request.client_software_name, request.client_software_version];
            if version < 3 {
                assert_eq!(told, [""; 2], "there is no room for it in version {version}");
            } else {
                assert!(told.iter().all(|text| is_accepted(text)), "{told:?}");
            }
        }
    }
}
