/**
 * How much a tenant may send, and what is its share when there isn't enough for all.
 *
 * <p>Arithmetic only: the time comes in as a parameter, and nothing here waits.
 */
@NullMarked
package dev.seamark.ingest.limit;

import org.jspecify.annotations.NullMarked;
