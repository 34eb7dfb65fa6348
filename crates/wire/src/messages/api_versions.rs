// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of ApiVersions (key 18), versions 0-4.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TagSection, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `ApiVersionsRequest`, versions 0-4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ApiVersionsRequest {
    /// Field `client_software_name`, versions 3+.
    pub client_software_name: String,
    /// Field `client_software_version`, versions 3+.
    pub client_software_version: String,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ApiVersionsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ApiVersionsRequest::MIN..=ApiVersionsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ApiVersionsRequest", version });
        }
        let flexible = version >= 3;
        if version >= 3 {
            w.string(flexible, &self.client_software_name, "client_software_name")?;
        }
        if version >= 3 {
            w.string(flexible, &self.client_software_version, "client_software_version")?;
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ApiVersionsRequest::MIN..=ApiVersionsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            client_software_name: if version >= 3 {
                r.string(flexible, "client_software_name")?
            } else {
                String::new()
            },
            client_software_version: if version >= 3 {
                r.string(flexible, "client_software_version")?
            } else {
                String::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `ApiVersionsResponse`, versions 0-4.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiVersionsResponse {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `api_keys`, versions 0+.
    pub api_keys: Vec<ApiVersion>,
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `supported_features`, versions 3+, tag 0.
    pub supported_features: Vec<SupportedFeatureKey>,
    /// Field `finalized_features_epoch`, versions 3+, tag 1.
    pub finalized_features_epoch: i64,
    /// Field `finalized_features`, versions 3+, tag 2.
    pub finalized_features: Vec<FinalizedFeatureKey>,
    /// Field `zk_migration_ready`, versions 3+, tag 3.
    pub zk_migration_ready: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ApiVersionsResponse {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            api_keys: Vec::new(),
            throttle_time_ms: 0,
            supported_features: Vec::new(),
            finalized_features_epoch: -1,
            finalized_features: Vec::new(),
            zk_migration_ready: false,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for ApiVersionsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ApiVersionsRequest::MIN..=ApiVersionsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ApiVersionsResponse", version });
        }
        let flexible = version >= 3;
        w.error_code(self.error_code);
        w.structs(flexible, &self.api_keys, version, "api_keys")?;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        let mut tags = TagSection::default();
        if version >= 3 && !self.supported_features.is_empty() {
            tags.field(0, |w| {
                w.structs(true, &self.supported_features, version, "supported_features")?;
                Ok(())
            })?;
        }
        if version >= 3 && self.finalized_features_epoch != -1 {
            tags.field(1, |w| {
                w.i64(self.finalized_features_epoch);
                Ok(())
            })?;
        }
        if version >= 3 && !self.finalized_features.is_empty() {
            tags.field(2, |w| {
                w.structs(true, &self.finalized_features, version, "finalized_features")?;
                Ok(())
            })?;
        }
        if version >= 3 && self.zk_migration_ready {
            tags.field(3, |w| {
                w.bool(self.zk_migration_ready);
                Ok(())
            })?;
        }
        tags.encode(&self.unknown_tags, flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ApiVersionsRequest::MIN..=ApiVersionsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        let mut out = Self {
            error_code: r.error_code("error_code")?,
            api_keys: r.structs(flexible, 6, version, "api_keys")?,
            throttle_time_ms: if version >= 1 { r.i32("throttle_time_ms")? } else { 0 },
            supported_features: Vec::new(),
            finalized_features_epoch: -1,
            finalized_features: Vec::new(),
            zk_migration_ready: false,
            unknown_tags: TaggedFields::default(),
        };
        if flexible {
            r.tag_section(|r, tag| {
                match tag {
                    0 => out.supported_features = r.structs(true, 6, version, "supported_features")?,
                    1 => out.finalized_features_epoch = r.i64("finalized_features_epoch")?,
                    2 => out.finalized_features = r.structs(true, 6, version, "finalized_features")?,
                    3 => out.zk_migration_ready = r.bool("zk_migration_ready")?,
                    _ => r.unknown_tag(tag, &mut out.unknown_tags)?,
                }
                Ok(())
            })?;
        }
        Ok(out)
    }
}

/// Structure `ApiVersion` of ApiVersions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ApiVersion {
    /// Field `api_key`, versions 0+.
    pub api_key: i16,
    /// Field `min_version`, versions 0+.
    pub min_version: i16,
    /// Field `max_version`, versions 0+.
    pub max_version: i16,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ApiVersion {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        w.i16(self.api_key);
        w.i16(self.min_version);
        w.i16(self.max_version);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            api_key: r.i16("api_key")?,
            min_version: r.i16("min_version")?,
            max_version: r.i16("max_version")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `SupportedFeatureKey` of ApiVersions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SupportedFeatureKey {
    /// Field `name`, versions 3+.
    pub name: String,
    /// Field `min_version`, versions 3+.
    pub min_version: i16,
    /// Field `max_version`, versions 3+.
    pub max_version: i16,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for SupportedFeatureKey {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        if version >= 3 {
            w.string(flexible, &self.name, "name")?;
        } else if !self.name.is_empty() {
            return Err(EncodeError::Unsupported { field: "name", version });
        }
        if version >= 3 {
            w.i16(self.min_version);
        } else if self.min_version != 0 {
            return Err(EncodeError::Unsupported { field: "min_version", version });
        }
        if version >= 3 {
            w.i16(self.max_version);
        } else if self.max_version != 0 {
            return Err(EncodeError::Unsupported { field: "max_version", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            name: if version >= 3 { r.string(flexible, "name")? } else { String::new() },
            min_version: if version >= 3 { r.i16("min_version")? } else { 0 },
            max_version: if version >= 3 { r.i16("max_version")? } else { 0 },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `FinalizedFeatureKey` of ApiVersions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FinalizedFeatureKey {
    /// Field `name`, versions 3+.
    pub name: String,
    /// Field `max_version_level`, versions 3+.
    pub max_version_level: i16,
    /// Field `min_version_level`, versions 3+.
    pub min_version_level: i16,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for FinalizedFeatureKey {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        if version >= 3 {
            w.string(flexible, &self.name, "name")?;
        } else if !self.name.is_empty() {
            return Err(EncodeError::Unsupported { field: "name", version });
        }
        if version >= 3 {
            w.i16(self.max_version_level);
        } else if self.max_version_level != 0 {
            return Err(EncodeError::Unsupported { field: "max_version_level", version });
        }
        if version >= 3 {
            w.i16(self.min_version_level);
        } else if self.min_version_level != 0 {
            return Err(EncodeError::Unsupported { field: "min_version_level", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            name: if version >= 3 { r.string(flexible, "name")? } else { String::new() },
            max_version_level: if version >= 3 { r.i16("max_version_level")? } else { 0 },
            min_version_level: if version >= 3 { r.i16("min_version_level")? } else { 0 },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for ApiVersionsRequest {
    type Response = ApiVersionsResponse;
    const KEY: ApiKey = ApiKey::ApiVersions;
    const MIN: i16 = 0;
    const MAX: i16 = 4;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
}
