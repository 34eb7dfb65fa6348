use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::metadata::{PartitionMetadata, TopicMetadata};
use crate::producer::Record;
use crate::producer::config::ProducerConfig;
use crate::producer::topic::Topic;
use crate::{Client, ClientConfig};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A driver that is connected to a peer which says nothing, and time as the test has it.
struct Desk {
    driver: Driver,
    topic: Arc<Topic>,
    start: Instant,
    _peer: TcpStream,
}

impl Desk {
    async fn new(settings: &[(&str, &str)]) -> Self {
        let given = [("bootstrap.servers", "127.0.0.1:1"), ("enable.idempotence", "false")];
        let props = given.iter().chain(settings).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let client = Client::new(ClientConfig::from_props(&props).unwrap());
        let core = Arc::new(Core::new(client, ProducerConfig::from_props(&props).unwrap()));
        let topic = core.intern(&"t".into());
        topic.update(&view(), |_, _| {});
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (peer, _) = listener.accept().await.unwrap();
        let queue = core.queue(1);
        let mut driver = Driver::new(core, queue);
        let start = now();
        let node = Node { id: 1, host: "127.0.0.1".into(), port: 1, rack: None };
        let offered = kconnect_wire::messages::ApiVersion {
            api_key: 0,
            min_version: 3,
            max_version: 9,
            ..Default::default()
        };
        driver.conn = Conn::Up(Box::new(Up {
            link: Link::new(stream, 1 << 20, start),
            node,
            versions: Versions::new(&[offered]),
            unanswered: Vec::new(),
            written_by: None,
        }));
        Self { driver, topic, start, _peer: peer }
    }

    fn append(&mut self) {
        let record = Record { value: Some(b"value"), ..Record::default() };
        self.driver.core.append(&self.topic, Some(0), record, 0, None).unwrap();
    }

    /// One look at the time `at`, after which the driver must sleep, or have nothing to wait for.
    fn look(&mut self, at: Duration) -> Option<Duration> {
        let at = self.start + at;
        let wake = self.driver.round(at);
        assert!(wake.is_none_or(|wake| wake > at), "asks at {at:?} to be woken at {wake:?}, which is over");
        wake.map(|wake| wake - self.start)
    }

    fn up(&mut self) -> Option<&mut Up> {
        match &mut self.driver.conn {
            Conn::Up(up) => Some(up),
            _ => None,
        }
    }

    /// What was sent has its bytes in the socket.
    async fn flush(&mut self) {
        let event = self.driver.conn.event().await;
        assert!(matches!(event, Event::Flushed));
        self.driver.handle(event);
    }
}

fn view() -> TopicMetadata {
    let partition = PartitionMetadata {
        index: 0,
        leader: Some(1),
        leader_epoch: 0,
        replicas: vec![],
        isr: vec![],
        offline: vec![],
    };
    TopicMetadata { name: "t".into(), id: None, internal: false, partitions: vec![partition] }
}

#[tokio::test]
async fn n6_a_record_that_lingers_longer_than_the_idle_time_does_not_keep_the_driver_busy() {
    let settings = [("linger.ms", "8000"), ("connections.max.idle.ms", "1000")];
    let mut desk = Desk::new(&settings).await;
    desk.append();
    for at in [0, 999, 1001, 5000, 7000].map(ms) {
        // The batch was opened a little after the driver was made.
        let wake = desk.look(at).expect("the linger time is waited for");
        assert!((ms(8000)..ms(9000)).contains(&wake), "{wake:?}");
    }
    assert!(desk.up().is_some(), "a connection that work waits for is not idle");
    desk.look(ms(9000));
    assert_eq!(desk.up().unwrap().link.in_flight(), 1);
}

#[tokio::test]
async fn n6_a_retry_that_waits_longer_than_the_idle_time_does_not_keep_the_driver_busy() {
    let settings = [
        ("linger.ms", "0"),
        ("connections.max.idle.ms", "200"),
        ("retry.backoff.ms", "5000"),
        ("retry.backoff.max.ms", "5000"),
    ];
    let mut desk = Desk::new(&settings).await;
    desk.append();
    desk.look(ms(1000));
    let sent = desk.up().unwrap().link.take_in_flight().pop_front().unwrap();
    desk.driver.lose(sent.token.flights, &Error::new(ErrorKind::Retriable, "not enough replicas"));
    for at in [1, 201, 1000, 3000].map(ms) {
        let wake = desk.look(at).expect("the back-off is waited for");
        assert!(wake > ms(3500), "{wake:?}");
    }
}

#[tokio::test]
async fn n6_a_connection_without_work_is_closed_after_its_idle_time() {
    let mut desk = Desk::new(&[("connections.max.idle.ms", "1000")]).await;
    assert_eq!(desk.look(ms(999)), Some(ms(1000)));
    assert_eq!(desk.look(ms(1000)), None);
    assert!(desk.up().is_none());
}

#[tokio::test]
async fn n6_records_without_acknowledgement_are_traffic() {
    let settings = [("acks", "0"), ("linger.ms", "0"), ("connections.max.idle.ms", "1000")];
    let mut desk = Desk::new(&settings).await;
    for at in [900, 1800, 2700].map(ms) {
        desk.append();
        desk.look(at);
        desk.flush().await;
        assert_eq!(desk.look(at + ms(1)), Some(at + ms(1000)), "idle from the last record on");
        assert!(desk.up().is_some());
    }
}

#[tokio::test]
async fn n2_a_broker_that_takes_in_no_record_without_acknowledgement_is_given_up() {
    let settings = [("acks", "0"), ("linger.ms", "0"), ("request.timeout.ms", "500"), ("retries", "0")];
    let mut desk = Desk::new(&settings).await;
    desk.append();
    assert_eq!(desk.look(ms(100)), Some(ms(600)), "nothing was written yet");
    desk.look(ms(601));
    assert!(desk.up().is_none_or(|up| up.unanswered.is_empty()), "the connection was given up");
    assert_eq!(desk.topic.partition(0).unwrap().lock().queued(), 0, "and the record has its result");
}

#[tokio::test]
async fn a_broker_that_left_the_cluster_is_looked_for_once_in_a_while() {
    let mut desk = Desk::new(&[("retry.backoff.ms", "100")]).await;
    desk.driver.conn = Conn::Down;
    desk.append();
    // The record lingers; the broker is looked for meanwhile.
    let first = desk.look(ms(1000)).unwrap();
    assert_eq!(desk.look(ms(1050)).unwrap().min(first), first, "no new look for what is asked already");
    assert!(desk.look(first).unwrap() > first);
}
