/** Placeholder. */
@NullMarked
package dev.seamark.ingest;

import org.jspecify.annotations.NullMarked;
