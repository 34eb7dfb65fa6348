//! Bytes that no client should send: the connection ends, the broker does not.

use kconnect_broker::Broker;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::client::{Batch, Client, batch, broker_with_topic, produce};

async fn is_well(broker: &Broker) {
    let mut client = Client::connect(broker, 1).await;
    assert_eq!(produce(&mut client, "t", batch(Batch::default())).await.error_code, 0);
}

#[tokio::test]
async fn w1_w7_w10_frames_that_lie_close_the_connection() {
    let broker = broker_with_topic().await;
    let metadata = |version: u8, body: &[u8]| {
        let mut frame = vec![0, 3, 0, version, 0, 0, 0, 1, 0xff, 0xff];
        frame.extend_from_slice(body);
        let mut whole = (frame.len() as i32).to_be_bytes().to_vec();
        whole.extend_from_slice(&frame);
        whole
    };
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("negative length", vec![0xff, 0xff, 0xff, 0xff]),
        ("length below a header", vec![0, 0, 0, 4, 0, 3, 0, 0]),
        ("length above the limit", (101 * 1024 * 1024i32).to_be_bytes().to_vec()),
        ("an unknown key", vec![0, 0, 0, 10, 0x7f, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff]),
        ("a version from the future", metadata(99, &[0, 0, 0, 0])),
        ("two thousand million topics", metadata(1, &[0x7f, 0xff, 0xff, 0xff])),
        ("a string longer than the frame", metadata(1, &[0, 0, 0, 1, 0x7f, 0xff, b'a'])),
        ("bytes after the body", metadata(1, &[0, 0, 0, 0, 9, 9])),
        ("no body", metadata(1, &[])),
    ];
    for (what, bytes) in rows {
        let mut client = Client::connect(&broker, 1).await;
        client.send_bytes(&bytes).await;
        assert!(client.receive().await.is_none(), "{what}");
    }
    is_well(&broker).await;
}

#[test]
fn random_bodies_never_end_the_broker() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let broker = runtime.block_on(broker_with_topic());
    let mut runner = TestRunner::new(ProptestConfig { cases: 400, ..ProptestConfig::default() });
    let request = (0i16..80, 0i16..14, proptest::collection::vec(any::<u8>(), 0..200));
    let result = runner.run(&request, |(key, version, body)| {
        runtime.block_on(async {
            let mut client = Client::connect(&broker, 1).await;
            let mut frame = Vec::new();
            frame.extend_from_slice(&(10 + body.len() as i32).to_be_bytes());
            frame.extend_from_slice(&key.to_be_bytes());
            frame.extend_from_slice(&version.to_be_bytes());
            frame.extend_from_slice(&[0, 0, 0, 1, 0xff, 0xff]);
            frame.extend_from_slice(&body);
            client.send_bytes(&frame).await;
            // An answer, an end or a wait are all right; a broker that is gone is not.
            let _ = tokio::time::timeout(std::time::Duration::from_millis(5), client.receive()).await;
        });
        Ok(())
    });
    result.unwrap();
    runtime.block_on(is_well(&broker));
}
