package dev.seamark.ingest.write.plan;

/// A record that a plan leaves out of its range's inserts, from one of them on. Its rows in
/// earlier inserts were stored before a later one was refused, and stay.
///
/// @param fromInsert number of the first insert without the record; 0 leaves it out altogether
public record Exclusion(long offset, int fromInsert) {
  /// A record that is left out altogether.
  public static Exclusion whole(long offset) {
    return new Exclusion(offset, 0);
  }
}
