/**
 * Typed columns and blocks of them, and ClickHouse's Native format both ways. Pure: bytes in,
 * columns; columns in, bytes.
 */
@NullMarked
package dev.seamark.block;

import org.jspecify.annotations.NullMarked;
