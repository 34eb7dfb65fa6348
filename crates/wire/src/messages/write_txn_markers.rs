// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of WriteTxnMarkers (key 27), versions 1-2.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `WriteTxnMarkersRequest`, versions 1-2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteTxnMarkersRequest {
    /// Field `markers`, versions 1+.
    pub markers: Vec<WritableTxnMarker>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for WriteTxnMarkersRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(WriteTxnMarkersRequest::MIN..=WriteTxnMarkersRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "WriteTxnMarkersRequest", version });
        }
        w.structs(true, &self.markers, version, "markers")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(WriteTxnMarkersRequest::MIN..=WriteTxnMarkersRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            markers: r.structs(true, 17, version, "markers")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `WritableTxnMarker` of WriteTxnMarkers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WritableTxnMarker {
    /// Field `producer_id`, versions 1+.
    pub producer_id: i64,
    /// Field `producer_epoch`, versions 1+.
    pub producer_epoch: i16,
    /// Field `transaction_result`, versions 1+.
    pub transaction_result: bool,
    /// Field `topics`, versions 1+.
    pub topics: Vec<WritableTxnMarkerTopic>,
    /// Field `coordinator_epoch`, versions 1+.
    pub coordinator_epoch: i32,
    /// Field `transaction_version`, versions 2+.
    pub transaction_version: i8,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for WritableTxnMarker {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i64(self.producer_id);
        w.i16(self.producer_epoch);
        w.bool(self.transaction_result);
        w.structs(true, &self.topics, version, "topics")?;
        w.i32(self.coordinator_epoch);
        if version >= 2 {
            w.i8(self.transaction_version);
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            producer_id: r.i64("producer_id")?,
            producer_epoch: r.i16("producer_epoch")?,
            transaction_result: r.bool("transaction_result")?,
            topics: r.structs(true, 3, version, "topics")?,
            coordinator_epoch: r.i32("coordinator_epoch")?,
            transaction_version: if version >= 2 { r.i8("transaction_version")? } else { 0 },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `WritableTxnMarkerTopic` of WriteTxnMarkers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WritableTxnMarkerTopic {
    /// Field `name`, versions 1+.
    pub name: String,
    /// Field `partition_indexes`, versions 1+.
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for WritableTxnMarkerTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.name, "name")?;
        w.nullable_list(true, Some(&self.partition_indexes), "partition_indexes", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            name: r.string(true, "name")?,
            partition_indexes: r.list(true, 4, "partition_indexes", |r| r.i32("partition_indexes"))?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `WriteTxnMarkersResponse`, versions 1-2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteTxnMarkersResponse {
    /// Field `markers`, versions 1+.
    pub markers: Vec<WritableTxnMarkerResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for WriteTxnMarkersResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(WriteTxnMarkersRequest::MIN..=WriteTxnMarkersRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "WriteTxnMarkersResponse", version });
        }
        w.structs(true, &self.markers, version, "markers")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(WriteTxnMarkersRequest::MIN..=WriteTxnMarkersRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            markers: r.structs(true, 10, version, "markers")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `WritableTxnMarkerResult` of WriteTxnMarkers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WritableTxnMarkerResult {
    /// Field `producer_id`, versions 1+.
    pub producer_id: i64,
    /// Field `topics`, versions 1+.
    pub topics: Vec<WritableTxnMarkerTopicResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for WritableTxnMarkerResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i64(self.producer_id);
        w.structs(true, &self.topics, version, "topics")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            producer_id: r.i64("producer_id")?,
            topics: r.structs(true, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `WritableTxnMarkerTopicResult` of WriteTxnMarkers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WritableTxnMarkerTopicResult {
    /// Field `name`, versions 1+.
    pub name: String,
    /// Field `partitions`, versions 1+.
    pub partitions: Vec<WritableTxnMarkerPartitionResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for WritableTxnMarkerTopicResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.name, "name")?;
        w.structs(true, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            name: r.string(true, "name")?,
            partitions: r.structs(true, 7, version, "partitions")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `WritableTxnMarkerPartitionResult` of WriteTxnMarkers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WritableTxnMarkerPartitionResult {
    /// Field `partition_index`, versions 1+.
    pub partition_index: i32,
    /// Field `error_code`, versions 1+.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for WritableTxnMarkerPartitionResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i32(self.partition_index);
        w.error_code(self.error_code);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            error_code: r.error_code("error_code")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for WriteTxnMarkersRequest {
    type Response = WriteTxnMarkersResponse;
    const KEY: ApiKey = ApiKey::WriteTxnMarkers;
    const MIN: i16 = 1;
    const MAX: i16 = 2;
    const FLEXIBLE_FROM: Option<i16> = Some(1);
}
