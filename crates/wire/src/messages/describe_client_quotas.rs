// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DescribeClientQuotas (key 48), versions 0-1.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DescribeClientQuotasRequest`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeClientQuotasRequest {
    /// Field `components`, versions 0+.
    pub components: Vec<ComponentData>,
    /// Field `strict`, versions 0+.
    pub strict: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeClientQuotasRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeClientQuotasRequest::MIN..=DescribeClientQuotasRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeClientQuotasRequest", version });
        }
        let flexible = version >= 1;
        w.structs(flexible, &self.components, version, "components")?;
        w.bool(self.strict);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeClientQuotasRequest::MIN..=DescribeClientQuotasRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 1;
        Ok(Self {
            components: r.structs(flexible, 4, version, "components")?,
            strict: r.bool("strict")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `ComponentData` of DescribeClientQuotas.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentData {
    /// Field `entity_type`, versions 0+.
    pub entity_type: String,
    /// Field `match_type`, versions 0+.
    pub match_type: i8,
    /// Field `match_value`, versions 0+, nullable.
    pub match_value: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ComponentData {
    fn default() -> Self {
        Self {
            entity_type: String::new(),
            match_type: 0,
            match_value: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for ComponentData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 1;
        w.string(flexible, &self.entity_type, "entity_type")?;
        w.i8(self.match_type);
        w.nullable_string(flexible, self.match_value.as_deref(), "match_value")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        Ok(Self {
            entity_type: r.string(flexible, "entity_type")?,
            match_type: r.i8("match_type")?,
            match_value: r.nullable_string(flexible, "match_value")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `DescribeClientQuotasResponse`, versions 0-1.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeClientQuotasResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `entries`, versions 0+, nullable.
    pub entries: Option<Vec<DescribeClientQuotasEntryData>>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeClientQuotasResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            entries: Some(Vec::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeClientQuotasResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeClientQuotasRequest::MIN..=DescribeClientQuotasRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeClientQuotasResponse", version });
        }
        let flexible = version >= 1;
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        w.nullable_structs(flexible, self.entries.as_deref(), version, "entries")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeClientQuotasRequest::MIN..=DescribeClientQuotasRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 1;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            entries: r.nullable_structs(flexible, 3, version, "entries")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribeClientQuotasEntryData` of DescribeClientQuotas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeClientQuotasEntryData {
    /// Field `entity`, versions 0+.
    pub entity: Vec<DescribeClientQuotasEntityData>,
    /// Field `values`, versions 0+.
    pub values: Vec<ValueData>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeClientQuotasEntryData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 1;
        w.structs(flexible, &self.entity, version, "entity")?;
        w.structs(flexible, &self.values, version, "values")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        Ok(Self {
            entity: r.structs(flexible, 3, version, "entity")?,
            values: r.structs(flexible, 10, version, "values")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribeClientQuotasEntityData` of DescribeClientQuotas.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeClientQuotasEntityData {
    /// Field `entity_type`, versions 0+.
    pub entity_type: String,
    /// Field `entity_name`, versions 0+, nullable.
    pub entity_name: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeClientQuotasEntityData {
    fn default() -> Self {
        Self {
            entity_type: String::new(),
            entity_name: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeClientQuotasEntityData {
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

/// Structure `ValueData` of DescribeClientQuotas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValueData {
    /// Field `key`, versions 0+.
    pub key: String,
    /// Field `value`, versions 0+.
    pub value: f64,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ValueData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 1;
        w.string(flexible, &self.key, "key")?;
        w.f64(self.value);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        Ok(Self {
            key: r.string(flexible, "key")?,
            value: r.f64("value")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for DescribeClientQuotasRequest {
    type Response = DescribeClientQuotasResponse;
    const KEY: ApiKey = ApiKey::DescribeClientQuotas;
    const MIN: i16 = 0;
    const MAX: i16 = 1;
    const FLEXIBLE_FROM: Option<i16> = Some(1);
}
