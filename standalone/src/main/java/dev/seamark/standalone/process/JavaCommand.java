package dev.seamark.standalone.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line that runs a main class of the running class path in a JVM of its own. */
public final class JavaCommand {
  private JavaCommand() {}

  /**
   * Returns the command.
   *
   * @param main the class whose {@code main} is run
   * @param flags JVM flags, e.g. {@code -Xmx256m}
   * @param arguments what {@code main} gets
   */
  public static List<String> of(Class<?> main, List<String> flags, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(AotCache.flags(main));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);
    return List.copyOf(command);
  }
}
