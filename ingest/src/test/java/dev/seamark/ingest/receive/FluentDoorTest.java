package dev.seamark.ingest.receive;

import static dev.seamark.ingest.decode.Msgpack.map;
import static dev.seamark.ingest.receive.OpenDoors.until;
import static dev.seamark.ingest.receive.OpenFluentDoor.MIB;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import dev.seamark.block.Block;
import dev.seamark.block.MapColumn;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.batch.Journal;
import dev.seamark.ingest.decode.Msgpack;
import dev.seamark.schema.Table;
import dev.seamark.service.SelfMadeCertificate;
import dev.seamark.service.Tls;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.NewKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The forward protocol on the wire: what an agent sees, whatever it sends. */
@Timeout(60)
class FluentDoorTest {
  private static final int TIME = 1_700_000_000;

  private OpenFluentDoor door = OpenFluentDoor.plain();
  private final List<Socket> sockets = new ArrayList<>();

  private void reopen(FluentConfig config, ReceiveConfig receive, long budgetBytes) {
    door.close();
    door = new OpenFluentDoor(config, receive, budgetBytes);
  }

  @AfterEach
  void everythingIsGivenBack() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    until(() -> door.intake.inFlight() == 0);
    until(() -> door.metric("seamark_fluent_connections") == 0);
    assertThat(door.budget.held()).as("bytes in flight").isZero();
    door.close();
  }

  @Test
  void aChunkIsAcknowledgedOnceKafkaHasIt() throws Exception {
    door.journal.mode(FakeJournal.Mode.HOLD);
    Socket socket = connect();
    send(socket, message("a", "chunk-1"));
    until(() -> door.journal.heldCount() == 1);
    assertThat(door.metric("seamark_fluent_chunks_acknowledged_total")).isZero();

    door.journal.acknowledgeHeld();

    requireAck(socket, "chunk-1");
    assertThat(bodies()).containsExactly("a");
  }

  @Test
  void everyModeIsStoredAndAcknowledged() throws Exception {
    Socket socket = connect();
    byte[] entries =
        Msgpack.of(List.of(TIME, Map.of("log", "p")), List.of(TIME, Map.of("log", "q")));

    send(socket, Msgpack.of(List.of("t", TIME, Map.of("log", "m"), Map.of("chunk", "1"))));
    requireAck(socket, "1");
    send(
        socket,
        Msgpack.of(List.of("t", List.of(List.of(TIME, Map.of("log", "f"))), Map.of("chunk", "2"))));
    requireAck(socket, "2");
    send(socket, Msgpack.of(List.of("t", entries, Map.of("chunk", "3"))));
    requireAck(socket, "3");
    send(socket, Msgpack.of(List.of("t", gzip(entries), map("chunk", "4", "compressed", "gzip"))));
    requireAck(socket, "4");
    send(
        socket,
        Msgpack.of(List.of("t", Zstd.compress(entries), map("chunk", "5", "compressed", "zstd"))));
    requireAck(socket, "5");

    assertThat(bodies()).containsExactly("m", "f", "p", "q", "p", "q", "p", "q");
    assertThat(tags()).containsOnly("t");
  }

  @Test
  void withoutAChunkNothingIsAnswered() throws Exception {
    Socket socket = connect();
    send(socket, Msgpack.of(List.of("t", TIME, Map.of("log", "a")), null));
    send(socket, Msgpack.of(List.of("u", TIME, Map.of("log", "b"))));
    until(() -> bodies().size() == 2);
    send(socket, message("c", "after"));

    requireAck(socket, "after");
    assertThat(bodies()).containsExactly("a", "b", "c");
    assertThat(tags()).containsExactly("t", "u", "t");
    assertThat(door.metric("seamark_fluent_heartbeats_total")).isEqualTo(1);
  }

  @Test
  void aStreamInPiecesOfOneByteIsTheSame() throws Exception {
    Socket socket = connect();
    socket.setTcpNoDelay(true);
    for (byte each : message("slowly", "bytewise")) {
      socket.getOutputStream().write(each);
      socket.getOutputStream().flush();
    }

    requireAck(socket, "bytewise");
    assertThat(bodies()).containsExactly("slowly");
  }

  @Test
  void aChunkThatComesAgainIsStoredOnce() throws Exception {
    Socket socket = connect();
    send(socket, message("once", "same"));
    requireAck(socket, "same");
    send(socket, message("once", "same"));
    requireAck(socket, "same");
    Socket another = connect();
    send(another, message("once", "same"));
    requireAck(another, "same");
    send(
        another,
        Msgpack.of(List.of("u", TIME, Map.of("log", "other tag"), Map.of("chunk", "same"))));
    requireAck(another, "same");

    assertThat(bodies()).containsExactly("once", "other tag");
    assertThat(door.metric("seamark_fluent_chunks_duplicate_total")).isEqualTo(2);
    assertThat(door.metric("seamark_fluent_chunks_acknowledged_total")).isEqualTo(4);
  }

  @Test
  void aChunkSentAgainWhileItIsUnderWayIsStoredOnceAndAcknowledgedToBoth() throws Exception {
    door.journal.mode(FakeJournal.Mode.HOLD);
    Socket first = connect();
    Socket second = connect();
    send(first, message("once", "same"));
    until(() -> door.journal.heldCount() == 1);
    send(second, message("once", "same"));
    until(() -> door.metric("seamark_ingest_requests_received_total{signal=\"logs\"}") == 2);

    door.journal.acknowledgeHeld();

    requireAck(first, "same");
    requireAck(second, "same");
    assertThat(bodies()).containsExactly("once");
  }

  @Test
  void aRefusedChunkIsNotAcknowledgedAndItsRetryIsStored() throws Exception {
    door.journal.mode(FakeJournal.Mode.FAIL);
    Socket socket = connect();
    send(socket, message("later", "retried"));
    requireHungUp(socket);
    assertThat(bodies()).isEmpty();

    door.journal.mode(FakeJournal.Mode.ACKNOWLEDGE);
    Socket again = connect();
    send(again, message("later", "retried"));

    requireAck(again, "retried");
    assertThat(bodies()).containsExactly("later");
    assertThat(door.metric("seamark_fluent_connections_hung_up_total{reason=\"refused\"}"))
        .isEqualTo(1);
  }

  @Test
  void whatIsUnderWayIsAcknowledgedBeforeARefusalHangsUp() throws Exception {
    door.journal.mode(FakeJournal.Mode.HOLD);
    Socket socket = connect();
    send(socket, message("good", "good"));
    until(() -> door.journal.heldCount() == 1);
    send(socket, Msgpack.of(List.of("t", new byte[] {5}, Map.of("chunk", "bad"))));
    until(() -> door.metric("seamark_fluent_connections_hung_up_total{reason=\"refused\"}") == 1);

    door.journal.acknowledgeHeld();

    requireAck(socket, "good");
    requireHungUp(socket);
  }

  @Test
  void whatIsNotTheProtocolIsHungUpOn() throws Exception {
    for (byte[] hostile : List.of(
        "GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII),
        "[\"tag\", 1, {}]".getBytes(US_ASCII),
        HexFormat.of().parseHex("c1"),
        HexFormat.of().parseHex("93a174c6ffffffff"),
        HexFormat.of().parseHex("93a174ddffffffff"),
        Msgpack.of(List.of("t", new byte[1], Map.of("fluent_signal", 1))),
        Msgpack.of(List.of("t", new byte[1], Map.of("compressed", "lz4"))))) {
      Socket socket = connect();
      send(socket, Msgpack.of(List.of("t", TIME, Map.of("log", "before"))));
      send(socket, hostile);
      requireHungUp(socket);
    }
    assertThat(door.metric("seamark_fluent_connections_hung_up_total{reason=\"malformed\"}"))
        .isEqualTo(7);
    assertThat(bodies()).as("what was sound before").hasSize(7).containsOnly("before");
  }

  @Test
  void aBombOfAMegabyteIsRefusedWithinItsLimitAndCostsLittle() throws Exception {
    byte[] bomb = HostileInputTest.gzipBomb();
    requireCheapHangUp(Msgpack.of(List.of("t", bomb, map("compressed", "gzip", "chunk", "bomb"))));

    assertThat(door.metric("seamark_fluent_connections_hung_up_total{reason=\"refused\"}"))
        .isEqualTo(2);
  }

  /** Arrays, maps, texts and bytes of four billion, in every place of a message. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ddffffffff",
        "93dbffffffff",
        "93a174ddffffffff",
        "93a174c6ffffffff",
        "93a174ce6553f100dfffffffff",
        "93a174ce6553f10081a36c6f67ddffffffff",
        "93a174ce6553f10081a36c6f67c6ffffffff",
        "94a174ce6553f10080dfffffffff",
      })
  void aGiantLengthCostsLittle(String hex) throws Exception {
    requireCheapHangUp(HexFormat.of().parseHex(hex));

    assertThat(door.metric("seamark_fluent_connections_hung_up_total{reason=\"malformed\"}"))
        .isEqualTo(2);
  }

  private void requireCheapHangUp(byte[] hostile) throws Exception {
    long allocated = 0;
    for (int i = 0; i < 2; i++) { // the first one loads classes
      long before = HostileInputTest.allocatedBytes();
      Socket socket = connect();
      send(socket, hostile);
      requireHungUp(socket);
      allocated = HostileInputTest.allocatedBytes() - before;
    }
    assertThat(allocated).as("all that was allocated meanwhile").isLessThan(50L * MIB);
    assertThat(bodies()).isEmpty();
  }

  @Test
  void aMessageThatIsNotWholeInTimeIsHungUpOn() throws Exception {
    Socket socket = connect();
    byte[] message = message("half", "half");
    send(socket, Arrays.copyOf(message, message.length - 1));

    requireHungUp(socket);
    assertThat(door.metric("seamark_fluent_connections_hung_up_total{reason=\"slow\"}"))
        .isEqualTo(1);
  }

  @Test
  void aConnectionIsNotReadWhileTooMuchIsUnacknowledged() throws Exception {
    reopen(OpenFluentDoor.config("", List.of(), 1_000), OpenDoors.config(Tls.OFF), 64L * MIB);
    door.journal.mode(FakeJournal.Mode.HOLD);
    Socket socket = connect();
    send(socket, message("x".repeat(2_000), "first"));
    until(() -> door.journal.heldCount() == 1);
    send(socket, message("second", "second"));
    Socket other = connect();
    send(other, message("other", "other"));
    until(() -> door.journal.heldCount() == 2);
    assertThat(door.metric("seamark_ingest_requests_received_total{signal=\"logs\"}"))
        .as("the second stays in the socket")
        .isEqualTo(2);

    door.journal.mode(FakeJournal.Mode.ACKNOWLEDGE);
    door.journal.acknowledgeHeld();

    requireAck(socket, "first");
    requireAck(socket, "second");
    requireAck(other, "other");
  }

  @Test
  void aConnectionIsNotReadWhileThereIsNoMemory() throws Exception {
    reopen(OpenFluentDoor.config("", List.of(), MIB), OpenDoors.config(Tls.OFF), 1L * MIB);
    Budget blocked = new Budget(door);
    Socket socket = connect();
    send(socket, message("x".repeat(10_000), "waits"));
    until(() -> door.metric("seamark_fluent_connections") == 1);

    blocked.free();

    requireAck(socket, "waits");
    assertThat(bodies()).hasSize(1);
  }

  /** All the memory, taken away. */
  private static final class Budget {
    private final OpenFluentDoor door;
    private final long bytes;

    Budget(OpenFluentDoor door) {
      this.door = door;
      this.bytes = door.budget.bytesMax() - door.budget.held();
      assertThat(door.budget.tryReserve(bytes)).isTrue();
    }

    void free() {
      door.budget.release(bytes);
    }
  }

  @Test
  void aHandshakeComesFirstWhereItIsAskedFor() throws Exception {
    reopen(
        OpenFluentDoor.config("shared", List.of("ada:secret"), MIB),
        OpenDoors.config(Tls.OFF),
        64L * MIB);
    Socket socket = connect();
    shake(socket, "shared", "ada", "secret");
    assertThat(read(socket, 8)).as("PONG, true").startsWith(0x95, 0xA4, 'P', 'O', 'N', 'G', 0xC3);
    readAvailable(socket, "seamark.test".length() + 128 + 4);
    send(socket, message("a", "c"));
    requireAck(socket, "c");

    Socket wrong = connect();
    shake(wrong, "shared", "ada", "wrong");
    assertThat(read(wrong, 7)).as("PONG, false").endsWith(0xC2);
    requireHungUpAfterMore(wrong);
    Socket hasty = connect();
    send(hasty, message("unasked", "x"));
    requireHungUpAfterMore(hasty);
    assertThat(bodies()).containsExactly("a");
    assertThat(door.metric("seamark_fluent_connections_hung_up_total{reason=\"unauthenticated\"}"))
        .isEqualTo(1);
  }

  @Test
  void aHandshakeUnderTlsLetsInWhoKnowsKeyAndPassword(@TempDir Path folder) throws Exception {
    SelfMadeCertificate server = SelfMadeCertificate.in(folder, "server");
    reopen(
        OpenFluentDoor.config("shared", List.of("ada:secret"), MIB),
        OpenDoors.config(new Tls(true, null, server.certificate(), server.key())),
        64L * MIB);
    Socket socket = connect(server);
    shake(socket, "shared", "ada", "secret");
    assertThat(read(socket, 8)).as("PONG, true").startsWith(0x95, 0xA4, 'P', 'O', 'N', 'G', 0xC3);
    readAvailable(socket, "seamark.test".length() + 128 + 4);
    send(socket, message("a", "c"));
    requireAck(socket, "c");

    for (List<String> wrong : List.of(
        List.of("other", "ada", "secret"),
        List.of("shared", "ada", "wrong"),
        List.of("shared", "bob", "secret"))) {
      Socket stranger = connect(server);
      shake(stranger, wrong.get(0), wrong.get(1), wrong.get(2));
      assertThat(read(stranger, 7)).as("PONG, false").endsWith(0xC2);
      requireHungUpAfterMore(stranger);
    }
    assertThat(bodies()).containsExactly("a");
    assertThat(door.metric("seamark_fluent_connections_hung_up_total{reason=\"unauthenticated\"}"))
        .isEqualTo(3);
  }

  private Socket connect(SelfMadeCertificate server) throws Exception {
    Socket socket = server.trusting().createSocket("localhost", door.port());
    socket.setSoTimeout(20_000);
    sockets.add(socket);
    return socket;
  }

  @Test
  void aStrangerIsHungUpOnBeforeMemoryIsReservedForWhatHeAnnounces() throws Exception {
    reopen(keys(KEYS), List.of(), 6L * MIB);
    Socket socket = connect();
    send(socket, announcing(3 * MIB));

    requireHungUp(socket);
    assertThat(door.metric("seamark_fluent_connections_hung_up_total{reason=\"unauthenticated\"}"))
        .isEqualTo(1);
  }

  @Test
  void messagesThatALoudTenantOnlyAnnouncesLeaveAQuietOneItsPart() throws Exception {
    NewKey loud = NewKey.from(new SecureRandom());
    NewKey quiet = NewKey.from(new SecureRandom());
    reopen(
        keys(KEYS.formatted(loud.hash(), quiet.hash())),
        List.of("loud:" + loud.secret().reveal(), "quiet:" + quiet.secret().reveal()),
        6L * MIB);
    for (int i = 0; i < 2; i++) {
      send(welcomed("loud", loud.secret().reveal()), announcing(3 * MIB - 64));
    }
    until(() -> door.budget.held() >= 3 * MIB - 64);

    Socket socket = welcomed("quiet", quiet.secret().reveal());
    send(socket, message("a", "c"));

    requireAck(socket, "c");
    assertThat(door.metric("seamark_fluent_connections_hung_up_total{reason=\"slow\"}"))
        .as("nobody had to go for it")
        .isZero();
  }

  private static final String KEYS = """
      tenants: {loud: {}, quiet: {}}
      keys:
        loud: {hash: "%s", tenant: loud, scopes: [ingest]}
        quiet: {hash: "%s", tenant: quiet, scopes: [ingest]}
      """;

  private static KeyRing keys(String yaml) {
    String somebody = NewKey.from(new SecureRandom()).hash();
    String other = NewKey.from(new SecureRandom()).hash();
    return KeyRing.parse("keys.yaml", yaml.formatted(somebody, other));
  }

  private void reopen(KeyRing keys, List<String> users, long budgetBytes) {
    door.close();
    door = new OpenFluentDoor(
        OpenFluentDoor.config(users.isEmpty() ? "" : "shared", users, MIB),
        OpenDoors.config(Tls.OFF),
        budgetBytes,
        keys);
  }

  /** A connection whose handshake went well. */
  private Socket welcomed(String user, String password) throws Exception {
    Socket socket = connect();
    shake(socket, "shared", user, password);
    assertThat(read(socket, 8)).as("PONG, true").startsWith(0x95, 0xA4, 'P', 'O', 'N', 'G', 0xC3);
    readAvailable(socket, "seamark.test".length() + 128 + 4);
    return socket;
  }

  /** The beginning of a message that says how large it will be. */
  private static byte[] announcing(int bytes) {
    return ByteBuffer.allocate(8)
        .put(new byte[] {(byte) 0x92, (byte) 0xA1, 't', (byte) 0xC6})
        .putInt(bytes)
        .array();
  }

  @Test
  void heartbeatsOverUdpAreAnswered() throws Exception {
    try (DatagramSocket udp = new DatagramSocket()) {
      udp.setSoTimeout(10_000);
      udp.send(new DatagramPacket(new byte[1], 1, InetAddress.getLoopbackAddress(), door.port()));
      DatagramPacket answer = new DatagramPacket(new byte[10], 10);
      udp.receive(answer);

      assertThat(answer.getLength()).isEqualTo(1);
      assertThat(answer.getData()[0]).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100_000, 3_000_000})
  void aLargeMessageIsStoredWhole(int bytes) throws Exception {
    Socket socket = connect();
    byte[] entry = Msgpack.of(List.of(TIME, Map.of("log", "y".repeat(1_000))));
    var entries = new ByteArrayOutputStream();
    while (entries.size() < bytes) {
      entries.write(entry);
    }
    send(socket, Msgpack.of(List.of("t", entries.toByteArray(), Map.of("chunk", "large"))));

    requireAck(socket, "large");
    assertThat(bodies()).hasSize(entries.size() / entry.length);
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port());
    socket.setSoTimeout(20_000);
    sockets.add(socket);
    return socket;
  }

  private static byte[] message(String body, String chunk) {
    return Msgpack.of(List.of("t", TIME, Map.of("log", body), Map.of("chunk", chunk)));
  }

  private static void send(Socket socket, byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  private static void requireAck(Socket socket, String chunk) throws IOException {
    byte[] ack = Msgpack.of(Map.of("ack", chunk));
    assertThat(socket.getInputStream().readNBytes(ack.length)).isEqualTo(ack);
  }

  private static void requireHungUp(Socket socket) throws IOException {
    try {
      assertThat(socket.getInputStream().read()).as("the end").isEqualTo(-1);
    } catch (SocketException _) {
      // reset: it hung up with bytes of ours unread
    }
  }

  private static void requireHungUpAfterMore(Socket socket) throws IOException {
    try {
      socket.getInputStream().readAllBytes();
    } catch (SocketException _) {
      // reset: it hung up with bytes of ours unread
    }
  }

  private static int[] read(Socket socket, int bytes) throws IOException {
    byte[] read = socket.getInputStream().readNBytes(bytes);
    int[] unsigned = new int[read.length];
    for (int i = 0; i < read.length; i++) {
      unsigned[i] = read[i] & 0xFF;
    }
    return unsigned;
  }

  private static void readAvailable(Socket socket, int most) throws IOException {
    InputStream in = socket.getInputStream();
    int left = most;
    while (left > 0 && (in.available() > 0 || left == most)) {
      left -= in.readNBytes(Math.min(left, Math.max(1, in.available()))).length;
    }
  }

  /** Reads HELO and answers it. */
  private static void shake(Socket socket, String key, String user, String password)
      throws Exception {
    // [HELO, {nonce: 32 digits, auth: 32 digits, keepalive: true}]
    byte[] helo = socket.getInputStream().readNBytes(1 + 5 + 1 + 6 + 34 + 5 + 34 + 10 + 1);
    String text = new String(helo, US_ASCII);
    String nonce = text.substring(text.indexOf("nonce") + 7, text.indexOf("nonce") + 39);
    String salt = text.substring(text.indexOf("auth") + 6, text.indexOf("auth") + 38);
    send(
        socket,
        Msgpack.of(List.of(
            "PING",
            "agent",
            "salt",
            sha("salt", "agent", nonce, key),
            user,
            sha(salt, user, password))));
  }

  private static String sha(String... parts) throws Exception {
    byte[] digest =
        MessageDigest.getInstance("SHA-512").digest(String.join("", parts).getBytes(US_ASCII));
    return HexFormat.of().formatHex(digest);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private List<String> bodies() {
    List<String> bodies = new ArrayList<>();
    for (Journal.Entry entry : door.journal.kept()) {
      assertThat(entry.table()).isEqualTo(Table.OTEL_LOGS);
      Block block = FakeJournal.blockOf(entry);
      StringColumn column = (StringColumn) block.column("Body");
      for (int row = 0; row < block.rows(); row++) {
        bodies.add(column.text(row));
      }
    }
    return bodies;
  }

  private List<String> tags() {
    List<String> tags = new ArrayList<>();
    for (Journal.Entry entry : door.journal.kept()) {
      Block block = FakeJournal.blockOf(entry);
      var column = (MapColumn<?, ?>) block.column("LogAttributes");
      StringColumn keys = (StringColumn) column.keys();
      StringColumn values = (StringColumn) column.values();
      for (int i = 0; i < keys.rows(); i++) {
        if (keys.text(i).equals("fluent.tag")) {
          tags.add(values.text(i));
        }
      }
    }
    return tags;
  }
}
