package dev.seamark.ingest.write.backup;

import dev.seamark.ingest.write.PastReplay;
import dev.seamark.ingest.write.deletion.Deletion;
import java.util.List;

/**
 * A backup that was restored.
 *
 * @param catchUp what writers do from here on
 * @param voided dead letters of records that writers read again
 * @param revived dead letters that were stored after the backup and wait again
 * @param deletions of tenants since the backup; their rows are back
 * @param replays since the backup; what they stored isn't there
 */
public record RestoreReport(
    BackupMarks marks,
    CatchUp catchUp,
    int voided,
    int revived,
    List<Deletion> deletions,
    List<PastReplay> replays) {
  public RestoreReport {
    deletions = List.copyOf(deletions);
    replays = List.copyOf(replays);
  }
}
