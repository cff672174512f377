package dev.seamark.ingest.write.plan;

/// The shard that the new ranges of a partition go to. It is the same for as long as the number of
/// shards stays; a range that was promised before that changed stays with the shard of its [Plan].
///
/// @param shard its number, from 0
/// @param shards how many there are
public record Home(int shard, int shards) {
  /// Of every partition, where there is one shard.
  public static final Home ONLY = new Home(0, 1);

  /// @throws IllegalArgumentException if there is no such shard
  public Home {
    if (shard < 0 || shard >= shards) {
      throw new IllegalArgumentException("shard " + shard + " of " + shards);
    }
  }

  /// Of a partition, the same in every topic: so what rows of two tables have in common by their
  /// partition they have by their shard.
  public static Home of(int partition, int shards) {
    return new Home(partition % shards, shards);
  }

  /// True if this process knows how to reach a shard.
  boolean reaches(int other) {
    return other < shards;
  }
}
