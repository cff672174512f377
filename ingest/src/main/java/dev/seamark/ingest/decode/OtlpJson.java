package dev.seamark.ingest.decode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.seamark.ingest.decode.OtlpMessages.Field;
import dev.seamark.ingest.decode.OtlpMessages.FieldType;
import dev.seamark.ingest.decode.OtlpMessages.Message;
import dev.seamark.ingest.decode.OtlpMessages.Rule;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.regex.Pattern;

/// The way of OTLP/JSON into the decoders: JSON in, the same request as protobuf bytes out. What
/// fields mean is decided
/// in one place, the protobuf decoder.
///
/// Rules: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding> and the ProtoJSON
/// format. Ids are
/// hexadecimal, other bytes base64; 64-bit integers are strings or numbers; enums are numbers,
/// names are accepted;
/// names are lowerCamelCase or the original ones; unknown fields are ignored; null is absent.
/// Refused are a field that
/// comes twice, two members of a oneof, a number outside of its type, null in an array. Errors name
/// line and column.
/// Thread-safe.
public final class OtlpJson {
  /** A level of AnyValue takes at most four of JSON; a request takes few around. */
  private static final int NESTING_PER_VALUE = 4;

  private static final int NESTING_OF_REQUEST = 32;

  private static final int INTEGER_DIGITS_MAX = 20;
  private static final int EXPONENT_LENGTH_MAX = 10;
  private static final int LONG_LENGTH_SAFE = 18;
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

  /** What an integer type holds; the bounds as {@code long} are of the part that both hold. */
  private record IntegerRange(BigDecimal min, BigDecimal max, long longMin, long longMax) {
    static IntegerRange of(long min, long max) {
      return new IntegerRange(BigDecimal.valueOf(min), BigDecimal.valueOf(max), min, max);
    }
  }

  private static final IntegerRange INT32 = IntegerRange.of(Integer.MIN_VALUE, Integer.MAX_VALUE);
  private static final IntegerRange UINT32 = IntegerRange.of(0, 0xFFFF_FFFFL);
  private static final IntegerRange INT64 = IntegerRange.of(Long.MIN_VALUE, Long.MAX_VALUE);
  private static final IntegerRange UINT64 =
      new IntegerRange(BigDecimal.ZERO, new BigDecimal("18446744073709551615"), 0, Long.MAX_VALUE);

  private final int bodyBytesMax;
  private final int nestingMax;
  private final JsonBody bodies;

  public OtlpJson(Limits limits) {
    this.bodyBytesMax = limits.bodyBytesMax();
    this.nestingMax = NESTING_OF_REQUEST + NESTING_PER_VALUE * limits.anyValueDepthMax();
    this.bodies = new JsonBody(limits);
  }

  /** The protobuf bytes of a request in JSON. */
  public byte[] toProtobuf(byte[] json, Signal signal) throws Malformed {
    var out = new WireWriter(json.length / 2);
    try (JsonParser parser = bodies.open(json, 0, json.length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw malformed(parser, "the request must be an object");
      }
      writeMessage(parser, OtlpMessages.request(signal), out, 1);
      if (parser.nextToken() != null) {
        throw malformed(parser, "there is more behind the request");
      }
    } catch (IOException e) {
      throw JsonBody.malformed(e);
    }
    return out.toBytes();
  }

  /** Writes the fields of the object just begun, to its end. */
  private void writeMessage(JsonParser parser, Message message, WireWriter out, int depth)
      throws IOException, Malformed {
    requireNesting(parser, depth);
    long seen = 0;
    boolean oneofSeen = false;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      Field field = message.field(parser.currentName());
      JsonToken token = parser.nextToken();
      if (field == null) {
        skip(parser, depth);
        continue;
      }
      if (token == JsonToken.VALUE_NULL) {
        continue;
      }
      long bit = 1L << field.number();
      if ((seen & bit) != 0) {
        throw malformed(parser, message, field, "it is there twice");
      }
      seen |= bit;
      if (field.rule() == Rule.ONEOF) {
        if (oneofSeen) {
          throw malformed(parser, message, field, "another member of its oneof is there too");
        }
        oneofSeen = true;
      }
      if (field.rule() == Rule.REPEATED) {
        writeRepeated(parser, message, field, out, depth + 1);
      } else {
        writeValue(parser, message, field, out, depth);
      }
      if (out.size() > bodyBytesMax) {
        throw new Malformed(Limits.exceeded(
            "the number of bytes of the body as protobuf",
            out.size(),
            bodyBytesMax,
            Limits.BODY_BYTES_MAX));
      }
    }
  }

  /** Goes behind an unknown value; Jackson does so without recursion. */
  private static void skip(JsonParser parser, int depth) throws IOException, Malformed {
    parser.skipChildren();
    if (parser.currentToken() == null) {
      throw malformed(parser, "it ends inside a value at depth " + depth);
    }
  }

  private void writeRepeated(
      JsonParser parser, Message message, Field field, WireWriter out, int depth)
      throws IOException, Malformed {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw malformed(parser, message, field, "an array is needed");
    }
    requireNesting(parser, depth);
    boolean packed = field.type() == FieldType.FIXED64
        || field.type() == FieldType.UINT64
        || field.type() == FieldType.DOUBLE;
    int start = packed ? out.open(field.number()) : 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (!packed) {
        writeValue(parser, message, field, out, depth);
      } else if (field.type() == FieldType.DOUBLE) {
        out.fixed64(Double.doubleToRawLongBits(float64(parser, message, field)));
      } else {
        long value = integer(parser, message, field, UINT64);
        if (field.type() == FieldType.FIXED64) {
          out.fixed64(value);
        } else {
          out.varint(value);
        }
      }
    }
    if (packed) {
      out.close(start);
    }
  }

  private void writeValue(
      JsonParser parser, Message message, Field field, WireWriter out, int depth)
      throws IOException, Malformed {
    int number = field.number();
    switch (field.type()) {
      case STRING -> writeText(parser, message, field, out);
      case BOOL -> out.varint(number, bool(parser, message, field) ? 1 : 0);
      case BYTES -> out.bytes(number, base64(parser, message, field));
      case HEX -> out.bytes(number, hex(parser, message, field));
      case INT64 -> out.varint(number, integer(parser, message, field, INT64));
      case UINT32 -> out.varint(number, integer(parser, message, field, UINT32));
      case UINT64 -> out.varint(number, integer(parser, message, field, UINT64));
      case SINT32 -> {
        int value = (int) integer(parser, message, field, INT32);
        out.varint(number, ((value << 1) ^ (value >> 31)) & 0xFFFF_FFFFL);
      }
      case FIXED32 -> out.fixed32(number, (int) integer(parser, message, field, UINT32));
      case FIXED64 -> out.fixed64(number, integer(parser, message, field, UINT64));
      case SFIXED64 -> out.fixed64(number, integer(parser, message, field, INT64));
      case DOUBLE ->
        out.fixed64(number, Double.doubleToRawLongBits(float64(parser, message, field)));
      case ENUM -> out.varint(number, enumNumber(parser, message, field));
      case MESSAGE -> {
        Message inner = field.message();
        if (inner == null || parser.currentToken() != JsonToken.START_OBJECT) {
          throw malformed(parser, message, field, "an object is needed");
        }
        int start = out.open(number);
        writeMessage(parser, inner, out, depth + 1);
        out.close(start);
      }
    }
  }

  private static void writeText(JsonParser parser, Message message, Field field, WireWriter out)
      throws IOException, Malformed {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw malformed(parser, message, field, "a string is needed");
    }
    char[] chars = parser.getTextCharacters();
    int from = parser.getTextOffset();
    int start = out.open(field.number());
    if (!out.utf8(chars, from, from + parser.getTextLength())) {
      throw malformed(parser, message, field, "half of a surrogate pair");
    }
    out.close(start);
  }

  private static boolean bool(JsonParser parser, Message message, Field field) throws Malformed {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw malformed(parser, message, field, "true or false is needed");
    };
  }

  private static byte[] base64(JsonParser parser, Message message, Field field)
      throws IOException, Malformed {
    String text = string(parser, message, field).replace('-', '+').replace('_', '/');
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw malformed(parser, message, field, "it isn't base64: " + e.getMessage());
    }
  }

  private static byte[] hex(JsonParser parser, Message message, Field field)
      throws IOException, Malformed {
    String text = string(parser, message, field);
    byte[] bytes = new byte[text.length() / 2];
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) < 128 ? Character.digit(text.charAt(i), 16) : -1;
      if (digit < 0 || text.length() % 2 != 0) {
        throw malformed(parser, message, field, "pairs of hexadecimal digits are needed");
      }
      bytes[i / 2] = (byte) (bytes[i / 2] << 4 | digit);
    }
    return bytes;
  }

  private static String string(JsonParser parser, Message message, Field field)
      throws IOException, Malformed {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw malformed(parser, message, field, "a string is needed");
    }
    return parser.getText();
  }

  private static long enumNumber(JsonParser parser, Message message, Field field)
      throws IOException, Malformed {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      int number = field.values().indexOf(parser.getText());
      if (number >= 0) {
        return number;
      }
    }
    return integer(parser, message, field, INT32);
  }

  /** A number or a string that holds one; 1.0 and 1e3 are integers too. */
  private static long integer(JsonParser parser, Message message, Field field, IntegerRange range)
      throws IOException, Malformed {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getTextLength() <= LONG_LENGTH_SAFE) {
      long value = parser.getLongValue();
      if (value >= range.longMin && value <= range.longMax) {
        return value;
      }
    }
    BigDecimal value = new BigDecimal(number(parser, message, field));
    if (value.signum() == 0) {
      return 0;
    }
    if ((long) value.precision() - value.scale() > INTEGER_DIGITS_MAX
        || value.compareTo(range.min) < 0
        || value.compareTo(range.max) > 0) {
      throw malformed(
          parser,
          message,
          field,
          "an integer from " + range.min + " to " + range.max + " is needed");
    }
    if (value.stripTrailingZeros().scale() > 0) {
      throw malformed(parser, message, field, "an integer is needed");
    }
    return value.toBigInteger().longValue();
  }

  private static double float64(JsonParser parser, Message message, Field field)
      throws IOException, Malformed {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      switch (parser.getText()) {
        case "NaN" -> {
          return Double.NaN;
        }
        case "Infinity" -> {
          return Double.POSITIVE_INFINITY;
        }
        case "-Infinity" -> {
          return Double.NEGATIVE_INFINITY;
        }
        default -> {}
      }
    }
    double value = Double.parseDouble(number(parser, message, field));
    if (Double.isInfinite(value)) {
      throw malformed(parser, message, field, "a number beyond what a double holds");
    }
    return value;
  }

  /** The text of a number, which stands for itself or in a string. */
  private static String number(JsonParser parser, Message message, Field field)
      throws IOException, Malformed {
    JsonToken token = parser.currentToken();
    boolean isNumber = token == JsonToken.VALUE_NUMBER_INT
        || token == JsonToken.VALUE_NUMBER_FLOAT
        || (token == JsonToken.VALUE_STRING
            && parser.getTextLength() <= JsonBody.NUMBER_LENGTH_MAX
            && NUMBER.matcher(parser.getText()).matches());
    if (!isNumber) {
      throw malformed(parser, message, field, "a number is needed");
    }
    String text = parser.getText();
    int exponent = Math.max(text.indexOf('e'), text.indexOf('E'));
    if (exponent >= 0 && text.length() - exponent > EXPONENT_LENGTH_MAX) {
      throw malformed(parser, message, field, "a number of a plausible exponent is needed");
    }
    return text;
  }

  private void requireNesting(JsonParser parser, int depth) throws Malformed {
    if (depth > nestingMax) {
      throw malformed(
          parser,
          Limits.exceeded("the depth of JSON", depth, nestingMax, Limits.ANY_VALUE_DEPTH_MAX));
    }
  }

  private static Malformed malformed(JsonParser parser, Message message, Field field, String why) {
    return malformed(parser, message.name() + "." + field.name() + ": " + why);
  }

  private static Malformed malformed(JsonParser parser, String why) {
    return JsonBody.malformed(parser, why);
  }
}
