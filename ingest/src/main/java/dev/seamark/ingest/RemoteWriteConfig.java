package dev.seamark.ingest;

import dev.seamark.ingest.decode.RemoteWriteOptions;
import dev.seamark.ingest.receive.ReplicaElection;
import dev.seamark.service.Key;
import java.time.Duration;

/** Section {@code ingest.remote-write}: pairs of Prometheus servers that send the same series. */
public record RemoteWriteConfig(
    @Key(fallback = "cluster", why = "The label that names a pair; it stays a label of its series.")
    String clusterLabel,

    @Key(
        fallback = "__replica__",
        why = "The label that tells the servers of a pair apart: one of them is stored, without it."
            + " Empty stores every server.")
    String replicaLabel,

    @Key(
        fallback = "20s",
        min = "1s",
        max = "10m",
        unit = "duration",
        why =
            "How long the elected server of a pair may be silent, or have everything refused, before the"
                + " other one takes over.")
    Duration failoverAfter,

    @Key(
        fallback = "10000",
        min = "1",
        why = "Pairs of a tenant known at once; servers of further ones are all stored.")
    int pairsMax) {
  RemoteWriteOptions options() {
    return new RemoteWriteOptions(clusterLabel, replicaLabel);
  }

  ReplicaElection election() {
    return new ReplicaElection(failoverAfter, pairsMax);
  }
}
