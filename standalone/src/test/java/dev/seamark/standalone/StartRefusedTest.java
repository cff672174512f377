package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator is told when standalone can't start, with what to do about it. */
class StartRefusedTest {
  @Test
  void aDataFolderThatCannotBeMadeIsNamedWithTheCause(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");

    assertThatThrownBy(() -> new DataFolder(file).start())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("data folder " + file)
        .hasMessageContaining("FileAlreadyExistsException")
        .hasMessageEndingWith("choose another one by --data");
  }

  @Test
  void aPortBeyondTheLastOneIsNamedWithItsUser() {
    assertThatThrownBy(() -> new FreePorts(Map.of(68_123, "embedded ClickHouse")).start())
        .isInstanceOf(Refused.class)
        .hasMessage("68123, for the embedded ClickHouse, is no port any more;"
            + " choose a smaller --port-offset");
  }
}
