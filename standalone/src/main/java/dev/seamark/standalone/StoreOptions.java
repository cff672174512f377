package dev.seamark.standalone;

import dev.seamark.service.ConfigFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where a command finds the Kafka and the ClickHouse that it works on. */
final class StoreOptions {
  @ArgGroup
  private @Nullable Where where;

  @Option(
      names = "--port-offset",
      paramLabel = "N",
      defaultValue = "0",
      description = "Added to every port of the configuration.")
  private int portOffset;

  /** One or the other; neither is the defaults. */
  static final class Where {
    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "Configuration of the writers, YAML; without it the defaults hold.")
    private @Nullable Path config;

    @Option(
        names = "--data",
        paramLabel = "DIR",
        description = "Data folder of a seamark standalone that runs on this machine.")
    private @Nullable Path data;
  }

  /** Throws ConfigException where the file is refused. */
  SeamarkConfig read(Map<String, String> environment) throws IOException, Refused {
    if (where != null && where.data != null) {
      return RunningFile.read(where.data.toAbsolutePath());
    }
    return where == null || where.config == null
        ? ConfigFile.defaults(SeamarkConfig.class, portOffset)
        : ConfigFile.read(where.config, SeamarkConfig.class, environment, portOffset);
  }
}
