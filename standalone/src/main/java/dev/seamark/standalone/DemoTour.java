package dev.seamark.standalone;

import dev.seamark.service.Part;
import dev.seamark.standalone.demo.Demo;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What {@code --demo} adds: a small fleet that sends its telemetry through the real front doors,
 * where to look at it, and a live line of what was taken.
 */
final class DemoTour implements Part {
  private static final long SEED = 1;

  private final PrintWriter out;
  private final SeamarkConfig config;
  private final Demo demo;
  private final CountDownLatch over = new CountDownLatch(1);
  private final boolean terminal;

  /**
   * @param terminal whether a line may be written over; otherwise there is one every ten seconds
   */
  DemoTour(SeamarkConfig config, PrintWriter out, boolean terminal) {
    this.config = config;
    this.out = out;
    this.terminal = terminal;
    URI otlp = URI.create("http://127.0.0.1:" + config.ingest().receive().httpPort());
    this.demo = new Demo(otlp, SEED, Clock.systemUTC());
  }

  @Override
  public String name() {
    return "demo";
  }

  @Override
  public void start() {
    demo.start();
    out.println(tour());
    out.flush();
    Thread.ofPlatform().daemon().name("demo-line").start(this::tell);
  }

  private String tour() {
    int sql = config.query().sqlPort();
    return """

        Three clusters are sending logs, metrics and traces.
          OTLP        http://127.0.0.1:%1$d (HTTP), 127.0.0.1:%2$d (gRPC)
          SQL         http://127.0.0.1:%3$d (as a ClickHouse: curl, JDBC, Grafana)
          metrics     http://127.0.0.1:%4$d/metrics
        Try:
          curl 127.0.0.1:%3$d -d 'SELECT count(), ServiceName FROM otel_logs GROUP BY 2'
          curl 127.0.0.1:%3$d -d 'SELECT count(), ServiceName FROM otel_traces GROUP BY 2'
          curl 127.0.0.1:%3$d -d 'SELECT MetricName, uniq(SeriesId), count() FROM metrics_samples
              JOIN metrics_series USING (Tenant, MetricName, SeriesId) GROUP BY 1 ORDER BY 1'
        Ctrl-C stops.
        """.formatted(
            config.ingest().receive().httpPort(),
            config.ingest().receive().grpcPort(),
            sql,
            config.query().httpPort());
  }

  private void tell() {
    try {
      while (!over.await(terminal ? 1 : 10, TimeUnit.SECONDS)) {
        String line = "taken: %,d log records, %,d spans, %,d metric exports"
            .formatted(demo.logs(), demo.spans(), demo.metricRequests());
        out.print(terminal ? "\r" + line : line + System.lineSeparator());
        out.flush();
      }
    } catch (InterruptedException _) {
      // the process ends
    }
  }

  @Override
  public void stop(Duration within) {
    over.countDown();
    demo.close();
  }
}
