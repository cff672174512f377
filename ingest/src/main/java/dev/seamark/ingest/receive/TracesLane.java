package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Partitioner;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.EdgeRules;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.OtlpTraces;
import dev.seamark.schema.SpanRows;
import dev.seamark.schema.Table;
import dev.seamark.tenant.Sender;
import io.vertx.core.Future;

/** Spans on their way from a body to the open blocks. */
final class TracesLane implements SignalLane {
  private final OtlpTraces decoder;
  private final EdgeRules rules;
  private final Partitioner partitioner = new Partitioner();
  private SpanRows rows = new SpanRows();
  private SpanRows spare = new SpanRows(); // empty

  TracesLane(OtlpTraces decoder, Limits limits) {
    this.decoder = decoder;
    this.rules = new EdgeRules(limits);
  }

  @Override
  public Decoded decode(Arrival arrival, byte[] body, int from, int to, long nowNanos)
      throws Malformed {
    Decoded decoded =
        decoder.decode(body, from, to, arrival.sender(), arrival.cluster(), nowNanos, rows);
    applyRules(arrival.sender());
    return decoded;
  }

  private void applyRules(Sender sender) throws Malformed {
    rules.request(sender.rules());
    if (rules.apply(rows, spare)) {
      SpanRows before = rows;
      rows = spare;
      spare = before;
      spare.clear();
    }
  }

  @Override
  public long rowBytes() {
    return rows.block().bytes();
  }

  @Override
  public void tell(Aside aside) {
    rules.tell(aside::dropped);
  }

  @Override
  public Future<Void> scatter(Batcher batcher, Sender sender, long nowMs) {
    int[] partitions = partitioner.byCluster(
        sender.tenant(),
        rows.cluster,
        nowMs / batcher.lingerMs(),
        batcher.partitions(Table.OTEL_TRACES));
    return batcher.scatter(Table.OTEL_TRACES, rows.block(), partitions);
  }

  @Override
  public void clear() {
    rows.clear();
    spare.clear(); // rules may have been stopped half-way
  }
}
