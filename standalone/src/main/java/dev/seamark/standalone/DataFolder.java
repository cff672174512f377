package dev.seamark.standalone;

import dev.seamark.service.Part;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The folder that holds everything a standalone Seamark keeps, owned by one process at a time: the
 * lock goes with the process, however that ends.
 */
final class DataFolder implements Part {
  private final Path folder;
  private @Nullable FileChannel lock;

  DataFolder(Path folder) {
    this.folder = folder.toAbsolutePath();
  }

  @Override
  public String name() {
    return "data folder";
  }

  @Override
  public void start() throws IOException, Refused {
    FileChannel channel = open();
    if (!locked(channel)) {
      String owner = Files.readString(folder.resolve("lock")).strip();
      channel.close();
      throw new Refused("data folder %s is in use by process %s; choose another one by --data"
          .formatted(folder, owner.isEmpty() ? "(just starting)" : owner));
    }
    String pid = ProcessHandle.current().pid() + "\n";
    channel.truncate(0).write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)));
    lock = channel;
  }

  private FileChannel open() throws Refused {
    try {
      Files.createDirectories(folder);
      return FileChannel.open(
          folder.resolve("lock"),
          StandardOpenOption.CREATE,
          StandardOpenOption.READ,
          StandardOpenOption.WRITE);
    } catch (IOException e) { // its message may be the path alone
      throw new Refused(
          "data folder %s can't be used (%s); choose another one by --data".formatted(folder, e));
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException _) {
      return false; // held by this very process
    }
  }

  @Override
  public void stop(Duration within) throws IOException {
    if (lock != null) {
      lock.close();
    }
  }
}
