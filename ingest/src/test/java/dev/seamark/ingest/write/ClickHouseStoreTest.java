package dev.seamark.ingest.write;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.ingest.write.plan.Event.Failure;
import dev.seamark.schema.SchemaOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a refusal of ClickHouse means for the rows. */
class ClickHouseStoreTest {
  private HttpServer server;
  private volatile int status;
  private volatile int code;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      exchange.getRequestBody().readAllBytes();
      String text = "no";
      if (code > 0) {
        exchange.getResponseHeaders().add("X-ClickHouse-Exception-Code", Integer.toString(code));
        text = "Code: %d. DB::Exception: no. (NAME) (version 26.7)".formatted(code);
      }
      byte[] body = text.getBytes(UTF_8);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @ParameterizedTest(name = "{3}")
  @CsvSource({
    "500, 469, EXPIRED, the fence",
    "404, 60, RETRY, no such table yet",
    "500, 252, RETRY, too many parts",
    "403, 516, RETRY, a password that was changed",
    "403, 497, RETRY, a grant that is missing",
    "500, 499, RETRY, object storage",
    "503, 201, RETRY, a quota",
    "500, 1001, RETRY, a library's exception",
    "403, 0, RETRY, a proxy that refuses",
    "500, 0, RETRY, a proxy that fails",
    "400, 27, REFUSED, bytes that can't be parsed",
    "500, 53, REFUSED, a type that doesn't fit"
  })
  void onlyWhatIsWrongWithTheRowsStopsAPartition(
      int status, int code, Failure failure, String what) {
    this.status = status;
    this.code = code;
    URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    try (var clickHouse = new ClickHouse(ClickHouseConfig.of("seamark", address))) {
      var store = new ClickHouseStore(clickHouse, SchemaOptions.single("seamark"));

      StoreException refused = catchThrowableOfType(StoreException.class, store::now);

      assertThat(refused.failure()).as(what).isEqualTo(failure);
    }
  }
}
