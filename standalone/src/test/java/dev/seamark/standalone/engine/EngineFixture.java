package dev.seamark.standalone.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A ClickHouse for tests: one embedded engine for all tests of the JVM, a database of its own for
 * each test class. Use it as
 *
 * <pre>{@code
 * @RegisterExtension
 * static final EngineFixture clickhouse = new EngineFixture();
 * }</pre>
 *
 * <p>With the system property {@code seamark.clickhouse.url} the tests run against the server
 * there.
 */
public final class EngineFixture implements BeforeAllCallback, AfterAllCallback {
  static final Duration READY = Duration.ofSeconds(30);
  private static final AtomicInteger NUMBERS = new AtomicInteger();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private String database = "";

  @Override
  public void beforeAll(ExtensionContext context) {
    database = "t%d_%d_%s"
        .formatted(
            ProcessHandle.current().pid(),
            NUMBERS.incrementAndGet(),
            context.getRequiredTestClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
    post("CREATE DATABASE " + database, "");
  }

  @Override
  public void afterAll(ExtensionContext context) {
    post("DROP DATABASE IF EXISTS " + database, "");
  }

  /** Where the HTTP interface is, e.g. {@code http://127.0.0.1:41234}. */
  public URI address() {
    return Shared.ADDRESS;
  }

  /** The test class's own database. */
  public String database() {
    return database;
  }

  /**
   * Runs a statement in the test's database and returns its answer (TabSeparated unless it says
   * otherwise).
   */
  public String run(String sql) {
    return post(sql, database).stripTrailing();
  }

  private static String post(String sql, String database) {
    URI uri =
        Shared.ADDRESS.resolve("/?database=" + URLEncoder.encode(database, StandardCharsets.UTF_8));
    try {
      HttpResponse<String> answer = HTTP.send(
          HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(sql)).build(),
          BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new AssertionError(sql + "\n" + answer.body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An engine of a test's own, e.g. to be killed; the caller closes it. */
  static Engine start(Path data) throws IOException, InterruptedException {
    Engine engine = new Engine(library(), data, freePort(), 1_200L << 20, "");
    engine.start();
    engine.awaitReady(READY);
    return engine;
  }

  static Path library() {
    return EngineLibrary.pinned(System.getenv()).file();
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Started by the first test that asks; ends with the JVM, by the child's lifeline. */
  private static final class Shared {
    static final URI ADDRESS = address();

    private static URI address() {
      String given = System.getProperty("seamark.clickhouse.url", "");
      if (!given.isEmpty()) {
        return URI.create(given);
      }
      try {
        Path data = Files.createTempDirectory("seamark-engine");
        Engine engine = start(data);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
          engine.close();
          remove(data);
        }));
        return engine.address();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private static void remove(Path folder) {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
