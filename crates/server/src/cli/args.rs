//! The command line: what can be typed. What it does is in the sibling modules.
//!
//! Letters of the client tools are kcat's, so that fingers need not learn (`-b -t -p -o -c -e -q -K -D -H -G -f -J -X`).

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::logging::Format;

/// Kafka Connect as one static binary.
#[derive(Debug, Parser)]
#[command(name = "kconnect", version = crate::cli::VERSION, max_term_width = 110, arg_required_else_help = true)]
#[command(
    after_help = "Example:\n  kconnect quickstart      # an embedded broker, a worker and the file example, in one go"
)]
pub struct Cli {
    /// Log levels: a root level and levels of single loggers.
    #[arg(
        long,
        global = true,
        env = "KCONNECT_LOG",
        default_value = "INFO",
        value_name = "LEVEL[,LOGGER=LEVEL]…"
    )]
    pub log_level: String,
    /// Form of log lines.
    #[arg(long, global = true, env = "KCONNECT_LOG_FORMAT", value_enum, default_value = "plain")]
    pub log_format: Format,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a standalone worker, as connect-standalone.sh does.
    #[command(after_help = "Example:\n  kconnect standalone config/connect-standalone.properties \
        config/connect-file-source.properties config/connect-file-sink.properties")]
    Standalone(Standalone),
    /// Runs an embedded broker, a worker and Kafka's file example.
    #[command(after_help = "Example:\n  kconnect quickstart --dir /tmp/try --exit-when-idle")]
    Quickstart(Quickstart),
    /// Runs the embedded broker by itself; for one machine, for trying and testing.
    #[command(after_help = "Example:\n  kconnect broker --listen 127.0.0.1:9092 --data-dir ./broker-data")]
    Broker(Broker),
    /// Writes lines of standard input or files to a topic.
    #[command(after_help = "Example:\n  echo 'k:v' | kconnect produce -b localhost:9092 -t topic -K :")]
    Produce(Produce),
    /// Prints records of topics.
    #[command(after_help = "Example:\n  kconnect consume -b localhost:9092 -t topic -o beginning -e -J")]
    Consume(Consume),
    /// Lists, creates, describes and deletes topics.
    #[command(
        subcommand,
        after_help = "Example:\n  kconnect topic create -b localhost:9092 -t orders --partitions 3"
    )]
    Topic(Topic),
    /// Lists and describes consumer groups.
    #[command(
        subcommand,
        after_help = "Example:\n  kconnect group describe -b localhost:9092 -G connect-local-file-sink"
    )]
    Group(Group),
    /// Measures how fast a cluster takes and gives records.
    #[command(
        subcommand,
        after_help = "Example:\n  kconnect perf produce -b localhost:9092 -t perf -c 1000000 -S 100"
    )]
    Perf(Perf),
    /// Shows what converters and transforms make of sample records, without a cluster.
    ///
    /// Reads records as JSON lines and writes one JSON line for each: the record that comes out, that it was dropped, or
    /// what failed where. Exit status: 0 when all lines were processed, 1 when the configuration is refused, 2 for wrong
    /// usage or a file that cannot be read.
    #[command(
        after_help = "Example:\n  echo '{\"topic\":\"t\",\"value\":\"eyJhIjozMDB9\"}' | kconnect preview --config sink.json --as sink --pretty"
    )]
    Preview(Preview),
    /// Lists the connectors, converters, transforms and predicates in this binary.
    #[command(after_help = "Example:\n  kconnect plugins --json")]
    Plugins(Plugins),
    /// Prints a completion script for a shell.
    #[command(after_help = "Example:\n  kconnect completions bash > /etc/bash_completion.d/kconnect")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// `kconnect standalone`.
#[derive(Debug, Args)]
pub struct Standalone {
    /// Runs in the background and writes its output to logs/connectStandalone.out (Kafka's `-daemon` is understood).
    #[arg(long)]
    pub daemon: bool,
    /// Set for the process that `--daemon` starts: it outlives its terminal.
    #[arg(long, hide = true)]
    pub background: bool,
    /// The worker's properties file.
    #[arg(value_name = "WORKER.properties")]
    pub worker: PathBuf,
    /// Connectors to create at start: properties or JSON files.
    #[arg(value_name = "CONNECTOR.properties|.json")]
    pub connectors: Vec<PathBuf>,
}

/// `kconnect preview`.
#[derive(Debug, Args)]
pub struct Preview {
    /// Connector configuration: a JSON object of strings, one with "name" and "config", or a .properties file.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Direction of the records; that of connector.class when not given.
    #[arg(long = "as", value_name = "DIRECTION")]
    pub direction: Option<Way>,
    /// Records, one JSON object a line; standard input when not given.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Worker configuration, for converters that the connector does not set.
    #[arg(long, value_name = "FILE")]
    pub worker: Option<PathBuf>,
    /// Shows the record after every transform.
    #[arg(long)]
    pub steps: bool,
    /// Shows records, steps and errors as text for people instead of JSON.
    #[arg(long)]
    pub pretty: bool,
}

/// The direction of previewed records.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Way {
    /// From Kafka to a sink.
    Sink,
    /// From a source to Kafka.
    Source,
}

/// `kconnect quickstart`.
#[derive(Debug, Args)]
pub struct Quickstart {
    /// Where broker data, offsets and the two text files are kept.
    #[arg(long, default_value = "kconnect-quickstart")]
    pub dir: PathBuf,
    /// Ends with status 0 once all lines have arrived.
    #[arg(long)]
    pub exit_when_idle: bool,
    /// Address of the embedded broker.
    #[arg(long, default_value = "127.0.0.1:9092", value_name = "HOST:PORT")]
    pub broker: String,
    /// Address of the worker's REST API.
    #[arg(long, default_value = "127.0.0.1:8083", value_name = "HOST:PORT")]
    pub rest: String,
}

/// `kconnect broker`.
#[derive(Debug, Args)]
pub struct Broker {
    /// Address of the first node, by number or by name; further nodes take the ports above. Port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:9092", value_name = "HOST:PORT")]
    pub listen: String,
    /// Where to keep topics and offsets; without it everything is in memory and gone at the end.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Number of virtual nodes.
    #[arg(long, default_value_t = 1)]
    pub nodes: u8,
    /// Acknowledges without storing; for benchmarks.
    #[arg(long)]
    pub null: bool,
}

/// Which cluster, and with which client settings.
#[derive(Debug, Args)]
pub struct Cluster {
    /// Brokers to ask first.
    #[arg(
        short = 'b',
        long = "bootstrap-server",
        env = "KCONNECT_BOOTSTRAP_SERVERS",
        value_name = "HOST:PORT[,…]"
    )]
    pub bootstrap: Option<String>,
    /// A client setting under Kafka's name.
    #[arg(short = 'X', long = "property", value_name = "KEY=VALUE", action = ArgAction::Append)]
    pub properties: Vec<String>,
    /// A properties file with client settings.
    #[arg(id = "command_config", short = 'F', long = "command-config", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// `kconnect produce`.
#[derive(Debug, Args)]
pub struct Produce {
    /// The cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// The topic.
    #[arg(short = 't', long)]
    pub topic: String,
    /// The partition; without it the key decides, or load.
    #[arg(short = 'p', long)]
    pub partition: Option<i32>,
    /// Separates key and value in each line.
    #[arg(short = 'K', long, value_name = "SEPARATOR")]
    pub key_separator: Option<String>,
    /// The key of all records.
    #[arg(short = 'k', long)]
    pub key: Option<String>,
    /// Separates records instead of the newline.
    #[arg(short = 'D', long, default_value = "\\n", value_name = "SEPARATOR")]
    pub delimiter: String,
    /// A header of all records; one without a value when there is only a name.
    #[arg(short = 'H', long = "header", value_name = "NAME[=VALUE]", action = ArgAction::Append)]
    pub headers: Vec<String>,
    /// Empty keys and values are null.
    #[arg(short = 'Z', long)]
    pub null: bool,
    /// none, gzip, snappy, lz4 or zstd.
    #[arg(short = 'z', long, value_name = "CODEC")]
    pub compression: Option<String>,
    /// Ends after so many records.
    #[arg(short = 'c', long)]
    pub count: Option<u64>,
    /// Files to read instead of standard input.
    pub files: Vec<PathBuf>,
}

/// `kconnect consume`.
#[derive(Debug, Args)]
pub struct Consume {
    /// The cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// The topic.
    #[arg(short = 't', long, required_unless_present = "group", conflicts_with = "group")]
    pub topic: Option<String>,
    /// Only this partition.
    #[arg(short = 'p', long, conflicts_with = "group")]
    pub partition: Option<i32>,
    /// Consumes as a member of this group the topics given as arguments, and commits.
    #[arg(short = 'G', long, value_name = "GROUP", requires = "topics")]
    pub group: Option<String>,
    /// Where to start: beginning, end, stored, an offset, -N from the end, s@TIMESTAMP in ms.
    #[arg(short = 'o', long, value_name = "OFFSET", allow_hyphen_values = true)]
    pub offset: Option<String>,
    /// Ends after so many records.
    #[arg(short = 'c', long)]
    pub count: Option<u64>,
    /// Ends when the end of all partitions is reached.
    #[arg(short = 'e', long)]
    pub exit: bool,
    /// No remarks on standard error.
    #[arg(short = 'q', long)]
    pub quiet: bool,
    /// Prints the key in front of the value, with this in between.
    #[arg(short = 'K', long, value_name = "SEPARATOR")]
    pub key_separator: Option<String>,
    /// Printed after each record.
    #[arg(short = 'D', long, default_value = "\\n", value_name = "SEPARATOR")]
    pub delimiter: String,
    /// Format: %t topic, %p partition, %o offset, %T timestamp, %k key, %K its length, %s value, %S its length, %h headers.
    #[arg(short = 'f', long, value_name = "FORMAT", conflicts_with_all = ["json", "key_separator"])]
    pub format: Option<String>,
    /// Prints one JSON object a record.
    #[arg(short = 'J', long, conflicts_with = "key_separator")]
    pub json: bool,
    /// Printed for null keys and values.
    #[arg(short = 'Z', long, default_value = "NULL", value_name = "TEXT")]
    pub null: String,
    /// Topics for `--group`.
    pub topics: Vec<String>,
}

/// `kconnect perf …`.
#[derive(Debug, Subcommand)]
pub enum Perf {
    /// Writes records and says how many a second, and how long each took.
    Produce(PerfProduce),
    /// Reads a topic from its beginning and says how many records a second.
    Consume(PerfConsume),
}

impl Perf {
    /// The cluster of either command.
    pub fn cluster(&self) -> &Cluster {
        match self {
            Self::Produce(args) => &args.cluster,
            Self::Consume(args) => &args.cluster,
        }
    }
}

/// `kconnect perf produce`.
#[derive(Debug, Args)]
pub struct PerfProduce {
    /// The cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// The topic.
    #[arg(short = 't', long)]
    pub topic: String,
    /// The partition; without it, by load.
    #[arg(short = 'p', long)]
    pub partition: Option<i32>,
    /// How many records.
    #[arg(short = 'c', long, default_value_t = 1_000_000)]
    pub count: u64,
    /// Bytes of a record's value.
    #[arg(short = 'S', long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(..=100 << 20))]
    pub size: u32,
    /// Records a second at most; as fast as it goes without.
    #[arg(long, value_name = "RECORDS")]
    pub rate: Option<u64>,
}

/// `kconnect perf consume`.
#[derive(Debug, Args)]
pub struct PerfConsume {
    /// The cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// The topic; all partitions are read.
    #[arg(short = 't', long)]
    pub topic: String,
    /// Ends after so many records.
    #[arg(short = 'c', long, default_value_t = 1_000_000)]
    pub count: u64,
    /// Ends when nothing came for so many milliseconds; a failure if something was left.
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    pub timeout: u64,
}

/// `kconnect topic …`.
#[derive(Debug, Subcommand)]
pub enum Topic {
    /// Lists topics.
    List {
        /// The cluster.
        #[command(flatten)]
        cluster: Cluster,
        /// Also internal ones.
        #[arg(long)]
        internal: bool,
    },
    /// Creates a topic.
    Create {
        /// The cluster.
        #[command(flatten)]
        cluster: Cluster,
        /// The topic.
        #[arg(short = 't', long)]
        topic: String,
        /// Number of partitions; the broker's default without.
        #[arg(long)]
        partitions: Option<i32>,
        /// Copies of each partition; the broker's default without.
        #[arg(long)]
        replication_factor: Option<i16>,
        /// A setting of the topic.
        #[arg(long, value_name = "KEY=VALUE", action = ArgAction::Append)]
        config: Vec<String>,
    },
    /// Shows partitions, offsets and settings.
    Describe {
        /// The cluster.
        #[command(flatten)]
        cluster: Cluster,
        /// The topic; all when absent.
        #[arg(short = 't', long)]
        topic: Option<String>,
    },
    /// Deletes a topic.
    Delete {
        /// The cluster.
        #[command(flatten)]
        cluster: Cluster,
        /// The topic.
        #[arg(short = 't', long)]
        topic: String,
    },
}

impl Topic {
    /// The cluster of any of the commands.
    pub fn cluster(&self) -> &Cluster {
        match self {
            Self::List { cluster, .. }
            | Self::Create { cluster, .. }
            | Self::Describe { cluster, .. }
            | Self::Delete { cluster, .. } => cluster,
        }
    }
}

/// `kconnect group …`.
#[derive(Debug, Subcommand)]
pub enum Group {
    /// Lists groups.
    List {
        /// The cluster.
        #[command(flatten)]
        cluster: Cluster,
    },
    /// Shows members, offsets and lag.
    Describe {
        /// The cluster.
        #[command(flatten)]
        cluster: Cluster,
        /// The group.
        #[arg(short = 'G', long)]
        group: String,
    },
}

impl Group {
    /// The cluster of any of the commands.
    pub fn cluster(&self) -> &Cluster {
        match self {
            Self::List { cluster } | Self::Describe { cluster, .. } => cluster,
        }
    }
}

/// `kconnect plugins`.
#[derive(Debug, Args)]
pub struct Plugins {
    /// One JSON array instead of a table.
    #[arg(long)]
    pub json: bool,
}
