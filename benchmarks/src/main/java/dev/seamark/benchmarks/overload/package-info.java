/**
 * More load than there is room for: what is taken, what is refused, and what a quiet tenant feels.
 */
@NullMarked
package dev.seamark.benchmarks.overload;

import org.jspecify.annotations.NullMarked;
