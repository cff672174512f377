package dev.seamark.ingest.write;

import static org.assertj.core.api.Assertions.assertThat;

import dev.seamark.ingest.write.plan.Event.CommitFailure;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.RetriableCommitFailedException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.CoordinatorLoadInProgressException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.Test;

class CommitAnswerTest {
  @Test
  void whatTheGroupAnsweredCanBeTriedAgain() {
    assertThat(CommitAnswer.of(new CommitFailedException())).isEqualTo(CommitFailure.REFUSED);
    assertThat(CommitAnswer.of(GroupAuthorizationException.forGroupId("g")))
        .isEqualTo(CommitFailure.REFUSED);
    assertThat(CommitAnswer.of(
            new RetriableCommitFailedException(new CoordinatorLoadInProgressException("loading"))))
        .isEqualTo(CommitFailure.REFUSED);
  }

  @Test
  void whatMayStillBeUnderWayIsLost() {
    assertThat(CommitAnswer.of(new TimeoutException("30 s"))).isEqualTo(CommitFailure.LOST);
    assertThat(CommitAnswer.of(
            new RetriableCommitFailedException(new DisconnectException("broken off"))))
        .isEqualTo(CommitFailure.LOST);
    assertThat(CommitAnswer.of(new WakeupException())).isEqualTo(CommitFailure.LOST);
  }

  @Test
  void whatIsNotKnownHereIsLost() {
    assertThat(CommitAnswer.of(new KafkaException("unexpected"))).isEqualTo(CommitFailure.LOST);
  }
}
