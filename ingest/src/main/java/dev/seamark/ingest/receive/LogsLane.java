package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Partitioner;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.LogDecoder;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.schema.LogRows;
import dev.seamark.schema.Table;
import dev.seamark.tenant.Sender;
import io.vertx.core.Future;
import java.util.Map;

/** Log records on their way from a body to the open blocks. */
final class LogsLane implements SignalLane {
  private final Map<Format, LogDecoder> decoders;
  private final LogRows rows = new LogRows();
  private final Partitioner partitioner = new Partitioner();

  /** @param decoders by the format that they read */
  LogsLane(Map<Format, LogDecoder> decoders) {
    this.decoders = decoders;
  }

  @Override
  public Decoded decode(Arrival arrival, byte[] body, int from, int to, long nowNanos)
      throws Malformed {
    LogDecoder decoder = arrival.decoder(decoders);
    return decoder.decodeNamed(
        body, from, to, arrival.sender(), arrival.cluster(), arrival.name(), nowNanos, rows);
  }

  @Override
  public long rowBytes() {
    return rows.block().bytes();
  }

  @Override
  public Future<Void> scatter(Batcher batcher, Sender sender, long nowMs) {
    int[] partitions = partitioner.byCluster(
        sender.tenant(),
        rows.cluster,
        nowMs / batcher.lingerMs(),
        batcher.partitions(Table.OTEL_LOGS));
    return batcher.scatter(Table.OTEL_LOGS, rows.block(), partitions);
  }

  @Override
  public void clear() {
    rows.clear();
  }
}
