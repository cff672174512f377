package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.batch.Journal;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Signal;
import dev.seamark.tenant.Credentials;
import dev.seamark.tenant.Sender;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all protocols share: who sends, how much may be in flight, decoding, batching, and waiting
 * for every acknowledgement. Bodies up to 1 MiB (inflated) are decoded where they arrive, on the
 * event loop; larger ones on workers, so that they don't hold up the small ones. Thread-safe.
 *
 * <p>Requests: received = answered + unanswered (their sender hung up) + in flight. Items (log
 * records, spans, data points) of the requests that could be decoded: received = stored + refused +
 * in flight.
 */
public final class Intake {
  private static final Logger log = LoggerFactory.getLogger(Intake.class);

  /** The largest body that an event loop decodes. */
  static final int LOOP_BYTES_MAX = 1024 * 1024;

  private final Counter requestsReceived;
  private final Counter requestsAnswered;
  private final Counter requestsUnanswered;
  private final Counter itemsReceived;
  private final Counter itemsStored;
  private final Counter itemsRefused;
  private final Gauge itemsInFlight;
  private final Counter bodyBytes;
  private final Histogram requestSeconds;

  private final Batcher batcher;
  private final Admission admission;
  private final Budget budget;
  private final Clock clock;
  private final Supplier<DecodeLane> lanes;
  private final int bodyBytesMax;
  private final WorkerExecutor workers;
  private final BlockingQueue<DecodeLane> workerLanes;
  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile boolean draining;

  /**
   * @param lanes makes a lane for each thread that decodes
   * @param bodyBytesMax the largest body, inflated and as it comes
   */
  public Intake(
      Vertx vertx,
      Admission admission,
      Batcher batcher,
      Budget budget,
      Supplier<DecodeLane> lanes,
      int bodyBytesMax,
      int largeBodyThreads,
      Clock clock,
      PrometheusRegistry registry) {
    this.admission = admission;
    this.batcher = batcher;
    this.budget = budget;
    this.clock = clock;
    this.lanes = lanes;
    this.bodyBytesMax = bodyBytesMax;
    this.workers = vertx.createSharedWorkerExecutor("seamark-large-body", largeBodyThreads);
    this.workerLanes = new ArrayBlockingQueue<>(largeBodyThreads);
    requestsReceived =
        counter("requests_received", "Requests that came in.", "signal").register(registry);
    requestsAnswered = counter(
            "requests_answered", "Requests by their answer.", "signal", "outcome")
        .register(registry);
    requestsUnanswered = counter(
            "requests_unanswered", "Requests whose sender hung up in the body.", "signal")
        .register(registry);
    itemsReceived = counter(
            "items_received", "Log records, spans and data points decoded.", "signal")
        .register(registry);
    itemsStored =
        counter("items_stored", "Items acknowledged by Kafka.", "signal").register(registry);
    itemsRefused = counter("items_refused", "Items not stored, by reason.", "signal", "reason")
        .register(registry);
    itemsInFlight = Gauge.builder()
        .name("seamark_ingest_items_in_flight")
        .help("Items decoded that wait for their acknowledgement.")
        .labelNames("signal")
        .register(registry);
    bodyBytes = counter("body_bytes", "Bytes of bodies as they came, compressed.", "signal")
        .register(registry);
    requestSeconds = Histogram.builder()
        .name("seamark_ingest_request_seconds")
        .help("From a request's head to its answer.")
        .labelNames("signal")
        .classicOnly()
        .classicUpperBounds(.005, .01, .025, .05, .075, .1, .25, .5, 1, 2.5, 5, 10)
        .register(registry);
    GaugeWithCallback.builder()
        .name("seamark_ingest_requests_in_flight")
        .help("Requests that are not answered yet.")
        .callback(callback -> callback.call(inFlight.get()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("seamark_ingest_bytes_in_flight")
        .help("Bytes that requests hold of ingest.batch.in-flight-bytes-max.")
        .callback(callback -> callback.call((double) budget.held()))
        .register(registry);
  }

  private static Counter.Builder counter(String name, String help, String... labels) {
    return Counter.builder()
        .name("seamark_ingest_" + name + "_total")
        .help(help)
        .labelNames(labels);
  }

  /** A lane for a thread that receives. */
  DecodeLane newLane() {
    return lanes.get();
  }

  int bodyBytesMax() {
    return bodyBytesMax;
  }

  Budget.Lease lease() {
    return budget.lease();
  }

  /** Requests that are not answered yet. */
  public int inFlight() {
    return inFlight.get();
  }

  /** From now on new requests are refused with UNAVAILABLE; those in flight go on. */
  public void refuseNew() {
    draining = true;
  }

  public boolean refusesNew() {
    return draining;
  }

  /** Stops the workers; no request may be in flight. */
  public Future<Void> close() {
    return workers.close();
  }

  /** A request came in; returns when, in {@code nanoTime}. */
  long begin(Signal signal) {
    inFlight.incrementAndGet();
    requestsReceived.labelValues(label(signal)).inc();
    return System.nanoTime();
  }

  /** A request was answered. */
  void end(Signal signal, Outcome outcome, long startNanos) {
    String label = switch (outcome) {
      case Outcome.Stored _ -> "stored";
      case Outcome.Refused refused -> refused.reason().label();
    };
    requestsAnswered.labelValues(label(signal), label).inc();
    requestSeconds.labelValues(label(signal)).observe((System.nanoTime() - startNanos) / 1e9);
    inFlight.decrementAndGet();
  }

  /** A request's sender hung up. */
  void endUnanswered(Signal signal) {
    requestsUnanswered.labelValues(label(signal)).inc();
    inFlight.decrementAndGet();
  }

  /**
   * Who sends, by the request's credentials. Asked for each request: a connection outlives keys.
   */
  Sender admit(Credentials credentials) throws Refusal {
    if (draining) {
      throw new Refusal(Reason.UNAVAILABLE, "this ingester is stopping: repeat at another one");
    }
    return admission.admit(credentials);
  }

  /**
   * Takes a whole body in.
   *
   * @param lease holds the body's bytes already; what is held beyond the acknowledgement is the
   *     caller's to give back
   * @param lane of the calling thread
   * @return completes when every row is acknowledged, or none will be
   */
  Future<Outcome> accept(Arrival arrival, Budget.Lease lease, DecodeLane lane) {
    bodyBytes.labelValues(label(arrival.signal())).inc(arrival.size());
    if (arrival.size() > LOOP_BYTES_MAX) {
      return acceptOnWorker(arrival, lease);
    }
    try {
      return take(arrival, Math.min(bodyBytesMax, LOOP_BYTES_MAX), lease, lane);
    } catch (Refusal refusal) {
      return refusal.reason() == Reason.TOO_LARGE && bodyBytesMax > LOOP_BYTES_MAX
          ? acceptOnWorker(arrival, lease) // it inflates to more than a loop decodes
          : Future.failedFuture(refusal);
    }
  }

  private Future<Outcome> acceptOnWorker(Arrival arrival, Budget.Lease lease) {
    return workers
        .executeBlocking(
            () -> {
              DecodeLane free = workerLanes.poll();
              DecodeLane lane = free == null ? lanes.get() : free;
              try {
                return take(arrival, bodyBytesMax, lease, lane);
              } finally {
                workerLanes.add(lane); // there are as many places as threads
              }
            },
            false)
        .compose(outcome -> outcome);
  }

  /** Decodes a body and hands its rows on; from then on the lane is free again. */
  private Future<Outcome> take(Arrival arrival, int bytesMax, Budget.Lease lease, DecodeLane lane)
      throws Refusal {
    long heldBefore = lease.bytes();
    try {
      Instant now = clock.instant();
      Decoded decoded = lane.decode(arrival, bytesMax, nanos(now), lease);
      Items items = new Items(arrival.signal(), decoded);
      if (!lease.tryGrow(lane.rowBytes())) {
        items.refused(Reason.BUSY);
        throw Refusal.busy();
      }
      Future<Void> acked = scatter(arrival, now, lane, items);
      lease.shrink(lease.bytes() - lane.rowBytes()); // the body itself isn't needed any more
      return acked
          .map(_ -> items.stored())
          .recover(cause -> Future.succeededFuture(items.notAcknowledged(cause)));
    } catch (Refusal refusal) {
      lease.shrink(lease.bytes() - heldBefore);
      throw refusal;
    } finally {
      lane.clear();
    }
  }

  private Future<Void> scatter(Arrival arrival, Instant now, DecodeLane lane, Items items) {
    boolean whole = false;
    try {
      Future<Void> acked = lane.scatter(arrival, now.toEpochMilli(), batcher);
      whole = true;
      return acked;
    } finally {
      if (!whole) {
        items.refused(Reason.INTERNAL);
      }
    }
  }

  private static long nanos(Instant instant) {
    return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
  }

  /** The answer to a request that hit a bug, or that memory didn't suffice for; it is logged. */
  static Outcome bug(Throwable cause) {
    if (cause instanceof OutOfMemoryError) {
      log.error("request failed for want of memory", cause);
      return new Outcome.Refused(Reason.UNAVAILABLE, "out of memory: repeat later");
    }
    log.error("request failed by a bug", cause);
    return new Outcome.Refused(Reason.INTERNAL, "internal error: see the ingester's log");
  }

  private static String label(Signal signal) {
    return signal.name().toLowerCase(Locale.ROOT);
  }

  /** The items of one request in the counters. */
  private final class Items {
    private final String signal;
    private final Decoded decoded;

    Items(Signal signal, Decoded decoded) {
      this.signal = label(signal);
      this.decoded = decoded;
      int ofOtherReplica = decoded.written().ofOtherReplica();
      itemsReceived
          .labelValues(this.signal)
          .inc((long) decoded.accepted() + decoded.rejected() + ofOtherReplica);
      itemsRefused.labelValues(this.signal, "item").inc(decoded.rejected());
      itemsRefused.labelValues(this.signal, "replica").inc(ofOtherReplica);
      itemsInFlight.labelValues(this.signal).inc(decoded.accepted());
    }

    Outcome stored() {
      itemsStored.labelValues(signal).inc(decoded.accepted());
      itemsInFlight.labelValues(signal).dec(decoded.accepted());
      return new Outcome.Stored(decoded);
    }

    void refused(Reason reason) {
      itemsRefused.labelValues(signal, reason.label()).inc(decoded.accepted());
      itemsInFlight.labelValues(signal).dec(decoded.accepted());
    }

    Outcome notAcknowledged(Throwable cause) {
      if (cause instanceof Journal.NotAcknowledged) {
        refused(Reason.UNAVAILABLE);
        return new Outcome.Refused(Reason.UNAVAILABLE, String.valueOf(cause.getMessage()));
      }
      refused(Reason.INTERNAL);
      return bug(cause);
    }
  }
}
