package dev.seamark.standalone;

import dev.seamark.service.ConfigFile;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every service takes. */
final class ServiceOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration, YAML; without it the defaults hold.")
  private @Nullable Path config;

  @Option(
      names = "--keys",
      paramLabel = "FILE",
      description = "Tenants and their keys, YAML; without it only this machine reaches the ports.")
  private @Nullable Path keys;

  @Option(
      names = "--port-offset",
      paramLabel = "N",
      defaultValue = "0",
      description = "Added to every port, so that several can run on one machine.")
  private int portOffset;

  /** Throws ConfigException where the file is refused. */
  SeamarkConfig read(Map<String, String> environment) {
    SeamarkConfig read = config == null
        ? ConfigFile.defaults(SeamarkConfig.class, portOffset)
        : ConfigFile.read(config, SeamarkConfig.class, environment, portOffset);
    SeamarkConfig chosen = keys == null ? read : read.with(keys);
    if (chosen.keys().file() == null) {
      chosen.requireLoopback();
    }
    return chosen;
  }

  int portOffset() {
    return portOffset;
  }
}
