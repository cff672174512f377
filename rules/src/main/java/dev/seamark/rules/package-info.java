/** The rules service: rule files, their evaluation, and who is told. */
@NullMarked
package dev.seamark.rules;

import org.jspecify.annotations.NullMarked;
