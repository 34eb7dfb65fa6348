//! A sink task's consumer, which leaves its group however the task ends.
//!
//! Tasks are static members, so that a successor after a crash replaces them at once. But one that is gone for good would
//! keep its partitions, and the group its offsets, until its session times out (45 s). So a consumer leaves when it is
//! closed or dropped (a task that panics, or did not stop in time, cannot say good-bye itself), unless the same task is
//! about to start again: then [`Return`] is set, and it is replaced without a rebalance. A member that was replaced
//! meanwhile is fenced by the broker and takes nobody else out; [`Member::replaced`] finds out by whom.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kconnect_api::{Exception, Props, TaskId};
use kconnect_client::admin::{Admin, GroupMemberDescription};
use kconnect_client::consumer::Consumer;
use kconnect_client::{Client, Error};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::failure::client_exception;
use super::io;

/// How long the good-bye may take.
const LEAVE: Duration = Duration::from_secs(5);
/// How long the coordinator is asked who took a place; the task fails with the answer or without.
const ASK: Duration = Duration::from_secs(3);

/// Whether a task that is stopped comes back soon; clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Return(Arc<AtomicBool>);

impl Return {
    pub(crate) fn expect(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Good-byes under way, so that a worker does not end while one is said; clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct GoodByes(watch::Sender<usize>);

impl GoodByes {
    /// Counts until it is dropped.
    fn begin(&self) -> GoodBye {
        self.0.send_modify(|under_way| *under_way += 1);
        GoodBye(self.clone())
    }

    /// Waits until all are said, as long as one may take.
    pub(crate) async fn said(&self) {
        let mut under_way = self.0.subscribe();
        let _ = timeout(LEAVE, under_way.wait_for(|under_way| *under_way == 0)).await;
    }
}

struct GoodBye(GoodByes);

impl Drop for GoodBye {
    fn drop(&mut self) {
        self.0.0.send_modify(|under_way| *under_way -= 1);
    }
}

/// A place in a group, as the settings of a sink's consumer name it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    task: TaskId,
    group: String,
    instance: String,
}

impl Place {
    pub(crate) fn new(task: &TaskId, consumer: &Props) -> Self {
        let setting = |key: &str| consumer.get(key).cloned().unwrap_or_default();
        Self { task: task.clone(), group: setting("group.id"), instance: setting("group.instance.id") }
    }

    /// What a user has to know of the member that has the place now, if it could be found.
    fn taken_by(&self, other: Option<&GroupMemberDescription>) -> String {
        let Self { task, group, instance } = self;
        let other = other.map_or_else(
            || "another member".to_owned(),
            |m| format!("member {} (client.id {}, from {})", m.member_id, m.client_id, m.host),
        );
        format!(
            "task {task} lost its place in group {group}: {other} joined with the same group.instance.id {instance}. \
             Another worker runs a connector of this name; it goes on from the last committed offsets, and this task \
             writes nothing more. Remove one of the two connectors or give it another name, so that each gets all \
             records; or give one consumer.override.group.instance.id, so that they share the partitions"
        )
    }
}

/// A consumer that is closed when dropped.
pub(crate) struct Member {
    consumer: Option<Consumer>,
    client: Client,
    io: Handle,
    place: Place,
    comes_back: Return,
    good_byes: GoodByes,
}

impl Member {
    pub(crate) fn new(
        consumer: Consumer,
        client: Client,
        io: Handle,
        place: Place,
        comes_back: Return,
        good_byes: GoodByes,
    ) -> Self {
        Self { consumer: Some(consumer), client, io, place, comes_back, good_byes }
    }

    /// The failure of a task whose consumer was fenced: names who has its place now, and what to do.
    pub(crate) async fn replaced(&self, error: &Error) -> Exception {
        let (client, group) = (self.client.clone(), self.place.group.clone());
        let described = io::on(&self.io, async move {
            Admin::new(&client).describe_groups(vec![group], Instant::now() + ASK).await
        });
        let members = described.await.into_values().filter_map(Result::ok).flat_map(|group| group.members);
        let instance = &*self.place.instance;
        let other = members.into_iter().find(|member| member.instance_id.as_deref() == Some(instance));
        Exception::connect(self.place.taken_by(other.as_ref())).caused_by(client_exception(error))
    }

    /// Says good-bye and waits for that; it goes on if nobody waits any more.
    pub(crate) async fn close(mut self) {
        if let Some(consumer) = self.consumer.take() {
            let _ = self.good_bye(consumer).await;
        }
    }

    fn good_bye(&self, consumer: Consumer) -> JoinHandle<()> {
        let comes_back = self.comes_back.0.load(Ordering::Acquire);
        let under_way = self.good_byes.begin();
        self.io.spawn(async move {
            let _under_way = under_way;
            match comes_back {
                true => consumer.close(LEAVE).await,
                false => consumer.leave(LEAVE).await,
            }
        })
    }
}

impl Deref for Member {
    type Target = Consumer;
    fn deref(&self) -> &Consumer {
        self.consumer.as_ref().expect("only `close` and `drop` take it, which both end this")
    }
}

impl DerefMut for Member {
    fn deref_mut(&mut self) -> &mut Consumer {
        self.consumer.as_mut().expect("only `close` and `drop` take it, which both end this")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(consumer) = self.consumer.take() {
            self.good_bye(consumer);
        }
    }
}
