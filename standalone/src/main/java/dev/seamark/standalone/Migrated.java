package dev.seamark.standalone;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.schema.Database;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.service.Part;
import java.time.Duration;

/** The step that brings ClickHouse's tables up to this build. */
record Migrated(ClickHouse clickHouse, SchemaOptions options) implements Part {
  @Override
  public String name() {
    return "schema";
  }

  @Override
  public void start() {
    Migrations.bundled().apply(Database.over(clickHouse), options);
  }

  @Override
  public void stop(Duration within) {
    // nothing is held
  }
}
