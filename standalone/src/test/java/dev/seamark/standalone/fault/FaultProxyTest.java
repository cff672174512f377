package dev.seamark.standalone.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.seamark.standalone.fault.Fault.Direction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultProxyTest {
  private final List<Integer> arrived = new CopyOnWriteArrayList<>(); // lengths of bodies
  private HttpServer server;
  private FaultProxy proxy;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      arrived.add(exchange.getRequestBody().readAllBytes().length);
      exchange.sendResponseHeaders(204, -1);
      exchange.close();
    });
    server.start();
    proxy = new FaultProxy(server.getAddress().getPort());
    proxy.start();
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    server.stop(0);
  }

  @Test
  void withoutAFaultEverythingPasses() throws Exception {
    assertThat(post(100_000).statusCode()).isEqualTo(204);
    assertThat(arrived).containsExactly(100_000);
    assertThat(proxy.met()).isZero();
  }

  @Test
  void aDelayChangesNothingElse() throws Exception {
    proxy.set(new Fault.Delay(Duration.ofMillis(20)));

    assertThat(post(10).statusCode()).isEqualTo(204);
  }

  @Test
  void theRequestIsCut() {
    proxy.next(new Fault.ResetAfter(Direction.TO_SERVER, 5_000));

    assertThatThrownBy(() -> post(100_000)).isInstanceOf(IOException.class);
    assertThat(arrived).isEmpty();
    assertThat(proxy.met()).isEqualTo(1);
  }

  @Test
  void theAnswerIsCut() {
    proxy.next(new Fault.ResetAfter(Direction.TO_CLIENT, 0));

    assertThatThrownBy(() -> post(10)).isInstanceOf(IOException.class);
    assertThat(arrived).containsExactly(10);
  }

  @Test
  void theAnswerIsSwallowed() {
    proxy.next(new Fault.SwallowReplies());

    assertThatThrownBy(() -> post(10)).isInstanceOf(HttpTimeoutException.class);
    assertThat(arrived).containsExactly(10);
  }

  @Test
  void aHalfOpenConnectionPassesNothingMore() {
    proxy.next(new Fault.HalfOpen(5_000));

    assertThatThrownBy(() -> post(100_000)).isInstanceOf(HttpTimeoutException.class);
    assertThat(arrived).isEmpty();
  }

  @Test
  void aRequestArrivesAfterItsSenderGaveUp() {
    proxy.next(new Fault.Late(Duration.ofMillis(100)));

    assertThatThrownBy(() -> post(70_000)).isInstanceOf(IOException.class);
    Mischief.await("the late request", () -> arrived.equals(List.of(70_000)));
  }

  @Test
  void anAnswerOfClickHouseIsMadeUp() throws Exception {
    proxy.set(Fault.Answer.TOO_MANY_PARTS);

    var answer = post(100_000);
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.headers().firstValue("X-ClickHouse-Exception-Code")).hasValue("252");
    assertThat(answer.body()).startsWith("Code: 252. DB::Exception: Too many parts");
    assertThat(arrived).isEmpty();

    proxy.set(new Fault.None());
    assertThat(post(1).statusCode()).isEqualTo(204);
  }

  @Test
  void connectionsAreRefused() {
    proxy.set(new Fault.Refuse());

    assertThatThrownBy(() -> post(1)).isInstanceOf(IOException.class);
    assertThat(arrived).isEmpty();
  }

  private HttpResponse<String> post(int bytes) throws Exception {
    try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + proxy.port() + "/"))
              .timeout(Duration.ofMillis(700))
              .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[bytes]))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
