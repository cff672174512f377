package dev.seamark.service;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that belong together and may change while the process runs. They are looked at every few
 * seconds, on a virtual thread of their own; a change is told once two looks in a row have found
 * it, so that a file being written, or a certificate whose key hasn't come yet, isn't taken.
 *
 * <p>What counts is the content: times and sizes of files stay the same now and then when they
 * shouldn't, and the files are small.
 */
public final class FileWatch {
  /** Who wants to know. Called on the watch's thread; what is thrown is logged as a bug. */
  public interface Reader {
    /** There is new content, one element a file. */
    void changed(List<byte[]> contents);

    /** A file can't be read any more. */
    void unreadable(IOException cause);

    /** A look is over: what an earlier one left undone may be tried again. */
    default void looked() {}
  }

  private static final Logger log = LoggerFactory.getLogger(FileWatch.class);
  private static final int BYTES_MAX = 16 << 20;

  private final String name;
  private final List<Path> files;
  private final Duration interval;
  private final Reader reader;
  private String told = "";
  private String last = "";
  private @Nullable Thread thread;

  public FileWatch(String name, List<Path> files, Duration interval, Reader reader) {
    this.name = name;
    this.files = List.copyOf(files);
    this.interval = interval;
    this.reader = reader;
  }

  /** The content now, which counts as told. Throws IOException that names the file. */
  public synchronized List<byte[]> read() throws IOException {
    List<byte[]> contents = contents();
    told = digest(contents);
    last = told;
    return contents;
  }

  /** Looks at the files again and again, until {@link #stop}. */
  public synchronized void start() {
    thread = Thread.ofVirtual().name(name).start(() -> {
      try {
        while (true) {
          Thread.sleep(interval);
          look();
        }
      } catch (InterruptedException _) {
        // stopped
      }
    });
  }

  public synchronized void stop() {
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** Looks at the files once. What fails by an error, such as too little memory, is done again. */
  public synchronized void look() {
    try {
      lookOnce();
    } catch (OutOfMemoryError | StackOverflowError e) {
      log.error("{}: the files could not be looked at", name, e); // and the watch must go on
    }
  }

  private void lookOnce() {
    List<byte[]> contents = List.of();
    IOException failure = null;
    String now;
    try {
      contents = contents();
      now = digest(contents);
    } catch (IOException e) {
      failure = e;
      now = e.toString();
    }
    boolean settled = now.equals(last);
    last = now;
    if (settled && !now.equals(told)) {
      tell(contents, failure);
      told = now;
    }
    guarded(reader::looked);
  }

  private void tell(List<byte[]> contents, @Nullable IOException failure) {
    if (failure == null) {
      guarded(() -> reader.changed(contents));
    } else {
      guarded(() -> reader.unreadable(failure));
    }
  }

  private void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      log.error("{}: a change could not be taken", name, e);
    }
  }

  private List<byte[]> contents() throws IOException {
    var contents = new ArrayList<byte[]>();
    for (Path file : files) {
      contents.add(content(file));
    }
    return contents;
  }

  private static byte[] content(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(BYTES_MAX + 1);
      if (content.length > BYTES_MAX) {
        throw new IOException("%s is larger than %d bytes".formatted(file, BYTES_MAX));
      }
      return content;
    }
  }

  private static String digest(List<byte[]> contents) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (byte[] content : contents) {
        sha256.update(MessageDigest.getInstance("SHA-256").digest(content));
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
