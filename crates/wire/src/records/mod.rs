//! Record batches: the bytes that Produce requests carry and Fetch responses return.
//!
//! Writing: a [`BatchBuilder`] writes each record once, in its final wire bytes, behind room for the batch header.
//! Sealing compresses (or not) and makes a [`SealedBatch`], whose producer id, sequence and CRC are patched in when
//! it is sent, and again when it is sent under a new epoch. The same buffer is sent, kept for retries and recycled.
//!
//! Reading: [`Batches`] walks the blob of one fetched partition by batch headers alone; [`BatchView::records`]
//! decodes lazily, borrowing keys and values from the blob (or from the decompressed payload). Message sets of
//! formats 0 and 1 come out of the same iterator and are never written.
//!
//! ```text
//!  base offset  length  leader epoch  magic  crc   attributes  last offset delta  first, max timestamp
//!  0            8       12            16     17    21          23                 27     35
//!  producer id  epoch  base sequence  count  records ...
//!  43           51     53             57     61
//! ```
//! Invariants: nothing read is trusted before it is compared with the bytes left; sums of read numbers wrap or are
//! checked (B6); control batches yield no records (B15); steady state allocates nothing per record (R1).
//!
//! Elsewhere: codecs are in [`crate::compress`]; who seals when, retries and sequences are the producer's;
//! positions and isolation are the consumer's, with [`AbortedFilter`] doing its arithmetic.

mod aborted;
mod batches;
mod builder;
mod crc;
mod error;
mod header;
mod legacy;
mod reader;
mod sealed;
#[cfg(test)]
mod tests;
mod varint;

pub use aborted::{AbortedFilter, ControlMarker};
pub use batches::{BatchView, Batches};
pub use builder::{BatchBuilder, RecordHeader};
pub use error::RecordsError;
pub use header::{BatchHeader, HEADER_LEN, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP};
pub use reader::{DecompressBuffer, Headers, RecordIter, RecordSet, RecordView};
pub use sealed::{SealedBatch, Stamp};
