//! Buffers of large answers, used again once nobody reads them any more.
//!
//! An answer with records is read for a while after it came, slice by slice, and in another thread. When the last slice is
//! dropped its buffer comes back here, and the connection reads the next answer into it: memory that is mapped and in the
//! cache already, instead of fresh pages for each megabyte. A connection whose answers are small again keeps none.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::{Bytes, BytesMut};

/// A smaller answer shares its buffer with others, and is soon read.
const LARGE: usize = 64 * 1024;
/// Free buffers of a connection. In the steady state one comes back for each that is taken.
const KEPT: usize = 2;
/// A larger one is not kept: small answers would lie in it, and hold it while they are read.
const LARGEST_KEPT: usize = 8 * 1024 * 1024;

/// The free buffers of one connection.
#[derive(Debug, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<BytesMut>>>);

/// A frame that is being read. Dropping it gives the buffer back, unless the connection is gone.
struct Lent {
    frame: Bytes,
    home: Weak<Mutex<Vec<BytesMut>>>,
}

impl Buffers {
    /// Takes care of a frame that was cut off `inbox`. If the frame is all that was in the buffer, the two part: the
    /// connection goes on with a free buffer, and the frame's comes back later.
    pub(super) fn lend(&self, frame: Bytes, inbox: &mut BytesMut) -> Bytes {
        if frame.len() < LARGE {
            lock(&self.0).clear();
            return frame;
        }
        if !inbox.is_empty() {
            return frame; // What came behind it lies in the same buffer.
        }
        *inbox = lock(&self.0).pop().unwrap_or_default();
        Bytes::from_owner(Lent { frame, home: Arc::downgrade(&self.0) })
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(home) = self.home.upgrade() else { return };
        let Ok(mut buffer) = std::mem::take(&mut self.frame).try_into_mut() else { return };
        buffer.clear();
        let mut free = lock(&home);
        if free.len() < KEPT && buffer.capacity() <= LARGEST_KEPT {
            free.push(buffer);
        }
    }
}

fn lock(free: &Mutex<Vec<BytesMut>>) -> MutexGuard<'_, Vec<BytesMut>> {
    free.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the link reads: into the inbox, and the frame is cut off.
    fn receive(buffers: &Buffers, inbox: &mut BytesMut, len: usize) -> Bytes {
        inbox.reserve(len + 4);
        inbox.extend_from_slice(&[0; 4]);
        inbox.resize(len + 4, 7);
        let frame = inbox.split_to(len + 4).freeze().slice(4..);
        buffers.lend(frame, inbox)
    }

    #[test]
    fn the_buffer_of_an_answer_is_used_again_when_its_last_slice_is_dropped() {
        let (buffers, mut inbox) = (Buffers::default(), BytesMut::new());
        let first = receive(&buffers, &mut inbox, 1 << 20);
        let place = first.as_ptr();
        let slice = first.slice(500..600);
        drop(first);
        let second = receive(&buffers, &mut inbox, 1 << 20);
        assert_ne!(second.as_ptr(), place, "a slice of the first is still read");
        drop(slice);
        let third = receive(&buffers, &mut inbox, 1 << 20);
        // The inbox was left with the buffer that was free when the second was lent: none.
        assert_ne!(third.as_ptr(), place);
        let fourth = receive(&buffers, &mut inbox, 1 << 20);
        assert_eq!(fourth.as_ptr(), place);
        assert!(fourth.iter().all(|&byte| byte == 7));
    }

    #[test]
    fn no_more_than_some_are_kept_and_none_when_answers_are_small_again() {
        let (buffers, mut inbox) = (Buffers::default(), BytesMut::new());
        let frames: Vec<_> = (0..5).map(|_| receive(&buffers, &mut inbox, LARGE)).collect();
        drop(frames);
        assert_eq!(lock(&buffers.0).len(), KEPT);
        drop(receive(&buffers, &mut inbox, 100));
        assert_eq!(lock(&buffers.0).len(), 0);
        inbox = BytesMut::new();
        drop(receive(&buffers, &mut inbox, LARGEST_KEPT + 1));
        assert_eq!(lock(&buffers.0).len(), 0, "too large for what comes next");
    }

    #[test]
    fn a_frame_outlives_its_connection() {
        let (buffers, mut inbox) = (Buffers::default(), BytesMut::new());
        let frame = receive(&buffers, &mut inbox, LARGE);
        drop((buffers, inbox));
        assert_eq!((frame.len(), frame[LARGE - 1]), (LARGE, 7));
    }
}
