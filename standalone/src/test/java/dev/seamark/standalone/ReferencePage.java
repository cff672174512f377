package dev.seamark.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A page of the documentation, for the tests that hold it to the code. */
record ReferencePage(Path file, String text) {
  private static final Pattern BETWEEN_CELLS = Pattern.compile("(?<!\\\\)\\|");

  /** @param name below {@code docs}, for example {@code reference/otlp.md} */
  static ReferencePage of(String name) {
    Path file = Path.of("../docs").resolve(name);
    try {
      return new ReferencePage(file, Files.readString(file, UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The cells of all table rows whose first cell is code, without its backquotes. */
  List<List<String>> rows() {
    return text.lines()
        .filter(line -> line.startsWith("| `"))
        .map(line -> Arrays.stream(BETWEEN_CELLS.split(line.strip(), -1))
            .skip(1)
            .map(String::strip)
            .toList())
        .toList();
  }

  /** The code blocks of a language, for example {@code sql}. */
  List<String> blocks(String language) {
    return Pattern.compile("^```" + language + "\\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE)
        .matcher(text)
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  /** What stands in backquotes in a cell. */
  static List<String> codes(String cell) {
    return Pattern.compile("`([^`]*)`")
        .matcher(cell)
        .results()
        .map((MatchResult code) -> code.group(1))
        .toList();
  }
}
