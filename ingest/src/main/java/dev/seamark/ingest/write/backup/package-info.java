/// Copies of what is stored that know up to which offsets they hold what Kafka has, and the way
/// back from one.
@NullMarked
package dev.seamark.ingest.write.backup;

import org.jspecify.annotations.NullMarked;
