package dev.seamark.service;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** A process's own metrics: one registry, shown at {@code /metrics}. Thread-safe. */
public final class Metrics {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final TlsMetrics tls = new TlsMetrics(registry);

  /** Metrics without those of the JVM, which a test doesn't want. */
  public Metrics() {}

  /** Metrics of a whole process: heap, collector, threads and CPU time of the JVM included. */
  public static Metrics ofProcess() {
    var metrics = new Metrics();
    JvmMetrics.builder().register(metrics.registry);
    return metrics;
  }

  /** Where the process's counters, gauges and histograms register. */
  public PrometheusRegistry registry() {
    return registry;
  }

  /** Those of the certificates, which the services of a process share. */
  TlsMetrics tls() {
    return tls;
  }

  /** One answer to a scrape. */
  public record Exposition(String contentType, Buffer body) {}

  /** The current values in the format that suits an {@code Accept} header. */
  public Exposition expose(@Nullable String accept) {
    ExpositionFormatWriter writer = formats.findWriter(accept == null ? "" : accept);
    var body = new ByteArrayOutputStream(32 * 1024);
    try {
      writer.write(body, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory doesn't fail
    }
    return new Exposition(writer.getContentType(), Buffer.buffer(body.toByteArray()));
  }

  /** The current values in Prometheus' text format. */
  public String text() {
    return expose(null).body().toString();
  }
}
