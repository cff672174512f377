package dev.seamark.standalone.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ChildProcessTest {
  private static final Duration LONG = Duration.ofSeconds(10);

  @TempDir
  Path folder;

  @Test
  void isReadyWhenItsProbeSaysSo() throws Exception {
    try (ChildProcess child = child("touch up; cat")) {
      child.start();

      child.awaitReady(LONG);

      assertThat(child.isAlive()).isTrue();
      assertThat(ProcessHandle.of(child.pid())).isPresent();
    }
  }

  @Test
  void stopEndsIt() throws Exception {
    ChildProcess child = child("touch up; cat");
    child.start();
    child.awaitReady(LONG);
    long pid = child.pid();

    child.stop(LONG);

    assertThat(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)).isFalse();
    assertThat(child.restarts()).isZero();
  }

  @Test
  void stopKillsOneThatDoesNotListen() throws Exception {
    ChildProcess child = child("trap '' TERM; touch up; while :; do sleep 0.05; done");
    child.start();
    child.awaitReady(LONG);

    child.stop(Duration.ofMillis(200));

    assertThat(child.isAlive()).isFalse();
  }

  @Test
  void endBeforeReadyIsFinalAndTellsWhatTheChildSaid() {
    try (ChildProcess child = child("echo no such disk; exit 7")) {
      child.start();

      assertThatThrownBy(() -> child.awaitReady(LONG))
          .isInstanceOf(ChildFailed.class)
          .hasMessageContaining("ended with code 7")
          .hasMessageContaining("no such disk");
      assertThat(child.restarts()).isZero();
    }
  }

  @Test
  void aNewStartThatFailsIsTriedAgain() throws Exception {
    Path work = Files.createDirectory(folder.resolve("work"));
    try (ChildProcess child = new ChildProcess(
        "child",
        List.of("/bin/sh", "-c", "touch ../up; cat"),
        work,
        folder.resolve("child.log"),
        () -> Files.exists(folder.resolve("up")))) {
      child.start();
      child.awaitReady(LONG);
      long first = child.pid();
      Files.delete(work);

      ProcessHandle.of(first).orElseThrow().destroyForcibly();
      while (child.restarts() < 2) {
        Thread.onSpinWait(); // a start without its folder has failed
      }
      Files.createDirectory(work);

      while (!child.isAlive()) {
        Thread.onSpinWait();
      }
      assertThat(child.pid()).isNotEqualTo(first);
    }
  }

  @Test
  void crashAfterReadyIsFollowedByANewStart() throws Exception {
    try (ChildProcess child = child("touch up; cat")) {
      child.start();
      child.awaitReady(LONG);
      long first = child.pid();

      ProcessHandle.of(first).orElseThrow().destroyForcibly();

      await(() -> child.restarts() == 1);
      child.awaitReady(LONG);
      assertThat(child.pid()).isNotEqualTo(first);
    }
  }

  @Test
  void environmentReachesTheChild() throws Exception {
    try (ChildProcess child = new ChildProcess(
        "env",
        List.of("/bin/sh", "-c", "echo $SECRET > up; cat"),
        Map.of("SECRET", "s3"),
        folder,
        folder.resolve("child.log"),
        () -> Files.exists(folder.resolve("up")))) {
      child.start();
      child.awaitReady(LONG);

      await(() -> "s3\n".equals(Files.readString(folder.resolve("up"))));
    }
  }

  @Test
  void ctrlCDoesNotReachTheChild() throws Exception {
    try (ChildProcess child = child("touch up; cat")) {
      child.start();
      child.awaitReady(LONG);

      new ProcessBuilder("kill", "-INT", Long.toString(child.pid())).start().waitFor();

      assertThat(ProcessHandle.of(child.pid()).orElseThrow().onExit())
          .failsWithin(Duration.ofMillis(200));
    }
  }

  @Test
  void lifelineEndsWithItsStream() throws Exception {
    var cut = new java.util.concurrent.CountDownLatch(1);
    var parent = new java.io.PipedOutputStream();
    Lifeline.hold(new java.io.PipedInputStream(parent), cut::countDown);
    parent.write(1);
    assertThat(cut.getCount()).isOne();

    parent.close();

    assertThat(cut.await(10, TimeUnit.SECONDS)).isTrue();
  }

  private ChildProcess child(String script) {
    return new ChildProcess(
        "child",
        List.of("/bin/sh", "-c", script),
        folder,
        folder.resolve("child.log"),
        () -> Files.exists(folder.resolve("up")));
  }

  private static void await(java.util.concurrent.Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + LONG.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("deadline").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }
}
