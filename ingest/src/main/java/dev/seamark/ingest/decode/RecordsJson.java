package dev.seamark.ingest.decode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Records in JSON as Fluent Bit's HTTP output sends them: an array of objects (format `json`), or
/// objects one behind the other, on lines of their own (`json_lines`) or not (`json_stream`).
///
/// The time of a record is its field `date`, else `@timestamp`, in any of the forms of [TimeText];
/// what can't be read as a time stays a field. What the other fields mean is said by
/// [FluentMapping]. A record that breaks a limit, and what stands in the array and is no object, is
/// left out and told of; broken JSON refuses the request. Not thread-safe.
///
/// Output: <https://docs.fluentbit.io/manual/pipeline/outputs/http>.
public final class RecordsJson implements LogDecoder {
  private final JsonBody bodies;
  private final JsonRecord record;
  private final MsgpackReader msgpack = new MsgpackReader();
  private final FluentRows rows;

  /** @param rows of the same thread; other decoders may fill them too, one request at a time */
  public RecordsJson(Limits limits, FluentRows rows) {
    this.bodies = new JsonBody(limits);
    this.record = new JsonRecord(JsonRecord.Dialect.FLUENT, limits);
    this.rows = rows;
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
    return decodeNamed(body, from, to, sender, cluster, null, nowNanos, into);
  }

  @Override
  public Decoded decodeNamed(
      byte[] body,
      int from,
      int to,
      Sender sender,
      @Nullable String cluster,
      @Nullable String tag,
      long nowNanos,
      LogRows into)
      throws Malformed {
    rows.request(sender, cluster, nowNanos, into);
    if (tag != null) {
      byte[] bytes = tag.getBytes(StandardCharsets.UTF_8);
      rows.tag(bytes, 0, bytes.length);
    }
    try (JsonParser parser = bodies.openUnchecked(body, from, to)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        switch (token) {
          case START_OBJECT -> read(parser);
          case START_ARRAY -> readArray(parser);
          default -> throw JsonBody.malformed(parser, "an object or an array of them is needed");
        }
      }
    } catch (IOException e) {
      throw JsonBody.malformed(e);
    }
    record.shrink();
    return rows.decoded();
  }

  private void readArray(JsonParser parser) throws IOException, Malformed {
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() == JsonToken.START_OBJECT) {
        read(parser);
      } else {
        parser.skipChildren();
        rows.refuse("a record is no object");
      }
    }
  }

  private void read(JsonParser parser) throws IOException, Malformed {
    try {
      record.read(parser, "", null);
    } catch (RowRefused e) {
      rows.refuse(e.why());
      return;
    }
    msgpack.reset(record.bytes(), 0, record.size());
    rows.record(msgpack, record.timeNanos());
  }
}
