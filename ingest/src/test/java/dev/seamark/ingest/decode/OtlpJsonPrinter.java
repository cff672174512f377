package dev.seamark.ingest.decode;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Prints messages as OTLP/JSON in every style that senders use, at random. */
final class OtlpJsonPrinter {
  private final Random random;

  OtlpJsonPrinter(long seed) {
    this.random = new Random(seed * 0x9E3779B97F4A7C15L); // small seeds begin alike
  }

  String print(Message message) {
    String fields = message.getAllFields().entrySet().stream()
        .map(entry -> name(entry.getKey()) + ":" + values(entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(random.nextBoolean() ? "," : " ,\n "));
    String unknown = random.nextInt(6) == 0 ? "\"whoKnows\":{\"deep\":[[{}],null,1e3]}" : "";
    String absent =
        random.nextInt(6) == 0 && message.getAllFields().isEmpty() ? "\"attributes\":null" : "";
    String extra = unknown.isEmpty() ? absent : unknown;
    return "{" + fields + (fields.isEmpty() || extra.isEmpty() ? "" : ",") + extra + "}";
  }

  private String name(FieldDescriptor field) {
    return OtlpOracle.quoted(random.nextInt(3) == 0 ? field.getName() : field.getJsonName());
  }

  private String values(FieldDescriptor field, Object value) {
    return field.isRepeated()
        ? ((List<?>) value)
            .stream()
                .map(element -> value(field, element))
                .collect(Collectors.joining(",", "[", "]"))
        : value(field, value);
  }

  private String value(FieldDescriptor field, Object value) {
    return switch (field.getType()) {
      case STRING -> string((String) value);
      case BYTES -> OtlpOracle.quoted(bytes(field, (ByteString) value));
      case BOOL -> value.toString();
      case DOUBLE -> number((Double) value);
      case ENUM ->
        random.nextInt(4) == 0
            ? OtlpOracle.quoted(((EnumValueDescriptor) value).getName())
            : String.valueOf(((EnumValueDescriptor) value).getNumber());
      case MESSAGE -> print((Message) value);
      case UINT64, FIXED64 -> maybeQuoted(Long.toUnsignedString((Long) value));
      case INT64, SFIXED64 -> maybeQuoted(value.toString());
      case UINT32, FIXED32 -> maybeQuoted(Integer.toUnsignedString((Integer) value));
      case SINT32, INT32 -> maybeQuoted(value.toString());
      case FLOAT, GROUP, SFIXED32, SINT64 -> throw new AssertionError(field);
    };
  }

  private String bytes(FieldDescriptor field, ByteString value) {
    if (field.getName().endsWith("_id")) {
      String hex = HexFormat.of().formatHex(value.toByteArray());
      return random.nextBoolean() ? hex : hex.toUpperCase(java.util.Locale.ROOT);
    }
    Base64.Encoder encoder = random.nextBoolean() ? Base64.getEncoder() : Base64.getUrlEncoder();
    return (random.nextBoolean() ? encoder : encoder.withoutPadding())
        .encodeToString(value.toByteArray());
  }

  private String string(String text) {
    if (random.nextBoolean()) {
      return OtlpOracle.quoted(text);
    }
    return text.chars().mapToObj("\\u%04X"::formatted).collect(Collectors.joining("", "\"", "\""));
  }

  private String number(double value) {
    String text = Double.toString(value);
    return Double.isFinite(value) ? maybeQuoted(text) : OtlpOracle.quoted(text);
  }

  private String maybeQuoted(String number) {
    return random.nextBoolean() ? OtlpOracle.quoted(number) : number;
  }
}
