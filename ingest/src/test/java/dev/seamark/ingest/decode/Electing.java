package dev.seamark.ingest.decode;

import java.util.function.Predicate;

/** An election by rule, for decoders: they don't know what is acknowledged. */
record Electing(Predicate<Replicas.Replica> rule) implements Replicas {
  @Override
  public boolean elects(Replica replica, long nowNanos) {
    return rule.test(replica);
  }

  @Override
  public void stored(Replica replica, long nowNanos) {
    throw new AssertionError("a decoder doesn't know what is acknowledged");
  }
}
