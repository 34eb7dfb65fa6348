// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of AlterClientQuotas (key 49), versions 0-1.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `AlterClientQuotasRequest`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterClientQuotasRequest {
    /// Field `entries`, versions 0+.
    pub entries: Vec<AlterClientQuotasRequestEntryData>,
    /// Field `validate_only`, versions 0+.
    pub validate_only: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AlterClientQuotasRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AlterClientQuotasRequest::MIN..=AlterClientQuotasRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "AlterClientQuotasRequest", version });
        }
        let flexible = version >= 1;
        w.structs(flexible, &self.entries, version, "entries")?;
        w.bool(self.validate_only);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AlterClientQuotasRequest::MIN..=AlterClientQuotasRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 1;
        Ok(Self {
            entries: r.structs(flexible, 3, version, "entries")?,
            validate_only: r.bool("validate_only")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AlterClientQuotasRequestEntryData` of AlterClientQuotas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterClientQuotasRequestEntryData {
    /// Field `entity`, versions 0+.
    pub entity: Vec<AlterClientQuotasRequestEntityData>,
    /// Field `ops`, versions 0+.
    pub ops: Vec<OpData>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AlterClientQuotasRequestEntryData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 1;
        w.structs(flexible, &self.entity, version, "entity")?;
        w.structs(flexible, &self.ops, version, "ops")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        Ok(Self {
            entity: r.structs(flexible, 3, version, "entity")?,
            ops: r.structs(flexible, 11, version, "ops")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AlterClientQuotasRequestEntityData` of AlterClientQuotas.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterClientQuotasRequestEntityData {
    /// Field `entity_type`, versions 0+.
    pub entity_type: String,
    /// Field `entity_name`, versions 0+, nullable.
    pub entity_name: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for AlterClientQuotasRequestEntityData {
    fn default() -> Self {
        Self {
            entity_type: String::new(),
            entity_name: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for AlterClientQuotasRequestEntityData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 1;
        w.string(flexible, &self.entity_type, "entity_type")?;
        w.nullable_string(flexible, self.entity_name.as_deref(), "entity_name")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        Ok(Self {
            entity_type: r.string(flexible, "entity_type")?,
            entity_name: r.nullable_string(flexible, "entity_name")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OpData` of AlterClientQuotas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OpData {
    /// Field `key`, versions 0+.
    pub key: String,
    /// Field `value`, versions 0+.
    pub value: f64,
    /// Field `remove`, versions 0+.
    pub remove: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OpData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 1;
        w.string(flexible, &self.key, "key")?;
        w.f64(self.value);
        w.bool(self.remove);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        Ok(Self {
            key: r.string(flexible, "key")?,
            value: r.f64("value")?,
            remove: r.bool("remove")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `AlterClientQuotasResponse`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterClientQuotasResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `entries`, versions 0+.
    pub entries: Vec<AlterClientQuotasResponseEntryData>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AlterClientQuotasResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AlterClientQuotasRequest::MIN..=AlterClientQuotasRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "AlterClientQuotasResponse", version });
        }
        let flexible = version >= 1;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.entries, version, "entries")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AlterClientQuotasRequest::MIN..=AlterClientQuotasRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 1;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            entries: r.structs(flexible, 5, version, "entries")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AlterClientQuotasResponseEntryData` of AlterClientQuotas.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterClientQuotasResponseEntryData {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `entity`, versions 0+.
    pub entity: Vec<AlterClientQuotasResponseEntityData>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for AlterClientQuotasResponseEntryData {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            entity: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for AlterClientQuotasResponseEntryData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 1;
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        w.structs(flexible, &self.entity, version, "entity")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            entity: r.structs(flexible, 3, version, "entity")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AlterClientQuotasResponseEntityData` of AlterClientQuotas.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterClientQuotasResponseEntityData {
    /// Field `entity_type`, versions 0+.
    pub entity_type: String,
    /// Field `entity_name`, versions 0+, nullable.
    pub entity_name: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for AlterClientQuotasResponseEntityData {
    fn default() -> Self {
        Self {
            entity_type: String::new(),
            entity_name: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for AlterClientQuotasResponseEntityData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 1;
        w.string(flexible, &self.entity_type, "entity_type")?;
        w.nullable_string(flexible, self.entity_name.as_deref(), "entity_name")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        Ok(Self {
            entity_type: r.string(flexible, "entity_type")?,
            entity_name: r.nullable_string(flexible, "entity_name")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for AlterClientQuotasRequest {
    type Response = AlterClientQuotasResponse;
    const KEY: ApiKey = ApiKey::AlterClientQuotas;
    const MIN: i16 = 0;
    const MAX: i16 = 1;
    const FLEXIBLE_FROM: Option<i16> = Some(1);
}
