/** Who sends and asks: tenants, their keys and limits. */
@NullMarked
package dev.seamark.tenant;

import org.jspecify.annotations.NullMarked;
