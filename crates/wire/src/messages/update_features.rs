// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of UpdateFeatures (key 57), versions 0-2.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `UpdateFeaturesRequest`, versions 0-2.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateFeaturesRequest {
    /// Field `timeout_ms`, versions 0+.
    pub timeout_ms: i32,
    /// Field `feature_updates`, versions 0+.
    pub feature_updates: Vec<FeatureUpdateKey>,
    /// Field `validate_only`, versions 1+.
    pub validate_only: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for UpdateFeaturesRequest {
    fn default() -> Self {
        Self {
            timeout_ms: 60000,
            feature_updates: Vec::new(),
            validate_only: false,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for UpdateFeaturesRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(UpdateFeaturesRequest::MIN..=UpdateFeaturesRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "UpdateFeaturesRequest", version });
        }
        w.i32(self.timeout_ms);
        w.structs(true, &self.feature_updates, version, "feature_updates")?;
        if version >= 1 {
            w.bool(self.validate_only);
        } else if self.validate_only {
            return Err(EncodeError::Unsupported { field: "validate_only", version });
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(UpdateFeaturesRequest::MIN..=UpdateFeaturesRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            timeout_ms: r.i32("timeout_ms")?,
            feature_updates: r.structs(true, 5, version, "feature_updates")?,
            validate_only: if version >= 1 { r.bool("validate_only")? } else { false },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `FeatureUpdateKey` of UpdateFeatures.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureUpdateKey {
    /// Field `feature`, versions 0+.
    pub feature: String,
    /// Field `max_version_level`, versions 0+.
    pub max_version_level: i16,
    /// Field `allow_downgrade`, version 0.
    pub allow_downgrade: bool,
    /// Field `upgrade_type`, versions 1+.
    pub upgrade_type: i8,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for FeatureUpdateKey {
    fn default() -> Self {
        Self {
            feature: String::new(),
            max_version_level: 0,
            allow_downgrade: false,
            upgrade_type: 1,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for FeatureUpdateKey {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.feature, "feature")?;
        w.i16(self.max_version_level);
        if version <= 0 {
            w.bool(self.allow_downgrade);
        } else if self.allow_downgrade {
            return Err(EncodeError::Unsupported { field: "allow_downgrade", version });
        }
        if version >= 1 {
            w.i8(self.upgrade_type);
        } else if self.upgrade_type != 1 {
            return Err(EncodeError::Unsupported { field: "upgrade_type", version });
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            feature: r.string(true, "feature")?,
            max_version_level: r.i16("max_version_level")?,
            allow_downgrade: if version <= 0 { r.bool("allow_downgrade")? } else { false },
            upgrade_type: if version >= 1 { r.i8("upgrade_type")? } else { 1 },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `UpdateFeaturesResponse`, versions 0-2.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateFeaturesResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `results`, versions 0-1.
    pub results: Vec<UpdatableFeatureResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for UpdateFeaturesResponse {
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

impl Message for UpdateFeaturesResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(UpdateFeaturesRequest::MIN..=UpdateFeaturesRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "UpdateFeaturesResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        if version <= 1 {
            w.structs(true, &self.results, version, "results")?;
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(UpdateFeaturesRequest::MIN..=UpdateFeaturesRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            results: if version <= 1 { r.structs(true, 5, version, "results")? } else { Vec::new() },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `UpdatableFeatureResult` of UpdateFeatures.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdatableFeatureResult {
    /// Field `feature`, versions 0+.
    pub feature: String,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for UpdatableFeatureResult {
    fn default() -> Self {
        Self {
            feature: String::new(),
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for UpdatableFeatureResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.feature, "feature")?;
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            feature: r.string(true, "feature")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for UpdateFeaturesRequest {
    type Response = UpdateFeaturesResponse;
    const KEY: ApiKey = ApiKey::UpdateFeatures;
    const MIN: i16 = 0;
    const MAX: i16 = 2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
