// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of AlterUserScramCredentials (key 51), version 0.

use bytes::Bytes;

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `AlterUserScramCredentialsRequest`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterUserScramCredentialsRequest {
    /// Field `deletions`, versions 0+.
    pub deletions: Vec<ScramCredentialDeletion>,
    /// Field `upsertions`, versions 0+.
    pub upsertions: Vec<ScramCredentialUpsertion>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AlterUserScramCredentialsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AlterUserScramCredentialsRequest::MIN..=AlterUserScramCredentialsRequest::MAX).contains(&version)
        {
            return Err(EncodeError::Version { message: "AlterUserScramCredentialsRequest", version });
        }
        w.structs(true, &self.deletions, version, "deletions")?;
        w.structs(true, &self.upsertions, version, "upsertions")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AlterUserScramCredentialsRequest::MIN..=AlterUserScramCredentialsRequest::MAX).contains(&version)
        {
            return Err(r.version(version));
        }
        Ok(Self {
            deletions: r.structs(true, 3, version, "deletions")?,
            upsertions: r.structs(true, 9, version, "upsertions")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ScramCredentialDeletion` of AlterUserScramCredentials.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScramCredentialDeletion {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `mechanism`, versions 0+.
    pub mechanism: i8,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ScramCredentialDeletion {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.name, "name")?;
        w.i8(self.mechanism);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            name: r.string(true, "name")?,
            mechanism: r.i8("mechanism")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ScramCredentialUpsertion` of AlterUserScramCredentials.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScramCredentialUpsertion {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `mechanism`, versions 0+.
    pub mechanism: i8,
    /// Field `iterations`, versions 0+.
    pub iterations: i32,
    /// Field `salt`, versions 0+.
    pub salt: Bytes,
    /// Field `salted_password`, versions 0+.
    pub salted_password: Bytes,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ScramCredentialUpsertion {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.name, "name")?;
        w.i8(self.mechanism);
        w.i32(self.iterations);
        w.bytes(true, &self.salt, "salt")?;
        w.bytes(true, &self.salted_password, "salted_password")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            name: r.string(true, "name")?,
            mechanism: r.i8("mechanism")?,
            iterations: r.i32("iterations")?,
            salt: r.bytes(true, "salt")?,
            salted_password: r.bytes(true, "salted_password")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `AlterUserScramCredentialsResponse`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterUserScramCredentialsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `results`, versions 0+.
    pub results: Vec<AlterUserScramCredentialsResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AlterUserScramCredentialsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AlterUserScramCredentialsRequest::MIN..=AlterUserScramCredentialsRequest::MAX).contains(&version)
        {
            return Err(EncodeError::Version { message: "AlterUserScramCredentialsResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.structs(true, &self.results, version, "results")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AlterUserScramCredentialsRequest::MIN..=AlterUserScramCredentialsRequest::MAX).contains(&version)
        {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            results: r.structs(true, 5, version, "results")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `AlterUserScramCredentialsResult` of AlterUserScramCredentials.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterUserScramCredentialsResult {
    /// Field `user`, versions 0+.
    pub user: String,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for AlterUserScramCredentialsResult {
    fn default() -> Self {
        Self {
            user: String::new(),
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for AlterUserScramCredentialsResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.user, "user")?;
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            user: r.string(true, "user")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for AlterUserScramCredentialsRequest {
    type Response = AlterUserScramCredentialsResponse;
    const KEY: ApiKey = ApiKey::AlterUserScramCredentials;
    const MIN: i16 = 0;
    const MAX: i16 = 0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
