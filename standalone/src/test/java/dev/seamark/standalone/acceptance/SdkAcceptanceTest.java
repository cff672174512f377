package dev.seamark.standalone.acceptance;

import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The OpenTelemetry SDKs for Java and Python, by gRPC and by HTTP, send the same scenario to a
 * standalone Seamark; what SQL shows afterwards equals what they were told, field by field.
 */
class SdkAcceptanceTest {
  /** Recent, so that no retention drops it; not round, so that lost digits show. */
  private final long start = Instant.now().getEpochSecond() * 1_000_000_000L - 3_599_999_999_999L;

  private static StandaloneProcess seamark;

  @BeforeAll
  static void start(@TempDir Path data) {
    seamark = StandaloneProcess.start(data);
  }

  @AfterAll
  static void stop() {
    seamark.stop();
  }

  @Test
  void javaByGrpc() {
    OtlpScenario.sendByGrpc(seamark.otlpGrpc().toString(), "java-grpc", start);
    assertStored("java-grpc");
  }

  @Test
  void javaByHttp() {
    OtlpScenario.sendByHttp(seamark.otlpHttp().toString(), "java-http", start);
    assertStored("java-http");
  }

  @Test
  void pythonByGrpc() {
    Python.assumed()
        .run("otlp_scenario.py", "grpc", seamark.otlpGrpc().toString(), "python-grpc", "" + start);
    assertStored("python-grpc");
  }

  @Test
  void pythonByHttp() {
    Python.assumed()
        .run("otlp_scenario.py", "http", seamark.otlpHttp().toString(), "python-http", "" + start);
    assertStored("python-http");
  }

  private void assertStored(String service) {
    new StoredScenario(new Sql(seamark.sql()), start).assertStored(service);
  }
}
