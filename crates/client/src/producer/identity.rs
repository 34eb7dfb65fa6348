//! Who the producer is to the brokers: nobody, or a producer id and epoch.
//!
//! An idempotent producer gets an id before its first batch (I1) and a higher epoch when sequences must start
//! again (I7). Transactions will add their states here; what lanes ask, [`Identity::pid`], stays.

use std::sync::{Mutex, MutexGuard};

use super::batch::Pid;

pub(crate) struct Identity(Mutex<State>);

#[derive(Debug)]
enum State {
    /// No idempotence: batches carry no id.
    Plain,
    /// An id is needed and not there yet.
    Wanted,
    /// Batches may be sent.
    Ready(Pid),
    /// No id can be had (I12).
    Refused,
}

impl Identity {
    pub(crate) fn new(idempotent: bool) -> Self {
        Self(Mutex::new(if idempotent { State::Wanted } else { State::Plain }))
    }

    /// The present id and epoch, `None` while there is none.
    pub(crate) fn pid(&self) -> Option<Pid> {
        match *self.lock() {
            State::Ready(pid) => Some(pid),
            _ => None,
        }
    }

    /// Whether somebody must ask a broker for an id.
    pub(crate) fn is_wanted(&self) -> bool {
        matches!(*self.lock(), State::Wanted)
    }

    /// A broker gave an id.
    pub(crate) fn granted(&self, pid: Pid) {
        *self.lock() = State::Ready(pid);
    }

    /// A broker refused to give one, for good.
    pub(crate) fn refused(&self) {
        *self.lock() = State::Refused;
    }

    /// Leaves the life `old`. Many lanes may ask; only the first one changes anything. The epoch goes up without
    /// asking a broker; when there is no higher one, a new id is needed. Returns what is valid now.
    pub(crate) fn bump(&self, old: Pid) -> Option<Pid> {
        let mut state = self.lock();
        if let State::Ready(pid) = *state
            && pid == old
        {
            *state = match pid.epoch.checked_add(1) {
                // The broker keeps the highest epoch for itself when it hands out ids.
                Some(epoch) if epoch < i16::MAX => State::Ready(Pid { epoch, ..pid }),
                _ => State::Wanted,
            };
        }
        match *state {
            State::Ready(pid) => Some(pid),
            _ => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nothing panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i7_the_epoch_goes_up_once_for_all_who_ask_and_the_last_one_needs_a_new_id() {
        let identity = Identity::new(true);
        assert!(identity.is_wanted() && identity.pid().is_none());
        let first = Pid { id: 7, epoch: 0 };
        identity.granted(first);
        let second = Pid { id: 7, epoch: 1 };
        assert_eq!(identity.bump(first), Some(second));
        assert_eq!(identity.bump(first), Some(second), "another lane that left the same life");
        let last = Pid { id: 7, epoch: i16::MAX - 1 };
        identity.granted(last);
        assert_eq!(identity.bump(last), None);
        assert!(identity.is_wanted());
    }
}
