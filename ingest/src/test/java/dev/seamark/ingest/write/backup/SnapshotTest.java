package dev.seamark.ingest.write.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "MergeTree ORDER BY x|MergeTree ORDER BY x",
        "ReplacingMergeTree(Version) ORDER BY x|ReplacingMergeTree(Version) ORDER BY x",
        "ReplicatedMergeTree('/clickhouse/tables/{shard}/seamark/otel_logs', '{replica}') PARTITION BY toDate(Ts)|MergeTree PARTITION BY toDate(Ts)",
        "ReplicatedReplacingMergeTree('/p/{shard}/x', '{replica}', Version) ORDER BY (a, b)|ReplacingMergeTree(Version) ORDER BY (a, b)"
      })
  void aReplicasTableIsCopiedIntoOneThatStandsAlone(String engine, String plain) {
    assertThat(Snapshot.unreplicated(engine)).isEqualTo(plain);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "/backups/a|File('/backups/a')",
        "/it's|File('/it\\'s')",
        "disk:backups/daily/1|Disk('backups', 'daily/1')",
        "s3:https://b.s3.eu-west-1.amazonaws.com/p|S3('https://b.s3.eu-west-1.amazonaws.com/p')"
      })
  void aPlaceBecomesWhatClickHouseTakes(String text, String sql) {
    assertThat(Destination.of(text).sql()).isEqualTo(sql);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "backups/a", "disk:", "disk:a b/c", "s3:bucket", "File('/x')"})
  void anotherTextIsNoPlace(String text) {
    assertThatThrownBy(() -> Destination.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no place for a backup");
  }
}
