//! A broker of one partition whose log, epochs and moods a test sets: for what the embedded broker never does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use kconnect_wire::compress::{Compression, Compressor};
use kconnect_wire::frame::{Split, Splitter, encode_response};
use kconnect_wire::messages::*;
use kconnect_wire::records::{BatchBuilder, Batches, Stamp};
use kconnect_wire::{ApiKey, ErrorCode, Message, Reader, Request, check_request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is offered, with topics by name.
const OFFERED: [(ApiKey, i16, i16); 5] = [
    (ApiKey::Fetch, 4, 12),
    (ApiKey::ListOffsets, 1, 7),
    (ApiKey::Metadata, 0, 13),
    (ApiKey::ApiVersions, 0, 3),
    (ApiKey::OffsetForLeaderEpoch, 2, 4),
];

/// What the broker holds and how it behaves; read anew for each request.
#[derive(Debug, Default)]
pub struct State {
    pub log: Bytes,
    /// Producer, first and last offset of each aborted transaction.
    pub aborted: Vec<(i64, i64, i64)>,
    pub leader_epoch: i32,
    /// Each epoch and where it ends.
    pub epoch_ends: Vec<(i32, i64)>,
    /// The port that metadata names.
    pub advertised: u16,
    pub throttle: Duration,
    /// What a request for metadata is refused with, by port.
    pub refusals: BTreeMap<u16, ErrorCode>,
    /// Each request: the port it came to, what it was, when.
    pub seen: Vec<(u16, ApiKey, Instant)>,
    /// Connections accepted at each port.
    pub accepted: Vec<u16>,
}

/// The broker, listening at as many ports as the test wants.
#[derive(Clone, Default)]
pub struct Scripted(Arc<Mutex<State>>);

impl Scripted {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// One more port; metadata names the first one until the test changes that.
    pub async fn listen(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        if self.state().advertised == 0 {
            self.state().advertised = port;
        }
        let broker = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                broker.state().accepted.push(port);
                tokio::spawn(broker.clone().serve(stream, port));
            }
        });
        port
    }

    async fn serve(self, mut stream: TcpStream, port: u16) {
        let (mut inbox, splitter) = (BytesMut::new(), Splitter::new(1 << 20));
        loop {
            while let Ok(Split::Frame(frame)) = splitter.next(&mut inbox) {
                let answer = self.answer(port, &frame);
                // An empty answer to a long poll.
                if answer.len() < 100 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                if stream.write_all(&answer).await.is_err() {
                    return;
                }
            }
            if stream.read_buf(&mut inbox).await.unwrap_or(0) == 0 {
                return;
            }
        }
    }

    fn answer(&self, port: u16, frame: &Bytes) -> Bytes {
        let head = check_request(frame).unwrap();
        let mut state = self.state();
        state.seen.push((port, head.key, Instant::now()));
        let (body, version, id) = (frame.slice(head.body..), head.version, head.correlation_id);
        match head.key {
            ApiKey::ApiVersions => write::<ApiVersionsRequest>(&versions(), version, id),
            ApiKey::Metadata => write::<MetadataRequest>(&state.metadata(port), version, id),
            ApiKey::ListOffsets => {
                write::<ListOffsetsRequest>(&state.offsets(&read(&body, version)), version, id)
            }
            ApiKey::OffsetForLeaderEpoch => {
                write::<OffsetForLeaderEpochRequest>(&state.epochs(&read(&body, version)), version, id)
            }
            ApiKey::Fetch => write::<FetchRequest>(&state.fetch(&read(&body, version)), version, id),
            other => panic!("{other:?} was not offered"),
        }
    }
}

fn read<M: Message>(body: &Bytes, version: i16) -> M {
    M::decode(&mut Reader::new(body), version).unwrap()
}

fn write<R: Request>(response: &R::Response, version: i16, id: i32) -> Bytes {
    encode_response::<R>(response, version, id).unwrap()
}

fn versions() -> ApiVersionsResponse {
    let api = |(key, min_version, max_version): (ApiKey, i16, i16)| ApiVersion {
        api_key: key.into(),
        min_version,
        max_version,
        ..Default::default()
    };
    ApiVersionsResponse { api_keys: OFFERED.map(api).to_vec(), ..Default::default() }
}

impl State {
    fn end(&self) -> i64 {
        Batches::new(self.log.clone()).map(|batch| batch.unwrap().next_offset()).last().unwrap_or(0)
    }

    fn metadata(&self, port: u16) -> MetadataResponse {
        if let Some(refusal) = self.refusals.get(&port) {
            return MetadataResponse { error_code: *refusal, ..Default::default() };
        }
        let broker = MetadataResponseBroker {
            node_id: 1,
            host: "127.0.0.1".into(),
            port: self.advertised.into(),
            ..Default::default()
        };
        let partition = MetadataResponsePartition {
            leader_id: 1,
            leader_epoch: self.leader_epoch,
            replica_nodes: vec![1],
            isr_nodes: vec![1],
            ..Default::default()
        };
        let topic = MetadataResponseTopic {
            name: Some("t".into()),
            partitions: vec![partition],
            ..Default::default()
        };
        MetadataResponse {
            brokers: vec![broker],
            cluster_id: Some("scripted".into()),
            controller_id: 1,
            topics: vec![topic],
            ..Default::default()
        }
    }

    fn offsets(&self, request: &ListOffsetsRequest) -> ListOffsetsResponse {
        let offset = if request.topics[0].partitions[0].timestamp == -2 { 0 } else { self.end() };
        let partition = ListOffsetsPartitionResponse {
            offset,
            timestamp: -1,
            leader_epoch: self.leader_epoch,
            ..Default::default()
        };
        let topic =
            ListOffsetsTopicResponse { name: "t".into(), partitions: vec![partition], ..Default::default() };
        ListOffsetsResponse { topics: vec![topic], ..Default::default() }
    }

    fn epochs(&self, request: &OffsetForLeaderEpochRequest) -> OffsetForLeaderEpochResponse {
        let asked = request.topics[0].partitions[0].leader_epoch;
        let (leader_epoch, end_offset) =
            self.epoch_ends.iter().copied().rfind(|(epoch, _)| *epoch <= asked).unwrap_or((-1, -1));
        let end = EpochEndOffset { leader_epoch, end_offset, ..Default::default() };
        let topic =
            OffsetForLeaderTopicResult { topic: "t".into(), partitions: vec![end], ..Default::default() };
        OffsetForLeaderEpochResponse { topics: vec![topic], ..Default::default() }
    }

    /// Two batches at a time, so that transactions lie across answers.
    fn fetch(&self, request: &FetchRequest) -> FetchResponse {
        let asked = request.topics.first().and_then(|topic| topic.partitions.first());
        let partitions = asked.map(|asked| self.read(asked.fetch_offset, asked.current_leader_epoch));
        let topic = FetchableTopicResponse {
            topic: "t".into(),
            partitions: partitions.into_iter().collect(),
            ..Default::default()
        };
        FetchResponse {
            throttle_time_ms: self.throttle.as_millis() as i32,
            responses: vec![topic],
            ..Default::default()
        }
    }

    fn read(&self, from: i64, epoch: i32) -> FetchPartitionData {
        let end = self.end();
        let base = FetchPartitionData {
            high_watermark: end,
            last_stable_offset: end,
            log_start_offset: 0,
            ..Default::default()
        };
        if epoch >= 0 && epoch < self.leader_epoch {
            return FetchPartitionData { error_code: ErrorCode::FENCED_LEADER_EPOCH, ..base };
        }
        let (mut records, mut upto) = (Vec::new(), from);
        let batches = Batches::new(self.log.clone()).map(Result::unwrap);
        for batch in batches.filter(|batch| batch.next_offset() > from).take(2) {
            records.extend_from_slice(batch.bytes());
            upto = batch.next_offset();
        }
        let overlaps = |(_, first, last): &&(i64, i64, i64)| *last >= from && *first < upto;
        let aborted =
            self.aborted.iter().filter(overlaps).map(|(producer_id, first_offset, _)| AbortedTransaction {
                producer_id: *producer_id,
                first_offset: *first_offset,
                ..Default::default()
            });
        FetchPartitionData {
            aborted_transactions: Some(aborted.collect()),
            records: Some(records.into()),
            ..base
        }
    }
}

/// Batches of one record each, `value` and its offset, in `offsets`, written under `epoch`.
pub fn batches(value: &str, offsets: std::ops::Range<i64>, epoch: i32) -> Vec<u8> {
    let mut log = Vec::new();
    for offset in offsets {
        let mut builder = BatchBuilder::new(BytesMut::new());
        builder.append(0, None, Some(format!("{value}{offset}").as_bytes()), &[]);
        let mut sealed = builder.seal(&mut Compressor::new(Compression::None));
        sealed.stamp(Stamp::PLAIN);
        let mut bytes = sealed.bytes().to_vec();
        // Neither is part of the checksum: brokers write them.
        bytes[..8].copy_from_slice(&offset.to_be_bytes());
        bytes[12..16].copy_from_slice(&epoch.to_be_bytes());
        log.extend(bytes);
    }
    log
}
