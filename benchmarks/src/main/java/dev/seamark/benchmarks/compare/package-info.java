/**
 * The same prebuilt requests against Seamark and against a peer: rows a second, CPU by process,
 * latency, freshness and disk.
 */
@org.jspecify.annotations.NullMarked
package dev.seamark.benchmarks.compare;
