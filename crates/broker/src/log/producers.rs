//! What one partition remembers of idempotent producers, and the verdict on each of their batches.
//!
//! Per producer: its epoch and its last five batches (I3). A batch seen before is answered with its first offset; a
//! gap, an old epoch and a producer whose state is gone have errors of their own. The state is rebuilt from batch
//! headers when a log is opened, so it needs no file.

use std::collections::{HashMap, VecDeque};

use kafka_protocol::ResponseError;

use crate::batch::BatchHeader;

/// Batches remembered per producer; a client has at most five in flight per partition (I3).
const REMEMBERED: usize = 5;

#[derive(Debug, Default)]
pub(crate) struct Producers {
    known: HashMap<i64, Producer>,
    /// Whether producers were forgotten on demand, see [`Producers::forget`].
    forgot: bool,
}

#[derive(Debug)]
struct Producer {
    epoch: i16,
    batches: VecDeque<Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    first: i32,
    last: i32,
    base_offset: i64,
    timestamp: i64,
}

/// What to do with a batch that carries a producer id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Append,
    /// Written before: answer success with that offset (and its log append time, if the log uses it).
    Duplicate {
        base_offset: i64,
        timestamp: i64,
    },
    Refuse(ResponseError),
}

impl Producers {
    pub(crate) fn judge(&self, batch: &BatchHeader) -> Verdict {
        if batch.producer_id < 0 {
            return Verdict::Append;
        }
        let Some(producer) = self.known.get(&batch.producer_id) else {
            return match batch.base_sequence {
                1.. if self.forgot => Verdict::Refuse(ResponseError::UnknownProducerId),
                _ => Verdict::Append,
            };
        };
        if batch.producer_epoch < producer.epoch {
            return Verdict::Refuse(ResponseError::InvalidProducerEpoch);
        }
        if batch.producer_epoch > producer.epoch {
            return match batch.base_sequence {
                0 => Verdict::Append,
                _ => Verdict::Refuse(ResponseError::OutOfOrderSequenceNumber),
            };
        }
        producer.judge(batch)
    }

    /// Remembers a batch that was appended; also called for each batch found when a log is opened.
    pub(crate) fn remember(&mut self, batch: &BatchHeader, base_offset: i64) {
        if batch.producer_id < 0 || batch.is_control() {
            return;
        }
        let epoch = batch.producer_epoch;
        let producer = self
            .known
            .entry(batch.producer_id)
            .or_insert_with(|| Producer { epoch, batches: VecDeque::new() });
        if epoch != producer.epoch {
            producer.epoch = epoch;
            producer.batches.clear();
        }
        if producer.batches.len() == REMEMBERED {
            producer.batches.pop_front();
        }
        let (first, last) = (batch.base_sequence, batch.last_sequence());
        producer.batches.push_back(Seen { first, last, base_offset, timestamp: batch.max_timestamp });
    }

    /// Forgets everything, as retention did on brokers before 2.5: the next batch meets UNKNOWN_PRODUCER_ID (I10). Later
    /// ones take the batch of a producer that they do not know, whatever its sequence.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.forgot = true;
    }

    /// Per producer: id, epoch, last sequence, timestamp of the last batch. For DescribeProducers and tests.
    pub(crate) fn list(&self) -> Vec<(i64, i16, i32, i64)> {
        let mut list: Vec<_> = self
            .known
            .iter()
            .filter_map(|(id, p)| p.batches.back().map(|b| (*id, p.epoch, b.last, b.timestamp)))
            .collect();
        list.sort_unstable();
        list
    }
}

impl Producer {
    fn judge(&self, batch: &BatchHeader) -> Verdict {
        let (first, last) = (batch.base_sequence, batch.last_sequence());
        if let Some(seen) = self.batches.iter().find(|seen| seen.first == first && seen.last == last) {
            return Verdict::Duplicate { base_offset: seen.base_offset, timestamp: seen.timestamp };
        }
        let expected = self.batches.back().map_or(0, |seen| seen.last.wrapping_add(1) & i32::MAX);
        if first == expected {
            Verdict::Append
        } else {
            Verdict::Refuse(ResponseError::OutOfOrderSequenceNumber)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(producer_id: i64, producer_epoch: i16, base_sequence: i32, count: i32) -> BatchHeader {
        BatchHeader {
            base_offset: 0,
            size: 61,
            leader_epoch: 0,
            magic: 2,
            crc: 0,
            attributes: 0,
            last_offset_delta: count - 1,
            first_timestamp: 0,
            max_timestamp: 0,
            producer_id,
            producer_epoch,
            base_sequence,
            count,
        }
    }

    fn after(history: &[BatchHeader]) -> Producers {
        let mut producers = Producers::default();
        let mut offset = 0;
        for b in history {
            assert_eq!(producers.judge(b), Verdict::Append, "history must be appendable: {b:?}");
            producers.remember(b, offset);
            offset += i64::from(b.count);
        }
        producers
    }

    #[test]
    fn sequence_rules() {
        let five: Vec<_> = (0..7).map(|i| batch(1, 0, i * 10, 10)).collect();
        let duplicate = |base_offset| Verdict::Duplicate { base_offset, timestamp: 0 };
        let refuse = Verdict::Refuse;
        let rows: Vec<(&str, Vec<BatchHeader>, BatchHeader, Verdict)> = vec![
            ("no producer id", vec![], batch(-1, -1, -1, 3), Verdict::Append),
            ("first batch", vec![], batch(1, 0, 0, 3), Verdict::Append),
            ("unknown producer in mid sequence", vec![], batch(1, 0, 7, 3), Verdict::Append),
            ("next batch", vec![batch(1, 0, 0, 3)], batch(1, 0, 3, 1), Verdict::Append),
            (
                "gap",
                vec![batch(1, 0, 0, 3)],
                batch(1, 0, 4, 1),
                refuse(ResponseError::OutOfOrderSequenceNumber),
            ),
            ("same again", vec![batch(1, 0, 0, 3)], batch(1, 0, 0, 3), duplicate(0)),
            ("fifth last again", five.clone(), batch(1, 0, 20, 10), duplicate(20)),
            (
                "sixth last is forgotten",
                five.clone(),
                batch(1, 0, 10, 10),
                refuse(ResponseError::OutOfOrderSequenceNumber),
            ),
            (
                "same start, other length",
                five,
                batch(1, 0, 60, 9),
                refuse(ResponseError::OutOfOrderSequenceNumber),
            ),
            (
                "old epoch",
                vec![batch(1, 3, 0, 1)],
                batch(1, 2, 1, 1),
                refuse(ResponseError::InvalidProducerEpoch),
            ),
            ("new epoch from 0", vec![batch(1, 3, 0, 1)], batch(1, 4, 0, 1), Verdict::Append),
            (
                "new epoch not from 0",
                vec![batch(1, 3, 0, 1)],
                batch(1, 4, 1, 1),
                refuse(ResponseError::OutOfOrderSequenceNumber),
            ),
            ("other producer", vec![batch(1, 0, 0, 3)], batch(2, 0, 0, 3), Verdict::Append),
        ];
        for (name, history, next, expect) in rows {
            assert_eq!(after(&history).judge(&next), expect, "{name}");
        }
    }

    #[test]
    fn sequence_wraps_after_two_to_the_31() {
        let mut producers = Producers::default();
        producers.remember(&batch(1, 0, i32::MAX - 1, 2), 100);
        assert_eq!(producers.judge(&batch(1, 0, 0, 5)), Verdict::Append);
        producers.remember(&batch(1, 0, i32::MAX - 1, 4), 102);
        assert_eq!(producers.judge(&batch(1, 0, 2, 5)), Verdict::Append);
    }

    #[test]
    fn forgotten_state_is_an_unknown_producer() {
        let mut producers = after(&[batch(1, 0, 0, 3)]);
        producers.forget();
        assert_eq!(producers.judge(&batch(1, 0, 3, 1)), Verdict::Refuse(ResponseError::UnknownProducerId));
    }
}
