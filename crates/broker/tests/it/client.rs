//! A client that does what it is told: one request, one answer, any version.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::PartitionProduceResponse;
use kafka_protocol::messages::{
    ApiKey, FetchRequest, InitProducerIdRequest, ProduceRequest, RequestHeader, ResponseHeader, TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, Request, StrBytes};
use kconnect_broker::Broker;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Client {
    stream: TcpStream,
    correlation_id: i32,
}

impl Client {
    pub async fn connect(broker: &Broker, node: i32) -> Self {
        Self::to(&broker.address(node).unwrap()).await
    }

    pub async fn to(address: &str) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), correlation_id: 0 }
    }

    /// `None` when the broker closes instead of answering.
    pub async fn try_call<R: Request>(&mut self, version: i16, request: &R) -> Option<R::Response> {
        self.send(version, request).await;
        let mut body = self.receive().await?;
        let key = ApiKey::try_from(R::KEY).unwrap();
        let header = ResponseHeader::decode(&mut body, key.response_header_version(version)).unwrap();
        assert_eq!(header.correlation_id, self.correlation_id);
        let response = R::Response::decode(&mut body, version).unwrap();
        assert!(body.is_empty(), "{} bytes follow the answer", body.len());
        Some(response)
    }

    pub async fn call<R: Request>(&mut self, version: i16, request: &R) -> R::Response {
        self.try_call(version, request).await.expect("the broker closed the connection")
    }

    pub async fn send<R: Request>(&mut self, version: i16, request: &R) {
        let frame = self.frame(version, request);
        self.send_bytes(&frame).await;
    }

    /// The next request as it is sent, with its length.
    pub fn frame<R: Request>(&mut self, version: i16, request: &R) -> BytesMut {
        self.correlation_id += 1;
        let key = ApiKey::try_from(R::KEY).unwrap();
        let header = RequestHeader::default()
            .with_request_api_key(R::KEY)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation_id)
            .with_client_id(Some(StrBytes::from_static_str("it")));
        let mut frame = BytesMut::new();
        frame.put_i32(0);
        header.encode(&mut frame, key.request_header_version(version)).unwrap();
        request.encode(&mut frame, version).unwrap();
        let length = frame.len() as i32 - 4;
        frame[..4].copy_from_slice(&length.to_be_bytes());
        frame
    }

    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        // The broker may have closed already; the read that follows tells.
        let _ = self.stream.write_all(bytes).await;
    }

    /// One frame without its length.
    pub async fn receive(&mut self) -> Option<Bytes> {
        let length = self.stream.read_i32().await.ok()?;
        let mut body = vec![0; length as usize];
        self.stream.read_exact(&mut body).await.ok()?;
        Some(body.into())
    }
}

pub fn name(s: &str) -> TopicName {
    TopicName(text(s))
}

pub fn text(s: &str) -> StrBytes {
    StrBytes::from_string(s.to_owned())
}

/// What a batch is made with; the default is one record without a producer id.
#[derive(Clone, Copy)]
pub struct Batch {
    pub count: i32,
    pub producer: (i64, i16, i32),
    pub timestamp: i64,
    pub attributes: i16,
}

impl Default for Batch {
    fn default() -> Self {
        Self { count: 1, producer: (-1, -1, -1), timestamp: 1000, attributes: 0 }
    }
}

/// A batch whose record `i` has value `v<i>`, null key and timestamp `timestamp + i`.
pub fn batch(b: Batch) -> Bytes {
    let mut records = Vec::new();
    for i in 0..b.count {
        let value = format!("v{i}");
        let mut record = vec![0];
        varint(&mut record, i.into());
        varint(&mut record, i.into());
        varint(&mut record, -1);
        varint(&mut record, value.len() as i64);
        record.extend_from_slice(value.as_bytes());
        varint(&mut record, 0);
        varint(&mut records, record.len() as i64);
        records.extend_from_slice(&record);
    }
    let mut out = BytesMut::new();
    out.put_i64(0);
    out.put_i32(49 + records.len() as i32);
    out.put_i32(-1);
    out.put_i8(2);
    out.put_u32(0);
    out.put_i16(b.attributes);
    out.put_i32(b.count - 1);
    out.put_i64(b.timestamp);
    out.put_i64(b.timestamp + i64::from(b.count) - 1);
    out.put_i64(b.producer.0);
    out.put_i16(b.producer.1);
    out.put_i32(b.producer.2);
    out.put_i32(b.count);
    out.put_slice(&records);
    let crc = crc32c::crc32c(&out[21..]);
    out[17..21].copy_from_slice(&crc.to_be_bytes());
    out.freeze()
}

fn varint(out: &mut Vec<u8>, value: i64) {
    let mut raw = ((value << 1) ^ (value >> 63)) as u64;
    while raw >= 0x80 {
        out.push(raw as u8 | 0x80);
        raw >>= 7;
    }
    out.push(raw as u8);
}

/// A produce of one batch to partition 0 of a topic.
pub fn produce_request(topic: &str, acks: i16, records: Bytes) -> ProduceRequest {
    let data = PartitionProduceData::default().with_index(0).with_records(Some(records));
    let topic = TopicProduceData::default().with_name(name(topic)).with_partition_data(vec![data]);
    ProduceRequest::default().with_acks(acks).with_timeout_ms(1000).with_topic_data(vec![topic])
}

pub async fn produce(client: &mut Client, topic: &str, records: Bytes) -> PartitionProduceResponse {
    let response = client.call(9, &produce_request(topic, -1, records)).await;
    response.responses[0].partition_responses[0].clone()
}

/// A fetch of partition 0 of a topic.
pub fn fetch_request(topic: &str, offset: i64, max_wait_ms: i32) -> FetchRequest {
    let partition = FetchPartition::default()
        .with_partition(0)
        .with_fetch_offset(offset)
        .with_current_leader_epoch(-1)
        .with_partition_max_bytes(1 << 20);
    let topic = FetchTopic::default().with_topic(name(topic)).with_partitions(vec![partition]);
    FetchRequest::default()
        .with_replica_id((-1).into())
        .with_max_wait_ms(max_wait_ms)
        .with_min_bytes(1)
        .with_max_bytes(1 << 20)
        .with_topics(vec![topic])
}

pub async fn fetch(client: &mut Client, topic: &str, offset: i64) -> PartitionData {
    let response = client.call(11, &fetch_request(topic, offset, 0)).await;
    response.responses[0].partitions[0].clone()
}

/// A broker with a topic `t` of one partition.
pub async fn broker_with_topic() -> Broker {
    let broker = Broker::builder().start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    broker
}

/// Values of all records of partition 0.
pub fn values(broker: &Broker, topic: &str) -> Vec<String> {
    let records = broker.records(topic, 0).unwrap();
    records.iter().map(|r| String::from_utf8(r.value.clone().unwrap().to_vec()).unwrap()).collect()
}

/// Asks for a producer id without transactions.
pub fn new_producer() -> InitProducerIdRequest {
    InitProducerIdRequest::default()
        .with_transactional_id(None)
        .with_producer_id((-1).into())
        .with_producer_epoch(-1)
}
