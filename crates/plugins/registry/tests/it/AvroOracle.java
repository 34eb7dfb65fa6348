import io.apicurio.registry.utils.converter.avro.*;
import org.apache.kafka.connect.data.*;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;
import java.io.*; import java.nio.*; import java.nio.charset.StandardCharsets; import java.util.*;
/**
 * What AvroData makes of the JSON envelopes on standard input, one line each: schema, payload in hexadecimal and the
 * envelope of what it reads back. Class path: io.apicurio:apicurio-registry-utils-converter:2.6.13.Final with what it
 * needs, and Kafka's JARs.
 */
public class AvroOracle {
  static String hex(byte[] b) { StringBuilder s = new StringBuilder(); for (byte x : b) s.append(String.format("%02x", x)); return s.toString(); }
  public static void main(String[] a) throws Exception {
    JsonConverter json = new JsonConverter(); json.configure(Map.of("schemas.enable", "true"), false);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
    for (String line; (line = in.readLine()) != null; ) {
      try {
        AvroData data = new AvroData(10);
        SchemaAndValue sv = json.toConnectData("t", line.getBytes(StandardCharsets.UTF_8));
        org.apache.avro.Schema schema = data.fromConnectSchema(sv.schema());
        Object value = data.fromConnectData(sv.schema(), sv.value());
        if (value != null && value.getClass().getSimpleName().equals("NonRecordContainer")) value = value.getClass().getMethod("getValue").invoke(value);
        ByteArrayOutputStream o = new ByteArrayOutputStream();
        if (schema.getType() == org.apache.avro.Schema.Type.BYTES) { o.write(((ByteBuffer) value).array()); }
        else { BinaryEncoder e = EncoderFactory.get().directBinaryEncoder(o, null); new GenericDatumWriter<Object>(schema).write(value, e); e.flush(); }
        SchemaAndValue back = data.toConnectData(schema, value);
        String again = new String(json.fromConnectData("t", back.schema(), back.value()), StandardCharsets.UTF_8);
        out.println(schema.toString() + "\t" + hex(o.toByteArray()) + "\t" + again);
      } catch (Throwable t) { Throwable c = t; while (c.getCause() != null) c = c.getCause(); out.println("ERR " + c.getClass().getName() + ": " + String.valueOf(c.getMessage()).replace('\n', ' ')); }
    }
  }
}
