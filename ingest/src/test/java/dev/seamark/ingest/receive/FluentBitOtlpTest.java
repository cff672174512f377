package dev.seamark.ingest.receive;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.service.Tls;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What Fluent Bit's {@code opentelemetry} output puts on the wire: HTTP/1.1 with a fixed set of
 * headers on a connection that it keeps; HTTP/2 without TLS from the first byte ({@code http2
 * force}); gRPC ({@code grpc on}). A record is the body of a log record, as a key-value list.
 */
class FluentBitOtlpTest {
  private static final String STORED = "{\"log\":\"it broke\",\"stream\":\"stderr\"}";

  private final OpenDoors doors = new OpenDoors(
      new Lanes(Limits.DEFAULT, NamingOptions.DEFAULTS, new SeriesCache(SeriesLimits.DEFAULT, 42)),
      64L * OpenDoors.MIB,
      Tls.OFF);

  @AfterEach
  void close() {
    doors.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gzip", "zstd"})
  void http1OnOneConnection(String compress) throws Exception {
    byte[] body = switch (compress) {
      case "gzip" -> InflateTest.compress(Encoding.GZIP, request());
      case "zstd" -> InflateTest.compress(Encoding.ZSTD, request());
      default -> request();
    };
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), doors.httpPort())) {
      for (int i = 0; i < 2; i++) {
        String head = "POST /v1/logs HTTP/1.1\r\n"
            + "Host: 127.0.0.1:" + doors.httpPort() + "\r\n"
            + "Content-Length: " + body.length + "\r\n"
            + "Content-Type: application/x-protobuf\r\n"
            + "User-Agent: Fluent-Bit\r\n"
            + (compress.isEmpty() ? "" : "Content-Encoding: " + compress + "\r\n")
            + "\r\n";
        socket.getOutputStream().write(head.getBytes(US_ASCII));
        socket.getOutputStream().write(body);

        String answer = readHead(socket.getInputStream());
        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n");
        assertThat(answer.toLowerCase(Locale.ROOT)).contains("content-length: 0\r\n");
      }
    }
    assertStored(2);
  }

  private static String readHead(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    while (!head.toString(US_ASCII).endsWith("\r\n\r\n")) {
      int next = in.read();
      assertThat(next).as("the head's next byte").isNotNegative();
      head.write(next);
    }
    return head.toString(US_ASCII);
  }

  @Test
  void http2FromTheFirstByte() {
    send(doors.httpPort(), "/v1/logs", "application/x-protobuf", Buffer.buffer(request()));

    assertStored(1);
  }

  @Test
  void grpc() {
    byte[] message = request();
    Buffer framed =
        Buffer.buffer().appendByte((byte) 0).appendInt(message.length).appendBytes(message);

    send(
        doors.grpcPort(),
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        "application/grpc",
        framed);

    assertStored(1);
  }

  private static void send(int port, String path, String contentType, Buffer body) {
    Vertx vertx = Vertx.vertx();
    HttpClientAgent client = vertx.createHttpClient(new HttpClientOptions()
        .setProtocolVersion(HttpVersion.HTTP_2)
        .setHttp2ClearTextUpgrade(false));
    try {
      var response = client
          .request(new RequestOptions()
              .setMethod(HttpMethod.POST)
              .setHost("127.0.0.1")
              .setPort(port)
              .setURI(path)
              .putHeader("Content-Type", contentType)
              .putHeader("User-Agent", "Fluent-Bit")
              .putHeader("te", "trailers"))
          .compose(request -> request.send(body))
          .compose(answer -> answer.end().map(answer))
          .await();

      assertThat(response.version()).isEqualTo(HttpVersion.HTTP_2);
      assertThat(response.statusCode()).isEqualTo(200);
      if (contentType.equals("application/grpc")) {
        assertThat(response.getTrailer("grpc-status")).isEqualTo("0");
      }
    } finally {
      vertx.close().await();
    }
  }

  /** An empty resource and scope, as Fluent Bit sends for records that don't come from OTLP. */
  private static byte[] request() {
    KeyValueList record = KeyValueList.newBuilder()
        .addValues(text("log", "it broke"))
        .addValues(text("stream", "stderr"))
        .build();
    return ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder()
            .setResource(Resource.getDefaultInstance())
            .addScopeLogs(ScopeLogs.newBuilder()
                .setScope(InstrumentationScope.getDefaultInstance())
                .addLogRecords(LogRecord.newBuilder()
                    .setTimeUnixNano(1_790_000_000_000_681_000L)
                    .setBody(AnyValue.newBuilder().setKvlistValue(record)))))
        .build()
        .toByteArray();
  }

  private static KeyValue text(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private void assertStored(int rows) {
    int seen = 0;
    for (var entry : doors.journal.kept()) {
      Block block = FakeJournal.blockOf(entry);
      StringColumn bodies = (StringColumn) block.column("Body");
      for (int row = 0; row < block.rows(); row++) {
        assertThat(bodies.text(row)).isEqualTo(STORED);
        seen++;
      }
    }
    assertThat(seen).isEqualTo(rows);
  }
}
