// The Java client, measured as in ../src/main.rs: java -cp 'LIBS/*' Rival.java produce|consume BOOTSTRAP SIZE WARMUP RECORDS
import java.lang.management.ManagementFactory;
import java.nio.file.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;

public class Rival {
    static final com.sun.management.OperatingSystemMXBean OS =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    static long wall, cpu;

    static void mark() {
        System.out.println("begin");
        wall = System.nanoTime();
        cpu = OS.getProcessCpuTime();
    }

    static void report(long records) throws Exception {
        long w = System.nanoTime() - wall, c = OS.getProcessCpuTime() - cpu, peak = 0;
        for (String line : Files.readAllLines(Path.of("/proc/self/status")))
            if (line.startsWith("VmHWM:")) peak = Long.parseLong(line.replaceAll("\\D", ""));
        System.out.printf("{\"records\":%d,\"wall_ns\":%d,\"cpu_ns\":%d,\"peak_kb\":%d}%n", records, w, c, peak);
    }

    public static void main(String[] a) throws Exception {
        int size = Integer.parseInt(a[2]);
        long warmup = Long.parseLong(a[3]), records = Long.parseLong(a[4]);
        Properties p = new Properties();
        p.put("bootstrap.servers", a[1]);
        if (a[0].equals("produce")) produce(p, size, warmup, records);
        else consume(p, size, warmup, records);
        System.exit(0);
    }

    static void produce(Properties p, int size, long warmup, long records) throws Exception {
        p.put("acks", "all");
        p.put("enable.idempotence", "true");
        p.put("batch.size", "131072");
        p.put("linger.ms", "5");
        p.put("send.buffer.bytes", "-1");
        p.put("buffer.memory", String.valueOf(64 << 20));
        var producer = new KafkaProducer<>(p, new ByteArraySerializer(), new ByteArraySerializer());
        byte[] value = new byte[size];
        Arrays.fill(value, (byte) 'x');
        var failed = new AtomicLong();
        Callback callback = (metadata, error) -> { if (error != null) failed.incrementAndGet(); };
        for (long i = 0; i < warmup; i++) producer.send(new ProducerRecord<>("bench", value), callback);
        producer.flush();
        mark();
        for (long i = 0; i < records; i++) producer.send(new ProducerRecord<>("bench", value), callback);
        producer.flush();
        report(records);
        if (failed.get() > 0) throw new IllegalStateException(failed + " records failed");
    }

    static void consume(Properties p, int size, long warmup, long records) throws Exception {
        p.put("enable.auto.commit", "false");
        p.put("check.crcs", "true");
        p.put("max.poll.records", "10000");
        p.put("max.partition.fetch.bytes", String.valueOf(1 << 20));
        var consumer = new KafkaConsumer<>(p, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        var partition = new TopicPartition("bench", 0);
        consumer.assign(List.of(partition));
        consumer.seek(partition, 0);
        take(consumer, size, warmup);
        mark();
        take(consumer, size, records);
        report(records);
    }

    static void take(KafkaConsumer<byte[], byte[]> consumer, int size, long records) {
        for (long seen = 0; seen < records; )
            for (var record : consumer.poll(Duration.ofSeconds(1))) {
                if (record.value().length != size) throw new IllegalStateException("wrong size");
                seen++;
            }
    }
}
