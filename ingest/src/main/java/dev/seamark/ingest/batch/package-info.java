/** Open blocks that requests share, and their way into Kafka. */
@NullMarked
package dev.seamark.ingest.batch;

import org.jspecify.annotations.NullMarked;
