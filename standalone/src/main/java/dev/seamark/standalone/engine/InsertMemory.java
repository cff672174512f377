package dev.seamark.standalone.engine;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a table remembers of its inserts' tokens, on disk, brought into line with the parts that are
 * there; done before the engine opens its data.
 *
 * <p>A MergeTree writes a token into {@code deduplication_logs} just before it puts the part in its
 * place. A process that is killed between the two leaves a token without its rows: the same insert
 * would be dropped as one that is stored, and its rows lost. Such tokens, and a line that is cut
 * off, are taken out. Only the newest lines are looked at: an older token without its part is one
 * whose rows were deleted or have expired.
 */
final class InsertMemory {
  private static final Logger log = System.getLogger(InsertMemory.class.getName());
  private static final String FOLDER = "deduplication_logs";
  private static final String SET_ASIDE = "broken-on-start";
  private static final int NEWEST = 200;
  private static final int DEPTH = 8;
  private static final Pattern PART = Pattern.compile("([^_]+)_(\\d+)_(\\d+)_\\d+(?:_\\d+)?");
  private static final Pattern LINE = Pattern.compile("([12])\t([^\t]+)\t([^\t]+)");
  private static final String ADDED = "1";

  private final Path data;

  /** Blocks of a partition that a part holds. */
  private record Blocks(String partition, long first, long last) {
    boolean hold(Blocks other) {
      return partition.equals(other.partition) && first <= other.first && other.last <= last;
    }
  }

  /** @param data the engine's folder */
  InsertMemory(Path data) {
    this.data = data;
  }

  /** Returns how many tokens were taken out. */
  int mend() throws IOException {
    var tables = new TreeMap<String, Set<Blocks>>(); // a table's parts may be on several disks
    var logs = new ArrayList<Path>();
    if (Files.isDirectory(data)) {
      try (var folders = Files.find(data, DEPTH, (_, kind) -> kind.isDirectory())) {
        for (var folder : folders.toList()) {
          if (folder.endsWith(FOLDER)) {
            logs.add(folder);
          } else {
            blocks(folder)
                .ifPresent(it -> tables
                    .computeIfAbsent(tableOf(folder), _ -> new HashSet<>())
                    .add(it));
          }
        }
      }
    }
    var taken = 0;
    for (var folder : logs) {
      taken += mend(folder, tables);
    }
    return taken;
  }

  /** How many parts the engine has set aside at its starts, since their files weren't whole. */
  long partsSetAside() throws IOException {
    if (!Files.isDirectory(data)) {
      return 0;
    }
    try (var folders = Files.find(
        data,
        DEPTH,
        (path, kind) ->
            kind.isDirectory() && String.valueOf(path.getFileName()).startsWith(SET_ASIDE))) {
      return folders.count();
    }
  }

  private static int mend(Path folder, Map<String, Set<Blocks>> tables) throws IOException {
    var parts = tables.getOrDefault(tableOf(folder), Set.of());
    List<Path> files;
    try (var found = Files.list(folder)) {
      files = found
          .sorted(Comparator.comparingLong(InsertMemory::number).reversed())
          .toList();
    }
    var left = NEWEST;
    var taken = 0;
    for (var file : files) {
      if (left > 0) {
        var text = Files.readString(file, StandardCharsets.UTF_8);
        var lines = text.lines().toList();
        var kept = kept(file, lines, !text.endsWith("\n"), left, parts);
        if (kept.size() < lines.size()) {
          replace(file, kept);
        }
        taken += lines.size() - kept.size();
        left -= lines.size();
      }
    }
    return taken;
  }

  private static List<String> kept(
      Path file, List<String> lines, boolean cutOff, int newest, Set<Blocks> parts) {
    var kept = new ArrayList<String>();
    for (var i = 0; i < lines.size(); i++) {
      var line = LINE.matcher(lines.get(i));
      var whole = line.matches() && !(cutOff && i == lines.size() - 1);
      if (whole
          && (i < lines.size() - newest
              || !line.group(1).equals(ADDED)
              || blocks(line.group(2)).map(it -> isThere(it, parts)).orElse(true))) {
        kept.add(lines.get(i));
      } else {
        log.log(Level.WARNING, "{0}: token without its part: {1}", file, lines.get(i));
      }
    }
    return kept;
  }

  private static boolean isThere(Blocks blocks, Set<Blocks> parts) {
    return parts.stream().anyMatch(it -> it.hold(blocks));
  }

  private static void replace(Path file, List<String> lines) throws IOException {
    var unfinished = file.resolveSibling(file.getFileName() + ".mended");
    Files.write(unfinished, lines, StandardCharsets.UTF_8);
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Optional<Blocks> blocks(Path folder) {
    return blocks(String.valueOf(folder.getFileName()));
  }

  private static Optional<Blocks> blocks(String part) {
    var name = PART.matcher(part);
    return name.matches() && !part.startsWith("tmp") && !part.startsWith("delete_tmp")
        ? Optional.of(
            new Blocks(name.group(1), Long.parseLong(name.group(2)), Long.parseLong(name.group(3))))
        : Optional.empty();
  }

  private static String tableOf(Path below) {
    return String.valueOf(below.resolveSibling("").getFileName());
  }

  private static long number(Path file) {
    var digits = String.valueOf(file.getFileName()).replaceAll("\\D", "");
    return digits.isEmpty() ? -1 : Long.parseLong(digits);
  }
}
