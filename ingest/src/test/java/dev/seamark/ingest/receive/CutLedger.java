package dev.seamark.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.block.StringColumn;
import dev.seamark.ingest.batch.FakeJournal;
import dev.seamark.ingest.batch.Journal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Requests of a few rows each, all with the request's name as their body: which were sent wholly,
 * which perhaps, and which came to be stored.
 */
final class CutLedger {
  /** Rows of a request. */
  static final int ROWS = 5;

  private int rounds;
  private final Map<String, Integer> stored = new HashMap<>();
  private final Set<String> whole = new HashSet<>();
  private final Set<String> perhaps = new HashSet<>();

  /** A name for the next request, as long as every other. */
  String next() {
    return "round " + (1_000_000 + rounds++);
  }

  /** It was sent wholly, and the server has seen all of it. */
  void whole(String name) {
    whole.add(name);
  }

  /** It was sent wholly, but a reset may have overtaken it. */
  void perhaps(String name) {
    perhaps.add(name);
  }

  /** Checks that what was sent wholly is stored once and wholly, and nothing else is. */
  void requireWholeOrNothing(List<Journal.Entry> kept) {
    kept.forEach(this::count);
    assertThat(stored.values()).as("rows of each request").containsOnly(ROWS);
    Set<String> missing = new HashSet<>(whole);
    missing.removeAll(stored.keySet());
    assertThat(missing).as("sent wholly, but not stored").isEmpty();
    Set<String> more = new HashSet<>(stored.keySet());
    more.removeAll(whole);
    more.removeAll(perhaps);
    assertThat(more).as("stored, but not sent wholly").isEmpty();
  }

  private void count(Journal.Entry entry) {
    Block block = FakeJournal.blockOf(entry);
    StringColumn bodies = (StringColumn) block.column("Body");
    for (int row = 0; row < block.rows(); row++) {
      stored.merge(bodies.text(row), 1, Integer::sum);
    }
  }

  /** Forgets the requests so far. */
  void clear() {
    stored.clear();
    whole.clear();
    perhaps.clear();
  }
}
