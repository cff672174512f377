package dev.seamark.benchmarks.overload;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.util.Locale;

/**
 * One connection that posts OTLP logs over HTTP/1.1 and waits for each answer. A library's client
 * would cost more than the server it presses on. One thread's.
 */
final class Wire implements Closeable {
  private static final int PATIENCE_MS = 60_000;

  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;
  private final String head;

  /** @param retryAfterSeconds 0 where there is none */
  record Answer(int status, int retryAfterSeconds, String body) {}

  Wire(URI server, String authorization) throws IOException {
    socket = new Socket(server.getHost(), server.getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MS);
    out = socket.getOutputStream();
    in = new BufferedInputStream(socket.getInputStream());
    head = "POST /v1/logs HTTP/1.1\r\nHost: " + server.getHost() + "\r\nAuthorization: "
        + authorization + "\r\nContent-Type: application/x-protobuf\r\nContent-Length: ";
  }

  Answer post(byte[] body) throws IOException {
    out.write((head + body.length + "\r\n\r\n").getBytes(ISO_8859_1));
    out.write(body);
    String status = line();
    int length = 0;
    int retryAfter = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      String lower = line.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring(15).trim());
      } else if (lower.startsWith("retry-after:")) {
        retryAfter = Integer.parseInt(lower.substring(12).trim());
      }
    }
    byte[] answer = in.readNBytes(length);
    return new Answer(
        Integer.parseInt(status.substring(9, 12)), retryAfter, new String(answer, ISO_8859_1));
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("hung up after \"" + line + '"');
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
