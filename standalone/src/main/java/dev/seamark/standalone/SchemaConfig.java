package dev.seamark.standalone;

import dev.seamark.schema.SchemaOptions;
import dev.seamark.service.Key;
import org.jspecify.annotations.Nullable;

/** Section {@code schema}: how the tables are laid out. Fixed from the first migration on. */
record SchemaConfig(
    @Key(
        why = "Name of the ClickHouse cluster whose servers share the data; left out for one"
            + " server.")
    @Nullable
    String cluster) {
  SchemaConfig {
    if (cluster != null) {
      SchemaOptions.fleet("seamark", cluster); // refuses a name that SQL wouldn't take
    }
  }

  SchemaOptions options(String database) {
    return cluster == null
        ? SchemaOptions.single(database)
        : SchemaOptions.fleet(database, cluster);
  }
}
