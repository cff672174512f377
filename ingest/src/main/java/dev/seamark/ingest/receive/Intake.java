package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.batch.Journal;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Replicas;
import dev.seamark.ingest.decode.Signal;
import dev.seamark.tenant.Credentials;
import dev.seamark.tenant.Sender;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all protocols share: who sends, how much may be in flight, decoding, batching, and waiting
 * for every acknowledgement. Bodies up to 1 MiB (inflated) are decoded where they arrive, on the
 * event loop; larger ones on workers, so that they don't hold up the small ones. Thread-safe.
 *
 * <p>Requests: received = answered + unanswered (their sender hung up) + in flight. Items (log
 * records, spans, data points) of the requests that could be decoded: received = stored + refused +
 * dropped + in flight.
 */
public final class Intake {
  private static final Logger log = LoggerFactory.getLogger(Intake.class);

  /** The largest body that an event loop decodes. */
  static final int LOOP_BYTES_MAX = 1024 * 1024;

  /** The tenant of requests that weren't let in, in counters. */
  private static final String NO_TENANT = "none";

  private final Counter requestsReceived;
  private final Counter requestsAnswered;
  private final Counter requestsUnanswered;
  private final Counter requestsRefused;
  private final Counter connectionsRefused;
  private final Counter headsRefused;
  private final Counter itemsReceived;
  private final Counter itemsStored;
  private final Counter itemsRefused;
  private final Counter itemsDropped;
  private final Counter kubernetesObjects;
  private final Gauge itemsInFlight;
  private final Counter bodyBytes;
  private final Histogram requestSeconds;

  private final Connections connections = new Connections();
  private final Tolls tolls = new Tolls(System::nanoTime);
  private final RefusalLog refusalLog = new RefusalLog(System::nanoTime);
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
    requestsRefused = counter(
            "requests_refused", "Requests refused, by tenant and reason.", "tenant", "reason")
        .register(registry);
    connectionsRefused = Counter.builder()
        .name("seamark_ingest_connections_refused_total")
        .help("Connections beyond ingest.receive.connections-max, closed at once.")
        .register(registry);
    headsRefused = counter(
            "heads_refused",
            "Requests whose head was too slow, too large or not"
                + " HTTP; they don't count as received.",
            "reason")
        .register(registry);
    itemsReceived = counter(
            "items_received", "Log records, spans and data points decoded.", "signal")
        .register(registry);
    itemsStored =
        counter("items_stored", "Items acknowledged by Kafka.", "signal").register(registry);
    itemsRefused = counter(
            "items_refused", "Items not stored, by reason.", "signal", "tenant", "reason")
        .register(registry);
    itemsDropped = counter(
            "items_dropped", "Items that a tenant's rule dropped.", "signal", "tenant", "rule")
        .register(registry);
    kubernetesObjects = counter(
            "kubernetes_objects", "Kubernetes objects among log records.", "outcome")
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
        .name("seamark_ingest_connections")
        .help("Connections open now, over all ports of the ingester.")
        .callback(callback -> callback.call(connections.open()))
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

  /** What a request of a sender takes of the tenant's allowances. */
  Toll toll(Sender sender) {
    return tolls.of(sender);
  }

  /**
   * A request was answered.
   *
   * @param sender null for one that wasn't let in
   */
  void end(Signal signal, @Nullable Sender sender, Outcome outcome, long startNanos) {
    String label = switch (outcome) {
      case Outcome.Stored _ -> "stored";
      case Outcome.Refused refused -> {
        refused(sender == null ? NO_TENANT : sender.tenant(), refused);
        yield refused.reason().label();
      }
    };
    requestsAnswered.labelValues(label(signal), label).inc();
    requestSeconds.labelValues(label(signal)).observe((System.nanoTime() - startNanos) / 1e9);
    inFlight.decrementAndGet();
  }

  private void refused(String tenant, Outcome.Refused refused) {
    String reason = refused.reason().label();
    requestsRefused.labelValues(tenant, reason).inc();
    logRefusal(reason, tenant, refused.message());
  }

  /** A connection was refused. */
  void refusedConnection(String why) {
    connectionsRefused.inc();
    logRefusal("connections", NO_TENANT, why);
  }

  /** What should have become a request was refused before it was one. */
  void refusedHead(Reason reason, String why) {
    headsRefused.labelValues(reason.label()).inc();
    logRefusal("head_" + reason.label(), NO_TENANT, why);
  }

  /** Logs a refusal, unless such a one was logged within the last second. */
  private void logRefusal(String reason, String tenant, String message) {
    RefusalLog.Line line = refusalLog.refused(reason, tenant);
    if (line != null) {
      log.warn(
          "refused reason={} tenant={} suppressed={} message=\"{}\"",
          reason,
          tenant,
          line.suppressed(),
          message);
    }
  }

  /** The connections of all ports. */
  Connections connections() {
    return connections;
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
   * Takes a whole body in whose toll wasn't paid before it came.
   *
   * @see #accept(Arrival, Budget.Lease, Toll, DecodeLane)
   */
  Future<Outcome> accept(Arrival arrival, Budget.Lease lease, DecodeLane lane) {
    Sender sender = arrival.sender();
    lease.holdFor(sender.tenant(), sender.limits().weight());
    Toll toll = toll(sender);
    try {
      toll.enter(arrival.size());
    } catch (Refusal refusal) {
      return Future.failedFuture(refusal);
    }
    return accept(arrival, lease, toll, lane)
        .onSuccess(outcome -> {
          if (outcome instanceof Outcome.Refused refused && refused.mayBeRepeated()) {
            toll.giveBack();
          }
        })
        .onFailure(cause -> {
          if (cause instanceof Refusal refusal && refusal.retryAfter() != null) {
            toll.giveBack();
          }
        });
  }

  /**
   * Takes a whole body in.
   *
   * @param lease holds the body's bytes already; what is held beyond the acknowledgement is the
   *     caller's to give back
   * @param toll is paid for the body's bytes already; the caller gives it back where the request is
   *     to be repeated
   * @param lane of the calling thread
   * @return completes when every row is acknowledged, or none will be
   */
  Future<Outcome> accept(Arrival arrival, Budget.Lease lease, Toll toll, DecodeLane lane) {
    bodyBytes.labelValues(label(arrival.signal())).inc(arrival.size());
    if (arrival.size() > LOOP_BYTES_MAX) {
      return acceptOnWorker(arrival, lease, toll);
    }
    Promise<Outcome> outcome = Promise.promise();
    lane.turns().take(arrival.sender(), arrival.size(), () -> {
      try {
        acceptOnLoop(arrival, lease, toll, lane).onComplete(outcome);
      } catch (RuntimeException | Error bug) {
        outcome.fail(bug); // its sender must hear of it, whatever it is
      }
    });
    return outcome.future();
  }

  private Future<Outcome> acceptOnLoop(
      Arrival arrival, Budget.Lease lease, Toll toll, DecodeLane lane) {
    try {
      return take(arrival, Math.min(bodyBytesMax, LOOP_BYTES_MAX), lease, toll, lane);
    } catch (Refusal refusal) {
      return refusal.reason() == Reason.TOO_LARGE && bodyBytesMax > LOOP_BYTES_MAX
          ? acceptOnWorker(arrival, lease, toll) // it inflates to more than a loop decodes
          : Future.failedFuture(refusal);
    }
  }

  private Future<Outcome> acceptOnWorker(Arrival arrival, Budget.Lease lease, Toll toll) {
    return workers
        .executeBlocking(
            () -> {
              DecodeLane free = workerLanes.poll();
              DecodeLane lane = free == null ? lanes.get() : free;
              try {
                return take(arrival, bodyBytesMax, lease, toll, lane);
              } finally {
                workerLanes.add(lane); // there are as many places as threads
              }
            },
            false)
        .compose(outcome -> outcome);
  }

  /** Decodes a body and hands its rows on; from then on the lane is free again. */
  private Future<Outcome> take(
      Arrival arrival, int bytesMax, Budget.Lease lease, Toll toll, DecodeLane lane)
      throws Refusal {
    long heldBefore = lease.bytes();
    try {
      Instant now = clock.instant();
      Decoded decoded = lane.decode(arrival, bytesMax, nanos(now), lease, toll);
      Items items = new Items(arrival, decoded);
      requireRoom(lease, toll, lane, items);
      lane.tell(items);
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

  private static void requireRoom(Budget.Lease lease, Toll toll, DecodeLane lane, Items items)
      throws Refusal {
    try {
      toll.rows(items.decoded.accepted());
      if (!lease.tryGrow(lane.rowBytes())) {
        throw Refusal.busy();
      }
    } catch (Refusal refusal) {
      items.refused(refusal.reason());
      throw refusal;
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
  private final class Items implements SignalLane.Aside {
    private final String signal;
    private final String tenant;
    private final Decoded decoded;
    private int toStore;

    Items(Arrival arrival, Decoded decoded) {
      this.signal = label(arrival.signal());
      this.tenant = arrival.sender().tenant();
      this.decoded = decoded;
      this.toStore = decoded.accepted();
      int ofOtherReplica = decoded.written().ofOtherReplica();
      itemsReceived
          .labelValues(signal)
          .inc((long) decoded.accepted() + decoded.rejected() + ofOtherReplica);
      itemsRefused.labelValues(signal, tenant, "item").inc(decoded.rejected());
      itemsRefused.labelValues(signal, tenant, "replica").inc(ofOtherReplica);
      itemsInFlight.labelValues(signal).inc(decoded.accepted());
    }

    @Override
    public void dropped(String rule, int items) {
      itemsDropped.labelValues(signal, tenant, rule).inc(items);
      itemsInFlight.labelValues(signal).dec(items);
      toStore -= items;
    }

    @Override
    public void kubernetesObjects(String outcome, int objects) {
      if (objects > 0) {
        kubernetesObjects.labelValues(outcome).inc(objects);
      }
    }

    Outcome stored() {
      itemsStored.labelValues(signal).inc(toStore);
      itemsInFlight.labelValues(signal).dec(toStore);
      if (decoded.accepted() > 0) {
        decoded.written().turns().forEach(Replicas.Turn::stored);
      }
      return new Outcome.Stored(decoded);
    }

    void refused(Reason reason) {
      itemsRefused.labelValues(signal, tenant, reason.label()).inc(toStore);
      itemsInFlight.labelValues(signal).dec(toStore);
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
