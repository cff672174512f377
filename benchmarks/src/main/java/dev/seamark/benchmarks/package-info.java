/** Placeholder. */
@NullMarked
package dev.seamark.benchmarks;

import org.jspecify.annotations.NullMarked;
