package dev.seamark.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HeadDeadlineTest {
  private static final Duration DEADLINE = Duration.ofMillis(400);
  private static final int PACE_MS = 40;

  private Vertx vertx;
  private HttpServer server;

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    server = vertx
        .createHttpServer(new HttpServerOptions()
            .setHost("127.0.0.1")
            .setPort(0)
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setIdleTimeout((int) DEADLINE.toMillis()))
        .connectionHandler(
            connection -> HeadDeadline.guard(connection, DEADLINE, Duration.ZERO, _ -> {}))
        .requestHandler(request -> {
          HeadDeadline.met(request);
          long delayMs = "/slow".equals(request.path()) ? 3 * DEADLINE.toMillis() : 1;
          vertx.setTimer(delayMs, _ -> request.response().end("done"));
        })
        .listen()
        .await();
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @Test
  void aSlowFirstHeadIsHungUpOn() throws Exception {
    try (Socket socket = connect()) {
      write(socket, "GET / HTTP/1.1\r\nX: ");

      assertThat(dripUntilHeard(socket)).isEqualTo("hung up");
    }
  }

  @Test
  void aSlowLaterHeadIsToldAndHungUpOn() throws Exception {
    try (Socket socket = connect()) {
      write(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");

      write(socket, "GET / HTTP/1.1\r\nX: ");

      assertThat(dripUntilHeard(socket) + rest(socket))
          .startsWith("HTTP/1.1 408 ")
          .endsWith("head of a request was not complete after 400 ms\n");
    }
  }

  private static String dripUntilHeard(Socket socket) throws IOException {
    String heard = "";
    while (heard.isEmpty()) {
      write(socket, "x");
      heard = heard(socket);
    }
    return heard;
  }

  @Test
  void anAnswerThatTakesLongIsWaitedFor() throws Exception {
    try (Socket socket = connect()) {
      write(socket, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");

      assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void aConnectionMayBeIdleBetweenRequestsAndThenBeSlowNoMore() throws Exception {
    try (Socket socket = connect()) {
      write(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");
      socket.setSoTimeout((int) DEADLINE.multipliedBy(3).toMillis());
      assertThat(heard(socket)).as("nothing").isEmpty();

      write(socket, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      socket.setSoTimeout(10_000);
      assertThat(answer(socket)).startsWith("HTTP/1.1 200 ");

      write(socket, "G");
      assertThat(rest(socket)).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void aSilentConnectionIsHungUpOn() throws Exception {
    try (Socket socket = connect()) {
      socket.setSoTimeout(10_000);

      assertThat(rest(socket)).isEmpty();
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  /** What comes within a moment: a character, or nothing. */
  private static String heard(Socket socket) throws IOException {
    int before = socket.getSoTimeout();
    socket.setSoTimeout(before == 10_000 ? PACE_MS : before);
    try {
      int next = socket.getInputStream().read();
      return next < 0 ? "hung up" : Character.toString(next);
    } catch (SocketTimeoutException _) {
      return "";
    } finally {
      socket.setSoTimeout(before);
    }
  }

  private static String answer(Socket socket) throws IOException {
    StringBuilder answer = new StringBuilder();
    while (!answer.toString().endsWith("done")) {
      answer.append((char) socket.getInputStream().read());
    }
    return answer.toString();
  }

  private static String rest(Socket socket) throws IOException {
    try {
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    } catch (SocketException _) {
      return "";
    }
  }
}
