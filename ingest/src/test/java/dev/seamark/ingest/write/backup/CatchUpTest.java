package dev.seamark.ingest.write.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.write.backup.BackupMarks.Mark;
import dev.seamark.ingest.write.turn.TopicLogs.Log;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class CatchUpTest {
  private static final TopicPartition PARTITION = new TopicPartition("t", 3);

  @Test
  void writersGoOnWhereTheBackupEnds() {
    var catchUp = of(new Mark("a", 100), new Log("a", 40, 130));

    assertThat(catchUp.from()).containsExactly(Map.entry(PARTITION, 100L));
    assertThat(catchUp.records()).isEqualTo(30);
    assertThat(catchUp.gone()).isEmpty();
  }

  @Test
  void whatKafkaDeletedBehindTheBackupIsCounted() {
    var catchUp = of(new Mark("a", 100), new Log("a", 120, 130));

    assertThat(catchUp.from()).containsEntry(PARTITION, 120L);
    assertThat(catchUp.records()).isEqualTo(10);
    assertThat(catchUp.goneRecords()).isEqualTo(20);
    assertThat(catchUp.gone())
        .containsEntry("t-3", "20 records, from offset 100 to where the log begins, 120");
  }

  @Test
  void ofATopicThatWasMadeAnewNothingIsInTheBackup() {
    var catchUp = of(new Mark("a", 100), new Log("b", 2, 130));

    assertThat(catchUp.from()).containsEntry(PARTITION, 2L);
    assertThat(catchUp.goneRecords()).isEqualTo(2);
    assertThat(catchUp.gone().get("t-3"))
        .contains("all behind offset 100 of a topic that was made anew", "2 records");
  }

  @Test
  void aLogThatIsShorterThanTheBackupSaysGoesOnAtItsEnd() {
    var catchUp = of(new Mark("a", 100), new Log("a", 0, 90));

    assertThat(catchUp.from()).containsEntry(PARTITION, 90L);
    assertThat(catchUp.gone().get("t-3")).contains("it ends at 90");
  }

  @Test
  void aPartitionThatCameLaterIsReadFromItsBeginning() {
    var catchUp = CatchUp.of(Map.of(), Map.of(PARTITION, new Log("a", 0, 7)));

    assertThat(catchUp.from()).containsEntry(PARTITION, 0L);
    assertThat(catchUp.records()).isEqualTo(7);
    assertThat(catchUp.gone()).isEmpty();
  }

  @Test
  void aTopicThatIsGoneIsSaid() {
    var catchUp = CatchUp.of(Map.of(PARTITION, new Mark("a", 100)), Map.of());

    assertThat(catchUp.from()).isEmpty();
    assertThat(catchUp.gone()).containsEntry("t-3", "all behind offset 100, its topic is gone");
  }

  private static CatchUp of(Mark mark, Log log) {
    return CatchUp.of(Map.of(PARTITION, mark), Map.of(PARTITION, log));
  }
}
