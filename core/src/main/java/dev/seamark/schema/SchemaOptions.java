package dev.seamark.schema;

import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How the migrations are written for one installation. None of it is part of a migration's
 * checksum: it decides how a table is made, and a table that exists keeps what it was made with.
 *
 * @param database where all tables stand; a plain identifier, made if it doesn't exist
 * @param cluster a cluster of the server's configuration; null = a single server. In a cluster each
 *     table is Replicated, named {@code <table>_local}, and a Distributed table has the plain name
 * @param samplesGranularity rows a granule of samples and histograms: small ones make range queries
 *     over few series fast and cost memory for marks
 * @param deduplicationBlocks how many of the last inserted parts a table remembers by their token:
 *     at least as many as all writers of one shard insert into it during the longest standstill of
 *     one
 * @param deduplicationTime how long replicas remember them; a single server forgets by number only
 * @param tiers where rows stand when they are new and when they are old; null = where the server
 *     puts them by itself
 */
public record SchemaOptions(
    String database,
    @Nullable String cluster,
    int samplesGranularity,
    int deduplicationBlocks,
    Duration deduplicationTime,
    @Nullable Tiers tiers) {
  private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");
  private static final Pattern CLUSTER = Pattern.compile("[A-Za-z0-9_.{}-]{1,64}");
  private static final Pattern POLICY = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
  private static final Duration WEEK = Duration.ofDays(7);

  /**
   * A storage policy of the server's configuration. New rows go to its first volume.
   *
   * @param policy its name; it has a volume {@code cold}
   * @param hotDays how many days after the end of its day a row moves there
   */
  public record Tiers(String policy, int hotDays) {
    static final String COLD = "cold";

    public Tiers {
      if (!POLICY.matcher(policy).matches()) {
        throw new IllegalArgumentException(
            "storage policy \"%s\" holds more than letters, digits and _.-".formatted(policy));
      }
      if (hotDays < 0 || hotDays > 36_500) {
        throw new IllegalArgumentException(
            "rows stay hot for %d days, allowed are 0 to 36500".formatted(hotDays));
      }
    }
  }

  public SchemaOptions {
    if (!IDENTIFIER.matcher(database).matches()) {
      throw new IllegalArgumentException(
          "database \"%s\" is not a plain identifier (letters, digits and _, at most 64)"
              .formatted(database));
    }
    if (cluster != null && !CLUSTER.matcher(cluster).matches()) {
      throw new IllegalArgumentException(
          "cluster \"%s\" holds more than letters, digits and _.{}-".formatted(cluster));
    }
    if (samplesGranularity < 64 || samplesGranularity > 65_536) {
      throw new IllegalArgumentException(
          "granularity of samples is %d rows, allowed are 64 to 65536"
              .formatted(samplesGranularity));
    }
    if (deduplicationBlocks < 1_000) {
      throw new IllegalArgumentException(
          "deduplication window is %d blocks, at least 1000 are needed"
              .formatted(deduplicationBlocks));
    }
    if (deduplicationTime.compareTo(WEEK) < 0) {
      throw new IllegalArgumentException(
          "deduplication window is %s, at least 7 days are needed".formatted(deduplicationTime));
    }
  }

  /** The preset of one machine: plain MergeTree tables, small granules of samples. */
  public static SchemaOptions single(String database) {
    return new SchemaOptions(database, null, 1024, 100_000, Duration.ofDays(14), null);
  }

  /**
   * The preset of a fleet: replicated, sharded tables, granules that keep the marks of a year
   * small.
   */
  public static SchemaOptions fleet(String database, String cluster) {
    return new SchemaOptions(database, cluster, 8192, 100_000, Duration.ofDays(14), null);
  }

  /** The same with these tiers. */
  public SchemaOptions with(@Nullable Tiers its) {
    return new SchemaOptions(
        database, cluster, samplesGranularity, deduplicationBlocks, deduplicationTime, its);
  }

  /** The name a writer inserts under: the local table of a shard, never the Distributed one. */
  public String insertName(Table table) {
    return localName(table.table());
  }

  /** The name of the table that holds a shard's rows, without a database. */
  public String localName(String table) {
    return cluster == null ? table : table + "_local";
  }
}
