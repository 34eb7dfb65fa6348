import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.lang.reflect.Field;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.internals.Plugin;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.connector.policy.AllConnectorClientConfigOverridePolicy;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.runtime.ConnectorConfig;
import org.apache.kafka.connect.runtime.TransformationStage;
import org.apache.kafka.connect.runtime.Worker;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.runtime.isolation.Plugins;
import org.apache.kafka.connect.runtime.rest.entities.ConfigInfo;
import org.apache.kafka.connect.runtime.rest.entities.ConfigInfos;
import org.apache.kafka.connect.runtime.standalone.StandaloneConfig;
import org.apache.kafka.connect.runtime.standalone.StandaloneHerder;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.FileOffsetBackingStore;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.apache.kafka.connect.transforms.predicates.Predicate;
import org.apache.kafka.connect.util.ConnectorTaskId;
import org.apache.kafka.connect.util.FutureCallback;

/**
 * Runs the data plane of Apache Kafka Connect's own classes over cases from standard input, one JSON line a case, and
 * answers one JSON line each. Configurations are judged by a real herder (what REST validation says) and then by what
 * a worker does at the start of a task; records go through converters and transformation stages in the order of the
 * worker's tasks. The form of records and results is that of `kconnect preview`.
 */
public final class Oracle {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ConnectorTaskId TASK = new ConnectorTaskId("differential", 0);
    private static final long DAY = 86_400_000L;

    static {
        JSON.configure(JsonWriteFeature.ESCAPE_NON_ASCII.mappedFeature(), true);
        JSON.getFactory().setStreamReadConstraints(StreamReadConstraints.builder()
            .maxNestingDepth(100_000).maxStringLength(Integer.MAX_VALUE).maxNumberLength(1_000_000).build());
    }

    /** Connectors that are never started: only their configuration is looked at. */
    public static final class Sink extends SinkConnector {
        @Override public void start(Map<String, String> props) { }
        @Override public Class<? extends Task> taskClass() { return null; }
        @Override public List<Map<String, String>> taskConfigs(int maxTasks) { return List.of(); }
        @Override public void stop() { }
        @Override public ConfigDef config() { return new ConfigDef(); }
        @Override public String version() { return "1"; }
    }

    public static final class Source extends SourceConnector {
        @Override public void start(Map<String, String> props) { }
        @Override public Class<? extends Task> taskClass() { return null; }
        @Override public List<Map<String, String>> taskConfigs(int maxTasks) { return List.of(); }
        @Override public void stop() { }
        @Override public ConfigDef config() { return new ConfigDef(); }
        @Override public String version() { return "1"; }
    }

    /** A worker that has a configuration and no tasks. */
    private record Home(WorkerConfig config, Worker worker, StandaloneHerder herder) { }

    private final Plugins plugins = new Plugins(Map.of("plugin.discovery", "service_load"));
    private final Map<String, Home> homes = new HashMap<>();
    private final Field predicatePlugin = field("predicatePlugin");
    private final Field negate = field("negate");

    private static Field field(String name) {
        try {
            Field field = TransformationStage.class.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void main(String[] args) throws Exception {
        Oracle oracle = new Oracle();
        Thread.currentThread().setContextClassLoader(oracle.plugins.delegatingLoader()); // Aliases are found there.
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8), 1 << 16);
        BufferedWriter out = new BufferedWriter(new OutputStreamWriter(
            new FileOutputStream(FileDescriptor.out), StandardCharsets.UTF_8), 1 << 16);
        System.setOut(System.err);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ObjectNode answer;
            try {
                answer = oracle.answer(JSON.readTree(line));
            } catch (Throwable e) {
                e.printStackTrace();
                answer = NODES.objectNode().put("broken", e.toString());
            }
            out.write(JSON.writeValueAsString(answer));
            out.write('\n');
            if (!in.ready()) {
                out.flush();
            }
        }
        out.flush();
        System.exit(0); // The herders' threads are not daemons.
    }

    // What is asked

    private ObjectNode answer(JsonNode line) throws Exception {
        if (line.has("definitions")) {
            return definitions(line.get("definitions"));
        }
        if (line.has("charsets")) {
            ObjectNode digests = NODES.objectNode();
            for (JsonNode name : line.get("charsets")) {
                digests.put(name.asText(), Charsets.digests(name.asText()));
            }
            return digests;
        }
        if (line.has("java")) {
            return NODES.objectNode().put("java", System.getProperty("java.version"));
        }
        boolean sink = line.get("as").asText().equals("sink");
        Map<String, String> props = strings(line.get("config"));
        props.put("name", "differential");
        props.put("connector.class", (sink ? Sink.class : Source.class).getName());
        if (sink) {
            props.put("topics", "t");
        }
        Home home = home(line.path("worker"));
        ArrayNode refused = validation(home, props);
        List<Stage> stages = new ArrayList<>();
        Converters converters = null;
        if (refused.isEmpty()) {
            converters = start(home, props, stages, refused);
        }
        ObjectNode answer = NODES.objectNode();
        if (!refused.isEmpty()) {
            answer.set("refused", refused);
            return answer;
        }
        ArrayNode out = answer.putArray("out");
        boolean steps = line.path("steps").asBoolean();
        int index = 0;
        for (JsonNode record : line.get("records")) {
            ObjectNode result = NODES.objectNode().put("index", index++);
            out.add(result);
            try {
                if (sink) {
                    sink(record, converters, stages, steps, result);
                } else {
                    source(record, converters, stages, steps, result);
                }
            } catch (BadInput e) {
                result.removeAll();
                result.put("index", index - 1).put("outcome", "error").putObject("error").put("stage", "INPUT").put("message", e.getMessage());
            }
            JsonNode shown = result.remove("steps");
            if (steps) {
                result.set("steps", shown == null ? NODES.arrayNode() : shown);
            }
        }
        for (Stage stage : stages) {
            stage.stage.close();
        }
        return answer;
    }

    private ObjectNode definitions(JsonNode classes) throws Exception {
        StandaloneHerder herder = home(NODES.objectNode()).herder;
        ObjectNode answer = NODES.objectNode();
        for (JsonNode name : classes) {
            answer.set(name.asText(), JSON.valueToTree(herder.connectorPluginConfig(name.asText())));
        }
        return answer;
    }

    private Home home(JsonNode settings) {
        return homes.computeIfAbsent(settings.isMissingNode() ? "{}" : settings.toString(), text -> {
            Map<String, String> props = new HashMap<>();
            props.put("bootstrap.servers", "127.0.0.1:1");
            props.put("key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
            props.put("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
            props.put("offset.storage.file.filename", "/dev/null");
            props.putAll(strings(settings));
            WorkerConfig config = new StandaloneConfig(props) {
                @Override public String kafkaClusterId() {
                    return "none"; // The real one would be asked of a broker.
                }
            };
            AllConnectorClientConfigOverridePolicy policy = new AllConnectorClientConfigOverridePolicy();
            Worker worker = new Worker("differential", Time.SYSTEM, plugins, config,
                new FileOffsetBackingStore(plugins.newInternalConverter(true, "org.apache.kafka.connect.json.JsonConverter",
                    Map.of("schemas.enable", "false"))), policy);
            return new Home(config, worker, new StandaloneHerder(worker, "differential", policy));
        });
    }

    private static Map<String, String> strings(JsonNode object) {
        Map<String, String> strings = new LinkedHashMap<>();
        object.properties().forEach(entry ->
            strings.put(entry.getKey(), entry.getValue().isNull() ? null : entry.getValue().asText()));
        return strings;
    }

    // Configuration

    private static final List<String> KINDS = List.of("key.converter", "value.converter", "header.converter", "transforms", "predicates");

    private static ArrayNode validation(Home home, Map<String, String> props) throws Exception {
        FutureCallback<ConfigInfos> callback = new FutureCallback<>();
        home.herder.validateConnectorConfig(props, callback, false);
        ArrayNode refused = NODES.arrayNode();
        for (ConfigInfo info : callback.get(60, TimeUnit.SECONDS).configs()) {
            String name = info.configValue().name();
            boolean ours = KINDS.stream().anyMatch(kind -> name.equals(kind) || name.startsWith(kind + "."));
            if (ours) {
                info.configValue().errors().forEach(error -> refused.add(name + ": " + error));
            }
        }
        return refused;
    }

    private record Converters(Converter key, Converter value, HeaderConverter header) { }

    private record Stage(String alias, TransformationStage<?> stage) { }

    /** What the worker does when it starts a task; every failure is told, not only the first. */
    private Converters start(Home home, Map<String, String> props, List<Stage> stages, ArrayNode refused) {
        ConnectorConfig config;
        try {
            config = new ConnectorConfig(plugins, props);
        } catch (Exception e) {
            refused.add("config: " + e.getMessage());
            return null;
        }
        Converter key = tell("key.converter", refused, () -> either(
            plugins.newConverter(config, "key.converter", "key.converter.plugin.version"),
            () -> plugins.newConverter(home.config, "key.converter", "key.converter.plugin.version")));
        Converter value = tell("value.converter", refused, () -> either(
            plugins.newConverter(config, "value.converter", "value.converter.plugin.version"),
            () -> plugins.newConverter(home.config, "value.converter", "value.converter.plugin.version")));
        HeaderConverter header = tell("header.converter", refused, () -> either(
            plugins.newHeaderConverter(config, "header.converter", "header.converter.plugin.version"),
            () -> plugins.newHeaderConverter(home.config, "header.converter", "header.converter.plugin.version")));
        List<String> aliases = config.getList("transforms");
        try {
            List<TransformationStage<SinkRecord>> made = stages(config, home);
            for (int i = 0; i < made.size(); i++) {
                stages.add(new Stage(aliases.get(i), made.get(i)));
            }
        } catch (Exception e) {
            for (String alias : aliases) {
                Map<String, String> alone = new HashMap<>(props);
                alone.put("transforms", alias);
                tell("transforms." + alias, refused, () -> stages(new ConnectorConfig(plugins, alone), home));
            }
        }
        return new Converters(key, value, header);
    }

    private List<TransformationStage<SinkRecord>> stages(ConnectorConfig config, Home home) {
        return config.transformationStages(plugins, TASK, home.worker.metrics());
    }

    /** Stages do not know at run time for which kind of record they were made. */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static ConnectRecord<?> apply(TransformationStage stage, ConnectRecord<?> record) {
        return (ConnectRecord<?>) stage.apply(record);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static boolean test(Predicate predicate, ConnectRecord<?> record) {
        return predicate.test(record);
    }

    private interface Making<T> {
        T make() throws Exception;
    }

    private static <T> T either(T first, Making<T> second) throws Exception {
        return first != null ? first : second.make();
    }

    private static <T> T tell(String key, ArrayNode refused, Making<T> making) {
        try {
            return making.make();
        } catch (Exception e) {
            Throwable inner = e;
            while (inner.getClass() == ConnectException.class && inner.getCause() != null) {
                inner = inner.getCause();
            }
            refused.add(key + ": " + inner.getMessage());
            return null;
        }
    }

    // Records

    private static final class BadInput extends RuntimeException {
        private static final long serialVersionUID = 1;

        BadInput(String message) { super(message); }
    }

    /** A failure of the record, with what the error context of the worker would say. */
    private static final class Failed extends Exception {
        private static final long serialVersionUID = 1;
        final transient ObjectNode error = NODES.objectNode();

        Failed(String stage, Throwable e, Class<?> executing) {
            super(e);
            error.put("stage", stage).put("class", e.getClass().getName()).put("message", e.getMessage());
            Throwable cause = e;
            while (cause.getCause() != null && cause.getCause() != cause) {
                cause = cause.getCause();
            }
            if (cause != e) {
                error.put("cause", cause.getMessage());
            }
            error.put("executing", executing.getName());
        }
    }

    private interface Step<T> {
        T run() throws Exception;
    }

    private static <T> T step(String stage, Object executing, Step<T> step) throws Failed {
        Class<?> type = executing instanceof Class<?> given ? given : executing.getClass();
        try {
            return step.run();
        } catch (Exception | StackOverflowError | OutOfMemoryError e) {
            throw new Failed(stage, e, type);
        }
    }

    private void sink(JsonNode line, Converters converters, List<Stage> stages, boolean steps, ObjectNode result) {
        ConsumerRecord<byte[], byte[]> message = message(line);
        try {
            SchemaAndValue key = step("KEY_CONVERTER", converters.key,
                () -> converters.key.toConnectData(message.topic(), message.headers(), message.key()));
            SchemaAndValue value = step("VALUE_CONVERTER", converters.value,
                () -> converters.value.toConnectData(message.topic(), message.headers(), message.value()));
            Headers headers = step("HEADER_CONVERTER", converters.header, () -> {
                Headers read = new ConnectHeaders();
                for (org.apache.kafka.common.header.Header header : message.headers()) {
                    read.add(header.key(),
                        converters.header.toConnectHeader(message.topic(), header.key(), header.value()));
                }
                return read;
            });
            Long timestamp = message.timestamp() < 0 ? null : message.timestamp();
            ConnectRecord<?> record = new SinkRecord(message.topic(), message.partition(), key.schema(), key.value(),
                value.schema(), value.value(), message.offset(), timestamp, message.timestampType(), headers);
            record = transform(record, stages, steps, result);
            if (record == null) {
                result.put("outcome", "filtered");
                return;
            }
            record(record, result.put("outcome", "record"));
            again(record, converters, result);
        } catch (Failed e) {
            result.put("outcome", "error").set("error", e.error);
        }
    }

    private static ConsumerRecord<byte[], byte[]> message(JsonNode line) {
        RecordHeaders headers = new RecordHeaders();
        for (JsonNode header : line.path("headers")) {
            headers.add(header.get("key").asText(), bytes(header.get("value")));
        }
        JsonNode timestamp = line.path("timestamp");
        TimestampType type = switch (line.path("timestampType").asText("CreateTime")) {
            case "CreateTime" -> TimestampType.CREATE_TIME;
            case "LogAppendTime" -> TimestampType.LOG_APPEND_TIME;
            default -> TimestampType.NO_TIMESTAMP_TYPE;
        };
        return new ConsumerRecord<>(line.get("topic").asText(), line.path("partition").asInt(),
            line.path("offset").asLong(), timestamp.isNumber() ? timestamp.asLong() : -1, type, 0, 0,
            bytes(line.path("key")), bytes(line.path("value")), headers, java.util.Optional.empty());
    }

    private static byte[] bytes(JsonNode text) {
        return text == null || text.isNull() || text.isMissingNode() ? null : Base64.getDecoder().decode(text.asText());
    }

    /** Writes the record with the same converters. Failures here are not the record's. */
    private static void again(ConnectRecord<?> record, Converters converters, ObjectNode result) {
        ArrayNode errors = NODES.arrayNode();
        RecordHeaders headers = new RecordHeaders();
        ArrayNode headerBytes = NODES.arrayNode();
        String topic = record.topic();
        try {
            headers = headers(record, converters, headerBytes);
        } catch (Failed e) {
            errors.add(e.error);
            headerBytes = null;
        }
        RecordHeaders written = headers;
        byte[] key = null;
        byte[] value = null;
        try {
            key = step("KEY_CONVERTER", converters.key,
                () -> converters.key.fromConnectData(topic, written, record.keySchema(), record.key()));
        } catch (Failed e) {
            errors.add(e.error);
        }
        try {
            value = step("VALUE_CONVERTER", converters.value,
                () -> converters.value.fromConnectData(topic, written, record.valueSchema(), record.value()));
        } catch (Failed e) {
            errors.add(e.error);
        }
        bytes(result, key, value, headerBytes);
        if (!errors.isEmpty()) {
            result.set("bytesErrors", errors);
        }
    }

    private static void bytes(ObjectNode result, byte[] key, byte[] value, ArrayNode headers) {
        result.put("keyBytes", key).put("valueBytes", value);
        result.set("headerBytes", headers == null ? NullNode.instance : headers);
    }

    private static RecordHeaders headers(ConnectRecord<?> record, Converters converters, ArrayNode shown) throws Failed {
        return step("HEADER_CONVERTER", converters.header, () -> {
            RecordHeaders written = new RecordHeaders();
            for (Header header : record.headers()) {
                byte[] bytes = converters.header.fromConnectHeader(record.topic(), header.key(), header.schema(), header.value());
                written.add(header.key(), bytes);
                shown.addObject().put("key", header.key()).put("value", bytes);
            }
            return written;
        });
    }

    private void source(JsonNode line, Converters converters, List<Stage> stages, boolean steps, ObjectNode result) {
        ConnectRecord<?> record = polled(line);
        try {
            record = transform(record, stages, steps, result);
            if (record == null) {
                result.put("outcome", "filtered");
                return;
            }
            ConnectRecord<?> last = record;
            ArrayNode headerBytes = NODES.arrayNode();
            RecordHeaders headers = headers(last, converters, headerBytes);
            byte[] key = step("KEY_CONVERTER", converters.key,
                () -> converters.key.fromConnectData(last.topic(), headers, last.keySchema(), last.key()));
            byte[] value = step("VALUE_CONVERTER", converters.value,
                () -> converters.value.fromConnectData(last.topic(), headers, last.valueSchema(), last.value()));
            record(last, result.put("outcome", "record"));
            bytes(result, key, value, headerBytes);
        } catch (Failed e) {
            result.put("outcome", "error").set("error", e.error);
        }
    }

    private static SourceRecord polled(JsonNode line) {
        try {
            SchemaAndValue key = envelope(line.path("key"));
            SchemaAndValue value = envelope(line.path("value"));
            ConnectHeaders headers = new ConnectHeaders();
            for (JsonNode header : line.path("headers")) {
                headers.add(header.get("key").asText(), envelope(header.get("value")));
            }
            JsonNode partition = line.path("partition");
            JsonNode timestamp = line.path("timestamp");
            return new SourceRecord(plainMap(line.path("sourcePartition")), plainMap(line.path("sourceOffset")),
                line.get("topic").asText(), partition.isNumber() ? partition.asInt() : null,
                key.schema(), key.value(), value.schema(), value.value(),
                timestamp.isNumber() ? timestamp.asLong() : null, headers);
        } catch (Exception e) {
            throw new BadInput(e.toString());
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, ?> plainMap(JsonNode node) {
        return node.isObject() ? (Map<String, ?>) schemaless(node) : Map.of();
    }

    private ConnectRecord<?> transform(ConnectRecord<?> record, List<Stage> stages, boolean steps, ObjectNode result)
            throws Failed {
        ArrayNode shown = NODES.arrayNode();
        result.set("steps", shown); // Taken out again, or put at the end, when the record is done.
        for (Stage stage : stages) {
            Class<?> type = stage.stage.transformClass();
            ObjectNode entry = shown.addObject().put("alias", stage.alias).put("class", type.getName());
            boolean skipped = false;
            ConnectRecord<?> before = record;
            try {
                skipped = skips(stage.stage, before);
                record = step("TRANSFORMATION", type, () -> apply(stage.stage, before));
            } catch (Failed e) {
                entry.put("outcome", "error").set("error", e.error);
                throw e;
            }
            if (record == null) {
                entry.put("outcome", "filtered");
                return null;
            }
            entry.put("outcome", skipped ? "skipped" : "applied");
            if (steps) {
                record(record, entry);
            }
        }
        return record;
    }

    /** Whether the predicate keeps the stage from running; one that fails is left to the stage itself. */
    @SuppressWarnings("unchecked")
    private boolean skips(TransformationStage<?> stage, ConnectRecord<?> record) {
        try {
            Plugin<Predicate<?>> plugin = (Plugin<Predicate<?>>) predicatePlugin.get(stage);
            if (plugin == null || plugin.get() == null) {
                return false;
            }
            return negate.getBoolean(stage) == test(plugin.get(), record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        } catch (RuntimeException e) {
            return false;
        }
    }

    private static void record(ConnectRecord<?> record, ObjectNode to) {
        to.put("topic", record.topic()).put("partition", record.kafkaPartition()).put("timestamp", record.timestamp());
        to.set("key", envelope(record.keySchema(), record.key()));
        to.set("value", envelope(record.valueSchema(), record.value()));
        ArrayNode headers = to.putArray("headers");
        for (Header header : record.headers()) {
            headers.addObject().put("key", header.key()).set("value", envelope(header.schema(), header.value()));
        }
    }

    // Envelopes, written

    private static JsonNode envelope(Schema schema, Object value) {
        if (schema == null && value == null) {
            return NullNode.instance;
        }
        ObjectNode envelope = NODES.objectNode();
        envelope.set("schema", schema(schema));
        envelope.set("payload", payload(schema, value));
        return envelope;
    }

    private static final Map<Schema.Type, String> TYPES = Map.ofEntries(
        Map.entry(Schema.Type.BOOLEAN, "boolean"), Map.entry(Schema.Type.INT8, "int8"),
        Map.entry(Schema.Type.INT16, "int16"), Map.entry(Schema.Type.INT32, "int32"),
        Map.entry(Schema.Type.INT64, "int64"), Map.entry(Schema.Type.FLOAT32, "float"),
        Map.entry(Schema.Type.FLOAT64, "double"), Map.entry(Schema.Type.BYTES, "bytes"),
        Map.entry(Schema.Type.STRING, "string"), Map.entry(Schema.Type.ARRAY, "array"),
        Map.entry(Schema.Type.MAP, "map"), Map.entry(Schema.Type.STRUCT, "struct"));

    private static JsonNode schema(Schema schema) {
        if (schema == null) {
            return NullNode.instance;
        }
        ObjectNode node = NODES.objectNode().put("type", TYPES.get(schema.type()));
        switch (schema.type()) {
            case ARRAY -> node.set("items", schema(schema.valueSchema()));
            case MAP -> {
                node.set("keys", schema(schema.keySchema()));
                node.set("values", schema(schema.valueSchema()));
            }
            case STRUCT -> {
                ArrayNode fields = node.putArray("fields");
                for (org.apache.kafka.connect.data.Field field : schema.fields()) {
                    fields.add(((ObjectNode) schema(field.schema())).put("field", field.name()));
                }
            }
            default -> { }
        }
        node.put("optional", schema.isOptional());
        if (schema.name() != null) {
            node.put("name", schema.name());
        }
        if (schema.version() != null) {
            node.put("version", schema.version());
        }
        if (schema.doc() != null) {
            node.put("doc", schema.doc());
        }
        if (schema.parameters() != null) {
            ObjectNode parameters = node.putObject("parameters");
            schema.parameters().forEach(parameters::put);
        }
        if (schema.defaultValue() != null) {
            node.set("default", payload(schema, schema.defaultValue()));
        }
        return node;
    }

    private static JsonNode payload(Schema schema, Object value) {
        if (value == null) {
            return NullNode.instance;
        }
        if (schema == null) {
            return schemaless(value);
        }
        JsonNode fitting = fitting(schema, value);
        return fitting != null ? fitting : tagged(value);
    }

    /** The payload of a value that its schema allows, else null. */
    private static JsonNode fitting(Schema schema, Object value) {
        if (schema.name() != null) {
            switch (schema.name()) {
                case Decimal.LOGICAL_NAME:
                    return value instanceof BigDecimal number ? NODES.textNode(number.toString()) : null;
                case Date.LOGICAL_NAME:
                    return value instanceof java.util.Date date && date.getTime() % DAY == 0
                        ? NODES.numberNode(date.getTime() / DAY) : null;
                case org.apache.kafka.connect.data.Time.LOGICAL_NAME:
                    return value instanceof java.util.Date date && date.getTime() >= 0 && date.getTime() <= DAY
                        ? NODES.numberNode(date.getTime()) : null;
                case Timestamp.LOGICAL_NAME:
                    return value instanceof java.util.Date date ? NODES.numberNode(date.getTime()) : null;
                default:
            }
        }
        return switch (schema.type()) {
            case INT8 -> value instanceof Byte number ? NODES.numberNode(number.intValue()) : null;
            case INT16 -> value instanceof Short number ? NODES.numberNode(number.intValue()) : null;
            case INT32 -> value instanceof Integer number ? NODES.numberNode(number) : null;
            case INT64 -> value instanceof Long number ? NODES.numberNode(number) : null;
            case FLOAT32 -> value instanceof Float number ? real(number, Float.isFinite(number)) : null;
            case FLOAT64 -> value instanceof Double number ? real(number, Double.isFinite(number)) : null;
            case BOOLEAN -> value instanceof Boolean flag ? NODES.booleanNode(flag) : null;
            case STRING -> value instanceof String text ? NODES.textNode(text) : null;
            case BYTES -> bytesOf(value) == null ? null : NODES.binaryNode(bytesOf(value));
            case ARRAY -> {
                if (!(value instanceof List<?> list)) {
                    yield null;
                }
                ArrayNode array = NODES.arrayNode();
                list.forEach(element -> array.add(payload(schema.valueSchema(), element)));
                yield array;
            }
            case MAP -> value instanceof Map<?, ?> map ? map(schema, map) : null;
            case STRUCT -> value instanceof Struct struct && struct.schema().equals(schema) ? fields(struct) : null;
        };
    }

    private static JsonNode real(Number number, boolean finite) {
        if (!finite) {
            return NODES.textNode(number.toString());
        }
        return number instanceof Float ? NODES.numberNode((Float) number) : NODES.numberNode(number.doubleValue());
    }

    private static byte[] bytesOf(Object value) {
        if (value instanceof ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            return bytes;
        }
        return value instanceof byte[] bytes ? bytes : null;
    }

    private static JsonNode map(Schema schema, Map<?, ?> map) {
        boolean texts = schema.keySchema() != null && schema.keySchema().type() == Schema.Type.STRING
            && map.keySet().stream().allMatch(key -> key instanceof String);
        if (texts) {
            ObjectNode object = NODES.objectNode();
            map.forEach((key, value) -> object.set((String) key, payload(schema.valueSchema(), value)));
            return object;
        }
        ArrayNode pairs = NODES.arrayNode();
        map.forEach((key, value) ->
            pairs.addArray().add(payload(schema.keySchema(), key)).add(payload(schema.valueSchema(), value)));
        return pairs;
    }

    private static ObjectNode fields(Struct struct) {
        ObjectNode object = NODES.objectNode();
        for (org.apache.kafka.connect.data.Field field : struct.schema().fields()) {
            object.set(field.name(), payload(field.schema(), struct.getWithoutDefault(field.name())));
        }
        return object;
    }

    private static JsonNode schemaless(Object value) {
        if (value instanceof Long number) {
            return NODES.numberNode(number);
        }
        if (value instanceof Double number && Double.isFinite(number)) {
            return NODES.numberNode(number);
        }
        if (value instanceof Boolean flag) {
            return NODES.booleanNode(flag);
        }
        if (value instanceof String text) {
            return NODES.textNode(text);
        }
        if (value instanceof List<?> list) {
            ArrayNode array = NODES.arrayNode();
            list.forEach(element -> array.add(payload(null, element)));
            return array;
        }
        if (value instanceof Map<?, ?> map
                && map.keySet().stream().allMatch(key -> key instanceof String && !key.equals("$type"))) {
            ObjectNode object = NODES.objectNode();
            map.forEach((key, element) -> object.set((String) key, payload(null, element)));
            return object;
        }
        return tagged(value);
    }

    private static JsonNode tagged(Object value) {
        ObjectNode node = NODES.objectNode();
        if (value instanceof Byte number) {
            return node.put("$type", "int8").put("value", number.intValue());
        } else if (value instanceof Short number) {
            return node.put("$type", "int16").put("value", number.intValue());
        } else if (value instanceof Integer number) {
            return node.put("$type", "int32").put("value", number);
        } else if (value instanceof Long number) {
            return node.put("$type", "int64").put("value", number);
        } else if (value instanceof Float number) {
            return node.put("$type", "float32").set("value", real(number, Float.isFinite(number)));
        } else if (value instanceof Double number) {
            return node.put("$type", "float64").set("value", real(number, Double.isFinite(number)));
        } else if (value instanceof Boolean flag) {
            return node.put("$type", "boolean").put("value", flag);
        } else if (value instanceof String text) {
            return node.put("$type", "string").put("value", text);
        } else if (bytesOf(value) != null) {
            return node.put("$type", "bytes").put("value", bytesOf(value));
        } else if (value instanceof BigDecimal || value instanceof BigInteger) {
            return node.put("$type", "decimal").put("value", value.toString());
        } else if (value instanceof java.util.Date date) {
            return node.put("$type", "instant").put("value", date.getTime());
        } else if (value instanceof List<?> list) {
            ArrayNode array = node.put("$type", "array").putArray("value");
            list.forEach(element -> array.add(payload(null, element)));
            return node;
        } else if (value instanceof Map<?, ?> map) {
            ArrayNode pairs = node.put("$type", "map").putArray("value");
            map.forEach((key, element) -> pairs.addArray().add(payload(null, key)).add(payload(null, element)));
            return node;
        } else if (value instanceof Struct struct) {
            node.put("$type", "struct").set("schema", schema(struct.schema()));
            return node.set("value", fields(struct));
        }
        throw new IllegalStateException("no form for " + value.getClass());
    }

    // Envelopes, read

    private static SchemaAndValue envelope(JsonNode node) {
        if (node == null || node.isNull() || node.isMissingNode()) {
            return new SchemaAndValue(null, null);
        }
        Schema schema = readSchema(node.get("schema"));
        return new SchemaAndValue(schema, value(schema, node.get("payload")));
    }

    private static Schema readSchema(JsonNode node) {
        if (node == null || node.isNull()) {
            return null;
        }
        String name = node.get("type").asText();
        Schema.Type type = TYPES.entrySet().stream().filter(entry -> entry.getValue().equals(name))
            .map(Map.Entry::getKey).findFirst().orElseThrow(() -> new BadInput("unknown type " + name));
        List<org.apache.kafka.connect.data.Field> fields = null;
        if (type == Schema.Type.STRUCT) {
            fields = new ArrayList<>();
            for (JsonNode field : node.get("fields")) {
                fields.add(new org.apache.kafka.connect.data.Field(
                    field.get("field").asText(), fields.size(), readSchema(field)));
            }
        }
        Schema keys = type == Schema.Type.MAP ? readSchema(node.get("keys")) : null;
        Schema values = switch (type) {
            case MAP -> readSchema(node.get("values"));
            case ARRAY -> readSchema(node.get("items"));
            default -> null;
        };
        Map<String, String> parameters = node.has("parameters") ? strings(node.get("parameters")) : null;
        boolean optional = node.path("optional").asBoolean();
        Integer version = node.has("version") ? node.get("version").asInt() : null;
        String logical = node.has("name") ? node.get("name").asText() : null;
        String doc = node.has("doc") ? node.get("doc").asText() : null;
        Schema bare = new ConnectSchema(type, optional, null, logical, version, doc, parameters, fields, keys, values);
        if (!node.hasNonNull("default")) {
            return bare;
        }
        Object byDefault = value(bare, node.get("default"));
        return new ConnectSchema(type, optional, byDefault, logical, version, doc, parameters, fields, keys, values);
    }

    private static Object value(Schema schema, JsonNode node) {
        if (node == null || node.isNull()) {
            return null;
        }
        if (schema == null || node.has("$type")) {
            return schemaless(node);
        }
        if (schema.name() != null) {
            switch (schema.name()) {
                case Decimal.LOGICAL_NAME:
                    return new BigDecimal(node.asText());
                case Date.LOGICAL_NAME:
                    return new java.util.Date(node.asLong() * DAY);
                case org.apache.kafka.connect.data.Time.LOGICAL_NAME:
                case Timestamp.LOGICAL_NAME:
                    return new java.util.Date(node.asLong());
                default:
            }
        }
        return switch (schema.type()) {
            case INT8 -> (byte) node.asInt();
            case INT16 -> (short) node.asInt();
            case INT32 -> node.asInt();
            case INT64 -> node.asLong();
            case FLOAT32 -> node.isTextual() ? Float.parseFloat(node.asText()) : (Object) (float) node.asDouble();
            case FLOAT64 -> node.isTextual() ? Double.parseDouble(node.asText()) : (Object) node.asDouble();
            case BOOLEAN -> node.asBoolean();
            case STRING -> node.asText();
            case BYTES -> bytes(node);
            case ARRAY -> {
                List<Object> list = new ArrayList<>();
                node.forEach(element -> list.add(value(schema.valueSchema(), element)));
                yield list;
            }
            case MAP -> readMap(schema, node);
            case STRUCT -> readStruct(schema, node);
        };
    }

    private static Map<Object, Object> readMap(Schema schema, JsonNode node) {
        Map<Object, Object> map = new LinkedHashMap<>();
        if (node.isObject()) {
            node.properties().forEach(e -> map.put(e.getKey(), value(schema.valueSchema(), e.getValue())));
        } else {
            node.forEach(pair ->
                map.put(value(schema.keySchema(), pair.get(0)), value(schema.valueSchema(), pair.get(1))));
        }
        return map;
    }

    private static Struct readStruct(Schema schema, JsonNode node) {
        Struct struct = new Struct(schema);
        for (org.apache.kafka.connect.data.Field field : schema.fields()) {
            Object value = value(field.schema(), node.get(field.name()));
            if (value != null) {
                struct.put(field, value);
            }
        }
        return struct;
    }

    private static Object schemaless(JsonNode node) {
        if (node.isNull()) {
            return null;
        } else if (node.isIntegralNumber()) {
            return node.asLong();
        } else if (node.isNumber()) {
            return node.asDouble();
        } else if (node.isBoolean()) {
            return node.asBoolean();
        } else if (node.isTextual()) {
            return node.asText();
        } else if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            node.forEach(element -> list.add(schemaless(element)));
            return list;
        } else if (!node.has("$type")) {
            Map<Object, Object> map = new LinkedHashMap<>();
            node.properties().forEach(entry -> map.put(entry.getKey(), schemaless(entry.getValue())));
            return map;
        }
        JsonNode value = node.get("value");
        return switch (node.get("$type").asText()) {
            case "int8" -> (Object) (byte) value.asInt();
            case "int16" -> (short) value.asInt();
            case "int32" -> value.asInt();
            case "int64" -> value.asLong();
            case "float32" -> value.isTextual() ? Float.parseFloat(value.asText()) : (Object) (float) value.asDouble();
            case "float64" -> value.isTextual() ? Double.parseDouble(value.asText()) : (Object) value.asDouble();
            case "boolean" -> value.asBoolean();
            case "string" -> value.asText();
            case "bytes" -> bytes(value);
            case "decimal" -> new BigDecimal(value.asText());
            case "instant" -> new java.util.Date(value.asLong());
            case "array" -> {
                List<Object> list = new ArrayList<>();
                value.forEach(element -> list.add(schemaless(element)));
                yield list;
            }
            case "map" -> {
                Map<Object, Object> map = new LinkedHashMap<>();
                value.forEach(pair -> map.put(schemaless(pair.get(0)), schemaless(pair.get(1))));
                yield map;
            }
            case "struct" -> readStruct(readSchema(node.get("schema")), value);
            default -> throw new BadInput("unknown $type " + node.get("$type"));
        };
    }
}
