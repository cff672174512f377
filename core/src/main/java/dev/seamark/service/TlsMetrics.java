package dev.seamark.service;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.security.cert.X509Certificate;

/**
 * What a process tells of the certificates of its ports, by the section of the configuration that
 * has the ports.
 */
public final class TlsMetrics {
  private final Counter failures;
  private final Gauge expiry;

  public TlsMetrics(PrometheusRegistry registry) {
    failures = Counter.builder()
        .name("seamark_tls_reload_failures_total")
        .help(
            "Changed certificates that were refused, and tries to show one that failed on a port; those"
                + " before them hold.")
        .labelNames("section")
        .register(registry);
    expiry = Gauge.builder()
        .name("seamark_tls_certificate_expiry_timestamp_seconds")
        .help("When the certificate of a section's ports expires, in seconds since 1970.")
        .labelNames("section")
        .register(registry);
  }

  void read(String section, X509Certificate certificate) {
    failures.labelValues(section); // shown from the start, so that a first failure is an increase
    expiry.labelValues(section).set((double)
        certificate.getNotAfter().toInstant().getEpochSecond());
  }

  void refused(String section) {
    failures.labelValues(section).inc();
  }
}
