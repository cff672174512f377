package dev.seamark.ingest.receive;

import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Partitioner;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.EdgeRules;
import dev.seamark.ingest.decode.KubernetesObjects;
import dev.seamark.ingest.decode.KubernetesRows;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.LogDecoder;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.schema.LogRows;
import dev.seamark.schema.Rows;
import dev.seamark.tenant.Sender;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Log records on their way from a body to the open blocks, with the Kubernetes objects found among
 * them.
 */
final class LogsLane implements SignalLane {
  private final Map<Format, LogDecoder> decoders;
  private final EdgeRules rules;
  private final KubernetesObjects objects;
  private final KubernetesRows objectRows = new KubernetesRows();
  private final Partitioner partitioner = new Partitioner();
  private LogRows rows = new LogRows();
  private LogRows spare = new LogRows(); // empty

  /** @param decoders by the format that they read */
  LogsLane(Map<Format, LogDecoder> decoders, Limits limits) {
    this.decoders = decoders;
    this.rules = new EdgeRules(limits);
    this.objects = new KubernetesObjects(limits);
  }

  @Override
  public Decoded decode(Arrival arrival, byte[] body, int from, int to, long nowNanos)
      throws Malformed {
    LogDecoder decoder = arrival.decoder(decoders);
    Decoded decoded = decoder.decodeNamed(
        body, from, to, arrival.sender(), arrival.cluster(), arrival.name(), nowNanos, rows);
    applyRules(arrival.sender());
    objects.read(rows, nowNanos, objectRows); // of what the rules have left
    return decoded;
  }

  private void applyRules(Sender sender) throws Malformed {
    rules.request(sender.rules());
    if (rules.apply(rows, spare)) {
      LogRows before = rows;
      rows = spare;
      spare = before;
      spare.clear();
    }
  }

  @Override
  public long rowBytes() {
    return rows.block().bytes() + objectRows.bytes();
  }

  @Override
  public void tell(Aside aside) {
    rules.tell(aside::dropped);
    aside.kubernetesObjects("malformed", objectRows.malformed());
    aside.kubernetesObjects("deleted", objectRows.deleted());
    aside.kubernetesObjects("left_out", objectRows.leftOut());
    aside.kubernetesObjects("stored", objectRows.events.rows() + objectRows.audits.rows());
  }

  @Override
  public Future<Void> scatter(Batcher batcher, Sender sender, long nowMs) {
    Future<Void> acked = scatter(batcher, sender, nowMs, rows, rows.cluster);
    if (objectRows.events.rows() == 0 && objectRows.audits.rows() == 0) {
      return acked;
    }
    List<Future<Void>> acks = new ArrayList<>(3);
    acks.add(acked);
    acks.add(scatter(batcher, sender, nowMs, objectRows.events, objectRows.events.cluster));
    acks.add(scatter(batcher, sender, nowMs, objectRows.audits, objectRows.audits.cluster));
    return Future.all(acks).mapEmpty();
  }

  private Future<Void> scatter(
      Batcher batcher, Sender sender, long nowMs, Rows rows, LowCardinalityColumn clusters) {
    if (rows.rows() == 0) {
      return Future.succeededFuture();
    }
    int[] partitions = partitioner.byCluster(
        sender.tenant(), clusters, nowMs / batcher.lingerMs(), batcher.partitions(rows.table()));
    return batcher.scatter(rows.table(), rows.block(), partitions);
  }

  @Override
  public void clear() {
    rows.clear();
    spare.clear(); // rules may have been stopped half-way
    objectRows.clear();
  }
}
