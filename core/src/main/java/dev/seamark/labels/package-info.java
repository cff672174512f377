/**
 * Names and identities that writers and readers must agree on: text rules, metric names, series
 * ids.
 */
@NullMarked
package dev.seamark.labels;

import org.jspecify.annotations.NullMarked;
