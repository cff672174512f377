package dev.seamark.ingest.receive;

import dev.seamark.service.Key;
import dev.seamark.service.Tls;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Section {@code ingest.receive}: the ports that senders reach, and how patient they are. */
public record ReceiveConfig(
    @Key(
        fallback = "127.0.0.1",
        why = "Address to listen on. Without a keys file it must be a loopback one: everybody who"
            + " reaches the port may write.")
    String bind,

    @Key(
        fallback = "4318",
        min = "0",
        max = "65535",
        unit = "port",
        why = "Port of OTLP/HTTP and of /metrics, /healthz, /readyz; 0 = any free one.")
    int httpPort,

    @Key(
        fallback = "4317",
        min = "0",
        max = "65535",
        unit = "port",
        why = "Port of OTLP/gRPC; 0 = any free one.")
    int grpcPort,

    Tls tls,

    @Key(
        fallback = "0",
        min = "0",
        max = "256",
        unit = "threads",
        why = "Event loops that receive and decode; 0 = one a processor.")
    int eventLoops,

    @Key(
        fallback = "2",
        min = "1",
        max = "64",
        unit = "threads",
        why = "Workers that decode bodies over 1 MiB, so that these don't hold up the small ones."
            + " Each may hold the rows of one largest request.")
    int largeBodyThreads,

    @Key(
        fallback = "10000",
        min = "1",
        unit = "connections",
        why =
            "Connections that are open at the same time, over all ports of the ingester; a further"
                + " one is closed at once.")
    int connectionsMax,

    @Key(
        fallback = "5m",
        min = "1s",
        max = "1h",
        unit = "duration",
        why = "A connection without any traffic is closed after this; agents that export each"
            + " minute keep theirs.")
    Duration idleTimeout,

    @Key(
        fallback = "10s",
        min = "1s",
        max = "10m",
        unit = "duration",
        why = "The head of an HTTP/1 request must be complete this long after its first byte, and a"
            + " connection must begin to speak; under TLS its handshake has as long.")
    Duration headDeadline,

    @Key(
        fallback = "30s",
        min = "1s",
        max = "10m",
        unit = "duration",
        why = "A body must be complete after this: a slow one holds memory.")
    Duration bodyDeadline,

    @Key(
        fallback = "16KiB",
        min = "1KiB",
        max = "1MiB",
        unit = "bytes",
        why = "All headers of a request together.")
    int headerBytesMax,

    @Key(
        why = "Region of this ingester: keys that are bound to another one are refused. Left out ="
            + " none, and every key with a region is refused.")
    @Nullable
    String region) {
  public ReceiveConfig {
    if (tls.enabled() && tls.certificate() == null) {
      throw new IllegalArgumentException("tls is enabled, but certificate and key are missing");
    }
  }

  /** Why a connection was hung up on that didn't come to its first byte. */
  String slowHandshake() {
    return "TLS handshake was not complete after %d ms (ingest.receive.head-deadline)"
        .formatted(headDeadline.toMillis());
  }
}
