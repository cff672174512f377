package dev.seamark.standalone.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A file system of its own that can be filled to the last byte. */
final class SmallDisk implements AutoCloseable {
  private static final int PIECE = 64 << 10;

  private final Path folder;

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  /** Mounts it over a new folder; the test is skipped, and says so, where that isn't allowed. */
  static SmallDisk mount(Path folder, int megabytes) throws Exception {
    Files.createDirectories(folder);
    var mounted = run(List.of(
        "mount",
        "-t",
        "tmpfs",
        "-o",
        "size=" + megabytes + "m",
        "seamark-test",
        folder.toString()));
    Assumptions.assumeTrue(
        mounted, "a full disk isn't tested: no tmpfs can be mounted here (needs root)");
    return new SmallDisk(folder);
  }

  Path folder() {
    return folder;
  }

  /** Takes all of its space. */
  void fill() throws IOException {
    try (var ballast = FileChannel.open(
        ballast(),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING)) {
      var piece = ByteBuffer.allocate(PIECE);
      while (Files.getFileStore(folder).getUsableSpace() > 0) {
        ballast.write(piece.clear());
      }
    } catch (IOException e) {
      if (Files.getFileStore(folder).getUsableSpace() > PIECE) {
        throw e;
      }
    }
  }

  /** Gives the space back. */
  void free() throws IOException {
    Files.delete(ballast());
  }

  private Path ballast() {
    return folder.resolve("ballast");
  }

  private static boolean run(List<String> command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
  }

  @Override
  public void close() throws IOException {
    try {
      run(List.of("umount", "-l", folder.toString()));
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
