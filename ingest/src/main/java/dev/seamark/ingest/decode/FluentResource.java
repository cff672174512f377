package dev.seamark.ingest.decode;

import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.decode.FluentMapping.Field;
import dev.seamark.ingest.decode.FluentMapping.Role;
import dev.seamark.labels.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where records come from, in the columns' terms: made once of the {@link FluentParts} that say so,
 * and good for every record with the same bytes there, whatever request it comes in. A pod's
 * records all have the same, so that a comparison of bytes takes the place of reading them. Not
 * thread-safe.
 */
final class FluentResource {
  private static final byte[] EMPTY = {};
  private static final byte[] SERVICE_NAME = utf8("service.name");
  private static final byte[] IMAGE_TAGS = utf8("container.image.tags");
  private static final byte[] RESOURCE_PREFIX = utf8(FluentMapping.RESOURCE_PREFIX);
  private static final List<byte[]> SERVICE =
      FluentMapping.SERVICE.stream().map(FluentResource::utf8).toList();

  private byte[] key = EMPTY;
  private int[] ends = {};
  private int parts;
  private boolean grouped;

  final MapColumn<StringColumn, StringColumn> attributes = MapColumn.ofStrings();
  final MapColumn<StringColumn, StringColumn> scopeAttributes = MapColumn.ofStrings();
  byte[] service = EMPTY;
  /** Empty where the record names none. */
  byte[] cluster = EMPTY;

  byte[] schemaUrl = EMPTY;
  byte[] scopeName = EMPTY;
  byte[] scopeVersion = EMPTY;
  byte[] scopeSchemaUrl = EMPTY;
  /** Bytes of a row that come from here, and a little more. */
  long rowBytes;
  /** Why no record from here can be a row, or null. */
  @Nullable
  String refusal;

  FluentResource() {
    attributes.endRow();
    scopeAttributes.endRow();
  }

  /**
   * The end of a part that starts at {@code at} and has the bytes of the given part of this
   * resource, or -1. That needn't be walked to its end: equal bytes of msgpack end at the same
   * place.
   */
  int endOfSame(int part, byte[] bytes, int at, int limit) {
    if (part >= parts) {
      return -1;
    }
    int from = part == 0 ? 0 : ends[part - 1];
    int end = at + ends[part] - from;
    return end <= limit && Arrays.equals(key, from, ends[part], bytes, at, end) ? end : -1;
  }

  int parts() {
    return parts;
  }

  boolean isGrouped() {
    return grouped;
  }

  /** Whether this resource was made of equal parts. */
  boolean matches(FluentParts other) {
    if (other.count() != parts || other.isGrouped() != grouped) {
      return false;
    }
    for (int i = 0; i < parts; i++) {
      if (endOfSame(i, other.bytes(), other.from(i), other.to(i)) != other.to(i)) {
        return false;
      }
    }
    return true;
  }

  /** Becomes the resource of these parts. */
  void read(FluentParts from, Reading reading) throws Malformed {
    remember(from);
    refusal = null;
    service = EMPTY;
    cluster = EMPTY;
    schemaUrl = EMPTY;
    scopeName = EMPTY;
    scopeVersion = EMPTY;
    scopeSchemaUrl = EMPTY;
    rowBytes = 0;
    attributes.clear();
    scopeAttributes.clear();
    try {
      reading.read(from, this);
    } catch (RowRefused e) {
      refusal = e.why();
      attributes.clear();
      scopeAttributes.clear();
      attributes.endRow();
      scopeAttributes.endRow();
    }
  }

  private void remember(FluentParts from) {
    parts = from.count();
    grouped = from.isGrouped();
    if (key.length < from.total()) {
      key = new byte[from.total()];
    }
    if (ends.length < parts) {
      ends = new int[parts];
    }
    int size = 0;
    for (int i = 0; i < parts; i++) {
      int length = from.to(i) - from.from(i);
      System.arraycopy(from.bytes(), from.from(i), key, size, length);
      size += length;
      ends[i] = size;
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Whether a field that the table doesn't know is a resource attribute by its own name. */
  static boolean hasPrefix(byte[] bytes, int from, int to) {
    return to - from > RESOURCE_PREFIX.length
        && bytes[from] == 'k'
        && Arrays.equals(
            RESOURCE_PREFIX, 0, RESOURCE_PREFIX.length, bytes, from, from + RESOURCE_PREFIX.length);
  }

  /** The scratch space of reading parts, one a thread. */
  static final class Reading {
    private final MsgpackReader wire = new MsgpackReader();
    private final MsgpackText values;
    private final NamedTexts attributes;
    private final NamedTexts scope;
    private final Text path;
    private int clusterRank;

    Reading(Limits limits) {
      this.values = new MsgpackText(limits);
      this.attributes = new NamedTexts("a resource", limits);
      this.scope = new NamedTexts("a scope", limits);
      this.path = new Text(limits);
    }

    private void read(FluentParts parts, FluentResource into) throws Malformed, RowRefused {
      attributes.clear();
      scope.clear();
      clusterRank = Integer.MAX_VALUE;
      for (int i = 0; i < parts.count(); i++) {
        wire.reset(parts.bytes(), parts.from(i), parts.to(i));
        if (i == 0 && parts.isGrouped()) {
          readGroup(into);
        } else {
          readField();
        }
      }
      attributes.sort();
      byte[] named = attributes.get(utf8("k8s.cluster.name"));
      into.cluster = named == null ? EMPTY : named;
      into.service = service();
      if (into.service.length > 0) {
        attributes.key().put(SERVICE_NAME);
        attributes.add(into.service, 0, into.service.length);
      }
      attributes.appendTo(into.attributes);
      scope.appendTo(into.scopeAttributes);
      into.rowBytes = attributes.textBytes()
          + scope.textBytes()
          + 4L * (attributes.count() + scope.count())
          + into.schemaUrl.length
          + into.scopeName.length
          + into.scopeVersion.length
          + into.scopeSchemaUrl.length;
    }

    private byte[] service() {
      for (byte[] name : SERVICE) {
        byte[] value = attributes.get(name);
        if (value != null && value.length > 0) {
          // Docker's names begin with a slash
          return value[0] == '/' ? Arrays.copyOfRange(value, 1, value.length) : value;
        }
      }
      return EMPTY;
    }

    private void readField() throws Malformed, RowRefused {
      wire.next("a key");
      int keyFrom = wire.from();
      int keyTo = wire.to();
      Field field = FluentMapping.RECORD_TABLE.get(wire.bytes(), keyFrom, keyTo);
      if (field == null) {
        addNamed(keyFrom, keyTo);
      } else if (field.role() == Role.CLUSTER) {
        addCluster(field, keyFrom, keyTo);
      } else if (field.role() == Role.NESTED) {
        addNested(field.as());
      } else {
        add(field.as());
      }
    }

    /** Of several the one of the lowest rank is the cluster, the others keep their names. */
    private void addCluster(Field field, int keyFrom, int keyTo) throws Malformed, RowRefused {
      if (field.rank() < clusterRank && isNext(MsgpackReader.STR, MsgpackReader.BIN)) {
        clusterRank = field.rank();
        add(field.as());
      } else {
        addNamed(keyFrom, keyTo);
      }
    }

    private void addNested(String map) throws Malformed, RowRefused {
      if (!isNext(MsgpackReader.MAP, MsgpackReader.MAP)) {
        add(map);
        return;
      }
      wire.next("a map");
      for (int left = wire.size(); left > 0; left--) {
        path.clear();
        path.put(utf8(map));
        path.put('.');
        values.putKey(wire, path);
        Field field = FluentMapping.NESTED_TABLE.get(path.bytes(), 0, path.size());
        if (isNext(MsgpackReader.NIL, MsgpackReader.NIL)) {
          wire.skip("nil");
        } else if (field == null) {
          attributes.key().put(path.bytes(), 0, path.size());
          addValue(attributes);
        } else if (field.role() == Role.PREFIXED && isNext(MsgpackReader.MAP, MsgpackReader.MAP)) {
          addAll(attributes, field.as());
        } else if (field.role() == Role.PREFIXED) {
          add(field.name());
        } else if (field.role() == Role.IMAGE && isNext(MsgpackReader.STR, MsgpackReader.BIN)) {
          addImage(field.as());
        } else {
          add(field.as());
        }
      }
    }

    /** Takes {@code registry:5000/name:tag} apart; a digest stays with the name. */
    private void addImage(String as) throws Malformed, RowRefused {
      wire.next("an image");
      byte[] bytes = wire.bytes();
      int from = wire.from();
      int to = wire.to();
      int tag = to;
      for (int i = from; i < to; i++) {
        if (bytes[i] == '@') {
          tag = to;
          break;
        }
        tag = bytes[i] == ':' ? i : bytes[i] == '/' ? to : tag;
      }
      if (!Utf8.isValid(bytes, from, to)) {
        tag = to;
      }
      Text rendered = attributes.rendered();
      int start = rendered.size();
      MsgpackText.putText(bytes, from, tag, rendered);
      attributes.key().put(utf8(as));
      attributes.add(null, start, rendered.size());
      if (tag < to) {
        start = rendered.size();
        rendered.put('[');
        rendered.putQuoted(bytes, tag + 1, to);
        rendered.put(']');
        attributes.key().put(IMAGE_TAGS);
        attributes.add(null, start, rendered.size());
      }
    }

    /** What Fluent Bit writes before records that came by OTLP: their resource and scope. */
    private void readGroup(FluentResource into) throws Malformed, RowRefused {
      wire.next("a group");
      for (int left = wire.size(); left > 0; left--) {
        byte[] name = text();
        if (Arrays.equals(name, utf8("resource")) && isNext(MsgpackReader.MAP, MsgpackReader.MAP)) {
          readGroupResource(into);
        } else if (Arrays.equals(name, utf8("scope"))
            && isNext(MsgpackReader.MAP, MsgpackReader.MAP)) {
          readGroupScope(into);
        } else {
          attributes.key().put(utf8("fluent.group."));
          attributes.key().put(name);
          addValue(attributes);
        }
      }
    }

    private void readGroupResource(FluentResource into) throws Malformed, RowRefused {
      wire.next("a resource");
      for (int left = wire.size(); left > 0; left--) {
        switch (new String(text(), StandardCharsets.UTF_8)) {
          case "attributes" -> addAll(attributes, "");
          case "schema_url" -> into.schemaUrl = text();
          default -> wire.skip("a field of a resource");
        }
      }
    }

    private void readGroupScope(FluentResource into) throws Malformed, RowRefused {
      wire.next("a scope");
      for (int left = wire.size(); left > 0; left--) {
        switch (new String(text(), StandardCharsets.UTF_8)) {
          case "attributes" -> addAll(scope, "");
          case "name" -> into.scopeName = text();
          case "version" -> into.scopeVersion = text();
          case "schema_url" -> into.scopeSchemaUrl = text();
          default -> wire.skip("a field of a scope");
        }
      }
    }

    /** Adds the fields of the next value, a map; of another value nothing. */
    private void addAll(NamedTexts to, String prefix) throws Malformed, RowRefused {
      if (!isNext(MsgpackReader.MAP, MsgpackReader.MAP)) {
        wire.skip("attributes");
        return;
      }
      wire.next("a map");
      byte[] before = utf8(prefix);
      for (int left = wire.size(); left > 0; left--) {
        to.key().put(before);
        values.putKey(wire, to.key());
        addValue(to);
      }
    }

    private void addNamed(int keyFrom, int keyTo) throws Malformed, RowRefused {
      MsgpackText.putText(wire.bytes(), keyFrom, keyTo, attributes.key());
      addValue(attributes);
    }

    private void add(String as) throws Malformed, RowRefused {
      attributes.key().put(utf8(as));
      addValue(attributes);
    }

    private void addValue(NamedTexts to) throws Malformed, RowRefused {
      int start = to.rendered().size();
      values.put(wire, to.rendered());
      to.add(null, start, to.rendered().size());
    }

    /** A copy of the next value's text. */
    private byte[] text() throws Malformed, RowRefused {
      path.clear();
      values.put(wire, path);
      return Arrays.copyOf(path.bytes(), path.size());
    }

    private boolean isNext(int kind, int orKind) throws Malformed {
      int at = wire.at();
      int next = wire.next("a value");
      wire.jump(at);
      return next == kind || next == orKind;
    }
  }
}
