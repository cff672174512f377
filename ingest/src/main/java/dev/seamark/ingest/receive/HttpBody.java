package dev.seamark.ingest.receive;

import dev.seamark.ingest.batch.Budget;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.Arrays;

/**
 * The body of one request being read, compressed as it comes: within a size, a budget and a
 * deadline. Nothing is read of a body that declares itself too large, or that the budget has no
 * room for. Runs on the request's event loop.
 */
final class HttpBody {
  /** How long the rest of a refused body is thrown away, so that its sender gets to see why. */
  private static final long DISCARD_MS_MAX = 2_000;

  /** What a body without a declared length reserves at a time. */
  private static final int STEP_BYTES = 64 * 1024;

  /** The first allocation never trusts a larger declaration. */
  private static final int FIRST_BYTES_MAX = 1024 * 1024;

  private static final long DECLARED_NOTHING = -1;
  private static final byte[] NOTHING = {};

  private final HttpServerRequest request;
  private final int bytesMax;
  private final Budget.Lease lease;
  private final Toll toll;
  private final Promise<HttpBody> whole = Promise.promise();
  private long declared;
  private byte[] bytes = NOTHING;
  private int size;

  private HttpBody(HttpServerRequest request, int bytesMax, Budget.Lease lease, Toll toll) {
    this.request = request;
    this.bytesMax = bytesMax;
    this.lease = lease;
    this.toll = toll;
  }

  /**
   * Reads a body. Must be called in the request's handler, before it returns.
   *
   * @param lease grows by the bytes of the body, before they are read
   * @param toll is paid for the bytes, before they are read where their number is known
   * @return the whole body; fails with a {@link Refusal}, or with {@link SenderGone}
   */
  static Future<HttpBody> read(
      Vertx vertx,
      HttpServerRequest request,
      int bytesMax,
      long deadlineMs,
      Budget.Lease lease,
      Toll toll) {
    HttpBody body = new HttpBody(request, bytesMax, lease, toll);
    try {
      body.open();
    } catch (Refusal refusal) {
      return Future.failedFuture(refusal);
    }
    long timer = vertx.setTimer(deadlineMs, _ -> body.refuse(tooSlow(deadlineMs)));
    return body.whole.future().onComplete(_ -> vertx.cancelTimer(timer));
  }

  /** Throws away what is left of a refused request's body, and hangs up if that takes too long. */
  static void discard(Vertx vertx, HttpServerRequest request) {
    if (request.isEnded()) {
      return;
    }
    request.handler(_ -> {}).exceptionHandler(_ -> {}).endHandler(_ -> {}).resume();
    vertx.setTimer(DISCARD_MS_MAX, _ -> {
      if (!request.isEnded()) {
        hangUp(request);
      }
    });
  }

  private static void hangUp(HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_2) {
      request.response().reset();
    } else {
      request.connection().close();
    }
  }

  private static Refusal tooSlow(long deadlineMs) {
    return new Refusal(
        Reason.TOO_SLOW,
        "body was not complete after %d ms (ingest.receive.body-deadline)".formatted(deadlineMs));
  }

  /**
   * The bytes, up to {@link #size}; the caller's from now on. A request that waits for its
   * acknowledgement must not hold its body any longer than the budget says it does.
   */
  byte[] takeBytes() {
    byte[] taken = bytes;
    bytes = NOTHING;
    return taken;
  }

  int size() {
    return size;
  }

  private void open() throws Refusal {
    declared = declaredBytes();
    if (declared > bytesMax) {
      throw Refusal.tooLarge("body", bytesMax);
    }
    toll.enter(Math.max(0, declared));
    if (!lease.tryGrow(Math.max(0, declared))) {
      throw Refusal.busy();
    }
    if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
      request.response().writeContinue();
    }
    request
        .handler(this::take)
        .exceptionHandler(e -> whole.tryFail(new SenderGone(e)))
        .endHandler(_ -> whole.tryComplete(this));
  }

  private long declaredBytes() throws Refusal {
    String header = request.getHeader("Content-Length");
    if (header == null) {
      return DECLARED_NOTHING;
    }
    try {
      return Long.parseLong(header.trim());
    } catch (NumberFormatException _) {
      throw new Refusal(Reason.MALFORMED, "Content-Length is not a number of bytes");
    }
  }

  private void take(Buffer chunk) {
    try {
      append(chunk);
    } catch (Refusal refusal) {
      refuse(refusal);
    } catch (OutOfMemoryError _) {
      refuse(Refusal.busy()); // without this chunk the rest would make another body
    }
  }

  private void append(Buffer chunk) throws Refusal {
    int length = chunk.length();
    if (length > bytesMax - size) {
      throw Refusal.tooLarge("body", bytesMax);
    }
    int need = size + length;
    toll.received(need);
    if (need > lease.bytes()) {
      long step = Math.min(bytesMax - lease.bytes(), Math.max(STEP_BYTES, lease.bytes()));
      long more = Math.max(need - lease.bytes(), step);
      if (!lease.tryGrow(more)) {
        throw Refusal.busy();
      }
    }
    if (need > bytes.length) {
      bytes = Arrays.copyOf(bytes, capacity(need));
    }
    chunk.getBytes(0, length, bytes, size);
    size = need;
  }

  private int capacity(int need) {
    long limit = declared == DECLARED_NOTHING ? bytesMax : Math.max(declared, need);
    long wish = declared == DECLARED_NOTHING
        ? Math.max(STEP_BYTES, 2L * bytes.length)
        : Math.max(FIRST_BYTES_MAX, 2L * bytes.length);
    return (int) Math.max(need, Math.min(limit, wish));
  }

  private void refuse(Refusal refusal) {
    if (whole.tryFail(refusal)) {
      bytes = NOTHING;
      size = 0;
      request.handler(_ -> {});
    }
  }

  /** The sender hung up before its body was complete: nobody is left to be answered. */
  static final class SenderGone extends Exception {
    private static final long serialVersionUID = 1L;

    SenderGone(Throwable cause) {
      super("sender hung up before its body was complete", cause, false, false);
    }
  }
}
