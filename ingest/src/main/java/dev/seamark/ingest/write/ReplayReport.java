package dev.seamark.ingest.write;

import java.util.Map;
import java.util.TreeMap;

/**
 * What a replay did, or would do.
 *
 * @param records that are stored again
 * @param rows in them
 * @param leftOut what isn't stored and why, by the name of the record
 */
public record ReplayReport(long records, long rows, Map<String, String> leftOut) {
  public ReplayReport {
    leftOut = new TreeMap<>(leftOut);
  }
}
