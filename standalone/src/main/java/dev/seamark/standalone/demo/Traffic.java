package dev.seamark.standalone.demo;

import com.google.protobuf.ByteString;
import dev.seamark.standalone.demo.Fleet.Cluster;
import dev.seamark.standalone.demo.Fleet.Pod;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * What happens: user requests that enter a cluster at the gateway and walk down the call graph.
 * Each pod on the way writes a span and a log line and counts the request. One thread.
 */
final class Traffic {
  private final Function<Pod, PodTelemetry> telemetry;
  private final RandomGenerator random;

  Traffic(Function<Pod, PodTelemetry> telemetry, RandomGenerator random) {
    this.telemetry = telemetry;
    this.random = random;
  }

  /** One user request into {@code cluster}, beginning at {@code startNanos} since the epoch. */
  void request(Cluster cluster, long startNanos) {
    ByteString trace = bytes(16);
    call(cluster, Fleet.GATEWAY, trace, ByteString.EMPTY, startNanos);
  }

  /** The call of one service with all that it calls in turn. */
  private Outcome call(
      Cluster cluster, String serviceName, ByteString trace, ByteString parent, long startNanos) {
    List<Pod> pods = cluster.podsOf(serviceName);
    Pod pod = pods.get(random.nextInt(pods.size()));
    ByteString span = bytes(8);
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
    telemetry.apply(pod).handled(new Exchange(trace, span, parent, startNanos, endNanos, failed));
    return new Outcome(endNanos, failed);
  }

  private ByteString bytes(int length) {
    byte[] bytes = new byte[length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.remaining() >= Long.BYTES) {
      buffer.putLong(random.nextLong() | 1);
    }
    return ByteString.copyFrom(bytes);
  }

  private record Outcome(long endNanos, boolean failed) {}

  /** One request as one pod saw it; times in nanoseconds since the epoch, ids as OTLP has them. */
  record Exchange(
      ByteString trace,
      ByteString span,
      ByteString parent,
      long startNanos,
      long endNanos,
      boolean failed) {
    double seconds() {
      return (endNanos - startNanos) / 1e9;
    }
  }
}
