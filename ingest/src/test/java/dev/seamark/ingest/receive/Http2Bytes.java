package dev.seamark.ingest.receive;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** One request of a client of HTTP/2 without TLS, frame by frame (RFC 9113, RFC 7541). */
final class Http2Bytes {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int FRAME_HEAD_BYTES = 9;

  private Http2Bytes() {}

  /** The preface, empty settings, and a POST on stream 1; names and values take turns. */
  static byte[] post(String path, byte[] body, String... headers) {
    ByteArrayOutputStream fields = new ByteArrayOutputStream();
    field(fields, ":method", "POST");
    field(fields, ":scheme", "http");
    field(fields, ":path", path);
    field(fields, ":authority", "a");
    for (int i = 0; i < headers.length; i += 2) {
      field(fields, headers[i], headers[i + 1]);
    }
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
    frame(request, SETTINGS, 0, 0, new byte[0]);
    frame(request, HEADERS, END_HEADERS, 1, fields.toByteArray());
    frame(request, DATA, END_STREAM, 1, body);
    return request.toByteArray();
  }

  /** A literal field that isn't indexed; name and value are shorter than 127 bytes. */
  private static void field(ByteArrayOutputStream fields, String name, String value) {
    fields.write(0);
    for (String text : new String[] {name, value}) {
      fields.write(text.length());
      fields.writeBytes(text.getBytes(US_ASCII));
    }
  }

  private static void frame(
      ByteArrayOutputStream out, int type, int flags, int stream, byte[] payload) {
    out.writeBytes(ByteBuffer.allocate(FRAME_HEAD_BYTES)
        .putInt(payload.length << 8 | type)
        .put((byte) flags)
        .putInt(stream)
        .array());
    out.writeBytes(payload);
  }

  /** A message as gRPC carries it in DATA frames. */
  static byte[] grpcMessage(byte[] message) {
    return ByteBuffer.allocate(5 + message.length)
        .put((byte) 0)
        .putInt(message.length)
        .put(message)
        .array();
  }

  /** Reads the server's frames up to the end of stream 1 and returns how many bytes they had. */
  static int readAnswer(InputStream in) throws IOException {
    int bytes = 0;
    while (true) {
      ByteBuffer head = ByteBuffer.wrap(in.readNBytes(FRAME_HEAD_BYTES));
      int lengthAndType = head.getInt();
      int flags = head.get();
      int stream = head.getInt();
      int length = lengthAndType >>> 8;
      in.readNBytes(length);
      bytes += FRAME_HEAD_BYTES + length;
      int type = lengthAndType & 0xFF;
      if (stream == 1 && (type == HEADERS || type == DATA) && (flags & END_STREAM) != 0) {
        return bytes;
      }
    }
  }
}
