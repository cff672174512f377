package dev.seamark.standalone;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.service.Part;
import java.time.Duration;

/** The step that brings ClickHouse's tables up to this build. Holds no connection afterwards. */
record SchemaGate(ClickHouseConfig config, SchemaOptions options) implements Part {
  @Override
  public String name() {
    return "schema";
  }

  @Override
  public void start() {
    try (var clickHouse = new ClickHouse(config)) {
      Migrations.bundled().apply(clickHouse, options);
    }
  }

  @Override
  public void stop(Duration within) {
    // nothing is held
  }
}
