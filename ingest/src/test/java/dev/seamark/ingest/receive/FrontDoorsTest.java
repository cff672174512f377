package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.MIB;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.seamark.ingest.IngestConfig;
import dev.seamark.ingest.Ingester;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.schema.Table;
import dev.seamark.service.ConfigException;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.Health;
import dev.seamark.service.Metrics;
import dev.seamark.service.SelfMadeCertificate;
import dev.seamark.service.Tls;
import dev.seamark.tenant.KeyRing;
import io.opentelemetry.exporter.otlp.http.logs.OtlpHttpLogRecordExporter;
import io.opentelemetry.exporter.otlp.logs.OtlpGrpcLogRecordExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ports themselves: who gets in, how many, and for how long. */
@Timeout(60)
class FrontDoorsTest {
  @TempDir
  static Path folder;

  private static SelfMadeCertificate server;
  private static SelfMadeCertificate agent;

  @BeforeAll
  static void makeCertificates() throws Exception {
    server = SelfMadeCertificate.in(folder, "server");
    agent = SelfMadeCertificate.in(folder, "agent");
  }

  @Test
  void withoutAKeysFileOtherMachinesDoNotReachThePorts() {
    Vertx vertx = Vertx.vertx();
    var ingester = new Ingester(
        vertx,
        ConfigFile.parse("seamark.yaml", "receive: {bind: 0.0.0.0}", IngestConfig.class, Map.of()),
        ConfigFile.defaults(KafkaConfig.class),
        () -> KeyRing.OPEN,
        new Metrics(),
        new Health());
    try {
      assertThatExceptionOfType(ConfigException.class)
          .isThrownBy(ingester::start)
          .withMessage("ingest.receive.bind is 0.0.0.0, but must be a loopback address such as"
              + " 127.0.0.1: without a keys file everybody who reaches the port may write");
    } finally {
      vertx.close().await();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bothProtocolsSpeakTls(boolean grpc) throws Exception {
    Tls tls = new Tls(true, null, server.certificate(), server.key());
    try (OpenDoors doors = decoding(OpenDoors.config(tls))) {
      assertThat(export(exporter(doors, grpc, server.certificate(), null))).isTrue();

      assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSenderMayHaveToShowACertificateOfTheAuthority(boolean grpc) throws Exception {
    Tls tls = new Tls(true, agent.certificate(), server.certificate(), server.key());
    try (OpenDoors doors = decoding(OpenDoors.config(tls))) {
      assertThat(export(exporter(doors, grpc, server.certificate(), null)))
          .as("none")
          .isFalse();
      assertThat(export(exporter(doors, grpc, server.certificate(), server)))
          .as("one of another authority")
          .isFalse();
      assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isZero();

      assertThat(export(exporter(doors, grpc, server.certificate(), agent)))
          .as("its own")
          .isTrue();
      assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSenderIsKnownByTheSubjectOfItsCertificate(boolean grpc) throws Exception {
    Tls tls = new Tls(true, agent.certificate(), server.certificate(), server.key());
    for (String subject : List.of("CN=agent", "CN=stranger")) {
      KeyRing keys = KeyRing.parse("keys.yaml", """
          tenants: {shop: {}}
          keys: {agent: {subject: %s, tenant: shop, scopes: [ingest]}}
          """.formatted(subject));
      try (OpenDoors doors = decoding(OpenDoors.config(tls), keys)) {
        boolean known = subject.equals("CN=agent");

        assertThat(export(exporter(doors, grpc, server.certificate(), agent))).isEqualTo(known);

        assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(known ? 1 : 0);
      }
    }
  }

  @Test
  void aRenewedCertificateIsShownOnBothPortsAndOpenConnectionsLiveOn() throws Exception {
    Path certificate = Files.copy(server.certificate(), folder.resolve("renewed.pem"));
    Path key = Files.copy(server.key(), folder.resolve("renewed-key.pem"));
    try (OpenDoors doors = decoding(OpenDoors.config(new Tls(true, null, certificate, key)));
        Socket open = server.trusting().createSocket("localhost", doors.httpPort())) {
      assertThat(health(open)).isEqualTo("HTTP/1.1 200 OK");

      Files.copy(agent.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
      Files.copy(agent.key(), key, StandardCopyOption.REPLACE_EXISTING);
      doors.tls.look();
      doors.tls.look();

      for (boolean grpc : new boolean[] {false, true}) {
        assertThat(export(exporter(doors, grpc, server.certificate(), null))).isFalse();
        assertThat(export(exporter(doors, grpc, agent.certificate(), null))).isTrue();
      }
      assertThat(health(open)).as("the open one").isEqualTo("HTTP/1.1 200 OK");
    }
  }

  @Test
  void aConnectionBeyondTheLimitOfAllPortsIsClosedAtOnce() throws Exception {
    try (OpenDoors doors = counting(limits(2, Duration.ofSeconds(60)));
        Socket first = connect(doors.httpPort())) {
      assertThat(health(first)).isEqualTo("HTTP/1.1 200 OK");
      try (Socket second = connect(doors.httpPort())) {
        assertThat(health(second)).isEqualTo("HTTP/1.1 200 OK");
        try (Socket third = connect(doors.httpPort());
            Socket other = connect(doors.grpcPort())) {
          assertThat(health(third)).as("the third").isEmpty();
          assertThat(health(other)).as("the other port's first").isEmpty();
          assertThat(doors.counter("seamark_ingest_connections_refused")).isEqualTo(2);
          assertThat(doors.gauge("seamark_ingest_connections")).isEqualTo(2);
        }
      }

      OpenDoors.until(() -> {
        try (Socket next = connect(doors.httpPort())) {
          return health(next).equals("HTTP/1.1 200 OK");
        } catch (IOException _) {
          return false;
        }
      });
      assertThat(health(first)).as("the first lives on").isEqualTo("HTTP/1.1 200 OK");
    }
  }

  @Test
  void aConnectionThatWasUpgradedGivesItsPlaceBack() throws Exception {
    try (OpenDoors doors = counting(limits(1, Duration.ofSeconds(60)))) {
      HttpRequest request = HttpRequest.newBuilder(
              URI.create("http://127.0.0.1:" + doors.httpPort() + "/healthz"))
          .build();
      for (int i = 0; i < 4; i++) {
        OpenDoors.until(() -> {
          try (HttpClient client =
              HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            var response = client.send(request, HttpResponse.BodyHandlers.discarding());
            return response.version() == HttpClient.Version.HTTP_2;
          } catch (IOException _) {
            return false;
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anIdleConnectionIsClosed(boolean afterARequest) throws Exception {
    try (OpenDoors doors = counting(limits(10, Duration.ofSeconds(1)));
        Socket socket = connect(doors.httpPort())) {
      if (afterARequest) {
        assertThat(health(socket)).isEqualTo("HTTP/1.1 200 OK");
      }

      long before = System.nanoTime();
      socket.getInputStream().readAllBytes(); // until the server hangs up

      assertThat(Duration.ofNanos(System.nanoTime() - before))
          .isBetween(Duration.ofMillis(500), Duration.ofSeconds(8));
    }
  }

  private static ReceiveConfig limits(int connectionsMax, Duration idleTimeout) {
    return new ReceiveConfig(
        "127.0.0.1",
        0,
        0,
        Tls.OFF,
        1,
        1,
        connectionsMax,
        idleTimeout,
        OpenDoors.HEAD_DEADLINE,
        OpenDoors.BODY_DEADLINE,
        16 * 1024,
        null);
  }

  private static OpenDoors counting(ReceiveConfig config) {
    return new OpenDoors(OpenDoors.countingLanes(), 64L * MIB, config);
  }

  private static OpenDoors decoding(ReceiveConfig config) {
    return decoding(config, KeyRing.OPEN);
  }

  private static OpenDoors decoding(ReceiveConfig config, KeyRing keys) {
    return new OpenDoors(OpenDoors.decodingLanes(), 256L * MIB, config, () -> keys);
  }

  private static LogRecordExporter exporter(
      OpenDoors doors, boolean grpc, Path authority, @Nullable SelfMadeCertificate own)
      throws IOException {
    byte[] trusted = Files.readAllBytes(authority);
    byte[] key = own == null ? new byte[0] : Files.readAllBytes(own.key());
    byte[] certificate = own == null ? new byte[0] : Files.readAllBytes(own.certificate());
    if (grpc) {
      var builder = OtlpGrpcLogRecordExporter.builder()
          .setEndpoint("https://localhost:" + doors.grpcPort())
          .setTrustedCertificates(trusted)
          .setRetryPolicy(null);
      return own == null
          ? builder.build()
          : builder.setClientTls(key, certificate).build();
    }
    var builder = OtlpHttpLogRecordExporter.builder()
        .setEndpoint("https://localhost:%d/v1/logs".formatted(doors.httpPort()))
        .setTrustedCertificates(trusted)
        .setRetryPolicy(null);
    return own == null
        ? builder.build()
        : builder.setClientTls(key, certificate).build();
  }

  /** Whether one log record was taken. */
  private static boolean export(LogRecordExporter exporter) {
    try (SdkLoggerProvider provider = SdkLoggerProvider.builder()
        .addLogRecordProcessor(SimpleLogRecordProcessor.create(exporter))
        .build()) {
      provider.get("test").logRecordBuilder().setBody("a line").emit();
      CompletableResultCode flushed = provider.forceFlush().join(20, TimeUnit.SECONDS);
      return flushed.isSuccess();
    }
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** The status line of a request to /healthz with its answer read; empty if the server hung up. */
  private static String health(Socket socket) throws IOException {
    try {
      socket
          .getOutputStream()
          .write("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n".getBytes(US_ASCII));
      InputStream in = socket.getInputStream();
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          return "";
        }
        head.append((char) next);
      }
      if (head.indexOf("200 OK") > 0) {
        in.readNBytes("ok\n".length());
      }
      return head.substring(0, head.indexOf("\r\n"));
    } catch (SocketException _) {
      return "";
    }
  }
}
