package dev.seamark.standalone;

import dev.seamark.schema.SchemaOptions;
import dev.seamark.schema.SchemaOptions.Tiers;
import dev.seamark.service.Key;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Section {@code schema}: how the tables are laid out. Fixed from the first migration on. */
record SchemaConfig(
    @Key(
        why = "Name of the ClickHouse cluster whose servers share the data; left out for one"
            + " server.")
    @Nullable
    String cluster,

    @Key(
        why = "Name of a storage policy in ClickHouse's configuration, with a volume `cold` behind"
            + " its first one; left out where all rows stay on one kind of disk.")
    @Nullable
    String storagePolicy,

    @Key(
        fallback = "3",
        min = "0",
        max = "36500",
        unit = "days",
        why = "With a storage policy: how long after the end of its day a row moves to the cold"
            + " volume.")
    int hotDays) {
  SchemaConfig {
    SchemaOptions options = options("seamark", cluster, storagePolicy, hotDays);
    Objects.requireNonNull(options); // made to refuse names that SQL wouldn't take
  }

  /** One server, on one kind of disk. */
  static SchemaConfig single() {
    return new SchemaConfig(null, null, 0);
  }

  SchemaOptions options(String database) {
    return options(database, cluster, storagePolicy, hotDays);
  }

  private static SchemaOptions options(
      String database, @Nullable String cluster, @Nullable String storagePolicy, int hotDays) {
    SchemaOptions options =
        cluster == null ? SchemaOptions.single(database) : SchemaOptions.fleet(database, cluster);
    return storagePolicy == null ? options : options.with(new Tiers(storagePolicy, hotDays));
  }
}
