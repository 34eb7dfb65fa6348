import java.io.BufferedWriter;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What the JVM's charsets write and read.
 *
 * <pre>
 * java Charsets.java digests NAME…       a line each: name, a digest of what is written, one of what is read
 * java Charsets.java maps FOLDER NAME…   a file each: D code characters, E character code
 * </pre>
 */
public final class Charsets {
    private long digest;

    public static void main(String[] args) throws Exception {
        boolean maps = args[0].equals("maps");
        for (String name : Arrays.copyOfRange(args, maps ? 2 : 1, args.length)) {
            if (maps) {
                maps(name, Path.of(args[1], name));
            } else {
                System.out.println(name + " " + digests(name));
            }
        }
    }

    static String digests(String name) {
        Charset charset = Charset.forName(name);
        return String.format("%016x %016x", written(charset), read(charset));
    }

    /** FNV-1a over characters alone (all of 16 bits, a part of the others), and over texts of several. */
    private static long written(Charset charset) {
        Charsets all = new Charsets();
        for (int c = 0; c < 0x110000; c += c < 0x10000 ? 1 : 61) {
            if (c < 0xD800 || c > 0xDFFF) {
                all.add(new String(Character.toChars(c)).getBytes(charset));
            }
        }
        long state = 1;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = 0; n < 6; n++) {
                state = next(state);
                int random = (int) (state >>> 40);
                // ASCII, halves of pairs, what East Asia writes, anything.
                int c = switch (random & 3) {
                    case 0 -> random >> 2 & 0x7F;
                    case 1 -> (random & 4) == 0 ? 0xD83D + (random >> 3 & 0x200) : 0xA0 + (random >> 3 & 0x3FF);
                    case 2 -> 0x3000 + (random >> 2) % 0x7000;
                    default -> (random >> 2) & 0xFFFF;
                };
                text.append((char) c);
            }
            all.add(text.toString().getBytes(charset));
        }
        return all.digest;
    }

    /** FNV-1a over all sequences of one and two bytes, and over longer ones. */
    private static long read(Charset charset) {
        Charsets all = new Charsets();
        for (int i = 0; i < 0x100; i++) {
            all.add(new String(new byte[] {(byte) i}, charset));
        }
        for (int i = 0; i < 0x10000; i++) {
            all.add(new String(new byte[] {(byte) (i >> 8), (byte) i}, charset));
        }
        long state = 1;
        for (int i = 0; i < 60_000; i++) {
            state = next(state);
            byte[] bytes = new byte[3 + (int) (state >>> 61)];
            for (int n = 0; n < bytes.length; n++) {
                state = next(state);
                int random = (int) (state >>> 40);
                // Bytes with and without the highest bit, those of escapes, single shifts and four-byte codes.
                bytes[n] = (byte) switch (random & 7) {
                    case 0, 1 -> random >> 3;
                    case 2 -> "\u001b$B(JI@\u000e\u000f\u008e\u008f\u0081\u00a1".charAt((random >> 3) % 13);
                    case 3 -> 0x30 + (random >> 3) % 10;
                    case 4 -> 0x21 + (random >> 3) % 94;
                    default -> 0x81 + (random >> 3) % 126;
                };
            }
            all.add(new String(bytes, charset));
        }
        return all.digest;
    }

    private static long next(long state) {
        return state * 6364136223846793005L + 1442695040888963407L;
    }

    private Charsets() {
        digest = 0xCBF29CE484222325L;
    }

    private void add(int octet) {
        digest = (digest ^ octet & 0xFF) * 0x100000001B3L;
    }

    private void add(byte[] bytes) {
        for (byte octet : bytes) {
            add(octet);
        }
        add(bytes.length);
    }

    private void add(String text) {
        for (int i = 0; i < text.length(); i++) {
            add(text.charAt(i) >> 8);
            add(text.charAt(i));
        }
        add(text.length());
    }

    private static void maps(String name, Path file) throws Exception {
        Charset charset = Charset.forName(name);
        try (PrintWriter out = new PrintWriter(new BufferedWriter(Files.newBufferedWriter(file)))) {
            boolean[] single = new boolean[256];
            CharsetDecoder decoder = charset.newDecoder();
            for (int i = 0; i < 256; i++) {
                single[i] = decoded(out, decoder, "", bytes(i));
            }
            boolean escapes = name.equals("ISO-2022-JP");
            for (int i = 0; i < 0x10000; i++) {
                if (escapes) {
                    decoded(out, decoder, "1b2442", bytes(i >> 8, i));
                } else if (!single[i >> 8]) {
                    decoded(out, decoder, "", bytes(i >> 8, i));
                }
                if (name.equals("EUC-JP")) {
                    decoded(out, decoder, "", bytes(0x8F, i >> 8, i));
                }
            }
            if (name.equals("GB18030")) {
                for (int i = 0; i < 126 * 10 * 126 * 10; i++) {
                    int[] code = {0x81 + i / 12600, 0x30 + i / 1260 % 10, 0x81 + i / 10 % 126, 0x30 + i % 10};
                    decoded(out, decoder, "", bytes(code));
                }
            }
            CharsetEncoder encoder = charset.newEncoder();
            for (int c = 0; c < 0x10000; c++) {
                encoded(out, encoder, c);
            }
        }
    }

    private static byte[] bytes(int... octets) {
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        return bytes;
    }

    private static boolean decoded(PrintWriter out, CharsetDecoder decoder, String before, byte[] code) {
        try {
            String hex = HexFormat.of().formatHex(code);
            ByteBuffer all = ByteBuffer.wrap(HexFormat.of().parseHex(before + hex));
            CharBuffer text = decoder.reset().decode(all);
            if (text.length() == 1) {
                out.printf("D %s %04x%n", hex, (int) text.charAt(0));
            }
            return true;
        } catch (CharacterCodingException none) {
            return false;
        }
    }

    private static void encoded(PrintWriter out, CharsetEncoder encoder, int c) {
        try {
            ByteBuffer bytes = encoder.reset().encode(CharBuffer.wrap(new char[] {(char) c}));
            String code = HexFormat.of().formatHex(bytes.array(), 0, bytes.limit());
            // Of a charset with escapes the code of the two-byte set alone.
            if (code.startsWith("1b2442")) {
                out.printf("E %04x %s%n", c, code.substring(6, 10));
            } else if (!code.startsWith("1b") || code.length() == 2) {
                out.printf("E %04x %s%n", c, code);
            }
        } catch (CharacterCodingException none) {
            // It cannot be written.
        }
    }
}
