/**
 * What is kept in ClickHouse: the tables, the rows that fill them and the migrations that make
 * them.
 *
 * <p>The numbered {@code .sql} files under {@code migrations/} are the one home of the table
 * definitions; {@link dev.seamark.schema.Rows} name the columns a writer fills.
 */
@NullMarked
package dev.seamark.schema;

import org.jspecify.annotations.NullMarked;
