package dev.seamark.standalone;

import dev.seamark.service.Lifecycle;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A subcommand that runs one service in the foreground, next to a Kafka and a ClickHouse. */
@Command(mixinStandardHelpOptions = true)
final class ServiceCommand implements Callable<Integer> {
  /** Builds and starts the service. */
  interface Service {
    void start(SeamarkConfig config, Lifecycle lifecycle) throws Exception;
  }

  private final Foreground foreground;
  private final Map<String, String> environment;
  private final Service service;

  @Mixin
  private final ServiceOptions options = new ServiceOptions();

  ServiceCommand(Foreground foreground, Map<String, String> environment, Service service) {
    this.foreground = foreground;
    this.environment = environment;
    this.service = service;
  }

  @Override
  public Integer call() throws InterruptedException {
    return foreground.run(lifecycle -> service.start(options.read(environment), lifecycle));
  }
}
