//! librdkafka through its C API: the fastest documented ways, `rd_kafka_produce_batch` apart (it needs an array of
//! messages built first) and `rd_kafka_consume_batch_queue`.

use std::ffi::{CStr, CString, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering};

use rd::bindings::rd_kafka_produce;
use rdkafka_sys as rd;

use crate::measure::{Mark, Result};
use crate::{BATCH_SIZE, BUFFER, FETCH_MAX, LINGER_MS, PARTITION_FETCH_MAX, POLL_RECORDS, TOPIC, Task};

/// `RD_KAFKA_PARTITION_UA`, a macro that the bindings do not have: the partitioner decides.
const PARTITION_UNASSIGNED: i32 = -1;

static DELIVERED: AtomicU64 = AtomicU64::new(0);
static FAILED: AtomicU64 = AtomicU64::new(0);

unsafe extern "C" fn delivered(
    _: *mut rd::rd_kafka_t,
    message: *const rd::rd_kafka_message_t,
    _: *mut c_void,
) {
    // SAFETY: librdkafka passes a valid message.
    let failed = unsafe { (*message).err } != rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
    if failed {
        FAILED.fetch_add(1, Ordering::Relaxed);
    }
    DELIVERED.fetch_add(1, Ordering::Relaxed);
}

struct Handle(*mut rd::rd_kafka_t, *mut rd::rd_kafka_topic_t);

fn open(kind: rd::rd_kafka_type_t, settings: &[(&str, String)]) -> Handle {
    // SAFETY: the configuration object is handed to rd_kafka_new, all strings outlive their calls.
    unsafe {
        let conf = rd::rd_kafka_conf_new();
        let mut error = [0; 512];
        for (key, value) in settings {
            let (key, value) = (CString::new(*key).unwrap(), CString::new(value.as_str()).unwrap());
            let set =
                rd::rd_kafka_conf_set(conf, key.as_ptr(), value.as_ptr(), error.as_mut_ptr(), error.len());
            assert!(
                set == rd::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK,
                "{}",
                CStr::from_ptr(error.as_ptr()).to_string_lossy()
            );
        }
        if kind == rd::rd_kafka_type_t::RD_KAFKA_PRODUCER {
            rd::rd_kafka_conf_set_dr_msg_cb(conf, Some(delivered));
        }
        let client = rd::rd_kafka_new(kind, conf, error.as_mut_ptr(), error.len());
        assert!(!client.is_null(), "{}", CStr::from_ptr(error.as_ptr()).to_string_lossy());
        let topic = CString::new(TOPIC).unwrap();
        Handle(client, rd::rd_kafka_topic_new(client, topic.as_ptr(), null_mut()))
    }
}

pub fn produce(task: &Task) -> Result {
    let handle = open(
        rd::rd_kafka_type_t::RD_KAFKA_PRODUCER,
        &[
            ("bootstrap.servers", task.bootstrap.clone()),
            ("acks", "all".into()),
            ("enable.idempotence", "true".into()),
            ("max.in.flight.requests.per.connection", "5".into()),
            ("batch.size", BATCH_SIZE.into()),
            ("batch.num.messages", "1000000".into()),
            ("linger.ms", LINGER_MS.into()),
            ("socket.send.buffer.bytes", "0".into()),
            ("queue.buffering.max.kbytes", (BUFFER >> 10).to_string()),
            ("queue.buffering.max.messages", "1000000".into()),
        ],
    );
    let value = vec![b'x'; task.size];
    send(&handle, &value, task.warmup);
    let mark = Mark::begin();
    send(&handle, &value, task.records);
    let result = mark.until_now(task.records);
    assert_eq!(FAILED.load(Ordering::Relaxed), 0, "records failed");
    result
}

/// Sends `records` and waits for all of them.
fn send(handle: &Handle, value: &[u8], records: u64) {
    let goal = DELIVERED.load(Ordering::Relaxed) + records;
    for sent in 0..records {
        // SAFETY: the payload is copied before the call returns.
        unsafe {
            while rd_kafka_produce(
                handle.1,
                PARTITION_UNASSIGNED,
                rd::bindings::RD_KAFKA_MSG_F_COPY as i32,
                value.as_ptr() as *mut c_void,
                value.len(),
                std::ptr::null(),
                0,
                null_mut(),
            ) != 0
            {
                rd::rd_kafka_poll(handle.0, 1); // The queue is full.
            }
            if sent % 1024 == 0 {
                rd::rd_kafka_poll(handle.0, 0);
            }
        }
    }
    while DELIVERED.load(Ordering::Relaxed) < goal {
        // SAFETY: the handle is valid.
        unsafe { rd::rd_kafka_poll(handle.0, 10) };
    }
}

pub fn consume(task: &Task) -> Result {
    let handle = open(
        rd::rd_kafka_type_t::RD_KAFKA_CONSUMER,
        &[
            ("bootstrap.servers", task.bootstrap.clone()),
            ("group.id", "rivals".into()),
            ("check.crcs", "true".into()),
            ("fetch.message.max.bytes", PARTITION_FETCH_MAX.to_string()),
            ("fetch.max.bytes", FETCH_MAX.to_string()),
            ("queued.max.messages.kbytes", (BUFFER >> 10).to_string()),
            // The limit in bytes is the one that counts; the default of 100,000 messages would be reached first.
            ("queued.min.messages", "1000000".into()),
        ],
    );
    // SAFETY: queue and topic are valid for the whole function.
    unsafe {
        let queue = rd::rd_kafka_queue_new(handle.0);
        rd::bindings::rd_kafka_consume_start_queue(handle.1, 0, 0, queue);
        take(queue, task, task.warmup);
        let mark = Mark::begin();
        take(queue, task, task.records);
        mark.until_now(task.records)
    }
}

/// Takes at least `records` and looks at each value.
unsafe fn take(queue: *mut rd::bindings::rd_kafka_queue_t, task: &Task, records: u64) {
    let mut messages = vec![null_mut(); POLL_RECORDS];
    let mut seen = 0;
    while seen < records {
        // SAFETY: the array has room for the number given.
        let count = unsafe {
            rd::bindings::rd_kafka_consume_batch_queue(queue, 1000, messages.as_mut_ptr(), messages.len())
        };
        for &message in messages.iter().take(count.max(0) as usize) {
            // SAFETY: each message is valid until destroyed, which happens once.
            unsafe {
                let m: *mut rd::rd_kafka_message_t = message;
                if (*m).err == rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                    assert_eq!((*m).len, task.size);
                    seen += 1;
                }
                rd::rd_kafka_message_destroy(m);
            }
        }
    }
}
