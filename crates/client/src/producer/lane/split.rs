//! Halving a batch that the broker finds too large.

use kconnect_wire::compress::Compressor;
use kconnect_wire::records::SealedBatch;

use super::{Effects, Failure, Lane, Slot, advance};
use crate::producer::batch::{Batch, BatchId, Tail};

impl Lane {
    /// Halves a batch that the broker finds too large (P2); the halves keep its sequences in order (I15).
    pub(super) fn split(
        &mut self,
        batch: Batch,
        failure: Failure,
        compressor: &mut Compressor,
        effects: &mut Effects,
    ) {
        let halves = batch.sealed.split(compressor, &mut Default::default());
        let Ok(Some((left, right))) = halves else {
            return self.give_up(batch, failure, effects);
        };
        let charged = left.len() + right.len();
        effects.split.push((batch.tail.generation, charged));
        let place = self.place_of(batch.tail.id);
        let (left, right) = self.halves(batch, left, right, effects);
        if let Some(slot) = self.order.get_mut(place) {
            slot.id = left.tail.id;
            self.order.insert(place + 1, Slot { id: right.tail.id, result: None });
        }
        self.requeue(left);
        self.requeue(right);
    }

    pub(super) fn halves(
        &mut self,
        mut batch: Batch,
        left: SealedBatch,
        right: SealedBatch,
        effects: &mut Effects,
    ) -> (Batch, Batch) {
        let middle = left.record_count();
        let tail = |id, cookies, waiters, charged| Tail {
            id,
            cookies,
            waiters,
            charged,
            opened: batch.tail.opened,
            generation: batch.tail.generation,
        };
        let mut ids = [self.next_id, self.next_id + 1].map(BatchId).into_iter();
        self.next_id += 2;
        let mut take_id = || ids.next().expect("two halves have two ids");
        // A batch that was appended whole has one cookie for all its records: the last half carries it.
        let mut cookies = std::mem::take(&mut batch.tail.cookies);
        let whole = cookies.len() < batch.sealed.record_count() as usize;
        let right_cookies = cookies.split_off(if whole { 0 } else { middle as usize });
        let (left_waiters, right_waiters): (Vec<_>, Vec<_>) =
            std::mem::take(&mut batch.tail.waiters).into_iter().partition(|waiter| waiter.index < middle);
        let right_waiters = right_waiters
            .into_iter()
            .map(|waiter| crate::producer::ack::Waiter { index: waiter.index - middle, reply: waiter.reply });
        let left_tail = tail(take_id(), cookies, left_waiters, left.len());
        let right_tail = tail(take_id(), right_cookies, right_waiters.collect(), right.len());
        let mut left = Batch { attempts: batch.attempts, ..Batch::new(left, left_tail) };
        let mut right = Batch { attempts: batch.attempts, ..Batch::new(right, right_tail) };
        if let Some(base) = batch.sequence {
            left.sequence = Some(base);
            right.sequence = Some(advance(base, middle));
            if let Some(at) = self.assigned.iter().position(|id| *id == batch.tail.id) {
                self.assigned[at] = left.tail.id;
                self.assigned.insert(at + 1, right.tail.id);
            }
        }
        effects.spent.push(batch);
        (left, right)
    }
}
