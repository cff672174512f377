package dev.seamark.ingest.decode;

import dev.seamark.block.StringColumn;
import dev.seamark.schema.ExemplarRows;

/**
 * The `Exemplar`s of a data point to rows of `metrics_exemplars`. One that can't be stored is left
 * out and told of; its point is stored all the same. Not thread-safe.
 */
final class Exemplars {
  private static final long ROW_BYTES = 128; // beside the attributes, roughly
  private static final long[] NO_BLOCK = {};

  private final MetricsRequest request;
  private final CurrentMetric metric;
  private final CurrentPoint point;
  private final int rowBytesMax;
  private final Attributes attributes;
  private final SeriesShape single = new SeriesShape();

  Exemplars(MetricsRequest request, CurrentMetric metric, CurrentPoint point, Limits limits) {
    this.request = request;
    this.metric = metric;
    this.point = point;
    this.rowBytesMax = limits.rowBytesMax();
    this.attributes = new Attributes("an exemplar", limits);
  }

  /** Appends the exemplars of a point of one series, its fields under {@code wanted}. */
  void read(WireReader data, int wanted, long id) throws Malformed {
    each(data, wanted, id, NO_BLOCK, single);
  }

  /** Appends the exemplars of a histogram, each to the series of the bucket that it falls into. */
  void read(WireReader data, int wanted, long[] block, SeriesShape shape) throws Malformed {
    each(data, wanted, 0, block, shape);
  }

  private void each(WireReader data, int wanted, long id, long[] block, SeriesShape shape)
      throws Malformed {
    while (data.hasNext()) {
      int tag = data.tag();
      if (tag == wanted) {
        int outer = data.enter("exemplar");
        exemplar(data, id, block, shape);
        data.leave(outer);
      } else {
        data.skip(tag);
      }
    }
  }

  private void exemplar(WireReader data, long id, long[] block, SeriesShape shape)
      throws Malformed {
    int start = data.at();
    int end = data.limit();
    long time = 0;
    double value = 0;
    boolean hasValue = false;
    int spanFrom = start;
    int spanTo = start;
    int traceFrom = start;
    int traceTo = start;
    while (data.hasNext()) {
      int tag = data.tag();
      switch (tag) {
        case 2 << 3 | 1 -> time = data.fixed64("time_unix_nano");
        case 3 << 3 | 1 -> {
          value = data.float64("exemplar value");
          hasValue = true;
        }
        case 6 << 3 | 1 -> {
          value = (double) data.fixed64("exemplar value");
          hasValue = true;
        }
        case 4 << 3 | 2 -> {
          spanFrom = data.bytes("span_id");
          spanTo = data.at();
        }
        case 5 << 3 | 2 -> {
          traceFrom = data.bytes("trace_id");
          traceTo = data.at();
        }
        default -> data.skip(tag);
      }
    }
    data.jump(start, end);
    String refusal = readAttributes(data);
    long rowBytes = ROW_BYTES + attributes.textBytes() + 4L * attributes.count();
    if (!refusal.isEmpty() || !hasValue || !request.horizon.holds(time) || rowBytes > rowBytesMax) {
      if (request.refusals.wantsExemplarReason()) {
        String reason = refusal.isEmpty() ? refusal(hasValue, time, rowBytes) : refusal;
        request.refusals.exemplar(metric.sentName(), reason);
      } else {
        request.refusals.exemplar();
      }
      return;
    }
    request.admit(rowBytes);
    boolean one = block.length == 0;
    ExemplarRows target = request.rows.exemplars;
    target.tenant.append(request.tenant);
    target.metricName.append(one ? metric.names.name : metric.names.bucket);
    target.seriesId.append(one ? id : block[shape.bucketOf(value)]);
    target.ts.append(time == 0 ? point.nanos : time);
    target.value.append(value);
    hex(target.traceId, data.bytes(), traceFrom, traceTo, 16);
    hex(target.spanId, data.bytes(), spanFrom, spanTo, 8);
    attributes.appendTo(target.attributes);
    target.retentionDays.append(request.retentionDays);
  }

  /** Why the attributes can't be stored, or "". */
  private String readAttributes(WireReader data) throws Malformed {
    attributes.clear(data.bytes());
    try {
      while (data.hasNext()) {
        int tag = data.tag();
        if (tag == (7 << 3 | 2)) {
          attributes.read(data);
        } else {
          data.skip(tag);
        }
      }
    } catch (RowRefused refused) {
      return refused.why();
    }
    return "";
  }

  private String refusal(boolean hasValue, long time, long rowBytes) {
    if (!hasValue) {
      return "it has no value";
    }
    return request.horizon.holds(time)
        ? Limits.exceeded(
            "the number of bytes of a row", rowBytes, rowBytesMax, Limits.ROW_BYTES_MAX)
        : request.horizon.refusal(time, "the time of an exemplar");
  }

  /** An id of the right length that is not all zero, else nothing. */
  private static void hex(StringColumn target, byte[] bytes, int from, int to, int length) {
    boolean any = false;
    for (int i = from; i < to; i++) {
      any |= bytes[i] != 0;
    }
    if (any && to - from == length) {
      target.appendHex(bytes, from, length);
    } else {
      target.appendEmpty();
    }
  }
}
