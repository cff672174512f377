/** Request bodies of the shapes that a fleet sends, the same bytes for the same seed. */
@NullMarked
package dev.seamark.benchmarks.payload;

import org.jspecify.annotations.NullMarked;
