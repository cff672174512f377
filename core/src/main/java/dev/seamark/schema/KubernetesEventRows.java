package dev.seamark.schema;

import dev.seamark.block.Block;
import dev.seamark.block.IntColumn;
import dev.seamark.block.LongColumn;
import dev.seamark.block.LowCardinalityColumn;
import dev.seamark.block.ShortColumn;
import dev.seamark.block.StringColumn;

/** States of Kubernetes events, one a row; the same state may come more than once. */
public final class KubernetesEventRows implements Rows {
  private final Columns columns = new Columns();

  /** When it last happened, nanoseconds since 1970. */
  public final LongColumn timestamp = columns.nanos("Timestamp");

  public final LowCardinalityColumn tenant = columns.repeated("Tenant");
  public final LowCardinalityColumn cluster = columns.repeated("Cluster");
  /** 0 keeps for ever. */
  public final ShortColumn retentionDays = columns.uint16("RetentionDays");

  /** Of the event object; the same for all its states. */
  public final StringColumn uid = columns.string("Uid");

  /** Another one for each state; empty if the agent doesn't tell it. */
  public final StringColumn resourceVersion = columns.string("ResourceVersion");

  public final StringColumn name = columns.string("Name");
  public final LowCardinalityColumn namespace = columns.repeated("Namespace");
  /** Normal or Warning. */
  public final LowCardinalityColumn type = columns.repeated("Type");

  public final LowCardinalityColumn reason = columns.repeated("Reason");
  public final LowCardinalityColumn action = columns.repeated("Action");
  public final StringColumn message = columns.string("Message");
  /** How often it has happened up to this state, at least 1. */
  public final IntColumn count = columns.uint32("Count");

  /** Nanoseconds since 1970, 0 if unknown. */
  public final LongColumn firstTimestamp = columns.nanos("FirstTimestamp");

  /** Nanoseconds since 1970, 0 if unknown. */
  public final LongColumn lastTimestamp = columns.nanos("LastTimestamp");

  public final LowCardinalityColumn objectKind = columns.repeated("ObjectKind");
  public final LowCardinalityColumn objectApiVersion = columns.repeated("ObjectApiVersion");
  public final LowCardinalityColumn objectNamespace = columns.repeated("ObjectNamespace");
  public final StringColumn objectName = columns.string("ObjectName");
  public final StringColumn objectUid = columns.string("ObjectUid");
  public final StringColumn objectResourceVersion = columns.string("ObjectResourceVersion");
  /** A part of the object, such as {@code spec.containers{web}}. */
  public final StringColumn objectFieldPath = columns.string("ObjectFieldPath");

  public final LowCardinalityColumn reportingComponent = columns.repeated("ReportingComponent");
  public final LowCardinalityColumn reportingInstance = columns.repeated("ReportingInstance");
  /** The node that reports. */
  public final LowCardinalityColumn host = columns.repeated("Host");

  private final Block block = columns.block();

  @Override
  public Table table() {
    return Table.K8S_EVENTS;
  }

  @Override
  public Block block() {
    return block;
  }
}
