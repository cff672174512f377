package dev.seamark.ingest.write.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.write.backup.BackupMarks.Mark;
import dev.seamark.ingest.write.plan.Plan;
import dev.seamark.ingest.write.plan.PlanText;
import dev.seamark.ingest.write.turn.TopicLogs.Log;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class StandstillTest {
  private static final TopicPartition PARTITION = new TopicPartition("t", 3);

  @Test
  void aPartitionThatPromisedNothingIsAtRest() {
    var look = look(0, new OffsetAndMetadata(100, PlanText.write(Plan.empty("a", 100))));

    assertThat(look.isComplete()).isTrue();
    assertThat(look.rest()).containsExactly(Map.entry(PARTITION, new Mark("a", 100)));
  }

  @Test
  void aPromisedRangeIsDoubtful() {
    var text = PlanText.write(Plan.empty("a", 100)).replace("to=100", "to=120");

    assertThat(look(0, new OffsetAndMetadata(100, text)).moving())
        .containsEntry("t-3", "range 100-120 is promised and not known to be stored");
  }

  @Test
  void aPlanOfAnotherLogOrVersionIsNoRest() {
    assertThat(look(0, new OffsetAndMetadata(9, PlanText.write(Plan.empty("b", 9))))
            .moving())
        .containsEntry("t-3", "its topic was made anew");
    assertThat(look(0, new OffsetAndMetadata(9, "seamark/9 x")).moving().get("t-3"))
        .contains("no plan of a version known here");
  }

  @Test
  void beforeTheFirstCommitNothingIsStoredIfTheLogIsWhole() {
    assertThat(Standstill.of(Map.of(PARTITION, new Log("a", 0, 5)), Map.of()).rest())
        .containsEntry(PARTITION, new Mark("a", 0));
    assertThat(Standstill.of(Map.of(PARTITION, new Log("a", 2, 5)), Map.of()).moving())
        .containsEntry("t-3", "the group has no commit and the log begins at 2");
  }

  private static Standstill look(long beginning, OffsetAndMetadata commit) {
    return Standstill.of(
        Map.of(PARTITION, new Log("a", beginning, 200)), Map.of(PARTITION, commit));
  }
}
