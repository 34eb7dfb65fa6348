//! The task that looks after one producer: starts drivers, gets the producer id, follows leaders, and keeps
//! partitions without a leader until they get one or their records expire (M11).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use kconnect_wire::ErrorCode;
use kconnect_wire::messages::InitProducerIdRequest;

use super::batch::Pid;
use super::core::{Core, closed, lock};
use super::driver;
use super::lane::Effects;
use super::topic::{NO_NODE, PartitionRef};
use crate::logger;
use crate::net::backoff::now;
use crate::net::{Backoff, NodeRef, Purpose, sleep_until};
use crate::scope::Stop;
use crate::{Client, Error};

/// How often topics are marked as used, so that metadata does not forget them (M2).
const KEEP_TOPICS: Duration = Duration::from_secs(60);

type PidRequest = Pin<Box<dyn Future<Output = Result<Pid, Error>> + Send>>;

pub(super) async fn run(core: Arc<Core>, mut stop: Stop) {
    let mut metadata = core.client.metadata().changes();
    let homeless_queue = core.queue(NO_NODE);
    let mut homeless: Vec<PartitionRef> = Vec::new();
    let mut pid_request: Option<PidRequest> = None;
    let mut last_generation = None;
    let mut keep_topics_at = now() + KEEP_TOPICS;
    loop {
        start_drivers(&core);
        if pid_request.is_none() && core.identity.is_wanted() {
            pid_request = Some(Box::pin(init_producer_id(core.client.clone())));
        }
        homeless.append(&mut lock(&homeless_queue.ready));
        let expires = settle_homeless(&core, &mut homeless);
        if last_generation.is_none() && core.abandoned.load(Ordering::Relaxed) {
            last_generation = Some(core.generations.end_present());
        }
        let timer = Some(expires.map_or(keep_topics_at, |at| at.min(keep_topics_at)));
        tokio::select! {
            () = stop.requested() => return,
            () = core.attention.notified() => {}
            () = homeless_queue.wake.notified() => {}
            changed = metadata.next() => {
                if !changed {
                    return core.fail_all(&closed());
                }
                for topic in core.topics() {
                    core.adopt_leaders(&topic);
                }
            }
            outcome = answer(&mut pid_request) => {
                pid_request = None;
                match outcome {
                    Ok(pid) => core.identity.granted(pid),
                    Err(error) => {
                        tracing::error!(target: logger::TRANSACTIONS, %error, "no producer id can be had");
                        core.identity.refused();
                        core.fail_all(&error);
                    }
                }
                core.wake_all();
            }
            () = finished(&core, last_generation) => {
                core.acks.end();
                return core.scope.signal();
            }
            () = sleep_until(timer) => {}
        }
        if now() >= keep_topics_at {
            keep_topics_at = now() + KEEP_TOPICS;
            for topic in core.topics() {
                core.client.metadata().want(&topic.name);
            }
        }
    }
}

fn start_drivers(core: &Arc<Core>) {
    for queue in core.queues() {
        if queue.node != NO_NODE && !queue.has_driver.swap(true, Ordering::Relaxed) {
            core.scope.spawn(|stop| driver::run(core.clone(), queue, stop));
        }
    }
}

/// Hands partitions over that have a leader now, and expires what waits too long. Returns when the next record
/// does.
fn settle_homeless(core: &Arc<Core>, homeless: &mut Vec<PartitionRef>) -> Option<Instant> {
    let mut next = None;
    let mut effects = Effects::default();
    let now = now();
    homeless.retain(|partition| {
        let place = partition.get();
        let mut lane = place.lock();
        if place.node.load(Ordering::Relaxed) != NO_NODE {
            lane.noted = false;
            core.note(&partition.topic, partition.index, &mut lane, false);
            return false;
        }
        let expires =
            core.with_compressor(|compressor| lane.expire(now, &core.rules, compressor, &mut effects));
        core.carry_out(partition, &mut effects);
        lane.noted = lane.queued() > 0;
        next = match (next, expires) {
            (Some(a), Some(b)) => Some(std::cmp::min::<Instant>(a, b)),
            (a, b) => a.or(b),
        };
        lane.noted
    });
    if !homeless.is_empty() {
        core.client.metadata().request_refresh();
    }
    next
}

async fn finished(core: &Core, generation: Option<u64>) {
    match generation {
        Some(generation) => core.generations.finished(generation).await,
        None => std::future::pending().await,
    }
}

async fn answer(request: &mut Option<PidRequest>) -> Result<Pid, Error> {
    match request {
        Some(request) => request.await,
        None => std::future::pending().await,
    }
}

/// Asks any broker for an id until one gives it or refuses for good (I1, I12).
async fn init_producer_id(client: Client) -> Result<Pid, Error> {
    let mut backoff = client.retry_backoff();
    loop {
        let deadline = now() + client.config().request_timeout;
        let asked = client.request_with(&NodeRef::Any, Purpose::Control, None, deadline, |version| {
            let mut request = InitProducerIdRequest {
                transactional_id: None,
                transaction_timeout_ms: i32::MAX,
                ..Default::default()
            };
            if version >= 3 {
                request.producer_id = -1;
                request.producer_epoch = -1;
            }
            Ok(request)
        });
        let error = match asked.await {
            Ok(answer) if answer.error_code == ErrorCode::NONE => {
                return Ok(Pid { id: answer.producer_id, epoch: answer.producer_epoch });
            }
            Ok(answer) => Error::from_code(answer.error_code, "cannot get a producer id"),
            Err(error) => error,
        };
        if !error.is_retriable() {
            return Err(error);
        }
        tracing::debug!(target: logger::TRANSACTIONS, %error, "no producer id yet");
        pause(&mut backoff).await;
    }
}

async fn pause(backoff: &mut Backoff) {
    tokio::time::sleep(backoff.fail()).await;
}
