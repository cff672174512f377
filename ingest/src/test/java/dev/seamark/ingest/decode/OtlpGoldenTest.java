package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.schema.LogRows;
import dev.seamark.schema.SpanRows;
import dev.seamark.tenant.Sender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/**
 * Payloads in {@code name.hex} and the rows they become in {@code name.rows};
 * {@code -Dgolden=write} rewrites rows.
 */
class OtlpGoldenTest {
  private static final Sender SENDER = new Sender("default", null, 30);

  private static final Path FOLDER = Path.of("src/test/resources/dev/seamark/ingest/decode");

  @Test
  void logs() throws Exception {
    byte[] body = payload("logs");
    var rows = new LogRows();

    new OtlpLogs(Limits.DEFAULT).decode(body, 0, body.length, SENDER, "edge", OtlpOracle.NOW, rows);

    requireGolden("logs", rows.block());
  }

  @Test
  void spans() throws Exception {
    byte[] body = payload("spans");
    var rows = new SpanRows();

    new OtlpTraces(Limits.DEFAULT)
        .decode(body, 0, body.length, SENDER, "edge", OtlpOracle.NOW, rows);

    requireGolden("spans", rows.block());
  }

  private static byte[] payload(String name) throws IOException {
    return HexFormat.of()
        .parseHex(Files.readString(FOLDER.resolve(name + ".hex")).replaceAll("\\s", ""));
  }

  private static void requireGolden(String name, Block block) throws IOException {
    var text = new StringBuilder();
    for (var row : RowTexts.of(block)) {
      row.forEach(
          (column, cell) -> text.append(column).append(": ").append(cell).append('\n'));
      text.append('\n');
    }
    Path golden = FOLDER.resolve(name + ".rows");
    if (System.getProperty("golden", "compare").equals("write")) {
      Files.writeString(golden, text);
    }
    assertThat(text.toString().getBytes(UTF_8)).asString(UTF_8).isEqualTo(Files.readString(golden));
  }
}
