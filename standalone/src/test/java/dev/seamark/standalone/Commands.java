package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The {@code seamark} command as a user types it, in this process. Thread-safe. */
public final class Commands {
  private final List<String> options;
  private volatile StringWriter out = new StringWriter();

  private Commands(String... options) {
    this.options = List.of(options);
  }

  /** Commands with this configuration file. */
  public static Commands of(Path config) {
    return new Commands("--config", config.toString());
  }

  /** Commands with a standalone's data folder and ports. */
  public static Commands of(Path data, int portOffset) {
    return new Commands("--data", data.toString(), "--port-offset", Integer.toString(portOffset));
  }

  /** Runs a command that has to succeed; returns what it said. */
  public String succeed(String... command) {
    int code = run(command);
    assertThat(code).as(said()).isZero();
    return said();
  }

  /** Runs a command that has to fail, with a line for the operator; returns what it said. */
  public String fail(String... command) {
    int code = run(command);
    assertThat(code).as(said()).isEqualTo(1);
    assertThat(said()).contains("seamark: ").doesNotContain("Exception");
    return said();
  }

  /** Runs a command, whatever comes of it; returns what it said. */
  public String says(String... command) {
    run(command);
    return said();
  }

  /** What the last command said, as far as it has come. */
  public String said() {
    return out.toString();
  }

  private int run(String... command) {
    var all = new ArrayList<>(List.of(command));
    all.addAll(1, options);
    var said = new StringWriter();
    out = said;
    return Main.commandLine(Map.of(), new PrintWriter(said), new PrintWriter(said))
        .execute(all.toArray(String[]::new));
  }
}
