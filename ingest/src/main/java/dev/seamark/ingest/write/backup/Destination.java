package dev.seamark.ingest.write.backup;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where ClickHouse puts a backup: a folder of its machine, a folder of a disk of its configuration,
 * or a prefix in an object storage.
 *
 * @param text as the operator wrote it
 * @param sql as ClickHouse's BACKUP takes it
 */
public record Destination(String text, String sql) {
  private static final Pattern DISK = Pattern.compile("disk:([A-Za-z0-9_.-]+)/(.+)");
  private static final Pattern S3 = Pattern.compile("s3:(https?://.+)");

  /**
   * What an operator wrote: {@code /folder}, {@code disk:NAME/folder} or {@code s3:https://...}.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static Destination of(String text) {
    Matcher disk = DISK.matcher(text);
    Matcher s3 = S3.matcher(text);
    if (text.startsWith("/")) {
      return new Destination(text, "File(%s)".formatted(quoted(text)));
    }
    if (disk.matches()) {
      return new Destination(
          text, "Disk(%s, %s)".formatted(quoted(disk.group(1)), quoted(disk.group(2))));
    }
    if (s3.matches()) {
      return new Destination(text, "S3(%s)".formatted(quoted(s3.group(1))));
    }
    throw new IllegalArgumentException(
        "%s is no place for a backup: give an absolute path on ClickHouse's machine, disk:NAME/FOLDER with a disk of its configuration, or s3:https://BUCKET/PREFIX"
            .formatted(text));
  }

  /** A text as an SQL literal. */
  static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
