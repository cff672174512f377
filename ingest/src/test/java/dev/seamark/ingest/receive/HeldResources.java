package dev.seamark.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;

/** What this process holds after a collection of garbage. */
record HeldResources(long heapBytes, long directBytes, long files, int threads) {
  private static final long GROWTH_BYTES_MAX = 8L << 20;
  private static final int GROWTH_THREADS_MAX = 2;

  static HeldResources now() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    return new HeldResources(
        memory.getHeapMemoryUsage().getUsed(),
        Math.max(0, PlatformDependent.usedDirectMemory()),
        ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
            .getOpenFileDescriptorCount(),
        ManagementFactory.getThreadMXBean().getThreadCount());
  }

  /** Checks that the process hasn't grown since. */
  void requireNoGrowthTo(HeldResources after) {
    assertThat(after.heapBytes - heapBytes).as("heap").isLessThan(GROWTH_BYTES_MAX);
    assertThat(after.directBytes - directBytes).as("buffers").isLessThan(GROWTH_BYTES_MAX);
    assertThat(after.files).as("open files").isLessThanOrEqualTo(files);
    assertThat(after.threads).as("threads").isLessThanOrEqualTo(threads + GROWTH_THREADS_MAX);
  }
}
