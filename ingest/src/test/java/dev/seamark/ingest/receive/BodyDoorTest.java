package dev.seamark.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.decode.Signal;
import dev.seamark.ingest.receive.BodyDoor.Answer;
import dev.seamark.schema.Table;
import dev.seamark.tenant.Credentials;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BodyDoorTest {
  private final OpenDoors doors = OpenDoors.counting();
  private final BodyDoor door = new BodyDoor(doors.intake, Credentials.NONE, "edge-1");

  @AfterEach
  void close() {
    doors.close();
  }

  @Test
  void aBodyIsStored() {
    assertThat(door.take(Signal.LOGS, CountedLogs.body(3)).await()).isEqualTo(new Answer.Stored());

    assertThat(doors.journal.keptRows(Table.OTEL_LOGS)).isEqualTo(3);
    assertThat(doors.counter("seamark_ingest_requests_answered")).isEqualTo(1);
    assertThat(doors.intake.inFlight()).isZero();
    assertThat(doors.budget.held()).isZero();
  }

  @Test
  void aMalformedBodyIsNeverTaken() {
    assertThat(door.take(Signal.LOGS, new byte[] {'x'}).await())
        .isEqualTo(new Answer.Never("body is no number of rows"));
    assertThat(door.take(Signal.LOGS, new byte[OpenDoors.BODY_BYTES_MAX + 1]).await())
        .isInstanceOf(Answer.Never.class);

    assertThat(doors.journal.kept()).isEmpty();
    assertThat(doors.budget.held()).isZero();
  }

  @Test
  void whatIsNotAcknowledgedIsForLater() {
    doors.journal.mode(FakeJournal.Mode.FAIL);
    assertThat(door.take(Signal.LOGS, CountedLogs.body(3)).await())
        .isInstanceOf(Answer.Later.class);

    assertThat(doors.budget.tryReserve(doors.budget.bytesMax())).isTrue();
    assertThat(door.take(Signal.LOGS, CountedLogs.body(3)).await())
        .isInstanceOf(Answer.Later.class);
    doors.budget.release(doors.budget.bytesMax());

    doors.intake.refuseNew();
    assertThat(door.take(Signal.LOGS, CountedLogs.body(3)).await())
        .isInstanceOf(Answer.Later.class);
    assertThat(doors.intake.inFlight()).isZero();
  }
}
