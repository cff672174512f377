/** The front doors: one class a protocol, and the intake that all of them share. */
@NullMarked
package dev.seamark.ingest.receive;

import org.jspecify.annotations.NullMarked;
