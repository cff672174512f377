/// Samples by five minutes and by the hour. `Rollups` brings the tables up to a watermark, all in
/// ClickHouse; `RollupService` asks it to, in one process at a time.
@NullMarked
package dev.seamark.ingest.rollup;

import org.jspecify.annotations.NullMarked;
