package dev.seamark.standalone.engine;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.net.URI;
import org.junit.jupiter.api.BeforeAll;

/**
 * The storage contract on the server at {@code -Dseamark.clickhouse.url=http://host:8123}, as user
 * {@code seamark.clickhouse.user} with {@code seamark.clickhouse.password}.
 */
class GivenStorageTest extends StorageContract {
  private static final String URL = System.getProperty("seamark.clickhouse.url", "");

  @BeforeAll
  static void needsAServer() {
    assumeFalse(URL.isEmpty(), "no server given: -Dseamark.clickhouse.url=http://host:8123");
  }

  @Override
  ClickHouseHttp server(String database) {
    return new ClickHouseHttp(
        URI.create(URL),
        database,
        System.getProperty("seamark.clickhouse.user", "default"),
        System.getProperty("seamark.clickhouse.password", ""));
  }
}
