/** The query service: what Grafana, people and tools ask. */
@NullMarked
package dev.seamark.query;

import org.jspecify.annotations.NullMarked;
