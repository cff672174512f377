package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.Batcher;
import dev.seamark.ingest.batch.Budget;
import dev.seamark.ingest.decode.Crowded;
import dev.seamark.ingest.decode.Decoded;
import dev.seamark.ingest.decode.Forbidden;
import dev.seamark.ingest.decode.Malformed;
import dev.seamark.ingest.decode.OtlpJson;
import dev.seamark.ingest.decode.Signal;
import io.vertx.core.Future;
import java.util.Arrays;

/**
 * Everything one thread needs to turn bodies into rows: an inflater, the decoders, their rows. One
 * request at a time: {@link #decode}, perhaps {@link #scatter}, {@link #clear}.
 */
public final class DecodeLane {
  private final OtlpJson json;
  private final Inflate inflate = new Inflate();
  private final Turns turns = new Turns();
  private final SignalLane logs;
  private final SignalLane traces;
  private final SignalLane metrics;
  private SignalLane current;

  DecodeLane(OtlpJson json, SignalLane logs, SignalLane traces, SignalLane metrics) {
    this.json = json;
    this.logs = logs;
    this.traces = traces;
    this.metrics = metrics;
    this.current = logs;
  }

  /** The order in which requests get this lane. */
  Turns turns() {
    return turns;
  }

  /**
   * Inflates and decodes a body; its rows stay in this lane.
   *
   * @param bytesMax the largest inflated body
   * @param lease grows by the inflated body
   * @param toll is paid for the inflated body
   */
  Decoded decode(Arrival arrival, int bytesMax, long nowNanos, Budget.Lease lease, Toll toll)
      throws Refusal {
    current = laneOf(arrival.signal());
    byte[] body = arrival.bytes();
    int from = arrival.from();
    int to = arrival.to();
    if (arrival.encoding() != Encoding.IDENTITY) {
      inflate.inflate(arrival.encoding(), body, from, to, bytesMax, lease);
      body = inflate.bytes();
      from = 0;
      to = inflate.size();
      toll.inflated(to);
    }
    try {
      if (arrival.format() == Format.OTLP_JSON) {
        body = json.toProtobuf(whole(body, from, to, lease), arrival.signal());
        return current.decode(arrival.as(Format.OTLP_PROTOBUF), body, 0, body.length, nowNanos);
      }
      return current.decode(arrival, body, from, to, nowNanos);
    } catch (Forbidden forbidden) {
      throw new Refusal(Reason.FORBIDDEN, String.valueOf(forbidden.getMessage()));
    } catch (Malformed malformed) {
      throw new Refusal(Reason.MALFORMED, String.valueOf(malformed.getMessage()));
    } catch (Crowded crowded) {
      throw Refusal.putOff(
          switch (crowded.limit()) {
            case PENDING -> Reason.BUSY;
            case NEW_SERIES -> Reason.NEW_SERIES;
            case ACTIVE_SERIES -> Reason.ACTIVE_SERIES;
          },
          String.valueOf(crowded.getMessage()),
          crowded.waitNanos());
    }
  }

  private static byte[] whole(byte[] body, int from, int to, Budget.Lease lease) throws Refusal {
    if (from == 0 && to == body.length) {
      return body;
    }
    if (!lease.tryGrow(to - from)) {
      throw Refusal.busy();
    }
    return Arrays.copyOfRange(body, from, to);
  }

  private SignalLane laneOf(Signal signal) {
    return switch (signal) {
      case LOGS -> logs;
      case TRACES -> traces;
      case METRICS -> metrics;
    };
  }

  /** Bytes of the decoded rows. */
  long rowBytes() {
    return current.rowBytes();
  }

  /** Tells what the decoded rows are besides rows. */
  void tell(SignalLane.Aside aside) {
    current.tell(aside);
  }

  /** Copies the decoded rows into the open blocks; succeeds once they are acknowledged. */
  Future<Void> scatter(Arrival arrival, long nowMs, Batcher batcher) {
    return current.scatter(batcher, arrival.sender(), nowMs);
  }

  /** Makes room for the next request. */
  void clear() {
    current.clear();
    inflate.clear();
  }
}
