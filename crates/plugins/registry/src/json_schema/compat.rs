//! Whether payloads that one schema allows can be read with another.

use kconnect_api::Exception;

use crate::format::Registered;

/// Whether `reader` reads what `writer` allows.
pub(super) fn reads(reader: &Registered, writer: &Registered) -> Result<bool, Exception> {
    Ok(reader.text == writer.text)
}
