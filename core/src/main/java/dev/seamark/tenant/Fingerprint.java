package dev.seamark.tenant;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The SHA-256 of a key's secret: what the keys file holds in its place, written {@code sha256:<64
 * hex digits>}.
 *
 * <p>Plain SHA-256, where a password would need salt and a slow function. Those make guessing dear,
 * and there is nothing to guess: a secret is 256 random bits ({@link NewKey}), no list of likely
 * ones exists, and two keys never share one. A slow function would be run for each request, and
 * whoever sends rubbish as a key could keep the processors busy with it.
 *
 * <p>Secrets are found by their fingerprint and compared through it, in constant time: how long a
 * refusal takes says nothing about any secret.
 */
final class Fingerprint {
  private static final Pattern TEXT = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final String PREFIX = "sha256:";

  private final byte[] sha256;

  private Fingerprint(byte[] sha256) {
    this.sha256 = sha256;
  }

  /** The fingerprint of a secret as it is sent, prefix and all. */
  static Fingerprint of(String secret) {
    try {
      return new Fingerprint(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /**
   * Reads what {@link #toString} writes. Throws IllegalArgumentException, which doesn't repeat the
   * text: it may be a secret in the wrong place. The fingerprint of nothing is refused as well: it
   * comes from a pipe whose secret got lost, and would let in whoever sends an empty one.
   */
  static Fingerprint parse(String text) {
    if (!TEXT.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "hash must be sha256: and 64 hex digits, as `seamark keys new` prints it");
    }
    Fingerprint parsed =
        new Fingerprint(HexFormat.of().parseHex(text, PREFIX.length(), text.length()));
    if (parsed.equals(of(""))) {
      throw new IllegalArgumentException(
          "hash is that of an empty secret; make one by `seamark keys new`");
    }
    return parsed;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Fingerprint fingerprint
        && MessageDigest.isEqual(sha256, fingerprint.sha256);
  }

  @Override
  public int hashCode() {
    return ByteBuffer.wrap(sha256).getInt();
  }

  @Override
  public String toString() {
    return PREFIX + HexFormat.of().formatHex(sha256);
  }
}
