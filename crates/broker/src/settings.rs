//! What a broker is started with.

use std::path::PathBuf;
use std::time::Duration;

use crate::group::GroupRules;

/// Largest request frame; a longer one closes the connection before anything is reserved (W1).
pub(crate) const FRAME_MAX: usize = 100 * 1024 * 1024;

/// Filled by the builder; the names follow Kafka's configuration where it has one.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub nodes: u8,
    pub listen: String,
    pub data_dir: Option<PathBuf>,
    pub null_mode: bool,
    /// `auto.create.topics.enable`
    pub auto_create: bool,
    /// `num.partitions`
    pub num_partitions: i32,
    /// `message.max.bytes`
    pub message_max_bytes: usize,
    pub groups: GroupRules,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            nodes: 1,
            listen: "127.0.0.1:0".into(),
            data_dir: None,
            null_mode: false,
            auto_create: true,
            num_partitions: 1,
            message_max_bytes: 1_048_588,
            groups: GroupRules {
                session_timeout_min: Duration::from_secs(6),
                session_timeout_max: Duration::from_secs(30 * 60),
                initial_delay: Duration::ZERO,
                max_size: usize::MAX,
            },
        }
    }
}
