import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/** Reads lines "key request|response version hex", each through Kafka's own message classes, and counts those that come back. */
public class Judge {
    public static void main(String[] args) throws Exception {
        int same = 0;
        for (String line : (Iterable<String>) new BufferedReader(new InputStreamReader(System.in)).lines()::iterator) {
            String[] words = line.split(" ", -1);
            ApiMessageType type = ApiMessageType.fromApiKey(Short.parseShort(words[0]));
            ApiMessage message = words[1].equals("request") ? type.newRequest() : type.newResponse();
            short version = Short.parseShort(words[2]);
            byte[] bytes = HexFormat.of().parseHex(words[3]);
            try {
                ByteBufferAccessor reader = new ByteBufferAccessor(ByteBuffer.wrap(bytes));
                message.read(reader, version);
                ObjectSerializationCache cache = new ObjectSerializationCache();
                ByteBuffer written = ByteBuffer.allocate(message.size(cache, version));
                message.write(new ByteBufferAccessor(written), cache, version);
                if (reader.remaining() != 0 || !Arrays.equals(written.array(), bytes)) {
                    throw new Exception("wrote " + HexFormat.of().formatHex(written.array()));
                }
                same++;
            } catch (Exception e) {
                System.out.println(line + ": " + e);
                System.exit(1);
            }
        }
        System.out.println("same " + same);
    }
}
