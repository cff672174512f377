package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.ingest.IngestConfig;
import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.batch.Journal;
import dev.seamark.ingest.consume.KafkaInMetrics;
import dev.seamark.ingest.receive.Admission;
import dev.seamark.ingest.receive.FluentMetrics;
import dev.seamark.ingest.receive.Intake;
import dev.seamark.ingest.receive.ReplicaElection;
import dev.seamark.ingest.receive.ReplicaMetrics;
import dev.seamark.ingest.rollup.RollupMetrics;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesMetrics;
import dev.seamark.ingest.write.WriterMetrics;
import dev.seamark.query.sql.SqlGateway;
import dev.seamark.schema.Table;
import dev.seamark.service.ConfigFile;
import dev.seamark.service.TlsMetrics;
import dev.seamark.tenant.KeyRing;
import dev.seamark.tenant.KeysFile;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.MetricType;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The page of own metrics names each with type and labels, and none that isn't there. */
class MetricsReferenceTest {
  private final ReferencePage page = ReferencePage.of("reference/metrics.md");

  /** A registry that tells what was registered, whether it has values yet or not. */
  private static final class Registered extends PrometheusRegistry {
    private final List<Collector> collectors = new ArrayList<>();

    @Override
    public void register(Collector collector) {
      super.register(collector);
      collectors.add(collector);
    }
  }

  @Test
  void whatIsRegisteredIsOnThePageAndNothingElse() {
    var registered = new TreeMap<String, String>();
    for (Collector each : registerAll()) {
      MetricFamilyDescriptor family = Objects.requireNonNull(each.getMetricFamilyDescriptor());
      MetricType type = family.getType();
      String suffix = type == MetricType.COUNTER ? "_total" : "";
      registered.put(
          family.getPrometheusName() + suffix,
          type.name().toLowerCase(Locale.ROOT) + " " + sorted(family.getLabelNames()));
    }

    var documented = new TreeMap<String, String>();
    for (List<String> row : page.rows()) {
      String name = row.getFirst().replace("`", "");
      if (name.startsWith("seamark_") && row.size() > 3) {
        documented.put(
            name, row.get(1) + " " + sorted(Set.copyOf(ReferencePage.codes(row.get(2)))));
      }
    }

    assertThat(documented).isEqualTo(registered);
  }

  private static String sorted(Set<String> labels) {
    return new TreeSet<>(labels).toString();
  }

  private static List<Collector> registerAll() {
    var registry = new Registered();
    IngestConfig config = ConfigFile.defaults(IngestConfig.class);
    Vertx vertx = Vertx.vertx();
    try {
      var batcher = new Batcher(
          new NoJournal(), 1, config.batch(), (_, _) -> {}, Clock.systemUTC(), registry);
      new Intake(
          vertx,
          new Admission(() -> KeyRing.OPEN, null),
          batcher,
          new Budget(1),
          () -> {
            throw new IllegalStateException("nothing is received");
          },
          1,
          1,
          Clock.systemUTC(),
          registry);
      new FluentMetrics(registry);
      SeriesMetrics.register(new SeriesCache(config.series(), 0), registry);
      ReplicaMetrics.register(new ReplicaElection(Duration.ofSeconds(20), 1), registry);
      new KafkaInMetrics(registry);
      new WriterMetrics(registry);
      new RollupMetrics(registry);
      new SqlGateway(
          vertx.createHttpClient(),
          ClickHouseConfig.of("seamark", URI.create("http://127.0.0.1:1")),
          () -> KeyRing.OPEN,
          registry);
      new TlsMetrics(registry);
      new KeysFile(Path.of("keys.yaml"), Duration.ofSeconds(1), Clock.systemUTC(), registry);
    } finally {
      vertx.close().await();
    }
    return registry.collectors;
  }

  private static final class NoJournal implements Journal {
    @Override
    public Future<Void> append(Entry entry) {
      return Future.failedFuture("nothing is sent");
    }

    @Override
    public int partitions(Table table) {
      return 1;
    }
  }
}
