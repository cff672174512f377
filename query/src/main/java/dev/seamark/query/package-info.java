/** Placeholder. */
@NullMarked
package dev.seamark.query;

import org.jspecify.annotations.NullMarked;
