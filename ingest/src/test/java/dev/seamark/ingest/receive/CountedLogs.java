package dev.seamark.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.schema.LogRows;
import dev.seamark.schema.Table;
import dev.seamark.tenant.Sender;
import io.vertx.core.Future;

/**
 * A lane whose bodies say how many log rows they hold: {@code "3"}, {@code "3 left out 2"}, padded
 * with spaces at will; anything else is malformed after a row or two. Wire tests speak it, so that
 * they don't depend on a decoder.
 */
class CountedLogs implements SignalLane {
  private final LogRows rows = new LogRows();

  static byte[] body(int rows) {
    return Integer.toString(rows).getBytes(UTF_8);
  }

  static byte[] body(int rows, int size) {
    return (" ".repeat(size - 8) + "%8d".formatted(rows)).getBytes(UTF_8);
  }

  @Override
  public Decoded decode(Arrival arrival, byte[] body, int from, int to, long nowNanos)
      throws Malformed {
    Sender sender = arrival.sender();
    String cluster = arrival.cluster();
    String[] words = new String(body, from, to - from, UTF_8).trim().split(" left out ", -1);
    try {
      int count = Integer.parseInt(words[0]);
      for (int i = 0; i < count; i++) {
        append(sender, cluster == null ? "" : cluster, nowNanos);
      }
      int rejected = words.length == 1 ? 0 : Integer.parseInt(words[1]);
      return new Decoded(count, rejected, rejected == 0 ? "" : "rows of \"even\" days");
    } catch (NumberFormatException _) {
      append(sender, "", nowNanos);
      throw new Malformed("body is no number of rows");
    }
  }

  private void append(Sender sender, String cluster, long nowNanos) {
    rows.timestamp.append(nowNanos);
    rows.observedTimestamp.append(nowNanos);
    rows.tenant.append(sender.tenant());
    rows.cluster.append(cluster);
    rows.retentionDays.append(sender.retentionDays());
    rows.traceId.appendEmpty();
    rows.spanId.appendEmpty();
    rows.traceFlags.append(0);
    rows.severityText.append("");
    rows.severityNumber.append(0);
    rows.serviceName.append("test");
    rows.body.append("a line");
    rows.resourceSchemaUrl.append("");
    rows.resourceAttributes.endRow();
    rows.scopeSchemaUrl.append("");
    rows.scopeName.appendEmpty();
    rows.scopeVersion.append("");
    rows.scopeAttributes.endRow();
    rows.logAttributes.endRow();
    rows.eventName.appendEmpty();
    rows.droppedAttributesCount.append(0);
  }

  @Override
  public long rowBytes() {
    return rows.block().bytes();
  }

  @Override
  public Future<Void> scatter(Batcher batcher, Sender sender, long nowMs) {
    return batcher.append(Table.OTEL_LOGS, 0, rows.block());
  }

  @Override
  public void clear() {
    rows.clear();
  }
}
