//! Who is connected, so that a full house makes room: the connection that has been there longest without a request under
//! way gives up its place. Slow or idle clients, however many, thus keep nobody out; who has sent a request keeps its
//! place until the answer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::timed::Phase;

/// How long a newcomer waits for the place of one who was asked to go.
const LEAVING: Duration = Duration::from_secs(1);

/// The connections of a server, oldest first.
pub(crate) struct Crowd {
    places: Arc<Semaphore>,
    present: Mutex<VecDeque<Arc<Visitor>>>,
}

/// One connection.
pub(crate) struct Visitor {
    phase: Phase,
    leave: Notify,
}

/// A place in the crowd, given back when dropped.
pub(crate) struct Place<'a> {
    crowd: &'a Crowd,
    visitor: Arc<Visitor>,
    _permit: OwnedSemaphorePermit,
}

impl Crowd {
    pub(crate) fn new(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), present: Mutex::default() }
    }

    /// A place for a new connection; `None` when all others have requests under way.
    pub(crate) async fn enter(&self, phase: Phase) -> Option<Place<'_>> {
        let permit = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                self.oldest_at_leisure()?.leave.notify_one();
                let place = Arc::clone(&self.places).acquire_owned();
                tokio::time::timeout(LEAVING, place).await.ok()?.ok()?
            }
        };
        let visitor = Arc::new(Visitor { phase, leave: Notify::new() });
        self.present().push_back(Arc::clone(&visitor));
        Some(Place { crowd: self, visitor, _permit: permit })
    }

    /// Taken out of the list, so that the next newcomer asks another one.
    fn oldest_at_leisure(&self) -> Option<Arc<Visitor>> {
        let mut present = self.present();
        let at = present.iter().position(|visitor| !visitor.phase.is_busy())?;
        present.remove(at)
    }

    fn present(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Visitor>>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Whether a request is under way: one may have come between being asked and leaving.
    pub(crate) fn is_busy(&self) -> bool {
        self.visitor.phase.is_busy()
    }

    /// Waits until this connection is asked to make room. May be dropped and called again.
    pub(crate) async fn asked_to_leave(&self) {
        self.visitor.leave.notified().await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.crowd.present().retain(|visitor| !Arc::ptr_eq(visitor, &self.visitor));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_at_leisure_makes_room_and_the_busy_stay() {
        let crowd = Crowd::new(2);
        let busy = Phase::default();
        busy.busy();
        let _first = crowd.enter(busy.clone()).await.unwrap();
        let second = crowd.enter(Phase::default()).await.unwrap();
        let leaving = async {
            second.asked_to_leave().await;
            drop(second);
        };
        let both = async { tokio::join!(crowd.enter(busy.clone()), leaving) };
        let (third, ()) =
            tokio::time::timeout(10 * LEAVING, both).await.expect("the oldest is asked to leave");
        let _third = third.expect("the second one left");
        assert!(crowd.enter(Phase::default()).await.is_none(), "both others are at work");
    }
}
