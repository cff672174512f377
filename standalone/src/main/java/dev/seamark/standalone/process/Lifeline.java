package dev.seamark.standalone.process;

import java.io.IOException;
import java.io.InputStream;

/**
 * The pipe that ties a child to its parent: the parent holds the child's standard input open and
 * never writes to it, so its end is the parent's end, however that came about (kill -9 included).
 *
 * <p>Used in the child's main method. {@code onCut} runs on the lifeline's own daemon thread.
 */
public final class Lifeline {
  private Lifeline() {}

  /** Calls {@code onCut} once when {@code stdin} ends; whatever arrives before is thrown away. */
  public static void hold(InputStream stdin, Runnable onCut) {
    Thread.ofPlatform().daemon().name("lifeline").start(() -> {
      drain(stdin);
      onCut.run();
    });
  }

  private static void drain(InputStream stdin) {
    byte[] ignored = new byte[256];
    try {
      while (stdin.read(ignored) >= 0) {
        // nothing is ever sent: only the end of the stream means something
      }
    } catch (IOException _) {
      // a broken pipe is an end too
    }
  }
}
