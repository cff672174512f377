package dev.seamark.standalone;

import dev.seamark.standalone.engine.EngineLibrary;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
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

  StandaloneCommand(Foreground foreground, Map<String, String> environment) {
    this.foreground = foreground;
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    return foreground.run(lifecycle -> {
      SeamarkConfig config = options.read(environment);
      Path library = EngineLibrary.pinned(environment).file();
      new Standalone(config, data, options.portOffset(), library).start(lifecycle);
    });
  }
}
