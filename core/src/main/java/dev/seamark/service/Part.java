package dev.seamark.service;

import java.time.Duration;

/** A part of a process that is started once and stopped once, by {@link Lifecycle}. */
public interface Part {
  /** What the log calls it. */
  String name();

  /** Returns once the part does its work: port open, connection checked. Blocks. */
  void start() throws Exception;

  /**
   * Finishes what was accepted, then lets everything go; returns within the time given, drained or
   * not. Blocks. Called also after a {@link #start} that failed halfway.
   */
  void stop(Duration within) throws Exception;
}
