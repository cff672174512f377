package dev.seamark.standalone.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A file system of its own that can be filled to the last byte. */
public final class SmallDisk implements AutoCloseable {
  private final Path folder;
  private final int megabytes;

  private SmallDisk(Path folder, int megabytes) {
    this.folder = folder;
    this.megabytes = megabytes;
  }

  /** Mounts it over a new folder; the test is skipped, and says so, where that isn't allowed. */
  public static SmallDisk mount(Path folder, int megabytes) throws Exception {
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
    return new SmallDisk(folder, megabytes);
  }

  public Path folder() {
    return folder;
  }

  /** Takes all of its space at a blow, in the midst of whatever is being written. */
  public void fill() throws Exception {
    boolean full;
    do {
      var disk = Files.getFileStore(folder);
      full = resize((disk.getTotalSpace() - disk.getUnallocatedSpace()) >> 10);
    } while (!full); // more was written in between
  }

  /** Gives the space back. */
  public void free() throws Exception {
    if (!resize((long) megabytes << 10)) {
      throw new IOException("the file system can't be given its space back");
    }
  }

  private boolean resize(long kilobytes) throws Exception {
    return new ProcessBuilder("mount", "-o", "remount,size=" + kilobytes + "k", folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
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
