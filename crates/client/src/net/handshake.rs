//! What happens on a fresh connection before its first request: agreeing on versions (W11, W12).

use std::time::Instant;

use kconnect_wire::messages::{ApiVersionsRequest, ApiVersionsResponse};
use kconnect_wire::{ErrorCode, Request, frame};

use super::codec;
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
) -> Result<Versions, Error> {
    let mut version = ApiVersionsRequest::MAX;
    loop {
        let response = ask(link, client_id, version, deadline).await?;
        let code = response.error_code;
        if code == ErrorCode::NONE {
            return Ok(Versions::new(&response.api_keys));
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
    let mut request = ApiVersionsRequest::default();
    if version >= 3 {
        request.client_software_name = SOFTWARE.into();
        request.client_software_version = env!("CARGO_PKG_VERSION").into();
    }
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
