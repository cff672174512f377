/** Placeholder. */
@NullMarked
package dev.seamark.rules;

import org.jspecify.annotations.NullMarked;
