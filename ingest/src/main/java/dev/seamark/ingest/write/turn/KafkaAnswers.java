package dev.seamark.ingest.write.turn;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.ApiException;

/** Waiting for what an admin client asked. */
public final class KafkaAnswers {
  private static final int SECONDS = 10;

  private KafkaAnswers() {}

  /**
   * The answer. Throws the exception that Kafka answered with, and otherwise a KafkaException with
   * what was asked in it.
   *
   * @param asked what can't be done without it: "topic x can't be described"
   */
  public static <T> T of(KafkaFuture<T> answer, String asked) {
    try {
      return answer.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ApiException said
          ? said
          : new KafkaException(asked, e.getCause());
    } catch (TimeoutException e) {
      throw new KafkaException(asked + " in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted", e);
    }
  }
}
