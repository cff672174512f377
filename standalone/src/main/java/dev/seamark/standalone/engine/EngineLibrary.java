package dev.seamark.standalone.engine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The engine's library: libchdb of one pinned version, fetched once by npm into the user's cache
 * folder and checked against a pinned hash.
 *
 * <p>Two processes may fetch at the same time: each works in a folder of its own and moves the
 * whole file into place. A marker beside the file spares later starts the hashing of half a
 * gigabyte.
 */
public final class EngineLibrary {
  static final String PACKAGE = "@chdb/lib-linux-x64-gnu";
  static final String VERSION = "26.7.3-stable.1";
  static final String SHA256 = "36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5";
  private static final String FILE = "libchdb.so";
  private static final long FETCH_MINUTES_MAX = 20;

  private final Path folder;
  private final String sha256;
  private final String npm;

  private EngineLibrary(Path folder, String sha256, String npm) {
    this.folder = folder;
    this.sha256 = sha256;
    this.npm = npm;
  }

  /**
   * The pinned library in the user's cache folder.
   *
   * @param environment {@code XDG_CACHE_HOME} or {@code HOME} say where that is
   */
  public static EngineLibrary pinned(Map<String, String> environment) {
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path base = cache.isEmpty()
        ? Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".cache")
        : Path.of(cache);
    return new EngineLibrary(
        base.resolve("seamark").resolve("chdb").resolve(VERSION), SHA256, "npm");
  }

  /** Another hash and client, for tests. */
  static EngineLibrary at(Path folder, String sha256, String npm) {
    return new EngineLibrary(folder, sha256, npm);
  }

  /**
   * The file, fetched if it isn't there yet (180 MB, once).
   *
   * @throws EngineUnavailable if it can't be had; the message says what to do
   */
  public Path file() {
    Path file = folder.resolve(FILE);
    try {
      if (isChecked(file)) {
        return file;
      }
      Files.createDirectories(folder);
      if (!Files.exists(file)) {
        fetch(file);
      }
      check(file);
      return file;
    } catch (IOException e) {
      throw new EngineUnavailable("the engine's library can't be kept in " + folder + ": " + e, e);
    }
  }

  private boolean isChecked(Path file) throws IOException {
    Path marker = marker(file);
    return Files.exists(file)
        && Files.exists(marker)
        && Files.readString(marker).equals(fingerprint(file));
  }

  /** Size and time of the very file that was hashed. */
  private String fingerprint(Path file) throws IOException {
    return "%s %d %s%n".formatted(sha256, Files.size(file), Files.getLastModifiedTime(file));
  }

  private static Path marker(Path file) {
    return file.resolveSibling(FILE + ".checked");
  }

  private void check(Path file) throws IOException {
    String actual = sha256(file);
    if (!actual.equals(sha256)) {
      Files.deleteIfExists(file);
      Files.deleteIfExists(marker(file));
      throw new EngineUnavailable(
          "%s of %s %s has the wrong hash and was removed: expected SHA-256 %s, found %s"
              .formatted(file, PACKAGE, VERSION, sha256, actual));
    }
    Path fresh = Files.createTempFile(folder, "marker", "");
    Files.writeString(fresh, fingerprint(file));
    Files.move(fresh, marker(file), StandardCopyOption.ATOMIC_MOVE);
  }

  private void fetch(Path file) throws IOException {
    Path work = Files.createTempDirectory(folder, "fetch");
    try {
      run(work, npm, "pack", "--loglevel=error", PACKAGE + "@" + VERSION);
      run(work, "tar", "-xzf", archive(work).toString(), "package/" + FILE);
      Files.move(work.resolve("package").resolve(FILE), file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      remove(work);
    }
  }

  private static Path archive(Path work) throws IOException {
    try (Stream<Path> files = Files.list(work)) {
      return files
          .filter(path -> path.toString().endsWith(".tgz"))
          .findFirst()
          .orElseThrow(() -> new EngineUnavailable("npm pack left no archive in " + work));
    }
  }

  private static void run(Path work, String... command) throws IOException {
    Path output = work.resolve("output.txt");
    Process process;
    try {
      process = new ProcessBuilder(command)
          .directory(work.toFile())
          .redirectErrorStream(true)
          .redirectOutput(output.toFile())
          .start();
    } catch (IOException e) {
      throw new EngineUnavailable(
          "the embedded ClickHouse is the npm package %s %s, but '%s' can't be run (%s). Install Node.js with npm and GNU tar, e.g.: apt-get install npm tar"
              .formatted(PACKAGE, VERSION, command[0], e.getMessage()),
          e);
    }
    int code = await(process, command[0]);
    if (code != 0) {
      throw new EngineUnavailable("'%s' ended with code %d: %s"
          .formatted(
              String.join(" ", command),
              code,
              Files.readString(output, StandardCharsets.UTF_8).strip()));
    }
  }

  private static int await(Process process, String name) {
    try {
      if (!process.waitFor(FETCH_MINUTES_MAX, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new EngineUnavailable(name + " did not end within " + FETCH_MINUTES_MAX + " minutes");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new EngineUnavailable("interrupted while " + name + " ran", e);
    }
  }

  private static String sha256(Path file) throws IOException {
    try (InputStream bytes = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] piece = new byte[1 << 20];
      int got;
      while ((got = bytes.read(piece)) >= 0) {
        digest.update(piece, 0, got);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void remove(Path work) throws IOException {
    try (Stream<Path> files = Files.walk(work)) {
      for (Path path : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
