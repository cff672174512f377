package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.block.Column;
import dev.seamark.block.LongColumn;
import dev.seamark.standalone.fault.SmallDisk;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk that runs full in the midst of inserts and merges, again and again. */
class FailedWritesTest {
  private static final int ROWS = 100_000;
  private static final int MEGABYTES = 2_000;

  @TempDir
  Path folder;

  @Test
  @Timeout(120)
  void nothingAcknowledgedIsLostWhereWritesFail() throws Exception {
    try (var disk = SmallDisk.mount(folder.resolve("disk"), MEGABYTES);
        var engine = EngineFixture.start(disk.folder().resolve("clickhouse"))) {
      var clickHouse = new ClickHouseHttp(engine.address(), "default");
      clickHouse.run(
          "CREATE TABLE t (n UInt64, noise UInt64) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 10000");
      var acknowledged = new AtomicInteger();
      var enough = new AtomicBoolean();
      var writer = Thread.ofPlatform().start(() -> {
        for (var batch = 0; !enough.get(); batch++) {
          insertUntilAcknowledged(clickHouse, batch);
          acknowledged.incrementAndGet();
        }
      });

      while (engine.restarts() < 3) {
        disk.fill();
        disk.free();
        var before = acknowledged.get();
        await(() -> acknowledged.get() > before + 2);
      }
      enough.set(true);
      writer.join();

      var rows = (long) acknowledged.get() * ROWS;
      assertThat(clickHouse.run(
              "SELECT count(), uniqExact(n), max(n), uniqExact(noise) = count() FROM t"))
          .isEqualTo("%d\t%d\t%d\t1".formatted(rows, rows, rows - 1));
      assertThat(clickHouse.run("CHECK TABLE t SETTINGS check_query_single_value_result = 1"))
          .isEqualTo("1");
      assertThat(Files.readString(disk.folder().resolve("clickhouse/engine.log")))
          .contains("writes to files failed, which is how a full disk shows");
    }
  }

  private static void insertUntilAcknowledged(ClickHouseHttp clickHouse, int batch) {
    var block = block(batch);
    while (true) {
      try {
        clickHouse.insert(
            "INSERT INTO t (n, noise) FORMAT Native",
            block,
            Map.of("insert_deduplication_token", "batch" + batch));
        return;
      } catch (ClickHouseHttp.Refused e) {
        assertThat(e.code).as("%s", e.getMessage()).isEqualTo(243); // NOT_ENOUGH_SPACE
      } catch (UncheckedIOException _) {
        pause(); // the engine has ended: not acknowledged, so it is sent again
      }
    }
  }

  /** Noise doesn't compress, so that every insert has something to write. */
  private static byte[] block(int batch) {
    var n = (LongColumn) Column.of("UInt64");
    var noise = (LongColumn) Column.of("UInt64");
    for (var row = 0; row < ROWS; row++) {
      var number = (long) batch * ROWS + row;
      n.append(number);
      noise.append(new java.util.SplittableRandom(number).nextLong());
    }
    return new Block(List.of(new Block.Named("n", n), new Block.Named("noise", noise))).encode();
  }

  private static void await(java.util.function.BooleanSupplier condition) {
    var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      pause();
    }
  }

  private static void pause() {
    java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
  }
}
