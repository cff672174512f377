package dev.seamark.ingest.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.schema.LogRows;
import dev.seamark.tenant.Sender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The forward protocol case by case: a payload in {@code name.hex}, which says what it is, and the
 * rows that it becomes in {@code name.rows}; {@code -Dgolden=write} rewrites rows.
 */
class FluentGoldenTest {
  private static final Sender SENDER = new Sender("default", null, 30);
  private static final Path FOLDER = Path.of("src/test/resources/dev/seamark/ingest/decode/fluent");

  static List<String> cases() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".hex"))
          .map(name -> name.substring(0, name.length() - ".hex".length()))
          .sorted()
          .toList();
    }
  }

  static byte[] payload(String name) throws IOException {
    String hex = Files.readAllLines(FOLDER.resolve(name + ".hex")).stream()
        .filter(line -> !line.startsWith("#"))
        .collect(Collectors.joining());
    return HexFormat.of().parseHex(hex);
  }

  @Test
  void thereAreCases() throws IOException {
    assertThat(cases()).contains("message", "forward", "packed-forward", "kubernetes");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void becomesItsRows(String name) throws Exception {
    byte[] body = payload(name);
    var rows = new LogRows();

    Decoded decoded = new FluentRecords(Limits.DEFAULT)
        .decode(body, 0, body.length, SENDER, "edge", OtlpOracle.NOW, rows);

    var text = new StringBuilder();
    text.append("accepted ").append(decoded.accepted());
    text.append(", rejected ").append(decoded.rejected());
    text.append(decoded.message().isEmpty() ? "" : ": " + decoded.message()).append("\n\n");
    for (var row : RowTexts.of(rows.block())) {
      row.forEach((column, cell) -> {
        if (!isUsual(column, cell)) {
          text.append(column).append(": ").append(cell).append('\n');
        }
      });
      text.append('\n');
    }
    Path golden = FOLDER.resolve(name + ".rows");
    if (System.getProperty("golden", "compare").equals("write")) {
      Files.writeString(golden, text);
    }
    assertThat(text.toString()).isEqualTo(Files.readString(golden));
  }

  /** What every row has, and what this one doesn't have, would only hide the rest. */
  private static boolean isUsual(String column, Object cell) {
    return cell.equals("")
        || cell.equals(0L)
        || cell.equals(List.of())
        || (column.equals("Tenant") && cell.equals("default"))
        || (column.equals("RetentionDays") && cell.equals(30L))
        || (column.equals("ObservedTimestamp") && cell.equals(OtlpOracle.NOW));
  }
}
