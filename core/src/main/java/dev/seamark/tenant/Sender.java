package dev.seamark.tenant;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who a request came from, and what that decides about its rows.
 *
 * @param tenant whose data it is; first column of every table's sorting key
 * @param clusterOfKey the cluster that the sender's key belongs to; used where neither the resource
 *     nor a header names one
 * @param retentionDays how long the rows are kept, 0 = for ever
 * @param key name of the sender's key, for messages; empty where nobody is asked for one
 * @param clusters whose telemetry the key may send
 * @param limits of the tenant
 * @param rules what is done with the tenant's telemetry before it is stored; the same list as long
 *     as the rules stay the same
 */
public record Sender(
    String tenant,
    @Nullable String clusterOfKey,
    int retentionDays,
    String key,
    Clusters clusters,
    TenantLimits limits,
    List<EdgeRule> rules) {
  /** The largest retention short of "for ever": a hundred years, far below where dates overflow. */
  public static final int RETENTION_DAYS_MAX = 36_500;

  /**
   * Everybody, on a machine without a keys file. Such a service listens on loopback only, and keeps
   * what it takes: a retention that nobody chose would let old telemetry vanish after its 200.
   */
  public static final Sender ANYBODY = new Sender("default", null, 0);

  public Sender {
    rules = List.copyOf(rules); // which doesn't copy what it has made itself
    if (tenant.isEmpty()) {
      throw new IllegalArgumentException("a tenant needs a name");
    }
    if (retentionDays < 0 || retentionDays > RETENTION_DAYS_MAX) {
      throw new IllegalArgumentException(
          "retention of tenant %s is %d days, allowed are 0 (for ever) to %d"
              .formatted(tenant, retentionDays, RETENTION_DAYS_MAX));
    }
  }

  /** A sender without rules. */
  public Sender(
      String tenant,
      @Nullable String clusterOfKey,
      int retentionDays,
      String key,
      Clusters clusters,
      TenantLimits limits) {
    this(tenant, clusterOfKey, retentionDays, key, clusters, limits, List.of());
  }

  /** A sender that may send for any cluster, without limits and rules of its own. */
  public Sender(String tenant, @Nullable String clusterOfKey, int retentionDays) {
    this(tenant, clusterOfKey, retentionDays, "", Clusters.ANY, TenantLimits.NONE);
  }

  /**
   * Whether the sender may send telemetry of a cluster, in UTF-8; an empty one is that of telemetry
   * that names none. Allocates nothing.
   */
  public boolean allowsCluster(byte[] bytes, int from, int to) {
    return clusters.allows(bytes, from, to);
  }
}
