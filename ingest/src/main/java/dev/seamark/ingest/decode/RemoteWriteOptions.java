package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Which labels make a pair of remote-write senders.
 *
 * @param clusterLabel names the pair; it stays a label of the series
 * @param replicaLabel tells the senders of a pair apart, and is no label of the series; empty where
 *     every sender is to be stored
 */
public record RemoteWriteOptions(String clusterLabel, String replicaLabel) {
  public static final RemoteWriteOptions DEFAULTS =
      new RemoteWriteOptions("cluster", "__replica__");

  byte[] cluster() {
    return clusterLabel.getBytes(UTF_8);
  }

  byte[] replica() {
    return replicaLabel.getBytes(UTF_8);
  }
}
