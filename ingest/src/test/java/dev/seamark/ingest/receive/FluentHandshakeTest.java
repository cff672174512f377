package dev.seamark.ingest.receive;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.Msgpack;
import dev.seamark.service.Secret;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** HELO, PING and PONG as the specification's formulas make them. */
class FluentHandshakeTest {
  private static final byte[] RANDOM = new byte[32];
  private static final String NONCE = "00".repeat(16);
  private static final String USER_SALT = "00".repeat(16);
  private static final String SALT = "salt";
  private static final String HOST = "agent.test";

  private final FluentHandshake keyOnly =
      new FluentHandshake("seamark.test", new Secret("shared"), Map.of(), RANDOM);
  private final FluentHandshake withUsers = new FluentHandshake(
      "seamark.test", new Secret("shared"), Map.of("ada", new Secret("secret")), RANDOM);

  @Test
  void heloShowsNonceAndSalt() {
    assertThat(keyOnly.helo())
        .isEqualTo(Msgpack.of(
            List.of("HELO", Msgpack.map("nonce", NONCE, "auth", "", "keepalive", true))));
    assertThat(withUsers.helo())
        .isEqualTo(Msgpack.of(
            List.of("HELO", Msgpack.map("nonce", NONCE, "auth", USER_SALT, "keepalive", true))));
    assertThat(withUsers.helo().length).as("Fluent Bit reads 1 KiB").isLessThan(1_000);
  }

  @Test
  void whoKnowsTheKeyIsWelcome() throws Exception {
    FluentHandshake.Verdict verdict =
        judge(keyOnly, ping(sha(SALT, HOST, NONCE, "shared"), "", ""));

    assertThat(verdict).isInstanceOf(FluentHandshake.Verdict.Welcome.class);
    assertThat(verdict.pong())
        .as("proves that this side knows it too")
        .isEqualTo(Msgpack.of(
            List.of("PONG", true, "", "seamark.test", sha(SALT, "seamark.test", NONCE, "shared"))));
  }

  @Test
  void whoDoesNotKnowTheKeyIsNot() throws Exception {
    FluentHandshake.Verdict verdict = judge(keyOnly, ping(sha(SALT, HOST, NONCE, "wrong"), "", ""));

    assertThat(verdict).isInstanceOf(FluentHandshake.Verdict.Stranger.class);
    assertThat(verdict.pong())
        .isEqualTo(Msgpack.of(List.of("PONG", false, "shared_key mismatch", "", "")));
  }

  @Test
  void aUserIsWelcomeByHisPassword() throws Exception {
    FluentHandshake.Verdict verdict = judge(
        withUsers, ping(sha(SALT, HOST, NONCE, "shared"), "ada", sha(USER_SALT, "ada", "secret")));

    assertThat(verdict)
        .isInstanceOfSatisfying(
            FluentHandshake.Verdict.Welcome.class,
            welcome -> assertThat(welcome.password().reveal()).isEqualTo("secret"));
  }

  @Test
  void aStrangerOrAWrongPasswordIsNot() throws Exception {
    String key = sha(SALT, HOST, NONCE, "shared");
    for (byte[] ping : List.of(
        ping(key, "ada", sha(USER_SALT, "ada", "wrong")),
        ping(key, "eve", sha(USER_SALT, "eve", "secret")),
        ping(key, "eve", sha(USER_SALT, "eve", NONCE)),
        ping(key, "", ""))) {
      assertThat(judge(withUsers, ping).pong())
          .isEqualTo(Msgpack.of(List.of("PONG", false, "username/password mismatch", "", "")));
    }
    assertThat(judge(withUsers, ping("", "ada", sha(USER_SALT, "ada", "secret"))))
        .as("the key is asked for as well")
        .isInstanceOf(FluentHandshake.Verdict.Stranger.class);
  }

  @Test
  void whatIsNoPingIsMalformed() {
    for (byte[] message : List.of(
        Msgpack.of(List.of("tag", 1, Map.of("log", "x"))),
        Msgpack.of(List.of("PONG", HOST, SALT, "", "", "")),
        Msgpack.of(List.of("PING", 5, SALT, "", "", "")),
        Msgpack.of(5))) {
      assertThatExceptionOfType(Malformed.class).isThrownBy(() -> judge(keyOnly, message));
    }
  }

  private static FluentHandshake.Verdict judge(FluentHandshake handshake, byte[] ping)
      throws Malformed {
    return handshake.judge(ping, 0, ping.length);
  }

  private static byte[] ping(String keyDigest, String user, String userDigest) {
    return Msgpack.of(List.of("PING", HOST, SALT, keyDigest, user, userDigest));
  }

  /** Made without the code under test. */
  private static String sha(String... parts) throws Exception {
    byte[] digest =
        MessageDigest.getInstance("SHA-512").digest(String.join("", parts).getBytes(US_ASCII));
    return HexFormat.of().formatHex(digest);
  }
}
