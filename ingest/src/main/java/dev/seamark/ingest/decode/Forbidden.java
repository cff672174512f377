package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.tenant.Sender;

/**
 * The refusal of a whole body for a row that the sender's key doesn't let him send (HTTP 403, gRPC
 * PERMISSION_DENIED). Whole, so that a sender whose configuration mixes clusters up is told at
 * once, and no half of his data lands in the wrong place.
 */
public final class Forbidden extends Malformed {
  private static final long serialVersionUID = 1;
  private static final int QUOTED_BYTES_MAX = 100;

  private Forbidden(String message) {
    super(message);
  }

  /**
   * Refuses the body unless the sender may send telemetry of a cluster. Every decoder asks this
   * wherever it decides which cluster rows are of; with a cluster in UTF-8, or an empty one for
   * rows that name none and have none by header or key.
   */
  public static void unlessAllowed(Sender sender, byte[] cluster, int from, int to)
      throws Forbidden {
    if (!sender.allowsCluster(cluster, from, to)) {
      throw new Forbidden(refusal(sender, cluster, from, to));
    }
  }

  private static String refusal(Sender sender, byte[] cluster, int from, int to) {
    if (from == to) {
      return ("rows name no cluster, but key %s is bound to several (%s): name one as"
              + " k8s.cluster.name of the resource, or in the header X-Seamark-Cluster")
          .formatted(sender.key(), sender.clusters());
    }
    String named = new String(cluster, from, Math.min(to - from, QUOTED_BYTES_MAX), UTF_8);
    return "rows are of cluster \"%s\", but key %s is bound to %s"
        .formatted(named, sender.key(), sender.clusters());
  }
}
