//! What the loop is told in an order that the network rarely produces.

use std::time::Duration;

use kconnect_broker::Broker;
use kconnect_testkit::eventually_async;

use super::*;
use crate::ClientConfig;
use crate::consumer::{Assignor, COMMANDS, Consumer, ConsumerConfig, ConsumerHandle, Poll, Rebalance};
use crate::scope::Scope;

const SOON: Duration = Duration::from_secs(20);

/// Runs the loop's turns until a division is there, which is not taken in.
async fn until_divided(engine: &mut Engine) -> Done {
    loop {
        let wake_at = engine.advance();
        tokio::select! {
            Some(done) = engine.pending.next() => match done {
                Done::Divided(..) => return done,
                other => engine.take_in(other),
            },
            event = next_event(&mut engine.group) => engine.group_event(event),
            () = status_changed(&mut engine.status) => {}
            () = crate::net::sleep_until(wake_at) => {}
        }
    }
}

#[tokio::test]
async fn a_topic_that_is_created_while_a_division_is_on_its_way_is_assigned_soon() {
    let broker = Broker::builder().auto_create(false).initial_rebalance_delay(Duration::ZERO);
    let broker = broker.start().await.unwrap();
    let props = [("bootstrap.servers", broker.bootstrap())].map(|(k, v)| (k.to_owned(), v)).into();
    let client = Client::new(ClientConfig::from_props(&props).unwrap());
    let config = ConsumerConfig {
        group_id: Some("g".into()),
        assignors: vec![Assignor::Range],
        ..ConsumerConfig::default()
    };
    let shared = Arc::new(Shared::new(&client, Arc::new(config), None).unwrap());
    let mut engine = Engine::new(shared.clone());
    engine.subscribe(Subscription::from(["late"]));
    let divided = until_divided(&mut engine).await;

    // The news of the topic is taken in before the division that does not know it, and no other news follows.
    broker.create_topic("late", 1).unwrap();
    client.metadata().ensure(&["late"], now() + SOON).await.unwrap();
    client.metadata().refresh(now() + SOON).await.unwrap();
    engine.metadata_changed();
    engine.take_in(divided);

    let (commands, inbox) = mpsc::channel(COMMANDS);
    let scope = Scope::new();
    scope.spawn(|stop| engine.run(inbox, stop));
    let handle = ConsumerHandle { shared, commands };
    let mut consumer = Consumer { handle, scratch: Default::default(), auto_commit_at: None, scope };
    let wanted = [TopicPartition::new("late", 0)].into();
    tokio::time::timeout(SOON, async {
        while consumer.assignment() != wanted {
            if let Poll::Rebalance(Rebalance::Revoked(_, ack)) = consumer.poll(SOON).await.unwrap() {
                ack.ack();
            }
        }
    })
    .await
    .expect("the topic long before metadata.max.age.ms");
    consumer.close(SOON).await;
    eventually_async("the group is left", SOON, || async {
        broker.group("g").is_none_or(|group| group.members.is_empty()).then_some(())
    })
    .await;
}
