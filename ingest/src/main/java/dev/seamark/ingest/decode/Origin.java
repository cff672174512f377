package dev.seamark.ingest.decode;

import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.tenant.Sender;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Where the records being decoded come from: the sender, the resource and the scope, which many
/// records share.
///
/// `ResourceLogs`, `ResourceSpans` and `ResourceMetrics` have the same fields, and so have their
/// scopes. Protobuf allows
/// the resource behind the records, so each message is walked once for what its records share, and
/// again for the
/// records. Attributes are encoded once and copied to each row in bulk. Not thread-safe.
final class Origin {
  private static final byte[] SERVICE_NAME = utf8("service.name");
  private static final byte[] CLUSTER_NAME = utf8("k8s.cluster.name");
  private static final byte[] EMPTY = {};

  private final Attributes resource;
  private final Attributes scope;
  private final MapColumn<StringColumn, StringColumn> resourceRow = MapColumn.ofStrings();
  private final MapColumn<StringColumn, StringColumn> scopeRow = MapColumn.ofStrings();

  private byte[] body = EMPTY;
  private String tenantName = "";
  private byte[] tenant = EMPTY;
  private String clusterName = "";
  private byte[] cluster = EMPTY; // where the resource names none
  private Sender sender = Sender.ANYBODY;

  private int serviceRank;
  private int clusterRank;
  private int resourceSchemaUrlAt;
  private int resourceSchemaUrlEnd;
  private @Nullable String resourceRefusal;

  private int scopeNameAt;
  private int scopeNameEnd;
  private int scopeVersionAt;
  private int scopeVersionEnd;
  private int scopeSchemaUrlAt;
  private int scopeSchemaUrlEnd;
  private @Nullable String scopeRefusal;
  private boolean firstRow; // of the scope

  Origin(Limits limits) {
    this.resource = new Attributes("a resource", limits);
    this.scope = new Attributes("a scope", limits);
  }

  /**
   * Starts a request. The cluster is the resource's, else the header's, else that of the sender's
   * key.
   */
  void startRequest(byte[] body, Sender sender, @Nullable String clusterHeader) {
    this.body = body;
    this.sender = sender;
    if (!tenantName.equals(sender.tenant())) {
      tenantName = sender.tenant();
      tenant = utf8(tenantName);
    }
    String fallback = clusterHeader;
    if (fallback == null || fallback.isEmpty()) {
      fallback = sender.clusterOfKey() == null ? "" : sender.clusterOfKey();
    }
    if (!clusterName.equals(fallback)) {
      clusterName = fallback;
      cluster = utf8(clusterName);
    }
  }

  /**
   * Reads resource and schema URL of the {@code ResourceX} message that {@code wire} stands in, and
   * goes back. Throws {@link Forbidden} where the sender's key doesn't allow its cluster.
   */
  void readResource(WireReader wire) throws Malformed {
    int from = wire.at();
    int to = wire.limit();
    resource.clear(body);
    resourceRefusal = null;
    resourceSchemaUrlAt = from;
    resourceSchemaUrlEnd = from;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x0A -> {
          int outer = wire.enter("ResourceX.resource");
          int end = wire.limit();
          try {
            readResourceAttributes(wire);
          } catch (RowRefused e) {
            resourceRefusal = e.why();
          }
          wire.jump(end, outer);
        }
        case 0x12 -> wire.bytes("ResourceX.scope_x");
        case 0x1A -> {
          resourceSchemaUrlAt = wire.text("ResourceX.schema_url");
          resourceSchemaUrlEnd = wire.at();
        }
        default -> wire.skip(tag);
      }
    }
    wire.jump(from, to);
    serviceRank = resource.rank(SERVICE_NAME);
    clusterRank = resource.rank(CLUSTER_NAME);
    resourceRow.clear();
    resource.appendTo(resourceRow);
    if (resourceRefusal == null) {
      requireAllowedCluster();
    }
  }

  private void requireAllowedCluster() throws Forbidden {
    if (isEmpty(clusterRank)) {
      Forbidden.unlessAllowed(sender, cluster, 0, cluster.length);
    } else {
      Forbidden.unlessAllowed(
          sender,
          resource.valueBytes(clusterRank),
          resource.valueAt(clusterRank),
          resource.valueEnd(clusterRank));
    }
  }

  /** Whether the resource has no such attribute, or no text in it. */
  private boolean isEmpty(int rank) {
    return rank < 0 || resource.valueAt(rank) == resource.valueEnd(rank);
  }

  private void readResourceAttributes(WireReader wire) throws Malformed, RowRefused {
    while (wire.hasNext()) {
      int tag = wire.tag();
      if (tag == 0x0A) {
        resource.read(wire);
      } else {
        wire.skip(tag);
      }
    }
  }

  /**
   * Reads scope and schema URL of the {@code ScopeX} message that {@code wire} stands in, and goes
   * back.
   */
  void readScope(WireReader wire) throws Malformed {
    int from = wire.at();
    int to = wire.limit();
    scope.clear(body);
    scopeRefusal = null;
    firstRow = true;
    scopeNameAt = from;
    scopeNameEnd = from;
    scopeVersionAt = from;
    scopeVersionEnd = from;
    scopeSchemaUrlAt = from;
    scopeSchemaUrlEnd = from;
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x0A -> {
          int outer = wire.enter("ScopeX.scope");
          int end = wire.limit();
          try {
            readInstrumentationScope(wire);
          } catch (RowRefused e) {
            scopeRefusal = e.why();
          }
          wire.jump(end, outer);
        }
        case 0x12 -> wire.bytes("a record");
        case 0x1A -> {
          scopeSchemaUrlAt = wire.text("ScopeX.schema_url");
          scopeSchemaUrlEnd = wire.at();
        }
        default -> wire.skip(tag);
      }
    }
    wire.jump(from, to);
    scopeRow.clear();
    scope.appendTo(scopeRow);
  }

  private void readInstrumentationScope(WireReader wire) throws Malformed, RowRefused {
    while (wire.hasNext()) {
      int tag = wire.tag();
      switch (tag) {
        case 0x0A -> {
          scopeNameAt = wire.text("InstrumentationScope.name");
          scopeNameEnd = wire.at();
        }
        case 0x12 -> {
          scopeVersionAt = wire.text("InstrumentationScope.version");
          scopeVersionEnd = wire.at();
        }
        case 0x1A -> scope.read(wire);
        default -> wire.skip(tag);
      }
    }
  }

  /** Why no record of this resource and scope can be a row, or null. */
  @Nullable
  String refusal() {
    return resourceRefusal != null ? resourceRefusal : scopeRefusal;
  }

  /** Bytes of a row that come from here, and a little more. */
  long rowBytes() {
    return resource.textBytes()
        + scope.textBytes()
        + 4L * (resource.count() + scope.count())
        + (resourceSchemaUrlEnd - resourceSchemaUrlAt)
        + (scopeSchemaUrlEnd - scopeSchemaUrlAt)
        + (scopeNameEnd - scopeNameAt)
        + (scopeVersionEnd - scopeVersionAt);
  }

  int retentionDays() {
    return sender.retentionDays();
  }

  /** Appends what the rows of a resource share to each of its columns. */
  void appendResource(
      LowCardinalityColumn tenants,
      LowCardinalityColumn clusters,
      LowCardinalityColumn serviceNames,
      LowCardinalityColumn schemaUrls,
      MapColumn<StringColumn, StringColumn> attributes) {
    if (firstRow) {
      tenants.append(tenant, 0, tenant.length);
      appendAttribute(clusterRank, cluster, clusters);
      appendAttribute(serviceRank, EMPTY, serviceNames);
      schemaUrls.append(body, resourceSchemaUrlAt, resourceSchemaUrlEnd - resourceSchemaUrlAt);
    } else {
      tenants.appendAgain();
      clusters.appendAgain();
      serviceNames.appendAgain();
      schemaUrls.appendAgain();
    }
    attributes.append(resourceRow, 0, 1);
  }

  private void appendAttribute(int rank, byte[] fallback, LowCardinalityColumn column) {
    if (isEmpty(rank)) {
      column.append(fallback, 0, fallback.length);
    } else {
      int at = resource.valueAt(rank);
      column.append(resource.valueBytes(rank), at, resource.valueEnd(rank) - at);
    }
  }

  /** Appends what the rows of a scope share, but for its version. */
  void appendScope(
      LowCardinalityColumn schemaUrls,
      StringColumn names,
      MapColumn<StringColumn, StringColumn> attributes) {
    if (firstRow) {
      schemaUrls.append(body, scopeSchemaUrlAt, scopeSchemaUrlEnd - scopeSchemaUrlAt);
    } else {
      schemaUrls.appendAgain();
    }
    names.append(body, scopeNameAt, scopeNameEnd - scopeNameAt);
    attributes.append(scopeRow, 0, 1);
  }

  void appendScopeVersion(LowCardinalityColumn versions) {
    if (firstRow) {
      versions.append(body, scopeVersionAt, scopeVersionEnd - scopeVersionAt);
    } else {
      versions.appendAgain();
    }
  }

  void appendScopeVersion(StringColumn versions) {
    versions.append(body, scopeVersionAt, scopeVersionEnd - scopeVersionAt);
  }

  /** Ends a row: the next one of this scope repeats its values. */
  void endRow() {
    firstRow = false;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
