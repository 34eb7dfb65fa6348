// Made the files of this folder, and lets Kafka's own classes judge files that our code wrote.
//
//   javac -cp "kafka-libs/*" -d out RecordFiles.java
//   java -cp "out:kafka-libs/*" RecordFiles produce HOST:PORT LOG_DIR .    records through a broker, its segments copied
//   java -cp "out:kafka-libs/*" RecordFiles legacy .                       message sets of formats 0 and 1
//   java -cp "out:kafka-libs/*" RecordFiles dump FILE...                   prints what Kafka reads in each file
//
// Kafka 4.3.1. A dump has a line per batch and a line per record (offset, timestamp, key, value, headers; bytes in
// hexadecimal, "-" for null); a checksum that does not match ends it with an exception.

import java.io.File;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.*;
import org.apache.kafka.common.serialization.*;

public class RecordFiles {
    static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};
    static final long T = 1_700_000_000_000L;

    public static void main(String[] a) throws Exception {
        switch (a[0]) {
            case "produce" -> produce(a[1], Path.of(a[2]), Path.of(a[3]));
            case "legacy" -> legacy(Path.of(a[1]));
            case "dump" -> {
                for (int i = 1; i < a.length; i++) dump(Path.of(a[i]), System.out);
            }
            default -> throw new IllegalArgumentException(a[0]);
        }
    }

    static Properties producerProps(String bootstrap, String codec) {
        Properties p = new Properties();
        p.put("bootstrap.servers", bootstrap);
        p.put("compression.type", codec);
        p.put("linger.ms", "200");
        p.put("batch.size", "100000");
        p.put("key.serializer", ByteArraySerializer.class.getName());
        p.put("value.serializer", ByteArraySerializer.class.getName());
        return p;
    }

    static ProducerRecord<byte[], byte[]> record(String topic, int i, long timestamp) {
        byte[] key = i % 3 == 0 ? null : ("key-" + i).getBytes(StandardCharsets.UTF_8);
        byte[] value = i % 7 == 6 ? null : ("value " + i + " ").repeat(1 + i % 5).getBytes(StandardCharsets.UTF_8);
        List<Header> headers = new ArrayList<>();
        if (i % 4 == 1) {
            headers.add(new RecordHeader("twice", new byte[] {1, 2, 3}));
            headers.add(new RecordHeader("twice", (byte[]) null));
            headers.add(new RecordHeader("größe", new byte[0]));
        }
        return new ProducerRecord<>(topic, 0, timestamp, key, value, headers);
    }

    static void produce(String bootstrap, Path logDir, Path out) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            List<NewTopic> topics = new ArrayList<>();
            for (String codec : CODECS) topics.add(new NewTopic("v2-" + codec, 1, (short) 1));
            topics.add(new NewTopic("v2-append-time", 1, (short) 1).configs(Map.of("message.timestamp.type", "LogAppendTime")));
            topics.add(new NewTopic("v2-transactions", 1, (short) 1));
            admin.createTopics(topics).all().get();
        }
        for (String codec : CODECS) {
            try (var producer = new KafkaProducer<byte[], byte[]>(producerProps(bootstrap, codec))) {
                for (int round = 0; round < 2; round++) {
                    // Timestamps go backwards, and far enough to need long deltas.
                    for (int i = 0; i < 40; i++) producer.send(record("v2-" + codec, i, T + round * 100_000 - i * 977L));
                    producer.flush();
                }
            }
        }
        try (var producer = new KafkaProducer<byte[], byte[]>(producerProps(bootstrap, "gzip"))) {
            for (int i = 0; i < 5; i++) producer.send(record("v2-append-time", i, T));
        }
        transactions(bootstrap, out);
        for (String name : Files.list(logDir).map(p -> p.getFileName().toString()).filter(n -> n.startsWith("v2-")).toList()) {
            Path file = out.resolve(name.substring(0, name.length() - 2) + ".log");
            // A marker is much younger than our timestamps, which starts a new segment.
            try (var segments = Files.list(logDir.resolve(name)); var all = Files.newOutputStream(file)) {
                for (Path segment : segments.filter(p -> p.toString().endsWith(".log")).sorted().toList()) Files.copy(segment, all);
            }
            dumpBeside(file);
        }
    }

    static void transactions(String bootstrap, Path out) throws Exception {
        Properties a = producerProps(bootstrap, "none"), b = producerProps(bootstrap, "lz4");
        a.put("transactional.id", "a");
        b.put("transactional.id", "b");
        String topic = "v2-transactions";
        try (var pa = new KafkaProducer<byte[], byte[]>(a); var pb = new KafkaProducer<byte[], byte[]>(b);
             var plain = new KafkaProducer<byte[], byte[]>(producerProps(bootstrap, "none"))) {
            pa.initTransactions();
            pb.initTransactions();
            int n = 0;
            for (boolean commitA : new boolean[] {true, false, true, false}) {
                pa.beginTransaction();
                pb.beginTransaction();
                for (int i = 0; i < 3; i++) {
                    for (var p : List.of(pa, pb, plain)) {
                        p.send(text(topic, (p == plain ? "plain" : p == pa ? commitA ? "committed" : "aborted"
                            : commitA ? "aborted" : "committed") + " " + n++)).get();
                    }
                }
                if (commitA) pa.commitTransaction(); else pa.abortTransaction();
                plain.send(text(topic, "plain " + n++)).get();
                if (commitA) pb.abortTransaction(); else pb.commitTransaction();
            }
        }
        Properties c = new Properties();
        c.put("bootstrap.servers", bootstrap);
        c.put("isolation.level", "read_committed");
        c.put("key.deserializer", ByteArrayDeserializer.class.getName());
        c.put("value.deserializer", ByteArrayDeserializer.class.getName());
        try (var consumer = new KafkaConsumer<byte[], byte[]>(c); var text = new PrintStream(out.resolve("v2-transactions.committed.txt").toFile())) {
            TopicPartition tp = new TopicPartition(topic, 0);
            consumer.assign(List.of(tp));
            consumer.seekToBeginning(List.of(tp));
            long end = consumer.endOffsets(List.of(tp)).get(tp);
            while (consumer.position(tp) < end)
                for (var r : consumer.poll(Duration.ofMillis(200))) text.println(r.offset() + "\t" + new String(r.value()));
        }
    }

    static ProducerRecord<byte[], byte[]> text(String topic, String text) {
        return new ProducerRecord<>(topic, 0, T, null, text.getBytes(StandardCharsets.UTF_8));
    }

    static void legacy(Path out) throws Exception {
        for (byte magic = 0; magic < 2; magic++) {
            for (String codec : new String[] {"none", "gzip", "snappy", "lz4"}) {
                Path file = out.resolve("v" + magic + "-" + codec + ".log");
                try (var channel = Files.newByteChannel(file, java.nio.file.StandardOpenOption.CREATE,
                        java.nio.file.StandardOpenOption.TRUNCATE_EXISTING, java.nio.file.StandardOpenOption.WRITE)) {
                    for (long base : new long[] {1000, 1020}) {
                        MemoryRecordsBuilder set = MemoryRecords.builder(ByteBuffer.allocate(1 << 16), magic,
                            Compression.of(codec).build(), TimestampType.CREATE_TIME, base);
                        for (int i = 0; i < 8; i++) {
                            var r = record("", i, T + i);
                            long offset = base + i + (i > 4 ? 3 : 0);   // a gap, as compaction leaves it
                            set.appendWithOffset(offset, magic == 0 ? -1 : r.timestamp(), r.key(), r.value());
                        }
                        channel.write(set.build().buffer());
                    }
                }
                dumpBeside(file);
            }
        }
    }

    static void dumpBeside(Path file) throws Exception {
        try (var text = new PrintStream(file.resolveSibling(file.getFileName().toString().replace(".log", ".txt")).toFile())) {
            dump(file, text);
        }
    }

    static void dump(Path file, PrintStream out) throws Exception {
        try (FileRecords records = FileRecords.open(new File(file.toString()))) {
            for (RecordBatch batch : records.batches()) {
                batch.ensureValid();
                out.println(String.join("\t", "batch", "magic=" + batch.magic(), "last=" + batch.lastOffset(),
                    "codec=" + batch.compressionType().name, "pid=" + batch.producerId(), "epoch=" + batch.producerEpoch(),
                    "sequence=" + batch.baseSequence(), "leader=" + batch.partitionLeaderEpoch(),
                    "transactional=" + batch.isTransactional(), "control=" + batch.isControlBatch(), "size=" + batch.sizeInBytes()));
                for (org.apache.kafka.common.record.internal.Record r : batch) {
                    if (batch.isControlBatch()) {
                        out.println("marker\t" + ControlRecordType.parse(r.key()));
                        continue;
                    }
                    StringBuilder headers = new StringBuilder();
                    for (Header h : r.headers()) {
                        headers.append(headers.isEmpty() ? "" : ",").append(hex(h.key().getBytes(StandardCharsets.UTF_8)))
                            .append('=').append(hex(h.value()));
                    }
                    out.println(String.join("\t", "" + r.offset(), "" + r.timestamp(), hex(bytes(r.key())), hex(bytes(r.value())), headers));
                }
            }
        }
    }

    static byte[] bytes(ByteBuffer b) {
        if (b == null) return null;
        byte[] bytes = new byte[b.remaining()];
        b.duplicate().get(bytes);
        return bytes;
    }

    static String hex(byte[] b) {
        return b == null ? "-" : HexFormat.of().formatHex(b);
    }
}
