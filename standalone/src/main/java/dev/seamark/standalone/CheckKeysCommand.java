package dev.seamark.standalone;

import dev.seamark.service.ConfigException;
import dev.seamark.tenant.KeyRing;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code seamark keys check}. */
@Command(
    description = "Reads a keys file as the services do, and says what is wrong with it.",
    mixinStandardHelpOptions = true)
final class CheckKeysCommand implements Callable<Integer> {
  private final Foreground foreground;

  @Parameters(paramLabel = "FILE", description = "The keys file.")
  private Path file = Path.of("");

  @Spec
  private CommandSpec spec = CommandSpec.create();

  CheckKeysCommand(Foreground foreground) {
    this.foreground = foreground;
  }

  @Override
  public Integer call() {
    return foreground.once(this::check);
  }

  private void check() {
    KeyRing ring = KeyRing.parse(file.toString(), content());
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%s: %d keys, nothing wrong%n", file, ring.size());
    out.flush();
  }

  private String content() {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new ConfigException("keys file %s can't be read: %s".formatted(file, e));
    }
  }
}
