package dev.seamark.schema;

import dev.seamark.block.ArrayColumn;
import dev.seamark.block.Block;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.MapColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;

/** Stages of requests to Kubernetes API servers ({@code audit.k8s.io/v1} events), one a row. */
public final class KubernetesAuditRows implements Rows {
  private final Columns columns = new Columns();

  /** When the request reached this stage, nanoseconds since 1970. */
  public final LongColumn timestamp = columns.nanos("Timestamp");

  /** Nanoseconds since 1970, 0 if unknown. */
  public final LongColumn requestReceived = columns.nanos("RequestReceived");

  public final LowCardinalityColumn tenant = columns.repeated("Tenant");
  public final LowCardinalityColumn cluster = columns.repeated("Cluster");
  /** 0 keeps for ever. */
  public final ShortColumn retentionDays = columns.uint16("RetentionDays");

  public final StringColumn auditId = columns.string("AuditId");
  /** RequestReceived, ResponseStarted, ResponseComplete or Panic. */
  public final LowCardinalityColumn stage = columns.repeated("Stage");

  /** Metadata, Request or RequestResponse. */
  public final LowCardinalityColumn level = columns.repeated("Level");

  public final LowCardinalityColumn verb = columns.repeated("Verb");
  public final LowCardinalityColumn user = columns.repeated("User");
  public final StringColumn userUid = columns.string("UserUid");
  public final ArrayColumn<StringColumn> userGroups =
      columns.array("UserGroups", new StringColumn());
  public final LowCardinalityColumn impersonatedUser = columns.repeated("ImpersonatedUser");
  public final ArrayColumn<StringColumn> sourceIps = columns.array("SourceIps", new StringColumn());
  public final LowCardinalityColumn userAgent = columns.repeated("UserAgent");
  public final StringColumn requestUri = columns.string("RequestUri");
  public final LowCardinalityColumn objectApiGroup = columns.repeated("ObjectApiGroup");
  public final LowCardinalityColumn objectApiVersion = columns.repeated("ObjectApiVersion");
  public final LowCardinalityColumn objectResource = columns.repeated("ObjectResource");
  public final LowCardinalityColumn objectSubresource = columns.repeated("ObjectSubresource");
  public final LowCardinalityColumn objectNamespace = columns.repeated("ObjectNamespace");
  public final StringColumn objectName = columns.string("ObjectName");
  public final StringColumn objectUid = columns.string("ObjectUid");
  public final StringColumn objectResourceVersion = columns.string("ObjectResourceVersion");
  /** Of HTTP; 0 before there is an answer. */
  public final ShortColumn responseCode = columns.uint16("ResponseCode");

  public final LowCardinalityColumn responseReason = columns.repeated("ResponseReason");
  public final StringColumn responseMessage = columns.string("ResponseMessage");
  /** Keys sorted by their bytes, each once. */
  public final MapColumn<StringColumn, StringColumn> annotations = columns.map("Annotations");

  private final Block block = columns.block();

  @Override
  public Table table() {
    return Table.K8S_AUDIT;
  }

  @Override
  public Block block() {
    return block;
  }
}
