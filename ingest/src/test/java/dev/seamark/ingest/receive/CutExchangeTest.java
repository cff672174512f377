package dev.seamark.ingest.receive;

import static dev.seamark.ingest.receive.OpenDoors.MIB;
import static dev.seamark.ingest.receive.OpenDoors.until;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.seamark.block.Block;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.batch.Journal;
import dev.seamark.service.Tls;
import io.netty.util.internal.PlatformDependent;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An exchange over HTTP that is cut at any byte, of the request or of its answer, by a farewell or
 * a reset: the request is stored whole or not at all, and nothing of it stays behind.
 */
class CutExchangeTest {
  private static final int ROWS = 5;

  /** How the body comes. */
  private enum Form {
    DECLARED,
    CHUNKED,
    GZIP
  }

  /** How the connection ends. */
  private enum End {
    FAREWELL,
    RESET
  }

  private OpenDoors doors;
  private int rounds;
  private int answerBytes;
  private final Map<String, Integer> stored = new HashMap<>();
  private final Set<String> whole = new HashSet<>();
  private final Set<String> perhaps = new HashSet<>();

  @BeforeEach
  void open() {
    doors = new OpenDoors(
        OpenDoors.decodingLanes(),
        64L * MIB,
        OpenDoors.config(Tls.OFF, 1_000, Duration.ofSeconds(10)));
  }

  @AfterEach
  void close() {
    doors.close();
  }

  @Test
  @Timeout(60)
  void atEveryByteOnceInEachForm() throws Exception {
    for (Form form : Form.values()) {
      int length = request(form, name()).length;
      for (End end : End.values()) {
        for (int cut = 0; cut <= length; cut++) {
          cutRequest(form, end, cut);
        }
      }
    }
    for (End end : End.values()) {
      for (int cut = 1; cut <= answerBytes(); cut++) {
        cutAnswer(Form.DECLARED, end, cut);
      }
    }

    requireWholeOrNothing();
    requireNothingLeft();
  }

  @Test
  @Tag("soak")
  @Timeout(600)
  void tenThousandTimesAtARandomByte() throws Exception {
    randomRounds(1, 1_000);
    requireWholeOrNothing();
    requireNothingLeft();
    Held before = held();

    for (int seed = 2; seed <= 11; seed++) {
      randomRounds(seed, 1_000);
      requireWholeOrNothing();
    }

    requireNothingLeft();
    Held after = held();
    assertThat(after.heapBytes() - before.heapBytes()).as("heap").isLessThan(8L * MIB);
    assertThat(after.directBytes() - before.directBytes()).as("buffers").isLessThan(8L * MIB);
    assertThat(after.files()).as("open files").isLessThanOrEqualTo(before.files());
    assertThat(after.threads()).as("threads").isLessThanOrEqualTo(before.threads() + 2);
  }

  private void randomRounds(long seed, int count) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < count; i++) {
      Form form = Form.values()[random.nextInt(Form.values().length)];
      End end = End.values()[random.nextInt(End.values().length)];
      if (random.nextInt(4) == 0) {
        cutAnswer(form, end, 1 + random.nextInt(answerBytes()));
      } else {
        cutRequest(form, end, random.nextInt(request(form, name()).length + 1));
      }
    }
  }

  /** Bytes of an answer, which has no body. */
  private int answerBytes() throws IOException {
    if (answerBytes == 0) {
      String name = name();
      whole.add(name);
      try (Socket socket = connect()) {
        socket.getOutputStream().write(request(Form.DECLARED, name));
        StringBuilder answer = new StringBuilder();
        while (answer.indexOf("\r\n\r\n") < 0) {
          answer.append((char) socket.getInputStream().read());
        }
        assertThat(answer).startsWith("HTTP/1.1 200 ").containsIgnoringCase("content-length: 0");
        answerBytes = answer.length();
      }
    }
    return answerBytes;
  }

  private void cutRequest(Form form, End end, int cut) throws IOException {
    String name = name();
    byte[] request = request(form, name);
    if (cut == request.length) {
      // what a reset overtakes is gone before the server reads it
      (end == End.FAREWELL ? whole : perhaps).add(name);
    }
    try (Socket socket = connect()) {
      prepare(socket, end);
      socket.getOutputStream().write(request, 0, cut);
    }
  }

  private void cutAnswer(Form form, End end, int cut) throws IOException {
    String name = name();
    whole.add(name);
    try (Socket socket = connect()) {
      prepare(socket, end);
      socket.getOutputStream().write(request(form, name));
      InputStream in = socket.getInputStream();
      assertThat(in.readNBytes(Math.min(cut, 12))).isEqualTo(firstBytesOfAnOk(Math.min(cut, 12)));
      in.readNBytes(Math.max(0, cut - 12));
    }
  }

  private static byte[] firstBytesOfAnOk(int count) {
    return Arrays.copyOf("HTTP/1.1 200 ".getBytes(US_ASCII), count);
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), doors.httpPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void prepare(Socket socket, End end) throws SocketException {
    if (end == End.RESET) {
      socket.setSoLinger(true, 0);
    }
  }

  private String name() {
    return "round " + (100_000 + rounds++);
  }

  private static byte[] request(Form form, String name) throws IOException {
    ScopeLogs.Builder scope = ScopeLogs.newBuilder();
    for (int i = 0; i < ROWS; i++) {
      scope.addLogRecords(
          LogRecord.newBuilder().setBody(AnyValue.newBuilder().setStringValue(name)));
    }
    byte[] plain = ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(scope))
        .build()
        .toByteArray();
    byte[] body = form == Form.GZIP ? InflateTest.compress(Encoding.GZIP, plain) : plain;
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    write(request, "POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-protobuf\r\n");
    if (form == Form.GZIP) {
      write(request, "Content-Encoding: gzip\r\n");
    }
    if (form == Form.CHUNKED) {
      write(request, "Transfer-Encoding: chunked\r\n\r\n");
      int half = body.length / 2;
      chunk(request, body, 0, half);
      chunk(request, body, half, body.length);
      write(request, "0\r\n\r\n");
    } else {
      write(request, "Content-Length: " + body.length + "\r\n\r\n");
      request.writeBytes(body);
    }
    return request.toByteArray();
  }

  private static void chunk(ByteArrayOutputStream request, byte[] body, int from, int to) {
    write(request, Integer.toHexString(to - from) + "\r\n");
    request.write(body, from, to - from);
    write(request, "\r\n");
  }

  private static void write(ByteArrayOutputStream request, String text) {
    request.writeBytes(text.getBytes(US_ASCII));
  }

  private void requireWholeOrNothing() {
    until(() -> doors.gauge("seamark_ingest_connections") == 0 && doors.isAtRest());
    doors.journal.takeKept().forEach(this::count);
    assertThat(stored.values()).as("rows of each request").containsOnly(ROWS);
    Set<String> missing = new HashSet<>(whole);
    missing.removeAll(stored.keySet());
    assertThat(missing).as("sent wholly, but not stored").isEmpty();
    Set<String> more = new HashSet<>(stored.keySet());
    more.removeAll(whole);
    more.removeAll(perhaps);
    assertThat(more).as("stored, but not sent wholly").isEmpty();
  }

  private void count(Journal.Entry entry) {
    Block block = FakeJournal.blockOf(entry);
    StringColumn bodies = (StringColumn) block.column("Body");
    for (int row = 0; row < block.rows(); row++) {
      stored.merge(bodies.text(row), 1, Integer::sum);
    }
  }

  private void requireNothingLeft() {
    assertThat(doors.budget.held()).as("bytes in flight").isZero();
    assertThat(doors.intake.inFlight()).as("requests in flight").isZero();
    assertThat(doors.gauge("seamark_ingest_connections")).as("connections").isZero();
    stored.clear();
    whole.clear();
    perhaps.clear();
  }

  private record Held(long heapBytes, long directBytes, long files, int threads) {}

  private static Held held() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    return new Held(
        memory.getHeapMemoryUsage().getUsed(),
        Math.max(0, PlatformDependent.usedDirectMemory()),
        ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
            .getOpenFileDescriptorCount(),
        ManagementFactory.getThreadMXBean().getThreadCount());
  }
}
