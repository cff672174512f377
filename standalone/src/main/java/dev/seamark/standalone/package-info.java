/** Placeholder. */
@NullMarked
package dev.seamark.standalone;

import org.jspecify.annotations.NullMarked;
