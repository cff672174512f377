/** The SQL gateway: ClickHouse's own HTTP interface, for reading only. */
@NullMarked
package dev.seamark.query.sql;

import org.jspecify.annotations.NullMarked;
