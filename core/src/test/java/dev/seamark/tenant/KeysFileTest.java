package dev.seamark.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.seamark.service.ConfigException;
import dev.seamark.service.Metrics;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** A keys file that changes under a running service. */
@Timeout(60)
class KeysFileTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
  private static final String OUTDATED_SINCE = "seamark_keys_outdated_since_timestamp_seconds";

  @TempDir
  private Path folder;

  private final Metrics metrics = new Metrics();
  private Path file;
  private KeysFile keys;

  @BeforeEach
  void start() throws Exception {
    file = folder.resolve("keys.yaml");
    write("first");
    keys = new KeysFile(file, Duration.ofHours(1), CLOCK, metrics.registry());
    keys.start();
  }

  @AfterEach
  void stop() {
    keys.stop(Duration.ofSeconds(1));
  }

  private static String yaml(String secret) {
    return """
        tenants: {%1$s: {}}
        keys: {%1$s: {hash: "%2$s", tenant: %1$s, scopes: [ingest]}}
        """.formatted(secret, Fingerprint.of(secret));
  }

  private void write(String secret) throws IOException {
    Files.writeString(file, yaml(secret));
  }

  private void lookTwice() {
    keys.look();
    keys.look();
  }

  private boolean knows(String secret) {
    return keys.get().judge(Credentials.ofSecret(secret), Scope.INGEST) instanceof Verdict.Admitted;
  }

  private String metric(String name) {
    return metrics
        .text()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> line.substring(name.length() + 1))
        .findFirst()
        .orElse("none");
  }

  @Test
  void aChangeHoldsOnceItWasSeenTwice() throws Exception {
    assertThat(knows("first")).isTrue();
    write("second");

    keys.look();
    assertThat(knows("first")).as("it may be half written").isTrue();
    keys.look();

    assertThat(knows("first")).isFalse();
    assertThat(knows("second")).isTrue();
  }

  @Test
  void timeAndSizeDoNotHideAChange() throws Exception {
    FileTime before = Files.getLastModifiedTime(file);
    write("later");
    Files.setLastModifiedTime(file, before);

    lookTwice();

    assertThat(knows("later")).isTrue();
  }

  @Test
  void aFileThatIsStillBeingWrittenIsNotRead() throws Exception {
    Files.writeString(file, "tenants: {a: {}}\n");
    keys.look();
    write("whole");
    keys.look();
    assertThat(metric("seamark_keys_reload_failures_total")).isEqualTo("0.0");

    keys.look();

    assertThat(knows("whole")).isTrue();
    assertThat(metric("seamark_keys_reload_failures_total")).isEqualTo("0.0");
  }

  @Test
  void aFileThatIsRefusedLeavesTheKeysAndIsCountedOnce() throws Exception {
    Files.writeString(file, yaml("second") + "oops: 1\n");
    lookTwice();
    lookTwice();

    assertThat(knows("first")).isTrue();
    assertThat(knows("second")).isFalse();
    assertThat(metric("seamark_keys_reload_failures_total")).isEqualTo("1.0");

    write("third");
    lookTwice();
    assertThat(knows("third")).isTrue();
    assertThat(metric("seamark_keys_loaded_timestamp_seconds")).isEqualTo("1.7E9");
    assertThat(metric("seamark_keys")).isEqualTo("1.0");
  }

  @Test
  void anEmptyOrMissingFileLocksNobodyOutAndLetsNobodyIn() throws Exception {
    Files.writeString(file, "");
    lookTwice();
    assertThat(knows("first")).isTrue();
    assertThat(knows("other")).isFalse();

    Files.delete(file);
    lookTwice();
    assertThat(knows("first")).isTrue();
    assertThat(metric("seamark_keys_reload_failures_total")).isEqualTo("2.0");

    write("first");
    lookTwice();
    assertThat(knows("first")).isTrue();
  }

  @Test
  void aMissingFileIsShownAsLongAsItIsMissing() throws Exception {
    assertThat(metric(OUTDATED_SINCE)).isEqualTo("0.0");
    Files.delete(file);
    keys.look();
    assertThat(metric(OUTDATED_SINCE)).as("it may be being exchanged").isEqualTo("0.0");

    keys.look();
    assertThat(metric(OUTDATED_SINCE)).isEqualTo("1.7E9");
    Files.writeString(file, "");
    lookTwice();
    assertThat(metric(OUTDATED_SINCE)).as("of the first of two reasons").isEqualTo("1.7E9");
    assertThat(knows("first")).isTrue();

    write("first");
    lookTwice();
    assertThat(metric(OUTDATED_SINCE)).isEqualTo("0.0");
  }

  @Test
  void aMissingFileIsToldEachMinuteAndThenNoMore() throws Exception {
    var now = new AtomicReference<>(NOW);
    InstantSource clock = now::get;
    var errors = new AtomicInteger();
    var watched = new KeysFile(
        file,
        Duration.ofHours(1),
        clock.withZone(ZoneOffset.UTC),
        new Metrics().registry(),
        counting(errors));
    watched.start();
    Files.delete(file);

    for (int second = 0; second < 150; second++) {
      now.set(NOW.plusSeconds(second));
      watched.look();
    }
    assertThat(errors).as("at the second look, and after one and two minutes").hasValue(3);

    write("first");
    for (int second = 150; second < 300; second++) {
      now.set(NOW.plusSeconds(second));
      watched.look();
    }
    assertThat(errors).hasValue(3);
    watched.stop(Duration.ofSeconds(1));
  }

  /** A log that counts its errors. */
  private static Logger counting(AtomicInteger errors) {
    return (Logger) Proxy.newProxyInstance(
        Logger.class.getClassLoader(), new Class<?>[] {Logger.class}, (_, method, _) -> {
          if (method.getName().equals("error")) {
            errors.incrementAndGet();
          }
          return null;
        });
  }

  @Test
  void anotherFileInItsPlaceIsSeen() throws Exception {
    Path next = Files.writeString(folder.resolve("next.yaml"), yaml("moved"));
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);

    lookTwice();

    assertThat(knows("moved")).isTrue();
  }

  @Test
  void whoeverAsksDuringAReloadGetsOneRingOrTheOther() throws Exception {
    var ended = new AtomicBoolean();
    Callable<Long> asking = () -> {
      long asked = 0;
      while (!ended.get()) {
        KeyRing ring = keys.get();
        boolean first =
            ring.judge(Credentials.ofSecret("first"), Scope.INGEST) instanceof Verdict.Admitted;
        boolean second =
            ring.judge(Credentials.ofSecret("second"), Scope.INGEST) instanceof Verdict.Admitted;
        assertThat(first).as("one of them, never both or none").isNotEqualTo(second);
        asked++;
      }
      return asked;
    };
    try (ExecutorService askers = Executors.newFixedThreadPool(3)) {
      List<Future<Long>> answers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        answers.add(askers.submit(asking));
      }
      try {
        for (int i = 0; i < 200; i++) {
          write(i % 2 == 0 ? "second" : "first");
          lookTwice();
          assertThat(knows(i % 2 == 0 ? "second" : "first")).isTrue();
        }
      } finally {
        ended.set(true);
      }
      for (Future<Long> answer : answers) {
        assertThat(answer.get()).isPositive();
      }
    }
  }

  @Test
  void theWatchLooksByItself() throws Exception {
    var watched = new KeysFile(file, Duration.ofMillis(5), CLOCK, new Metrics().registry());
    watched.start();
    try {
      write("second");
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (watched.get().judge(Credentials.ofSecret("second"), Scope.INGEST)
          instanceof Verdict.Refused) {
        assertThat(System.nanoTime()).as("within 20 s").isLessThan(deadline);
        Thread.onSpinWait();
      }
    } finally {
      watched.stop(Duration.ofSeconds(1));
    }
  }

  @Test
  void nothingStartsWithoutKeys() throws Exception {
    var none = new KeysFile(
        folder.resolve("none.yaml"), Duration.ofHours(1), CLOCK, new Metrics().registry());
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(none::start)
        .withMessageContaining("none.yaml can't be read");
    assertThatIllegalStateException().isThrownBy(none::get);

    Files.writeString(file, "keys: {}");
    var broken = new KeysFile(file, Duration.ofHours(1), CLOCK, new Metrics().registry());
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(broken::start)
        .withMessageContaining("keys.yaml:1: tenants must be given");
  }
}
