package dev.seamark.standalone;

import dev.seamark.service.ConfigFile;
import dev.seamark.service.Part;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * How commands on this machine reach a standalone Seamark while it runs: a configuration file in
 * its data folder with the ports and the password of this run. Only its user can read it, for who
 * can read it can change everything.
 */
final class RunningFile implements Part {
  private static final String NAME = "running.yaml";
  private static final Pattern PROCESS = Pattern.compile("# process (\\d{1,18})");

  private final Path file;
  private final SeamarkConfig config;

  /** @param config with the embedded Kafka and ClickHouse in it */
  RunningFile(Path data, SeamarkConfig config) {
    this.file = data.resolve(NAME);
    this.config = config;
  }

  /**
   * Reads what a running standalone wrote.
   *
   * @param data its folder
   * @throws Refused if none runs there, or it belongs to another user
   */
  static SeamarkConfig read(Path data) throws IOException, Refused {
    Path file = data.resolve(NAME);
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException _) {
      throw new Refused(
          "no seamark standalone runs with data folder %s (there is no %s)".formatted(data, file));
    } catch (AccessDeniedException _) {
      throw new Refused(
          "%s can't be read: run this as the user whose seamark standalone it is".formatted(file));
    }
    requireAlive(file, text);
    return ConfigFile.literal(file.toString(), text, SeamarkConfig.class);
  }

  private static void requireAlive(Path file, String text) throws Refused {
    var process = PROCESS.matcher(text);
    if (!process.lookingAt()) {
      throw new Refused("%s doesn't begin with the process that wrote it".formatted(file));
    }
    if (ProcessHandle.of(Long.parseLong(process.group(1))).isEmpty()) {
      throw new Refused(
          "no seamark standalone runs with data folder %s: process %s, which wrote %s, is gone"
              .formatted(file.getParent(), process.group(1), file.getFileName()));
    }
  }

  @Override
  public String name() {
    return "running file";
  }

  /** Replaces what an earlier run left behind; the file appears as a whole. */
  @Override
  public void start() throws IOException {
    Path unfinished = Files.createTempFile(
        file.getParent(),
        NAME,
        ".new",
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(unfinished, text(), StandardCharsets.UTF_8);
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private String text() {
    var topics = config.kafka().topics();
    return """
        # process %d: written by seamark standalone for commands with --data, gone when it ends
        kafka:
          bootstrap: [%s]
          topics: {partitions: %d, replication-factor: %d, min-insync-replicas: %d}
        clickhouse:
          addresses: [%s]
          database: %s
          password: %s
        writer: {group: %s}
        """.formatted(
            ProcessHandle.current().pid(),
            quoted(config.kafka().bootstrap().getFirst()),
            topics.partitions(),
            topics.replicationFactor(),
            topics.minInsyncReplicas(),
            quoted(config.clickhouse().addresses().getFirst().toString()),
            quoted(config.clickhouse().database()),
            quoted(config.clickhouse().password().reveal()),
            quoted(config.writer().group()));
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  @Override
  public void stop(Duration within) throws IOException {
    Files.deleteIfExists(file);
  }
}
