/// What one partition's rows do next on their way into ClickHouse: a pure state machine (events
/// in, commands out) and the plan that rides in the Kafka offset commit. No thread, clock, I/O,
/// Kafka type or logger in here.
@NullMarked
package dev.seamark.ingest.write.plan;

import org.jspecify.annotations.NullMarked;
