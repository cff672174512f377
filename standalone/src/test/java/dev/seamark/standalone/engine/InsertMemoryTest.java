package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.block.Column;
import dev.seamark.block.LongColumn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class InsertMemoryTest {
  @TempDir
  Path data;

  /** As the engine leaves them when it is killed between the token and the part. */
  @Test
  @Timeout(60)
  void anInsertWhoseTokenOutlivedItsRowsIsTakenAgain() throws Exception {
    try (Engine engine = EngineFixture.start(data)) {
      var clickhouse = new ClickHouseHttp(engine.address(), "default");
      clickhouse.run("CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n"
          + " SETTINGS non_replicated_deduplication_window = 1000");
      insert(clickhouse, 1);
      insert(clickhouse, 2);
      insert(clickhouse, 3);
    }
    removeFolder(find("all_3_3_0"));

    try (Engine engine = EngineFixture.start(data)) {
      var clickhouse = new ClickHouseHttp(engine.address(), "default");
      for (var row = 1; row <= 3; row++) {
        insert(clickhouse, row);
      }
      assertThat(clickhouse.run("SELECT groupArray(n) FROM (SELECT n FROM t ORDER BY n)"))
          .isEqualTo("[1,2,3]");
    }
  }

  @Test
  void tokensOfPartsThatAreThereAreKept() throws IOException {
    part("store/abc/uuid-1/0-20261125_1_7_2");
    part("store/abc/uuid-1/0-20261125_8_8_0_9");
    part("cold/store/abc/uuid-1/0-20261101_9_9_0");
    var log = log("""
        1\t0-20261125_3_3_0\tmerged
        1\t0-20261125_8_8_0\tmutated
        1\t0-20261101_9_9_0\tcold
        2\t0-20261125_4_4_0\tdropped
        """);
    var before = Files.readString(log);

    assertThat(new InsertMemory(data).mend()).isZero();
    assertThat(Files.readString(log)).isEqualTo(before);
  }

  @Test
  void aTokenWithoutItsPartAndALineThatIsCutOffAreTakenOut() throws IOException {
    part("store/abc/uuid-1/0-20261125_1_1_0");
    part("store/abc/uuid-1/tmp_insert_0-20261125_2_2_0");
    part("store/abc/uuid-2/0-20261125_2_2_0"); // of another table
    var log = log("1\t0-20261125_1_1_0\ta\n1\t0-20261125_2_2_0\tb\n1\t0-202611");

    assertThat(new InsertMemory(data).mend()).isEqualTo(2);
    assertThat(Files.readString(log)).isEqualTo("1\t0-20261125_1_1_0\ta\n");
  }

  @Test
  void oldTokensAreLeftAlone() throws IOException {
    var lines = new StringBuilder();
    for (var i = 1; i <= 300; i++) {
      lines.append("1\tall_%d_%d_0\t%d\n".formatted(i, i, i));
    }
    part("store/abc/uuid-1/all_101_300_3");
    var log = log(lines.toString()); // the first hundred have expired

    assertThat(new InsertMemory(data).mend()).isZero();
    assertThat(Files.readString(log)).isEqualTo(lines.toString());
  }

  @Test
  void aFolderThatIsNotThereYetIsNothingToMend() throws IOException {
    assertThat(new InsertMemory(data.resolve("none")).mend()).isZero();
  }

  private void part(String folder) throws IOException {
    Files.createDirectories(data.resolve(folder));
  }

  private Path log(String text) throws IOException {
    var folder = Files.createDirectories(data.resolve("store/abc/uuid-1/deduplication_logs"));
    return Files.writeString(folder.resolve("deduplication_log_1.txt"), text);
  }

  private Path find(String name) throws IOException {
    try (var all = Files.walk(data)) {
      return all.filter(it -> it.endsWith(name)).findFirst().orElseThrow();
    }
  }

  private static void removeFolder(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private static void insert(ClickHouseHttp clickhouse, long row) {
    var n = (LongColumn) Column.of("UInt64");
    n.append(row);
    clickhouse.insert(
        "INSERT INTO t (n) FORMAT Native",
        new Block(List.of(new Block.Named("n", n))).encode(),
        Map.of("insert_deduplication_token", "row" + row));
  }
}
