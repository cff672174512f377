package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Writes plain values as msgpack: the tests' second opinion of the format, in its shortest forms.
 */
public final class Msgpack {
  private Msgpack() {}

  /** An extension. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Ext(int type, byte[] bytes) {}

  /** Bytes that stand for themselves. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Raw(byte[] bytes) {}

  public static Ext eventTime(long seconds, int nanos) {
    return new Ext(0, write(out -> {
      out.writeInt((int) seconds);
      out.writeInt(nanos);
    }));
  }

  /** The values one behind the other. */
  public static byte[] of(@Nullable Object... values) {
    return write(out -> {
      for (Object value : values) {
        put(value, out);
      }
    });
  }

  /** An array; unlike {@link List#of} it may hold null. */
  public static List<@Nullable Object> array(@Nullable Object... values) {
    var list = new ArrayList<@Nullable Object>();
    for (Object value : values) {
      list.add(value);
    }
    return list;
  }

  /** A map in the order given: key, value, key, value... */
  public static Map<Object, @Nullable Object> map(@Nullable Object... pairs) {
    var map = new LinkedHashMap<Object, @Nullable Object>();
    for (int i = 0; i < pairs.length; i += 2) {
      Object key = pairs[i];
      if (key == null) {
        throw new IllegalArgumentException("no key");
      }
      map.put(key, pairs[i + 1]);
    }
    return map;
  }

  /** Any value, nested up to a depth. */
  public static @Nullable Object random(Random random, int depth) {
    return switch (random.nextInt(depth > 0 ? 11 : 9)) {
      case 0 -> null;
      case 1 -> random.nextBoolean();
      case 2 -> random.nextLong() >> random.nextInt(64);
      case 3 -> random.nextDouble();
      case 4 -> random.nextFloat();
      case 5 -> text(random, random.nextInt(12));
      case 6 -> text(random, random.nextInt(400));
      case 7 -> bytes(random, random.nextInt(300));
      case 8 -> new Ext(random.nextInt(256) - 128, bytes(random, random.nextInt(20)));
      case 9 -> {
        var list = new ArrayList<@Nullable Object>();
        for (int i = random.nextInt(20); i > 0; i--) {
          list.add(random(random, depth - 1));
        }
        yield list;
      }
      default -> randomMap(random, depth);
    };
  }

  public static Map<Object, @Nullable Object> randomMap(Random random, int depth) {
    var map = new LinkedHashMap<Object, @Nullable Object>();
    for (int i = random.nextInt(20); i > 0; i--) {
      map.put(text(random, random.nextInt(10)), random(random, depth - 1));
    }
    return map;
  }

  private static String text(Random random, int length) {
    var text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(random.nextInt(10) == 0 ? 'é' : (char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private static byte[] write(Writing writing) {
    var bytes = new ByteArrayOutputStream();
    try {
      writing.to(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory doesn't fail
    }
    return bytes.toByteArray();
  }

  private static void put(@Nullable Object value, DataOutputStream out) throws IOException {
    switch (value) {
      case null -> out.writeByte(0xC0);
      case Boolean is -> out.writeByte(is ? 0xC3 : 0xC2);
      case Integer number -> putLong(number, out);
      case Long number -> putLong(number, out);
      case Float number -> {
        out.writeByte(0xCA);
        out.writeFloat(number);
      }
      case Double number -> {
        out.writeByte(0xCB);
        out.writeDouble(number);
      }
      case String text -> {
        byte[] bytes = text.getBytes(UTF_8);
        putHead(bytes.length, 32, 0xA0, 0xD9, out);
        out.write(bytes);
      }
      case byte[] bytes -> {
        putHead(bytes.length, 0, 0, 0xC4, out);
        out.write(bytes);
      }
      case Ext(int type, byte[] bytes) -> {
        if (Integer.bitCount(bytes.length) == 1 && bytes.length <= 16) {
          out.writeByte(0xD4 + Integer.numberOfTrailingZeros(bytes.length));
        } else {
          putHead(bytes.length, 0, 0, 0xC7, out);
        }
        out.writeByte(type);
        out.write(bytes);
      }
      case Raw(byte[] bytes) -> out.write(bytes);
      case List<?> list -> {
        putHead(list.size(), 16, 0x90, 0xDB, out); // there is no 0xdb for arrays: 0xdc comes first
        for (Object each : list) {
          put(each, out);
        }
      }
      case Map<?, ?> map -> {
        putHead(map.size(), 16, 0x80, 0xDD, out);
        for (Map.Entry<?, ?> each : map.entrySet()) {
          put(each.getKey(), out);
          put(each.getValue(), out);
        }
      }
      default -> throw new IllegalArgumentException(value.getClass().toString());
    }
  }

  private static void putLong(long number, DataOutputStream out) throws IOException {
    if (number >= -32 && number < 128) {
      out.writeByte((int) number);
    } else if (number == (int) number) {
      out.writeByte(0xD2);
      out.writeInt((int) number);
    } else {
      out.writeByte(0xD3);
      out.writeLong(number);
    }
  }

  /**
   * The head of something with a length: one byte below {@code fixed}, else that with one, two or
   * four bytes of length.
   */
  private static void putHead(int length, int fixed, int fixedHead, int head, DataOutputStream out)
      throws IOException {
    boolean counts = fixed == 16; // arrays and maps have no head with one byte of length
    if (length < fixed) {
      out.writeByte(fixedHead | length);
    } else if (length < 256 && !counts) {
      out.writeByte(head);
      out.writeByte(length);
    } else if (length < 65_536) {
      out.writeByte(head + 1);
      out.writeShort(length);
    } else {
      out.writeByte(head + 2);
      out.writeInt(length);
    }
  }
}
