package dev.seamark.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.clickhouse.ClickHouse;
import dev.seamark.clickhouse.ClickHouseConfig;
import dev.seamark.schema.Database;
import dev.seamark.schema.KubernetesAuditRows;
import dev.seamark.schema.KubernetesEventRows;
import dev.seamark.schema.Migrations;
import dev.seamark.schema.Rows;
import dev.seamark.schema.SchemaOptions;
import dev.seamark.standalone.engine.EngineFixture;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The page of Kubernetes names every column, and its queries count once what was sent twice. */
class KubernetesReferenceTest {
  @RegisterExtension
  static final EngineFixture engine = new EngineFixture();

  private final ReferencePage page = ReferencePage.of("reference/kubernetes.md");

  @BeforeAll
  static void migrate() {
    try (var clickHouse =
        new ClickHouse(ClickHouseConfig.of(engine.database(), engine.address()))) {
      Migrations.bundled()
          .apply(Database.over(clickHouse), SchemaOptions.single(engine.database()));
    }
  }

  @Test
  void everyColumnIsDescribed() {
    Set<String> columns = new TreeSet<>();
    for (Rows rows : List.of(new KubernetesEventRows(), new KubernetesAuditRows())) {
      rows.block().columns().forEach(column -> columns.add(column.name()));
    }
    Set<String> described = new TreeSet<>();
    for (List<String> row : page.rows()) {
      described.addAll(ReferencePage.codes(row.getFirst()));
    }

    assertThat(described).isEqualTo(columns);
  }

  @Test
  void theQueriesCountOnce() {
    for (int i = 0; i < 2; i++) { // as two replicas of an agent send them
      engine.run("""
          INSERT INTO k8s_events (Tenant, Cluster, Timestamp, Uid, ResourceVersion, Type, Reason, Message, Count,
            ObjectNamespace, ObjectName) VALUES
          ('default', 'prod-eu-1', toStartOfMinute(now()), 'e', '1', 'Warning', 'BackOff', 'again', 1, 'shop', 'cart-0'),
          ('default', 'prod-eu-1', toStartOfMinute(now()), 'e', '2', 'Warning', 'BackOff', 'again', 5, 'shop', 'cart-0'),
          ('default', 'prod-eu-1', toStartOfMinute(now()), 'f', '3', 'Normal', 'Pulled', 'pulled', 1, 'shop', 'cart-0')""");
      engine.run("""
          INSERT INTO k8s_audit (Tenant, Cluster, Timestamp, AuditId, Stage, User, Verb, ObjectResource,
            ObjectNamespace, ObjectName, ResponseCode) VALUES
          ('default', 'prod-eu-1', toStartOfMinute(now()), 'a', 'ResponseComplete', 'jane', 'get', 'secrets',
            'shop', 'db', 403)""");
    }
    List<String> queries = page.blocks("sql");

    assertThat(queries).hasSize(3);
    assertThat(engine.run(queries.get(0))).startsWith("shop\tcart-0\tBackOff\tagain\t");
    assertThat(engine.run(queries.get(1))).isEqualTo("BackOff\t5\nPulled\t1");
    assertThat(engine.run(queries.get(2))).isEqualTo("jane\tget\tshop\tdb\t1\t1");
    assertThat(engine.run("SELECT count() FROM k8s_events FINAL")).isEqualTo("3");
  }
}
