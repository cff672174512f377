package dev.seamark.ingest.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.decode.Decoded;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A chunk that comes again is stored once. */
class ChunkMemoryTest {
  private static final Outcome STORED = new Outcome.Stored(Decoded.all(3));
  private static final Outcome BUSY = new Outcome.Refused(Reason.BUSY, "later");

  private final AtomicLong nanos = new AtomicLong(-5);
  private final ChunkMemory memory = memory(Duration.ofMinutes(15), 3);
  private final List<Long> attempts = new ArrayList<>();

  private ChunkMemory memory(Duration kept, int most) {
    return new ChunkMemory(kept, most, nanos::get, new FluentMetrics(new PrometheusRegistry()));
  }

  @Test
  void aStoredChunkIsNotStoredAgainFor15Minutes() {
    assertThat(send(1, STORED)).isEqualTo(STORED);
    nanos.addAndGet(Duration.ofMinutes(15).toNanos() - 1);
    assertThat(send(1, BUSY)).as("known").isInstanceOf(Outcome.Stored.class);
    assertThat(attempts).containsExactly(1L);

    nanos.addAndGet(1);
    assertThat(send(1, STORED)).isEqualTo(STORED);
    assertThat(attempts).as("forgotten").containsExactly(1L, 1L);
  }

  @Test
  void aFailedChunkIsForgotten() {
    assertThat(send(1, BUSY)).isEqualTo(BUSY);
    assertThat(send(1, STORED)).isEqualTo(STORED);
    assertThat(send(1, BUSY)).isInstanceOf(Outcome.Stored.class);
    assertThat(attempts).containsExactly(1L, 1L);
  }

  @Test
  void aSecondAttemptWaitsForTheFirst() {
    Promise<Outcome> first = Promise.promise();
    Future<Outcome> one = memory.once(chunk(1), first::future);
    Future<Outcome> two = memory.once(chunk(1), () -> Future.succeededFuture(STORED));
    assertThat(two.isComplete()).isFalse();

    first.complete(STORED);

    assertThat(one.result()).isEqualTo(STORED);
    assertThat(two.result()).isInstanceOf(Outcome.Stored.class);
    assertThat(((Outcome.Stored) two.result()).decoded().accepted())
        .as("counted once")
        .isZero();
  }

  @Test
  void aSecondAttemptFailsWithTheFirstAndAThirdTriesAnew() {
    Promise<Outcome> first = Promise.promise();
    memory.once(chunk(1), first::future);
    Future<Outcome> two = memory.once(chunk(1), () -> Future.succeededFuture(STORED));
    first.fail(Refusal.busy());

    assertThat(two.cause()).isInstanceOf(Refusal.class);
    assertThat(send(1, STORED)).isEqualTo(STORED);
    assertThat(attempts).containsExactly(1L);
  }

  @Test
  void anAttemptThatThrowsIsAFailureAndIsForgotten() {
    Future<Outcome> thrown = memory.once(chunk(1), () -> {
      throw new IllegalStateException("a bug");
    });

    assertThat(thrown.cause()).hasMessage("a bug");
    assertThat(send(1, STORED)).isEqualTo(STORED);
  }

  @Test
  void theOldestIsForgottenWhereThereAreTooMany() {
    for (long i = 1; i <= 4; i++) {
      send(i, STORED);
    }
    send(2, STORED);
    send(1, STORED);
    assertThat(attempts).containsExactly(1L, 2L, 3L, 4L, 1L);
  }

  @Test
  void otherTenantsChunksAreOthers() {
    send(1, STORED);
    Future<Outcome> other =
        memory.once(new ChunkMemory.Chunk("other", 0, 1), () -> Future.succeededFuture(BUSY));
    assertThat(other.result()).isEqualTo(BUSY);
  }

  @Test
  void nothingIsRememberedWhereTheSettingSaysSo() {
    ChunkMemory none = memory(Duration.ZERO, 3);
    none.once(chunk(1), () -> Future.succeededFuture(STORED));
    assertThat(none.once(chunk(1), () -> Future.succeededFuture(BUSY)).result()).isEqualTo(BUSY);
  }

  private Outcome send(long id, Outcome outcome) {
    Future<Outcome> future = memory.once(chunk(id), () -> {
      attempts.add(id);
      return Future.succeededFuture(outcome);
    });
    return future.result();
  }

  private static ChunkMemory.Chunk chunk(long id) {
    return new ChunkMemory.Chunk("tenant", 0, id);
  }
}
