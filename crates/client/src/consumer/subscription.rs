//! What a consumer wants to read: topics by name, or by a predicate over names.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The topics of a member of a group.
#[derive(Debug, Clone)]
pub enum Subscription {
    /// Exactly these.
    Topics(BTreeSet<Arc<str>>),
    /// All that match, now and later.
    Pattern(TopicPattern),
}

/// A compiled predicate over topic names. What language the pattern was written in is the caller's business.
#[derive(Clone)]
pub struct TopicPattern {
    text: Arc<str>,
    matches: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl TopicPattern {
    /// `text` is for logs; `matches` is asked for each topic of the cluster whenever topics come or go.
    pub fn new(text: impl Into<Arc<str>>, matches: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        TopicPattern { text: text.into(), matches: Arc::new(matches) }
    }

    /// Whether a topic is wanted.
    pub fn is_match(&self, topic: &str) -> bool {
        (self.matches)(topic)
    }
}

impl fmt::Debug for TopicPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TopicPattern").field(&self.text).finish()
    }
}

impl From<TopicPattern> for Subscription {
    fn from(pattern: TopicPattern) -> Self {
        Subscription::Pattern(pattern)
    }
}

impl<T: Into<Arc<str>>> FromIterator<T> for Subscription {
    fn from_iter<I: IntoIterator<Item = T>>(topics: I) -> Self {
        Subscription::Topics(topics.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Arc<str>>> From<Vec<T>> for Subscription {
    fn from(topics: Vec<T>) -> Self {
        topics.into_iter().collect()
    }
}

impl<T: Into<Arc<str>>, const N: usize> From<[T; N]> for Subscription {
    fn from(topics: [T; N]) -> Self {
        topics.into_iter().collect()
    }
}
