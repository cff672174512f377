package dev.seamark.ingest.write;

import dev.seamark.ingest.write.plan.Event.CommitFailure;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;

/** What the Kafka client's exceptions say of a commit that failed. */
final class CommitAnswer {
  private CommitAnswer() {}

  /**
   * {@code REFUSED} if the group has answered, {@code LOST} where that isn't certain: a request
   * that was sent and ran into a timeout or a broken connection may still be carried out.
   */
  static CommitFailure of(Exception failed) {
    var answered = false;
    for (Throwable each = failed; each != null; each = each.getCause()) {
      switch (each) {
        case TimeoutException _, DisconnectException _, InterruptException _, WakeupException _ -> {
          return CommitFailure.LOST;
        }
        case ApiException _, CommitFailedException _ -> answered = true;
        default -> {}
      }
    }
    return answered ? CommitFailure.REFUSED : CommitFailure.LOST;
  }
}
