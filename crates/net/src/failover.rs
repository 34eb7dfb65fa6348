//! Several addresses of one service: the one that answered last is asked first.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::BaseUrl;

/// Addresses of one service, at least one.
#[derive(Debug)]
pub struct Endpoints {
    urls: Vec<BaseUrl>,
    current: AtomicUsize,
}

impl Endpoints {
    /// `None` without addresses. `random` begins with any of them instead of the first.
    #[must_use]
    pub fn new(urls: Vec<BaseUrl>, random: bool) -> Option<Self> {
        let first = if random && !urls.is_empty() { fastrand::usize(..urls.len()) } else { 0 };
        (!urls.is_empty()).then(|| Self { urls, current: AtomicUsize::new(first) })
    }

    /// How many there are.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.urls.len()
    }

    /// The address to ask, and its position for [`Endpoints::failed`].
    #[must_use]
    pub fn current(&self) -> (usize, &BaseUrl) {
        let at = self.current.load(Ordering::Relaxed) % self.urls.len();
        (at, &self.urls[at])
    }

    /// The address at `position` did not answer: the next one is asked, unless somebody moved on already.
    pub fn failed(&self, position: usize) {
        let next = (position + 1) % self.urls.len();
        let _ = self.current.compare_exchange(position, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_address_is_asked_once_one_failed() {
        let urls = ["http://a", "http://b", "http://c"].map(|url| BaseUrl::parse(url).unwrap());
        let endpoints = Endpoints::new(urls.to_vec(), false).unwrap();
        let host = || endpoints.current().1.host().to_owned();
        assert_eq!(host(), "a");
        endpoints.failed(0);
        endpoints.failed(0); // A second caller that was late.
        assert_eq!(host(), "b");
        endpoints.failed(1);
        endpoints.failed(2);
        assert_eq!(host(), "a");
        assert!(Endpoints::new(Vec::new(), true).is_none());
    }
}
