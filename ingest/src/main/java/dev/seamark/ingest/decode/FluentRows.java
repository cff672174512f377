package dev.seamark.ingest.decode;

import dev.seamark.block.StringColumn;
import dev.seamark.ingest.decode.FluentMapping.Field;
import dev.seamark.labels.Utf8;
import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Rows of `otel_logs` made of records: msgpack maps whose fields mean what [FluentMapping] says.
///
/// Every protocol that carries records rather than OTLP's messages ends here, JSON ones by writing
/// msgpack first:
///
/// ```java
/// rows.request(sender, cluster, nowNanos, into);
/// rows.tag(tag, 0, tag.length); // for the records that follow; as often as it changes, or never
/// wire.reset(msgpack, from, to);
/// while (wire.hasNext()) {
///   rows.record(wire, timeNanos); // the wire stands before a map, and then behind it
/// }
/// return rows.decoded();
/// ```
///
/// A record that breaks a limit or isn't a map is left out and told of in [#decoded]; bytes that
/// aren't msgpack refuse the request. What records share with the ones before them, the Kubernetes
/// map above all, is compared and not read again. Allocates nothing for a row; measured by
/// `FluentForwardBenchmark`. Not thread-safe: an instance a thread.
public final class FluentRows {
  /** A time that isn't known: the row takes that of its arrival. */
  public static final long NO_TIME = 0;

  private static final byte[] EMPTY = {};
  private static final byte[] TAG = "fluent.tag".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] METADATA = "fluent.metadata.".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OTLP = "otlp".getBytes(StandardCharsets.US_ASCII);

  private static final int NONE = Integer.MAX_VALUE; // rank of a field that wasn't there
  private static final int METADATA_RANK = -1; // what OTLP said stands before what the record says
  private static final int RESOURCES = 256; // a power of two
  private static final int RESOURCE_BYTES_MAX = 16 * 1024; // a larger one isn't remembered

  private final Tally tally;
  private final Horizon horizon;
  private final MsgpackText values;
  private final NamedTexts attributes;
  private final Severities severities = new Severities();
  private final FluentResource.Reading reading;
  private final @Nullable FluentResource[] resources = new FluentResource[RESOURCES];
  private int victim; // which of the two places of a resource is taken next
  private final FluentResource oversized = new FluentResource();
  private final FluentParts parts = new FluentParts();
  private final RawKey hash = new RawKey(0);
  private final MsgpackReader metadata = new MsgpackReader();

  // the request
  private @Nullable LogRows into;
  private long nowNanos;
  private Sender sender = Sender.ANYBODY;
  private String tenantName = "";
  private byte[] tenant = EMPTY;
  private String clusterName = "";
  private byte[] cluster = EMPTY; // where the record names none
  private byte[] tag = EMPTY;
  private int groupFrom;
  private int groupTo;

  // the record
  private FluentResource resource = oversized;
  private @Nullable FluentResource allowed; // whose cluster the sender may send
  private boolean sameResource; // as far as the record has been read
  private byte @Nullable [] source; // of the text read last, null: rendered
  private int from;
  private int to;
  private int bodyRank;
  private @Nullable Field bodyField;
  private byte @Nullable [] bodySource;
  private int bodyFrom;
  private int bodyTo;
  private int severityRank;
  private @Nullable Field severityField;
  private byte @Nullable [] severitySource;
  private int severityFrom;
  private int severityTo;
  private int severityNumber;
  private int traceRank;
  private @Nullable Field traceField;
  private int spanRank;
  private @Nullable Field spanField;
  private final byte[] traceId = new byte[Ids.TRACE_BYTES];
  private final byte[] spanId = new byte[Ids.SPAN_BYTES];
  private int traceFlags;
  private long observedNanos;
  private int dropped;
  private byte @Nullable [] eventSource;
  private int eventFrom;
  private int eventTo;

  public FluentRows(Limits limits) {
    this.tally = new Tally(limits);
    this.horizon = new Horizon(limits);
    this.values = new MsgpackText(limits);
    this.attributes = new NamedTexts("a log record", limits);
    this.reading = new FluentResource.Reading(limits);
  }

  /**
   * Starts a request, without a tag.
   *
   * @param clusterNamed the cluster that the request names for records that don't, or null
   * @param nowNanos the time of arrival, nanoseconds since 1970
   */
  public void request(Sender sender, @Nullable String clusterNamed, long nowNanos, LogRows into) {
    this.into = into;
    this.nowNanos = nowNanos;
    this.sender = sender;
    this.allowed = null;
    if (!tenantName.equals(sender.tenant())) {
      tenantName = sender.tenant();
      tenant = tenantName.getBytes(StandardCharsets.UTF_8);
    }
    String fallback = clusterNamed;
    if (fallback == null || fallback.isEmpty()) {
      fallback = sender.clusterOfKey() == null ? "" : sender.clusterOfKey();
    }
    if (!clusterName.equals(fallback)) {
      clusterName = fallback;
      cluster = clusterName.getBytes(StandardCharsets.UTF_8);
    }
    tally.clear();
    horizon.request(nowNanos);
    tag = EMPTY;
    group(0, 0);
  }

  /** The tag of the records that follow, attribute {@code fluent.tag}; an empty one is none. */
  public void tag(byte[] bytes, int from, int to) {
    if (Arrays.equals(tag, 0, tag.length, bytes, from, to)) {
      return;
    }
    tag = Utf8.isValid(bytes, from, to)
        ? Arrays.copyOfRange(bytes, from, to)
        : new String(bytes, from, to - from, StandardCharsets.UTF_8)
            .getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The group that the records which follow belong to: a map in the same bytes as they, as Fluent
   * Bit writes it for records that came by OTLP; an empty range is none.
   */
  void group(int from, int to) {
    groupFrom = from;
    groupTo = to;
  }

  /** What has become of the request so far. */
  public Decoded decoded() {
    return tally.decoded();
  }

  /** Counts a record that can't be a row. */
  public void refuse(String why) {
    tally.reject(why);
  }

  /**
   * Makes a row of the next value of {@code wire}, which is left behind it.
   *
   * @param timeNanos since 1970; {@link #NO_TIME} is the time of arrival
   * @return why it is left out, or null
   */
  public @Nullable String record(MsgpackReader wire, long timeNanos) throws Malformed {
    return record(wire, timeNanos, 0, 0);
  }

  /** The same with what Fluent Bit says of a record beside it: a map in the same bytes, or none. */
  @Nullable
  String record(MsgpackReader wire, long timeNanos, int metadataFrom, int metadataTo)
      throws Malformed {
    int start = wire.at();
    try {
      clear(wire);
      if (metadataTo > metadataFrom) {
        metadata.reset(wire.bytes(), metadataFrom, metadataTo);
        readMetadata();
      }
      if (wire.next("a record") != MsgpackReader.MAP) {
        throw new RowRefused("a record is no map");
      }
      readFields(wire, wire.size());
      requireResource();
      append(timeNanos == NO_TIME ? nowNanos : timeNanos);
      tally.accept();
      return null;
    } catch (RowRefused e) {
      tally.reject(e.why());
      wire.jump(start);
      wire.skip("a record");
      return e.why();
    }
  }

  private void clear(MsgpackReader wire) {
    attributes.clear();
    parts.clear(wire.bytes(), groupFrom, groupTo);
    sameResource = groupTo == groupFrom
        ? !resource.isGrouped()
        : resource.isGrouped()
            && resource.endOfSame(0, wire.bytes(), groupFrom, groupTo) == groupTo;
    bodyRank = NONE;
    bodySource = EMPTY;
    bodyFrom = 0;
    bodyTo = 0;
    severityRank = NONE;
    severitySource = EMPTY;
    severityFrom = 0;
    severityTo = 0;
    severityNumber = Severities.UNSPECIFIED;
    traceRank = NONE;
    spanRank = NONE;
    traceFlags = 0;
    observedNanos = 0;
    dropped = 0;
    eventSource = EMPTY;
    eventFrom = 0;
    eventTo = 0;
  }

  private void readFields(MsgpackReader wire, int pairs) throws Malformed, RowRefused {
    byte[] bytes = wire.bytes();
    for (int left = pairs; left > 0; left--) {
      int start = wire.at();
      int kind = wire.next("a key");
      if (kind != MsgpackReader.STR && kind != MsgpackReader.BIN) {
        wire.jump(start);
        values.putKey(wire, attributes.key());
        readText(wire);
        attributes.add(source, from, to);
        continue;
      }
      int keyFrom = wire.from();
      int keyTo = wire.to();
      Field field = FluentMapping.RECORD_TABLE.get(bytes, keyFrom, keyTo);
      if (field != null) {
        readField(wire, field, start);
      } else if (FluentResource.hasPrefix(bytes, keyFrom, keyTo)) {
        readPart(wire, start);
      } else {
        MsgpackText.putText(bytes, keyFrom, keyTo, attributes.key());
        readText(wire);
        attributes.add(source, from, to);
      }
    }
  }

  private void readField(MsgpackReader wire, Field field, int start) throws Malformed, RowRefused {
    switch (field.role()) {
      case BODY -> readBody(wire, field);
      case SEVERITY -> readSeverity(wire, field);
      case SEVERITY_NUMBER -> {
        int at = wire.at();
        if (wire.next("a severity") == MsgpackReader.INT && isSeverity(wire.number())) {
          severityNumber = (int) wire.number();
        } else {
          wire.jump(at);
          addAttribute(wire, field.name());
        }
      }
      case TRACE_ID -> {
        if (readId(wire, field, traceRank, traceField, traceId)) {
          traceRank = field.rank();
          traceField = field;
        }
      }
      case SPAN_ID -> {
        if (readId(wire, field, spanRank, spanField, spanId)) {
          spanRank = field.rank();
          spanField = field;
        }
      }
      case TRACE_FLAGS -> {
        int at = wire.at();
        if (wire.next("trace flags") == MsgpackReader.INT) {
          traceFlags = (int) wire.number() & 0xFF;
        } else {
          wire.jump(at);
          addAttribute(wire, field.name());
        }
      }
      case ATTRIBUTE -> addAttribute(wire, field.as());
      case CLUSTER, RESOURCE, NESTED, PREFIXED, IMAGE -> readPart(wire, start);
    }
  }

  private static boolean isSeverity(long number) {
    return number >= 0 && number <= Severities.NUMBER_MAX;
  }

  /** A field that belongs to the resource: where it is the same as before, it isn't read. */
  private void readPart(MsgpackReader wire, int start) throws Malformed {
    if (sameResource) {
      int end = resource.endOfSame(parts.count(), wire.bytes(), start, wire.limit());
      if (end >= 0) {
        parts.add(start, end);
        wire.jump(end);
        return;
      }
      sameResource = false;
    }
    wire.skip("a field");
    parts.add(start, wire.at());
  }

  /** Makes {@code resource} that of the record. */
  private void requireResource() throws Malformed, RowRefused {
    if (!sameResource || parts.count() != resource.parts()) {
      resource = resourceOfParts();
    }
    if (resource.refusal != null) {
      throw new RowRefused(resource.refusal);
    }
    if (resource != allowed) {
      byte[] named = clusterOf(resource);
      Forbidden.unlessAllowed(sender, named, 0, named.length);
      allowed = resource;
    }
  }

  private byte[] clusterOf(FluentResource resource) {
    return resource.cluster.length > 0 ? resource.cluster : cluster;
  }

  private FluentResource resourceOfParts() throws Malformed {
    if (parts.total() > RESOURCE_BYTES_MAX) {
      read(oversized);
      return oversized;
    }
    long mixed = parts.isGrouped() ? 1 : 0;
    for (int i = 0; i < parts.count(); i++) {
      mixed = RawKey.mix(mixed, hash.first(parts.bytes(), parts.from(i), parts.to(i)));
    }
    int place = (int) (mixed >>> 32) & (RESOURCES - 1);
    FluentResource first = resources[place];
    if (first != null && first.matches(parts)) {
      return first;
    }
    FluentResource second = resources[place ^ 1];
    if (second != null && second.matches(parts)) {
      return second;
    }
    victim ^= 1;
    FluentResource taken = resources[place ^ victim];
    if (taken == null) {
      taken = new FluentResource();
      resources[place ^ victim] = taken;
    }
    read(taken);
    return taken;
  }

  private void read(FluentResource into) throws Malformed {
    allowed = null;
    into.read(parts, reading);
  }

  private void readBody(MsgpackReader wire, Field field) throws Malformed, RowRefused {
    int at = wire.at();
    int kind = wire.next("a body");
    if (kind == MsgpackReader.BIN && !Utf8.isValid(wire.bytes(), wire.from(), wire.to())) {
      source = null; // a line of another encoding is more use with its letters than as base64
      from = attributes.rendered().size();
      MsgpackText.putText(wire.bytes(), wire.from(), wire.to(), attributes.rendered());
      to = attributes.rendered().size();
    } else {
      wire.jump(at);
      readText(wire);
    }
    if (field.rank() >= bodyRank) {
      addRead(field.name());
      return;
    }
    if (bodyRank != NONE && bodyField != null) {
      addText(bodyField.name(), bodySource, bodyFrom, bodyTo);
    }
    bodyRank = field.rank();
    bodyField = field;
    bodySource = source;
    bodyFrom = from;
    bodyTo = to;
  }

  private void readSeverity(MsgpackReader wire, Field field) throws Malformed, RowRefused {
    int at = wire.at();
    int kind = wire.next("a severity");
    wire.jump(at);
    if (kind == MsgpackReader.MAP || kind == MsgpackReader.ARRAY) {
      addAttribute(wire, field.name());
      return;
    }
    readText(wire);
    if (field.rank() >= severityRank) {
      addRead(field.name());
      return;
    }
    if (severityRank != NONE && severityField != null) {
      addText(severityField.name(), severitySource, severityFrom, severityTo);
    }
    severityRank = field.rank();
    severityField = field;
    severitySource = source;
    severityFrom = from;
    severityTo = to;
  }

  /**
   * Reads an id of hexadecimal digits, or of as many bytes; anything else, and one behind another
   * of a lower rank, stays an attribute.
   */
  private boolean readId(
      MsgpackReader wire, Field field, int rank, @Nullable Field before, byte[] id)
      throws Malformed, RowRefused {
    int at = wire.at();
    int kind = wire.next("an id");
    if ((kind == MsgpackReader.STR || kind == MsgpackReader.BIN)
        && field.rank() < rank
        && isId(wire.bytes(), wire.from(), wire.to(), id.length)) {
      if (rank != NONE && before != null) {
        addId(before, id);
      }
      putId(wire.bytes(), wire.from(), wire.to(), id);
      return true;
    }
    wire.jump(at);
    addAttribute(wire, field.name());
    return false;
  }

  /** Keeps the id of a field that a better one has come behind. */
  private void addId(Field field, byte[] id) throws RowRefused {
    Text rendered = attributes.rendered();
    int start = rendered.size();
    rendered.put(HexFormat.of().formatHex(id).getBytes(StandardCharsets.US_ASCII));
    addText(field.name(), null, start, rendered.size());
  }

  private static boolean isId(byte[] bytes, int from, int to, int length) {
    if (to - from != 2 * length) {
      return to - from == length;
    }
    int invalid = 0;
    for (int i = from; i < to; i++) {
      invalid |= Character.digit(bytes[i], 16);
    }
    return invalid >= 0;
  }

  private static void putId(byte[] bytes, int from, int to, byte[] id) {
    if (to - from == id.length) {
      System.arraycopy(bytes, from, id, 0, id.length);
      return;
    }
    for (int i = 0; i < id.length; i++) {
      id[i] = (byte) (Character.digit(bytes[from + 2 * i], 16) << 4
          | Character.digit(bytes[from + 2 * i + 1], 16));
    }
  }

  private void addAttribute(MsgpackReader wire, String name) throws Malformed, RowRefused {
    putAscii(name);
    readText(wire);
    attributes.add(source, from, to);
  }

  private void addRead(String name) throws RowRefused {
    addText(name, source, from, to);
  }

  private void addText(String name, byte @Nullable [] source, int from, int to) throws RowRefused {
    putAscii(name);
    attributes.add(source, from, to);
  }

  private void putAscii(String name) throws RowRefused {
    Text key = attributes.key();
    for (int i = 0; i < name.length(); i++) {
      key.put(name.charAt(i));
    }
  }

  /** Reads the next value; its text stands in {@code source} from {@code from} to {@code to}. */
  private void readText(MsgpackReader wire) throws Malformed, RowRefused {
    int start = wire.at();
    int kind = wire.next("a value");
    if ((kind == MsgpackReader.STR || kind == MsgpackReader.BIN)
        && Utf8.isValid(wire.bytes(), wire.from(), wire.to())) {
      source = wire.bytes();
      from = wire.from();
      to = wire.to();
      return;
    }
    Text rendered = attributes.rendered();
    wire.jump(start);
    source = null;
    from = rendered.size();
    values.put(wire, rendered);
    to = rendered.size();
  }

  private void readMetadata() throws Malformed, RowRefused {
    MsgpackReader wire = metadata;
    if (wire.next("metadata") != MsgpackReader.MAP) {
      return;
    }
    for (int left = wire.size(); left > 0; left--) {
      readText(wire);
      boolean otlp = source != null && Arrays.equals(OTLP, 0, OTLP.length, source, from, to);
      int at = wire.at();
      if (otlp && wire.next("metadata") == MsgpackReader.MAP) {
        readOtlp(wire, wire.size());
      } else {
        wire.jump(at);
        attributes.key().put(METADATA);
        attributes.key().put(source == null ? attributes.rendered().bytes() : source, from, to);
        readText(wire);
        attributes.add(source, from, to);
      }
    }
  }

  /** The fields of an OTLP log record that a Fluent record has no place for. */
  private void readOtlp(MsgpackReader wire, int pairs) throws Malformed, RowRefused {
    for (int left = pairs; left > 0; left--) {
      readText(wire);
      byte[] name = source == null ? EMPTY : source;
      switch (new String(name, from, Math.min(to, name.length) - from, StandardCharsets.UTF_8)) {
        case "observed_timestamp" -> observedNanos = readNumber(wire);
        case "severity_number" -> {
          long number = readNumber(wire);
          severityNumber = isSeverity(number) ? (int) number : Severities.UNSPECIFIED;
        }
        case "severity_text" -> {
          readText(wire);
          severityRank = METADATA_RANK;
          severityField = null;
          severitySource = source;
          severityFrom = from;
          severityTo = to;
        }
        case "trace_id" -> traceRank = readMetadataId(wire, traceId);
        case "span_id" -> spanRank = readMetadataId(wire, spanId);
        case "trace_flags" -> traceFlags = (int) readNumber(wire) & 0xFF;
        case "dropped_attributes_count" -> dropped = (int) readNumber(wire);
        case "event_name" -> {
          readText(wire);
          eventSource = source;
          eventFrom = from;
          eventTo = to;
        }
        case "attributes" -> readOtlpAttributes(wire);
        default -> wire.skip("a field of OTLP"); // its time is that of the entry
      }
    }
  }

  private void readOtlpAttributes(MsgpackReader wire) throws Malformed, RowRefused {
    int at = wire.at();
    if (wire.next("attributes") != MsgpackReader.MAP) {
      wire.jump(at);
      wire.skip("attributes");
      return;
    }
    for (int left = wire.size(); left > 0; left--) {
      values.putKey(wire, attributes.key());
      readText(wire);
      attributes.add(source, from, to);
    }
  }

  private int readMetadataId(MsgpackReader wire, byte[] id) throws Malformed {
    int at = wire.at();
    int kind = wire.next("an id");
    if ((kind == MsgpackReader.STR || kind == MsgpackReader.BIN)
        && isId(wire.bytes(), wire.from(), wire.to(), id.length)) {
      putId(wire.bytes(), wire.from(), wire.to(), id);
      return METADATA_RANK;
    }
    wire.jump(at);
    wire.skip("an id");
    return NONE;
  }

  private static long readNumber(MsgpackReader wire) throws Malformed {
    int at = wire.at();
    if (wire.next("a number") == MsgpackReader.INT) {
      return wire.number();
    }
    wire.jump(at);
    wire.skip("a number");
    return 0;
  }

  /** Nothing is appended before all of the record has been read and checked. */
  private void append(long timeNanos) throws Malformed, RowRefused {
    if (tag.length > 0) {
      attributes.key().put(TAG);
      attributes.add(tag, 0, tag.length);
    }
    long observed = observedNanos != 0 ? observedNanos : nowNanos;
    horizon.require(timeNanos, "the time of a log record");
    horizon.require(observed, "the observed time of a log record");
    byte[] rendered = attributes.rendered().bytes();
    byte[] severity = severitySource == null ? rendered : severitySource;
    int byText = severities.number(severity, severityFrom, severityTo);
    int number = severityNumber != Severities.UNSPECIFIED ? severityNumber : byText;
    int severityAt = severityFrom;
    int severityBytes = severityTo - severityFrom;
    byte[] shortName = Severities.shortName(number);
    if (shortName != null
        && (severityBytes == 0
            || (byText != 0 && Severities.isDigits(severity, severityFrom, severityTo)))) {
      severity = shortName;
      severityAt = 0;
      severityBytes = shortName.length;
    }
    FluentResource origin = resource;
    tally.admit(origin.rowBytes
        + attributes.textBytes()
        + 4L * attributes.count()
        + (bodyTo - bodyFrom)
        + severityBytes
        + (eventTo - eventFrom));

    LogRows into = this.into;
    if (into == null) {
      throw new IllegalStateException("a record before its request");
    }
    into.timestamp.append(timeNanos);
    into.observedTimestamp.append(observed);
    into.tenant.append(tenant);
    into.cluster.append(clusterOf(origin));
    into.retentionDays.append(sender.retentionDays());
    appendId(into.traceId, traceRank, traceId);
    appendId(into.spanId, spanRank, spanId);
    into.traceFlags.append(traceFlags);
    into.severityText.append(severity, severityAt, severityBytes);
    into.severityNumber.append(number);
    into.serviceName.append(origin.service);
    into.body.append(bodySource == null ? rendered : bodySource, bodyFrom, bodyTo - bodyFrom);
    into.resourceSchemaUrl.append(origin.schemaUrl);
    into.resourceAttributes.append(origin.attributes, 0, 1);
    into.scopeSchemaUrl.append(origin.scopeSchemaUrl);
    into.scopeName.append(origin.scopeName);
    into.scopeVersion.append(origin.scopeVersion);
    into.scopeAttributes.append(origin.scopeAttributes, 0, 1);
    attributes.appendTo(into.logAttributes);
    into.eventName.append(
        eventSource == null ? rendered : eventSource, eventFrom, eventTo - eventFrom);
    into.droppedAttributesCount.append(dropped);
  }

  private static void appendId(StringColumn column, int rank, byte[] id) {
    if (rank == NONE) {
      column.appendEmpty();
    } else {
      Ids.append(column, id, 0, id.length);
    }
  }
}
