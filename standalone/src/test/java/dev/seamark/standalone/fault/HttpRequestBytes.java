package dev.seamark.standalone.fault;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/** Reads HTTP/1.1 requests as bytes: head and body as they came, not a byte of the next one. */
final class HttpRequestBytes {
  private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: *(\\d+)");
  private static final Pattern CHUNKED = Pattern.compile("\r\ntransfer-encoding: *chunked");

  private final InputStream in;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private HttpRequestBytes(InputStream in) {
    this.in = in;
  }

  /** The next request; empty at the end of the stream. */
  static byte[] read(InputStream in) throws IOException {
    return new HttpRequestBytes(in).request();
  }

  private byte[] request() throws IOException {
    var first = in.read();
    if (first < 0) {
      return new byte[0];
    }
    bytes.write(first);
    while (!until("\r\n").isEmpty()) {
      // another line of the head
    }
    var head = bytes.toString(StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
    var length = LENGTH.matcher(head);
    if (length.find()) {
      take(Integer.parseInt(length.group(1)));
    } else if (CHUNKED.matcher(head).find()) {
      takeChunks();
    }
    return bytes.toByteArray();
  }

  private void takeChunks() throws IOException {
    for (var size = chunkSize(); size > 0; size = chunkSize()) {
      take(size + 2);
    }
    until("\r\n");
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(until("\r\n").split(";", 2)[0].trim(), 16);
  }

  private void take(int n) throws IOException {
    bytes.write(in.readNBytes(n));
  }

  /** A line without its end. */
  private String until(String end) throws IOException {
    var line = new StringBuilder();
    while (line.length() < end.length() || !line.substring(line.length() - 2).equals(end)) {
      var next = in.read();
      if (next < 0) {
        throw new EOFException("in the head of a request");
      }
      bytes.write(next);
      line.append((char) next);
    }
    return line.substring(0, line.length() - end.length());
  }
}
