package dev.seamark.ingest.decode;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Seeded random messages of any OTLP type: every field, nested values, unknown fields, and bytes
 * with the fields in odd order.
 */
final class RandomOtlp {
  private static final List<String> KEYS = List.of(
      "service.name",
      "k8s.cluster.name",
      "a",
      "",
      "http.request.method",
      "http.request.metho",
      "b\u0000",
      "schl\u00fcssel",
      "\uffee",
      "\ud83d\ude00",
      "http.route",
      "z.z.z.z.z.z.z.z");
  private static final List<String> TEXTS = List.of(
      "",
      "x",
      "GET /api/v1/orders",
      "na\u00efve \u2713 \ud83d\ude80",
      "\"quoted\"\\\n\t\r\u0001",
      "{}");
  private static final double[] DOUBLES = {
    0,
    -0.0,
    1,
    -1.5,
    637.704,
    0.1,
    1e-6,
    9.9e-7,
    1e21,
    1.5e21,
    1e15,
    123456789012345.6,
    1e-300,
    1.7976931348623157e308,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    0.1 + 0.2,
    100,
    1e14 + 0.5,
    1e20,
    12345678901234568.0
  };
  private static final long TIME = 1_700_000_000_000_000_000L;
  private static final int DEPTH_MAX = 9;

  private final Random random;

  RandomOtlp(long seed) {
    this.random = new Random(seed * 0x9E3779B97F4A7C15L); // small seeds begin alike
  }

  /** A message of the prototype's class, filled at random. */
  @SuppressWarnings("unchecked") // a builder of the prototype makes its class
  <M extends Message> M fill(M prototype) {
    return (M) fill(prototype, 0);
  }

  private Message fill(Message prototype, int depth) {
    Message.Builder builder = prototype.newBuilderForType();
    for (FieldDescriptor field : prototype.getDescriptorForType().getFields()) {
      boolean inOneof = field.getRealContainingOneof() != null;
      if (field.getName().endsWith("strindex") || random.nextInt(inOneof ? 4 : 5) == 0) {
        continue;
      }
      if (inOneof && builder.hasOneof(field.getContainingOneof()) && random.nextBoolean()) {
        continue;
      }
      if (field.isRepeated()) {
        for (int i = depth > DEPTH_MAX ? 0 : random.nextInt(4); i > 0; i--) {
          builder.addRepeatedField(field, value(builder, field, depth));
        }
      } else if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE || depth <= DEPTH_MAX) {
        builder.setField(field, value(builder, field, depth));
      }
    }
    if (random.nextInt(8) == 0) {
      builder.setUnknownFields(unknown());
    }
    return builder.build();
  }

  private Object value(Message.Builder builder, FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case INT -> random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(300);
      case LONG -> longValue(field);
      case DOUBLE ->
        random.nextInt(3) == 0
            ? Double.longBitsToDouble(random.nextLong() & ~(1L << 52))
            : random.nextBoolean()
                ? DOUBLES[random.nextInt(DOUBLES.length)]
                : random.nextInt(100_000) / 1000.0;
      case FLOAT -> throw new AssertionError(field);
      case BOOLEAN -> random.nextBoolean();
      case STRING ->
        field.getName().equals("key")
            ? KEYS.get(random.nextInt(KEYS.size()))
            : TEXTS.get(random.nextInt(TEXTS.size())).repeat(random.nextInt(20) == 0 ? 40 : 1);
      case BYTE_STRING -> bytes(field);
      case ENUM -> enumValue(field);
      case MESSAGE -> fill(builder.newBuilderForField(field).build(), depth + 1);
    };
  }

  private long longValue(FieldDescriptor field) {
    if (field.getName().endsWith("time_unix_nano")) {
      return random.nextInt(4) == 0 ? 0 : TIME + random.nextInt(Integer.MAX_VALUE);
    }
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong();
      case 1 -> random.nextBoolean() ? Long.MIN_VALUE : Long.MAX_VALUE;
      default -> random.nextInt(2000) - 1000;
    };
  }

  private ByteString bytes(FieldDescriptor field) {
    int length = switch (field.getName()) {
      case "trace_id" -> 16;
      case "span_id", "parent_span_id" -> 8;
      default -> random.nextInt(6);
    };
    byte[] bytes = new byte[random.nextInt(6) == 0 ? 0 : length];
    if (random.nextInt(6) > 0) {
      random.nextBytes(bytes);
    }
    return ByteString.copyFrom(bytes);
  }

  private EnumValueDescriptor enumValue(FieldDescriptor field) {
    List<EnumValueDescriptor> values = field.getEnumType().getValues();
    return values.get(random.nextInt(values.size()));
  }

  private UnknownFieldSet unknown() {
    return UnknownFieldSet.newBuilder()
        .addField(
            900 + random.nextInt(50),
            UnknownFieldSet.Field.newBuilder()
                .addVarint(random.nextLong())
                .addFixed32(random.nextInt())
                .addFixed64(random.nextLong())
                .addLengthDelimited(ByteString.copyFromUtf8("unknown"))
                .addGroup(UnknownFieldSet.newBuilder()
                    .addField(1, UnknownFieldSet.Field.newBuilder().addVarint(7).build())
                    .build())
                .build())
        .build();
  }

  /** The bytes of a message with its fields in random order; those of one field keep theirs. */
  byte[] shuffled(Message message) {
    try {
      return shuffledBytes(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] shuffledBytes(Message message) throws IOException {
    var fields = new ArrayList<List<byte[]>>();
    for (var entry : message.getAllFields().entrySet()) {
      FieldDescriptor field = entry.getKey();
      var occurrences = new ArrayList<byte[]>();
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        List<?> values =
            field.isRepeated() ? (List<?>) entry.getValue() : List.of(entry.getValue());
        for (Object value : values) {
          occurrences.add(lengthDelimited(field.getNumber(), shuffledBytes((Message) value)));
        }
      } else {
        occurrences.add(message
            .newBuilderForType()
            .setField(field, entry.getValue())
            .buildPartial()
            .toByteArray());
      }
      fields.add(occurrences);
    }
    fields.add(new ArrayList<>(List.of(message.getUnknownFields().toByteArray())));
    var out = new ByteArrayOutputStream();
    while (!fields.isEmpty()) {
      List<byte[]> next = fields.get(random.nextInt(fields.size()));
      out.writeBytes(next.removeFirst());
      fields.removeIf(List::isEmpty);
    }
    return out.toByteArray();
  }

  private static byte[] lengthDelimited(int number, byte[] payload) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = CodedOutputStream.newInstance(bytes);
    out.writeByteArray(number, payload);
    out.flush();
    return bytes.toByteArray();
  }
}
