/** Telemetry out of topics that others fill: Kafka-in. */
@NullMarked
package dev.seamark.ingest.consume;

import org.jspecify.annotations.NullMarked;
