package dev.seamark.standalone;

import dev.seamark.service.Lifecycle;
import dev.seamark.standalone.engine.EngineLibrary;
import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code seamark standalone}. */
@Command(
    description = "Everything on this machine, with an embedded Kafka and ClickHouse.",
    mixinStandardHelpOptions = true)
final class StandaloneCommand implements Callable<Integer> {
  private final Foreground foreground;
  private final Map<String, String> environment;

  @Mixin
  private final ServiceOptions options = new ServiceOptions();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "data",
      description = "Folder that keeps everything (default: ${DEFAULT-VALUE}).")
  private Path data = Path.of("data");

  @Option(names = "--demo", description = "Send the telemetry of a small generated fleet.")
  private boolean demo;

  StandaloneCommand(Foreground foreground, Map<String, String> environment) {
    this.foreground = foreground;
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    return foreground.run(new Graph());
  }

  private final class Graph implements Foreground.Graph {
    private @Nullable SeamarkConfig config;

    @Override
    public void start(Lifecycle lifecycle) throws Exception {
      config = options.read(environment);
      if (demo && config.keys().file() != null) {
        throw new Refused("--demo sends without a key: leave it out, or the keys file");
      }
      Path library = EngineLibrary.pinned(environment).file();
      new Standalone(config, EmbeddedStore.ofThisRun(data, options.portOffset(), library))
          .start(lifecycle);
    }

    @Override
    public void ready(Lifecycle lifecycle, PrintWriter out) throws Exception {
      if (demo && config != null) {
        boolean terminal =
            Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        lifecycle.start(new DemoTour(config, out, terminal));
      }
    }
  }
}
