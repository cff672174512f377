/** Placeholder. */
@NullMarked
package dev.seamark.block;

import org.jspecify.annotations.NullMarked;
