package dev.seamark.ingest.receive;

import dev.seamark.ingest.limit.Allowance;
import dev.seamark.tenant.Sender;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * What each tenant may still send: bytes and rows. A tenant's requests share its allowances,
 * whatever protocol and connection they come by. Thread-safe; tenants are as many as the keys file
 * names.
 */
final class Tolls {
  /** Agents gather for a while and send it at once. */
  static final int BURST_SECONDS = 10;

  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<String, Allowances> tenants = new ConcurrentHashMap<>();

  /** The allowances of one tenant. */
  record Allowances(Allowance bytes, Allowance rows) {
    Allowances() {
      this(new Allowance(BURST_SECONDS), new Allowance(BURST_SECONDS));
    }
  }

  /** @param nanoTime the clock of all allowances */
  Tolls(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The toll of one request. */
  Toll of(Sender sender) {
    return new Toll(
        sender, tenants.computeIfAbsent(sender.tenant(), _ -> new Allowances()), nanoTime);
  }
}
