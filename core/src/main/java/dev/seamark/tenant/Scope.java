package dev.seamark.tenant;

import java.util.Locale;

/** What a key may be used for. None includes another. */
public enum Scope {
  /** Send telemetry. */
  INGEST,
  /** Ask by PromQL, and for logs and traces, within the key's tenants. */
  QUERY,
  /** Ask ClickHouse by SQL. */
  SQL,
  /** See every tenant, and silence alerts. */
  ADMIN;

  /** The scope as the keys file writes it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
