//! Whose memory a fetched frame is, until its last slice is dropped.
//!
//! The consumer's own budget (`charge.rs`) ends when the application has taken the records. From then on the frame belongs
//! to whoever holds slices of it; an embedder that keeps accounts gets to know of both its beginning and its end.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// An account that fetched frames are entered in: called with the bytes of each, it returns what is dropped when they are
/// free again.
#[derive(Clone)]
pub struct Ledger(Arc<dyn Fn(usize) -> Box<dyn Any + Send + Sync> + Send + Sync>);

impl Ledger {
    /// A ledger that calls `charge` for each frame and drops what it returns with the frame's last slice.
    pub fn new<C: Any + Send + Sync>(charge: impl Fn(usize) -> C + Send + Sync + 'static) -> Self {
        Self(Arc::new(move |bytes| Box::new(charge(bytes))))
    }

    /// The frame, charged for as long as it is held.
    pub(super) fn enter(&self, frame: Bytes) -> Bytes {
        let charge = (self.0)(frame.len());
        Bytes::from_owner(Entered { frame, _charge: charge })
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ledger")
    }
}

struct Entered {
    frame: Bytes,
    _charge: Box<dyn Any + Send + Sync>,
}

impl AsRef<[u8]> for Entered {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}
