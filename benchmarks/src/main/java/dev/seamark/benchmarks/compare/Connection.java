package dev.seamark.benchmarks.compare;

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
 * One HTTP/1.1 connection that posts and waits for each answer; a library's client would cost more
 * than what is measured. One thread's.
 */
final class Connection implements Closeable {
  private static final int PATIENCE_MS = 60_000;

  private final URI server;
  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;

  Connection(URI server) throws IOException {
    this.server = server;
    socket = new Socket(server.getHost(), server.getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MS);
    out = socket.getOutputStream();
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Posts the body and returns the answer's status. */
  int post(Body body, int length) throws IOException {
    var head = "POST " + server.getPath() + body.path() + " HTTP/1.1\r\nHost: " + server.getHost()
        + "\r\n" + body.headers() + "Content-Length: " + length + "\r\n\r\n";
    out.write(head.getBytes(ISO_8859_1));
    out.write(body.bytes(), 0, length);
    return status();
  }

  private int status() throws IOException {
    var status = Integer.parseInt(line().substring(9, 12));
    var length = 0;
    var chunked = false;
    for (var line = line(); !line.isEmpty(); line = line()) {
      var lower = line.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring(15).trim());
      }
      chunked |= lower.startsWith("transfer-encoding:") && lower.endsWith("chunked");
    }
    if (chunked) {
      for (var size = chunkSize(); size > 0; size = chunkSize()) {
        in.skipNBytes(size);
        line();
      }
      line();
    } else {
      in.skipNBytes(length);
    }
    return status;
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (var next = in.read(); next != '\n'; next = in.read()) {
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
