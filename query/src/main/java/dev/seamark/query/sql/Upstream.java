package dev.seamark.query.sql;

import dev.seamark.service.Secret;
import dev.seamark.service.Tls;
import java.net.URI;
import java.util.List;

/**
 * The ClickHouse behind the gateway, and as whom the gateway asks it.
 *
 * @param addresses equal replicas; the first that answers is asked
 * @param database the one that every query runs in
 */
public record Upstream(
    List<URI> addresses, String user, Secret password, String database, Tls tls) {
  public Upstream {
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("no ClickHouse address");
    }
    addresses = List.copyOf(addresses);
  }
}
