package dev.seamark.clickhouse;

import dev.seamark.service.Key;
import dev.seamark.service.Secret;
import dev.seamark.service.Tls;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Section {@code clickhouse}: how a ClickHouse is reached.
 *
 * @param addresses HTTP addresses, the preferred one first
 */
public record ClickHouseConfig(
    @Key(
        fallback = "[http://127.0.0.1:18123]",
        why = "Replicas of one shard: when one doesn't answer, the next is asked.")
    List<URI> addresses,

    @Key(fallback = "default", why = "Each service has a user with the rights it needs.")
    String user,

    @Key(fallback = "''", why = "The user's password.") Secret password,

    @Key(fallback = "seamark", why = "Where the tables stand.")
    String database,

    Tls tls,

    @Key(
        fallback = "3s",
        min = "10ms",
        max = "1m",
        why = "A server that doesn't accept a connection within it counts as away.")
    Duration connectTimeout,

    @Key(
        fallback = "5m",
        min = "1s",
        max = "1h",
        why = "The longest wait for an answer; a large insert takes seconds.")
    Duration answerTimeout,

    @Key(
        fallback = "32",
        min = "1",
        max = "1024",
        why = "Connections to each address; a request beyond it waits.")
    int connections,

    @Key(
        fallback = "512MiB",
        unit = "bytes",
        min = "1MiB",
        max = "2000MiB",
        why = "A larger answer to one query is refused instead of filling the heap.")
    int answerBytesMax,

    @Key(
        fallback = "false",
        why = "Compress inserts on the wire: pays between machines, costs CPU on one.")
    boolean compress) {

  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");

  public ClickHouseConfig {
    if (!IDENTIFIER.matcher(database).matches()) {
      throw new IllegalArgumentException(
          "database \"%s\" is not a plain identifier (letters, digits and _, at most 64)"
              .formatted(database));
    }
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("a ClickHouse needs at least one address");
    }
    addresses = List.copyOf(addresses);
    for (URI address : addresses) {
      String scheme = address.getScheme();
      if (address.getRawUserInfo() != null) { // not shown: it may hold the password
        throw new IllegalArgumentException(
            "a ClickHouse address holds a user: give it by the keys user and password");
      }
      if (address.getHost() == null
          || address.getPort() < 1
          || !("http".equals(scheme) || "https".equals(scheme))
          || !(address.getRawPath().isEmpty() || address.getRawPath().equals("/"))
          || address.getRawQuery() != null) {
        throw new IllegalArgumentException(
            "ClickHouse address %s is not of the form http://host:port or https://host:port"
                .formatted(address));
      }
      if (tls.enabled() != "https".equals(scheme)) {
        throw new IllegalArgumentException(
            "ClickHouse address %s and tls.enabled = %s contradict each other"
                .formatted(address, tls.enabled()));
      }
    }
  }

  /** The defaults with these addresses. */
  public static ClickHouseConfig of(String database, URI... addresses) {
    return new ClickHouseConfig(
        List.of(addresses),
        "default",
        Secret.NONE,
        database,
        Tls.OFF,
        Duration.ofSeconds(3),
        Duration.ofMinutes(5),
        32,
        512 << 20,
        false);
  }

  /** The same with this password of the user. */
  public ClickHouseConfig withPassword(Secret its) {
    return new ClickHouseConfig(
        addresses,
        user,
        its,
        database,
        tls,
        connectTimeout,
        answerTimeout,
        connections,
        answerBytesMax,
        compress);
  }
}
