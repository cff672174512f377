/// Benchmarks of the way from a Kafka record to the body of an insert.
@NullMarked
package dev.seamark.benchmarks.write;

import org.jspecify.annotations.NullMarked;
