package dev.seamark.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {
  @TempDir
  private Path folder = Path.of("");

  @Test
  void aChangeThatMemoryDidNotSufficeForIsToldAgain() throws IOException {
    Path file = Files.writeString(folder.resolve("keys.yaml"), "old");
    var told = new ArrayList<String>();
    var watch = new FileWatch("test", List.of(file), Duration.ofHours(1), new FileWatch.Reader() {
      @Override
      public void changed(List<byte[]> contents) {
        told.add(new String(contents.getFirst(), UTF_8));
        if (told.size() == 1) {
          throw new OutOfMemoryError("as a loud moment may bring about");
        }
      }

      @Override
      public void unreadable(IOException cause) {
        throw new AssertionError(cause);
      }
    });
    watch.read();
    Files.writeString(file, "new");

    for (int i = 0; i < 5; i++) {
      watch.look();
    }

    assertThat(told).containsExactly("new", "new");
  }
}
