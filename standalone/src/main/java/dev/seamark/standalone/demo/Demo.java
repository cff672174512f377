package dev.seamark.standalone.demo;

import dev.seamark.standalone.demo.Fleet.Cluster;
import dev.seamark.standalone.demo.Fleet.Pod;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop of the demo: once a second it lets requests happen and sends what the pods tell of them.
 * Runs on a thread of its own between {@link #start} and {@link #close}.
 */
public final class Demo implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Demo.class);

  private static final int PODS_PER_SERVICE = 2;
  private static final int REQUESTS_PER_CLUSTER_AND_SECOND = 8;
  private static final int METRICS_EVERY_SECONDS = 5;
  private static final double RESTARTS_PER_SECOND = 0.02;

  private final Fleet fleet;
  private final Map<Pod, PodTelemetry> telemetry = new LinkedHashMap<>();
  private final Traffic traffic;
  private final SplittableRandom random;
  private final OtlpSender sender;
  private final Clock clock;
  private final Thread thread;

  private final AtomicLong logs = new AtomicLong();
  private final AtomicLong spans = new AtomicLong();
  private final AtomicLong metricRequests = new AtomicLong();

  /**
   * @param otlpHttp where OTLP/HTTP is answered
   * @param seed of all that the fleet does: the same seed gives the same pods and traffic
   */
  public Demo(URI otlpHttp, long seed, Clock clock) {
    this.random = new SplittableRandom(seed);
    this.fleet = Fleet.ofThreeClusters(PODS_PER_SERVICE, random);
    this.traffic = new Traffic(this::telemetryOf, random);
    this.sender = new OtlpSender(otlpHttp);
    this.clock = clock;
    this.thread = Thread.ofPlatform().name("demo").daemon().unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  /** Log records acknowledged so far. */
  public long logs() {
    return logs.get();
  }

  /** Spans acknowledged so far. */
  public long spans() {
    return spans.get();
  }

  /** Metric export requests acknowledged so far; each holds all metrics of all pods. */
  public long metricRequests() {
    return metricRequests.get();
  }

  /** Stops after the request in flight. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    sender.close();
  }

  private void run() {
    long started = now();
    fleet.pods().forEach(pod -> telemetry.put(pod, new PodTelemetry(pod, started)));
    try {
      for (long second = 0; !Thread.currentThread().isInterrupted(); second++) {
        long wakeMillis = clock.millis() + 1_000;
        happen();
        send(second % METRICS_EVERY_SECONDS == 0);
        Thread.sleep(Math.max(0, wakeMillis - clock.millis()));
      }
    } catch (InterruptedException _) {
      log.debug("demo stopped");
    }
  }

  private void happen() {
    long now = now();
    for (Cluster cluster : fleet.clusters()) {
      for (int i = 0; i < REQUESTS_PER_CLUSTER_AND_SECOND; i++) {
        traffic.request(cluster, now - random.nextLong(1_000_000_000L));
      }
    }
    if (random.nextDouble() < RESTARTS_PER_SECOND) {
      Pod unlucky = fleet.pods().get(random.nextInt(fleet.pods().size()));
      telemetryOf(unlucky).restart(now);
    }
  }

  /** A request that is lost leaves a gap, as a crashed agent's would; the fleet goes on. */
  private void send(boolean withMetrics) throws InterruptedException {
    try {
      sendLogs();
      sendSpans();
      if (withMetrics) {
        sendMetrics();
      }
    } catch (IOException e) {
      log.warn("demo telemetry was not taken: {}", e.toString());
    }
  }

  private void sendLogs() throws IOException, InterruptedException {
    var request = ExportLogsServiceRequest.newBuilder();
    telemetry.values().forEach(pod -> request.addResourceLogs(pod.drainLogs()));
    sender.export("/v1/logs", request.build().toByteArray());
    logs.addAndGet(request.getResourceLogsList().stream()
        .mapToInt(resource -> resource.getScopeLogs(0).getLogRecordsCount())
        .sum());
  }

  private void sendSpans() throws IOException, InterruptedException {
    var request = ExportTraceServiceRequest.newBuilder();
    telemetry.values().forEach(pod -> request.addResourceSpans(pod.drainSpans()));
    sender.export("/v1/traces", request.build().toByteArray());
    spans.addAndGet(request.getResourceSpansList().stream()
        .mapToInt(resource -> resource.getScopeSpans(0).getSpansCount())
        .sum());
  }

  private void sendMetrics() throws IOException, InterruptedException {
    long now = now();
    var request = ExportMetricsServiceRequest.newBuilder();
    telemetry.values().forEach(pod -> request.addResourceMetrics(pod.metrics(now)));
    sender.export("/v1/metrics", request.build().toByteArray());
    metricRequests.incrementAndGet();
  }

  private PodTelemetry telemetryOf(Pod pod) {
    return Objects.requireNonNull(telemetry.get(pod), pod.name());
  }

  private long now() {
    Instant now = clock.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }
}
