package dev.seamark.ingest.receive;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.MsgpackReader;
import dev.seamark.service.Secret;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;

/// The handshake of one connection: HELO is sent, PING is judged, PONG says how.
///
/// Neither side shows the shared key or a password: each proves by a SHA-512 digest over its salt,
/// its name and a nonce of this connection that it knows them. So the ingester has to know them as
/// they are. All comparisons take the same time whatever is compared. Not thread-safe.
///
/// <https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1#handshake-messages>
final class FluentHandshake {
  /** Bytes of randomness, as hexadecimal digits: some clients choke on a text that isn't UTF-8. */
  static final int NONCE_BYTES = 16;

  private final String selfHostname;
  private final Secret sharedKey;
  private final Map<String, Secret> passwords;
  private final byte[] nonce;
  private final byte[] userSalt;

  /**
   * @param passwords of the users by name; without any nobody is asked for one
   * @param random as many bytes for the nonce and for the users' salt
   */
  FluentHandshake(
      String selfHostname, Secret sharedKey, Map<String, Secret> passwords, byte[] random) {
    this.selfHostname = selfHostname;
    this.sharedKey = sharedKey;
    this.passwords = passwords;
    this.nonce = hex(Arrays.copyOf(random, NONCE_BYTES));
    this.userSalt = hex(Arrays.copyOfRange(random, NONCE_BYTES, 2 * NONCE_BYTES));
  }

  /** What became of a PING. */
  sealed interface Verdict {
    byte[] pong();

    /**
     * The sender may go on.
     *
     * @param password of the user, which is his API key; {@link Secret#NONE} without users
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Welcome(byte[] pong, Secret password) implements Verdict {}

    /** The sender is told why, and hung up on. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Stranger(byte[] pong, String reason) implements Verdict {}
  }

  /** The greeting. */
  byte[] helo() {
    var out = new FluentReply();
    out.array(2);
    out.text("HELO");
    out.map(3);
    out.text("nonce");
    out.text(nonce);
    out.text("auth");
    out.text(passwords.isEmpty() ? new byte[0] : userSalt);
    out.text("keepalive");
    out.bool(true);
    return out.toByteArray();
  }

  /** Judges the answer to the greeting, a whole message. */
  Verdict judge(byte[] bytes, int from, int to) throws Malformed {
    var wire = new MsgpackReader();
    wire.reset(bytes, from, to);
    if (wire.next("PING") != MsgpackReader.ARRAY || wire.size() != 6) {
      throw wire.malformed("PING", "it is no array of six");
    }
    if (!Arrays.equals(text(wire, "PING"), "PING".getBytes(US_ASCII))) {
      throw wire.malformed("PING", "a connection begins with a handshake here (ingest.fluent)");
    }
    byte[] hostname = text(wire, "the hostname of PING");
    byte[] salt = text(wire, "the salt of PING");
    byte[] keyDigest = text(wire, "the digest of PING");
    byte[] user = text(wire, "the user of PING");
    byte[] userDigest = text(wire, "the user's digest of PING");

    byte[] key = sharedKey.reveal().getBytes(UTF_8);
    if (!MessageDigest.isEqual(keyDigest, digest(salt, hostname, nonce, key))) {
      return refused("shared_key mismatch");
    }
    Secret password = Secret.NONE;
    if (!passwords.isEmpty()) {
      Secret known = passwords.get(new String(user, UTF_8));
      password = known == null ? new Secret(HexFormat.of().formatHex(nonce)) : known;
      byte[] expected = digest(userSalt, user, password.reveal().getBytes(UTF_8));
      if (!MessageDigest.isEqual(userDigest, expected) || known == null) {
        return refused("username/password mismatch");
      }
    }
    return new Verdict.Welcome(
        pong(true, "", digest(salt, selfHostname.getBytes(UTF_8), nonce, key)), password);
  }

  /** Refuses a sender for a reason that lies beyond the handshake. */
  Verdict refused(String reason) {
    return new Verdict.Stranger(pong(false, reason, new byte[0]), reason);
  }

  private byte[] pong(boolean welcome, String reason, byte[] digest) {
    var out = new FluentReply();
    out.array(5);
    out.text("PONG");
    out.bool(welcome);
    out.text(reason);
    out.text(welcome ? selfHostname : "");
    out.text(digest);
    return out.toByteArray();
  }

  private static byte[] text(MsgpackReader wire, String what) throws Malformed {
    int kind = wire.next(what);
    if (kind != MsgpackReader.STR && kind != MsgpackReader.BIN) {
      throw wire.malformed(what, "it is no text");
    }
    return Arrays.copyOfRange(wire.bytes(), wire.from(), wire.to());
  }

  /** SHA-512 over the parts, one behind the other, in hexadecimal digits. */
  static byte[] digest(byte[]... parts) {
    MessageDigest sha;
    try {
      sha = MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
    for (byte[] part : parts) {
      sha.update(part);
    }
    return hex(sha.digest());
  }

  private static byte[] hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes).getBytes(US_ASCII);
  }
}
