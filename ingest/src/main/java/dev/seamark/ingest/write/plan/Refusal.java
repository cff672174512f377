package dev.seamark.ingest.write.plan;

/// Why a record can't be stored, however often it is tried.
///
/// @param why for people: what is wrong with it
public record Refusal(Kind kind, String why) {
  /// What is wrong, as metrics and dead letters name it.
  public enum Kind {
    /// It lacks headers, or one can't be read.
    HEADERS,
    /// Its value is no block of ours.
    FORMAT,
    /// Its value isn't what was sealed.
    CHECKSUM,
    /// Its value can't be decoded.
    BLOCK,
    /// It has a column that no version of the table known here has.
    COLUMN,
    /// ClickHouse doesn't take its values.
    CLICKHOUSE;

    /// The kind as a word of a metric's label.
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
