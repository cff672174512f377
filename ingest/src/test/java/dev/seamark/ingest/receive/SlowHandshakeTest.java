package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.MIB;
import static dev.seamark.ingest.receive.OpenDoors.until;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.service.SelfMadeCertificate;
import dev.seamark.service.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections to an encrypted port that dally before they are known. */
@Timeout(60)
class SlowHandshakeTest {
  private static final Duration DEADLINE = Duration.ofMillis(600);
  private static final int CONNECTIONS_MAX = 10;
  private static final int PACE_MS = 50;

  @TempDir
  static Path folder;

  private static SelfMadeCertificate server;
  private static ReceiveConfig config;

  @BeforeAll
  static void makeCertificate() throws Exception {
    server = SelfMadeCertificate.in(folder, "server");
    Tls tls = new Tls(true, null, server.certificate(), server.key());
    config = OpenDoors.config(tls, CONNECTIONS_MAX, DEADLINE);
  }

  enum Dallying {
    /** Connects, and that's it. */
    SILENT {
      @Override
      void over(Socket socket) throws IOException {
        requireHungUp(socket);
      }
    },
    /** Sends a sound ClientHello, a byte now and then. */
    BYTE_BY_BYTE {
      @Override
      void over(Socket socket) throws Exception {
        socket.setSoTimeout(PACE_MS);
        try {
          for (byte each : clientHello()) {
            socket.getOutputStream().write(each);
            try {
              assertThat(socket.getInputStream().read()).as("hung up").isEqualTo(-1);
              return;
            } catch (SocketTimeoutException _) {
              // not yet
            }
          }
        } catch (SocketException _) {
          return; // reset, with a byte of ours unread
        }
        throw new AssertionError("the whole ClientHello was waited for");
      }
    };

    abstract void over(Socket socket) throws Exception;
  }

  private static byte[] clientHello() throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("localhost", 1);
    engine.setUseClientMode(true);
    ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), hello);
    byte[] bytes = new byte[hello.flip().remaining()];
    hello.get(bytes);
    assertThat(bytes.length * PACE_MS).as("ms to send it").isGreaterThan(4 * 1_000);
    return bytes;
  }

  @ParameterizedTest
  @EnumSource(Dallying.class)
  void theHttpPortGivesAHandshakeUp(Dallying dallying) throws Exception {
    try (OpenDoors doors = open()) {
      requireGivenUp(dallying, doors.httpPort());

      assertThat(doors.counter("seamark_ingest_heads_refused", "reason", "too_slow"))
          .isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Dallying.class)
  void theGrpcPortGivesAHandshakeUp(Dallying dallying) throws Exception {
    try (OpenDoors doors = open()) {
      requireGivenUp(dallying, doors.grpcPort());

      assertThat(doors.counter("seamark_ingest_heads_refused", "reason", "too_slow"))
          .isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Dallying.class)
  void theForwardPortGivesAHandshakeUp(Dallying dallying) throws Exception {
    try (OpenFluentDoor door =
        new OpenFluentDoor(OpenFluentDoor.config("", List.of(), MIB), config, 64L * MIB)) {
      requireGivenUp(dallying, door.port());

      until(() -> door.metric("seamark_fluent_connections_hung_up_total{reason=\"slow\"}") == 1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFloodOfHandshakesKeepsNobodyOut(boolean grpc) throws Exception {
    List<Socket> flood = new ArrayList<>();
    try (OpenDoors doors = open();
        Socket known = server.trusting().createSocket("localhost", doors.httpPort())) {
      assertThat(status(known)).isEqualTo("HTTP/1.1 404 Not Found");
      for (int i = 0; i < 10 * CONNECTIONS_MAX; i++) {
        flood.add(connect(grpc ? doors.grpcPort() : doors.httpPort()));
      }

      assertThat(status(known)).as("who was there before").isEqualTo("HTTP/1.1 404 Not Found");
      try (Socket next = server.trusting().createSocket("localhost", doors.httpPort())) {
        assertThat(status(next)).as("who comes meanwhile").isEqualTo("HTTP/1.1 404 Not Found");
      }
      for (Socket socket : flood) {
        requireHungUp(socket);
      }
      until(() -> doors.counter("seamark_ingest_heads_refused", "reason", "too_slow")
          == 10 * CONNECTIONS_MAX);
    } finally {
      for (Socket socket : flood) {
        socket.close();
      }
    }
  }

  @Test
  void connectionsBeyondTheLimitAreCountedUnderTlsToo() throws Exception {
    List<Socket> open = new ArrayList<>();
    try (OpenDoors doors = open()) {
      for (int i = 0; i < CONNECTIONS_MAX; i++) {
        Socket socket = server.trusting().createSocket("localhost", doors.httpPort());
        open.add(socket);
        assertThat(status(socket)).isEqualTo("HTTP/1.1 404 Not Found");
      }

      try (Socket tooMany = server.trusting().createSocket("localhost", doors.httpPort())) {
        tooMany.setSoTimeout(20_000);
        assertThat(status(tooMany)).isEmpty();
      }

      assertThat(doors.counter("seamark_ingest_connections_refused")).isEqualTo(1);
      assertThat(doors.gauge("seamark_ingest_connections")).isEqualTo(CONNECTIONS_MAX);
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  private static OpenDoors open() {
    return new OpenDoors(OpenDoors.countingLanes(), 64L * MIB, config);
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static void requireGivenUp(Dallying dallying, int port) throws Exception {
    long before = System.nanoTime();
    try (Socket socket = connect(port)) {
      dallying.over(socket);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - before))
        .isBetween(DEADLINE.minusMillis(100), Duration.ofSeconds(8));
  }

  private static void requireHungUp(Socket socket) throws IOException {
    try {
      assertThat(socket.getInputStream().read()).as("hung up").isEqualTo(-1);
    } catch (SocketException _) {
      // reset: as good
    }
  }

  /** The status line of an answer without a body that anybody reads; empty if hung up on. */
  private static String status(Socket socket) throws IOException {
    try {
      socket
          .getOutputStream()
          .write("HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = socket.getInputStream().read();
        if (next < 0) {
          return "";
        }
        head.append((char) next);
      }
      return head.substring(0, head.indexOf("\r\n"));
    } catch (SocketException _) {
      return "";
    }
  }
}
