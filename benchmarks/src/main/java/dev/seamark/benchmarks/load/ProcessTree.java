package dev.seamark.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A process and all below it, as Linux accounts for them under {@code /proc}. */
public record ProcessTree(List<Usage> processes) {
  private static final double TICKS_PER_SECOND = 100;

  /**
   * What one process has used.
   *
   * @param cpuSeconds user and system time since the process began
   * @param residentBytes memory resident now
   * @param peakBytes the most that was ever resident
   */
  public record Usage(
      long pid, String name, double cpuSeconds, long residentBytes, long peakBytes) {}

  public static ProcessTree of(long root) throws IOException {
    List<Usage> found = new ArrayList<>();
    try (Stream<ProcessHandle> below =
        ProcessHandle.of(root).map(ProcessHandle::descendants).orElseGet(Stream::empty)) {
      for (long pid :
          Stream.concat(Stream.of(root), below.map(ProcessHandle::pid)).toList()) {
        found.add(usage(pid));
      }
    }
    return new ProcessTree(List.copyOf(found));
  }

  public double cpuSeconds() {
    return processes.stream().mapToDouble(Usage::cpuSeconds).sum();
  }

  public long residentBytes() {
    return processes.stream().mapToLong(Usage::residentBytes).sum();
  }

  long peakBytes() {
    return processes.stream().mapToLong(Usage::peakBytes).sum();
  }

  private static Usage usage(long pid) throws IOException {
    Path proc = Path.of("/proc", Long.toString(pid));
    String stat = Files.readString(proc.resolve("stat"));
    String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    double cpu = (Long.parseLong(afterName[11]) + Long.parseLong(afterName[12])) / TICKS_PER_SECOND;
    List<String> status = Files.readAllLines(proc.resolve("status"));
    return new Usage(
        pid, mainClass(proc), cpu, kilobytes(status, "VmRSS:"), kilobytes(status, "VmHWM:"));
  }

  private static long kilobytes(List<String> status, String key) {
    return status.stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElse(0);
  }

  /** The last dotted word of the command line that looks like one of our main classes. */
  private static String mainClass(Path proc) throws IOException {
    String name = "?";
    for (String word : Files.readString(proc.resolve("cmdline")).split("\0", -1)) {
      if (word.startsWith("dev.seamark.")) {
        name = word.substring(word.lastIndexOf('.') + 1);
      }
    }
    return name;
  }
}
