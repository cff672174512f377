package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The sorted view of keys, against a {@link TreeMap}. */
class KeyIndexTest {
  private static final int ROUNDS = 20_000;

  private final KeyIndex index = new KeyIndex();

  /** Most rounds repeat the order of the round before, as senders do; some with other keys. */
  @Test
  void everyRoundIsSortedWhateverOrderWasLearned() {
    Random random = new Random(7);
    List<String> keys = List.of();
    for (int round = 0; round < ROUNDS; round++) {
      keys = switch (random.nextInt(5)) {
        case 0 -> keysOf(random);
        case 1 -> shuffled(keys, random);
        case 2 -> withDouble(keys, random);
        default -> keys;
      };

      assertThat(sorted(keys)).as("round %d: %s", round, keys).isEqualTo(expected(keys));
    }
  }

  private static List<String> keysOf(Random random) {
    List<String> keys = new ArrayList<>();
    int size = random.nextInt(random.nextInt(8) == 0 ? 70 : 10);
    for (int i = 0; i < size; i++) {
      keys.add("same.prefix.".substring(0, random.nextInt(13)) + random.nextInt(100));
    }
    return keys;
  }

  private static List<String> shuffled(List<String> keys, Random random) {
    List<String> shuffled = new ArrayList<>(keys);
    Collections.shuffle(shuffled, random);
    return shuffled;
  }

  private static List<String> withDouble(List<String> keys, Random random) {
    if (keys.size() < 2) {
      return keys;
    }
    List<String> doubled = new ArrayList<>(keys);
    doubled.set(random.nextInt(keys.size()), keys.get(random.nextInt(keys.size())));
    return doubled;
  }

  /** The last of equal keys wins: a key's value is its place. */
  private static Map<String, Integer> expected(List<String> keys) {
    Map<String, Integer> last = new TreeMap<>();
    for (int i = 0; i < keys.size(); i++) {
      last.put(keys.get(i), i);
    }
    return last;
  }

  private Map<String, Integer> sorted(List<String> keys) {
    byte[] body = String.join("", keys).getBytes(US_ASCII);
    index.clear(body);
    int at = 0;
    for (int i = 0; i < keys.size(); i++) {
      int end = at + keys.get(i).length();
      index.add(at, end, null, i, i);
      at = end;
    }
    index.sort();
    Map<String, Integer> found = new TreeMap<>();
    String previous = "";
    for (int rank = 0; rank < index.size(); rank++) {
      int from = index.keyAt(rank);
      String key = new String(body, from, index.keyEnd(rank) - from, US_ASCII);
      assertThat(rank == 0 || previous.compareTo(key) < 0)
          .as("order at rank %d", rank)
          .isTrue();
      found.put(key, index.valueAt(rank));
      previous = key;
    }
    return found;
  }
}
