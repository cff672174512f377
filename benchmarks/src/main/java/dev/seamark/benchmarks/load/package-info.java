/**
 * The load driver: sends a counted number of rows to a running Seamark, waits until SQL shows each
 * of them once, and reports rates, latencies, CPU seconds and memory of every process.
 */
@NullMarked
package dev.seamark.benchmarks.load;

import org.jspecify.annotations.NullMarked;
