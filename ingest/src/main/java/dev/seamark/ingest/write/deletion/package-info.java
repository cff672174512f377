/// The deletion of a tenant's rows on purpose, and Kafka's memory of it: what is still in a log
/// isn't to come back by a replay.
@NullMarked
package dev.seamark.ingest.write.deletion;

import org.jspecify.annotations.NullMarked;
