package dev.seamark.ingest.write.deletion;

import java.util.Map;

/**
 * A deletion that is through.
 *
 * @param rows that were there when it began, by table
 * @param since rows of the tenant that are there now, by table: those that came since
 */
public record DeletionReport(Deletion deletion, Map<String, Long> rows, Map<String, Long> since) {}
