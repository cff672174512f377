/// Kafka to ClickHouse, each acknowledged row once. `plan` holds the protocol as a pure state
/// machine, `join` makes insert bodies out of blocks; this package is the shell that carries their
/// messages: consumer, insert threads, clocks.
@NullMarked
package dev.seamark.ingest.write;

import org.jspecify.annotations.NullMarked;
