package dev.seamark.ingest.decode;

import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The stream whose entries are being decoded, and the sender: what many rows share. The attributes
 * are encoded once a stream and copied to each of its rows. Not thread-safe.
 */
final class LokiStream {
  private static final byte[] EMPTY = {};

  private final LokiLabels labels;
  private final MapColumn<StringColumn, StringColumn> attributes = MapColumn.ofStrings();
  private Sender sender = Sender.ANYBODY;
  private String tenantName = "";
  private byte[] tenant = EMPTY;
  private String clusterName = "";
  private byte[] clusterElse = EMPTY;
  private int clusterRank;
  private int serviceRank;
  private @Nullable String refusal;
  private boolean firstRow;

  LokiStream(Limits limits) {
    this.labels = new LokiLabels(limits);
  }

  /** The cluster of streams that name none is the header's, else that of the sender's key. */
  void startRequest(Sender sender, @Nullable String clusterHeader) {
    this.sender = sender;
    if (!tenantName.equals(sender.tenant())) {
      tenantName = sender.tenant();
      tenant = utf8(tenantName);
    }
    String ofKey = sender.clusterOfKey() == null ? "" : sender.clusterOfKey();
    String named = clusterHeader == null || clusterHeader.isEmpty() ? ofKey : clusterHeader;
    if (!clusterName.equals(named)) {
      clusterName = named;
      clusterElse = utf8(named);
    }
  }

  /**
   * Reads the labels of the {@code Stream} message that {@code wire} stands in, and goes back:
   * protobuf allows them behind the entries.
   */
  void read(WireReader wire) throws Malformed {
    int from = wire.at();
    int to = wire.limit();
    int labelsAt = from;
    int labelsEnd = from;
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag == 0x0A) {
        labelsAt = wire.text("Stream.labels");
        labelsEnd = wire.at();
      } else {
        wire.skip(tag);
      }
    }
    wire.jump(from, to);
    readLabels(wire.bytes(), labelsAt, labelsEnd);
  }

  private void readLabels(byte[] bytes, int from, int to) throws Forbidden {
    refusal = null;
    firstRow = true;
    try {
      labels.read(bytes, from, to);
    } catch (RowRefused e) {
      refusal = e.why();
      labels.clear();
    }
    attributes.clear();
    labels.appendTo(attributes);
    serviceRank = labels.serviceRank();
    clusterRank = labels.clusterRank();
    if (refusal == null) {
      requireAllowedCluster();
    }
  }

  private void requireAllowedCluster() throws Forbidden {
    if (clusterRank < 0) {
      Forbidden.unlessAllowed(sender, clusterElse, 0, clusterElse.length);
    } else {
      Forbidden.unlessAllowed(
          sender, labels.text(), labels.valueAt(clusterRank), labels.valueEnd(clusterRank));
    }
  }

  /** Why no entry of the stream can be a row, or null. */
  @Nullable
  String refusal() {
    return refusal;
  }

  /** Bytes of a row that come from here, and a little more. */
  long rowBytes() {
    return labels.textBytes();
  }

  /** Where the level of entries that don't name one stands. */
  byte[] levelBytes() {
    return labels.text();
  }

  int levelAt() {
    return labels.levelAt();
  }

  int levelEnd() {
    return labels.levelEnd();
  }

  /** Appends what the rows of the stream share. */
  void appendTo(LogRows into) {
    into.retentionDays.append(sender.retentionDays());
    if (firstRow) {
      into.tenant.append(tenant, 0, tenant.length);
      append(clusterRank, clusterElse, into.cluster);
      append(serviceRank, EMPTY, into.serviceName);
      into.resourceSchemaUrl.append(EMPTY, 0, 0);
      into.scopeSchemaUrl.append(EMPTY, 0, 0);
      into.scopeVersion.append(EMPTY, 0, 0);
      firstRow = false;
    } else {
      into.tenant.appendAgain();
      into.cluster.appendAgain();
      into.serviceName.appendAgain();
      into.resourceSchemaUrl.appendAgain();
      into.scopeSchemaUrl.appendAgain();
      into.scopeVersion.appendAgain();
    }
    into.resourceAttributes.append(attributes, 0, 1);
    into.scopeName.appendEmpty();
    into.scopeAttributes.endRow();
  }

  private void append(int rank, byte[] fallback, LowCardinalityColumn column) {
    if (rank < 0) {
      column.append(fallback, 0, fallback.length);
    } else {
      int at = labels.valueAt(rank);
      column.append(labels.text(), at, labels.valueEnd(rank) - at);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
