package dev.seamark.standalone.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.zip.GZIPOutputStream;

/**
 * Posts OTLP/HTTP requests, gzip-compressed protobuf, one at a time. Repeats a request that was
 * refused as retryable (429, 503) after the time that the answer names, as the OTLP specification
 * asks. One thread.
 */
final class OtlpSender implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final URI base;
  private final HttpClient http;

  OtlpSender(URI base) {
    this.base = base;
    this.http = HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(5))
        .build();
  }

  /**
   * Sends one export request and returns once it is acknowledged.
   *
   * @param path {@code /v1/logs}, {@code /v1/metrics} or {@code /v1/traces}
   * @throws IOException if the answer is neither success nor retryable, or the connection broke
   */
  void export(String path, byte[] request) throws IOException, InterruptedException {
    HttpRequest post = HttpRequest.newBuilder(base.resolve(path))
        .timeout(TIMEOUT)
        .header("Content-Type", "application/x-protobuf")
        .header("Content-Encoding", "gzip")
        .POST(HttpRequest.BodyPublishers.ofByteArray(gzip(request)))
        .build();
    while (true) {
      HttpResponse<String> answer = http.send(post, HttpResponse.BodyHandlers.ofString());
      switch (answer.statusCode()) {
        case 200 -> {
          return;
        }
        case 429, 503 -> Thread.sleep(retryAfter(answer));
        default ->
          throw new IOException(path + " answered " + answer.statusCode() + ": " + answer.body());
      }
    }
  }

  @Override
  public void close() {
    http.close();
  }

  private static Duration retryAfter(HttpResponse<String> answer) {
    return Duration.ofSeconds(answer.headers().firstValueAsLong("Retry-After").orElse(1));
  }

  private static byte[] gzip(byte[] plain) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(plain.length / 4 + 64);
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(plain);
    }
    return packed.toByteArray();
  }
}
