package dev.seamark.ingest.decode;

/**
 * The bounds of what a sender may send; every refusal names the limit and its setting.
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
 */
public record Limits(
    int bodyBytesMax,
    int decodedBytesMax,
    int rowBytesMax,
    int anyValueDepthMax,
    int attributesMax,
    int attributeKeyBytesMax,
    int attributeValueBytesMax,
    int eventsMax,
    int linksMax,
    int labelsMax,
    int labelNameBytesMax,
    int labelValueBytesMax) {
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

  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  public static final Limits DEFAULT = new Limits(
      64 * MIB, 256 * MIB, 4 * MIB, 32, 256, KIB, 256 * KIB, 1024, 1024, 64, KIB, 8 * KIB);

  /**
   * "attributes is 300, limit 256 (ingest.limits.attributes-max)": the one wording of every limit.
   */
  public static String exceeded(String what, long is, long limit, String setting) {
    return what + " is " + is + ", limit " + limit + " (" + setting + ")";
  }
}
