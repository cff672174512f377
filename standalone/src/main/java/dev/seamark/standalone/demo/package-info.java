/**
 * A small generated fleet for `seamark standalone --demo`: three clusters whose services call each
 * other, fail and restart. Its telemetry goes in through the real front doors, as OTLP over HTTP.
 *
 * <p>Reading order: {@link dev.seamark.standalone.demo.Fleet} (who there is),
 * {@link dev.seamark.standalone.demo.Traffic} (what happens),
 * {@link dev.seamark.standalone.demo.PodTelemetry} (what a pod tells of it),
 * {@link dev.seamark.standalone.demo.Demo} (the loop).
 */
@NullMarked
package dev.seamark.standalone.demo;

import org.jspecify.annotations.NullMarked;
