package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.clickhouse.data.ClickHouseCityHash;
import dev.seamark.standalone.engine.CityHash.Hash128;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CityHashTest {

  @Test
  @SuppressWarnings("deprecation")
  void agreesWithTheClientsHashAtEveryLength() {
    byte[] bytes = new byte[1200];
    new Random(7).nextBytes(bytes);
    for (int length = 0; length < 1100; length++) {
      int from = length % 64;

      Hash128 hash = CityHash.of(bytes, from, length);

      long[] expected = ClickHouseCityHash.cityHash128(bytes, from, length);
      assertThat(hash).as("length %d", length).isEqualTo(new Hash128(expected[0], expected[1]));
    }
  }
}
