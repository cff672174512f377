package dev.seamark.standalone.demo;

import dev.seamark.standalone.demo.Fleet.Cluster;
import dev.seamark.standalone.demo.Fleet.Pod;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * What happens: user requests that enter a cluster at the gateway and walk down the call graph.
 * Each pod on the way writes a span and a log line and counts the request. One thread.
 */
final class Traffic {
  private final Map<Pod, PodTelemetry> telemetry;
  private final RandomGenerator random;

  Traffic(Map<Pod, PodTelemetry> telemetry, RandomGenerator random) {
    this.telemetry = telemetry;
    this.random = random;
  }

  /** One user request into {@code cluster}, beginning at {@code startNanos} since the epoch. */
  void request(Cluster cluster, long startNanos) {
    byte[] trace = bytes(16);
    call(cluster, Fleet.GATEWAY, trace, new byte[0], startNanos);
  }

  /** The call of one service with all that it calls in turn. */
  private Outcome call(
      Cluster cluster, String serviceName, byte[] trace, byte[] parent, long startNanos) {
    List<Pod> pods = cluster.pods().get(serviceName);
    Pod pod = pods.get(random.nextInt(pods.size()));
    byte[] span = bytes(8);
    long ownNanos =
        (long) (pod.service().latencyMs() * 1e6 * Math.exp(0.6 * random.nextGaussian()));
    long now = startNanos + ownNanos / 2;
    boolean failed = random.nextDouble() < pod.service().errorRatio();
    for (String callee : pod.service().calls()) {
      if (failed) {
        break;
      }
      Outcome below = call(cluster, callee, trace, span, now);
      now = below.endNanos();
      failed = below.failed();
    }
    long endNanos = now + ownNanos / 2;
    telemetry.get(pod).handled(new Exchange(trace, span, parent, startNanos, endNanos, failed));
    return new Outcome(endNanos, failed);
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.remaining() >= Long.BYTES) {
      buffer.putLong(random.nextLong() | 1);
    }
    return bytes;
  }

  private record Outcome(long endNanos, boolean failed) {}

  /** One request as one pod saw it; times in nanoseconds since the epoch, ids as OTLP has them. */
  record Exchange(
      byte[] trace, byte[] span, byte[] parent, long startNanos, long endNanos, boolean failed) {
    double seconds() {
      return (endNanos - startNanos) / 1e9;
    }
  }
}
