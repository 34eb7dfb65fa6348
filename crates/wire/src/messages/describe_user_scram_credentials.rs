// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DescribeUserScramCredentials (key 50), version 0.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DescribeUserScramCredentialsRequest`, version 0.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeUserScramCredentialsRequest {
    /// Field `users`, versions 0+, nullable.
    pub users: Option<Vec<UserName>>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeUserScramCredentialsRequest {
    fn default() -> Self {
        Self { users: Some(Vec::new()), unknown_tags: TaggedFields::default() }
    }
}

impl Message for DescribeUserScramCredentialsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeUserScramCredentialsRequest::MIN..=DescribeUserScramCredentialsRequest::MAX)
            .contains(&version)
        {
            return Err(EncodeError::Version { message: "DescribeUserScramCredentialsRequest", version });
        }
        w.nullable_structs(true, self.users.as_deref(), version, "users")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeUserScramCredentialsRequest::MIN..=DescribeUserScramCredentialsRequest::MAX)
            .contains(&version)
        {
            return Err(r.version(version));
        }
        Ok(Self {
            users: r.nullable_structs(true, 2, version, "users")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `UserName` of DescribeUserScramCredentials.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UserName {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for UserName {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.name, "name")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self { name: r.string(true, "name")?, unknown_tags: TaggedFields::decode(true, r)? })
    }
}

/// `DescribeUserScramCredentialsResponse`, version 0.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeUserScramCredentialsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `results`, versions 0+.
    pub results: Vec<DescribeUserScramCredentialsResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeUserScramCredentialsResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            results: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeUserScramCredentialsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeUserScramCredentialsRequest::MIN..=DescribeUserScramCredentialsRequest::MAX)
            .contains(&version)
        {
            return Err(EncodeError::Version { message: "DescribeUserScramCredentialsResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        w.structs(true, &self.results, version, "results")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeUserScramCredentialsRequest::MIN..=DescribeUserScramCredentialsRequest::MAX)
            .contains(&version)
        {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            results: r.structs(true, 6, version, "results")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeUserScramCredentialsResult` of DescribeUserScramCredentials.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeUserScramCredentialsResult {
    /// Field `user`, versions 0+.
    pub user: String,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `credential_infos`, versions 0+.
    pub credential_infos: Vec<CredentialInfo>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeUserScramCredentialsResult {
    fn default() -> Self {
        Self {
            user: String::new(),
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            credential_infos: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeUserScramCredentialsResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.user, "user")?;
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        w.structs(true, &self.credential_infos, version, "credential_infos")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            user: r.string(true, "user")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            credential_infos: r.structs(true, 6, version, "credential_infos")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `CredentialInfo` of DescribeUserScramCredentials.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CredentialInfo {
    /// Field `mechanism`, versions 0+.
    pub mechanism: i8,
    /// Field `iterations`, versions 0+.
    pub iterations: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for CredentialInfo {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i8(self.mechanism);
        w.i32(self.iterations);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            mechanism: r.i8("mechanism")?,
            iterations: r.i32("iterations")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for DescribeUserScramCredentialsRequest {
    type Response = DescribeUserScramCredentialsResponse;
    const KEY: ApiKey = ApiKey::DescribeUserScramCredentials;
    const MIN: i16 = 0;
    const MAX: i16 = 0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
