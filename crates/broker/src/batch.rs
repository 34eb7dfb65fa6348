//! The header of a record batch (magic 2), read straight from bytes.
//!
//! The broker keeps batches as they arrived, so this is all it knows about records: where a batch ends, how many
//! offsets it takes, who produced it, and whether its checksum holds. Only two places look inside: the lookup of an
//! offset by time and the inspection helpers of tests (see `log::records` for compressed batches).

/// Bytes of a batch before its first record.
pub(crate) const HEADER: usize = 61;
/// Bytes before the part that the length field counts: base offset and the length itself.
pub(crate) const PREFIX: usize = 12;
const ATTRIBUTES: usize = 21;
const CRC: usize = 17;
const MAX_TIMESTAMP: usize = 35;

/// The fixed fields of a batch. Rule ids in comments are those of the client contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchHeader {
    pub base_offset: i64,
    /// Whole size in bytes, prefix included.
    pub size: usize,
    pub leader_epoch: i32,
    pub magic: i8,
    pub crc: u32,
    pub attributes: i16,
    pub last_offset_delta: i32,
    pub first_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub count: i32,
}

impl BatchHeader {
    /// Reads a header; `None` when there are fewer than 61 bytes or the length field is below the header's size.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let header = bytes.get(..HEADER)?;
        let length = i32::from_be_bytes(array(header, 8));
        let size = usize::try_from(length).ok()?.checked_add(PREFIX)?;
        if size < HEADER {
            return None;
        }
        Some(Self {
            base_offset: i64::from_be_bytes(array(header, 0)),
            size,
            leader_epoch: i32::from_be_bytes(array(header, 12)),
            magic: i8::from_be_bytes(array(header, 16)),
            crc: u32::from_be_bytes(array(header, CRC)),
            attributes: i16::from_be_bytes(array(header, ATTRIBUTES)),
            last_offset_delta: i32::from_be_bytes(array(header, 23)),
            first_timestamp: i64::from_be_bytes(array(header, 27)),
            max_timestamp: i64::from_be_bytes(array(header, MAX_TIMESTAMP)),
            producer_id: i64::from_be_bytes(array(header, 43)),
            producer_epoch: i16::from_be_bytes(array(header, 51)),
            base_sequence: i32::from_be_bytes(array(header, 53)),
            count: i32::from_be_bytes(array(header, 57)),
        })
    }

    /// 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.
    pub(crate) fn codec(&self) -> i16 {
        self.attributes & 0b111
    }

    pub(crate) fn is_transactional(&self) -> bool {
        self.attributes & (1 << 4) != 0
    }

    pub(crate) fn is_control(&self) -> bool {
        self.attributes & (1 << 5) != 0
    }

    pub(crate) fn is_log_append_time(&self) -> bool {
        self.attributes & (1 << 3) != 0
    }

    /// Sequence of the last record; sequences wrap after 2^31 - 1 to 0 (I2).
    pub(crate) fn last_sequence(&self) -> i32 {
        self.base_sequence.wrapping_add(self.last_offset_delta) & i32::MAX
    }
}

/// Whether the checksum over everything after the CRC field holds (B2). `batch` is exactly one batch.
pub(crate) fn crc_holds(batch: &[u8], header: &BatchHeader) -> bool {
    batch.get(ATTRIBUTES..).is_some_and(|covered| crc32c::crc32c(covered) == header.crc)
}

/// Writes the two fields that a broker owns; both lie outside the checksum (B2).
pub(crate) fn stamp(batch: &mut [u8], base_offset: i64, leader_epoch: i32) {
    batch[0..8].copy_from_slice(&base_offset.to_be_bytes());
    batch[12..16].copy_from_slice(&leader_epoch.to_be_bytes());
}

/// Turns a batch into one with log append time: flag, maximum timestamp and a new checksum (B7).
pub(crate) fn stamp_append_time(batch: &mut [u8], attributes: i16, now_ms: i64) {
    batch[ATTRIBUTES..ATTRIBUTES + 2].copy_from_slice(&(attributes | (1 << 3)).to_be_bytes());
    batch[MAX_TIMESTAMP..MAX_TIMESTAMP + 8].copy_from_slice(&now_ms.to_be_bytes());
    let crc = crc32c::crc32c(&batch[ATTRIBUTES..]);
    batch[CRC..CRC + 4].copy_from_slice(&crc.to_be_bytes());
}

/// A record of an uncompressed batch, borrowed from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawRecord<'a> {
    pub timestamp: i64,
    pub offset: i64,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: Vec<(&'a [u8], Option<&'a [u8]>)>,
}

/// Walks the records of an uncompressed batch; ends at the first byte that makes no sense.
pub(crate) fn raw_records<'a>(
    batch: &'a [u8],
    header: &BatchHeader,
) -> impl Iterator<Item = RawRecord<'a>> + use<'a> {
    let mut cursor = Cursor(batch.get(HEADER..).unwrap_or_default());
    let header = *header;
    (0..header.count.max(0)).map_while(move |_| cursor.record(&header))
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn record(&mut self, header: &BatchHeader) -> Option<RawRecord<'a>> {
        let length = usize::try_from(self.varint()?).ok()?;
        let mut body = Cursor(self.take(length)?);
        body.take(1)?;
        let timestamp = header.first_timestamp.wrapping_add(body.varint()?);
        let offset = header.base_offset.wrapping_add(body.varint()?);
        let key = body.blob()?;
        let value = body.blob()?;
        let mut headers = Vec::new();
        for _ in 0..body.varint()? {
            headers.push((body.blob()??, body.blob()?));
        }
        let timestamp = if header.is_log_append_time() { header.max_timestamp } else { timestamp };
        Some(RawRecord { timestamp, offset, key, value, headers })
    }

    fn blob(&mut self) -> Option<Option<&'a [u8]>> {
        match self.varint()? {
            -1 => Some(None),
            n => self.take(usize::try_from(n).ok()?).map(Some),
        }
    }

    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    fn varint(&mut self) -> Option<i64> {
        let mut raw = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            raw |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some((raw >> 1) as i64 ^ -((raw & 1) as i64));
            }
        }
        None
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}
