package dev.seamark.standalone.engine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/**
 * How far this process stands back for others when there isn't enough CPU for all (POSIX
 * {@code nice}).
 */
final class Niceness {
  /**
   * Of the embedded engine: on a machine whose cores are full, rows are taken in and acknowledged
   * first, and stored and merged with what is left; meanwhile they wait in Kafka. Without it the
   * same machine acknowledges about half as many rows, as the merges have their share.
   */
  static final int OF_ENGINE = 10;

  private Niceness() {}

  /** On Linux it holds for the calling thread and those begun by it from now on. */
  @SuppressWarnings("restricted") // a call of the C library
  static void standBack(int by) {
    Linker linker = Linker.nativeLinker();
    var nice = linker.downcallHandle(
        linker.defaultLookup().findOrThrow("nice"),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try {
      int _ = (int) nice.invokeExact(by); // asking for less can't fail
    } catch (Throwable e) {
      throw new IllegalStateException("nice can't be called", e);
    }
  }
}
