package dev.seamark.standalone.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The file a child writes its output to; the one before is kept as {@code .1} once it grew past
 * {@link #BYTES_MAX}.
 */
record LogFile(Path path) {
  static final long BYTES_MAX = 16L << 20;
  private static final int TAIL_BYTES = 2048;

  /** The redirection a start uses: appends, in a folder that exists. */
  Redirect open() throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    if (Files.exists(path) && Files.size(path) > BYTES_MAX) {
      Files.move(
          path,
          path.resolveSibling(path.getFileName() + ".1"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    return Redirect.appendTo(path.toFile());
  }

  /** The last lines, to be put into a message. */
  String tail() {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      long from = Math.max(0, file.length() - TAIL_BYTES);
      byte[] last = new byte[(int) (file.length() - from)];
      file.seek(from);
      file.readFully(last);
      return "last of %s:%n%s".formatted(path, new String(last, StandardCharsets.UTF_8).strip());
    } catch (IOException e) {
      return "its log " + path + " can't be read: " + e.getMessage();
    }
  }
}
