/** The ingester as a part of a process, and its configuration. */
@NullMarked
package dev.seamark.ingest;

import org.jspecify.annotations.NullMarked;
