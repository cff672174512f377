package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.kafka.KafkaConfig;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.Secret;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunningFileTest {
  @TempDir
  Path data;

  private SeamarkConfig running(String group) {
    return ConfigFile.literal("test", "writer: {group: '%s'}".formatted(group), SeamarkConfig.class)
        .with(
            KafkaConfig.loopback(23_092),
            ClickHouseConfig.of("seamark", URI.create("http://127.0.0.1:23123"))
                .withPassword(new Secret("a \"b\" \\ ${HOME}")));
  }

  @Test
  void whatARunWritesIsReadBackAndGoneWhenItEnds() throws Exception {
    var wrote = running("writers ${of} this");
    var file = new RunningFile(data, wrote);
    Files.writeString(data.resolve("running.yaml"), "left behind by a crash");

    file.start();

    var read = RunningFile.read(data);
    assertThat(read.kafka()).isEqualTo(wrote.kafka());
    assertThat(read.clickhouse()).isEqualTo(wrote.clickhouse());
    assertThat(read.writer()).isEqualTo(wrote.writer());
    file.stop(Duration.ZERO);
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void nobodyElseMayReadThePassword() throws Exception {
    new RunningFile(data, running("w")).start();

    var mode = Files.getPosixFilePermissions(data.resolve("running.yaml"));
    assertThat(PosixFilePermissions.toString(mode)).isEqualTo("rw-------");
  }

  @Test
  void aFolderWithoutARunIsSaidInALine() throws Exception {
    assertThat(replay()).contains("seamark: no seamark standalone runs with data folder " + data);
  }

  @Test
  void aFileWhoseProcessIsGoneIsSaidInALine() throws Exception {
    var process = new ProcessBuilder("true").start();
    process.waitFor();
    Files.writeString(data.resolve("running.yaml"), "# process %d: x".formatted(process.pid()));

    assertThat(replay())
        .contains("no seamark standalone runs with data folder " + data)
        .contains("process %d, which wrote running.yaml, is gone".formatted(process.pid()));
  }

  @Test
  void anotherFileOfThatNameIsRefused() throws Exception {
    Files.writeString(data.resolve("running.yaml"), "kafka: {}");

    assertThatThrownBy(() -> RunningFile.read(data))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("doesn't begin with the process that wrote it");
  }

  private String replay() {
    var err = new StringWriter();
    var code = Main.commandLine(Map.of(), new PrintWriter(err), new PrintWriter(err))
        .execute("replay", "--data", data.toString(), "--dead-letter");
    assertThat(code).isEqualTo(1);
    assertThat(err.toString().lines()).hasSize(1);
    return err.toString();
  }
}
