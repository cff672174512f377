package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.decode.Signal;
import dev.seamark.tenant.Sender;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/**
 * One request from its head to its answer: what it holds of the budget, and its place in the
 * counters. It is answered once, on its own event loop, whatever thread its outcome comes from.
 */
abstract class Call {
  private final Vertx vertx;
  private final Context loop;
  private final Intake intake;
  private final HttpServerRequest request;
  private final Signal signal;
  private final Budget.Lease lease;
  private final long startNanos;
  private @Nullable Toll toll;

  Call(Vertx vertx, Intake intake, HttpServerRequest request, Signal signal) {
    this.vertx = vertx;
    this.loop = vertx.getOrCreateContext();
    this.intake = intake;
    this.request = request;
    this.signal = signal;
    this.lease = intake.lease();
    this.startNanos = intake.begin(signal);
  }

  /** Writes the answer in the protocol's words. */
  abstract void write(HttpServerResponse response, Outcome outcome);

  final HttpServerRequest request() {
    return request;
  }

  final Signal signal() {
    return signal;
  }

  /** The request comes from a sender that may send: whose budget and allowances it takes from. */
  final Toll from(Sender sender) {
    lease.holdFor(sender.tenant(), sender.limits().weight());
    Toll taken = intake.toll(sender);
    toll = taken;
    return taken;
  }

  final Budget.Lease lease() {
    return lease;
  }

  final void answerWith(Future<Outcome> outcome) {
    outcome.onComplete(
        answer -> loop.runOnContext(_ -> answer(answer)),
        failure -> loop.runOnContext(_ -> fail(failure)));
  }

  final void answer(Outcome outcome) {
    lease.close();
    Toll taken = toll;
    intake.end(signal, taken == null ? null : taken.sender(), outcome, startNanos);
    if (taken != null && outcome instanceof Outcome.Refused refused && refused.mayBeRepeated()) {
      taken.giveBack();
    }
    HttpServerResponse response = request.response();
    if (!response.closed() && !response.ended()) {
      write(response, outcome);
    }
    HttpBody.discard(vertx, request);
  }

  private void fail(Throwable cause) {
    if (cause instanceof Refusal refusal) {
      answer(Outcome.Refused.of(refusal));
    } else if (cause instanceof HttpBody.SenderGone) {
      lease.close();
      intake.endUnanswered(signal);
    } else {
      answer(Intake.bug(cause));
    }
  }
}
