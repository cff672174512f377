package dev.seamark.ingest.decode;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** Loki pushes as clients write them, by protobuf-java's own encoder. */
final class LokiPush {
  private final ByteArrayOutputStream streams = new ByteArrayOutputStream();

  private interface Fields {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  /** A push of one stream. */
  static byte[] of(String labels, byte[]... entries) {
    return new LokiPush().stream(labels, entries).bytes();
  }

  LokiPush stream(String labels, byte[]... entries) {
    streams.writeBytes(message(push -> push.writeByteArray(1, message(stream -> {
      stream.writeString(1, labels);
      for (byte[] entry : entries) {
        stream.writeByteArray(2, entry);
      }
      stream.writeUInt64(3, 0x1234_5678_9ABCL); // the hash that Promtail adds
    }))));
    return this;
  }

  byte[] bytes() {
    return streams.toByteArray();
  }

  static byte[] entry(long nanos, String line) {
    return entry(nanos, line, Map.of());
  }

  static byte[] entry(long nanos, String line, Map<String, String> metadata) {
    return message(entry -> {
      entry.writeByteArray(1, time(nanos / 1_000_000_000, (int) (nanos % 1_000_000_000)));
      entry.writeString(2, line);
      for (var pair : metadata.entrySet()) {
        entry.writeByteArray(3, message(label -> {
          label.writeString(1, pair.getKey());
          label.writeString(2, pair.getValue());
        }));
      }
    });
  }

  /** An entry whose time is any two numbers. */
  static byte[] entry(long seconds, int nanos) {
    return message(entry -> entry.writeByteArray(1, time(seconds, nanos)));
  }

  private static byte[] time(long seconds, int nanos) {
    return message(time -> {
      time.writeInt64(1, seconds);
      time.writeInt32(2, nanos);
    });
  }

  private static byte[] message(Fields fields) {
    var bytes = new ByteArrayOutputStream();
    var out = CodedOutputStream.newInstance(bytes);
    try {
      fields.writeTo(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
