package dev.seamark.ingest.receive;

import dev.seamark.service.Key;
import dev.seamark.service.Secret;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Section {@code ingest.fluent}: the forward protocol of Fluentd and Fluent Bit. Address, TLS and
 * patience are those of {@code ingest.receive}.
 */
public record FluentConfig(
    @Key(fallback = "true", why = "Whether the port is opened.")
    boolean enabled,

    @Key(
        fallback = "24224",
        min = "0",
        max = "65535",
        unit = "port",
        why = "Port of the forward protocol (TCP), and of its heartbeats (UDP); 0 = any free one.")
    int port,

    @Key(
        fallback = "''",
        why = "What agents are configured with as shared_key; with one, or with users, each"
            + " connection begins with a handshake.")
    Secret sharedKey,

    @Key(
        fallback = "[]",
        why = "Users, each as name:password; the password is the API key that their records come"
            + " in by. The protocol shows digests only, so the keys have to stand here.")
    List<Secret> users,

    @Key(
        fallback = "seamark",
        why = "The name that agents are told in the handshake; it must differ from their own"
            + " self_hostname where they check that.")
    String selfHostname,

    @Key(
        fallback = "16MiB",
        min = "1KiB",
        max = "1GiB",
        unit = "bytes",
        why = "What a connection may have sent that isn't acknowledged yet; beyond it, it isn't"
            + " read from. One message may be larger.")
    int unacknowledgedBytesMax,

    @Key(
        fallback = "15m",
        min = "0s",
        max = "1d",
        unit = "duration",
        why = "How long the id of a stored chunk is remembered, so that the same chunk sent again"
            + " is acknowledged without being stored twice.")
    Duration chunkMemory,

    @Key(
        fallback = "100000",
        min = "0",
        max = "10000000",
        unit = "chunks",
        why = "Ids remembered at most, about 120 bytes each; beyond it the oldest are forgotten"
            + " early.")
    int chunksMax) {
  public FluentConfig {
    passwords(users);
  }

  /** Whether a connection must begin with a handshake. */
  boolean handshakes() {
    return !sharedKey.isEmpty() || !users.isEmpty();
  }

  /** The passwords by user. */
  Map<String, Secret> passwords() {
    return passwords(users);
  }

  private static Map<String, Secret> passwords(List<Secret> users) {
    Map<String, Secret> passwords = new HashMap<>();
    for (Secret user : users) {
      int colon = user.reveal().indexOf(':');
      if (colon < 1 || colon == user.reveal().length() - 1) {
        throw new IllegalArgumentException("users must be written as name:password");
      }
      String name = user.reveal().substring(0, colon);
      if (passwords.put(name, new Secret(user.reveal().substring(colon + 1))) != null) {
        throw new IllegalArgumentException("users has " + name + " twice");
      }
    }
    return passwords;
  }
}
