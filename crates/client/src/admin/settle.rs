//! Asking about several items until each is settled: the one retry loop of this module.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use kconnect_wire::ErrorCode;

use super::PerItem;
use crate::net::backoff::now;
use crate::{Client, Error, ErrorKind};

/// Why a broker did not do what was asked for one item.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) code: ErrorCode,
    /// The broker's own words.
    pub(super) text: Option<String>,
    /// Asking again is pointless although the code allows it in general.
    pub(super) is_final: bool,
}

impl Refusal {
    pub(super) fn check(code: ErrorCode, text: Option<String>) -> Result<(), Refusal> {
        code.check().map_err(|code| Refusal { code, text, is_final: false })
    }

    pub(super) fn into_error(self, attempted: &str) -> Error {
        match self.text.filter(|text| !text.is_empty()) {
            Some(text) => Error::from_code(self.code, format!("{attempted}: {text}")),
            None => Error::from_code(self.code, attempted),
        }
    }
}

/// What one request brought: results by item, and how long the broker wants us to wait (A6).
pub(super) struct Answer<K, T> {
    pub(super) items: Vec<(K, Result<T, Refusal>)>,
    pub(super) throttle: Duration,
}

impl<K, T> Answer<K, T> {
    pub(super) fn new(throttle_ms: i32, items: Vec<(K, Result<T, Refusal>)>) -> Self {
        Answer { items, throttle: Duration::from_millis(u64::try_from(throttle_ms).unwrap_or(0)) }
    }
}

/// Asks for `open` items until each is done, refused for good, or the deadline passes. `ask` gets the items
/// that are left and whether an earlier attempt may have been carried out without our knowing.
pub(super) async fn settle<K, I, T, F>(
    client: &Client,
    mut open: BTreeMap<K, I>,
    deadline: Instant,
    attempted: impl Fn(&K) -> String,
    ask: impl Fn(BTreeMap<K, I>, bool) -> F,
) -> PerItem<K, T>
where
    K: Ord + Clone,
    I: Clone,
    F: Future<Output = Result<Answer<K, T>, Error>>,
{
    let mut done = PerItem::new();
    let mut backoff = client.retry_backoff();
    let mut in_doubt = false;
    while !open.is_empty() {
        let mut last: BTreeMap<K, Error> = BTreeMap::new();
        let mut wait_until = now();
        match ask(open.clone(), in_doubt).await {
            Ok(answer) => {
                for (key, result) in answer.items {
                    match result {
                        Err(refusal) if refusal.code.is_retriable() && !refusal.is_final => {
                            in_doubt |= refusal.code == ErrorCode::REQUEST_TIMED_OUT;
                            if refusal.code == ErrorCode::THROTTLING_QUOTA_EXCEEDED {
                                wait_until = now() + answer.throttle;
                            }
                            last.insert(key.clone(), refusal.into_error(&attempted(&key)));
                        }
                        result => {
                            if open.remove(&key).is_some() {
                                let result = result.map_err(|refusal| refusal.into_error(&attempted(&key)));
                                done.insert(key, result);
                            }
                        }
                    }
                }
            }
            Err(error) if error.is_retriable() => {
                in_doubt = true;
                last.extend(open.keys().map(|key| (key.clone(), error.clone())));
            }
            Err(error) => {
                done.extend(std::mem::take(&mut open).into_keys().map(|key| (key, Err(error.clone()))));
            }
        }
        if open.is_empty() {
            break;
        }
        client.metadata().request_refresh();
        if wait_until > now() && wait_until < deadline {
            tokio::time::sleep_until(wait_until.into()).await;
        } else if !backoff.wait(deadline).await {
            for key in std::mem::take(&mut open).into_keys() {
                let late =
                    || Error::new(ErrorKind::Timeout, format!("{}: no answer in time", attempted(&key)));
                let error = last.remove(&key).unwrap_or_else(late);
                done.insert(key, Err(error));
            }
        }
    }
    done
}
