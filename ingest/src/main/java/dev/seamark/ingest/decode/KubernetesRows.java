package dev.seamark.ingest.decode;

import dev.seamark.schema.KubernetesAuditRows;
import dev.seamark.schema.KubernetesEventRows;

/**
 * The rows of Kubernetes objects found among the log records of one request, and how many could not
 * be read. Not thread-safe: private to the request, then pooled.
 */
public final class KubernetesRows {
  public final KubernetesEventRows events = new KubernetesEventRows();
  public final KubernetesAuditRows audits = new KubernetesAuditRows();

  /** Log records that are marked as an object and hold none, or lack its identity. */
  int malformed;

  /** Objects that tell of the deletion of an event: nothing happened. */
  int deleted;

  /** Objects for which the request's rows have no room. */
  int leftOut;

  public int malformed() {
    return malformed;
  }

  public int deleted() {
    return deleted;
  }

  public int leftOut() {
    return leftOut;
  }

  /** Bytes of the rows. */
  public long bytes() {
    return events.block().bytes() + audits.block().bytes();
  }

  /** Drops all rows and keeps the memory. */
  public void clear() {
    events.clear();
    audits.clear();
    malformed = 0;
    deleted = 0;
    leftOut = 0;
  }
}
