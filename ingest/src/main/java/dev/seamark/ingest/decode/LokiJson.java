package dev.seamark.ingest.decode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The way of a Loki push in JSON into the decoder of the protobuf form, where all is decided that
/// isn't JSON:
/// `{"streams": [{"stream": {"label": "value"}, "values": [["nanoseconds", "line", {"name":
/// "value"}]]}]}`.
///
/// A time may be a number too; values of labels and metadata may be numbers, `true` and `false`;
/// `null` is absent; unknown fields are ignored. Errors name line and column. Not thread-safe.
///
/// Push API: <https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs>.
public final class LokiJson implements LogDecoder {
  private static final long NANOS_A_SECOND = 1_000_000_000;
  private static final int TIME_DIGITS_MAX = 19;

  private final int bodyBytesMax;
  private final JsonBody bodies;
  private final LokiProtobuf protobuf;

  public LokiJson(Limits limits, LokiProtobuf protobuf) {
    this.bodyBytesMax = limits.bodyBytesMax();
    this.bodies = new JsonBody(limits);
    this.protobuf = protobuf;
  }

  @Override
  public Decoded decode(
      byte[] body,
      int from,
      int to,
      Sender sender,
      @Nullable String cluster,
      long nowNanos,
      LogRows into)
      throws Malformed {
    byte[] push = toProtobuf(body, from, to);
    return protobuf.decode(push, 0, push.length, sender, cluster, nowNanos, into);
  }

  /** The protobuf bytes of a push in JSON. */
  byte[] toProtobuf(byte[] json, int from, int to) throws Malformed {
    var out = new WireWriter(to - from);
    try (JsonParser parser = bodies.open(json, from, to)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw JsonBody.malformed(parser, "the request must be an object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean streams = parser.currentName().equals("streams");
        if (parser.nextToken() == JsonToken.START_ARRAY && streams) {
          writeStreams(parser, out);
        } else {
          requireAbsent(parser, streams, "streams must be an array");
        }
      }
      if (parser.nextToken() != null) {
        throw JsonBody.malformed(parser, "there is more behind the request");
      }
    } catch (IOException e) {
      throw JsonBody.malformed(e);
    }
    return out.toBytes();
  }

  private void writeStreams(JsonParser parser, WireWriter out) throws IOException, Malformed {
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.START_OBJECT) {
        throw JsonBody.malformed(parser, "a stream must be an object");
      }
      int stream = out.open(1);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        if (name.equals("stream") && token == JsonToken.START_OBJECT) {
          writeLabels(parser, out);
        } else if (name.equals("values") && token == JsonToken.START_ARRAY) {
          writeEntries(parser, out);
        } else {
          requireAbsent(parser, isKnown(name), why(name));
        }
      }
      out.close(stream);
    }
  }

  /** What stands in their place was the form before Loki 0.4: to ignore it would lose its lines. */
  private static boolean isKnown(String name) {
    return switch (name) {
      case "stream", "values", "labels", "entries" -> true;
      default -> false;
    };
  }

  private static String why(String name) {
    return switch (name) {
      case "stream" -> "the labels of a stream must be an object";
      case "values" -> "the values of a stream must be an array";
      default -> "a stream is told by stream and values, not by labels and entries";
    };
  }

  /** Writes the labels as the protobuf form has them, every name in quotes. */
  private static void writeLabels(JsonParser parser, WireWriter out) throws IOException, Malformed {
    var labels = new StringBuilder("{");
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      if (parser.nextToken() != JsonToken.VALUE_NULL) {
        requireScalar(parser, "a label");
        quote(name, labels);
        labels.append('=');
        quote(parser.getText(), labels);
        labels.append(',');
      }
    }
    writeText(parser, 1, labels.append('}').toString(), out);
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\');
      }
      out.append(c);
    }
    out.append('"');
  }

  private void writeEntries(JsonParser parser, WireWriter out) throws IOException, Malformed {
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.START_ARRAY) {
        throw JsonBody.malformed(parser, "an entry must be an array of a time and a line");
      }
      int entry = out.open(2);
      parser.nextToken();
      writeTime(parser, out);
      if (parser.nextToken() != JsonToken.VALUE_STRING) {
        throw JsonBody.malformed(parser, "the line of an entry must be a string");
      }
      writeCurrentText(parser, 2, out);
      JsonToken third = parser.nextToken();
      if (third == JsonToken.START_OBJECT) {
        writeMetadata(parser, out);
      }
      if (third == JsonToken.START_OBJECT || third == JsonToken.VALUE_NULL) {
        parser.nextToken();
      }
      if (parser.currentToken() != JsonToken.END_ARRAY) {
        throw JsonBody.malformed(
            parser, "behind the line of an entry may stand an object of metadata and nothing else");
      }
      out.close(entry);
      if (out.size() > bodyBytesMax) {
        throw new Malformed(Limits.exceeded(
            "the number of bytes of the body as protobuf",
            out.size(),
            bodyBytesMax,
            Limits.BODY_BYTES_MAX));
      }
    }
  }

  private static void writeTime(JsonParser parser, WireWriter out) throws IOException, Malformed {
    JsonToken token = parser.currentToken();
    long nanos = token == JsonToken.VALUE_STRING || token == JsonToken.VALUE_NUMBER_INT
        ? digits(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength())
        : -1;
    if (nanos < 0) {
      throw JsonBody.malformed(
          parser, "the time of an entry must be digits, nanoseconds since 1970");
    }
    int time = out.open(1);
    out.varint(1, nanos / NANOS_A_SECOND);
    out.varint(2, nanos % NANOS_A_SECOND);
    out.close(time);
  }

  /** A number of up to 19 digits that a long holds; negative for anything else. */
  private static long digits(char[] chars, int from, int length) {
    if (length == 0 || length > TIME_DIGITS_MAX) {
      return -1;
    }
    long value = 0;
    for (int i = from; i < from + length; i++) {
      int digit = chars[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value; // 19 digits beyond a long are negative
  }

  private static void writeMetadata(JsonParser parser, WireWriter out)
      throws IOException, Malformed {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      if (parser.nextToken() != JsonToken.VALUE_NULL) {
        requireScalar(parser, "structured metadata");
        int pair = out.open(3);
        writeText(parser, 1, name, out);
        writeCurrentText(parser, 2, out);
        out.close(pair);
      }
    }
  }

  private static void writeCurrentText(JsonParser parser, int field, WireWriter out)
      throws IOException, Malformed {
    char[] chars = parser.getTextCharacters();
    int from = parser.getTextOffset();
    int start = out.open(field);
    if (!out.utf8(chars, from, from + parser.getTextLength())) {
      throw JsonBody.malformed(parser, "half of a surrogate pair");
    }
    out.close(start);
  }

  private static void writeText(JsonParser parser, int field, String text, WireWriter out)
      throws Malformed {
    char[] chars = text.toCharArray();
    int start = out.open(field);
    if (!out.utf8(chars, 0, chars.length)) {
      throw JsonBody.malformed(parser, "half of a surrogate pair");
    }
    out.close(start);
  }

  private static void requireScalar(JsonParser parser, String what) throws Malformed {
    JsonToken token = parser.currentToken();
    if (token == null || !token.isScalarValue()) {
      throw JsonBody.malformed(parser, what + " must be a string");
    }
  }

  /** Goes behind the value of an unknown field, or of a known one that is null. */
  private static void requireAbsent(JsonParser parser, boolean known, String why)
      throws IOException, Malformed {
    if (known && parser.currentToken() != JsonToken.VALUE_NULL) {
      throw JsonBody.malformed(parser, why);
    }
    parser.skipChildren();
  }
}
