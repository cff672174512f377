package dev.seamark.ingest.batch;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that all requests in flight may hold together: bodies as they came, bodies inflated,
 * and their rows. Over it a request is refused before its body is read, so memory stays bounded
 * however many senders there are. Thread-safe.
 */
public final class Budget {
  private final long bytesMax;
  private final AtomicLong held = new AtomicLong();

  public Budget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Takes the bytes, or none of them when they would exceed the budget. */
  public boolean tryReserve(long bytes) {
    long before = held.get();
    while (bytes <= bytesMax - before) {
      if (held.compareAndSet(before, before + bytes)) {
        return true;
      }
      before = held.get();
    }
    return false;
  }

  /** Gives bytes back that {@link #tryReserve} took. */
  public void release(long bytes) {
    long left = held.addAndGet(-bytes);
    if (left < 0) {
      throw new IllegalStateException("%d bytes more were released than reserved".formatted(-left));
    }
  }

  public long held() {
    return held.get();
  }

  public long bytesMax() {
    return bytesMax;
  }

  /** An empty lease: what one request holds of this budget. */
  public Lease lease() {
    return new Lease();
  }

  /**
   * What one request holds. It may pass from thread to thread; {@link #close} gives all back once.
   */
  public final class Lease implements AutoCloseable {
    private long bytes;
    private boolean closed;

    private Lease() {}

    /** Takes more bytes; false when the budget has no room for them. */
    public synchronized boolean tryGrow(long more) {
      if (closed || !tryReserve(more)) {
        return false;
      }
      bytes += more;
      return true;
    }

    /** Gives some of the bytes back early. */
    public synchronized void shrink(long less) {
      if (!closed) {
        release(less);
        bytes -= less;
      }
    }

    public synchronized long bytes() {
      return bytes;
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        release(bytes);
        bytes = 0;
      }
    }
  }
}
