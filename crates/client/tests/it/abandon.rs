//! Cancel safety: a public future that is dropped after any number of polls leaves nothing stuck and nothing lost.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll as Progress;
use std::time::Duration;

use kconnect_broker::Broker;
use kconnect_client::admin::{Admin, CreateMode, NewTopic};
use kconnect_client::consumer::Poll;

use crate::consumer_support::*;
use crate::support::{producer, within};

/// Polls `future` at most `polls` times, then drops it where it stands. Whether it was ready.
async fn abandon<F: Future>(polls: usize, future: F) -> bool {
    let (mut future, mut left) = (Box::pin(future), polls);
    std::future::poll_fn(move |cx| {
        if left == 0 {
            return Progress::Ready(false);
        }
        left -= 1;
        let done = Pin::new(&mut future).poll(cx).is_ready();
        // The last poll is the end, whether or not anything would wake us.
        if done || left == 0 { Progress::Ready(done) } else { Progress::Pending }
    })
    .await
}

/// Abandons what `make` makes after 0, 1, 2… polls until it once runs to its end.
async fn at_every_await<F: Future>(what: &str, mut make: impl FnMut() -> F) {
    for polls in 0..1_000 {
        if within(what, abandon(polls, make())).await {
            return;
        }
    }
    panic!("{what}: never ready");
}

#[tokio::test]
async fn an_abandoned_poll_loses_no_record() {
    let (_broker, client) = cluster(1, 2).await;
    for p in 0..2 {
        fill(&client, "t", p, 0, 2_000).await;
    }
    let mut consumer = assigned(&client, config(), &[tp("t", 0), tp("t", 1)]).await;
    let mut log = Log::default();
    let mut polls = 0;
    while log.count() < 4_000 {
        polls = polls % 5 + 1;
        let mut found = Vec::new();
        let wait = async {
            if let Poll::Records(batches) = consumer.poll(Duration::from_secs(1)).await.unwrap() {
                found = batches;
            }
        };
        within("records", abandon(polls, wait)).await;
        found.iter().for_each(|batch| log.take(batch));
        tokio::task::yield_now().await;
    }
    log.assert_exactly(2, 0..2_000);
}

#[tokio::test]
async fn abandoned_questions_leave_the_consumer_as_it_was() {
    let (_broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 100).await;
    let mut consumer = assigned(&client, group_config("g"), &[tp("t", 0)]).await;
    let all = [tp("t", 0)];
    at_every_await("position", || consumer.position(&all[0], deadline())).await;
    at_every_await("bounds", || consumer.beginning_offsets(&all, deadline())).await;
    at_every_await("bounds", || consumer.end_offsets(&all, deadline())).await;
    at_every_await("assign", || consumer.assign(all.to_vec())).await;
    at_every_await("committed", || consumer.committed(&all, deadline())).await;
    let mut log = Log::default();
    read(&mut consumer, &mut log, 100).await;
    at_every_await("commit", || consumer.commit_positions(deadline())).await;
    let stored = consumer.committed(&all, deadline()).await.unwrap();
    assert_eq!(stored[&all[0]].offset, 100);
    consumer.close(PATIENCE).await;
    log.assert_exactly(1, 0..100);
}

#[tokio::test]
async fn an_abandoned_subscription_joins_all_the_same_or_not_at_all() {
    let (_broker, client) = cluster(1, 2).await;
    let mut consumer = kconnect_client::consumer::Consumer::start(&client, group_config("g")).unwrap();
    at_every_await("subscribe", || consumer.subscribe(["t"])).await;
    await_assignment(&mut consumer, 2).await;
    at_every_await("unsubscribe", || consumer.unsubscribe()).await;
    await_assignment(&mut consumer, 0).await;
    consumer.subscribe(["t"]).await.unwrap();
    await_assignment(&mut consumer, 2).await;
    abandon(2, consumer.close(PATIENCE)).await;
    // Whoever comes next is not kept waiting for the one that was dropped while it left.
    let mut next = kconnect_client::consumer::Consumer::start(&client, group_config("g")).unwrap();
    next.subscribe(["t"]).await.unwrap();
    await_assignment(&mut next, 2).await;
}

#[tokio::test]
async fn abandoned_calls_of_producer_and_admin_leave_nothing_stuck() {
    let broker = Broker::builder().start().await.unwrap();
    let client = client(&broker.bootstrap());
    let admin = Admin::new(&client);
    at_every_await("create", || {
        admin.create_topics(
            vec![NewTopic::new("t").partitions(1).replication(1)],
            CreateMode::New,
            deadline(),
        )
    })
    .await;
    at_every_await("metadata", || client.metadata().ensure(&["t"], deadline())).await;
    at_every_await("refresh", || client.metadata().refresh(deadline())).await;
    let (producer, mut acks) = producer(&broker.bootstrap(), &[]);
    at_every_await("topic", || producer.topic("t")).await;
    let topic = producer.topic("t").await.unwrap();
    for n in 0..50u64 {
        let value = n.to_string();
        let record =
            kconnect_client::producer::Record { value: Some(value.as_bytes()), ..Default::default() };
        producer.append(&topic, Some(0), record, n).unwrap();
        abandon(n as usize % 4, producer.flush()).await;
        abandon(n as usize % 3, producer.ready()).await;
    }
    at_every_await("flush", || producer.flush()).await;
    let mut cookies = Vec::new();
    while cookies.len() < 50 {
        let mut got = None;
        abandon(1, async { got = acks.recv().await }).await;
        match got {
            Some(ack) => {
                ack.result.as_ref().unwrap();
                cookies.extend(ack.cookies.iter().copied());
            }
            None => tokio::task::yield_now().await,
        }
    }
    assert!(cookies.iter().copied().eq(0..50), "{cookies:?}");
    assert_eq!(crate::support::values(&broker, "t", 0).len(), 50);
}
