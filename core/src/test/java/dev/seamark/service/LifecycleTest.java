package dev.seamark.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class LifecycleTest {
  private static final Duration LONG = Duration.ofSeconds(10);
  private final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
  private final Lifecycle lifecycle = new Lifecycle();

  private class Recorded implements Part {
    private final String name;

    Recorded(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void start() throws Exception {
      events.add("+" + name);
    }

    @Override
    public void stop(Duration within) throws Exception {
      events.add("-" + name);
    }
  }

  @Test
  void partsStopInReverse() throws Exception {
    lifecycle.start(new Recorded("broker"));
    lifecycle.start(new Recorded("writer"));
    lifecycle.start(new Recorded("door"));

    boolean clean = lifecycle.stop(LONG);

    assertThat(clean).isTrue();
    assertThat(events)
        .containsExactly("+broker", "+writer", "+door", "-door", "-writer", "-broker");
  }

  @Test
  void partsGivenTogetherStartAtTheSameTime() throws Exception {
    var bothAreStarting = new CyclicBarrier(2);
    class Meeting extends Recorded {
      Meeting(String name) {
        super(name);
      }

      @Override
      public void start() throws Exception {
        bothAreStarting.await(5, TimeUnit.SECONDS);
        super.start();
      }
    }

    lifecycle.start(new Meeting("engine"), new Meeting("broker"));

    assertThat(events).containsExactlyInAnyOrder("+engine", "+broker");
  }

  @Test
  void partsInOrderAreOnePart() throws Exception {
    lifecycle.start(Lifecycle.inOrder("kafka", new Recorded("broker"), new Recorded("topics")));
    lifecycle.stop(LONG);

    assertThat(events).containsExactly("+broker", "+topics", "-topics", "-broker");
  }

  @Test
  void aPartThatFailedToStartIsStoppedToo() throws Exception {
    lifecycle.start(new Recorded("broker"));
    var broken = new Recorded("door") {
      @Override
      public void start() {
        throw new IllegalStateException("port 4318 is taken");
      }
    };

    assertThatThrownBy(() -> lifecycle.start(broken)).hasMessage("port 4318 is taken");
    lifecycle.stop(LONG);

    assertThat(events).containsExactly("+broker", "-door", "-broker");
  }

  @Test
  void noPartIsStoppedWhileItStarts() throws Exception {
    var theOtherFailed = new CountDownLatch(1);
    var stopped = new CountDownLatch(1);
    var broken = new Recorded("engine") {
      @Override
      public void start() {
        theOtherFailed.countDown();
        throw new IllegalStateException("no engine");
      }
    };
    var slow = new Recorded("broker") {
      @Override
      public void start() throws Exception {
        theOtherFailed.await();
        assertThat(stopped.await(100, TimeUnit.MILLISECONDS))
            .as("stopped meanwhile")
            .isFalse();
        super.start();
      }

      @Override
      public void stop(Duration within) throws Exception {
        stopped.countDown();
        super.stop(within);
      }
    };

    assertThatThrownBy(() -> lifecycle.start(broken, slow)).hasMessage("no engine");
    lifecycle.stop(LONG);

    assertThat(events.peek()).isEqualTo("+broker");
    assertThat(events).containsExactlyInAnyOrder("+broker", "-broker", "-engine");
  }

  @Test
  void partsInOrderAreAllStoppedThoughOneFails() throws Exception {
    lifecycle.start(Lifecycle.inOrder("kafka", new Recorded("broker"), new Recorded("topics") {
      @Override
      public void stop(Duration within) {
        throw new IllegalStateException("no");
      }
    }));

    assertThat(lifecycle.stop(LONG)).isFalse();

    assertThat(events).containsExactly("+broker", "+topics", "-broker");
  }

  @Test
  void onePartsFailureToStopDoesNotKeepTheOthersUp() throws Exception {
    lifecycle.start(new Recorded("broker"));
    lifecycle.start(new Recorded("writer") {
      @Override
      public void stop(Duration within) {
        throw new IllegalStateException("no");
      }
    });

    assertThat(lifecycle.stop(LONG)).isFalse();
    assertThat(events).containsExactly("+broker", "+writer", "-broker");
  }

  @Test
  void thePartsShareOneDeadline() throws Exception {
    var never = new CountDownLatch(1);
    lifecycle.start(new Recorded("broker"));
    lifecycle.start(new Recorded("stuck") {
      @Override
      public void stop(Duration within) throws Exception {
        never.await();
      }
    });

    long before = System.nanoTime();
    boolean clean = lifecycle.stop(Duration.ofMillis(50));

    assertThat(clean).isFalse();
    assertThat(events).contains("-broker");
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void nothingStartsOnceTheProcessStops() throws Exception {
    lifecycle.stop(LONG);

    assertThatThrownBy(() -> lifecycle.start(new Recorded("late")))
        .hasMessage("the process is stopping");
    assertThat(events).isEmpty();
  }
}
