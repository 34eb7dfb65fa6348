//! The memory of one consumer, counted by what is really held.
//!
//! ```text
//!            a request        its answer            read to its end, or unpacked
//!  account   [reservation] ─▶ [frame … … … … … … … … … … … … … last slice gone]
//!  unread                     [while a cursor is in it]
//! ```
//! An answer is one piece of memory for all its partitions: the smallest unread slice keeps all of it. So an answer is
//! charged whole, once; slices say nothing about memory. The same holds for what decompression makes of a batch.
//!
//! *Unread* is what waits for the application, bounded by `fetch_budget` and half of the account. The *account*, if there
//! is one, also counts what the application was given and has not let go of, and what others charge to it. Three rules
//! keep its limit:
//! - A request is sent with a reservation for its answer ([`Memory::reserve`]). One who has nothing for the application
//!   and nothing on its way may take whatever is left, and one of whom nobody holds anything may go beyond the limit:
//!   whom it would wait for may wait for it. So each consumer passes the limit by one answer at most, and an answer
//!   is larger than was asked for only by one batch that alone is.
//! - What is buffered of paused partitions is given up when the account is full and there is nothing else: it may stay
//!   for ever, and others must not wait for it. It is fetched again.
//! - A batch is decompressed when the limit is not reached, or when the application holds nothing of ours
//!   ([`Memory::may_unpack`]): what it would wait for is itself.
//!
//! Everything charged is owned by what it was charged for, so no path, and no error, can forget to give it back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::Notify;

use super::account::{Account, Charge};

/// See the head of the module. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    unread: AtomicUsize,
    shared: Option<Arc<Shared>>,
    /// Keeps the hook in the account.
    _hook: Option<Box<dyn std::any::Any + Send + Sync>>,
}

#[derive(Debug)]
struct Shared {
    account: Arc<dyn Account>,
    /// Frames and payloads of this consumer that somebody holds.
    own: AtomicUsize,
    waits: Arc<Waits>,
}

/// Who has to be told of a release. Set before the account is looked at, so that a release in between is not missed.
#[derive(Debug, Default)]
struct Waits {
    /// The engine would send a request.
    fetch: AtomicBool,
    /// The application's thread would open a batch, or would have in its last poll.
    unpack: AtomicBool,
    /// The application's thread waits in a poll.
    polls: AtomicBool,
}

impl Memory {
    /// Memory on `account`. After releases that somebody waited for, `engine` or `application` is woken.
    pub(crate) fn new(
        account: Option<Arc<dyn Account>>,
        engine: &Arc<Notify>,
        application: &Arc<Notify>,
    ) -> Self {
        let Some(account) = account else { return Self::default() };
        let waits = Arc::new(Waits::default());
        let (flags, engine, application) = (waits.clone(), engine.clone(), application.clone());
        let hook = account.on_release(Arc::new(move || {
            if flags.fetch.load(Ordering::SeqCst) {
                engine.notify_one();
            }
            if flags.unpack.load(Ordering::SeqCst) {
                application.notify_waiters();
            }
        }));
        let shared = Arc::new(Shared { account, own: AtomicUsize::new(0), waits });
        Self(Arc::new(Inner { unread: AtomicUsize::new(0), shared: Some(shared), _hook: Some(hook) }))
    }

    /// The limit of the account.
    pub(crate) fn limit(&self) -> Option<usize> {
        Some(self.0.shared.as_ref()?.account.limit())
    }

    /// Whether the account has nothing left.
    pub(crate) fn is_full(&self) -> bool {
        self.0.shared.as_ref().is_some_and(|shared| shared.account.used() >= shared.account.limit())
    }

    /// Bytes that wait for the application.
    pub(crate) fn unread(&self) -> usize {
        self.0.unread.load(Ordering::SeqCst)
    }

    /// Counts `bytes` as unread until the returned value is dropped.
    pub(crate) fn keep(&self, bytes: usize) -> Unread {
        self.0.unread.fetch_add(bytes, Ordering::SeqCst);
        Unread { bytes, memory: self.clone() }
    }

    /// Room for an answer of `share` bytes; less of it if this consumer is `idle`, having nothing for the application and
    /// nothing on its way, down to the answer for one partition (`least`) beyond the limit. `None`: the engine is woken
    /// when something was released.
    pub(crate) fn reserve(&self, share: usize, least: usize, idle: bool) -> Option<Reservation> {
        let Some(shared) = &self.0.shared else { return Some(Reservation { bytes: share, charge: None }) };
        shared.waits.fetch.store(true, Ordering::SeqCst);
        let account = &shared.account;
        let reserved = |bytes, charge| Reservation { bytes, charge: Some((shared.clone(), charge)) };
        let whole = || Some(reserved(share, account.try_charge(share)?));
        let rest = || {
            let left = account.limit().saturating_sub(account.used()).min(share);
            (left > 0).then_some(())?;
            Some(reserved(left, account.try_charge(left)?))
        };
        let beyond = || {
            let least = least.min(share);
            (self.delivered(shared) == 0).then(|| reserved(least, account.charge(least)))
        };
        let room = whole().or_else(|| if idle { rest().or_else(beyond) } else { None });
        if room.is_some() {
            shared.waits.fetch.store(false, Ordering::SeqCst);
        }
        room
    }

    /// Whether a batch may be decompressed now. If not, the application is woken when something was released.
    pub(crate) fn may_unpack(&self) -> bool {
        let Some(shared) = &self.0.shared else { return true };
        shared.waits.unpack.store(true, Ordering::SeqCst);
        let may = shared.account.used() < shared.account.limit() || self.delivered(shared) == 0;
        if may {
            shared.waits.unpack.store(false, Ordering::SeqCst);
        }
        may
    }

    /// What the application was given and holds; a frame or payload that is partly unread is not.
    fn delivered(&self, shared: &Shared) -> usize {
        // In this order: a frame that comes in between seems to be the application's, which only makes us wait for the
        // engine to take it in, and that wakes everyone.
        let unread = self.unread();
        shared.own.load(Ordering::SeqCst).saturating_sub(unread)
    }

    /// The payload, charged with the memory it takes until its last slice is dropped.
    pub(crate) fn enter(&self, payload: Bytes, takes: usize) -> Bytes {
        match &self.0.shared {
            Some(shared) => shared.own(payload, takes, shared.account.charge(takes)),
            None => payload,
        }
    }

    /// The engine looks anew at what it would send.
    pub(crate) fn look_again(&self) {
        if let Some(shared) = &self.0.shared {
            shared.waits.fetch.store(false, Ordering::SeqCst);
        }
    }

    /// The application's thread polls until the returned value is dropped.
    pub(crate) fn polling(&self) -> Polling {
        let waits = self.0.shared.as_ref().map(|shared| shared.waits.clone());
        if let Some(waits) = &waits {
            waits.polls.store(true, Ordering::SeqCst);
            waits.unpack.store(false, Ordering::SeqCst);
        }
        Polling(waits)
    }

    /// When reading waits for somebody to let go of memory. `idle`: there is nothing else that the application could be
    /// given, and nothing comes.
    pub(crate) fn famine(&self, idle: impl FnOnce() -> bool) -> Option<Famine> {
        let shared = self.0.shared.as_ref()?;
        let set = |flag: &AtomicBool| flag.load(Ordering::SeqCst);
        let starves = set(&shared.waits.unpack) || set(&shared.waits.fetch) && idle();
        starves.then(|| Famine {
            delivered: self.delivered(shared),
            used: shared.account.used(),
            limit: shared.account.limit(),
            polled: set(&shared.waits.polls),
        })
    }
}

impl Shared {
    fn own(self: &Arc<Self>, bytes: Bytes, takes: usize, charge: Box<dyn Charge>) -> Bytes {
        self.own.fetch_add(takes, Ordering::SeqCst);
        Bytes::from_owner(Owned { bytes, _own: Own { takes, shared: self.clone() }, _charge: charge })
    }
}

/// Why reading waits.
#[derive(Debug)]
pub(crate) struct Famine {
    /// Bytes that the application was given and holds.
    pub(crate) delivered: usize,
    pub(crate) used: usize,
    pub(crate) limit: usize,
    /// The application is waiting too, and not at work with what it holds.
    pub(crate) polled: bool,
}

/// See [`Memory::polling`].
#[derive(Debug)]
pub(crate) struct Polling(Option<Arc<Waits>>);

impl Drop for Polling {
    fn drop(&mut self) {
        if let Some(waits) = &self.0 {
            waits.polls.store(false, Ordering::SeqCst);
        }
    }
}

/// Some bytes of the unread ones, until dropped.
#[derive(Debug)]
pub(crate) struct Unread {
    bytes: usize,
    memory: Memory,
}

impl Unread {
    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        self.memory.0.unread.fetch_sub(self.bytes, Ordering::SeqCst);
    }
}

/// Room for an answer. It travels with the request: when that ends without an answer, it is given back.
#[derive(Debug)]
pub(crate) struct Reservation {
    bytes: usize,
    charge: Option<(Arc<Shared>, Box<dyn Charge>)>,
}

impl Reservation {
    /// Bytes that may be asked for.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The answer has come: its frame takes the place of the room, for as long as a slice of it is held.
    pub(crate) fn fill(self, frame: Bytes) -> Bytes {
        let Some((shared, mut charge)) = self.charge else { return frame };
        let takes = frame.len();
        charge.resize(takes);
        shared.own(frame, takes, charge)
    }
}

/// A frame or payload with its charge. The own count goes first: a release is told when it is done.
struct Owned {
    bytes: Bytes,
    _own: Own,
    _charge: Box<dyn Charge>,
}

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

struct Own {
    takes: usize,
    shared: Arc<Shared>,
}

impl Drop for Own {
    fn drop(&mut self) {
        self.shared.own.fetch_sub(self.takes, Ordering::SeqCst);
    }
}
