/**
 * Bytes of a protocol to column rows: hand-written walks that validate and append without message
 * objects.
 *
 * <p>Pure: no thread, clock, I/O or logger. A decoder owns scratch state, so each thread has its
 * own.
 */
@NullMarked
package dev.seamark.ingest.decode;

import org.jspecify.annotations.NullMarked;
