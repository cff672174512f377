package dev.seamark.standalone.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Python with the clients of {@code requirements.txt}, installed once by pip into
 * {@code target/python}.
 */
record Python(Path executable) {
  private static final Path SCRIPTS = Path.of("src/test/python");

  /** Skips the calling test, visibly, where there is no python3 with venv. */
  static Python assumed() {
    assumeTrue(
        exitCode("python3", "-c", "import venv, ensurepip") == 0, "skipped: no python3 with venv");
    Path venv = Path.of("target/python").toAbsolutePath();
    Path python = venv.resolve("bin/python");
    Path installed = venv.resolve("requirements.txt");
    try {
      Path wanted = SCRIPTS.resolve("requirements.txt");
      if (!Files.exists(installed) || Files.mismatch(wanted, installed) >= 0) {
        assertThat(exitCode("python3", "-m", "venv", venv.toString())).isZero();
        assertThat(exitCode(
                python.toString(), "-m", "pip", "install", "--quiet", "-r", wanted.toString()))
            .as("pip install -r %s", wanted)
            .isZero();
        Files.copy(wanted, installed);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Python(python);
  }

  void run(String script, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of(executable.toString(), SCRIPTS.resolve(script).toString()));
    command.addAll(List.of(arguments));
    assertThat(exitCode(command.toArray(String[]::new))).as("%s", command).isZero();
  }

  private static int exitCode(String... command) {
    try {
      Process process = new ProcessBuilder(command).inheritIO().start();
      if (!process.waitFor(5, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError("no end within 5 minutes: " + String.join(" ", command));
      }
      return process.exitValue();
    } catch (IOException _) {
      return 127; // as a shell answers for a command that is not there
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
