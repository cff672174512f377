package dev.seamark.ingest.batch;

import dev.seamark.ingest.limit.FairShares;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that all requests in flight may hold together: bodies as they came, bodies inflated,
 * and their rows. Over it a request is refused before its body is read, so memory stays bounded
 * however many senders there are; and each tenant has its {@link FairShares fair share}.
 * Thread-safe.
 */
public final class Budget {
  private final FairShares shares;

  public Budget(long bytesMax) {
    this.shares = new FairShares(bytesMax);
  }

  /** Takes the bytes for nobody in particular, or none of them when they aren't there. */
  public boolean tryReserve(long bytes) {
    return shares.tryHold(bytes);
  }

  /** Gives bytes back that {@link #tryReserve} took. */
  public void release(long bytes) {
    shares.release(bytes);
  }

  public long held() {
    return shares.held();
  }

  public long bytesMax() {
    return shares.most();
  }

  /** An empty lease: what one request holds of this budget. */
  public Lease lease() {
    return new Lease();
  }

  /**
   * What one request holds. It may pass from thread to thread; {@link #close} gives all back once.
   */
  public final class Lease implements AutoCloseable {
    private FairShares.@Nullable Share share;
    private long bytes;
    private boolean closed;

    private Lease() {}

    /** From now on the bytes are held by a tenant, those that are held already too. */
    public synchronized void holdFor(String tenant, int weight) {
      if (share == null && !closed) {
        FairShares.Share of = shares.of(tenant, weight);
        shares.handOver(of, bytes);
        share = of;
      }
    }

    /** Takes more bytes; false when the budget, or the tenant's share, has no room for them. */
    public synchronized boolean tryGrow(long more) {
      if (closed || !(share == null ? shares.tryHold(more) : shares.tryHold(share, more))) {
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

    private void release(long less) {
      if (share == null) {
        shares.release(less);
      } else {
        shares.release(share, less);
      }
    }
  }
}
