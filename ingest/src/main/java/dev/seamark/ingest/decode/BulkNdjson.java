package dev.seamark.ingest.decode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.seamark.ingest.decode.BulkItems.Item;
import dev.seamark.ingest.decode.BulkItems.Operation;
import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The body of an Elasticsearch `_bulk` request: on a line what is asked for, on the next one the
/// document.
///
/// `index` and `create` both append a row, for a log has no place for another one of the same id;
/// `update` and `delete` are refused by item. The time of a document is `@timestamp` in any of the
/// forms of [TimeText]; the index becomes the attribute `elasticsearch.index`; the objects `log`,
/// `trace`, `span`, `service` and `host` of the Elastic Common Schema are read as the dotted names
/// that they also go by; what fields mean is said by [FluentMapping]. A document that isn't JSON,
/// or breaks a limit, is refused by item and the lines behind it are read; a line that asks for
/// nothing known refuses the request. Not thread-safe.
///
/// API: <https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk>.
public final class BulkNdjson implements LogDecoder {
  /** Each one is told of in the answer, which a small body could make huge. */
  static final int REFUSED_MAX = 10_000;

  private static final int REASON_CHARS_MAX = 500;
  private static final String INDEX = "elasticsearch.index";

  private final JsonBody bodies;
  private final JsonRecord document;
  private final MsgpackReader msgpack = new MsgpackReader();
  private final FluentRows rows;

  // the request
  private @Nullable String indexElse;
  private int count;
  private int refused;
  private Operation usual = Operation.INDEX;
  private final List<Item> others = new ArrayList<>();

  // what is asked for
  private Operation operation = Operation.INDEX;
  private @Nullable String index;

  /** @param rows of the same thread; other decoders may fill them too, one request at a time */
  public BulkNdjson(Limits limits, FluentRows rows) {
    this.bodies = new JsonBody(limits);
    this.document = new JsonRecord(JsonRecord.Dialect.ELASTICSEARCH, limits);
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
      @Nullable String indexElse,
      long nowNanos,
      LogRows into)
      throws Malformed {
    rows.request(sender, cluster, nowNanos, into);
    this.indexElse = indexElse;
    count = 0;
    refused = 0;
    others.clear();
    int at = from;
    while (at < to) {
      at = readFrom(body, at, to);
    }
    document.shrink();
    Decoded decoded = rows.decoded();
    return decoded.with(new BulkItems(count, usual, others));
  }

  /** Reads items up to one whose document isn't JSON; returns where to go on. */
  private int readFrom(byte[] body, int from, int to) throws Malformed {
    int documentAt = from;
    boolean inDocument = false;
    try (JsonParser parser = bodies.openUnchecked(body, from, to)) {
      while (parser.nextToken() != null) {
        readAction(parser);
        if (operation == Operation.DELETE) {
          refuseOperation();
          continue;
        }
        documentAt = nextLine(body, from + (int) parser.currentLocation().getByteOffset(), to);
        inDocument = true;
        readDocument(parser);
        inDocument = false;
      }
      return to;
    } catch (IOException e) {
      String why = JsonBody.malformedLine(e);
      if (!inDocument) {
        throw malformed(why);
      }
      rows.refuse(why);
      refuse("document_parsing_exception", why);
      return nextLine(body, documentAt, to);
    }
  }

  /** The start of the line behind the one that {@code at} is in. */
  private static int nextLine(byte[] body, int at, int to) {
    int next = at;
    while (next < to && body[next] != '\n') {
      next++;
    }
    return Math.min(next + 1, to);
  }

  /** Reads {@code {"create":{"_index":"logs"}}}. */
  private void readAction(JsonParser parser) throws IOException, Malformed {
    index = indexElse;
    if (parser.currentToken() != JsonToken.START_OBJECT
        || parser.nextToken() != JsonToken.FIELD_NAME) {
      throw malformed("an object that says what is asked for is needed");
    }
    Operation named = Operation.of(parser.currentName());
    if (named == null || parser.nextToken() != JsonToken.START_OBJECT) {
      throw malformed("one of index, create, update, delete with an object is needed");
    }
    operation = named;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean isIndex = parser.currentName().equals("_index");
      if (parser.nextToken() == JsonToken.VALUE_STRING && isIndex) {
        index = parser.getText();
      } else {
        parser.skipChildren();
      }
    }
    if (parser.nextToken() != JsonToken.END_OBJECT) {
      throw malformed("one thing at a time can be asked for");
    }
  }

  private void readDocument(JsonParser parser) throws IOException, Malformed {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw malformed("the document is missing");
    }
    if (operation == Operation.UPDATE) {
      parser.skipChildren();
      refuseOperation();
    } else if (token != JsonToken.START_OBJECT) {
      parser.skipChildren();
      rows.refuse("a document is no object");
      refuse("document_parsing_exception", "a document is no object");
    } else {
      String why = readRow(parser);
      if (why == null) {
        add(null);
      } else {
        refuse("illegal_argument_exception", why);
      }
    }
  }

  /** Makes a row of a document; returns why it can't be one, or null. */
  private @Nullable String readRow(JsonParser parser) throws IOException, Malformed {
    try {
      document.read(parser, INDEX, index);
    } catch (RowRefused e) {
      rows.refuse(e.why());
      return e.why();
    }
    msgpack.reset(document.bytes(), 0, document.size());
    return rows.record(msgpack, document.timeNanos());
  }

  private void refuseOperation() throws Malformed {
    String why = operation.text() + " isn't possible: rows are only added";
    rows.refuse(why);
    refuse("illegal_argument_exception", why);
  }

  private void refuse(String type, String why) throws Malformed {
    if (++refused > REFUSED_MAX) {
      throw new Malformed("the number of items that can't be stored is above " + REFUSED_MAX
          + " (fixed), the last one: " + why);
    }
    String reason = why.length() <= REASON_CHARS_MAX ? why : why.substring(0, REASON_CHARS_MAX);
    add(new BulkItems.Refusal(type, reason));
  }

  private void add(BulkItems.@Nullable Refusal refusal) {
    if (count == 0) {
      usual = operation;
    }
    if (refusal != null || operation != usual) {
      others.add(new Item(count, operation, refusal));
    }
    count++;
  }

  private Malformed malformed(String why) {
    return new Malformed("malformed bulk request at item " + count + ": " + why);
  }
}
