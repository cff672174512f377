package dev.seamark.standalone.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.clickhouse.ClickHouseContainer;

/** The storage contract on a ClickHouse server in a container, where a Docker engine answers. */
class ContainerStorageTest extends StorageContract {
  private static final String IMAGE = "clickhouse/clickhouse-server:26.7";
  private static ClickHouseContainer container;

  @BeforeAll
  static void start() {
    assumeTrue(DockerClientFactory.instance().isDockerAvailable(), "no Docker engine answers");
    container = new ClickHouseContainer(IMAGE);
    container.start();
  }

  @AfterAll
  static void stop() {
    if (container != null) {
      container.close();
    }
  }

  @Override
  ClickHouseHttp server(String database) {
    return new ClickHouseHttp(
        URI.create("http://%s:%d".formatted(container.getHost(), container.getMappedPort(8123))),
        database,
        container.getUsername(),
        container.getPassword());
  }
}
