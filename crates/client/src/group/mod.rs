//! Classic consumer groups: membership, heartbeats and rebalances for any protocol type.
//!
//! The engine keeps one member in one group. It knows nothing of what the group shares out: the protocols a
//! member offers, their metadata and the shares are bytes of the owner. The consumer is one owner (protocol type
//! `consumer`), a Connect worker another (`connect`).
//!
//! ```text
//! owner ◀── GroupEvent ── engine task ── requests ──▶ coordinator
//!   ╰── answers by value (Prepare::ready, Divide::share_out), GroupHandle ──▶
//! ```
//! Nothing is called back: the engine says what it needs as a [`GroupEvent`], goes on with heartbeats, and
//! proceeds when the owner answers. If it never does, the coordinator ends the round by its timeout and a new one
//! begins. What the member decides is in `core.rs`, pure;
//! what goes over the network is in `run.rs`. The next-generation protocol (KIP-848) will sit beside this
//! module and give the same events.

mod assignor;
mod core;
mod run;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use kconnect_wire::ErrorCode;
use tokio::sync::{Notify, mpsc, oneshot, watch};

pub use self::assignor::Assignor;
pub(crate) use self::assignor::Member;
pub use self::core::GroupMember;
use crate::net::backoff::now;
use crate::scope::Scope;
use crate::{Client, Error, ErrorKind};

/// Events that may wait for the owner. A round makes at most Lost, Prepare, Divide and Joined before the owner's
/// answer is needed for the next, so this is never reached by an owner that looks at all.
const EVENTS: usize = 32;
const COMMANDS: usize = 64;

/// Settings of a member.
#[derive(Debug, Clone)]
pub struct GroupConfig {
    /// The group.
    pub group_id: Arc<str>,
    /// Makes the member static (KIP-345).
    pub group_instance_id: Option<Arc<str>>,
    /// What the members agree on: `consumer`, `connect`.
    pub protocol_type: Arc<str>,
    /// The coordinator gives the member up after this time without a heartbeat.
    pub session_timeout: Duration,
    /// Distance of heartbeats; at most a third of the session timeout is sensible.
    pub heartbeat_interval: Duration,
    /// How long a rebalance waits for this member.
    pub rebalance_timeout: Duration,
    /// Longest absence of the application from [`GroupHandle::enter_poll`]; `None` when it need not poll.
    pub poll_interval_max: Option<Duration>,
}

/// Who we are in the group at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Given by the coordinator; empty before the first join.
    pub member_id: String,
    /// The round of the group, [`Membership::NO_GENERATION`] outside of one.
    pub generation: i32,
}

impl Membership {
    /// Generation of who is not in a group.
    pub const NO_GENERATION: i32 = -1;

    pub(crate) fn none() -> Self {
        Membership { member_id: String::new(), generation: Self::NO_GENERATION }
    }

    /// Whether the coordinator counts on us.
    pub fn is_member(&self) -> bool {
        self.generation != Self::NO_GENERATION
    }
}

/// What the engine tells its owner, in order.
#[derive(Debug)]
#[non_exhaustive]
pub enum GroupEvent {
    /// A round begins: let go of what must not be worked on by two members, then answer. Heartbeats go on.
    Prepare(Prepare),
    /// This member leads the round: divide the work.
    Divide(Divide),
    /// The round is over and this is our share.
    Joined(Joined),
    /// The coordinator does not count on us any more: others may already do our work. A new round is under way.
    Lost(LostReason),
    /// The engine cannot go on until [`GroupHandle::rejoin`].
    Failed(Error),
}

/// Why a membership was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LostReason {
    /// The coordinator does not know the member id (25).
    UnknownMember,
    /// The group went on to another generation without us (22).
    IllegalGeneration,
    /// No heartbeat was answered within the session timeout.
    SessionExpired,
    /// The application did not poll within `max.poll.interval.ms`.
    PollIntervalExceeded,
    /// The group refuses this member; a [`GroupEvent::Failed`] says why.
    Fatal,
}

/// The question what this member offers. Unanswered, the coordinator gives the member up after the rebalance
/// timeout and it is asked again.
#[derive(Debug)]
pub struct Prepare {
    ticket: u64,
    commands: mpsc::Sender<Command>,
}

impl Prepare {
    /// Everything is let go; join with these protocols, the preferred one first. A later `Prepare` makes this
    /// answer void.
    pub fn ready(self, protocols: Vec<(String, Bytes)>) {
        let _ = self.commands.try_send(Command::Ready { ticket: self.ticket, protocols });
    }
}

/// The leader's task. Unanswered, the coordinator ends the round after the rebalance timeout.
#[derive(Debug)]
pub struct Divide {
    /// The protocol that all members know.
    pub protocol: String,
    /// The members with what they offered under it.
    pub members: Vec<GroupMember>,
    attempt: u64,
    commands: mpsc::Sender<Command>,
}

impl Divide {
    /// Gives each member id its share. A member that is left out gets no bytes.
    pub fn share_out(self, shares: Vec<(String, Bytes)>) {
        let _ = self.commands.try_send(Command::Divided { attempt: self.attempt, shares: Ok(shares) });
    }

    /// The work cannot be divided; the engine fails with this error.
    pub fn fail(self, error: Error) {
        let _ = self.commands.try_send(Command::Divided { attempt: self.attempt, shares: Err(error) });
    }
}

/// The end of a round.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Who we are from now on.
    pub membership: Membership,
    /// Who divided the work.
    pub leader_id: String,
    /// The protocol that was chosen.
    pub protocol: String,
    /// Our share, as the leader wrote it.
    pub share: Bytes,
}

impl Joined {
    /// Whether this member divided the work, and has to watch for changes that call for a new round.
    pub fn is_leader(&self) -> bool {
        self.membership.member_id == self.leader_id
    }
}

/// What the loop is told.
#[derive(Debug)]
pub(crate) enum Command {
    Ready { ticket: u64, protocols: Vec<(String, Bytes)> },
    Divided { attempt: u64, shares: Result<Vec<(String, Bytes)>, Error> },
    Rejoin,
    Refused { membership: Membership, code: ErrorCode },
    Leave { even_static: bool, deadline: Instant, done: oneshot::Sender<()> },
}

/// Where the engine is, for those who have to wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupStatus {
    /// Who we are.
    pub membership: Membership,
    /// Between join and sync: commits have to wait (G14).
    pub is_rejoining: bool,
}

/// A member of a group, with its task. Dropping it stops the task without leaving the group.
#[derive(Debug)]
pub struct GroupEngine {
    handle: GroupHandle,
    events: mpsc::Receiver<GroupEvent>,
    _scope: Scope,
}

/// Talks to the engine from anywhere.
#[derive(Debug, Clone)]
pub struct GroupHandle {
    commands: mpsc::Sender<Command>,
    status: watch::Receiver<GroupStatus>,
    polls: Arc<Polls>,
}

impl GroupEngine {
    /// Starts to join. The first event is a [`GroupEvent::Prepare`].
    pub fn start(client: &Client, config: GroupConfig) -> Self {
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let (outbox, events) = mpsc::channel(EVENTS);
        let (status_writer, status) =
            watch::channel(GroupStatus { membership: Membership::none(), is_rejoining: false });
        let polls = Arc::new(Polls::new());
        let scope = Scope::new();
        let run =
            run::Run::new(client.clone(), config, commands.downgrade(), outbox, status_writer, polls.clone());
        scope.spawn(|stop| run.run(inbox, stop));
        GroupEngine { handle: GroupHandle { commands, status, polls }, events, _scope: scope }
    }

    /// The next event; `None` after [`GroupHandle::leave`]. May be dropped and called again.
    pub async fn next_event(&mut self) -> Option<GroupEvent> {
        self.events.recv().await
    }

    /// A handle to this member.
    pub fn handle(&self) -> &GroupHandle {
        &self.handle
    }
}

impl GroupHandle {
    /// Who we are and whether a round is under way.
    pub fn status(&self) -> GroupStatus {
        self.status.borrow().clone()
    }

    /// Wakes on changes of the status.
    pub fn watch(&self) -> watch::Receiver<GroupStatus> {
        self.status.clone()
    }

    /// Asks for a new round: this member offers something else, or (leader) what is shared out has changed.
    pub fn rejoin(&self) {
        // A full queue holds commands that lead to a round anyway.
        let _ = self.commands.try_send(Command::Rejoin);
    }

    /// Tells that the coordinator refused `membership` in a request of the owner (a commit, say) with `code`.
    pub fn refused(&self, membership: Membership, code: ErrorCode) {
        let _ = self.commands.try_send(Command::Refused { membership, code });
    }

    /// Leaves the group, so that the others need not wait for the session timeout. A static member stays unless
    /// `even_static` (G10). Best effort, done at the deadline at the latest.
    pub async fn leave(&self, even_static: bool, deadline: Instant) {
        let (done, left) = oneshot::channel();
        if self.commands.send(Command::Leave { even_static, deadline, done }).await.is_ok() {
            let _ = tokio::time::timeout_at(deadline.into(), left).await;
        }
    }

    /// The application is back; while the returned value lives it counts as polling.
    pub fn enter_poll(&self) -> Polling {
        self.polls.inside.store(true, Ordering::Relaxed);
        if self.polls.awaited.load(Ordering::Relaxed) {
            self.polls.wake.notify_one();
        }
        Polling(self.polls.clone())
    }
}

/// The application is inside of a poll.
#[derive(Debug)]
pub struct Polling(Arc<Polls>);

impl Drop for Polling {
    fn drop(&mut self) {
        self.0.left_ms.store(self.0.since_start(), Ordering::Relaxed);
        self.0.inside.store(false, Ordering::Relaxed);
    }
}

/// When the application polled last, written by its thread and read by the engine when a deadline is near.
#[derive(Debug)]
pub(crate) struct Polls {
    start: Instant,
    left_ms: AtomicU64,
    inside: AtomicBool,
    /// The member is suspended: the engine has to hear of the next poll at once.
    awaited: AtomicBool,
    wake: Notify,
}

impl Polls {
    fn new() -> Self {
        Polls {
            start: now(),
            left_ms: AtomicU64::new(0),
            inside: AtomicBool::new(false),
            awaited: AtomicBool::new(false),
            wake: Notify::new(),
        }
    }

    fn since_start(&self) -> u64 {
        u64::try_from(now().saturating_duration_since(self.start).as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether a poll is under way, and when the last one ended.
    fn look(&self) -> (bool, Instant) {
        let left = Duration::from_millis(self.left_ms.load(Ordering::Relaxed));
        (self.inside.load(Ordering::Relaxed), self.start + left)
    }
}

/// An error of the group, with the words of what the user can do.
fn group_error(code: ErrorCode, group: &str) -> Error {
    match code {
        ErrorCode::FENCED_INSTANCE_ID => Error::with_code(
            ErrorKind::Fenced,
            code,
            format!("another member of group {group} uses the same group.instance.id"),
        ),
        ErrorCode::INCONSISTENT_GROUP_PROTOCOL => Error::with_code(
            ErrorKind::Rejected,
            code,
            format!(
                "group {group} has members of another protocol type or without a common assignment strategy"
            ),
        ),
        ErrorCode::INVALID_SESSION_TIMEOUT => Error::with_code(
            ErrorKind::Config,
            code,
            format!("session.timeout.ms is outside of what the broker allows for group {group}"),
        ),
        ErrorCode::GROUP_MAX_SIZE_REACHED => {
            Error::with_code(ErrorKind::Rejected, code, format!("group {group} takes no more members"))
        }
        code => Error::from_code(code, format!("joining group {group}")),
    }
}
