package dev.seamark.service;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a connection to Kafka or ClickHouse is encrypted. All files are PEM.
 *
 * @param ca authorities to trust, null = those of the JDK
 * @param certificate own certificate chain, for mutual TLS
 * @param key own private key (PKCS#8), for mutual TLS
 */
public record Tls(
    @Key(fallback = "false", why = "Encrypt the connection; off suits loopback only.")
    boolean enabled,

    @Key(why = "A private authority's certificates; without it those of the JDK are trusted.")
    @Nullable
    Path ca,

    @Key(why = "Own certificate chain, where the server asks for one (mutual TLS).") @Nullable
    Path certificate,

    @Key(why = "Private key of the certificate, PKCS#8 without a password.") @Nullable
    Path key) {
  /** No encryption. */
  public static final Tls OFF = new Tls(false, null, null, null);

  public Tls {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException("certificate and key go together: one of them is missing");
    }
    if (!enabled && (ca != null || certificate != null)) {
      throw new IllegalArgumentException("certificates are given, but enabled is false");
    }
  }
}
