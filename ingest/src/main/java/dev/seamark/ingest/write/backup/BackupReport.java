package dev.seamark.ingest.write.backup;

import java.time.Duration;

/**
 * A backup that was made.
 *
 * @param held how long no writer planned a range
 * @param bytesWritten of files that weren't in the backup it is based on
 */
public record BackupReport(BackupMarks marks, Duration held, long bytesWritten) {}
