package dev.seamark.standalone.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.block.Block;
import dev.seamark.block.Column;
import dev.seamark.block.LongColumn;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A writer that repeats its insert until it is acknowledged, while the engine is killed under it.
 */
class EngineCrashTest {
  private static final int ROWS = 5_000;
  private static final int KILLS = 3;

  @TempDir
  Path data;

  @Test
  @Timeout(120)
  void killsLoseNothingAcknowledgedAndDoubleNothing() throws Exception {
    try (Engine engine = EngineFixture.start(data)) {
      ClickHouseHttp clickhouse = new ClickHouseHttp(engine.address(), "default");
      clickhouse.run(
          "CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 10000");
      AtomicInteger acknowledged = new AtomicInteger();
      AtomicBoolean enough = new AtomicBoolean();
      Thread writer = Thread.ofPlatform().start(() -> {
        for (int batch = 0; !enough.get(); batch++) {
          insertUntilAcknowledged(clickhouse, batch);
          acknowledged.incrementAndGet();
        }
      });

      Random random = new Random(3);
      for (int kill = 1; kill <= KILLS; kill++) {
        int before = acknowledged.get();
        int more = 5 + random.nextInt(20);
        await(() -> acknowledged.get() > before + more);
        ProcessHandle.of(engine.pid()).orElseThrow().destroyForcibly();
        int restarts = kill;
        await(() -> engine.restarts() == restarts);
        engine.awaitReady(EngineFixture.READY);
      }
      int last = acknowledged.get();
      await(() -> acknowledged.get() > last + 5);
      enough.set(true);
      writer.join();

      long rows = (long) acknowledged.get() * ROWS;
      assertThat(clickhouse.run("SELECT count(), uniqExact(n), max(n) FROM t"))
          .isEqualTo("%d\t%d\t%d".formatted(rows, rows, rows - 1));
      assertThat(clickhouse.run("CHECK TABLE t SETTINGS check_query_single_value_result = 1"))
          .isEqualTo("1");
    }
  }

  @Test
  @Timeout(60)
  void theEnginesThreadsStandBackForOtherProcesses() throws Exception {
    try (Engine engine = EngineFixture.start(data)) {
      new ClickHouseHttp(engine.address(), "default").run("SELECT 1");

      List<String> threads = new ArrayList<>();
      try (var tasks = Files.list(Path.of("/proc/" + engine.pid() + "/task"))) {
        for (Path task : tasks.toList()) {
          String stat = Files.readString(task.resolve("stat"));
          String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
          String nice = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16];
          threads.add(name + " " + nice);
        }
      }
      assertThat(threads).contains("HTTP-Dispatcher 10");
      assertThat(threads.stream().filter(it -> it.endsWith(" 10")))
          .as("%s", threads)
          .hasSizeGreaterThan(threads.size() / 2);
    }
  }

  @Test
  @Timeout(60)
  void theChildEndsWithItsParentsEndOfThePipe() throws Exception {
    Process child = new ProcessBuilder(dev.seamark.standalone.process.JavaCommand.of(
            EngineMain.class,
            EngineMain.jvmFlags(),
            List.of(
                "--data", data.toString(),
                "--port", Integer.toString(EngineFixture.freePort()),
                "--library", EngineFixture.library().toString())))
        .redirectErrorStream(true)
        .redirectOutput(data.resolve("child.log").toFile())
        .start();
    await(() -> java.nio.file.Files.readString(data.resolve("child.log")).contains("engine ready"));

    child.getOutputStream().close();

    assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(child.exitValue()).isZero();
  }

  @Test
  @Timeout(60)
  void aSecondEngineOnTheFolderIsRefused() throws Exception {
    try (Engine first = EngineFixture.start(data);
        Engine second =
            new Engine(EngineFixture.library(), data, EngineFixture.freePort(), 1L << 30, "")) {
      assertThat(first.isAlive()).isTrue();
      second.start();

      org.assertj.core.api.Assertions.assertThatThrownBy(
              () -> second.awaitReady(EngineFixture.READY))
          .hasMessageContaining("ended with code")
          .hasMessageContaining("another process may have it");
    }
  }

  private static void insertUntilAcknowledged(ClickHouseHttp clickhouse, int batch) {
    byte[] block = block(batch);
    while (true) {
      try {
        clickhouse.insert(
            "INSERT INTO t (n) FORMAT Native",
            block,
            Map.of("insert_deduplication_token", "batch" + batch));
        return;
      } catch (UncheckedIOException _) {
        // the engine is down: not acknowledged, so it is sent again
        java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      }
    }
  }

  private static byte[] block(int batch) {
    LongColumn n = (LongColumn) Column.of("UInt64");
    for (int row = 0; row < ROWS; row++) {
      n.append((long) batch * ROWS + row);
    }
    return new Block(List.of(new Block.Named("n", n))).encode();
  }

  private static void await(java.util.concurrent.Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }
}
