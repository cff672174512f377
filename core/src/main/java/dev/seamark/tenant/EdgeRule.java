package dev.seamark.tenant;

import org.jspecify.annotations.Nullable;

/**
 * What is done with some of a tenant's telemetry after it is decoded and before it is stored. The
 * rules of a tenant hold in their order; a rule sees what those before it have made of a row.
 */
public sealed interface EdgeRule {
  /** The rule's name, for counters and messages; no other rule of the tenant has it. */
  String name();

  /** What the rule looks at. */
  Subject subject();

  /** Rows in which the subject matches aren't stored. */
  record Drop(String name, Subject subject, TextPattern match) implements EdgeRule {}

  /** Rows in which the subject doesn't match, or is absent, aren't stored. */
  record Keep(String name, Subject subject, TextPattern match) implements EdgeRule {}

  /** Each match in the subject is replaced by a fixed text, which itself doesn't match. */
  record Redact(String name, Subject subject, TextPattern match, String replacement)
      implements EdgeRule {}

  /** The attribute that the subject names gets another name; one that has it already is lost. */
  record Rename(String name, Subject subject, String to) implements EdgeRule {}

  /**
   * A part of each row of a signal.
   *
   * @param key of one attribute; null where the field isn't attributes, or all of them are meant
   */
  record Subject(Telemetry signal, Field field, @Nullable String key) {}

  /** Whose rows. */
  enum Telemetry {
    LOGS,
    TRACES,
    METRICS
  }

  /** Which part of a row. */
  enum Field {
    /** The body of a log record. */
    BODY,
    /** Attributes of a log record, or of a span and its events. */
    ATTRIBUTE,
    /** Attributes of the resource. */
    RESOURCE_ATTRIBUTE,
    /** Severity text of a log record, or else the name of its severity number. */
    SEVERITY,
    SPAN_NAME,
    /** The message of a span's status. */
    STATUS_MESSAGE,
    /** The name of a metric as it is stored. */
    METRIC_NAME
  }
}
