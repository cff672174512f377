package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The fetch, with a small package of the test's own instead of half a gigabyte. */
class EngineLibraryTest {
  private static final String CONTENT = "library\n";
  private static final String OTHER_SHA256 = "0".repeat(64);

  @TempDir
  Path folder;

  @Test
  void fetchesOnceAndHashesOnce() throws IOException {
    Path npm = npm(CONTENT);
    EngineLibrary library = EngineLibrary.at(cache(), sha256(CONTENT), npm.toString());

    Path file = library.file();

    assertThat(file).hasContent(CONTENT);
    Files.delete(npm);
    assertThat(EngineLibrary.at(cache(), sha256(CONTENT), npm.toString()).file())
        .isEqualTo(file);
    assertThat(names(cache())).containsExactlyInAnyOrder("libchdb.so", "libchdb.so.checked");
  }

  @Test
  void wrongHashIsToldAndTheFileRemoved() throws IOException {
    EngineLibrary library =
        EngineLibrary.at(cache(), OTHER_SHA256, npm("other\n").toString());

    assertThatThrownBy(library::file)
        .isInstanceOf(EngineUnavailable.class)
        .hasMessageContaining(OTHER_SHA256)
        .hasMessageContaining(sha256("other\n"));
    assertThat(names(cache())).isEmpty();
  }

  @Test
  void aFileThatChangedIsHashedAgain() throws IOException {
    EngineLibrary library =
        EngineLibrary.at(cache(), sha256(CONTENT), npm(CONTENT).toString());
    Files.writeString(library.file(), "broken\n");

    assertThatThrownBy(library::file).hasMessageContaining(sha256("broken\n"));

    assertThat(library.file()).hasContent(CONTENT);
  }

  @Test
  void missingNpmIsToldWithWhatToInstall() {
    EngineLibrary library = EngineLibrary.at(cache(), OTHER_SHA256, "no-such-npm");

    assertThatThrownBy(library::file)
        .isInstanceOf(EngineUnavailable.class)
        .hasMessageContaining("no-such-npm")
        .hasMessageContaining("Install Node.js with npm");
  }

  @Test
  void failingNpmIsToldInItsWords() throws IOException {
    EngineLibrary library = EngineLibrary.at(
        cache(),
        OTHER_SHA256,
        script("case \"$*\" in *silent*) ;; *) echo E404 no such package ;; esac; exit 3")
            .toString());

    assertThatThrownBy(library::file)
        .hasMessageContaining("code 3")
        .hasMessageContaining("E404 no such package");
  }

  @Test
  void twoProcessesMayFetchAtTheSameTime() throws Exception {
    String npm = npm(CONTENT).toString();
    try (var threads = Executors.newFixedThreadPool(4)) {
      List<Future<Path>> files = java.util.stream.IntStream.range(0, 4)
          .mapToObj(_ -> threads.submit(
              () -> EngineLibrary.at(cache(), sha256(CONTENT), npm).file()))
          .toList();

      for (Future<Path> file : files) {
        assertThat(file.get()).hasContent(CONTENT);
      }
    }
    assertThat(names(cache())).containsExactlyInAnyOrder("libchdb.so", "libchdb.so.checked");
  }

  private Path cache() {
    return folder.resolve("cache");
  }

  /** A stand-in for npm pack. */
  private Path npm(String content) throws IOException {
    return script(
        "mkdir package; printf '%s' > package/libchdb.so; tar -czf p.tgz package; rm -r package"
            .formatted(content.replace("\n", "\\n")));
  }

  private Path script(String body) throws IOException {
    Path file = folder.resolve("npm");
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String sha256(String text) {
    try {
      return java.util.HexFormat.of()
          .formatHex(java.security.MessageDigest.getInstance("SHA-256")
              .digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }
}
