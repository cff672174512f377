package dev.seamark.ingest.decode;

import dev.seamark.service.Key;
import java.time.Duration;

/**
 * Section {@code ingest.limits}: the bounds of what a sender may send; every refusal names the
 * limit and its setting.
 *
 * @param bodyBytesMax of one request, decompressed
 * @param decodedBytesMax of the rows that one request becomes: resource attributes are repeated in
 *     each row, so a small body could fill the memory
 * @param rowBytesMax of one row; smaller than the largest Kafka record, which holds at least one
 * @param anyValueDepthMax of arrays and key-value lists inside each other
 * @param attributesMax of one record, resource, scope, event or link
 * @param attributeKeyBytesMax of one attribute key
 * @param attributeValueBytesMax of one attribute value, as stored (a log body is bound by the row
 *     only)
 * @param eventsMax of one span
 * @param linksMax of one span
 * @param labelsMax of one series
 * @param labelNameBytesMax of one label name or metric name
 * @param labelValueBytesMax of one label value
 * @param futureMax from the arrival of a request to the time of a row of it
 */
public record Limits(
    @Key(
        fallback = "64MiB",
        min = "1KiB",
        max = "512MiB",
        unit = "bytes",
        why = "One request, decompressed: counted while it is inflated.")
    int bodyBytesMax,

    @Key(
        fallback = "128MiB",
        min = "64KiB",
        max = "1GiB",
        unit = "bytes",
        why = "The rows of one request: a resource is repeated in each of its rows.")
    int decodedBytesMax,

    @Key(
        fallback = "4MiB",
        min = "1KiB",
        max = "12MiB",
        unit = "bytes",
        why = "One row; a larger one is left out by itself, and said so.")
    int rowBytesMax,

    @Key(
        fallback = "32",
        min = "1",
        max = "256",
        why = "Arrays and key-value lists inside each other.")
    int anyValueDepthMax,

    @Key(
        fallback = "256",
        min = "1",
        max = "65536",
        why = "Attributes of one record, resource, scope, event or link.")
    int attributesMax,

    @Key(fallback = "1KiB", min = "1", unit = "bytes", why = "One attribute key.")
    int attributeKeyBytesMax,

    @Key(
        fallback = "256KiB",
        min = "1",
        unit = "bytes",
        why = "One attribute value as stored; a log body is bound by the row only.")
    int attributeValueBytesMax,

    @Key(fallback = "1024", min = "0", why = "Events of one span.")
    int eventsMax,

    @Key(fallback = "1024", min = "0", why = "Links of one span.")
    int linksMax,

    @Key(fallback = "64", min = "1", max = "65536", why = "Labels of one series.")
    int labelsMax,

    @Key(fallback = "1KiB", min = "1", unit = "bytes", why = "One label name or metric name.")
    int labelNameBytesMax,

    @Key(fallback = "8KiB", min = "1", unit = "bytes", why = "One label value.")
    int labelValueBytesMax,

    @Key(
        fallback = "1d",
        min = "1m",
        max = "36500d",
        why = "How far ahead the time of a row may lie: what a wrong clock writes is dropped only"
            + " when its time has come and gone.")
    Duration futureMax) {
  public static final String BODY_BYTES_MAX = "ingest.limits.body-bytes-max";
  public static final String DECODED_BYTES_MAX = "ingest.limits.decoded-bytes-max";
  public static final String ROW_BYTES_MAX = "ingest.limits.row-bytes-max";
  public static final String ANY_VALUE_DEPTH_MAX = "ingest.limits.any-value-depth-max";
  public static final String ATTRIBUTES_MAX = "ingest.limits.attributes-max";
  public static final String ATTRIBUTE_KEY_BYTES_MAX = "ingest.limits.attribute-key-bytes-max";
  public static final String ATTRIBUTE_VALUE_BYTES_MAX = "ingest.limits.attribute-value-bytes-max";
  public static final String EVENTS_MAX = "ingest.limits.events-max";
  public static final String LINKS_MAX = "ingest.limits.links-max";
  public static final String LABELS_MAX = "ingest.limits.labels-max";
  public static final String LABEL_NAME_BYTES_MAX = "ingest.limits.label-name-bytes-max";
  public static final String LABEL_VALUE_BYTES_MAX = "ingest.limits.label-value-bytes-max";
  public static final String FUTURE_MAX = "ingest.limits.future-max";

  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  public static final Limits DEFAULT = new Limits(
      64 * MIB,
      128 * MIB,
      4 * MIB,
      32,
      256,
      KIB,
      256 * KIB,
      1024,
      1024,
      64,
      KIB,
      8 * KIB,
      Duration.ofDays(1));

  /**
   * "attributes is 300, limit 256 (ingest.limits.attributes-max)": the one wording of every limit.
   */
  public static String exceeded(String what, long is, long limit, String setting) {
    return what + " is " + is + ", limit " + limit + " (" + setting + ")";
  }
}
