package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.decode.Signal;
import dev.seamark.tenant.Credentials;
import dev.seamark.tenant.Sender;
import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A door for OTLP bodies that come whole by another way than a request, such as records of a topic.
 * They count and are bounded as requests are. One a thread: bodies are decoded where {@link #take}
 * is called.
 */
public final class BodyDoor {
  private final Intake intake;
  private final DecodeLane lane;
  private final Credentials credentials;
  private final @Nullable String cluster;

  /**
   * @param credentials of whoever the bodies come from, looked at for each of them
   * @param cluster of resources that name none, or null
   */
  public BodyDoor(Intake intake, Credentials credentials, @Nullable String cluster) {
    this.intake = intake;
    this.lane = intake.newLane();
    this.credentials = credentials;
    this.cluster = cluster;
  }

  /** What became of a body. */
  public sealed interface Answer {
    /** Every accepted row is acknowledged by the broker. */
    record Stored() implements Answer {}

    /** The same body may be taken later. */
    record Later(Duration after, String why) implements Answer {}

    /** The key isn't known, or not for sending: no body is taken until that is mended. */
    record Unknown(String why) implements Answer {}

    /** This body is never taken. */
    record Never(String why) implements Answer {}
  }

  /**
   * Takes a body in OTLP's protobuf encoding.
   *
   * @return never fails; completes on any thread
   */
  public Future<Answer> take(Signal signal, byte[] body) {
    long startNanos = intake.begin(signal);
    Budget.Lease lease = intake.lease();
    Sender sender;
    try {
      sender = intake.admit(credentials);
    } catch (Refusal refusal) {
      lease.close();
      Outcome.Refused refused = Outcome.Refused.of(refusal);
      intake.end(signal, null, refused, startNanos);
      return Future.succeededFuture(
          refused.mayBeRepeated() ? answer(refused) : new Answer.Unknown(refused.message()));
    }
    return accept(signal, body, sender, lease).otherwise(BodyDoor::failed).map(outcome -> {
      lease.close();
      intake.end(signal, sender, outcome, startNanos);
      return answer(outcome);
    });
  }

  private Future<Outcome> accept(Signal signal, byte[] body, Sender sender, Budget.Lease lease) {
    try {
      if (body.length > intake.bodyBytesMax()) {
        throw Refusal.tooLarge("body", intake.bodyBytesMax());
      }
      lease.holdFor(sender.tenant(), sender.limits().weight());
      if (!lease.tryGrow(body.length)) {
        throw Refusal.busy();
      }
      return intake.accept(
          new Arrival(
              signal,
              Format.OTLP_PROTOBUF,
              Encoding.IDENTITY,
              body,
              0,
              body.length,
              sender,
              cluster),
          lease,
          lane);
    } catch (Refusal refusal) {
      return Future.failedFuture(refusal);
    } catch (RuntimeException | OutOfMemoryError bug) {
      return Future.failedFuture(bug); // answered as a request's would be
    }
  }

  private static Outcome failed(Throwable cause) {
    return cause instanceof Refusal refusal ? Outcome.Refused.of(refusal) : Intake.bug(cause);
  }

  private static Answer answer(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Stored _ -> new Answer.Stored();
      case Outcome.Refused refused -> answer(refused);
    };
  }

  private static Answer answer(Outcome.Refused refused) {
    Duration after = refused.retryAfter();
    return after == null
        ? new Answer.Never(refused.message())
        : new Answer.Later(after, refused.message());
  }
}
