package dev.seamark.ingest.receive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.StringColumn;
import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.decode.Limits;
import dev.seamark.ingest.decode.Signal;
import dev.seamark.ingest.series.SeriesCache;
import dev.seamark.ingest.series.SeriesLimits;
import dev.seamark.labels.NamingOptions;
import dev.seamark.schema.Table;
import dev.seamark.service.Tls;
import dev.seamark.tenant.Clusters;
import dev.seamark.tenant.EdgeRule;
import dev.seamark.tenant.EdgeRule.Field;
import dev.seamark.tenant.EdgeRule.Subject;
import dev.seamark.tenant.EdgeRule.Telemetry;
import dev.seamark.tenant.Sender;
import dev.seamark.tenant.TenantLimits;
import dev.seamark.tenant.TextPattern;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What rules drop is answered as accepted, isn't stored, and is counted once. */
class EdgeRulesIntakeTest {
  private static final String LOGS = """
      {"resourceLogs":[{"scopeLogs":[{"logRecords":[
        {"body":{"stringValue":"probe"}},{"body":{"stringValue":"probe"}},{"body":{"stringValue":"line"}},
        {"body":{"stringValue":"{\\"kind\\":\\"Event\\",\\"metadata\\":{\\"uid\\":\\"e-1\\"},\\"involvedObject\\":{},\\"message\\":\\"a@example.org\\"}"}}]}]}]}""";

  private final Sender sender = new Sender(
      "shop",
      null,
      30,
      "",
      Clusters.ANY,
      TenantLimits.NONE,
      List.of(
          new EdgeRule.Drop(
              "probes", new Subject(Telemetry.LOGS, Field.BODY, null), TextPattern.of("^probe$")),
          new EdgeRule.Redact(
              "mail",
              new Subject(Telemetry.LOGS, Field.BODY, null),
              TextPattern.WellKnown.EMAIL.pattern(),
              "<mail>")));

  private final OpenDoors doors = new OpenDoors(
      new Lanes(Limits.DEFAULT, NamingOptions.DEFAULTS, new SeriesCache(SeriesLimits.DEFAULT, 42)),
      64L * OpenDoors.MIB,
      Tls.OFF);

  @AfterEach
  void close() {
    doors.close();
  }

  @Test
  void receivedIsStoredAndDropped() {
    Outcome outcome = send();

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Stored.class,
            stored -> assertThat(stored.decoded().accepted()).isEqualTo(4));
    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(2);
    assertThat(doors.counter("seamark_ingest_items_received")).isEqualTo(4);
    assertThat(doors.counter("seamark_ingest_items_stored")).isEqualTo(2);
    assertThat(doors.counter("seamark_ingest_items_dropped")).isEqualTo(2);
    assertThat(doors.gauge("seamark_ingest_items_in_flight")).isZero();
  }

  @Test
  void whatIsDroppedIsNotCountedAsLostToo() {
    doors.journal.mode(FakeJournal.Mode.FAIL);

    assertThat(send()).isInstanceOf(Outcome.Refused.class);

    assertThat(doors.counter("seamark_ingest_items_received")).isEqualTo(4);
    assertThat(doors.counter("seamark_ingest_items_refused")).isEqualTo(2);
    assertThat(doors.counter("seamark_ingest_items_dropped")).isEqualTo(2);
    assertThat(doors.gauge("seamark_ingest_items_in_flight")).isZero();
  }

  @Test
  void objectsAreReadFromWhatRulesHaveLeft() {
    send();

    assertThat(doors.journal.kept().stream().filter(each -> each.table() == Table.K8S_EVENTS))
        .singleElement()
        .satisfies(entry -> assertThat(
                ((StringColumn) FakeJournal.blockOf(entry).column("Message")).text(0))
            .isEqualTo("<mail>"));
    assertThat(doors.counter("seamark_ingest_kubernetes_objects")).isEqualTo(1);
  }

  private Outcome send() {
    byte[] body = LOGS.getBytes(UTF_8);
    Budget.Lease lease = doors.intake.lease();
    try {
      return doors
          .intake
          .accept(
              new Arrival(
                  Signal.LOGS,
                  Format.OTLP_JSON,
                  Encoding.IDENTITY,
                  body,
                  0,
                  body.length,
                  sender,
                  null),
              lease,
              doors.intake.newLane())
          .await();
    } finally {
      lease.close();
    }
  }
}
