package dev.seamark.ingest.decode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One record of a JSON body as Fluent would forward it: its time, taken out of it, and the other
 * fields in msgpack. Reused; not thread-safe.
 */
final class JsonRecord {
  /** Where a body keeps its records' times, and how it nests names. */
  enum Dialect {
    /** Fluent Bit's HTTP output: {@code date}, else {@code @timestamp}. */
    FLUENT,

    /** Elasticsearch: {@code @timestamp}, and {@code log.level} may be a field of {@code log}. */
    ELASTICSEARCH
  }

  private static final String TIMESTAMP = "@timestamp";
  private static final String DATE = "date";

  /** Objects of the Elastic Common Schema that hold fields with a meaning here. */
  private static final Set<String> SPREAD = Set.of("log", "trace", "span", "service", "host");

  private final JsonToMsgpack msgpack;
  private final Dialect dialect;

  // of the record being read
  private int pairs;
  private long date;
  private long timestamp;
  private @Nullable String timestampText;

  JsonRecord(Dialect dialect, Limits limits) {
    this.dialect = dialect;
    this.msgpack = new JsonToMsgpack(limits);
  }

  /** Where {@link #read} wrote the map of the fields, from 0 to {@link #size}. */
  byte[] bytes() {
    return msgpack.bytes();
  }

  int size() {
    return msgpack.size();
  }

  /** The record's time in nanoseconds since 1970, or {@link FluentRows#NO_TIME}. */
  long timeNanos() {
    long nanos = date != TimeText.NONE ? date : timestamp;
    return nanos != TimeText.NONE ? nanos : FluentRows.NO_TIME;
  }

  /** Lets go of a buffer that a large record needed. */
  void shrink() {
    msgpack.shrink();
  }

  /**
   * Reads the object that the parser has just begun, to its end.
   *
   * @param key of a further field, {@code value} its text; none if it is null
   * @throws RowRefused a value is nested too deep; the parser stands behind the record all the same
   */
  void read(JsonParser parser, String key, @Nullable String value) throws IOException, RowRefused {
    msgpack.clear();
    pairs = 0;
    date = TimeText.NONE;
    timestamp = TimeText.NONE;
    timestampText = null;
    int start = msgpack.openMap();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken token = parser.nextToken();
      if (!isTime(name, parser)) {
        if (token == JsonToken.START_OBJECT && isSpread(name)) {
          spread(name, parser, 1);
        } else {
          put(name, parser);
        }
      }
    }
    putSecondTime();
    if (value != null) {
      msgpack.putText(key);
      msgpack.putText(value);
      pairs++;
    }
    msgpack.closeMap(start, pairs);
    msgpack.requireDepth();
  }

  private void put(String name, JsonParser parser) throws IOException {
    msgpack.putText(name);
    msgpack.putValue(parser);
    pairs++;
  }

  private boolean isSpread(String name) {
    return dialect == Dialect.ELASTICSEARCH && SPREAD.contains(name);
  }

  /** Writes the fields of an object as fields of the record, behind its name and a dot. */
  private void spread(String prefix, JsonParser parser, int depth) throws IOException {
    if (msgpack.isTooDeep(parser, depth)) {
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = prefix + "." + parser.currentName();
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        spread(name, parser, depth + 1);
      } else {
        put(name, parser);
      }
    }
  }

  /** Takes a time out of the record; what can't be read as one stays in. */
  private boolean isTime(String name, JsonParser parser) throws IOException {
    if (name.equals(DATE) && dialect == Dialect.FLUENT) {
      long nanos = nanos(parser);
      date = nanos == TimeText.NONE ? date : nanos;
      return nanos != TimeText.NONE;
    }
    if (name.equals(TIMESTAMP)) {
      long nanos = nanos(parser);
      if (nanos != TimeText.NONE) {
        timestamp = nanos;
        timestampText = parser.getText();
        return true;
      }
    }
    return false;
  }

  private static long nanos(JsonParser parser) throws IOException {
    int from = parser.getTextOffset();
    int to = from + parser.getTextLength();
    return switch (parser.currentToken()) {
      case VALUE_STRING -> TimeText.ofText(parser.getTextCharacters(), from, to);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
        TimeText.ofNumber(parser.getTextCharacters(), from, to);
      default -> TimeText.NONE;
    };
  }

  /** The record's own time stays in where Fluent Bit's is the one that counts. */
  private void putSecondTime() {
    if (date != TimeText.NONE && timestampText != null) {
      msgpack.putText(TIMESTAMP);
      msgpack.putText(timestampText);
      pairs++;
    }
  }
}
