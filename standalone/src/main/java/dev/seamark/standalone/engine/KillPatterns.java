package dev.seamark.standalone.engine;

import java.util.regex.Pattern;

/** The shapes of KILL QUERY that clients send. */
final class KillPatterns {
  private static final int FLAGS = Pattern.CASE_INSENSITIVE | Pattern.DOTALL;

  static final Pattern BY_ID = Pattern.compile(
      "KILL\\s+QUERY\\s+(?:ON\\s+CLUSTER\\s+\\S+\\s+)?WHERE\\s+query_id\\s*=\\s*'([^']*)'\\s*(?:SYNC|ASYNC)?",
      FLAGS);
  static final Pattern SYNC = Pattern.compile("\\s+SYNC\\s*$", FLAGS);

  private KillPatterns() {}
}
