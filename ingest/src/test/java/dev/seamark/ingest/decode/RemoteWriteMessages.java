package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.xerial.snappy.Snappy;

/**
 * The messages of remote write 1.0 and 2.0 by protobuf-java: a second implementation of both wire
 * formats. Text fields are declared as bytes, which look the same on the wire, so that text that is
 * not UTF-8 can be sent. Enumerations are numbers, as on the wire too.
 */
public final class RemoteWriteMessages {
  private static final FileDescriptor VERSION_1 = version1();
  private static final FileDescriptor VERSION_2 = version2();

  private RemoteWriteMessages() {}

  private static FileDescriptor version1() {
    return file(
        "prometheus",
        message(
            "WriteRequest",
            many("timeseries", 1, "TimeSeries"),
            many("metadata", 3, "MetricMetadata")),
        message(
            "MetricMetadata",
            one("type", 1, FieldDescriptorProto.Type.TYPE_INT32),
            one("metric_family_name", 2, FieldDescriptorProto.Type.TYPE_BYTES),
            one("help", 4, FieldDescriptorProto.Type.TYPE_BYTES),
            one("unit", 5, FieldDescriptorProto.Type.TYPE_BYTES)),
        message(
            "TimeSeries",
            many("labels", 1, "Label"),
            many("samples", 2, "Sample"),
            many("exemplars", 3, "Exemplar"),
            many("histograms", 4, "Histogram")),
        message(
            "Label",
            one("name", 1, FieldDescriptorProto.Type.TYPE_BYTES),
            one("value", 2, FieldDescriptorProto.Type.TYPE_BYTES)),
        message(
            "Sample",
            one("value", 1, FieldDescriptorProto.Type.TYPE_DOUBLE),
            one("timestamp", 2, FieldDescriptorProto.Type.TYPE_INT64)),
        message(
            "Exemplar",
            many("labels", 1, "Label"),
            one("value", 2, FieldDescriptorProto.Type.TYPE_DOUBLE),
            one("timestamp", 3, FieldDescriptorProto.Type.TYPE_INT64)),
        histogram(),
        span());
  }

  private static FileDescriptor version2() {
    return file(
        "io.prometheus.write.v2",
        message(
            "Request",
            many("symbols", 4, FieldDescriptorProto.Type.TYPE_BYTES),
            many("timeseries", 5, "TimeSeries")),
        message(
            "TimeSeries",
            many("labels_refs", 1, FieldDescriptorProto.Type.TYPE_UINT32),
            many("samples", 2, "Sample"),
            many("histograms", 3, "Histogram"),
            many("exemplars", 4, "Exemplar"),
            one("metadata", 5, "Metadata"),
            one("created_timestamp", 6, FieldDescriptorProto.Type.TYPE_INT64)),
        message(
            "Sample",
            one("value", 1, FieldDescriptorProto.Type.TYPE_DOUBLE),
            one("timestamp", 2, FieldDescriptorProto.Type.TYPE_INT64),
            one("start_timestamp", 3, FieldDescriptorProto.Type.TYPE_INT64)),
        message(
            "Exemplar",
            many("labels_refs", 1, FieldDescriptorProto.Type.TYPE_UINT32),
            one("value", 2, FieldDescriptorProto.Type.TYPE_DOUBLE),
            one("timestamp", 3, FieldDescriptorProto.Type.TYPE_INT64)),
        message(
            "Metadata",
            one("type", 1, FieldDescriptorProto.Type.TYPE_INT32),
            one("help_ref", 3, FieldDescriptorProto.Type.TYPE_UINT32),
            one("unit_ref", 4, FieldDescriptorProto.Type.TYPE_UINT32)),
        histogram(),
        span());
  }

  private static DescriptorProto histogram() {
    return message(
            "Histogram",
            one("count_int", 1, FieldDescriptorProto.Type.TYPE_UINT64).setOneofIndex(0),
            one("count_float", 2, FieldDescriptorProto.Type.TYPE_DOUBLE).setOneofIndex(0),
            one("sum", 3, FieldDescriptorProto.Type.TYPE_DOUBLE),
            one("schema", 4, FieldDescriptorProto.Type.TYPE_SINT32),
            one("zero_threshold", 5, FieldDescriptorProto.Type.TYPE_DOUBLE),
            one("zero_count_int", 6, FieldDescriptorProto.Type.TYPE_UINT64).setOneofIndex(1),
            one("zero_count_float", 7, FieldDescriptorProto.Type.TYPE_DOUBLE).setOneofIndex(1),
            many("negative_spans", 8, "BucketSpan"),
            many("negative_deltas", 9, FieldDescriptorProto.Type.TYPE_SINT64),
            many("negative_counts", 10, FieldDescriptorProto.Type.TYPE_DOUBLE),
            many("positive_spans", 11, "BucketSpan"),
            many("positive_deltas", 12, FieldDescriptorProto.Type.TYPE_SINT64),
            many("positive_counts", 13, FieldDescriptorProto.Type.TYPE_DOUBLE),
            one("reset_hint", 14, FieldDescriptorProto.Type.TYPE_INT32),
            one("timestamp", 15, FieldDescriptorProto.Type.TYPE_INT64),
            many("custom_values", 16, FieldDescriptorProto.Type.TYPE_DOUBLE),
            one("start_timestamp", 17, FieldDescriptorProto.Type.TYPE_INT64))
        .toBuilder()
        .addOneofDecl(OneofDescriptorProto.newBuilder().setName("count"))
        .addOneofDecl(OneofDescriptorProto.newBuilder().setName("zero_count"))
        .build();
  }

  private static DescriptorProto span() {
    return message(
        "BucketSpan",
        one("offset", 1, FieldDescriptorProto.Type.TYPE_SINT32),
        one("length", 2, FieldDescriptorProto.Type.TYPE_UINT32));
  }

  private static FileDescriptor file(String name, DescriptorProto... messages) {
    try {
      return FileDescriptor.buildFrom(
          FileDescriptorProto.newBuilder()
              .setName(name)
              .setPackage(name)
              .setSyntax("proto3")
              .addAllMessageType(List.of(messages))
              .build(),
          new FileDescriptor[0]);
    } catch (DescriptorValidationException e) {
      throw new AssertionError(e);
    }
  }

  private static DescriptorProto message(String name, FieldDescriptorProto.Builder... fields) {
    DescriptorProto.Builder message = DescriptorProto.newBuilder().setName(name);
    for (FieldDescriptorProto.Builder field : fields) {
      message.addField(field);
    }
    return message.build();
  }

  private static FieldDescriptorProto.Builder one(
      String name, int number, FieldDescriptorProto.Type type) {
    return FieldDescriptorProto.newBuilder()
        .setName(name)
        .setNumber(number)
        .setType(type)
        .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL);
  }

  private static FieldDescriptorProto.Builder one(String name, int number, String type) {
    return one(name, number, FieldDescriptorProto.Type.TYPE_MESSAGE).setTypeName(type);
  }

  private static FieldDescriptorProto.Builder many(
      String name, int number, FieldDescriptorProto.Type type) {
    return one(name, number, type).setLabel(FieldDescriptorProto.Label.LABEL_REPEATED);
  }

  private static FieldDescriptorProto.Builder many(String name, int number, String type) {
    return one(name, number, type).setLabel(FieldDescriptorProto.Label.LABEL_REPEATED);
  }

  /** A message of 1.0; fields are a name and a value by turns, a list for a repeated one. */
  public static DynamicMessage v1(String type, Object... fields) {
    return filled(VERSION_1.findMessageTypeByName(type), fields);
  }

  /** A message of 2.0. */
  public static DynamicMessage v2(String type, Object... fields) {
    return filled(VERSION_2.findMessageTypeByName(type), fields);
  }

  private static DynamicMessage filled(Descriptor type, Object... fields) {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    for (int i = 0; i < fields.length; i += 2) {
      FieldDescriptor field = type.findFieldByName((String) fields[i]);
      if (fields[i + 1] instanceof Collection<?> values) {
        values.forEach(value -> message.addRepeatedField(field, onWire(value)));
      } else {
        message.setField(field, onWire(fields[i + 1]));
      }
    }
    return message.build();
  }

  private static Object onWire(Object value) {
    return value instanceof String text ? ByteString.copyFrom(text, UTF_8) : value;
  }

  /** A series of 1.0: labels, a name and a value by turns, and whatever it has beside them. */
  public static DynamicMessage series(List<String> labels, Object... fields) {
    Object[] all = new Object[fields.length + 2];
    all[0] = "labels";
    all[1] = labels(labels);
    System.arraycopy(fields, 0, all, 2, fields.length);
    return v1("TimeSeries", all);
  }

  /** Labels of 1.0. */
  public static List<DynamicMessage> labels(List<String> namesAndValues) {
    List<DynamicMessage> labels = new ArrayList<>();
    for (int i = 0; i < namesAndValues.size(); i += 2) {
      labels.add(v1("Label", "name", namesAndValues.get(i), "value", namesAndValues.get(i + 1)));
    }
    return labels;
  }

  /** Samples of 1.0: a timestamp and a value by turns. */
  public static List<DynamicMessage> samples(Number... timesAndValues) {
    List<DynamicMessage> samples = new ArrayList<>();
    for (int i = 0; i < timesAndValues.length; i += 2) {
      samples.add(v1(
          "Sample",
          "timestamp",
          timesAndValues[i].longValue(),
          "value",
          timesAndValues[i + 1].doubleValue()));
    }
    return samples;
  }

  /** A request of 1.0. */
  public static byte[] request1(DynamicMessage... series) {
    return v1("WriteRequest", "timeseries", List.of(series)).toByteArray();
  }

  public static byte[] snappy(byte[] message) {
    try {
      return Snappy.compress(message);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A request of 2.0 being made: it interns the texts. */
  public static final class Request2 {
    private final List<ByteString> symbols = new ArrayList<>(List.of(ByteString.EMPTY));
    private final List<DynamicMessage> series = new ArrayList<>();

    public int symbol(String text) {
      return symbol(ByteString.copyFrom(text, UTF_8));
    }

    public int symbol(ByteString text) {
      int known = symbols.indexOf(text);
      if (known < 0) {
        symbols.add(text);
      }
      return known < 0 ? symbols.size() - 1 : known;
    }

    public List<Integer> refs(List<String> namesAndValues) {
      return namesAndValues.stream().map(this::symbol).toList();
    }

    public Request2 series(List<String> labels, Object... fields) {
      return seriesOfRefs(refs(labels), fields);
    }

    public Request2 seriesOfRefs(List<Integer> refs, Object... fields) {
      Object[] all = new Object[fields.length + 2];
      all[0] = "labels_refs";
      all[1] = refs;
      System.arraycopy(fields, 0, all, 2, fields.length);
      series.add(v2("TimeSeries", all));
      return this;
    }

    public DynamicMessage message() {
      return v2("Request", "symbols", List.copyOf(symbols), "timeseries", series);
    }

    public byte[] bytes() {
      return message().toByteArray();
    }
  }
}
