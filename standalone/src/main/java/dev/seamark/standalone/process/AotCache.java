package dev.seamark.standalone.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The ahead-of-time caches of child JVMs: classes already loaded and linked, one file a main class.
 *
 * <p>System property {@code seamark.aot.use} names the folder to take them from,
 * {@code seamark.aot.make} the one to write them to at the child's end; without either there are
 * none. A JVM ignores a cache that was made from other jars or by another JVM.
 */
final class AotCache {
  private AotCache() {}

  static List<String> flags(Class<?> main) {
    String file = main.getSimpleName() + ".aot";
    String make = System.getProperty("seamark.aot.make");
    if (make != null) {
      return List.of("-XX:AOTCacheOutput=" + Path.of(make, file));
    }
    String use = System.getProperty("seamark.aot.use");
    if (use != null && Files.exists(Path.of(use, file))) {
      // a method that has to be compiled again is no news
      return List.of("-XX:AOTCache=" + Path.of(use, file), "-Xlog:aot*=error");
    }
    return List.of();
  }
}
