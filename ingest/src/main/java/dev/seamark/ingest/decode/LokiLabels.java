package dev.seamark.ingest.decode;

import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.labels.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The labels of one Loki stream, read from their text `{name="value", other="value"}` and kept as
/// resource attributes.
///
/// A value stands in double quotes with the escapes of a Go string, or in backquotes as it is; so
/// may a name that isn't made of letters, digits and `_.:/-`. Space is free between the parts, a
/// comma may stand at the end, an empty value is no label. Labels that name a Kubernetes object or
/// the service get OpenTelemetry's name ([#RENAMED]), the others keep theirs; the level is kept
/// apart, for it belongs to the records. Text that isn't like that refuses the stream, not the
/// request. Reused; not thread-safe.
final class LokiLabels {
  /** The attribute in front, the labels that become it behind. */
  private static final byte[][][] RENAMED = table(
      "k8s.cluster.name cluster k8s_cluster k8s_cluster_name",
      "k8s.namespace.name namespace namespace_name k8s_namespace_name",
      "k8s.pod.name pod pod_name k8s_pod_name",
      "k8s.container.name container container_name k8s_container_name",
      "k8s.node.name node node_name nodename k8s_node_name",
      "k8s.deployment.name deployment k8s_deployment_name",
      "k8s.statefulset.name statefulset k8s_statefulset_name",
      "k8s.daemonset.name daemonset k8s_daemonset_name",
      "k8s.cronjob.name cronjob k8s_cronjob_name",
      "k8s.job.name k8s_job_name",
      "host.name host hostname host_name",
      "service.name service_name",
      "service.namespace service_namespace",
      "service.instance.id service_instance_id");

  private static final int RENAMED_BYTES_MAX = 24;

  /** Labels that name the service where no label of {@code service.name} does, best first. */
  private static final byte[][] SERVICES =
      names("service", "app", "application", "app_kubernetes_io_name", "job");

  /** Labels that name the level of all records of the stream, best first. */
  private static final byte[][] LEVELS = names("level", "severity", "detected_level");

  private static final byte[] SERVICE_NAME = utf8("service.name");
  private static final byte[] CLUSTER_NAME = utf8("k8s.cluster.name");

  /** A label takes so many bytes at least: {@code a="b"}. */
  private static final int LABEL_BYTES_MIN = 5;

  private static final int END = -1;

  private final int countMax;
  private final int keyBytesMax;
  private final int valueBytesMax;
  private final int rowBytesMax;
  private final KeyIndex entries = new KeyIndex();

  // the text being read
  private byte[] source = {};
  private int from;
  private int at;
  private int end;

  // names as attributes have them, and values without escapes
  private byte[] text = {};
  private int size;
  private int count;
  private int level = LEVELS.length; // the rank of its name
  private int levelNameAt;
  private int levelNameEnd;
  private int levelAt;
  private int levelEnd;
  private int service = SERVICES.length;
  private int serviceAt;
  private int serviceEnd;

  LokiLabels(Limits limits) {
    this.countMax = limits.attributesMax();
    this.keyBytesMax = limits.attributeKeyBytesMax();
    this.valueBytesMax = limits.attributeValueBytesMax();
    this.rowBytesMax = limits.rowBytesMax();
  }

  /** Makes this a stream without labels. */
  void clear() {
    size = 0;
    count = 0;
    level = LEVELS.length;
    levelAt = 0;
    levelEnd = 0;
    service = SERVICES.length;
    entries.clear(text);
  }

  /** Reads the labels; an empty text has none. */
  void read(byte[] source, int from, int to) throws RowRefused {
    this.source = source;
    this.from = from;
    this.at = from;
    this.end = to;
    clear();
    if (to - from > rowBytesMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of bytes of the labels of a stream",
          to - from,
          rowBytesMax,
          Limits.ROW_BYTES_MAX));
    }
    reserve();
    entries.clear(text);
    if (next() != END) {
      readLabels();
    }
    addService();
    entries.sort();
  }

  /** Values only get shorter; a name may get longer. */
  private void reserve() {
    int length = end - from;
    int labels = Math.min(countMax, length / LABEL_BYTES_MIN) + 1;
    int needed = length + labels * RENAMED_BYTES_MAX;
    if (text.length < needed) {
      text = new byte[Math.max(needed, 2 * text.length)];
    }
  }

  private void readLabels() throws RowRefused {
    take('{');
    while (next() != '}') {
      readLabel();
      if (next() != '}') {
        take(',');
      }
    }
    at++;
    if (next() != END) {
      throw refused("there is more behind the labels");
    }
  }

  private void readLabel() throws RowRefused {
    int keyAt = size;
    int quote = next();
    if (quote == '"' || quote == '`') {
      readQuoted("a label name");
    } else {
      readName();
    }
    int keyEnd = size;
    if (keyAt == keyEnd) {
      throw refused("a label name is needed");
    }
    next();
    take('=');
    next();
    int valueAt = size;
    readQuoted("a label value");
    add(keyAt, keyEnd, valueAt, size);
  }

  private void readName() {
    while (at < end && isNameByte(source[at])) {
      text[size++] = source[at++];
    }
  }

  private static boolean isNameByte(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '-' && b <= ':') // - . / 0 to 9 :
        || b == '_';
  }

  private void readQuoted(String what) throws RowRefused {
    int start = size;
    int quote = at < end ? source[at] : END;
    if (quote != '"' && quote != '`') {
      throw refused(what + " in quotes is needed");
    }
    at++;
    while (at < end && source[at] != quote) {
      byte b = source[at++];
      if (b == '\\' && quote == '"') {
        readEscape();
      } else {
        text[size++] = b;
      }
    }
    if (at == end) {
      throw refused(what + " has no end");
    }
    at++;
    if (!Utf8.isValid(text, start, size)) { // escapes may have said anything
      throw refused(what + " isn't UTF-8");
    }
  }

  private void readEscape() throws RowRefused {
    int escaped = at < end ? source[at++] : END;
    switch (escaped) {
      case 'a' -> text[size++] = 7;
      case 'b' -> text[size++] = '\b';
      case 'f' -> text[size++] = '\f';
      case 'n' -> text[size++] = '\n';
      case 'r' -> text[size++] = '\r';
      case 't' -> text[size++] = '\t';
      case 'v' -> text[size++] = 11;
      case '\\', '"', '\'' -> text[size++] = (byte) escaped;
      case 'x' -> text[size++] = (byte) hex(2);
      case 'u' -> putCodePoint(hex(4));
      case 'U' -> putCodePoint(hex(8));
      default -> throw refused("an unknown escape in a value");
    }
  }

  private int hex(int digits) throws RowRefused {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = at < end && source[at] >= 0 ? Character.digit(source[at], 16) : END;
      if (digit < 0) {
        throw refused(digits + " hexadecimal digits are needed in an escape");
      }
      value = value << 4 | digit;
      at++;
    }
    return value;
  }

  /** A surrogate becomes bytes that the check of UTF-8 refuses. */
  private void putCodePoint(int codePoint) throws RowRefused {
    if (!Character.isValidCodePoint(codePoint)) {
      throw refused("an escape beyond Unicode");
    }
    size = CodePoint.put(codePoint, text, size);
  }

  private void add(int keyAt, int keyEnd, int valueAt, int valueEnd) throws RowRefused {
    if (++count > countMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of labels of a stream", count, countMax, Limits.ATTRIBUTES_MAX));
    }
    if (keyEnd - keyAt > keyBytesMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of bytes of a label name",
          keyEnd - keyAt,
          keyBytesMax,
          Limits.ATTRIBUTE_KEY_BYTES_MAX));
    }
    if (valueEnd - valueAt > valueBytesMax) {
      throw new RowRefused(Limits.exceeded(
          "the number of bytes of label '%s'"
              .formatted(new String(text, keyAt, keyEnd - keyAt, StandardCharsets.UTF_8)),
          valueEnd - valueAt,
          valueBytesMax,
          Limits.ATTRIBUTE_VALUE_BYTES_MAX));
    }
    if (valueAt == valueEnd) {
      return;
    }
    int levelRank = rank(LEVELS, keyAt, keyEnd);
    if (levelRank <= level && levelRank < LEVELS.length) {
      if (levelRank < level && level < LEVELS.length) { // the one that it beats stays a label
        entries.add(levelNameAt, levelNameEnd, text, levelAt, levelEnd);
      }
      level = levelRank;
      levelNameAt = keyAt;
      levelNameEnd = keyEnd;
      levelAt = valueAt;
      levelEnd = valueEnd;
      return;
    }
    int serviceRank = rank(SERVICES, keyAt, keyEnd);
    if (serviceRank < service) {
      service = serviceRank;
      serviceAt = valueAt;
      serviceEnd = valueEnd;
    }
    byte[] name = attribute(keyAt, keyEnd);
    if (name == null) {
      entries.add(keyAt, keyEnd, text, valueAt, valueEnd);
    } else {
      if (Arrays.equals(name, SERVICE_NAME)) {
        service = END; // no other label is asked
      }
      int start = size;
      put(name);
      entries.add(start, size, text, valueAt, valueEnd);
    }
  }

  private void addService() {
    if (service >= 0 && service < SERVICES.length) {
      int start = size;
      put(SERVICE_NAME);
      entries.add(start, size, text, serviceAt, serviceEnd);
    }
  }

  private void put(byte[] name) {
    System.arraycopy(name, 0, text, size, name.length);
    size += name.length;
  }

  private int rank(byte[][] names, int keyAt, int keyEnd) {
    int rank = 0;
    while (rank < names.length && !isName(names[rank], keyAt, keyEnd)) {
      rank++;
    }
    return rank;
  }

  private byte @Nullable [] attribute(int keyAt, int keyEnd) {
    for (byte[][] row : RENAMED) {
      for (int i = 0; i < row.length; i++) {
        if (isName(row[i], keyAt, keyEnd)) {
          return row[0];
        }
      }
    }
    return null;
  }

  private boolean isName(byte[] name, int keyAt, int keyEnd) {
    return Arrays.equals(name, 0, name.length, text, keyAt, keyEnd);
  }

  /** The attributes as one row of a map column. */
  void appendTo(MapColumn<StringColumn, StringColumn> row) {
    for (int rank = 0; rank < entries.size(); rank++) {
      int keyAt = entries.keyAt(rank);
      row.keys().append(text, keyAt, entries.keyEnd(rank) - keyAt);
      int valueAt = entries.valueAt(rank);
      row.values().append(text, valueAt, entries.valueEnd(rank) - valueAt);
    }
    row.endRow();
  }

  /** Where names, values and the level stand. */
  byte[] text() {
    return text;
  }

  /** Bytes of names and values together, and a little more. */
  int textBytes() {
    return size + 4 * entries.size();
  }

  int levelAt() {
    return levelAt;
  }

  /** Equals {@link #levelAt} where no label names a level. */
  int levelEnd() {
    return levelEnd;
  }

  /** The rank of {@code service.name} for {@link #valueAt}, or -1. */
  int serviceRank() {
    return entries.rank(SERVICE_NAME);
  }

  /** The rank of {@code k8s.cluster.name} for {@link #valueAt}, or -1. */
  int clusterRank() {
    return entries.rank(CLUSTER_NAME);
  }

  int valueAt(int rank) {
    return entries.valueAt(rank);
  }

  int valueEnd(int rank) {
    return entries.valueEnd(rank);
  }

  /** Goes behind space; returns the byte there, or {@link #END}. */
  private int next() {
    while (at < end && (source[at] == ' ' || source[at] == '\t' || source[at] == '\n')) {
      at++;
    }
    return at < end ? source[at] : END;
  }

  private void take(char wanted) throws RowRefused {
    if (at == end || source[at] != wanted) {
      throw refused("'" + wanted + "' is needed");
    }
    at++;
  }

  private RowRefused refused(String why) {
    return new RowRefused("labels of a stream at byte " + (at - from) + ": " + why);
  }

  private static byte[][][] table(String... rows) {
    byte[][][] table = new byte[rows.length][][];
    for (int i = 0; i < rows.length; i++) {
      table[i] = names(rows[i].split(" "));
    }
    return table;
  }

  private static byte[][] names(String... names) {
    return Arrays.stream(names).map(LokiLabels::utf8).toArray(byte[][]::new);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
