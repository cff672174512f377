package dev.seamark.tenant;

import dev.seamark.service.Secret;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * A key that was just made: the secret, which is for its holder alone, and the hash, which is for
 * the keys file.
 */
public record NewKey(Secret secret, String hash) {
  /** Lets people and scanners of leaked secrets see what a text is. */
  public static final String PREFIX = "sm_";

  private static final int RANDOM_BYTES = 32;

  /** A secret of 256 bits from {@code random}. */
  public static NewKey from(SecureRandom random) {
    byte[] bits = new byte[RANDOM_BYTES];
    random.nextBytes(bits);
    String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    return new NewKey(new Secret(secret), Fingerprint.of(secret).toString());
  }
}
